//! The `out` step: a release or an answer goes into the log.

mod includes;
mod release;
mod setback;
mod settle;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;

use self::release::release;
use super::import::import;
use super::sources::{Asking, folder};
use super::tracked::{by, opened, retry, store};
use crate::concourse::{AnswerParams, Context, NoticeVersion, OutParams, ReleaseVersion as VersionOfRelease, Source};
use crate::notice::{Notice, NoticeId};
use crate::product::Judgement;
use crate::publish::some_of;
use crate::tracker::{Addition, Body, Ledger, Log, Opened, last_emitted};

/// What people see beside the version.
pub(super) type Facts = Vec<(&'static str, String)>;

/// Appends what the params say, and answers with a version that Concourse knows already, or with the highest release.
///
/// # Errors
/// If the request is wrong, a named notice isn't settled, or the tracker can't be read or written. Nothing is recorded
/// then.
pub fn record(context: &mut Context<'_>) -> Result<String> {
    let (source, params) = context.source_and_out_params()?;
    if matches!(source, Source::Status(_)) {
        bail!("a put can't go to a resource with emit: status; name the one with emit: releases");
    }
    let tracked = source.tracked().context("source.tracker is needed for a put: it names the log to record to")?;
    let build = context.folder()?.to_owned();
    let build = build.as_path();
    let store = store(context, source.common(), &tracked.tracker)?;
    let mut log = Log::read(store.as_ref(), &tracked.product, &folder(context)?)?;
    let facts = match params {
        OutParams::Release(params) => {
            // Refused before anything is recorded.
            if matches!(source, Source::Notices(_)) {
                answer_version(&source, log.ledger())?;
            }
            release(context, &source, store.as_ref(), &mut log, build, &params)?
        }
        OutParams::Answer(params) => {
            answer_version(&source, log.ledger())?;
            answer(context, &source, &mut log, build, &params)?
        }
        OutParams::Import(params) => {
            if matches!(source, Source::Notices(_)) {
                answer_version(&source, log.ledger())?;
            }
            import(context, &source, &mut log, build, &params)?
        }
    };
    let version = answer_version(&source, log.ledger())?;
    context.answer(&version, facts)
}

/// The version to answer with: the highest release, so that dependents are never told to go back, or the last notice that
/// was emitted, which Concourse knows, so that nothing is triggered.
fn answer_version(source: &Source, ledger: &Ledger) -> Result<Value> {
    match source {
        Source::Releases(_) => {
            let highest = ledger.highest().context(
                "no release is recorded yet, so there is no version to answer with; record the release that you run today first",
            )?;
            Ok(VersionOfRelease { release: highest.released.version.to_string() }.to_json())
        }
        Source::Status(_) => bail!("a resource with emit: status has nothing to answer a put with"),
        Source::Notices(source) => {
            let last = last_emitted(ledger, &source.filter).context(
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
    let release = source.os().with_context(|| {
        format!(
            "the log doesn't hold {}; give source.os, so that it can be looked up",
            some_of(ids.iter().map(ToString::to_string))
        )
    })?;
    let asking = Asking::new(context, source.common())?;
    let upstream = asking.upstream(context, source.common(), release);
    let mut notices = BTreeMap::new();
    for id in ids {
        let (notice, warnings) = upstream.notice(id)?;
        warnings.iter().for_each(|warning| context.log.warn(warning));
        let notice = notice.ok_or_else(|| {
            anyhow!("neither the log nor any source of notices knows {id} for {release}; is the id right?")
        })?;
        notices.insert(id, notice);
    }
    Ok(notices)
}

/// The events that open notices which were looked up, as far as the log is still without them. They are answered or closed by
/// the next event, so no check emits them.
fn first_openings<'a>(ledger: &Ledger, looked_up: impl Iterator<Item = &'a Notice>) -> Vec<Opened> {
    looked_up
        .filter(|notice| ledger.timeline(notice.id).is_none())
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
    let is_last = |ledger: &Ledger| ledger.last_answer(answered.notice) == Some(&answered);
    if let Some(until) = answered.until.filter(|until| *until <= context.now && !is_last(log.ledger())) {
        bail!(
            "answer.until: {until} is past, so the answer would never hold; write a time that lies ahead, or leave it out for good"
        );
    }
    let unknown = Some(answered.notice).filter(|id| log.ledger().openings(*id).is_empty());
    let looked_up = look_up(context, source, unknown.into_iter().collect())?;
    let (by, retry, now) = (by(context), retry(context), context.now);
    let appended = log.append(&by, now, retry, |log| {
        if is_last(log.ledger()) {
            return Ok(Addition::default());
        }
        let opened = first_openings(log.ledger(), looked_up.values()).into_iter();
        let mut events: Vec<Body> = opened.map(|opened| Body::Opened(Box::new(opened))).collect();
        events.push(Body::Answered(answered.clone()));
        Ok(Addition { packages: Vec::new(), events })
    })?;
    context.log.info(match appended {
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
