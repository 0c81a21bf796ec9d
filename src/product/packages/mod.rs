//! The packages inside one release of a product.
//!
//! A format is one file: it tells whether a text has the format, and reads it. What can't be read is refused with its line,
//! or its place in the JSON, and the reason: a package that is left out silently would prove a fix that isn't there.

mod cyclonedx;
mod dpkg_list;
mod dpkg_query;
mod dpkg_status;
mod gzip;
mod lines;
mod purl;
mod spdx;
mod widths;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Context, Result, bail};

use super::{Digest, kernel};
use crate::notice::{DebianVersion, PackageName};

/// The largest list of packages that is read, in bytes, also once it is unpacked. The receipt of a root filesystem has
/// 80 kB, an SBOM that lists every file has 50 MB.
pub const LARGEST_LIST: u64 = 64 * 1024 * 1024;

/// A form in which packages are listed.
struct Format {
    /// What people call it.
    name: &'static str,
    /// Whether a text that is not empty has it.
    is_such: fn(&str) -> bool,
    read: fn(&str) -> Result<Packages>,
}

/// All formats; the first that says it is such reads. `dpkg -l`, which may begin with anything, comes last.
const FORMATS: &[Format] =
    &[spdx::FORMAT, cyclonedx::FORMAT, dpkg_status::FORMAT, dpkg_query::FORMAT, lines::FORMAT, dpkg_list::FORMAT];

/// The binary packages inside one release of a product, with their versions. A name may stand there with several
/// versions, where lists for several targets were put together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packages {
    installed: BTreeMap<PackageName, BTreeSet<DebianVersion>>,
    /// The names of each kernel family.
    families: BTreeMap<String, Vec<PackageName>>,
}

impl Packages {
    /// Reads a list of packages in any of the formats, or a gzip file of one.
    ///
    /// # Errors
    /// If the list is empty, is in no known format, or a part of it is no package with a version; the error names the line,
    /// or the place in the JSON.
    pub fn read(bytes: &[u8]) -> Result<Packages> {
        let bytes = if gzip::is_such(bytes) { Cow::Owned(gzip::unpack(bytes)?) } else { Cow::Borrowed(bytes) };
        let text = std::str::from_utf8(&bytes)
            .ok()
            .with_context(|| format!("the list of packages is no UTF-8 text; {}", unknown()))?;
        let text = text.trim_start_matches('\u{feff}');
        let format = FORMATS.iter().find(|format| (format.is_such)(text)).with_context(unknown)?;
        let packages = (format.read)(text).with_context(|| format!("reading it as {}; {}", format.name, unknown()))?;
        if packages.is_empty() {
            bail!("the list names no installed package, as {}; {}", format.name, unknown());
        }
        Ok(packages)
    }

    /// Takes a package in.
    pub fn insert(&mut self, name: PackageName, version: DebianVersion) {
        if let Some(family) = kernel::family(name.as_str()) {
            let names = self.families.entry(family).or_default();
            if !names.contains(&name) {
                names.push(name.clone());
            }
        }
        self.installed.entry(name).or_default().insert(version);
    }

    /// Takes all packages of another list in.
    pub fn extend(&mut self, other: Packages) {
        for (name, version) in other
            .installed
            .into_iter()
            .flat_map(|(name, versions)| versions.into_iter().map(move |version| (name.clone(), version)))
        {
            self.insert(name, version);
        }
    }

    /// The lowest installed version of the package that `name` stands for, with its name as installed: the package
    /// itself, or for a kernel package the highest of its family, since an older kernel that was left behind is not the
    /// one that boots.
    pub fn find(&self, name: &PackageName) -> Option<(&PackageName, &DebianVersion)> {
        let Some(family) = kernel::family(name.as_str()) else {
            let (name, versions) = self.installed.get_key_value(name)?;
            return Some((name, versions.iter().min_by(|a, b| a.compare(b))?));
        };
        let names = self.families.get(&family)?;
        names
            .iter()
            .filter_map(|name| self.installed.get(name).map(|versions| versions.iter().map(move |v| (name, v))))
            .flatten()
            .max_by(|a, b| a.1.compare(b.1))
    }

    /// All installed versions of the package of just this name.
    pub fn versions(&self, name: &PackageName) -> impl Iterator<Item = &DebianVersion> {
        self.installed.get(name).into_iter().flatten()
    }

    /// Each package that `other` has otherwise, with its versions here and there; none is an empty text.
    pub fn difference<'a>(&'a self, other: &'a Packages) -> Vec<(&'a PackageName, String, String)> {
        let versions = |packages: &Packages, name: &PackageName| {
            let versions = packages.installed.get(name).into_iter().flatten();
            versions.map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        let names: BTreeSet<&PackageName> = self.installed.keys().chain(other.installed.keys()).collect();
        let differing = names.into_iter().filter(|name| self.installed.get(*name) != other.installed.get(*name));
        differing.map(|name| (name, versions(self, name), versions(other, name))).collect()
    }

    /// How many packages there are.
    pub fn len(&self) -> usize {
        self.installed.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.installed.is_empty()
    }

    /// The form in which the packages of a release are kept: sorted `name=version` lines.
    pub fn to_lines(&self) -> String {
        let mut text = String::new();
        for (name, versions) in &self.installed {
            for version in versions {
                let _ = writeln!(text, "{name}={version}");
            }
        }
        text
    }

    /// The digest of [`to_lines`](Self::to_lines).
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_lines().as_bytes())
    }
}

impl FromIterator<(PackageName, DebianVersion)> for Packages {
    fn from_iter<I: IntoIterator<Item = (PackageName, DebianVersion)>>(items: I) -> Self {
        let mut packages = Packages::default();
        items.into_iter().for_each(|(name, version)| packages.insert(name, version));
        packages
    }
}

fn unknown() -> String {
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    format!("davos reads {}, and gzip files of these", names.join(", "))
}

/// The name and version at a place, with the architecture that `dpkg` may add to the name cut off.
fn package(place: impl Fn() -> String, name: &str, version: &str) -> Result<(PackageName, DebianVersion)> {
    let bare = name.split_once(':').map_or(name, |(bare, _)| bare);
    let name = bare.parse().with_context(&place)?;
    let version =
        version.parse().with_context(|| format!("{}, at {bare}: a list without versions proves no fix", place()))?;
    Ok((name, version))
}

/// The place of a line, counted from 1.
fn line(number: usize) -> String {
    format!("line {number} of the list of packages")
}

/// The first line that is not empty.
fn first_line(text: &str) -> &str {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
}

/// As much of a line as an error shows.
fn shorten(line: &str) -> String {
    line.chars().take(60).collect()
}

#[cfg(test)]
mod tests;
