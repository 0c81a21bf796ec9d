//! A notice's fixes beside the packages of a release: the evidence.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Packages;
use super::packages::{Have, Installed, counting};
use crate::notice::{Fix, PackageName, PackageVersion, VersionLine, WrittenPackage, reaches};

/// One installed package beside the version that a notice asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenComparison", into = "WrittenComparison")]
pub struct Comparison {
    /// The package as it is installed.
    pub package: PackageName,
    /// The installed version.
    pub have: PackageVersion,
    /// The version that carries the fix.
    pub need: PackageVersion,
    /// Whether only Ubuntu Pro has that version.
    pub pro: bool,
}

/// A comparison as an event has it.
#[derive(Serialize, Deserialize)]
struct WrittenComparison {
    package: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ecosystem: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    have: PackageVersion,
    need: PackageVersion,
}

impl TryFrom<WrittenComparison> for Comparison {
    type Error = anyhow::Error;

    fn try_from(written: WrittenComparison) -> anyhow::Result<Comparison> {
        let WrittenComparison { package, ecosystem, purl, have, need } = written;
        let package = WrittenPackage { package, ecosystem, purl }.read()?;
        Ok(Comparison { package, have, need, pro: false })
    }
}

impl From<Comparison> for WrittenComparison {
    fn from(compared: Comparison) -> WrittenComparison {
        let Comparison { package, have, need, .. } = compared;
        let WrittenPackage { package, ecosystem, purl } = package.written();
        WrittenComparison { package, ecosystem, purl, have, need }
    }
}

impl Comparison {
    /// Whether the installed version shows the fix. One that can't be compared, as old events may have it, doesn't.
    pub fn is_fixed(&self) -> bool {
        reaches(&self.package, &self.have, &self.need) == Some(true)
    }

    /// Whether the installed version is below the one that carries the fix.
    pub fn is_too_old(&self) -> bool {
        reaches(&self.package, &self.have, &self.need) == Some(false)
    }
}

/// An installed package of which nothing shows whether it has the fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotComparable {
    /// The package as it is installed.
    pub package: PackageName,
    /// The installed version as it was listed; empty where none was.
    pub have: String,
    /// The version that carries the fix.
    pub need: PackageVersion,
    /// Why.
    pub why: NoOrder,
}

/// Why an installed package can't be compared with a fix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoOrder {
    /// The installed build is one for FIPS, and the fix is for the ordinary one.
    OtherLine,
    /// One of the versions is a word, which has no order.
    NoOrder,
    /// The ecosystem has no order of versions that is known, or one of them is none of its versions.
    Unknown,
    /// The list names the package without a version.
    NoVersion,
    /// It comes from another distribution, whose versions mean other patches.
    Distribution(String),
}

impl fmt::Display for NoOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoOrder::OtherLine => f.write_str("a build for FIPS, and the fix is of the ordinary one"),
            NoOrder::NoOrder => f.write_str("a version that begins with no digit has no order"),
            NoOrder::Unknown => f.write_str("davos knows no order of such versions"),
            NoOrder::NoVersion => f.write_str("listed without a version"),
            NoOrder::Distribution(name) => write!(f, "a package of {name}, not of Ubuntu"),
        }
    }
}

/// Where a notice stands with the packages of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// All its fixes are for builds of another line, such as those for FIPS, of which none is installed. Nothing follows.
    OtherLine,
    /// None of its packages is installed.
    NotInstalled,
    /// Every installed one is at or above the version asked for.
    Fixed(Vec<Comparison>),
    /// At least one is below; all that are installed and can be compared, the fixed ones too.
    Open(Vec<Comparison>),
    /// Nothing is too old, but some packages can't be compared, so neither "fixed" nor "absent" is proved. Holds those;
    /// empty where nothing in the list can be compared.
    NotComparable(Vec<NotComparable>),
}

impl Standing {
    /// The installed packages that can be compared, where that decides.
    pub fn compared(self) -> Vec<Comparison> {
        match self {
            Standing::Open(compared) | Standing::Fixed(compared) => compared,
            Standing::OtherLine | Standing::NotInstalled | Standing::NotComparable(_) => Vec::new(),
        }
    }

