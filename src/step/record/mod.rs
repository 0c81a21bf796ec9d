//! The `out` step: a release or an answer goes into the log.

mod archive_hint;
mod findings;
mod includes;
mod open;
mod regressions;
mod release;
mod settle;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;

use self::open::open;
use self::release::release;
use super::backlog;
use super::import::import;
use super::open_tracker::{by, opened, retry, store};
use super::upstream_client::{UpstreamClient, folder};
use crate::concourse::{Context, Facts, NoticeVersion, ReleaseRef, StepAnswer};
use crate::config::{AnswerParams, OutParams, Source};
use crate::notice::{Notice, NoticeId};
use crate::product::{Judgement, ReleaseVersion};
use crate::text::some_of;
use crate::tracker::{Addition, Body, Log, LogState, Opened, last_emitted};

/// Appends what the params say. A put of a release to the resource that emits releases answers with that release, so that
/// the get behind the put has its files and no other's; anything else answers with a version that Concourse knows.
///
/// # Errors
/// If the request is wrong, a named notice isn't settled, or the tracker can't be read or written. Nothing is recorded
/// then.
pub fn record(context: &mut Context<'_>) -> Result<StepAnswer> {
    let (source, params) = context.source_and_out_params()?;
    if let Some(emit) = match source {
        Source::Status(_) => Some("status"),
        Source::Backlog(_) => Some("backlog"),
        _ => None,
    } {
        bail!("a put can't go to a resource with emit: {emit}; name the one with emit: releases");
    }
    let tracked = source.tracked().context("source.tracker is needed for a put: it names the log to record to")?;
    if matches!(params, OutParams::Backlog) {
        // A mistake of the pipeline is told before the log is looked at.
        backlog::keys(&source)?;
    }
    let build = context.folder()?.to_owned();
    let build = build.as_path();
    let store = store(context, source.common(), &tracked.tracker)?;
    let mut log = Log::read(store.as_ref(), &tracked.product, &folder(context)?)?;
    // A put must answer with a version that Concourse knows, which is seen to before anything is written. A release
    // makes its own.
    if !(matches!(source, Source::Releases(_)) && matches!(params, OutParams::Release(_) | OutParams::Import(_))) {
        known_version(&source, &log)?;
    }
    let (facts, recorded) = match params {
        OutParams::Release(params) => {
            let report = params.findings.as_ref().map(|file| findings::read(build, file)).transpose()?;
            let (mut facts, recorded) = release(context, &source, store.as_ref(), &mut log, build, &params)?;
            if let Some(report) = report {
                facts.extend(findings::open_findings(context, &mut log, &recorded, &report)?);
            }
            (facts, Some(recorded))
        }
        OutParams::Answer(params) => (answer(context, &source, &mut log, build, &params)?, None),
        OutParams::Import(params) => (import(context, &source, &mut log, build, &params)?, None),
        OutParams::Backlog => (backlog::put(context, &source, store.as_ref(), &mut log)?, None),
        OutParams::Open(files) => (open(context, &source, &mut log, build, &files)?, None),
        OutParams::Findings(file) => {
            let highest = log.state().highest().map(|release| release.released.version.clone());
            let highest = highest.with_context(|| {
                format!(
                    "no release of {} is recorded yet, so the log doesn't know what was scanned; record one first, or put its version with the findings",
                    log.product()
                )
            })?;
            let report = findings::read(build, &file)?;
            let mut facts = vec![("product", log.product().to_string())];
            facts.extend(findings::open_findings(context, &mut log, &highest, &report)?);
            (facts, None)
        }
    };
    let version = match (&source, recorded) {
        (Source::Releases(_), Some(recorded)) => release_version(&recorded),
        _ => known_version(&source, &log)?,
    };
    context.answer(&version, facts)
}

fn release_version(version: &ReleaseVersion) -> Value {
    ReleaseRef { release: version.to_string() }.to_json()
}

