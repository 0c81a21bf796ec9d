//! The answers that teams gave.

use serde::Serialize;

use super::notice_timeline::moment;
use super::product::Product;
use super::state::StatusState;
use crate::tracker::{Answered, Body, Moment, Stand, Why};

/// An answer, and what became of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct GivenAnswer<'a> {
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
pub(super) fn answers<'a>(state: &StatusState<'_>, product: &Product<'a>) -> Vec<GivenAnswer<'a>> {
    let now = state.now.unwrap_or_default();
    let given = |event: &'a crate::tracker::Event| {
        let Body::Answered(answered) = &event.body else { return None };
        if answered.withdrawn {
            return None;
        }
        let timeline = product.history.state().timeline(answered.notice);
        let validity = match timeline.map(|timeline| (timeline.stand(now), timeline.remark(now))) {
            Some((Stand::Answered { seq }, _)) if seq == event.seq => Validity::Valid,
            Some((Stand::Open(_), Some(remark))) if remark == event.seq => Validity::Valid,
            Some((Stand::Open(Why::RanOut { seq, .. }), _)) if seq == event.seq => Validity::Expired,
            _ => Validity::Replaced,
        };
        Some(GivenAnswer { moment: moment(event), answered, validity })
    };
    product.history.events().iter().rev().filter_map(given).collect()
}
