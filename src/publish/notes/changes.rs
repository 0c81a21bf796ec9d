//! The packages from the release before to this one.

use super::sheet::{NotesBlock, Sheet};
use crate::publish::release::RecordedRelease;
use crate::text::count;

/// A table of what was added, removed and changed.
pub(super) fn changes(sheet: &mut Sheet, release: &RecordedRelease<'_>) {
    let Some(packages) = release.packages else {
        return sheet.paragraph("## Packages\n\nNo packages were recorded for this release.");
    };
    let Some((version, before)) = release.before else {
        return sheet.paragraph(format!(
            "## Packages\n\n{}; no packages of a release below this one were recorded.",
            count(packages.len(), "package")
        ));
    };
    let changes = before.difference(packages);
    sheet.paragraph("## Packages");
    if changes.is_empty() {
        return sheet.paragraph(format!("The same {} as {version} has.", count(packages.len(), "package")));
    }
    let added = changes.iter().filter(|(_, from, _)| from.is_empty()).count();
    let removed = changes.iter().filter(|(_, _, to)| to.is_empty()).count();
    let changed = changes.len() - added - removed;
    sheet.paragraph(format!("{changed} changed, {added} added and {removed} removed since {version}."));
    sheet.add(NotesBlock::Text, "| package | from | to |\n|---|---|---|");
    for (name, from, to) in changes {
        sheet.add(NotesBlock::Package, format!("| `{name}` | {} | {} |", cell(&from, "added"), cell(&to, "removed")));
    }
}

/// One or several versions, or the word for none.
fn cell(versions: &str, none: &str) -> String {
    if versions.is_empty() {
        return format!("*{none}*");
    }
    versions.split(", ").map(|version| format!("`{version}`")).collect::<Vec<_>>().join(", ")
}
