//! Takes over the record that a team kept until now, together with the packages of its releases.

mod finding;
mod history;
mod plan;
mod receipts;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result};

use self::finding::ImportFinding;
use self::history::ImportHistory;
use self::plan::ImportPlan;
use self::receipts::Receipts;
use self::report::{Report, names};
use super::evidence;
use super::open_tracker::{by, retry};
use super::upstream_client::UpstreamClient;
use crate::concourse::{Context, Facts};
use crate::config::{ImportParams, Source};
use crate::notice::{Fix, Notice, NoticeId};
use crate::product::ReleaseVersion;
use crate::text::some_of;
use crate::tracker::Log;

/// How many events are appended in one go: few enough that a lost race costs little.
const BATCH: usize = 100;

/// Appends the events that a record comes to. What the log holds already is left as it is, so a second import adds nothing,
/// and one that was interrupted goes on.
///
/// # Errors
/// If the record or a list of packages can't be read, or a source of notices fails that may know a notice of the record.
/// Nothing is recorded then. Also if the tracker can't be written; what was appended until then stays.
pub(super) fn import(
    context: &mut Context<'_>,
    source: &Source,
    log: &mut Log<'_>,
    build: &Path,
    params: &ImportParams,
) -> Result<Facts> {
    let history = read_history(context, params, build)?;
    let receipts = read_receipts(context, params, build, log, &history)?;
    let (known, unknown): (BTreeSet<NoticeId>, BTreeSet<NoticeId>) =
        history.claims.keys().partition(|id| !log.state().openings(**id).is_empty());
    let notices = look_up(context, source, &unknown)?;
    let left_out: Vec<NoticeId> = unknown.into_iter().filter(|id| !notices.contains_key(id)).collect();

    let mut fixes: BTreeMap<NoticeId, Vec<Fix>> =
        known.iter().filter_map(|&id| Some((id, log.state().fixes(id)?))).collect();
    fixes.extend(notices.iter().map(|(id, notice)| (*id, notice.fixes.clone())));
    let finding = |(id, fixes): (&NoticeId, &Vec<Fix>)| {
        let claimed = history.claims.get(id).and_then(Option::as_ref);
        (*id, ImportFinding::of(fixes, claimed, &receipts.releases))
    };
    let findings: BTreeMap<NoticeId, ImportFinding> = fixes.iter().map(finding).collect();
    let releases = all_releases(&history, &receipts);
    let plan = ImportPlan::new(notices, &fixes, &findings, &releases, &receipts.releases);
    append(context, log, &plan)?;

    let report = Report(&findings);
    report.print(&mut context.output);
    if !left_out.is_empty() {
        context.output.warn(format!(
            "no source knows {}: left out; if a source knows one later, import again: that completes the record",
            names(&left_out)
        ));
    }
    let other = plan.other_packages(log.state());
    if !other.is_empty() {
        context
            .output
            .warn(format!("recorded before with other packages, and left so: {}", some_of(other.into_iter())));
    }
    Ok(vec![
        ("product", log.product().to_string()),
        ("releases", releases.len().to_string()),
        ("agree", report.agreed().len().to_string()),
        ("disagree", names(&report.disagreements())),
        ("no_evidence", report.unproven().len().to_string()),
        ("left_out", left_out.len().to_string()),
    ])
}

fn read_history(context: &mut Context<'_>, params: &ImportParams, build: &Path) -> Result<ImportHistory> {
    let reading = || format!("params.import.record {:?}", params.record.as_str());
    let bytes = evidence::bytes(&params.record, build).with_context(reading)?;
    let text = std::str::from_utf8(&bytes).context("it is no UTF-8 text").with_context(reading)?;
    let history = ImportHistory::read(text).with_context(reading)?;
    context.output.info(format!(
        "the record has {} notices and {} releases",
        history.claims.len(),
        history.releases().len()
    ));
    if !history.strange.is_empty() {
        context
            .output
            .warn(format!("no Ubuntu Security Notice, left out: {}", some_of(history.strange.iter().cloned())));
    }
    if !history.doubtful.is_empty() {
        context.output.warn(format!("recorded with several releases, the lowest counts: {}", names(&history.doubtful)));
    }
    Ok(history)
}

/// The packages, with the spelling of releases that the log has, else the record.
fn read_receipts(
    context: &mut Context<'_>,
    params: &ImportParams,
    build: &Path,
    log: &Log<'_>,
    history: &ImportHistory,
) -> Result<Receipts> {
    let Some(folder) = &params.packages else { return Ok(Receipts::default()) };
    let recorded = log.state().releases().map(|release| release.released.version.clone());
    let recorded: Vec<ReleaseVersion> = recorded.chain(history.releases()).collect();
    let receipts = Receipts::read(folder, build, log.product(), &recorded)
        .with_context(|| format!("params.import.packages {:?}", folder.as_str()))?;
    let range = match (receipts.releases.first(), receipts.releases.last()) {
        (Some((first, _)), Some((last, _))) => format!(", {first} to {last}"),
        _ => String::new(),
    };
    context.output.info(format!("the packages of {} releases are there{range}", receipts.releases.len()));
    if let [first, rest @ ..] = receipts.warnings.as_slice() {
        let more = if rest.is_empty() { String::new() } else { format!(" (and {} more such)", rest.len()) };
        context.output.warn(format!("{first}{more}"));
    }
    if !receipts.strange.is_empty() {
        context.output.warn(format!(
            "not named by a release, left out: {}; a list is named {}-<version>",
            some_of(receipts.strange.iter().cloned()),
            log.product()
        ));
    }
    Ok(receipts)
}

/// What upstream tells of notices that the log doesn't hold; one that it doesn't know is left out, not invented.
fn look_up(context: &mut Context<'_>, source: &Source, ids: &BTreeSet<NoticeId>) -> Result<BTreeMap<NoticeId, Notice>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let release =
        source.os().context("the log doesn't hold all notices of the record; give source.os to look them up")?;
    context.output.info(format!("looking up {} notices for {release}", ids.len()));
    let client = UpstreamClient::new(context, source.common())?;
    let upstream = client.upstream(context, source.common(), Some(release));
    let (notices, warnings) = upstream.notices(ids).context("looking up the notices of the record")?;
    warnings.iter().for_each(|warning| context.output.warn(warning));
    Ok(notices)
}

/// The releases of the record and those whose packages are there, lowest first, each once.
fn all_releases(history: &ImportHistory, receipts: &Receipts) -> Vec<ReleaseVersion> {
    let mut releases = history.releases();
    releases.extend(receipts.releases.iter().map(|(release, _)| release.clone()));
    releases.sort_by(ReleaseVersion::compare);
    releases.dedup_by(|a, b| a.is_same(b));
    releases
}

/// Appends what the log is missing, batch by batch.
fn append(context: &mut Context<'_>, log: &mut Log<'_>, plan: &ImportPlan<'_>) -> Result<()> {
    let (by, retry, now) = (by(context), retry(context), context.now);
    let (notices, releases) = plan.missing(log.state());
    if notices + releases == 0 {
        context.output.info("everything is in the log already: nothing to do");
        return Ok(());
    }
    context.output.info(format!("recording {notices} notices and {releases} releases"));
    let mut recorded = 0;
    loop {
        let appended = log.append(&by, now, retry, |log| Ok(plan.next(log.state(), BATCH)))?;
        if appended == 0 {
            return Ok(());
        }
        recorded += appended;
        context.output.info(format!("{recorded} of {} events are recorded", notices + releases));
    }
}
