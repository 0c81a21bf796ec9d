//! What the log is missing, by what the sources tell and what it was told before.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::Result;
use foldhash::{HashMap, HashMapExt};
use jiff::Timestamp;

use super::in_order;
use super::scope::CheckScope;
use crate::notice::{Notice, NoticeHeader, NoticeId, NoticeSummary};
use crate::product::Judgement;
use crate::tracker::{Body, Due, Log, LogState, due, with_news_only};
use crate::upstream::Gathered;

/// All that the log was told of a notice, by its newest event.
pub(super) fn logged_notice(log: &Log<'_>, id: NoticeId) -> Result<Option<Notice>> {
    let Some(newest) = log.state().newest_opened(id) else { return Ok(None) };
    match log.event(newest.entry)?.body {
        Body::Opened(opened) => Ok(Some(opened.notice)),
        _ => Ok(None),
    }
}

/// The notice with the versions that it was judged by: what is told today, as far as it is news.
pub(super) fn as_judged(mut notice: Notice, facts: &NoticeSummary) -> Notice {
    for fix in &mut notice.fixes {
        let judged = facts.fixes.iter().filter(|judged| judged.package == fix.package && judged.pro == fix.pro);
        let versions: Vec<_> = judged.map(|judged| &judged.version).collect();
        if let [only] = versions[..] {
            fix.version = only.clone();
        }
    }
    notice
}

/// The notices to be judged: what the sources tell, as far as it is news to the log, and those of the log that no source
/// tells today.
pub(super) fn to_judge<'a>(
    log_state: &LogState,
    gathered: &'a Gathered<'_>,
    withdrawn: &BTreeMap<NoticeId, String>,
    scope: &CheckScope<'_>,
) -> Vec<Cow<'a, NoticeSummary>> {
    let told = gathered.notices.values().map(|facts| with_news_only(log_state, facts));
    let untold = log_state.timelines().iter().map(|(id, _)| id);
    let untold = untold.filter(|id| !gathered.notices.contains_key(id) && !scope.left_out.contains(id));
    let untold = untold.filter(|id| !withdrawn.contains_key(id) && !log_state.is_withdrawn(*id));
    let untold = untold.filter_map(|id| Some(Cow::Owned(log_state.newest_opened(id)?.facts())));
    let mut all: Vec<Cow<'_, NoticeSummary>> = told.chain(untold).collect();
    all.sort_by_cached_key(|facts| in_order(facts));
    all
}

/// What the log is missing, and how what the sources tell was judged.
pub(super) struct JudgedNotices {
    /// What the log is missing, oldest notice first.
    pub(super) due: Vec<(NoticeSummary, Due, Judgement)>,
    /// The judgements of the notices that are judged just as they are told.
    pub(super) as_told: HashMap<NoticeId, Judgement>,
}

/// Judges all notices.
pub(super) fn all_due(
    log: &Log<'_>,
    gathered: &Gathered<'_>,
    withdrawn: &BTreeMap<NoticeId, String>,
    scope: &CheckScope<'_>,
    now: Timestamp,
) -> JudgedNotices {
    let log_state = log.state();
    let current = log_state.current().map(|release| &release.released.version);
    let remind = scope.source.common.remind.as_ref().map(|remind| remind.length());
    let mut judged = JudgedNotices { due: Vec::new(), as_told: HashMap::with_capacity(gathered.notices.len()) };
    for mut facts in to_judge(log_state, gathered, withdrawn, scope) {
        // What the log has as less grave here than everywhere is as the log has it, until Ubuntu is asked again.
        if scope.may_be_lower(&facts)
            && let Some(newest) = log_state.newest_opened(facts.id)
            && scope.source.filter.lists(facts.id, newest.opened.priority, newest.opened.severity)
        {
            let header = NoticeHeader { published: facts.published, ..newest.facts().header };
            facts.to_mut().header = header;
        }
        let judgement = scope.judge(&facts);
        let is_old = judgement == Judgement::AlreadyFixed
            && !scope.is_in_window(&facts)
            && log_state.timeline(facts.id).is_none();
        let due = || due(log_state, &facts, &judgement, &scope.source.filter, current, remind, now);
        match if is_old { None } else { due() } {
            Some(due) => judged.due.push((facts.into_owned(), due, judgement)),
            None if matches!(facts, Cow::Borrowed(_)) => drop(judged.as_told.insert(facts.id, judgement)),
            None => {}
        }
    }
    judged
}