    /// The packages that are known to be too old.
    pub fn too_old(self) -> Vec<Comparison> {
        self.compared().into_iter().filter(Comparison::is_too_old).collect()
    }

    /// Where a notice with these fixes stands with these packages. A notice whose packages are unknown can't be
    /// compared: `None`.
    pub fn of(fixes: &[Fix], packages: &Packages) -> Option<Standing> {
        if fixes.is_empty() {
            return None;
        }
        let fixes = concerning(fixes, Some(packages));
        if fixes.is_empty() {
            return Some(Standing::OtherLine);
        }
        let Compared { compared, not_comparable } = Compared::of(&fixes, packages);
        let any_too_old = compared.iter().any(|(_, is_fixed)| !is_fixed);
        let compared: Vec<Comparison> = compared.into_iter().map(|(compared, _)| compared).collect();
        Some(if any_too_old {
            Standing::Open(compared)
        } else if !not_comparable.is_empty() {
            Standing::NotComparable(not_comparable)
        } else if !compared.is_empty() {
            Standing::Fixed(compared)
        } else if packages.show_absence_of(&fixes) {
            Standing::NotInstalled
        } else {
            Standing::NotComparable(Vec::new())
        })
    }
}

/// The fixes that concern a product with these packages: those for FIPS do only where such a build of the package is
/// installed, and where nobody knows the packages, they don't.
pub(super) fn concerning<'a>(fixes: &'a [Fix], packages: Option<&Packages>) -> Cow<'a, [Fix]> {
    let is_fips = |installed: &Installed<'_>| installed.line() == Some(VersionLine::Fips);
    let is_installed = |fix: &Fix| packages.is_some_and(|p| p.installed(&fix.package).iter().any(is_fips));
    let concerns = |fix: &Fix| !fix.package.is_ubuntu() || !fix.version.is_for_fips() || is_installed(fix);
    match fixes.iter().all(concerns) {
        true => Cow::Borrowed(fixes),
        false => Cow::Owned(fixes.iter().filter(|fix| concerns(fix)).cloned().collect()),
    }
}

/// The installed packages of a notice, beside what it asks for.
pub(super) struct Compared {
    /// Those that can be compared, and whether they have the fix, sorted by name.
    pub(super) compared: Vec<(Comparison, bool)>,
    /// Those that can't, sorted by name.
    pub(super) not_comparable: Vec<NotComparable>,
}

impl Compared {
    /// Each installed package among these fixes, which concern the product, beside the version it needs. Where a notice names
    /// several versions of one package, a free one is asked for before one of Ubuntu Pro, and then the highest: nothing less
    /// shows the fix.
    pub(super) fn of(fixes: &[Fix], packages: &Packages) -> Compared {
        let mut compared: BTreeMap<(&PackageName, Option<VersionLine>), Comparison> = BTreeMap::new();
        let mut not_comparable: BTreeMap<(&PackageName, &str), NotComparable> = BTreeMap::new();
        for fix in fixes.iter().filter(|fix| fix.package.is_ubuntu()) {
            let installed = packages.installed(&fix.package);
            if installed.is_empty() {
                continue;
            }
            let (line, need, pro) = (fix.version.line(), &fix.version, fix.pro);
            let of_line = |version: &PackageVersion| line.is_some() && version.line() == line;
            if let Some((package, have)) = counting(&fix.package, &installed, of_line) {
                let candidate = Comparison { package: package.clone(), have: have.clone(), need: need.clone(), pro };
                compared
                    .entry((package, line))
                    .and_modify(|known| {
                        let freer = known.pro && !candidate.pro;
                        let higher = known.pro == candidate.pro && known.need.reaches(&candidate.need) == Some(false);
                        if freer || higher {
                            *known = candidate.clone();
                        }
                    })
                    .or_insert(candidate);
            }
            for Installed { package, have } in installed {
                let Some(why) = why_not(have, line) else { continue };
                let (package, have) = (package, have.as_str());
                not_comparable.entry((package, have)).or_insert_with(|| NotComparable {
                    package: package.clone(),
                    have: have.to_owned(),
                    need: need.clone(),
                    why,
                });
            }
        }
        // A build for FIPS that was compared with a fix of its own line needs no other.
        let for_fips = |package: &PackageName| compared.contains_key(&(package, Some(VersionLine::Fips)));
        not_comparable.retain(|(package, _), unclear| unclear.why != NoOrder::OtherLine || !for_fips(package));
        let with_fix = |compared: Comparison| {
            let is_fixed = compared.is_fixed();
            (compared, is_fixed)
        };
        let mut compared = Compared {
            compared: compared.into_values().map(with_fix).collect(),
            not_comparable: not_comparable.into_values().collect(),
        };
        for fix in fixes.iter().filter(|fix| !fix.package.is_ubuntu()) {
            compared.add_components(fix, packages);
        }
        compared
    }
}

