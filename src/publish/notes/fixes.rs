//! What is told of a fix: the CVEs, and the packages that show it.

use crate::notice::{Notice, PackageName, PackageVersion};
use crate::product::Comparison;
use crate::publish::notice_outcome::{NoticeOutcome, Verdict};
use crate::publish::release::RecordedRelease;
use crate::publish::text::{link, markdown_words};

/// How much of a title is shown.
const TITLE: usize = 300;

/// How many CVEs or packages of one notice are named. Kernel notices have hundreds.
const MOST_NAMED: usize = 25;

/// The title of the notice as Markdown; empty where its facts are unknown.
pub(super) fn title(outcome: &NoticeOutcome<'_>) -> String {
    outcome.notice.map(|notice| markdown_words(&notice.title, TITLE)).unwrap_or_default()
}

/// The notice as a link, with its title.
pub(super) fn linked(outcome: &NoticeOutcome<'_>) -> String {
    let title = title(outcome);
    let colon = if title.is_empty() { "" } else { ": " };
    format!("{}{colon}{title}", linked_id(outcome))
}

/// The id as a link to the page of the notice, if it has one.
pub(super) fn linked_id(outcome: &NoticeOutcome<'_>) -> String {
    link(outcome.id, outcome.notice.map_or_else(|| outcome.id.page(), Notice::page))
}

/// The CVEs as links, in one line; empty if there is none.
pub(super) fn cves(notice: Option<&Notice>) -> String {
    let cves = notice.map(Notice::sorted_cves).unwrap_or_default();
    some_of(cves.into_iter().map(|cve| format!("[{}]({})", cve.id, cve.id.url())).collect())
}

/// The first items, and how many more there are.
pub(super) fn some_of(items: Vec<String>) -> String {
    let more = items.len().saturating_sub(MOST_NAMED);
    let shown = items.into_iter().take(MOST_NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// What shows the fix, a line each: packages that have the same versions together.
pub(super) fn evidence(release: &RecordedRelease<'_>, outcome: &NoticeOutcome<'_>) -> Vec<String> {
    match &outcome.verdict {
        Verdict::Fixed { evidence, via: None } => changed(release, evidence),
        // Packages of another product: what this one had before tells nothing of them.
        Verdict::Fixed { evidence, via: Some(_) } => {
            let key = |compared: &Comparison| (compared.have.clone(), compared.need.clone());
            grouped(evidence, key, |(have, need), names| format!("{names} `{have}`{}", needed(have, need)))
        }
        Verdict::Claimed { .. } => {
            vec!["**claimed without evidence**: no packages were recorded that show it".to_owned()]
        }
        _ => Vec::new(),
    }
}

/// The packages from the release before to this one.
fn changed(release: &RecordedRelease<'_>, evidence: &[Comparison]) -> Vec<String> {
    let was = |compared: &Comparison| {
        let (_, packages) = release.before?;
        packages.version(&compared.package).cloned()
    };
    let key = |compared: &Comparison| (was(compared), compared.have.clone(), compared.need.clone());
    grouped(evidence, key, |(was, have, need), names| {
        let needed = needed(have, need);
        match was {
            Some(was) if was == have => format!("{names} `{have}`, as before{needed}"),
            Some(was) => format!("{names} `{was}` → `{have}`{needed}"),
            None => format!("{names} `{have}`{needed}"),
        }
    })
}

/// The version that was needed, where it is not just the installed one.
fn needed(have: &PackageVersion, need: &PackageVersion) -> String {
    if have == need { String::new() } else { format!(" (needed: `{need}`)") }
}

/// The packages that are too old, a line each, and whether that is only for lack of Ubuntu Pro.
pub(super) fn too_old(too_old: &[Comparison]) -> Vec<String> {
    // Where all of it is so, one line says it for all.
    let mixed = too_old.iter().any(|compared| !compared.pro);
    let key = |compared: &Comparison| (compared.have.clone(), compared.need.clone(), compared.pro);
    let mut lines = grouped(too_old, key, |(have, need, pro), names| {
        let pro = if *pro && mixed { ", only in Ubuntu Pro" } else { "" };
        format!("{names} `{have}`, needed: `{need}`{pro}")
    });
    if !mixed && !too_old.is_empty() {
        lines.push("only Ubuntu Pro has the fix".to_owned());
    }
    lines
}

/// Why nothing of the packages of an open notice can be told.
pub(super) fn lacking(release: &RecordedRelease<'_>, notice: Option<&Notice>) -> Option<String> {
    let notice = notice?;
    if notice.fixes.is_empty() {
        return Some("no source tells which packages it concerns".to_owned());
    }
    release.packages.is_none().then(|| {
        let fixed = notice.fixes.iter().map(|fix| {
            let pro = if fix.pro { " in Ubuntu Pro" } else { "" };
            format!("`{}` `{}`{pro}", fix.package, fix.version)
        });
        format!("fixed by {}; which of them this release has was not recorded", some_of(fixed.collect()))
    })
}

/// A line for the packages of each key, in the order of their first names.
fn grouped<K: PartialEq>(
    compared: &[Comparison],
    key: impl Fn(&Comparison) -> K,
    line: impl Fn(&K, String) -> String,
) -> Vec<String> {
    let mut groups: Vec<(K, Vec<&PackageName>)> = Vec::new();
    for compared in compared {
        let key = key(compared);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, names)) => names.push(&compared.package),
            None => groups.push((key, vec![&compared.package])),
        }
    }
    let names = |names: &[&PackageName]| some_of(names.iter().map(|name| format!("`{name}`")).collect());
    let more = groups.len().saturating_sub(MOST_NAMED);
    let mut lines: Vec<String> =
        groups.iter().take(MOST_NAMED).map(|(key, packages)| line(key, names(packages))).collect();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}
