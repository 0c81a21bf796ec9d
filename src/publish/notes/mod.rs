//! The notes of a release.

mod addresses;
mod answers;
mod changes;
mod fixes;
mod items;
mod others;
mod priorities;
mod sheet;
mod usns;

use sheet::Sheet;

use super::release::RecordedRelease;
use crate::text::words;

words! {
    /// How release notes are laid out.
    #[derive(Default)]
    Layout, "layout",
    /// The notices by priority, worst first, each with the packages that show the fix.
    #[default]
    Priorities = "priorities",
    /// A list of notices with their CVEs, as releases of the Cloud Foundry root filesystems have it.
    Usns = "usns",
    /// "Notably, this release addresses", and a section for each notice, as releases of BOSH stemcells have it.
    Addresses = "addresses",
}

/// GitHub takes 125,000 characters as the text of a release.
const MOST: usize = 120_000;

/// The notes as Markdown. Whatever the layout: what is fixed first, then what came otherwise of the other notices, and the
/// packages that changed.
pub(super) fn release_notes(release: &RecordedRelease<'_>, layout: Layout) -> String {
    let mut sheet = Sheet::new(MOST);
    match layout {
        Layout::Priorities => priorities::write(&mut sheet, release),
        Layout::Usns => usns::write(&mut sheet, release),
        Layout::Addresses => addresses::write(&mut sheet, release),
    }
    let rest = [
        others::inherited,
        answers::answered,
        others::open,
        others::open_inside,
        others::not_affected,
        others::contents,
        changes::changes,
    ];
    rest.into_iter().for_each(|write| write(&mut sheet, release));
    sheet.finish(release.event.by.url.as_deref())
}

#[cfg(test)]
mod tests;
