//! How a notice is rated in the one release, and Ubuntu's own words on what nobody fixes there.

use super::notice_files::release;
use super::text::markdown;
use crate::notice::{Notice, Severity};
use crate::text::{one_line, some_of};

/// The most of Ubuntu's words that are shown; a log may hold more than any check writes.
const MOST_WORDS: usize = 20;

/// The notice as all releases see it, where that is graver than in its own.
pub(super) fn everywhere(notice: &Notice) -> Option<Notice> {
    let everywhere = notice.in_release.is_some().then(|| notice.everywhere())?;
    let rating = |notice: &Notice| (notice.priority(), notice.severity());
    (rating(&everywhere) != rating(notice)).then_some(everywhere)
}

/// Why a notice is less grave in its release: `**medium** on 23.10 (mantic), high elsewhere: CVE-2022-42919 (high) doesn't concern
/// it`. `None` where it is as grave there as elsewhere.
pub(super) fn lowered(notice: &Notice) -> Option<String> {
    let everywhere = everywhere(notice)?;
    let mut unconcerned: Vec<_> = notice.unconcerned().collect();
    unconcerned.sort_by_key(|cve| std::cmp::Reverse((cve.priority, cve.severity)));
    let verb = if unconcerned.len() == 1 { "doesn't" } else { "don't" };
    let cves = some_of(unconcerned.iter().map(|cve| format!("{} ({})", cve.id, cve.priority)));
    let severity = |of: &Notice| match (notice.severity() == everywhere.severity(), of.severity()) {
        (true, _) => String::new(),
        (false, severity) => format!(" (CVSS {})", severity.map_or("unknown", Severity::as_str)),
    };
    let on = if notice.release.is_some() { release(notice) } else { "this release".to_owned() };
    Some(format!(
        "**{}**{} on {on}, {}{} elsewhere: {cves} {verb} concern it",
        notice.priority(),
        severity(notice),
        everywhere.priority(),
        severity(&everywhere)
    ))
}

/// Ubuntu's own words on packages that nobody fixes in the release, a line each; foreign text, on one line and printable.
pub(super) fn ubuntu_says(notice: &Notice) -> Vec<String> {
    let told = notice.in_release.iter().flat_map(|told| &told.unfixed);
    told.take(MOST_WORDS).map(|words| one_line(&words.line())).collect()
}

/// The same as a section of Markdown; empty where there are none.
pub(super) fn ubuntu_says_md(notice: &Notice) -> String {
    let lines: Vec<String> = ubuntu_says(notice).iter().map(|line| format!("- {}\n", markdown(line))).collect();
    if lines.is_empty() { String::new() } else { format!("## What Ubuntu says\n\n{}", lines.concat()) }
}
