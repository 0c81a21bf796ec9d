//! A folder with the packages of releases, a file for each, named by the release.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::config::BuildPath;
use crate::product::{Packages, ProductName, ReleaseVersion};
use crate::step::evidence;

/// What names of lists end with. What else stands at the end belongs to the version, or the file is none of ours.
const SUFFIXES: &[&str] = &[
    ".gz",
    ".receipt",
    ".txt",
    ".list",
    ".dpkg-list",
    ".packages",
    ".dpkg",
    ".status",
    ".json",
    ".spdx",
    ".cdx",
    ".cyclonedx",
    ".sbom",
    ".bom",
    "-receipt",
    "-packages",
    "-sbom",
    "_receipt",
    "_packages",
    "_sbom",
];

/// The packages of releases.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    /// Lowest release first.
    pub(super) releases: Vec<(ReleaseVersion, Packages)>,
    /// The files whose name tells no release.
    pub(super) strange: Vec<String>,
    /// What people must know of the lists, each with its file.
    pub(super) warnings: Vec<String>,
}

impl Receipts {
    /// Reads all files of a folder. Several for one release count as their union. `recorded` are the releases that the
    /// record names: their spelling is kept.
    ///
    /// # Errors
    /// If the folder can't be read, a file that is named by a release is no list of packages, or a name can be read as
    /// several releases.
    pub(super) fn read(
        folder: &BuildPath,
        build: &Path,
        product: &ProductName,
        recorded: &[ReleaseVersion],
    ) -> Result<Receipts> {
        let mut names = Vec::new();
        for entry in folder.inside(build)?.read_dir().context("it is no folder that can be read")? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !entry.file_type()?.is_dir() && !name.starts_with('.') {
                names.push(name);
            }
        }
        names.sort();
        let mut found: BTreeMap<String, (ReleaseVersion, Packages)> = BTreeMap::new();
        let mut receipts = Receipts::default();
        for name in names {
            let Some(release) = release_of(&name, product, recorded)? else {
                receipts.strange.push(name);
                continue;
            };
            let file = BuildPath::new(&format!("{}/{name}", folder.as_str()))?;
            let list = evidence::read(&file, build).with_context(|| name.clone())?;
            receipts.warnings.extend(list.warnings.into_iter().map(|warning| format!("{name}: {warning}")));
            let (_, union) = found.entry(release.to_string()).or_insert_with(|| (release, Packages::default()));
            union.extend(list.packages);
        }
        receipts.releases = found.into_values().collect();
        receipts.releases.sort_by(|(a, _), (b, _)| a.compare(b));
        if let Some(pair) = receipts.releases.windows(2).find(|pair| pair[0].0.is_same(&pair[1].0)) {
            bail!("it has the release {} also as {}; spell it in one way", pair[0].0, pair[1].0);
        }
        Ok(receipts)
    }
}

/// The release that a file's name tells: what remains without the product's name in front and what lists end with. With
/// another name in front, what follows a `-` or `_` and is a version; of several, the one that the record names.
fn release_of(name: &str, product: &ProductName, recorded: &[ReleaseVersion]) -> Result<Option<ReleaseVersion>> {
    let mut bare = name;
    while let Some(shorter) = SUFFIXES.iter().find_map(|suffix| bare.strip_suffix(suffix)) {
        bare = shorter;
    }
    let known = |version: &ReleaseVersion| recorded.iter().find(|known| known.is_same(version)).cloned();
    let spelt = |version: ReleaseVersion| known(&version).unwrap_or(version);
    if let Some(rest) = bare.strip_prefix(product.as_str())
        && let Ok(version) = rest.trim_start_matches(['-', '_', '.']).parse()
    {
        return Ok(Some(spelt(version)));
    }
    let starts = bare.match_indices(['-', '_']).map(|(at, _)| at + 1);
    let mut versions: Vec<ReleaseVersion> =
        std::iter::once(0).chain(starts).filter_map(|at| bare.get(at..)?.parse().ok()).collect();
    if versions.len() > 1 && versions.iter().filter_map(known).count() == 1 {
        versions.retain(|version| known(version).is_some());
    }
    match versions.as_slice() {
        [] => Ok(None),
        [version] => Ok(Some(spelt(version.clone()))),
        several => bail!(
            "{name:?} may be of release {}; name it {product}-<version>",
            several.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(name: &str) -> Option<String> {
        let recorded = ["1.285.0", "v2.0.0"].map(|text| text.parse().expect("a version"));
        let product = "ubuntu-22.04-rootfs".parse().expect("a name");
        release_of(name, &product, &recorded).expect(name).map(|version| version.to_string())
    }

    #[test]
    fn a_file_is_named_by_its_release() {
        for (name, expected) in [
            ("cflinuxfs4-1.285.0.receipt", "1.285.0"),
            ("cflinuxfs4-v1.285.0.receipt.gz", "1.285.0"),
            ("1.285.0", "1.285.0"),
            ("receipt_2.0.0.spdx.json", "v2.0.0"),
            ("ubuntu-22.04-rootfs-1.2.3-rc.1.txt", "1.2.3-rc.1"),
            ("ubuntu-22.04-rootfs_1.423", "1.423"),
            ("ubuntu-22.04-rootfs-456.30-dev-packages.txt", "456.30-dev"),
            ("base-22.04-stack-1.285.0.cdx.json", "1.285.0"),
            ("other-1.2.0-rc.1.list", "1.2.0-rc.1"),
        ] {
            assert_eq!(release(name).as_deref(), Some(expected), "{name}");
        }
        for none in ["README.md", "ubuntu-jammy-stemcell.dpkg-list.txt", "cflinuxfs4-1.x.receipt", "receipt"] {
            assert_eq!(release(none), None, "{none}");
        }
    }

    #[test]
    fn a_name_that_can_be_read_in_two_ways_is_refused() {
        let product = "cflinuxfs4".parse().expect("a name");
        let error = release_of("base-22.04-stack-1.2.3.txt", &product, &[]).expect_err("a refusal").to_string();
        assert!(error.contains("22.04-stack-1.2.3 or 1.2.3; name it cflinuxfs4-<version>"), "{error}");
    }
}
