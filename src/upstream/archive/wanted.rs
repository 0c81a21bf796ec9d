//! What is asked of an archive, and what it answers.

use std::fmt;

use super::index::PackageEntry;
use crate::notice::{PackageName, PackageVersion, reaches};

/// A package that is to be installed from the archive, at a version or above.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WantedPackage {
    /// The package: a binary one, or a source package of Debian, as the notice names it.
    pub package: PackageName,
    /// The version that has the fix.
    pub need: PackageVersion,
    /// For a kernel package the name with a `*` where its ABI number stands: any of them will do.
    pub family: Option<String>,
}

/// What an archive says of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveAnswer {
    /// It can be installed.
    There {
        /// How much of the machines apt gives it to on an upgrade, in percent, where that isn't all of them.
        phased: Option<u8>,
    },
    /// It can't, yet.
    NotThere {
        /// The highest version, and the suite that has it.
        newest: Option<(PackageVersion, String)>,
        /// Whether that would do, but its file isn't there.
        without_file: bool,
    },
}

impl WantedPackage {
    /// Its name as entries have it, and whether that is the one of their source.
    pub(super) fn name(&self) -> (String, bool) {
        let is_source = self.package.as_str().contains("?arch=source");
        let shown = self.package.shown();
        (shown.rsplit('/').next().unwrap_or_default().to_owned(), is_source)
    }

    /// Whether a binary package of this name is of its kernel family.
    pub(super) fn is_family_of(&self, name: &str) -> bool {
        let Some((before, after)) = self.family.as_deref().and_then(|family| family.split_once('*')) else {
            return false;
        };
        let abi = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        abi.is_some_and(|abi| !abi.is_empty() && abi.bytes().all(|b| b.is_ascii_digit()))
    }

    /// The version of an entry, as the notice counts it.
    pub(super) fn version(&self, entry: &PackageEntry<'_>) -> Option<PackageVersion> {
        let (_, is_source) = self.name();
        PackageVersion::recorded(if is_source { entry.source_version } else { entry.version }).ok()
    }

    /// Whether a version has the fix.
    pub(super) fn is_reached_by(&self, version: &PackageVersion) -> bool {
        reaches(&self.package, version, &self.need) == Some(true)
    }
}

impl fmt::Display for WantedPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.family.clone().unwrap_or_else(|| self.package.to_string());
        match self.need.needs_above() {
            Some(last) => write!(f, "{name} above {last}"),
            None => write!(f, "{name} {}", self.need),
        }
    }
}
