//! The notes of a release with a section for each notice that it addresses.

use super::fixes::{cves, evidence, linked};
use super::priorities::{is_own, summary};
use super::sheet::{NotesBlock, Sheet};
use crate::publish::notice_outcome::NoticeOutcome;
use crate::publish::release::RecordedRelease;

/// Writes what is fixed.
pub(super) fn write(sheet: &mut Sheet, release: &RecordedRelease<'_>) {
    let fixed: Vec<&NoticeOutcome<'_>> = release.fixed().into_iter().filter(|outcome| is_own(outcome)).collect();
    if fixed.is_empty() {
        sheet.paragraph(summary(release));
    } else {
        sheet.paragraph("Notably, this release addresses:");
    }
    for outcome in fixed {
        let mut section = format!("### {}\n", linked(outcome));
        let listed = cves(outcome.notice);
        if !listed.is_empty() {
            section.push_str(&format!("\n{listed}\n"));
        }
        let lines = evidence(release, outcome);
        if !lines.is_empty() {
            section.push('\n');
        }
        lines.iter().for_each(|line| section.push_str(&format!("- {line}\n")));
        sheet.add(NotesBlock::Notice, section);
    }
}
