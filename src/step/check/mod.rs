//! The `check` step: which notices a team must look at, or which releases there are.

mod archive_gate;
mod emitted_order;
mod gather;
mod joining;
mod judging;
mod opened_lines;
mod release_rating;
mod releases;
mod scope;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use foldhash::{HashMap, HashSet};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use self::archive_gate::ArchiveGate;
use self::emitted_order::EmittedOrder;
use self::gather::{AllNotices, gather};
use self::joining::same_flaws;
use self::judging::{JudgedNotices, all_due, as_judged, logged_notice};
use self::opened_lines::tell_opened;
use self::release_rating::{about_to_open, rate_in_release};
use self::releases::{releases, tell_pick_ups};
use self::scope::{CheckScope, Tally};
use super::open_tracker::{PackagesCache, by, current_packages, opened, retry, store};
use super::upstream_client::{UpstreamClient, folder};
use super::{backlog, status};
use crate::concourse::{Context, GivenVersion, NoticeVersion, StepAnswer};
use crate::config::{NoticesSource, Source, Tracked};
use crate::notice::{NoticeId, NoticeSummary, UbuntuRelease};
use crate::product::Judgement;
use crate::text::{count, some_of};
use crate::tracker::{
    Addition, Answered, Body, Due, Log, LogState, MOST_VERSIONS, Opened, OpeningId, emit, last_look, with_earlier,
};
use crate::upstream::Gathered;

/// Answers with the versions from the given one on, oldest first.
///
/// # Errors
/// If the request is wrong, no source of notices answers, or the tracker can't be read or written.
pub fn check(context: &mut Context<'_>) -> Result<StepAnswer> {
    let source = context.source()?;
    let versions = match &source {
        Source::Notices(source) => notices(context, source)?,
        Source::Releases(source) => releases(context, source)?,
        Source::Status(source) => status::check(context, source)?,
        Source::Backlog(source) => backlog::check(context, source)?,
    };
    Ok(StepAnswer::Versions(versions))
}

fn notices(context: &mut Context<'_>, source: &NoticesSource) -> Result<Vec<Value>> {
    let given = match NoticeVersion::given(context.request.version.as_deref()) {
        GivenVersion::None => None,
        GivenVersion::Version(version) => Some(OpeningId { notice: version.id, number: version.opening }),
        GivenVersion::Strange(version) => {
            context.output.warn(format!("the version {version} names no notice; going on as if there were none"));
            None
        }
    };
    let openings = match &source.tracked {
        Some(tracked) => with_tracker(context, source, tracked, given)?,
        None => without_tracker(context, source, given)?,
    };
    Ok(openings.into_iter().map(|id| NoticeVersion { id: id.notice, opening: id.number }.to_json()).collect())
}

