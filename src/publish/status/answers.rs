//! The answers that teams gave.

use serde::Serialize;

use super::case::Moment;
use super::state::{Product, State};
use crate::tracker::{Answered, Body};

/// An answer, and what became of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    /// Its event.
    pub(super) moment: Moment,
    /// What it says.
    pub(super) answered: &'a Answered,
    /// What became of it.
    pub(super) validity: Validity,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Validity {
    /// It holds.
    Valid,
    /// It ran out.
    Expired,
    /// A later event of that notice counts instead: another answer, a release, or a new opening.
    Replaced,
}

/// All answers in a log, newest first.
pub(super) fn answers<'a>(state: &State<'_>, product: &Product<'a>) -> Vec<Given<'a>> {
    let given = |event: &'a crate::tracker::Event| {
        let Body::Answered(answered) = &event.body else { return None };
        let last = product.cases.get(&answered.notice).and_then(|case| case.events.last());
        let validity = match answered.until {
            _ if last.is_some_and(|last| *last != event.seq) => Validity::Replaced,
            Some(until) if state.now.is_some_and(|now| until <= now) => Validity::Expired,
            _ => Validity::Valid,
        };
        Some(Given { moment: Moment::of(event), answered, validity })
    };
    product.history.events().iter().rev().filter_map(given).collect()
}
