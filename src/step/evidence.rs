//! Lists of packages in the build folder.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::concourse::BuildPath;
use crate::product::{LARGEST_LIST, Packages};

/// The union of all lists, if there are any.
///
/// # Errors
/// If one of them can't be read; the error names it.
pub(super) fn union(files: &[BuildPath], build: &Path) -> Result<Option<Packages>> {
    let mut union: Option<Packages> = None;
    for file in files {
        let packages = read(file, build).with_context(|| format!("params.packages_file {:?}", file.as_str()))?;
        union.get_or_insert_default().extend(packages);
    }
    Ok(union)
}

/// The packages that a file lists.
///
/// # Errors
/// If the file can't be read, is too large, or is no list of packages.
pub(super) fn read(file: &BuildPath, build: &Path) -> Result<Packages> {
    Packages::read(&bytes(file, build)?)
}

/// The bytes of a file, as many as a list may have.
///
/// # Errors
/// If the file can't be read or is too large.
pub(super) fn bytes(file: &BuildPath, build: &Path) -> Result<Vec<u8>> {
    file.read(build, LARGEST_LIST)
}