/// With a tracker: appends an event for each notice that is due, then answers with the openings of the log, in its
/// order.
fn with_tracker(
    context: &mut Context<'_>,
    source: &NoticesSource,
    tracked: &Tracked,
    given: Option<OpeningId>,
) -> Result<Vec<OpeningId>> {
    let store = store(context, &source.common, &tracked.tracker)?;
    let mut log = Log::read(store.as_ref(), &tracked.product, &folder(context)?)?;
    if log.state().is_empty() {
        context.output.warn(format!(
            "the log of {} is empty, so nothing is opened: put the release that runs today, with its packages_file, to a resource with emit: releases; then only what it lacks is opened",
            tracked.product
        ));
        return Ok(Vec::new());
    }
    let base = last_look(log.state(), &source.filter, given).map_or(context.now, |at| at.min(context.now));
    let mut scope = CheckScope {
        source,
        current: current_packages(&log)?,
        since: archive_gate::since(source, base),
        followed: log.state().followed(context.now).collect(),
        ruled_out: 0,
        left_out: HashSet::default(),
    };
    let client = UpstreamClient::new(context, &source.common)?;
    let AllNotices { mut gathered, withdrawn } = gather(context, source, &client, &mut scope)?;
    let JudgedNotices { due: candidates, mut as_told } = all_due(&log, &gathered, &withdrawn, &scope, context.now);
    gathered.confirm(&candidates.iter().map(|(facts, _, _)| facts.id).collect());
    // Nothing is opened during an import, so nothing need be asked about it.
    let is_importing = import_under_way(log.state(), context.now).is_some();
    let mut may_append = !candidates.is_empty() || !withdrawn.is_empty();
    if !is_importing {
        let ids = about_to_open(&candidates, &gathered, &scope, log.state());
        may_append |= !ids.is_empty();
        rate_in_release(context, &mut gathered, &scope, &ids)?;
    }
    // Its time begins here.
    let mut gate = ArchiveGate::new(context, source, &client)?;
    if !is_importing && may_append {
        gate.ask(|| all_due(&log, &gathered, &withdrawn, &scope, context.now).due, log.state());
    }

    let (by, retry, now) = (by(context), retry(context), context.now);
    let before = log.state().len();
    let mut packages_cache = PackagesCache::default();
    let mut joined: BTreeMap<NoticeId, Vec<NoticeId>> = BTreeMap::new();
    log.append(&by, now, retry, |log| {
        joined.clear();
        gate.start_over();
        let (mut openings, mut due_now): (Vec<Opened>, Vec<(NoticeSummary, Due, Judgement)>) = Default::default();
        // Nothing was due a moment ago, and nobody wrote since.
        if !may_append || import_under_way(log.state(), now).is_some() {
            return Ok(Addition::default());
        }
        scope.current = current_packages(log)?;
        let judged = all_due(log, &gathered, &withdrawn, &scope, now);
        as_told = judged.as_told;
        for (facts, due, judgement) in judged.due {
            let fixed_in = if due.fixed { packages_cache.first_fixed_in(log, &facts.fixes)? } else { None };
            if due.fixed && fixed_in.is_none() {
                continue;
            }
            let earlier = logged_notice(log, facts.id)?;
            let told = if gathered.notices.contains_key(&facts.id) { gathered.notice(facts.id)? } else { None };
            let notice = match (told, earlier) {
                (Some(notice), Some(earlier)) if due.goes_on => with_earlier(as_judged(notice, &facts), &earlier),
                (Some(notice), _) => as_judged(notice, &facts),
                // No source tells it today: it is as the log was told of it.
                (None, Some(earlier)) => earlier,
                (None, None) => continue,
            };
            openings.push(Opened { shown: due.shown, ..opened(notice, due.opening, &judgement, fixed_in) });
            due_now.push((facts, due, judgement));
        }
        joined = same_flaws(&openings, log.state(), &scope, &withdrawn);
        let is_alone = |id: &NoticeId| !joined.contains_key(id);
        let mut waiting = BTreeSet::new();
        for (facts, due, judgement) in due_now.iter().filter(|(facts, ..)| is_alone(&facts.id)) {
            if gate.holds(facts, *due, judgement, log.state()) {
                waiting.insert(facts.id);
            }
        }
        openings.retain(|opened| is_alone(&opened.notice.id) && !waiting.contains(&opened.notice.id));
        let is_open = |id: &NoticeId| log.state().timeline(*id).is_some_and(|timeline| timeline.is_open(now));
        // A source that took back what another tells may do so again and again: it is heard once.
        let closed = withdrawn.iter().filter(|(id, words)| is_open(id) && !log.state().was_withdrawn_as(**id, words));
        let closed: Vec<Body> = closed.map(|(id, words)| Body::Answered(Answered::withdrawal(*id, words))).collect();
        let events = openings.into_iter().map(|opened| Body::Opened(Box::new(opened))).chain(closed).collect();
        Ok(Addition { packages: Vec::new(), events })
    })?;
    let tally = Tally::new(scope.ruled_out, joined).with_gate(&gate);
    let tally = summarize(context, &gathered, &scope, &as_told, tally);
    let closed = log.state().entries().iter().filter(|entry| entry.seq > before);
    let closed: Vec<NoticeId> = closed.filter_map(|entry| entry.withdrawal()).collect();
    if !closed.is_empty() {
        context.output.info(format!("withdrawn, so closed: {}", some_of(closed.iter().map(ToString::to_string))));
    }
    let opened = log.state().all_opened().filter(|event| event.entry.seq > before);
    tell_opened(context, &mut gathered, opened.map(|event| event.opened).collect())?;
    warn(context, &gathered, &tally);
    gate.tell(context);
    if let Some(left) = import_under_way(log.state(), now) {
        context.output.warn(format!(
            "an import is being recorded, {} still to come: nothing is opened until it is done, or for an hour; if it was stopped, run it again, and it goes on",
            count(left as usize, "event")
        ));
    }
    tell_pick_ups(context, &source.common, store.as_ref(), &log, client.http().remaining())?;
    let emission = emit(log.state(), &source.filter, given, now);
    if emission.unknown {
        context.output.warn("the log doesn't know the given version; answering with what is open and the last opened");
    }
    if emission.openings.len() == MOST_VERSIONS {
        context.output.warn(format!("answering with {MOST_VERSIONS} versions; the next check goes on from there"));
    }
    Ok(emission.openings)
}

