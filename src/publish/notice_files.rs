//! The files of a notice.

use std::fmt::Write;

use anyhow::Result;
use serde::Serialize;

use super::Files;
use super::chat::chat;
use super::in_release::{everywhere, lowered, ubuntu_says_md};
use super::text::markdown;
use super::usn_json::usn_json;
use crate::notice::{AffectedRange, Fix, Notice, NoticeOrigin, Priority, Severity};
use crate::text::{one_line, shortened, some_of};
use crate::tracker::Opened;

#[derive(Serialize)]
struct NoticeJson<'a> {
    url: String,
    priority: Priority,
    severity: Option<Severity>,
    /// What it is rated by all of its CVEs, where that is graver than in the release.
    #[serde(skip_serializing_if = "Option::is_none")]
    everywhere: Option<RatingElsewhere>,
    #[serde(flatten)]
    notice: &'a Notice,
    #[serde(skip_serializing_if = "Option::is_none")]
    opening: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    installed: Option<&'a [crate::product::Comparison]>,
}

/// The rating by all CVEs.
#[derive(Serialize)]
struct RatingElsewhere {
    priority: Priority,
    severity: Option<Severity>,
}

/// The files of a notice; of one in a log with the product and the opening as well.
///
/// # Errors
/// If the notice can't be written as JSON.
pub fn notice_files(notice: &Notice, opened: Option<(&str, &Opened)>) -> Result<Files> {
    let everywhere = everywhere(notice);
    let json = NoticeJson {
        everywhere: everywhere.map(|all| RatingElsewhere { priority: all.priority(), severity: all.severity() }),
        url: notice.url(),
        priority: notice.priority(),
        severity: notice.severity(),
        notice: &Notice { own_priority: None, own_severity: None, ..notice.clone() },
        opening: opened.map(|(_, opened)| opened.opening),
        product: opened.map(|(product, _)| product),
        installed: opened.map(|(_, opened)| opened.packages.as_slice()),
    };
    let mut files = Files::default();
    files.add("notice.json", [serde_json::to_vec_pretty(&json)?, b"\n".to_vec()].concat());
    if notice.id.is_usn() {
        files.add("usn.json", usn_json(notice)?);
    }
    files.add_line("id", notice.id.to_string());
    files.add_line("title", one_line(&notice.title));
    files.add_line("url", notice.page().map(|page| one_line(&page)).unwrap_or_default());
    files.add_line("priority", notice.priority().as_str());
    files.add_line("severity", severity(notice));
    files.add_lines("cves", notice.cves.iter().map(|cve| cve.id.as_str()));
    files.add_lines("packages", notice.fixes.iter().map(|fix| format!("{}={}", fix.package, fix.version)));
    files.add("notice.md", notice_md(notice, opened));
    files.add("notification.txt", notification(notice, opened));
    Ok(files)
}

/// The word for a notice's severity; `unknown` where no CVE has one.
fn severity(notice: &Notice) -> &'static str {
    notice.severity().map_or("unknown", Severity::as_str)
}

fn notice_md(notice: &Notice, opened: Option<(&str, &Opened)>) -> String {
    let mut md = String::new();
    let mut line = |text: String| {
        md.push_str(&text);
        md.push('\n');
    };
    line(format!("# {}: {}\n", notice.id, markdown(&one_line(&notice.title))));
    line(format!("- Priority: **{}**, CVSS severity: {}", notice.priority(), severity(notice)));
    if let Some(lowered) = lowered(notice) {
        line(format!("- {lowered}"));
    }
    line(format!("- Published: {}", notice.published));
    if notice.release.is_some() {
        line(format!("- Ubuntu: {}", release(notice)));
    }
    if !notice.aliases.is_empty() {
        line(format!(
            "- Also known as: {}",
            notice.aliases.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        ));
    }
    if let Some(by) = notice.by {
        line(format!("- {}", told_by(by, notice.guessed)));
    }
    if let Some(page) = notice.page() {
        line(format!("- <{page}>"));
    }
    line(String::new());
    if !notice.summary.is_empty() {
        line(format!("{}\n", markdown(&one_line(&notice.summary))));
    }
    line(format!("{}\n", markdown(notice.description.trim())));
    if let Some((product, opened)) = opened.filter(|(_, opened)| !opened.packages.is_empty()) {
        line(format!("## Installed in {product} and too old\n"));
        line("| package | installed | needed |\n|---|---|---|".to_owned());
        for compared in &opened.packages {
            line(format!("| `{}` | `{}` | `{}` |", compared.package, compared.have, compared.need));
        }
        line(String::new());
    }
    if !notice.cves.is_empty() {
        line("## CVEs\n\n| CVE | priority | CVSS severity |\n|---|---|---|".to_owned());
        for cve in &notice.cves {
            let severity = cve.severity.map_or("", |severity| severity.as_str());
            line(format!("| [{}]({}) | {} | {severity} |", cve.id, cve.id.url(), cve.priority));
        }
        line(String::new());
    }
    if !notice.fixes.is_empty() {
        line("## Fixed packages\n\n| package | version | |\n|---|---|---|".to_owned());
        for fix in &notice.fixes {
            let more = match (fix.pro, fix.package.is_ubuntu()) {
                (true, _) => "Ubuntu Pro".to_owned(),
                (false, true) => String::new(),
                (false, false) => affected_ranges(fix),
            };
            line(format!("| `{}` | `{}` | {more} |", fix.package, fix.version));
        }
        line(String::new());
    }
    let ubuntu_says = ubuntu_says_md(notice);
    if !ubuntu_says.is_empty() {
        line(ubuntu_says);
    }
    if !notice.references.is_empty() {
        line("## References\n".to_owned());
        notice.references.iter().for_each(|reference| line(format!("- {}", markdown(&one_line(reference)))));
    }
    md.truncate(md.trim_end().len());
    md.push('\n');
    md
}

