//! The `out` step: a release or an answer goes into the log.

mod setback;
mod settle;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;

use self::setback::setbacks;
use self::settle::{Settled, settle};
use super::evidence;
use super::import::import;
use super::sources::{Asking, folder};
use super::tracked::{by, opened, retry, store};
use crate::concourse::{
    AnswerParams, BuildPath, Context, Named, NoticeVersion, OutParams, ReleaseParams,
    ReleaseVersion as VersionOfRelease, Source, columns,
};
use crate::notice::{Notice, NoticeId};
use crate::product::{Judgement, Packages, ReleaseVersion};
use crate::publish::some_of;
use crate::tracker::{Addition, Body, Ledger, Log, Released, ReleasedBrief, last_emitted};

/// What people see beside the version.
pub(super) type Facts = Vec<(&'static str, String)>;

/// Appends what the params say, and answers with a version that Concourse knows already, or with the highest release.
///
/// # Errors
/// If the request is wrong, a named notice isn't settled, or the tracker can't be read or written. Nothing is recorded
/// then.
pub fn record(context: &mut Context<'_>) -> Result<String> {
    let (source, params) = context.source_and_out_params()?;
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
            release(context, &source, &mut log, build, &params)?
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
        Source::Notices(source) => {
            let last = last_emitted(ledger, &source.filter).context(
                "this resource has emitted no notice yet, so there is no version to answer with; put to a resource with emit: releases, or run its check first",
            )?;
            Ok(NoticeVersion { id: last.notice, opening: last.number }.to_json())
        }
    }
}

/// Records a release, and what it fixes.
fn release(
    context: &mut Context<'_>,
    source: &Source,
    log: &mut Log<'_>,
    build: &Path,
    params: &ReleaseParams,
) -> Result<Facts> {
    let version: ReleaseVersion = params.version.read(build)?.parse().context("params: the version of the release")?;
    let packages = evidence::union(&params.packages_files, build)?;
    let digest = packages.as_ref().map(Packages::digest);
    let named = params.notices.iter().map(|named| id_of(named, build)).collect::<Result<BTreeSet<NoticeId>>>()?;
    let unknown = named.iter().copied().filter(|id| log.ledger().openings(*id).is_empty()).collect();
    let looked_up = look_up(context, source, unknown)?;

    let highest_before = log.ledger().highest().map(|release| release.released.version.clone());
    let (by, retry, now, pro) = (by(context), retry(context), context.now, source.common().pro);
    let mut settled = Settled::default();
    let mut back = Vec::new();
    let appended = log.append(&by, now, retry, |log| {
        settled = settle(log.ledger(), packages.as_ref(), pro, &named, &looked_up, now);
        back = packages.as_ref().map_or_else(Vec::new, |packages| setbacks(log.ledger(), &version, packages, pro));
        if let Some(recorded) = log.ledger().release(&version) {
            same_again(recorded.released, packages.as_ref(), &settled, log)?;
            return Ok(Addition::default());
        }
        settled.refuse(&version)?;
        let mut events = first_openings(log.ledger(), &looked_up);
        for event in &mut events {
            if let Body::Opened(opened) = event {
                opened.fixed_in = settled.shows_fixed(&version, opened.notice.id);
            }
        }
        events.push(Body::Released(Released {
            version: version.clone(),
            packages: digest,
            includes: BTreeMap::new(),
            fixed: settled.fixed.clone(),
            not_affected: settled.not_affected.clone(),
            open: settled.open.clone(),
        }));
        Ok(Addition { packages: packages.iter().cloned().collect(), events })
    })?;

    let product = log.product().clone();
    match appended {
        0 => context.log.info(format!(
            "{product} {} is already recorded with the same packages: nothing to do",
            log.ledger().release(&version).map_or(&version, |release| &release.released.version)
        )),
        _ => context.log.info(format!("recorded {product} {version}: {}", settled.line())),
    }
    if let Some(highest) = highest_before.filter(|highest| appended > 0 && highest.compare(&version).is_gt()) {
        context.log.warn(format!("{version} is lower than {highest}, which stays the current release"));
    }
    if packages.is_none() && !settled.fixed.is_empty() {
        context.log.warn("no packages_file: what is claimed to be fixed has no evidence");
    }
    setback::warn(&back, &version, &mut context.log);
    settled.table(&mut context.log);
    let released = log.ledger().release(&version).map(|release| release.released);
    let fixed = released.map_or(&[][..], |released| &released.fixed);
    let open = released.map_or(&[][..], |released| &released.open);
    Ok(vec![
        ("product", product.to_string()),
        ("recorded", version.to_string()),
        ("fixed", some_of(fixed.iter().map(ToString::to_string))),
        ("open", some_of(open.iter().map(ToString::to_string))),
        ("packages", packages.map_or_else(String::new, |packages| packages.len().to_string())),
    ])
}

