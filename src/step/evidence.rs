//! Lists of packages in the build folder.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::config::BuildPath;
use crate::product::{LARGEST_LIST, PackageList, Packages};

/// The most files of a folder that are read: a distroless image has some dozen packages.
const MOST_FILES: usize = 10_000;

/// The union of all lists, if there are any, with what people must know of them.
///
/// # Errors
/// If one of them can't be read; the error names it.
pub(super) fn union(files: &[BuildPath], build: &Path) -> Result<Option<PackageList>> {
    let mut union: Option<PackageList> = None;
    for file in files {
        let place = || format!("params.packages_file {:?}", file.as_str());
        let list = read(file, build).with_context(place)?;
        let union = union.get_or_insert_with(|| PackageList { packages: Packages::default(), warnings: Vec::new() });
        union.packages.extend(list.packages);
        union.warnings.extend(list.warnings.into_iter().map(|warning| format!("{}: {warning}", place())));
    }
    Ok(union)
}

/// The packages that a file lists, or the files of a folder `status.d`, as distroless images have it.
///
/// # Errors
/// If the file can't be read, is too large, or is no list of packages.
pub(super) fn read(file: &BuildPath, build: &Path) -> Result<PackageList> {
    if !file.inside(build)?.is_dir() {
        return PackageList::read(&bytes(file, build)?);
    }
    let mut stanzas = Vec::new();
    for name in names(&file.inside(build)?)? {
        let within = BuildPath::new(&format!("{}/{name}", file.as_str()))?;
        let text = bytes(&within, build).with_context(|| name.clone())?;
        if !text.starts_with(b"Package:") {
            bail!("it is a folder, and no status.d, for {name:?} in it is no package's stanza; name the file in it");
        }
        stanzas.extend(text);
        stanzas.extend(b"\n\n");
        if stanzas.len() as u64 > LARGEST_LIST {
            bail!("the files of the folder have more than {} MiB: is it the right one?", LARGEST_LIST >> 20);
        }
    }
    if stanzas.is_empty() {
        bail!("it is a folder in which no list is; name the file");
    }
    PackageList::read(&stanzas).context("reading the folder as status.d, with its files below each other")
}

/// The files of a folder, by name, without the sums of files and what is hidden.
fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in folder.read_dir()? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name.ends_with(".md5sums") {
            continue;
        }
        names.push(name);
        if names.len() > MOST_FILES {
            bail!("it is a folder with more than {MOST_FILES} files; name the file in it");
        }
    }
    names.sort();
    Ok(names)
}

/// The bytes of a file, as many as a list may have.
///
/// # Errors
/// If the file can't be read or is too large.
pub(super) fn bytes(file: &BuildPath, build: &Path) -> Result<Vec<u8>> {
    file.read(build, LARGEST_LIST)
}
