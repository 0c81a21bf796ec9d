//! The packages inside one release of a product.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Context, Result};
use foldhash::HashMap;

use super::other::OtherDeb;
use super::{PackageList, line, purl, shorten};
use crate::notice::{PackageName, PackageVersion, VersionLine};
use crate::product::{Comparison, kernel};
use crate::text::Digest;

/// The binary packages inside one release of a product, with their versions. A name may stand there with several
/// versions, where lists for several targets were put together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packages {
    pub(super) installed: HashMap<PackageName, BTreeSet<PackageVersion>>,
    /// What the list names and can't be compared: it proves neither a fix nor an absence of its name.
    pub(super) others: BTreeMap<PackageName, BTreeSet<OtherDeb>>,
    /// The packages of all other ecosystems, with their versions; `None` is one without.
    pub(super) components: HashMap<PackageName, BTreeSet<Option<PackageVersion>>>,
    /// The names of each kernel family.
    pub(super) families: BTreeMap<String, BTreeSet<PackageName>>,
}

/// A package that is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::product) struct Installed<'a> {
    pub(in crate::product) package: &'a PackageName,
    pub(in crate::product) have: Have<'a>,
}

/// What is installed of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::product) enum Have<'a> {
    /// A version of Ubuntu's package; in a list that an older davos kept, it may be a word.
    Version(&'a PackageVersion),
    /// Something that can't be compared.
    Other(&'a OtherDeb),
}

impl<'a> Have<'a> {
    /// The version as it was listed; empty where none was.
    pub(in crate::product) fn as_str(self) -> &'a str {
        match self {
            Have::Version(version) => version.as_str(),
            Have::Other(other) => other.version(),
        }
    }
}

impl Installed<'_> {
    /// The line of builds that the version belongs to, if it has an order.
    pub(in crate::product) fn line(&self) -> Option<VersionLine> {
        match self.have {
            Have::Version(version) => version.line(),
            Have::Other(_) => None,
        }
    }
}

/// Which of several installed versions decides: the lowest; for kernels the highest of the family, because that one
/// boots.
pub(in crate::product) fn counting<'a>(
    name: &PackageName,
    installed: &[Installed<'a>],
    counts: impl Fn(&PackageVersion) -> bool,
) -> Option<(&'a PackageName, &'a PackageVersion)> {
    let versions = installed.iter().filter_map(|Installed { package, have }| match have {
        Have::Version(version) if counts(version) => Some((*package, *version)),
        _ => None,
    });
    match kernel::is_one(name.as_str()) {
        true => versions.max_by(|a, b| a.1.compare(b.1)),
        false => versions.min_by(|a, b| a.1.compare(b.1)),
    }
}

impl Packages {
    /// Reads a list of packages as it is given, in any of the forms, without what [`PackageList::read`] warns of.
    ///
    /// # Errors
    /// As there.
    pub fn read(bytes: &[u8]) -> Result<Packages> {
        Ok(PackageList::read(bytes)?.packages)
    }

    /// Reads [`to_lines`](Self::to_lines) back, also those that an older davos kept: a word that it took for a version can't
    /// be compared.
    ///
    /// # Errors
    /// If it is no such list; the error names the line.
    pub fn kept(bytes: &[u8]) -> Result<Packages> {
        let text = std::str::from_utf8(bytes).context("the list of packages is no UTF-8 text")?;
        let mut packages = Packages::default();
        for (index, row) in text.lines().enumerate() {
            let place = || line(index + 1);
            // A source package of another distribution is compared, its binaries are not.
            if let Some(other) = OtherDeb::of_purl(row).filter(|_| !row.contains('?')) {
                let (name, other) = other.with_context(place)?;
                packages.insert_other(name, other);
                continue;
            }
            if row.starts_with("pkg:") {
                let (name, version) = purl::component(row).with_context(place)?;
                packages.insert_component(name, version);
                continue;
            }
            let (name, version) =
                row.split_once('=').with_context(|| format!("{} is no name=version: {:?}", place(), shorten(row)))?;
            packages.insert(name.parse().with_context(place)?, PackageVersion::recorded(version).with_context(place)?);
        }
        Ok(packages)
    }

    /// What is installed by these comparisons.
    pub fn of_compared(compared: &[Comparison]) -> Packages {
        let mut packages = Packages::default();
        for Comparison { package, have, .. } in compared {
            match package.is_ubuntu() {
                true => packages.insert(package.clone(), have.clone()),
                false => packages.insert_component(package.clone(), Some(have.clone())),
            }
        }
        packages
    }

    /// Takes a package in.
    pub fn insert(&mut self, name: PackageName, version: PackageVersion) {
        self.note_family(&name);
        self.installed.entry(name).or_default().insert(version);
    }

    /// Takes in what can't be compared.
    pub(super) fn insert_other(&mut self, name: PackageName, other: OtherDeb) {
        self.note_family(&name);
        self.others.entry(name).or_default().insert(other);
    }

    fn note_family(&mut self, name: &PackageName) {
        if let Some(family) = kernel::family(name.as_str()) {
            self.families.entry(family).or_default().insert(name.clone());
        }
    }

