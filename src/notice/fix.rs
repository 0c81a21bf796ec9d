//! What a notice asks for: a package and the versions that carry the fix.

use std::cmp::Ordering;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use super::package::DEB;
use super::{PackageName, PackageVersion, compare};

/// A package and the version that carries the fix; where several lines of versions are patched, the ranges that are affected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fix {
    /// The package.
    pub package: PackageName,
    /// The lowest version that has the fix; with `ranges`, the highest of theirs.
    pub version: PackageVersion,
    /// Whether only Ubuntu Pro has that version.
    pub pro: bool,
    /// The versions that are affected, as OSV tells them; none for Ubuntu's packages, where all below `version` are.
    pub ranges: Vec<AffectedRange>,
}

/// Versions that are affected: from `introduced` on, and below `fixed`, or up to `last_affected`. Without either nothing
/// carries the fix yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AffectedRange {
    /// The first one; `None` for the first of all.
    pub introduced: Option<PackageVersion>,
    /// The first one after them that isn't affected.
    pub fixed: Option<PackageVersion>,
    /// The last of them, where it isn't told what fixes it.
    pub last_affected: Option<PackageVersion>,
}

impl Fix {
    /// What Ubuntu's notices ask for: a binary package at this version or above.
    pub fn deb(package: PackageName, version: PackageVersion, pro: bool) -> Fix {
        Fix { package, version, pro, ranges: Vec::new() }
    }

    /// What other notices ask for. Its version, which people are told first, is the highest that carries the fix of a range.
    pub fn of_ranges(package: PackageName, ranges: Vec<AffectedRange>) -> Fix {
        let above = |one: &PackageVersion, other: &PackageVersion| {
            compare(package.ecosystem(), one.as_str(), other.as_str()).is_some_and(Ordering::is_gt)
        };
        let highest = |ends: Vec<&PackageVersion>| {
            ends.into_iter().reduce(|known, end| if above(end, known) { end } else { known }).cloned()
        };
        let fixed = highest(ranges.iter().filter_map(|range| range.fixed.as_ref()).collect());
        let last = || highest(ranges.iter().filter_map(|range| range.last_affected.as_ref()).collect());
        let version =
            fixed.or_else(|| last().map(|last| PackageVersion::above(&last))).unwrap_or_else(PackageVersion::none_yet);
        Fix { package, version, pro: false, ranges }
    }

    /// Adds the ranges that another source tells of the same package.
    pub fn add_ranges(&mut self, ranges: impl IntoIterator<Item = AffectedRange>) {
        let mut all = std::mem::take(&mut self.ranges);
        for range in ranges {
            if !all.contains(&range) {
                all.push(range);
            }
        }
        *self = Fix { pro: self.pro, ..Fix::of_ranges(self.package.clone(), all) };
    }
}

impl AffectedRange {
    /// Whether nothing carries the fix yet.
    pub fn is_without_end(&self) -> bool {
        self.fixed.is_none() && self.last_affected.is_none()
    }

    /// What an installed version in this range has to reach.
    pub fn need(&self) -> PackageVersion {
        match (&self.fixed, &self.last_affected) {
            (Some(fixed), _) => fixed.clone(),
            (None, Some(last)) => PackageVersion::above(last),
            (None, None) => PackageVersion::none_yet(),
        }
    }
}

/// A range as a log has it: as OSV writes it, where `0` stands before all versions.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRange {
    introduced: PackageVersion,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fixed: Option<PackageVersion>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_affected: Option<PackageVersion>,
}

/// A range where nobody reads it: in what is kept in the temporary folder.
type PlainRange = (Option<PackageVersion>, Option<PackageVersion>, Option<PackageVersion>);

/// Before all versions.
const BEGINNING: &str = "0";

impl Serialize for AffectedRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let AffectedRange { introduced, fixed, last_affected } = self.clone();
        if !serializer.is_human_readable() {
            return (introduced, fixed, last_affected).serialize(serializer);
        }
        let beginning = || PackageVersion::of_any(BEGINNING).map_err(ser::Error::custom);
        let introduced = introduced.map_or_else(beginning, Ok)?;
        WrittenRange { introduced, fixed, last_affected }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AffectedRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let (introduced, fixed, last_affected) = PlainRange::deserialize(deserializer)?;
            return Ok(AffectedRange { introduced, fixed, last_affected });
        }
        let WrittenRange { introduced, fixed, last_affected } = WrittenRange::deserialize(deserializer)?;
        let introduced = Some(introduced).filter(|introduced| introduced.as_str() != BEGINNING);
        Ok(AffectedRange { introduced, fixed, last_affected })
    }
}

