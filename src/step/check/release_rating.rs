//! What is about to be put before somebody, rated for the one release of Ubuntu first.

use std::collections::BTreeSet;

use anyhow::Result;

use super::scope::CheckScope;
use crate::concourse::Context;
use crate::notice::{NoticeId, NoticeSummary, Priority, Severity};
use crate::product::{Filter, Judgement};
use crate::text::some_of;
use crate::tracker::{Due, LogState};
use crate::upstream::{Gathered, Lowered, RatingQuestion};

/// What this resource asks of a rating.
struct ResourceQuestion<'a> {
    filter: &'a Filter,
    waiting: BTreeSet<NoticeId>,
}

impl RatingQuestion for ResourceQuestion<'_> {
    fn lists(&self, id: NoticeId, priority: Priority, severity: Option<Severity>) -> bool {
        self.filter.lists(id, priority, severity)
    }

    fn wants_words(&self, id: NoticeId) -> bool {
        self.waiting.contains(&id)
    }
}

/// The notices that are going to get an event: of those that the log is without, the actionable ones.
pub(super) fn about_to_open(
    candidates: &[(NoticeSummary, Due, Judgement)],
    gathered: &Gathered<'_>,
    scope: &CheckScope<'_>,
    log_state: &LogState,
) -> BTreeSet<NoticeId> {
    let goes_on = |id: NoticeId| log_state.timeline(id).is_some();
    let is_actionable = |id: NoticeId| {
        gathered.notices.get(&id).is_some_and(|facts| matches!(scope.judge(facts), Judgement::Actionable(_)))
    };
    let ids = candidates.iter().filter(|(_, due, _)| !due.fixed).map(|(facts, _, _)| facts.id);
    let ids = ids.filter(|id| goes_on(*id) || is_actionable(*id));
    ids.chain(graver_than_listed(gathered, scope, log_state)).collect()
}

/// The notices that the log is without since they are graver than this resource asks for, unless they are less grave here.
fn graver_than_listed<'a>(
    gathered: &'a Gathered<'_>,
    scope: &'a CheckScope<'_>,
    log_state: &'a LogState,
) -> impl Iterator<Item = NoticeId> + 'a {
    let new = gathered.notices.values().filter(|facts| log_state.timeline(facts.id).is_none());
    new.filter(|facts| scope.is_graver_than_listed(facts)).map(|facts| facts.id)
}

/// Rates these notices for the release, and says which are held back because of it.
pub(super) fn rate_in_release(
    context: &mut Context<'_>,
    gathered: &mut Gathered<'_>,
    scope: &CheckScope<'_>,
    ids: &BTreeSet<NoticeId>,
) -> Result<()> {
    let Some(release) = scope.source.os.as_ref().filter(|_| gathered.has_api() && !ids.is_empty()) else {
        return Ok(());
    };
    let waits = |id: &&NoticeId| gathered.notices.get(id).is_some_and(|facts| will_wait(facts, scope));
    let question =
        ResourceQuestion { filter: &scope.source.filter, waiting: ids.iter().filter(waits).copied().collect() };
    // With a tracker, the others were asked for what is about to be written.
    let is_unasked = |id: &&NoticeId| match scope.source.tracked.is_none() {
        true => !question.lists(**id, Priority::Unknown, None),
        false => gathered.notices.get(id).is_some_and(|facts| scope.may_be_lower(facts)),
    };
    let unasked = ids.iter().filter(is_unasked).copied().collect();
    gathered.fetch_sources(&unasked);
    let lowered = gathered.rate_in_release(ids, &question)?;
    let is_held = |lowered: &&Lowered| {
        let Lowered { here, everywhere: (priority, severity), .. } = lowered;
        question.lists(here.id, *priority, *severity) && !question.lists(here.id, here.priority, here.severity)
    };
    let held: Vec<String> = lowered.iter().filter(is_held).map(|lowered| told(lowered, release.codename())).collect();
    if !held.is_empty() {
        context.output.info(format!("not opened, since less grave on {release}: {}", some_of(held.into_iter())));
    }
    Ok(())
}

/// Whether, when all is done that can be, what is left waits for Ubuntu Pro or for nobody.
fn will_wait(facts: &NoticeSummary, scope: &CheckScope<'_>) -> bool {
    let pro = scope.source.common.pro;
    match scope.judge(facts) {
        Judgement::Actionable(too_old) if !too_old.is_empty() => {
            too_old.iter().any(|compared| compared.need.is_none_yet() || (compared.pro && !pro))
        }
        Judgement::Actionable(_) => facts.fixes.iter().any(|fix| fix.version.is_none_yet() || (fix.pro && !pro)),
        Judgement::ProOnly(_) | Judgement::NoFix(_) => true,
        _ => false,
    }
}

/// `USN-6891-1 (high, medium there: CVE-2022-42919 doesn't concern it)`.
fn told(lowered: &Lowered, codename: &str) -> String {
    let cves = some_of(lowered.unconcerned.iter().map(|cve| cve.id.to_string()));
    let verb = if lowered.unconcerned.len() == 1 { "doesn't" } else { "don't" };
    let cvss = |severity: Option<Severity>| severity.map_or("without CVSS".to_owned(), |s| format!("CVSS {s}"));
    let (everywhere, severity) = lowered.everywhere;
    let (everywhere, here) = match lowered.here.has_cves {
        true if lowered.here.priority == everywhere => (cvss(severity), cvss(lowered.here.severity)),
        true => (everywhere.to_string(), lowered.here.priority.to_string()),
        false => (everywhere.to_string(), "nothing".to_owned()),
    };
    format!("{} ({everywhere}, but {here} on {codename}: {cves} {verb} concern it)", lowered.here.id)
}
