//! Which of the notices that are about to be opened tell a flaw that the log, or another of them, has already.

use std::collections::BTreeMap;

use super::gather::is_new;
use super::scope::CheckScope;
use crate::notice::{Notice, NoticeHeader, NoticeId};
use crate::tracker::{HeldFlaws, LogState, Opened};

/// Those that are the flaws of others, each with these: one flaw may be told by several sources, of which some may tell it for
/// the first time.
pub(super) fn same_flaws(
    openings: &[Opened],
    log_state: &LogState,
    scope: &CheckScope<'_>,
    withdrawn: &BTreeMap<NoticeId, String>,
) -> BTreeMap<NoticeId, Vec<NoticeId>> {
    let (new, known): (Vec<&Notice>, Vec<&Notice>) =
        openings.iter().map(|opened| &opened.notice).partition(|notice| is_new(notice.id, log_state));
    let mut joined = BTreeMap::new();
    if new.is_empty() {
        return joined;
    }
    let filter = &scope.source.filter;
    let lists = |header: &NoticeHeader| filter.lists(header.id, header.priority, header.severity);
    let mut held = HeldFlaws::of(log_state);
    known.into_iter().for_each(|notice| held.add(notice));
    for notice in new {
        let is_listed = lists(&notice.header());
        // What is being taken back holds no flaw, and neither does what nobody who reads this resource is told.
        let counts = |held: &NoticeHeader| !withdrawn.contains_key(&held.id) && (!is_listed || lists(held));
        let same = held.same_as(notice, scope.current.as_ref(), counts);
        if same.is_empty() {
            held.add(notice);
        } else {
            joined.insert(notice.id, same);
        }
    }
    joined
}