/// Why what is installed can't be compared with a fix of this line, if it can't.
fn why_not(have: Have<'_>, need: Option<VersionLine>) -> Option<NoOrder> {
    match have {
        Have::Other(other) if !other.is_ubuntu() => Some(NoOrder::Distribution(other.distribution().to_owned())),
        Have::Other(other) if other.version().is_empty() => Some(NoOrder::NoVersion),
        Have::Other(_) => Some(NoOrder::NoOrder),
        Have::Version(version) => match (version.line(), need) {
            (None, _) | (_, None) => Some(NoOrder::NoOrder),
            (Some(VersionLine::Fips), Some(VersionLine::Ordinary)) => Some(NoOrder::OtherLine),
            // A fix for FIPS doesn't concern the ordinary build beside one.
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixes(asked: &[(&str, &str)]) -> Vec<Fix> {
        let fix = |(name, version): &(&str, &str)| {
            let version = PackageVersion::recorded(version).expect("a version");
            Fix::deb(name.parse().expect("a name"), version, false)
        };
        asked.iter().map(fix).collect()
    }

    /// Where a notice stands, in short.
    fn standing(asked: &[(&str, &str)], kept: &str) -> String {
        let packages = Packages::kept(kept.as_bytes()).expect("kept lines");
        match Standing::of(&fixes(asked), &packages).expect("it asks for something") {
            Standing::OtherLine => "other line".to_owned(),
            Standing::NotInstalled => "not installed".to_owned(),
            Standing::Fixed(compared) => format!("{} fixed", compared.len()),
            Standing::Open(compared) => {
                format!("{} of {} too old", compared.iter().filter(|c| c.is_too_old()).count(), compared.len())
            }
            Standing::NotComparable(packages) => {
                let why = packages.iter().map(|c| format!("{} {}: {}", c.package, c.have, c.why));
                format!("not comparable [{}]", why.collect::<Vec<_>>().join(", "))
            }
        }
    }

    #[test]
    fn a_fix_for_fips_concerns_only_a_product_with_such_a_build() {
        let fips = [("libssl3", "3.0.2-1+Fips2"), ("openssl", "3.0.2-1+Fips2")];
        assert_eq!(standing(&fips, "libssl3=3.0.2-1\nopenssl=3.0.2-1\n"), "other line");
        assert_eq!(standing(&fips, "bash=5\n"), "other line");
        assert_eq!(standing(&fips, "libssl3=3.0.2-1+Fips1\nopenssl=3.0.2-1\n"), "1 of 1 too old");
        assert_eq!(standing(&fips, "libssl3=3.0.2-1+fips2\nopenssl=3.0.2-1\n"), "1 fixed");
        // Beside one for everybody it is as if it weren't there.
        let mixed = [("libssl3", "3.0.2-1+Fips2"), ("bash", "5.2")];
        assert_eq!(standing(&mixed, "libssl3=3.0.2-1\nbash=5.2\n"), "1 fixed");
        assert_eq!(standing(&mixed, "libssl3=3.0.2-1\nzsh=1\n"), "not installed");
        assert_eq!(standing(&mixed, "libssl3=3.0.2-1+Fips1\nbash=5.2\n"), "1 of 2 too old");
    }

    #[test]
    fn an_ordinary_fix_shows_nothing_of_a_build_for_fips() {
        let ordinary = [("libssl3", "3.0.2-1ubuntu2")];
        let why = "a build for FIPS, and the fix is of the ordinary one";
        let expected = format!("not comparable [libssl3 3.0.2-9+Fips1: {why}]");
        assert_eq!(standing(&ordinary, "libssl3=3.0.2-9+Fips1\n"), expected);
        let both = [("libssl3", "3.0.2-1ubuntu2"), ("libssl3", "3.0.2-1ubuntu1+Fips2")];
        assert_eq!(standing(&both, "libssl3=3.0.2-1ubuntu1+Fips2\n"), "1 fixed", "its own line decides");
        assert_eq!(standing(&both, "libssl3=3.0.2-1ubuntu1+Fips1\n"), "1 of 1 too old");
        assert_eq!(standing(&both, "libssl3=3.0.2-1ubuntu2\n"), "1 fixed");
        // A product for two targets, one of them for FIPS.
        assert_eq!(standing(&both, "libssl3=3.0.2-1ubuntu2\nlibssl3=3.0.2-1ubuntu1+Fips1\n"), "1 of 2 too old");
        assert_eq!(standing(&ordinary, "libssl3=3.0.2-1ubuntu2\nlibssl3=3.0.2-9+Fips1\n"), expected);
    }

    #[test]
    fn what_is_not_comparable_is_neither_fixed_nor_absent() {
        let asked = [("libssl3", "3.0.2-1"), ("openssl", "3.0.2-1")];
        for (listed, have, why) in [
            ("libssl3=amd64", "amd64", "a version that begins with no digit has no order"),
            ("pkg:deb/ubuntu/libssl3@latest", "latest", "a version that begins with no digit has no order"),
            ("pkg:deb/ubuntu/libssl3", "", "listed without a version"),
            ("pkg:deb/debian/libssl3@9.0", "9.0", "a package of debian, not of Ubuntu"),
        ] {
            let expected = format!("not comparable [libssl3 {have}: {why}]");
            assert_eq!(standing(&asked, &format!("bash=5\n{listed}\n")), expected);
            assert_eq!(standing(&asked, &format!("openssl=3.0.2-1\n{listed}\n")), expected);
            assert_eq!(standing(&asked, &format!("openssl=3.0.2-0\n{listed}\n")), "1 of 1 too old");
            assert_eq!(
                standing(&[("bash", "4")], &format!("bash=5\n{listed}\n")),
                "1 fixed",
                "it says nothing of others"
            );
            assert_eq!(standing(&[("zsh", "4")], &format!("bash=5\n{listed}\n")), "not installed");
        }
        let odd_need = [("bash", "install")];
        assert!(standing(&odd_need, "bash=5\n").starts_with("not comparable [bash 5"));
    }

    #[test]
    fn a_list_in_which_nothing_can_be_compared_shows_no_absence() {
        for list in ["bash=amd64\n", "pkg:deb/debian/bash@5\n", "bash=all\npkg:deb/ubuntu/zsh\n"] {
            assert_eq!(standing(&[("libssl3", "3")], list), "not comparable []", "{list}");
        }
    }

    #[test]
    fn a_kernel_of_its_family_that_is_not_understood_may_be_the_one_that_boots() {
        let asked = [("linux-image-5.15.0-91-generic", "5.15.0-91.101")];
        let of = |rows: &str| standing(&asked, rows);
        assert_eq!(
            of("linux-image-5.15.0-92-generic=5.15.0-92.102\nlinux-image-5.15.0-80-generic=5.15.0-80.1\n"),
            "1 fixed"
        );
        let debian = "pkg:deb/debian/linux-image-5.15.0-93-generic@5.15.0-93.1\n";
        assert!(of(&format!("linux-image-5.15.0-92-generic=5.15.0-92.102\n{debian}")).starts_with("not comparable"));
        assert_eq!(of(&format!("linux-image-5.15.0-90-generic=5.15.0-90.1\n{debian}")), "1 of 1 too old");
        assert_eq!(of(&format!("bash=5\n{}", debian.replace("5.15.0", "6.8.0"))), "not installed");
    }
}
