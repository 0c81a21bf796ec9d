//! What is told of a fix: the CVEs, and the packages that show it.

use crate::notice::{DebianVersion, Notice, PackageName};
use crate::product::Comparison;
use crate::publish::account::{Account, Verdict};
use crate::publish::release::Release;
use crate::publish::text::markdown_words;

/// How much of a title is shown.
const TITLE: usize = 300;

/// How many CVEs or packages of one notice are named. Kernel notices have hundreds.
const MOST_NAMED: usize = 25;

/// The title of the notice as Markdown; empty where its facts are unknown.
pub(super) fn title(account: &Account<'_>) -> String {
    account.notice.map(|notice| markdown_words(&notice.title, TITLE)).unwrap_or_default()
}

/// The notice as a link, with its title.
pub(super) fn linked(account: &Account<'_>) -> String {
    let title = title(account);
    let colon = if title.is_empty() { "" } else { ": " };
    format!("[{}]({}){colon}{title}", account.id, account.id.url())
}

/// The CVEs as links, in one line; empty if there is none.
pub(super) fn cves(notice: Option<&Notice>) -> String {
    let cves = notice.map(|notice| notice.cves.as_slice()).unwrap_or_default();
    some_of(cves.iter().map(|cve| format!("[{}]({})", cve.id, cve.id.url())).collect())
}

/// The first items, and how many more there are.
pub(super) fn some_of(items: Vec<String>) -> String {
    let more = items.len().saturating_sub(MOST_NAMED);
    let shown = items.into_iter().take(MOST_NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// What shows the fix, a line each: packages that have the same versions together.
pub(super) fn evidence(release: &Release<'_>, account: &Account<'_>) -> Vec<String> {
    match &account.verdict {
        Verdict::Fixed { evidence, via: None } => changed(release, evidence),
        Verdict::Fixed { evidence, via: Some(_) } => {
            let have = |compared: &Comparison| (compared.have.clone(), compared.need.clone());
            let line = |(have, need): &(DebianVersion, DebianVersion), names: String| {
                format!("{names} at `{have}`, where `{need}` is needed")
            };
            grouped(evidence, have, line)
        }
        Verdict::Claimed { .. } => {
            vec!["**claimed without evidence**: no packages were recorded that show it".to_owned()]
        }
        _ => Vec::new(),
    }
}

/// The packages from the release before to this one.
fn changed(release: &Release<'_>, evidence: &[Comparison]) -> Vec<String> {
    let was = |compared: &Comparison| {
        let (_, packages) = release.before?;
        packages.find(&compared.package).map(|(_, version)| version.clone())
    };
    let key = |compared: &Comparison| (was(compared), compared.have.clone(), compared.need.clone());
    grouped(evidence, key, |(was, have, need), names| {
        let needed = if have == need { String::new() } else { format!(" (needed: `{need}`)") };
        match was {
            Some(was) if was == have => format!("{names} `{have}`, as before{needed}"),
            Some(was) => format!("{names} `{was}` → `{have}`{needed}"),
            None => format!("{names} `{have}`{needed}"),
        }
    })
}

/// The packages that are too old, a line each.
pub(super) fn too_old(too_old: &[Comparison]) -> Vec<String> {
    // Where all of it is so, one line says it for all.
    let mixed = too_old.iter().any(|compared| !compared.pro);
    let key = |compared: &Comparison| (compared.have.clone(), compared.need.clone(), compared.pro);
    grouped(too_old, key, |(have, need, pro), names| {
        let pro = if *pro && mixed { ", only in Ubuntu Pro" } else { "" };
        format!("{names} `{have}`, needed: `{need}`{pro}")
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
