//! Whether a notice is to be put before the team (again).

use jiff::{SignedDuration, Timestamp};

use super::{Closing, Ledger, Opening};
use crate::notice::Facts;
use crate::product::{Filter, Judgement, ReleaseVersion};

/// An `opened` event that the log is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The number of the opening.
    pub opening: u32,
    /// Whether the release that had fixed it already is to be named: it is recorded then, and put before nobody.
    pub fixed: bool,
}

/// What the log is missing of a notice that was judged with today's `facts`.
///
/// * `current` is the release by whose packages it was judged, if there is one.
/// * `remind` is how long a notice may stay open before it is opened again.
///
/// A notice has one event that this resource's `filter` matches, and gets another opening when the answer ran out or when
/// the current packages contradict a recorded fix. An answer that still holds, and a claim of a release that no later
/// packages contradict, are left alone.
pub fn due(
    ledger: &Ledger,
    facts: &Facts,
    judgement: &Judgement,
    filter: &Filter,
    current: Option<&ReleaseVersion>,
    remind: Option<SignedDuration>,
    now: Timestamp,
) -> Option<Due> {
    let fixed = *judgement == Judgement::AlreadyFixed;
    let actionable = matches!(judgement, Judgement::Actionable(_));
    let Some(last) = ledger.openings(facts.id).last() else {
        return (actionable || fixed).then_some(Due { opening: 1, fixed });
    };
    let same = Due { opening: last.number, fixed };
    let next = Due { opening: last.number + 1, fixed: false };
    match &last.closing {
        // Recorded releases fix it by today's facts, though not by those of the time: Canonical had corrected them.
        None if fixed || learned_packages(ledger, last, facts) => Some(same),
        None if !actionable => None,
        None if !put_before(ledger, last, filter) => Some(same),
        None if remind
            .is_some_and(|after| open_since(ledger, last).is_some_and(|at| at.duration_until(now) >= after)) =>
        {
            Some(next)
        }
        None => None,
        Some(_) if !actionable => None,
        Some(Closing::Answered { until: Some(until) }) if *until <= now => Some(next),
        // It was answered when it seemed less grave than this resource asks for: today's priority is another question.
        Some(Closing::Answered { .. }) if !matched(ledger, last, filter) => Some(same),
        Some(Closing::Answered { .. }) => None,
        Some(Closing::Released { version }) => {
            let contradicted = current.is_some_and(|current| current.compare(version).is_ge());
            contradicted.then_some(next)
        }
    }
}

/// Whether one of the opening's events matches the filter, judged by the facts in the event.
fn matched(ledger: &Ledger, opening: &Opening, filter: &Filter) -> bool {
    ledger.opened(opening).any(|event| event.matches(filter))
}

/// The same, of the events that put it before somebody: what a release had fixed already is only recorded.
fn put_before(ledger: &Ledger, opening: &Opening, filter: &Filter) -> bool {
    ledger.opened(opening).any(|event| event.opened.fixed_in.is_none() && event.matches(filter))
}

/// Whether its packages, which nobody told when it was opened, are known now: without them no release can settle it.
fn learned_packages(ledger: &Ledger, opening: &Opening, facts: &Facts) -> bool {
    !facts.fixes.is_empty() && ledger.opened(opening).all(|event| event.opened.fixes.is_empty())
}

fn open_since(ledger: &Ledger, opening: &Opening) -> Option<Timestamp> {
    ledger.opened(opening).next_back().map(|event| event.entry.at)
}

#[cfg(test)]
#[path = "due_tests.rs"]
mod tests;
