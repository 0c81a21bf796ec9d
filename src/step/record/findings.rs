//! What a scanner found: opened where the log doesn't have it, and named where the log has answered or fixed it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::concourse::{Context, Facts};
use crate::config::BuildPath;
use crate::files;
use crate::notice::{Notice, NoticeId};
use crate::product::ReleaseVersion;
use crate::product::findings::{self, Finding, FindingsReport, LARGEST_REPORT};
use crate::step::found_notices::found_notices;
use crate::step::open_notices::{OpenNotices, Outcome};
use crate::text::{count, some_of};
use crate::tracker::{Log, Stand};

/// Reads the report, so that a wrong one is refused before anything is recorded.
pub(super) fn read(build: &Path, params: &BuildPath) -> Result<FindingsReport> {
    let place = || format!("params.findings_file {:?}", params.as_str());
    let bytes = files::read(&params.inside(build).with_context(place)?, LARGEST_REPORT as u64).with_context(place)?;
    findings::read(&bytes).with_context(place)
}

/// Opens what a scanner found in a release, unless the log has it.
pub(super) fn open_findings(
    context: &mut Context<'_>,
    log: &mut Log<'_>,
    release: &ReleaseVersion,
    report: &FindingsReport,
) -> Result<Facts> {
    let scanner = report.scanner;
    for sentence in &report.unreadable {
        context.output.warn(format!("{scanner}: {sentence}"));
    }
    let unnamed = report.unreadable_count.saturating_sub(report.unreadable.len());
    if unnamed > 0 {
        context.output.warn(format!("{scanner}: {} more can't be read", count(unnamed, "entry")));
    }
    let found = found_notices(report, context.now);
    for sentence in &found.left_out {
        context.output.warn(format!("{scanner}: {sentence}"));
    }
    let notices = found.notices;
    let before = notices.iter().flat_map(|notice| std::iter::once(notice.id).chain(notice.aliases.iter().copied()));
    let mut settled = settled(log, before, context);
    let opening = OpenNotices { notices: &notices, release: Some(release), by_people: false };
    let outcomes = opening.append(context, log)?;
    let of = |wanted: fn(&Outcome) -> bool| -> Vec<String> {
        let ids = notices.iter().zip(&outcomes).filter(|(_, outcome)| wanted(outcome));
        ids.map(|(notice, _)| notice.id.to_string()).collect()
    };
    let opened = of(|outcome| matches!(outcome, Outcome::Opened | Outcome::Grew));
    let known = of(|outcome| matches!(outcome, Outcome::Known));
    let fixed = of(|outcome| matches!(outcome, Outcome::Fixed(_)));
    let joined: Vec<String> = notices
        .iter()
        .zip(&outcomes)
        .filter_map(|(notice, outcome)| match outcome {
            Outcome::Joined { ids, raised } => {
                let raised = if *raised { ", which is rated graver now" } else { "" };
                Some(format!("{} is {}{raised}", notice.id, some_of(ids.iter().map(ToString::to_string))))
            }
            _ => None,
        })
        .collect();
    // Another source may have settled the flaw under its own id.
    let held = outcomes.iter().flat_map(|outcome| match outcome {
        Outcome::Joined { ids, .. } => ids.as_slice(),
        _ => &[],
    });
    settled.extend(self::settled(log, held.copied(), context));
    let no_fix = no_fix(&report.findings, &notices);
    let mut line = format!("{scanner}: {}", count(report.findings.len(), "finding"));
    for (ids, what) in [
        (&opened, "opened"),
        (&known, "in the log already"),
        (&joined, "the same flaw as the log has"),
        (&fixed, "fixed by a recorded release already"),
        (&no_fix, "without a fix"),
    ] {
        if !ids.is_empty() {
            line.push_str(&format!(", {} {what} ({})", ids.len(), some_of(ids.iter().cloned())));
        }
    }
    context.output.info(line);
    if !settled.is_empty() {
        context.output.warn(format!(
            "{scanner} reports what the log has settled: {}; give openvex-scan.json of this release to the next scan (--vex)",
            some_of(settled.iter().cloned())
        ));
    }
    Ok(vec![
        ("findings", report.findings.len().to_string()),
        ("opened", some_of(opened.into_iter())),
        ("known", some_of([known, joined].concat().into_iter())),
        ("without_fix", some_of(no_fix.into_iter())),
        ("settled", some_of(settled.into_iter())),
    ])
}

/// Of what was found, what the log has answered or fixed, in words.
fn settled(log: &Log<'_>, ids: impl Iterator<Item = NoticeId>, context: &Context<'_>) -> BTreeSet<String> {
    let told = |id: NoticeId| match log.state().timeline(id)?.stand(context.now) {
        Stand::Open(_) => None,
        Stand::Answered { .. } => Some(format!("{id} (answered)")),
        Stand::Settled(_) => Some(format!("{id} (settled by a release)")),
    };
    ids.filter_map(told).collect()
}

/// The ids of what has no fix, each once, without those of which another package has one.
fn no_fix(findings: &[Finding], notices: &[Notice]) -> Vec<String> {
    let mut ids: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    let opened: HashSet<String> = notices.iter().map(|notice| notice.id.to_string()).collect();
    for finding in findings.iter().filter(|finding| finding.fixed.is_empty() && !opened.contains(&finding.id)) {
        ids.entry(&finding.id).or_insert(finding.no_fix.as_deref());
    }
    ids.into_iter().map(|(id, why)| why.map_or_else(|| id.to_owned(), |why| format!("{id}: {why}"))).collect()
}