/// How many events of an import are still to come, if one is at work. What it opened it may go on to settle. An import that
/// has written nothing for an hour was stopped, and holds up nobody.
fn import_under_way(log_state: &LogState, now: Timestamp) -> Option<u32> {
    let last = log_state.entries().iter().rev().find(|entry| entry.import_left().is_some())?;
    last.import_left().filter(|left| *left > 0 && last.at.duration_until(now) < SignedDuration::from_hours(1))
}

/// Without a tracker the answer is what is actionable in the window, in the order in which it was first seen, as far as
/// the temporary folder remembers.
fn without_tracker(
    context: &mut Context<'_>,
    source: &NoticesSource,
    given: Option<OpeningId>,
) -> Result<Vec<OpeningId>> {
    let since = source.common.window.before(context.now);
    let mut scope = CheckScope {
        source,
        current: None,
        since,
        followed: BTreeSet::new(),
        ruled_out: 0,
        left_out: HashSet::default(),
    };
    let client = UpstreamClient::new(context, &source.common)?;
    let AllNotices { mut gathered, .. } = gather(context, source, &client, &mut scope)?;
    let mut emitted = EmittedOrder::open(client.folder(), &context.request.source.to_string());
    // What was emitted stays a version, whatever is said of it later.
    let known = emitted.known();
    let is_new = |id: &NoticeId| !known.contains(id) && given.is_none_or(|given| given.notice != *id);
    let actionable = |facts: &&NoticeSummary| {
        gathered.has_api() && is_new(&facts.id) && matches!(scope.judge(facts), Judgement::Actionable(_))
    };
    let new = gathered.notices.values().filter(actionable).map(|facts| facts.id).collect();
    rate_in_release(context, &mut gathered, &scope, &new)?;
    let tally = Tally::new(scope.ruled_out, BTreeMap::new());
    let tally = summarize(context, &gathered, &scope, &HashMap::default(), tally);
    warn(context, &gathered, &tally);
    let mut notices: Vec<&NoticeSummary> = gathered.notices.values().collect();
    notices.sort_by_cached_key(|facts| in_order(facts));
    let actionable: Vec<NoticeId> = notices
        .into_iter()
        .filter(|facts| matches!(scope.judge(facts), Judgement::Actionable(_)))
        .map(|facts| facts.id)
        .collect();
    let order = emitted.arrange(&actionable);
    let place = given.and_then(|given| order.iter().position(|id| *id == given.notice));
    let mut answer = order[place.unwrap_or(0)..].to_vec();
    if let Some(given) = given.filter(|_| place.is_none()) {
        context.output.warn(format!(
            "{} is not among today's actionable notices; answering with all of the window",
            given.notice
        ));
    }
    if answer.len() > MOST_VERSIONS {
        context.output.warn(format!("{} notices: answering with the first {MOST_VERSIONS}", answer.len()));
        answer.truncate(MOST_VERSIONS);
    }
    if let Err(error) = emitted.keep() {
        context.output.warn(format!("{error:#}; a notice that shows up late may be missed"));
    }
    Ok(answer.into_iter().map(|notice| OpeningId { notice, number: 1 }).collect())
}

/// The order of notices: by time of publication, then by id.
fn in_order(facts: &NoticeSummary) -> (Timestamp, bool, NoticeId) {
    (facts.published.instant(), facts.published.is_exact(), facts.id)
}

/// Says in one line how the notices were judged; the warnings come after what was done about them.
fn summarize(
    context: &mut Context<'_>,
    gathered: &Gathered<'_>,
    scope: &CheckScope<'_>,
    as_told: &HashMap<NoticeId, Judgement>,
    mut tally: Tally,
) -> Tally {
    for (id, facts) in &gathered.notices {
        match as_told.get(id) {
            Some(judgement) => tally.count(*id, judgement),
            None => tally.count(*id, &scope.judge(facts)),
        }
    }
    let os = scope.source.os.as_ref().map(UbuntuRelease::codename);
    let product = scope.source.tracked.as_ref().map(|tracked| tracked.product.as_str());
    context.output.info(tally.line(os.or(product).unwrap_or("this resource")));
    tally
}

/// Says what failed, and what waits.
fn warn(context: &mut Context<'_>, gathered: &Gathered<'_>, tally: &Tally) {
    for warning in &gathered.warnings {
        context.output.warn(warning);
    }
    if !tally.undecided().is_empty() {
        context.output.warn(format!(
            "{} can't be judged yet: no CVE is rated, or the packages are unknown; the next check looks again",
            some_of(tally.undecided().iter().map(ToString::to_string))
        ));
    }
}