/// A fix as a log has it. `ecosystem` and `ranges` stand only in what code of schema 1 can't read.
#[derive(Serialize, Deserialize)]
struct WrittenFix {
    package: String,
    version: PackageVersion,
    #[serde(default)]
    pro: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ecosystem: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ranges: Vec<AffectedRange>,
}

/// A fix where nobody reads it: in what is kept in the temporary folder.
type PlainFix = (PackageName, PackageVersion, bool, Vec<AffectedRange>);

impl Serialize for Fix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Fix { package, version, pro, ranges } = self.clone();
        if !serializer.is_human_readable() {
            return (package, version, pro, ranges).serialize(serializer);
        }
        let WrittenPackage { package, ecosystem, purl } = package.written();
        WrittenFix { package, version, pro, ecosystem, purl, ranges }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Fix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let (package, version, pro, ranges) = PlainFix::deserialize(deserializer)?;
            return Ok(Fix { package, version, pro, ranges });
        }
        let WrittenFix { package, version, pro, ecosystem, purl, ranges } = WrittenFix::deserialize(deserializer)?;
        let package = WrittenPackage { package, ecosystem, purl }.read().map_err(de::Error::custom)?;
        Ok(Fix { package, version, pro, ranges })
    }
}

/// A package as events have it. Ubuntu's have a name alone; of another distribution's `.deb` only the package URL tells which
/// release it is of.
#[derive(Debug)]
pub struct WrittenPackage {
    /// What people call it.
    pub package: String,
    /// Its ecosystem.
    pub ecosystem: Option<String>,
    /// Its package URL, where name and ecosystem don't tell all.
    pub purl: Option<String>,
}

impl PackageName {
    /// As events have it.
    pub fn written(&self) -> WrittenPackage {
        let other = !self.is_ubuntu();
        WrittenPackage {
            package: self.shown().into_owned(),
            ecosystem: other.then(|| self.ecosystem().to_owned()),
            purl: (other && self.ecosystem() == DEB).then(|| self.as_str().to_owned()),
        }
    }
}

impl WrittenPackage {
    /// Which package it is.
    ///
    /// # Errors
    /// If there is no such package.
    pub fn read(&self) -> anyhow::Result<PackageName> {
        match (&self.purl, &self.ecosystem) {
            (Some(purl), _) => PackageName::of_purl(purl),
            (None, None) => self.package.parse(),
            (None, Some(ecosystem)) => PackageName::of(ecosystem, &self.package),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fix_of_ubuntu_is_written_as_ever() {
        let written = r#"{"package":"libxslt1.1","version":"1.1.34-4ubuntu0.22.04.5","pro":false}"#;
        let fix: Fix = serde_json::from_str(written).expect("a fix");
        assert_eq!(serde_json::to_string(&fix).expect("JSON"), written);
        assert!(fix.ranges.is_empty() && fix.package.is_ubuntu());
    }

    #[test]
    fn a_fix_of_another_ecosystem_has_its_ranges() {
        let written = r#"{"package":"stdlib","version":"1.24.6","pro":false,"ecosystem":"golang","ranges":[{"introduced":"0","fixed":"1.23.12"},{"introduced":"1.24.0","fixed":"1.24.6"}]}"#;
        let fix: Fix = serde_json::from_str(written).expect("a fix");
        assert_eq!(serde_json::to_string(&fix).expect("JSON"), written);
        assert_eq!(fix.package.as_str(), "pkg:golang/stdlib");
        let again: Fix = postcard::from_bytes(&postcard::to_stdvec(&fix).expect("bytes")).expect("a fix");
        assert_eq!(again, fix);
        let written = r#"{"package":"openssl","version":"3.0.17","pro":false,"ecosystem":"deb","purl":"pkg:deb/debian/openssl?arch=source&distro=debian-12"}"#;
        let debian: Fix = serde_json::from_str(written).expect("a fix");
        assert_eq!(debian.package, PackageName::of_debian_source("openssl", "12").expect("a package"));
        assert_eq!(serde_json::to_string(&debian).expect("JSON"), written);
    }
}
