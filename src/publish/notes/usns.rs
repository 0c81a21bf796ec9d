//! The notes of a release as a list of notices with their CVEs.

use super::fixes::{cves, evidence, linked_id, title};
use super::priorities::is_own;
use super::sheet::{NotesBlock, Sheet};
use crate::publish::notice_outcome::{NoticeOutcome, Verdict};
use crate::publish::release::RecordedRelease;

/// Writes what is fixed.
pub(super) fn write(sheet: &mut Sheet, release: &RecordedRelease<'_>) {
    let fixed: Vec<&NoticeOutcome<'_>> = release.fixed().into_iter().filter(|outcome| is_own(outcome)).collect();
    sheet.paragraph("## USNs");
    if fixed.is_empty() {
        sheet.paragraph("None.");
    }
    for outcome in &fixed {
        let title = title(outcome);
        let dash = if title.is_empty() { "" } else { " - " };
        let mut item = format!("- {}{dash}{title}", linked_id(outcome));
        let listed = cves(outcome.notice);
        if !listed.is_empty() {
            item.push_str(&format!(": {listed}"));
        }
        if matches!(outcome.verdict, Verdict::Claimed { .. }) {
            evidence(release, outcome).iter().for_each(|line| item.push_str(&format!("\n  - {line}")));
        }
        sheet.add(NotesBlock::Notice, item);
    }
    if !fixed.is_empty() {
        sheet.gap();
    }
}