    /// Takes all packages of another list in.
    pub fn extend(&mut self, other: Packages) {
        for (name, versions) in other.installed {
            self.installed.entry(name).or_default().extend(versions);
        }
        for (name, others) in other.others {
            self.others.entry(name).or_default().extend(others);
        }
        for (name, versions) in other.components {
            self.components.entry(name).or_default().extend(versions);
        }
        for (family, names) in other.families {
            self.families.entry(family).or_default().extend(names);
        }
    }

    /// What is installed of the package that `name` stands for: the package itself, or for a kernel package all of its
    /// family.
    pub(in crate::product) fn installed(&self, name: &PackageName) -> Vec<Installed<'_>> {
        let Some(family) = kernel::family(name.as_str()) else { return self.named(name).collect() };
        self.families.get(&family).into_iter().flatten().flat_map(|name| self.named(name)).collect()
    }

    /// The version that counts of the package that `name` stands for, with its name as installed.
    pub fn find(&self, name: &PackageName) -> Option<(&PackageName, &PackageVersion)> {
        counting(name, &self.installed(name), |_| true)
    }

    /// The version that a package had, for people: of Ubuntu's the one that counts, of others the only one.
    pub fn version(&self, name: &PackageName) -> Option<&PackageVersion> {
        if name.is_ubuntu() {
            return self.find(name).map(|(_, version)| version);
        }
        let mut versions = self.components(name);
        versions.next().flatten().filter(|_| versions.next().is_none())
    }

    fn named(&self, name: &PackageName) -> impl Iterator<Item = Installed<'_>> {
        let versions = self.installed.get_key_value(name).into_iter();
        let versions = versions.flat_map(|(package, versions)| {
            versions.iter().map(move |version| Installed { package, have: Have::Version(version) })
        });
        let others = self.others.get_key_value(name).into_iter();
        versions.chain(others.flat_map(|(package, others)| {
            others.iter().map(move |other| Installed { package, have: Have::Other(other) })
        }))
    }

    /// Whether a package of Ubuntu that isn't in the list is absent: a list in which nothing can be compared says nothing of
    /// them.
    pub(in crate::product) fn show_absence(&self) -> bool {
        self.installed.values().flatten().any(|version| version.line().is_some())
    }

    /// All installed versions of the package of just this name.
    pub fn versions(&self, name: &PackageName) -> impl Iterator<Item = &PackageVersion> {
        self.installed.get(name).into_iter().flatten()
    }

    /// Each package that `other` has otherwise, with its versions here and there; none is an empty text.
    pub fn difference<'a>(&'a self, other: &'a Packages) -> Vec<(&'a PackageName, String, String)> {
        let shown = |have: Have<'_>| match have {
            Have::Version(version) => version.to_string(),
            Have::Other(other) => other.to_string(),
        };
        let versions = |packages: &Packages, name: &PackageName| {
            packages.named(name).map(|installed| shown(installed.have)).collect::<Vec<_>>().join(", ")
        };
        let names: BTreeSet<&PackageName> = [self, other].into_iter().flat_map(Packages::names).collect();
        let differing = names.into_iter().filter(|name| !self.named(name).eq(other.named(name)));
        let mut difference: Vec<_> =
            differing.map(|name| (name, versions(self, name), versions(other, name))).collect();
        let components = |packages: &Packages, name: &PackageName| {
            let shown = packages.components(name).map(|version| version.map_or("no version", PackageVersion::as_str));
            shown.collect::<Vec<_>>().join(", ")
        };
        let names: BTreeSet<&PackageName> = self.components.keys().chain(other.components.keys()).collect();
        let differing = names.into_iter().filter(|name| self.components.get(*name) != other.components.get(*name));
        difference.extend(differing.map(|name| (name, components(self, name), components(other, name))));
        difference
    }

    fn names(&self) -> impl Iterator<Item = &PackageName> {
        self.installed.keys().chain(self.others.keys())
    }

    /// How many packages there are.
    pub fn len(&self) -> usize {
        let others = self.others.keys().filter(|name| !self.installed.contains_key(*name)).count();
        self.installed.len() + others + self.components.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.installed.is_empty() && self.others.is_empty() && self.components.is_empty()
    }

    /// The form in which the packages of a release are kept: sorted `name=version` lines of Ubuntu's, then the `.deb`s that can't
    /// be compared, and then the packages of other ecosystems, both as package URLs.
    pub fn to_lines(&self) -> String {
        let mut text = String::new();
        // They are kept unsorted, since thousands of notices ask for some each.
        for (name, versions) in self.installed.iter().collect::<BTreeMap<_, _>>() {
            for version in versions {
                let _ = writeln!(text, "{name}={version}");
            }
        }
        for (name, others) in &self.others {
            for other in others {
                let _ = writeln!(text, "{}", other.purl(name));
            }
        }
        for (name, versions) in self.sorted_components() {
            for version in versions {
                let _ = writeln!(text, "{}", purl::of_component(name, version.as_ref()));
            }
        }
        text
    }

    /// The digest of [`to_lines`](Self::to_lines).
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_lines().as_bytes())
    }
}

impl FromIterator<(PackageName, PackageVersion)> for Packages {
    fn from_iter<I: IntoIterator<Item = (PackageName, PackageVersion)>>(items: I) -> Self {
        let mut packages = Packages::default();
        items.into_iter().for_each(|(name, version)| packages.insert(name, version));
        packages
    }
}
