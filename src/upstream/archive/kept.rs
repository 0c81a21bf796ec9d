//! What is kept of an archive in the temporary folder: the file at the top of each suite, and what the indices name.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::index::{LARGEST_KEPT, PackageIndex};
use super::release_file::{ListedIndex, ReleaseFile};
use super::scan::scan;
use super::{Archive, WantedPackage};
use crate::cache::{self, CacheFile};
use crate::http::Validators;
use crate::notice::PackageVersion;
use crate::text::Digest;

/// The file at the top of a suite, as it was answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct KeptRelease {
    /// `InRelease`, or `Release` where there is no other.
    pub(super) name: String,
    etag: Option<String>,
    last_modified: Option<String>,
    pub(super) file: ReleaseFile,
}

impl KeptRelease {
    pub(super) fn new(name: &str, validators: Validators, file: ReleaseFile) -> KeptRelease {
        let Validators { etag, last_modified } = validators;
        KeptRelease { name: name.to_owned(), etag, last_modified, file }
    }

    /// What to recognise it by.
    pub(super) fn validators(&self) -> Validators {
        Validators { etag: self.etag.clone(), last_modified: self.last_modified.clone() }
    }
}

/// Where the file at the top of a suite is kept.
pub(super) fn release_file(folder: &Path, archive: &Archive, suite: &str) -> CacheFile {
    let name = cache::name_of(&format!("{} {suite}", archive.url));
    CacheFile::new(folder.join(format!("archive-{name}")), "davos archive 1\n", 1 << 20)
}

/// Where what an index names is kept.
pub(super) fn index_file(folder: &Path, archive: &Archive, suite: &str, index: &ListedIndex) -> CacheFile {
    let name = cache::name_of(&format!("{} {suite} {}", archive.url, index.path()));
    let most = LARGEST_KEPT as u64 + 1_024;
    CacheFile::new(folder.join(format!("archive-{name}.packages")), "davos archive packages 1\n", most)
}

/// What was kept of an index, unless the archive has another one now.
pub(super) fn kept_index(file: &CacheFile, index: &ListedIndex) -> Option<PackageIndex> {
    let mut bytes = file.read().ok()?;
    let identity = index.identity();
    let own = identity.as_bytes();
    if !bytes.starts_with(own) {
        return None;
    }
    bytes.drain(..own.len());
    String::from_utf8(bytes).ok().map(PackageIndex::kept)
}

/// Keeps what an index names.
pub(super) fn keep_index(file: &CacheFile, index: &ListedIndex, packages: &PackageIndex) -> Result<()> {
    let identity: Digest = index.identity();
    file.write(&[identity.as_bytes(), packages.as_str().as_bytes()].concat())
}

/// The highest version that the archive had of each of these packages when it was last asked, by their numbers. Nothing is
/// asked.
pub fn kept_versions(archive: &Archive, folder: &Path, wanted: &[WantedPackage]) -> BTreeMap<usize, PackageVersion> {
    let wanted: Vec<(usize, &WantedPackage)> = wanted.iter().enumerate().collect();
    let mut newest: BTreeMap<usize, PackageVersion> = BTreeMap::new();
    for suite in &archive.suites {
        let Ok(kept) = release_file(folder, archive, suite).load::<KeptRelease>() else { continue };
        for architecture in &archive.architectures {
            for index in kept.file.of(architecture, &archive.components) {
                let Some(packages) = kept_index(&index_file(folder, archive, suite, index), index) else { continue };
                for (number, found) in scan(&packages, &wanted) {
                    let is_higher = newest.get(&number).is_none_or(|v| found.newest.compare(v) == Ordering::Greater);
                    if is_higher {
                        newest.insert(number, found.newest);
                    }
                }
            }
        }
    }
    newest
}
