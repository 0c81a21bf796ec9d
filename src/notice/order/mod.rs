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
    if ecosystem == DEB {
        let (one, other) = (PackageVersion::of_any(one).ok()?, PackageVersion::of_any(other).ok()?);
        return (one.line().is_some() && other.line().is_some()).then(|| one.compare(&other));
    }
    let scheme = Scheme::of(ecosystem)?;
    if !is_plain(one) || !is_plain(other) {
        return None;
    }
    Some(match scheme {
        Scheme::Numbered(spelling) => {
            NumberedVersion::read(one, spelling)?.cmp(&NumberedVersion::read(other, spelling)?)
        }
        Scheme::Pypi => pypi(one)?.cmp(&pypi(other)?),
        Scheme::Gem => gem(one)?.cmp(&gem(other)?),
    })
}

/// Who decides on the order.
enum Scheme {
    /// Semantic Versioning 2.0.0, with fewer or more numbers.
    Numbered(VersionSpelling),
    /// PEP 440.
    Pypi,
    /// `Gem::Version` of RubyGems.
    Gem,
}

impl Scheme {
    fn of(ecosystem: &str) -> Option<Scheme> {
        Some(match ecosystem {
            "golang" | "npm" | "cargo" => Scheme::Numbered(VersionSpelling::Registry),
            "generic" | "github" => Scheme::Numbered(VersionSpelling::Tag),
            "nuget" => Scheme::Numbered(VersionSpelling::AnyCase),
            "pypi" => Scheme::Pypi,
            "gem" => Scheme::Gem,
            _ => return None,
        })
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
