//! Which openings a resource emits, and in which order.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{LogState, OpenedEntry};
use crate::notice::NoticeId;
use crate::product::Filter;

/// The most versions that one check answers with. What is left out is the newest: Concourse hands the last one back, and
/// the next check goes on from there.
pub const MOST_VERSIONS: usize = 1000;

/// One time that a notice is put before a team: what a version names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpeningId {
    /// The notice.
    pub notice: NoticeId,
    /// Which time it is, from 1 on.
    pub number: u32,
}

/// What a resource emits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emission {
    /// The openings, oldest first.
    pub openings: Vec<OpeningId>,
    /// Whether there was a given one that the log doesn't know.
    pub unknown: bool,
}

/// The openings to emit, in log order. An opening counts if one of its events matches the filter, judged by the facts
/// in that event; it stands at its first such event. With a known `given` opening: that one and all after
/// it. Without one, or with one that the log doesn't know: those that are still open, and always the last.
pub fn emit(log_state: &LogState, filter: &Filter, given: Option<OpeningId>, now: Timestamp) -> Emission {
    let matching = matching(log_state, filter);
    let place = given.and_then(|given| place(log_state, &matching, given).map(|place| (given, place)));
    let mut openings: Vec<OpeningId> = match place {
        Some((given, place)) => {
            let later = matching.iter().filter(|(seq, opening)| *seq > place && *opening != given);
            std::iter::once(given).chain(later.map(|(_, opening)| *opening)).collect()
        }
        None => {
            let last = matching.last().map(|(_, opening)| *opening);
            let wanted = |opening: &OpeningId| is_open(log_state, *opening, now) || Some(*opening) == last;
            matching.iter().map(|(_, opening)| *opening).filter(wanted).collect()
        }
    };
    openings.truncate(MOST_VERSIONS);
    Emission { openings, unknown: given.is_some() && place.is_none() }
}

/// The last opening that a resource with this filter has emitted, as far as the log tells. A check emits at once what it
/// opens; what a put opened waits for the next check, so of such ones only the first counts, where there is nothing else.
pub fn last_emitted(log_state: &LogState, filter: &Filter) -> Option<OpeningId> {
    let matching = matching(log_state, filter);
    let by_a_check = |seq: u64| log_state.entry(seq).is_some_and(|entry| entry.by_check);
    let last = matching.iter().rfind(|(seq, _)| by_a_check(*seq)).or(matching.first());
    last.map(|(_, opening)| *opening)
}

/// The time from which the next window is counted back: that of the newest opening that this filter emits or that was
/// fixed already, but no later than that of `given`, since newer ones may be those of another resource.
pub fn last_look(log_state: &LogState, filter: &Filter, given: Option<OpeningId>) -> Option<Timestamp> {
    let newest = log_state.matching(filter).next_back().map(|event| event.entry.at);
    let given = given.and_then(|given| log_state.entry(place(log_state, &matching(log_state, filter), given)?));
    given.map(|entry| entry.at).into_iter().chain(newest).min()
}

/// Each opening with the place of its first event that matches and is shown.
fn matching(log_state: &LogState, filter: &Filter) -> Vec<(u64, OpeningId)> {
    let mut seen = BTreeSet::new();
    log_state
        .matching(filter)
        .filter(OpenedEntry::is_shown)
        .map(|event| (event.entry.seq, OpeningId { notice: event.opened.notice, number: event.opened.opening }))
        .filter(|(_, opening)| seen.insert(*opening))
        .collect()
}

/// The place of the given opening: that of its first match, or of its first event where none matches any more.
fn place(log_state: &LogState, matching: &[(u64, OpeningId)], given: OpeningId) -> Option<u64> {
    let matched = matching.iter().find(|(_, opening)| *opening == given).map(|(seq, _)| *seq);
    matched.or_else(|| {
        let opening = log_state.openings(given.notice).iter().find(|opening| opening.number == given.number)?;
        log_state.opened(opening).next().map(|event| event.entry.seq)
    })
}

fn is_open(log_state: &LogState, id: OpeningId, now: Timestamp) -> bool {
    log_state.timeline(id.notice).is_some_and(|timeline| {
        timeline.is_open(now) && timeline.openings().last().is_some_and(|last| last.number == id.number)
    })
}