/// The version that a put answers with which records no release: the highest release, or the last notice that was emitted.
/// Concourse knows it, so nothing is triggered.
fn known_version(source: &Source, log: &Log<'_>) -> Result<Value> {
    let log_state = log.state();
    match source {
        Source::Releases(_) => {
            let highest = log_state.highest().with_context(|| {
                format!(
                    "no release of {} is recorded yet, so there is no version to answer with; first record the release that you run today, with a put of version and packages_file",
                    log.product()
                )
            })?;
            Ok(release_version(&highest.released.version))
        }
        Source::Status(_) | Source::Backlog(_) => bail!("this resource has nothing to answer a put with"),
        Source::Notices(source) => {
            let last = last_emitted(log_state, &source.filter).context(
                "this resource has emitted no notice yet, so there is no version to answer with; put to a resource with emit: releases, or run its check first",
            )?;
            Ok(NoticeVersion { id: last.notice, opening: last.number }.to_json())
        }
    }
}

/// What upstream tells of notices that the log doesn't hold.
fn look_up(context: &mut Context<'_>, source: &Source, ids: Vec<NoticeId>) -> Result<BTreeMap<NoticeId, Notice>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    if let Some(id) = ids.iter().find(|id| !id.is_usn()) {
        bail!(
            "the log doesn't hold {id}, and only Ubuntu's notices are looked up: open it first, with a put of `open`"
        );
    }
    let release = source.os().with_context(|| {
        format!(
            "the log doesn't hold {}; give source.os, so that it can be looked up",
            some_of(ids.iter().map(ToString::to_string))
        )
    })?;
    let client = UpstreamClient::new(context, source.common())?;
    let upstream = client.upstream(context, source.common(), Some(release));
    let mut notices = BTreeMap::new();
    for id in ids {
        let (notice, warnings) = upstream.notice(id)?;
        warnings.iter().for_each(|warning| context.output.warn(warning));
        let notice = notice.ok_or_else(|| {
            anyhow!("neither the log nor any source of notices knows {id} for {release}; is the id right?")
        })?;
        notices.insert(id, notice);
    }
    Ok(notices)
}

/// The events that open notices which were looked up, as far as the log is still without them. They are answered or closed by
/// the next event, so no check emits them.
fn first_openings<'a>(log_state: &LogState, looked_up: impl Iterator<Item = &'a Notice>) -> Vec<Opened> {
    looked_up
        .filter(|notice| log_state.timeline(notice.id).is_none())
        .map(|notice| Opened { shown: false, ..opened(notice.clone(), 1, &Judgement::Unmatched, None) })
        .collect()
}

/// Records a team's answer to a notice.
fn answer(
    context: &mut Context<'_>,
    source: &Source,
    log: &mut Log<'_>,
    build: &Path,
    params: &AnswerParams,
) -> Result<Facts> {
    let answered = params.read(build)?;
    let is_last = |log_state: &LogState| log_state.last_answer(answered.notice) == Some(&answered);
    if let Some(until) = answered.until.filter(|until| *until <= context.now && !is_last(log.state())) {
        bail!(
            "answer.until: {until} is past, so the answer would never hold; write a time that lies ahead, or leave it out for good"
        );
    }
    let unknown = Some(answered.notice).filter(|id| log.state().openings(*id).is_empty());
    let looked_up = look_up(context, source, unknown.into_iter().collect())?;
    let (by, retry, now) = (by(context), retry(context), context.now);
    let appended = log.append(&by, now, retry, |log| {
        if is_last(log.state()) {
            return Ok(Addition::default());
        }
        let opened = first_openings(log.state(), looked_up.values()).into_iter();
        let mut events: Vec<Body> = opened.map(|opened| Body::Opened(Box::new(opened))).collect();
        events.push(Body::Answered(answered.clone()));
        Ok(Addition { packages: Vec::new(), events })
    })?;
    context.output.info(match appended {
        0 => format!("{} is already answered just so: nothing to do", answered.notice),
        _ => format!("recorded the answer to {}: {}", answered.notice, answered.status),
    });
    Ok(vec![
        ("product", log.product().to_string()),
        ("notice", answered.notice.to_string()),
        ("status", answered.status.to_string()),
        ("justification", answered.justification.map(|justification| justification.to_string()).unwrap_or_default()),
        ("statement", answered.statement.unwrap_or_default()),
        ("until", answered.until.map(|until| until.to_string()).unwrap_or_default()),
    ])
}
