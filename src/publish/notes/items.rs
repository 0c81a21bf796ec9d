//! A notice as an item of a list.

use super::fixes::{cves, linked};
use crate::notice::Priority;
use crate::publish::notice_outcome::NoticeOutcome;

/// A notice as an item of a list: with its priority, its CVEs, and lines below.
pub(super) fn item(outcome: &NoticeOutcome<'_>, below: Vec<String>) -> String {
    listed(format!("- **{}** ({})", linked(outcome), rating(outcome.priority())), outcome, below)
}

/// The word for a priority.
pub(super) fn rating(priority: Priority) -> &'static str {
    if priority == Priority::Unknown { "not rated" } else { priority.as_str() }
}

/// An item of a list that begins so, with the CVEs of the notice and lines below.
pub(super) fn listed(mut item: String, outcome: &NoticeOutcome<'_>, below: Vec<String>) -> String {
    let cves = Some(cves(outcome.notice)).filter(|cves| !cves.is_empty());
    for line in cves.into_iter().chain(below) {
        item.push_str(&format!("\n  - {line}"));
    }
    item
}
