//! What was read of a list so far, and what people must know of it.

use anyhow::{Result, bail};

use super::other::OtherDeb;
use super::{ADVICE, PackageList, Packages};
use crate::notice::{PackageName, PackageVersion};

/// How many names a warning tells.
const MOST_NAMED: usize = 10;

/// The most packages of one list: all of an Ubuntu release has 70,000.
const MOST_PACKAGES: usize = 100_000;

/// What was read of a list so far.
#[derive(Default)]
pub(super) struct FoundPackages {
    packages: Packages,
    taken: usize,
    /// Components without a package URL.
    elsewhere: usize,
    odd: FoundNames,
    /// Packages of Debian that name no source package, as that of the same name, and how they are told if that means nothing.
    unnamed: Vec<((PackageName, PackageVersion), String)>,
    /// Whether source packages are named.
    names_sources: bool,
    snaps: FoundNames,
    /// Whether nothing in it tells removed packages apart.
    bare: bool,
}

/// The first few names, and how many there are.
#[derive(Default)]
struct FoundNames {
    first: Vec<String>,
    count: usize,
}

impl FoundNames {
    fn add(&mut self, name: impl FnOnce() -> String) {
        if self.count < MOST_NAMED {
            self.first.push(name());
        }
        self.count += 1;
    }

    fn some(&self) -> String {
        let more = self.count - self.first.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", self.first.join(", "))
    }
}

impl FoundPackages {
    /// Takes a package in.
    ///
    /// # Errors
    /// If there are more than any product has.
    pub(super) fn take(&mut self, (name, version): (PackageName, PackageVersion)) -> Result<()> {
        self.packages.insert(name, version);
        self.one_more()
    }

    /// Takes in a `.deb` that can't be compared.
    ///
    /// # Errors
    /// If there are more packages than any product has.
    pub(super) fn take_other(&mut self, place: &str, name: PackageName, other: OtherDeb) -> Result<()> {
        self.odd.add(|| format!("{name} ({}: {place})", other.described()));
        self.packages.insert_other(name, other);
        self.one_more()
    }

    /// Takes in a binary package of Debian, which its source package stands for. One that names no source has the same name as its
    /// source, if the tool names them at all: only the end of the list tells.
    ///
    /// # Errors
    /// If there are more packages than any product has.
    pub(super) fn take_debian(
        &mut self,
        place: &str,
        (name, other): (PackageName, OtherDeb),
        source: (PackageName, PackageVersion),
        is_named: bool,
    ) -> Result<()> {
        if is_named {
            self.names_sources = true;
            self.packages.insert_component(source.0, Some(source.1));
        } else {
            let odd = if self.unnamed.len() < MOST_NAMED {
                format!("{name} ({}: {place})", other.described())
            } else {
                String::new()
            };
            self.unnamed.push((source, odd));
        }
        self.packages.insert_other(name, other);
        self.one_more()
    }

    /// Takes in a package of another ecosystem.
    ///
    /// # Errors
    /// If there are more packages than any product has.
    pub(super) fn take_component(&mut self, name: PackageName, version: Option<PackageVersion>) -> Result<()> {
        self.packages.insert_component(name, version);
        self.one_more()
    }

    fn one_more(&mut self) -> Result<()> {
        self.taken += 1;
        if self.taken > MOST_PACKAGES {
            bail!("it names more than {MOST_PACKAGES} packages: is it a list of what is installed?");
        }
        Ok(())
    }

    /// Counts a component without a package URL.
    pub(super) fn elsewhere(&mut self) {
        self.elsewhere += 1;
    }

    /// Leaves a snap out.
    pub(super) fn snap(&mut self, name: &str) {
        self.snaps.add(|| name.chars().take(60).collect());
    }

    /// Notes that removed packages stand in it like installed ones.
    pub(super) fn tells_no_state(&mut self) {
        self.bare = true;
    }

    /// What came of it.
    ///
    /// # Errors
    /// If nothing in it can be compared with anything.
    pub(super) fn finish(self) -> Result<PackageList> {
        let FoundPackages { mut packages, elsewhere, mut odd, unnamed, names_sources, snaps, bare, .. } = self;
        for ((source, version), told) in unnamed {
            match names_sources {
                true => packages.insert_component(source, Some(version)),
                false => odd.add(|| told),
            }
        }
        if packages.is_empty() {
            match elsewhere {
                0 => bail!("the list names no installed package; {ADVICE}"),
                _ => bail!("none of its {elsewhere} components has a package URL (pkg:deb/ubuntu/…@…); {ADVICE}"),
            }
        }
        if odd.count > 0 && !packages.show_absence() && !packages.has_components() {
            bail!(
                "nothing in it can be compared with Ubuntu's packages: {}; if they are Ubuntu's, have the tool say so (debsbom: \
                 --base-distro-vendor ubuntu), or {ADVICE}",
                odd.some()
            );
        }
        let mut warnings = Vec::new();
        if odd.count > 0 {
            warnings.push(format!(
                "{} of the packages can't be compared, and show neither a fix nor an absence: {}",
                odd.count,
                odd.some()
            ));
        }
        if snaps.count > 0 {
            warnings.push(format!("{} snaps are left out: {}; fixes in snaps are not seen", snaps.count, snaps.some()));
        }
        if bare {
            warnings.push(format!(
                "a list of names and versions alone has removed packages in it, which count as installed; {ADVICE}"
            ));
        }
        Ok(PackageList { packages, warnings })
    }
}