/// Who says that there is a flaw.
fn told_by(by: NoticeOrigin, guessed: bool) -> &'static str {
    match by {
        NoticeOrigin::Team => "Opened by the team",
        NoticeOrigin::Osv => "From a database of vulnerabilities",
        NoticeOrigin::Scanner if guessed => "Found by a scanner, which guessed the package by its name (CPE)",
        NoticeOrigin::Scanner => "Found by a scanner",
        NoticeOrigin::Dependency => "A newer version of what the product contains",
    }
}

/// The ecosystem of a package, and which of its versions are affected: `golang; affected: below 1.23.12, 1.24.0 to below 1.24.6`.
pub(super) fn affected_ranges(fix: &Fix) -> String {
    let range = |range: &AffectedRange| {
        let from = range.introduced.as_ref().map(|from| format!("`{from}` ")).unwrap_or_default();
        match (&range.fixed, &range.last_affected) {
            (Some(fixed), _) if from.is_empty() => format!("below `{fixed}`"),
            (Some(fixed), _) => format!("{from}to below `{fixed}`"),
            (None, Some(last)) => format!("{from}up to `{last}`"),
            (None, None) if from.is_empty() => "all".to_owned(),
            (None, None) => format!("{from}and above"),
        }
    };
    let ranges: Vec<String> = fix.ranges.iter().map(range).collect();
    let affected = if ranges.is_empty() { String::new() } else { format!("; affected: {}", ranges.join(", ")) };
    format!("{}{affected}", fix.package.ecosystem())
}

/// How much of a title a chat message shows, in characters; the longest of Ubuntu has 150.
const LONGEST_TITLE: usize = 200;

/// At most three lines: what it is and how grave, what it means here, where to read on.
fn notification(notice: &Notice, opened: Option<(&str, &Opened)>) -> String {
    let title = chat(&shortened(&one_line(&notice.title), LONGEST_TITLE));
    let on = if notice.release.is_some() { format!(" on Ubuntu {}", release(notice)) } else { String::new() };
    let mut text = format!("{} ({}): {title}{on}\n", notice.id, notice.priority());
    match opened {
        Some((product, opened)) if !opened.packages.is_empty() => {
            let packages = opened
                .packages
                .iter()
                .map(|compared| format!("{} {} (needs {})", compared.package, compared.have, compared.need));
            let _ = writeln!(text, "{product} contains {}", chat(&some_of(packages)));
        }
        _ => {
            let cves = notice.cves.iter().map(|cve| cve.id.to_string());
            if !notice.cves.is_empty() {
                let _ = writeln!(text, "{}", some_of(cves));
            }
        }
    }
    if let Some(page) = notice.page() {
        let _ = writeln!(text, "{}", one_line(&page));
    }
    text
}

/// The release of Ubuntu for people, such as `22.04 (jammy)`; empty for notices of others.
pub(super) fn release(notice: &Notice) -> String {
    let Some(release) = &notice.release else { return String::new() };
    let codename = release.codename();
    release.number().map_or_else(|| codename.to_owned(), |number| format!("{number} ({codename})"))
}
