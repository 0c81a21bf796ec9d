//! The packages inside one release of a product.

mod dpkg_list;
mod lines;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Context, Result, bail};

use super::{Digest, kernel};
use crate::notice::{DebianVersion, PackageName};

/// The largest list of packages that is read, in bytes. The receipt of a root filesystem has 80 kB.
pub const LARGEST_LIST: u64 = 64 * 1024 * 1024;

/// The binary packages inside one release of a product, with their versions. A name may stand there with several
/// versions, where lists for several targets were put together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packages {
    installed: BTreeMap<PackageName, BTreeSet<DebianVersion>>,
    /// The names of each kernel family.
    families: BTreeMap<String, Vec<PackageName>>,
}

impl Packages {
    /// Reads a list of packages: the output of `dpkg -l`, or `name=version` lines.
    ///
    /// # Errors
    /// If the list is empty, or a line of it is no package with a version; the error names the line.
    pub fn read(text: &[u8]) -> Result<Packages> {
        let text = std::str::from_utf8(text)
            .ok()
            .context("it is no UTF-8 text; davos reads the output of `dpkg -l` and `name=version` lines")?;
        let packages = if lines::is_such(text) { lines::read(text) } else { dpkg_list::read(text) }?;
        if packages.is_empty() {
            bail!("the list names no installed package; davos reads the output of `dpkg -l` and `name=version` lines");
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

/// The name and version of a line, with the architecture that `dpkg` may add to the name cut off.
fn package(number: usize, name: &str, version: &str) -> Result<(PackageName, DebianVersion)> {
    let bare = name.split_once(':').map_or(name, |(bare, _)| bare);
    let name = bare.parse().with_context(|| format!("line {number} of the list of packages"))?;
    let version = version.parse().with_context(|| {
        format!("line {number} of the list of packages, at {bare}; a list without versions proves no fix")
    })?;
    Ok((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECEIPT: &str = "\
Rootfs SHASUM: 7496360fb80c41d68b3fc68bfbb66a2093b305f6698c2522dcaa40a8605bb7d9

Desired=Unknown/Install/Remove/Purge/Hold
| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend
|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)
||/ Name            Version           Architecture Description
+++-===============-=================-============-======================
ii  gpgv            2.2.27-3ubuntu2.4 amd64        signature checker
hi  libheif1:amd64  1.12.0-2build1    amd64        picture decoder
rc  oldlib          1.0-1             amd64        only its configuration is left
un  other           <none>            <none>       (no description available)
";

    #[test]
    fn a_receipt_of_dpkg_is_read() {
        let packages = Packages::read(RECEIPT.as_bytes()).expect("a receipt");
        assert_eq!(packages.to_lines(), "gpgv=2.2.27-3ubuntu2.4\nlibheif1=1.12.0-2build1\n");
    }

    #[test]
    fn what_was_kept_is_read_back() {
        let packages = Packages::read(RECEIPT.as_bytes()).expect("a receipt");
        assert_eq!(Packages::read(packages.to_lines().as_bytes()).expect("kept lines"), packages);
    }

    #[test]
    fn a_receipt_may_begin_with_the_heading() {
        let bare = RECEIPT.lines().skip(2).map(|line| format!("{line}\n")).collect::<String>();
        assert_eq!(Packages::read(bare.as_bytes()).expect("a receipt").len(), 2);
    }

    #[test]
    fn rows_without_the_heading_are_read_too() {
        let packages = Packages::read(b"ii  gpgv  2.2.27-3ubuntu2.4  amd64  signature checker\n").expect("rows");
        assert_eq!(packages.to_lines(), "gpgv=2.2.27-3ubuntu2.4\n");
    }

    #[test]
    fn what_is_no_list_with_versions_is_refused_with_its_line() {
        for (text, expected) in [
            ("", "no installed package"),
            ("adduser\nanacron\n", "line 1"),
            ("ii  gpgv  2.2.27-3ubuntu2.4  amd64  x\n<html>\n", "line 2"),
            ("gpgv=2.2.27\nlibheif1\n", "line 2"),
            ("ii  gpgv  <none>  amd64  x\n", "line 1"),
            ("\u{0}\u{1}", "line 1"),
        ] {
            let error = format!("{:#}", Packages::read(text.as_bytes()).expect_err(text));
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }

    #[test]
    fn the_highest_kernel_of_a_family_counts_and_the_lowest_version_of_anything_else() {
        let packages = Packages::read(
            b"linux-image-6.5.0-9-generic=6.5.0-9.9\nlinux-image-6.5.0-10-generic=6.5.0-10.10\nfoo=1.10\nfoo=1.9\n",
        )
        .expect("lines");
        let find = |name: &str| packages.find(&name.parse().expect("a name")).map(|(_, version)| version.to_string());
        assert_eq!(find("linux-image-6.5.0-44-generic").as_deref(), Some("6.5.0-10.10"));
        assert_eq!(find("linux-image-6.5.0-44-lowlatency"), None);
        assert_eq!(find("linux-image-6.8.0-44-generic"), None);
        assert_eq!(find("foo").as_deref(), Some("1.9"));
    }
}
