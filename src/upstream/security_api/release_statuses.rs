//! `packages` of `cves/<id>.json`: where the source packages of a CVE stand in one release of Ubuntu.
//!
//! Whatever isn't understood says nothing: half an answer must not take a notice from anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::json::Plain;
use crate::notice::Unfixed;
use crate::text::{cut, one_line, shortened};

/// About the most bytes that are kept of one CVE; one of the kernel's with two hundred packages takes some 5 kB. Of one that has
/// more, nothing is believed.
const SIZE_LIMIT: usize = 64 << 10;
/// The longest name of a source package; the longest real one has some forty characters.
pub(super) const LONGEST_NAME: usize = 100;
/// The longest reason that is kept, in characters.
const LONGEST_REASON: usize = 200;

/// Where the source packages of a CVE stand in one release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseStatuses {
    /// The packages that are not affected in the release, or don't exist there.
    clear: BTreeSet<Box<str>>,
    /// The packages that nobody fixes there, and why.
    unfixed: BTreeMap<Box<str>, (Unfixed, String)>,
}

impl ReleaseStatuses {
    /// Whether each of these source packages is said not to be affected. Of no packages, and of one that isn't named, nothing is
    /// said.
    pub fn are_clear(&self, sources: &[Box<str>]) -> bool {
        !sources.is_empty() && sources.iter().all(|source| self.clear.contains(source))
    }

    /// Those of these source packages that nobody fixes, and why.
    pub fn unfixed_of<'a>(&'a self, sources: &'a [Box<str>]) -> impl Iterator<Item = (&'a str, Unfixed, &'a str)> {
        sources.iter().filter_map(|source| {
            let (status, reason) = self.unfixed.get(source)?;
            Some((&**source, *status, reason.as_str()))
        })
    }
}

/// What is told of one source package.
#[derive(Default)]
struct PackageStatus {
    name: Option<Box<str>>,
    /// Whether all that is said of the release is that it isn't affected; `None` if nothing is said.
    clear: Option<bool>,
    unfixed: Option<(Unfixed, String)>,
}

/// What is told of one package in one release.
#[derive(Default)]
struct StatusRow {
    codename: Plain,
    status: Plain,
    description: Plain,
}

/// All packages of a CVE, while they are read.
#[derive(Default)]
struct CollectedStatuses {
    statuses: ReleaseStatuses,
    /// What stands as affected somewhere: a package that is named twice is clear only if both say so.
    affected: BTreeSet<Box<str>>,
    size: usize,
}

impl CollectedStatuses {
    fn add(&mut self, package: PackageStatus) {
        let (Some(name), Some(clear)) = (package.name, package.clear) else { return };
        if self.size > SIZE_LIMIT {
            return;
        }
        self.size += name.len() + 24 + package.unfixed.as_ref().map_or(0, |(_, reason)| reason.len());
        if !clear {
            self.statuses.clear.remove(&name);
            self.affected.insert(name.clone());
        } else if !self.affected.contains(&name) {
            self.statuses.clear.insert(name.clone());
        }
        if let Some(unfixed) = package.unfixed {
            self.statuses.unfixed.insert(name, unfixed);
        }
    }

    fn whole(self) -> ReleaseStatuses {
        if self.size > SIZE_LIMIT { ReleaseStatuses::default() } else { self.statuses }
    }
}

impl StatusRow {
    /// Takes in what it says of the release of this name, if it is about that.
    fn told_to(self, codename: &str, package: &mut PackageStatus) {
        let word = |plain: Plain| match plain {
            Plain::Text(text) => text,
            _ => String::new(),
        };
        if word(self.codename) != codename {
            return;
        }
        let status = word(self.status);
        let clear = matches!(status.as_str(), "not-affected" | "DNE");
        package.clear = Some(clear && package.clear.unwrap_or(true));
        if let Ok(unfixed) = status.parse::<Unfixed>() {
            // One line, and printable, however it was written.
            let reason = one_line(&cut(&word(self.description), 8 * LONGEST_REASON));
            package.unfixed = Some((unfixed, shortened(&reason, LONGEST_REASON)));
        }
    }
}

/// Reads the packages as they concern the release of this name.
pub(super) struct InCodename<'a>(pub(super) &'a str);

/// Reads one package.
struct OnePackage<'a>(&'a str);

/// Reads the statuses of a package.
struct Rows<'a, 'b>(&'a str, &'b mut PackageStatus);

/// Reads one status.
struct OneRow;

/// A reader of an object or a list that takes everything else for nothing.
macro_rules! nothing_else {
    (none $nothing:expr) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("packages with their statuses")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok($nothing)
        }
    };
    (list $nothing:expr) => {
        nothing_else!(none $nothing);

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok($nothing)
        }
    };
    (object $nothing:expr) => {
        nothing_else!(none $nothing);

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($nothing)
        }
    };
}

macro_rules! anything {
    ($($name:ty => $value:ty),*) => {$(
        impl<'de> DeserializeSeed<'de> for $name {
            type Value = $value;

            fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
                json.deserialize_any(self)
            }
        }
    )*};
}

anything!(InCodename<'_> => ReleaseStatuses, OnePackage<'_> => PackageStatus, Rows<'_, '_> => (), OneRow => StatusRow);

impl<'de> Visitor<'de> for InCodename<'_> {
    type Value = ReleaseStatuses;

    nothing_else!(object ReleaseStatuses::default());

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut collected = CollectedStatuses::default();
        while let Some(package) = list.next_element_seed(OnePackage(self.0))? {
            collected.add(package);
        }
        Ok(collected.whole())
    }
}

impl<'de> Visitor<'de> for OnePackage<'_> {
    type Value = PackageStatus;

    nothing_else!(list PackageStatus::default());

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut package = PackageStatus::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" => {
                    let Plain::Text(name) = map.next_value()? else { continue };
                    package.name = (name.len() <= LONGEST_NAME).then(|| name.into());
                }
                "statuses" => map.next_value_seed(Rows(self.0, &mut package))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(package)
    }
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();

    nothing_else!(object());

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while let Some(row) = list.next_element_seed(OneRow)? {
            row.told_to(self.0, self.1);
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for OneRow {
    type Value = StatusRow;

    nothing_else!(list StatusRow::default());

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut row = StatusRow::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "release_codename" => row.codename = map.next_value()?,
                "status" => row.status = map.next_value()?,
                "description" => row.description = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(row)
    }
}

#[cfg(test)]
mod tests;
