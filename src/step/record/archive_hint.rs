//! What the archive had when it was last asked, beside what keeps a notice open: whoever rebuilds sees whether that was too
//! early.

use std::path::Path;

use super::settle::{Settled, TOO_OLD};
use crate::config::Source;
use crate::notice::{PackageName, PackageVersion};
use crate::product::kernel_family;
use crate::upstream::archive::{WantedPackage, kept_versions};

/// Names the version that the archive had of each package that is too old, as far as a check kept it here. Nothing is asked.
pub(super) fn add(settled: &mut Settled, source: &Source, folder: &Path) {
    let Some(archive) = &source.common().archive else { return };
    let rows = settled.rows.iter_mut().filter(|row| row.why == TOO_OLD);
    let (rows, wanted): (Vec<_>, Vec<_>) = rows
        .filter_map(|row| {
            let package: PackageName = row.package.parse().ok()?;
            let family = kernel_family(package.as_str());
            let need = PackageVersion::of_any(&row.need).ok()?;
            Some((row, WantedPackage { package, need, family }))
        })
        .unzip();
    if wanted.is_empty() {
        return;
    }
    let newest = kept_versions(archive, folder, &wanted);
    for (number, row) in rows.into_iter().enumerate() {
        if let Some(version) = newest.get(&number) {
            row.why = format!("{TOO_OLD}; the archive has {version}");
        }
    }
}
