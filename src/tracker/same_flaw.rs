//! Whether a log holds a flaw already, under another id.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{Body, Log, OpenedSummary};
use crate::notice::{Fix, Notice, NoticeId, reaches};
use crate::product::{Comparison, Packages, Standing};

/// The most events that are read to find out. A package of a large log is named by some hundred.
const MOST_READ: usize = 1_000;

/// The notices of the log that tell of the same flaw as this one, if they tell all of it: every CVE that it names, for the same
/// packages, and nothing that it asks for is higher than what they ask for. Empty if it has to be opened itself; one of Ubuntu's
/// always has. What is about to be appended (`newer`) counts instead of what the log has under these ids; what was withdrawn, or
/// doesn't count for another reason (`counts`), holds no flaw.
///
/// # Errors
/// If an event of the log can't be read.
pub fn same_flaw(
    log: &Log<'_>,
    notice: &Notice,
    current: Option<&Packages>,
    newer: &[&Notice],
    counts: impl Fn(&OpenedSummary) -> bool,
) -> Result<Vec<NoticeId>> {
    if notice.id.is_usn() || notice.fixes.is_empty() {
        return Ok(Vec::new());
    }
    let packages: BTreeSet<_> = notice.fixes.iter().map(|fix| &fix.package).collect();
    let state = log.state();
    let newest =
        state.timelines().iter().filter(|(id, _)| *id != notice.id && newer.iter().all(|newer| newer.id != *id));
    let newest = newest.filter(|(id, _)| !state.is_withdrawn(*id)).filter_map(|(id, _)| state.newest_opened(id));
    let newest = newest.filter(|event| counts(event.opened));
    let entries = newest.filter(|event| event.fixes().iter().any(|fix| packages.contains(&fix.package)));
    let entries: Vec<_> = entries.take(MOST_READ).map(|event| event.entry.clone()).collect();
    let told: Vec<Notice> = log
        .events(&entries)?
        .into_iter()
        .filter_map(|event| match event.body {
            Body::Opened(opened) => Some(opened.notice),
            _ => None,
        })
        .collect();
    Ok(same_flaw_among(told.iter().chain(newer.iter().copied()), notice, current))
}

fn same_flaw_among<'a>(
    told: impl Iterator<Item = &'a Notice>,
    notice: &Notice,
    current: Option<&Packages>,
) -> Vec<NoticeId> {
    if notice.id.is_usn() || notice.fixes.is_empty() {
        return Vec::new();
    }
    let cves = cves(notice);
    // Where nobody gave it a CVE, any of its ids is the flaw.
    let ids: Vec<String> =
        std::iter::once(notice.id).chain(notice.aliases.iter().copied()).map(|id| id.to_string()).collect();
    let is_same = |held: &Notice| match cves.is_empty() {
        true => ids.iter().any(|id| names(held, id)),
        false => cves.iter().any(|cve| names(held, cve)),
    };
    let held: Vec<&Notice> = told.filter(|held| held.id != notice.id && is_same(held)).collect();
    let is_told = |fix: &Fix| {
        let of_package = || held.iter().filter(|held| held.fixes.iter().any(|known| known.package == fix.package));
        cves.iter().all(|cve| of_package().any(|held| names(held, cve)))
            && of_package().any(|held| asks_for_as_much(held, fix, current))
    };
    let concerned: Vec<&Fix> = notice.fixes.iter().filter(|fix| is_installed(fix, current)).collect();
    let all_told = concerned.into_iter().all(is_told) && !held.is_empty();
    if all_told { held.iter().map(|held| held.id).collect() } else { Vec::new() }
}

/// The CVEs of the flaw.
fn cves(notice: &Notice) -> Vec<String> {
    let mut cves: BTreeSet<String> = notice.cves.iter().map(|cve| cve.id.to_string()).collect();
    let ids = || std::iter::once(notice.id).chain(notice.aliases.iter().copied()).map(|id| id.to_string());
    cves.extend(ids().filter(|id| id.starts_with("CVE-")));
    cves.into_iter().collect()
}

fn names(notice: &Notice, flaw: &str) -> bool {
    notice.cves.iter().any(|cve| cve.id.as_str() == flaw)
        || std::iter::once(&notice.id).chain(&notice.aliases).any(|id| id.to_string() == flaw)
}

/// Whether the product has the package, as far as is known. What it hasn't makes no difference to it.
fn is_installed(fix: &Fix, current: Option<&Packages>) -> bool {
    let standing = current.and_then(|packages| Standing::of(std::slice::from_ref(fix), packages));
    !matches!(standing, Some(Standing::NotInstalled | Standing::OtherLine))
}

/// Whether a notice asks for the package of a fix in no lower version, for each version that is installed.
fn asks_for_as_much(held: &Notice, fix: &Fix, current: Option<&Packages>) -> bool {
    let of_package: Vec<Fix> = held.fixes.iter().filter(|known| known.package == fix.package).cloned().collect();
    let Some(packages) = current else {
        return of_package.iter().any(|known| reaches(&fix.package, &known.version, &fix.version) == Some(true));
    };
    let compared = |fixes: &[Fix]| Standing::of(fixes, packages).map(Standing::compared).unwrap_or_default();
    let known = compared(&of_package);
    let is_covered = |new: &Comparison| {
        let mut same = known.iter().filter(|known| known.package == new.package && known.have == new.have);
        same.any(|known| !new.is_too_old() || reaches(&new.package, &known.need, &new.need) == Some(true))
    };
    let new = compared(std::slice::from_ref(fix));
    match new.is_empty() {
        // Neither can be compared.
        true => of_package.iter().any(|known| known.version == fix.version),
        false => new.iter().all(is_covered),
    }
}