/// The id of a named notice: literally, or from the folder of a get.
fn id_of(named: &Named, build: &Path) -> Result<NoticeId> {
    match named {
        Named::Id(id) => Ok(*id),
        Named::Folder(folder) => {
            let file = BuildPath::new(&format!("{}/id", folder.as_str()))?;
            let text = file.inside(build).and_then(|file| Ok(std::fs::read_to_string(file)?)).with_context(|| {
                format!("params.notices {:?}: write an id, or the folder of a get of a notice", folder.as_str())
            })?;
            text.trim().parse().with_context(|| {
                format!("params.notices {:?}: its file id is not that of a get of a notice", folder.as_str())
            })
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

/// The events that open notices which were looked up, as far as the log is still without them.
fn first_openings(ledger: &Ledger, looked_up: &BTreeMap<NoticeId, Notice>) -> Vec<Body> {
    looked_up
        .values()
        .filter(|notice| ledger.openings(notice.id).is_empty())
        .map(|notice| Body::Opened(Box::new(opened(notice.clone(), 1, &Judgement::Unmatched, None))))
        .collect()
}

/// A release that is recorded already changes nothing if it is the same, and is refused if it is not.
fn same_again(recorded: &ReleasedBrief, packages: Option<&Packages>, settled: &Settled, log: &Log<'_>) -> Result<()> {
    if recorded.packages == packages.map(Packages::digest) {
        return settled.refuse_unrecorded(recorded);
    }
    let kept = recorded.packages.map(|digest| log.packages(digest)).transpose()?;
    let difference = match (&kept, packages) {
        (Some(kept), Some(now)) => format!("with other packages\n{}", difference(kept, now)),
        (Some(_), None) => "with packages, and now there are none".to_owned(),
        (None, _) => "without packages, and now there are some".to_owned(),
    };
    bail!(
        "a release never changes, so record this one under a version of its own: {} of {} is recorded already, {difference}",
        recorded.version,
        log.product()
    )
}

/// The packages that differ, as a table of at most a screen.
fn difference(kept: &Packages, now: &Packages) -> String {
    const MOST: usize = 20;
    let all = kept.difference(now);
    let shown = |versions: &str| if versions.is_empty() { "-" } else { versions }.to_owned();
    let heading = ["package", "recorded", "now"].map(str::to_owned).to_vec();
    let rows = all.iter().take(MOST).map(|(name, kept, now)| vec![name.to_string(), shown(kept), shown(now)]);
    let mut table = columns(&std::iter::once(heading).chain(rows).collect::<Vec<_>>());
    if all.len() > MOST {
        table.push_str(&format!("\nand {} more", all.len() - MOST));
    }
    table
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
    let unknown = Some(answered.notice).filter(|id| log.ledger().openings(*id).is_empty());
    let looked_up = look_up(context, source, unknown.into_iter().collect())?;
    let (by, retry, now) = (by(context), retry(context), context.now);
    let appended = log.append(&by, now, retry, |log| {
        if log.ledger().last_answer(answered.notice) == Some(&answered) {
            return Ok(Addition::default());
        }
        let mut events = first_openings(log.ledger(), &looked_up);
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
