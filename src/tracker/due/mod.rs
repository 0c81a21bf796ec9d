//! Whether a notice is to be put before the team (again).

use jiff::{SignedDuration, Timestamp};

use super::told::has_grown;
use super::{LogState, Opening, Stand, Why, lowest};
use crate::notice::NoticeSummary;
use crate::product::{Filter, Judgement, ReleaseVersion};

/// An `opened` event that the log is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The number of the opening.
    pub opening: u32,
    /// The current packages already fix it: it is recorded with that release, and never emitted.
    pub fixed: bool,
    /// Whether it is put before the team, and not only recorded.
    pub shown: bool,
    /// Whether this is another event of the same opening; it then repeats the earlier facts too.
    pub goes_on: bool,
}

/// What the log is missing of a notice that was judged with today's `facts`.
///
/// * `current` is the release by whose packages it was judged, if there is one.
/// * `remind` is how long a notice may stay open before it is opened again.
///
/// A notice has one event that this resource's `filter` matches, and gets another opening when the answer ran out or was
/// taken back, or when the current packages contradict a recorded fix. An answer that still holds, and a claim of a release
/// that no later packages contradict, are left alone.
pub fn due(
    log_state: &LogState,
    facts: &NoticeSummary,
    judgement: &Judgement,
    filter: &Filter,
    current: Option<&ReleaseVersion>,
    remind: Option<SignedDuration>,
    now: Timestamp,
) -> Option<Due> {
    let fixed = *judgement == Judgement::AlreadyFixed;
    let actionable = matches!(judgement, Judgement::Actionable(_));
    let Some((timeline, last)) =
        log_state.timeline(facts.id).and_then(|timeline| Some((timeline, timeline.openings().last()?)))
    else {
        return (actionable || fixed).then_some(Due { opening: 1, fixed, shown: true, goes_on: false });
    };
    let same = Due { opening: last.number, fixed, shown: actionable || fixed, goes_on: !fixed };
    let next = Due { opening: last.number + 1, fixed: false, shown: true, goes_on: false };
    match timeline.stand(now) {
        // Recorded releases fix it by today's facts, though not by those of the time: Canonical had corrected them.
        Stand::Open(_) if fixed => Some(same),
        Stand::Open(Why::TakenBack | Why::RanOut { .. }) if actionable => Some(next),
        Stand::Open(_) if *judgement != Judgement::Unmatched && has_grown(log_state, facts) => Some(same),
        Stand::Open(_) if !actionable => None,
        Stand::Open(_) if !was_shown(log_state, last, filter) => Some(same),
        Stand::Open(_) => remind
            .is_some_and(|after| open_since(log_state, last).is_some_and(|at| at.duration_until(now) >= after))
            .then_some(next),
        _ if !actionable => None,
        // It is told again after it was withdrawn.
        Stand::Answered { seq } if log_state.is_withdrawal(seq) => Some(next),
        // It was answered when it seemed less grave than this resource asks for: today's priority is another question.
        Stand::Answered { .. } => (!matched(log_state, last, filter)).then_some(same),
        Stand::Settled(by) => {
            let version = &lowest(by)?.version;
            let contradicted = current.is_some_and(|current| current.compare(version).is_ge());
            contradicted.then_some(next)
        }
    }
}

/// Whether one of the opening's events matches the filter, judged by the facts in the event.
fn matched(log_state: &LogState, opening: &Opening, filter: &Filter) -> bool {
    log_state.opened(opening).any(|event| event.matches(filter))
}

/// The same, of the events that put it before somebody.
fn was_shown(log_state: &LogState, opening: &Opening, filter: &Filter) -> bool {
    log_state.opened(opening).any(|event| event.is_shown() && event.matches(filter))
}

/// When it was last put before somebody.
fn open_since(log_state: &LogState, opening: &Opening) -> Option<Timestamp> {
    log_state.opened(opening).next_back().map(|event| event.entry.at)
}

#[cfg(test)]
mod tests;
