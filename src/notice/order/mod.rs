//! Which of two versions is the higher: each ecosystem has an order of its own.
//!
//! No crate has the order that Maven has, and none has Composer's under a licence that can be used here, so their versions have
//! none. That of `.deb`s is [`PackageVersion`]'s.

mod numbered;
#[cfg(test)]
mod tests;
mod words;

use std::cmp::Ordering;

use gem_version::GemVersion;
use numbered::{NumberedVersion, VersionSpelling};
pub use words::is_prerelease_word;

use super::{DEB, PackageName, PackageVersion};

/// Whether an installed version of a package carries a fix that needs this version. `None` where they can't be compared.
pub fn reaches(package: &PackageName, have: &PackageVersion, need: &PackageVersion) -> Option<bool> {
    if package.is_ubuntu() {
        return have.reaches(need);
    }
    if need.is_none_yet() {
        return Some(false);
    }
    match need.needs_above() {
        Some(last) => compare(package.ecosystem(), have.as_str(), last).map(Ordering::is_gt),
        None => compare(package.ecosystem(), have.as_str(), need.as_str()).map(Ordering::is_ge),
    }
}

/// The most bytes of a version. Those of commits in Go, which are long, have some fifty.
const LONGEST: usize = 200;

/// Compares two versions of a package of this ecosystem, the type of a package URL: `golang`, `npm`.
///
/// `None` where the ecosystem has no order that is known, or where one of the texts is no version of it. Versions that mean the
/// same are equal, however they are spelt: `v1.2` and `1.2.0`. The `0` with which ranges of OSV begin means before everything,
/// but is a version here, and so above commits of Go (`v0.0.0-20230101120000-abcdef012345`): who reads ranges has to know it.
pub fn compare(ecosystem: &str, one: &str, other: &str) -> Option<Ordering> {
    OrderedVersion::read(ecosystem, one)?.compare(&OrderedVersion::read(ecosystem, other)?)
}

/// A version that was taken apart, to be compared with several others of its ecosystem.
pub struct OrderedVersion<'a>(VersionParts<'a>);

/// By whoever decides on the order.
enum VersionParts<'a> {
    /// Debian policy.
    Deb(PackageVersion),
    /// Semantic Versioning 2.0.0, with fewer or more numbers.
    Numbered(NumberedVersion<'a>),
    /// PEP 440.
    Pypi(pep440_rs::Version),
    /// `Gem::Version` of RubyGems.
    Gem(GemVersion),
}

impl<'a> OrderedVersion<'a> {
    /// Takes a version of this ecosystem apart; `None` where [`compare`] is.
    pub fn read(ecosystem: &str, text: &'a str) -> Option<Self> {
        if ecosystem == DEB {
            let version = PackageVersion::of_any(text).ok()?;
            return version.line().is_some().then_some(OrderedVersion(VersionParts::Deb(version)));
        }
        if !is_plain(text) {
            return None;
        }
        let numbered = |spelling| NumberedVersion::read(text, spelling).map(VersionParts::Numbered);
        let parts = match ecosystem {
            "golang" | "npm" | "cargo" => numbered(VersionSpelling::Registry),
            "generic" | "github" => numbered(VersionSpelling::Tag),
            "nuget" => numbered(VersionSpelling::AnyCase),
            "pypi" => pypi(text).map(VersionParts::Pypi),
            "gem" => gem(text).map(VersionParts::Gem),
            _ => None,
        };
        parts.map(OrderedVersion)
    }

    /// Which of two versions of one ecosystem is the higher; `None` if they are of two.
    pub fn compare(&self, other: &OrderedVersion<'_>) -> Option<Ordering> {
        match (&self.0, &other.0) {
            (VersionParts::Deb(one), VersionParts::Deb(other)) => Some(one.compare(other)),
            (VersionParts::Numbered(one), VersionParts::Numbered(other)) => Some(one.cmp(other)),
            (VersionParts::Pypi(one), VersionParts::Pypi(other)) => Some(one.cmp(other)),
            (VersionParts::Gem(one), VersionParts::Gem(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }
}

/// Whether a text can be a version of anything. Blanks are inside those of Go's toolchain alone.
fn is_plain(text: &str) -> bool {
    text.len() <= LONGEST
        && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
        && text.bytes().any(|b| b.is_ascii_alphanumeric())
}

/// Numbers above 2^64, which Python takes, are not read.
fn pypi(text: &str) -> Option<pep440_rs::Version> {
    text.parse().ok()
}

/// The library takes a number above 2^32 for a word, which comes before all numbers; so there is no order for one, as in
/// `0.0.0.20230101123456`.
fn gem(text: &str) -> Option<GemVersion> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty());
    if numbers.all(|number| number.parse::<u32>().is_ok()) { text.parse().ok() } else { None }
}
