//! What the notices of a log ask for, in little room: thousands of notices name the same packages and versions.

use std::borrow::Cow;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::notice::{AffectedRange, Fix, PackageName, PackageVersion};
use crate::product::Globs;
use crate::text::{Name, Names};

/// The fixes of a log's notices.
#[derive(Debug, Default)]
pub(super) struct Fixes {
    /// The names of packages, and the versions.
    names: Names,
    /// List after list, each in the form of [`postcard`].
    lists: Vec<u8>,
}

/// Where the fixes of a notice are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixList {
    start: u32,
    end: u32,
}

/// Packages, one after the other in a list, that need the same version.
#[derive(Serialize, Deserialize)]
struct FixGroup {
    version: u32,
    pro: bool,
    packages: Vec<u32>,
    ranges: Vec<AffectedRange>,
}

/// All fixes as they are kept in a file.
#[derive(Serialize, Deserialize)]
pub(super) struct FixParts<'a> {
    text: &'a str,
    ends: Vec<u32>,
    lists: &'a [u8],
}

impl Fixes {
    /// What was kept in a file; `None` if it doesn't fit together.
    pub(super) fn of_parts(parts: FixParts<'_>) -> Option<Fixes> {
        Some(Fixes { names: Names::of_parts(parts.text, parts.ends)?, lists: parts.lists.to_vec() })
    }

    /// What is to be kept in a file.
    pub(super) fn parts(&self) -> FixParts<'_> {
        let (text, ends) = self.names.parts();
        FixParts { text, ends: ends.to_vec(), lists: &self.lists }
    }

    /// Keeps the fixes of a notice.
    ///
    /// # Errors
    /// If they can't be encoded, which plain numbers can.
    pub(super) fn keep(&mut self, fixes: &[Fix]) -> Result<FixList> {
        let start = self.lists.len();
        for same in
            fixes.chunk_by(|one, next| one.version == next.version && one.pro == next.pro && one.ranges == next.ranges)
        {
            let Some(first) = same.first() else { continue };
            let packages = same.iter().map(|fix| self.names.keep(fix.package.as_str()).0).collect();
            let version = self.names.keep(first.version.as_str()).0;
            let group = FixGroup { version, pro: first.pro, packages, ranges: first.ranges.clone() };
            self.lists.extend(postcard::to_stdvec(&group)?);
        }
        Ok(FixList { start: u32::try_from(start)?, end: u32::try_from(self.lists.len())? })
    }

    /// The fixes of a notice, in their order.
    pub(super) fn list(&self, list: FixList) -> Vec<Fix> {
        let mut fixes = Vec::new();
        for FixGroup { version, pro, packages, ranges } in self.groups(list) {
            let Ok(version) = PackageVersion::of_any(self.names.text(Name(version))) else { continue };
            let packages =
                packages.into_iter().filter_map(|package| PackageName::known(self.names.text(Name(package))).ok());
            fixes.extend(packages.map(|package| Fix {
                package,
                version: version.clone(),
                pro,
                ranges: ranges.clone(),
            }));
        }
        fixes
    }

    /// The names of the packages in a list, as people call them.
    pub(super) fn packages(&self, list: FixList) -> impl Iterator<Item = Cow<'_, str>> {
        self.numbers(list).map(|package| shown(self.names.text(Name(package))))
    }

    /// Tells which lists name a package that the globs match. Each name is matched once, however many lists have it.
    pub(super) fn naming(&self, globs: &Globs) -> impl Fn(FixList) -> bool {
        let matching: Vec<bool> = self.names.all().map(|name| globs.matches(&shown(name))).collect();
        move |list| self.numbers(list).any(|package| matching.get(package as usize) == Some(&true))
    }

    fn numbers(&self, list: FixList) -> impl Iterator<Item = u32> {
        self.groups(list).flat_map(|group| group.packages)
    }

    fn groups(&self, list: FixList) -> impl Iterator<Item = FixGroup> {
        let mut rest = self.lists.get(list.start as usize..list.end as usize).unwrap_or_default();
        std::iter::from_fn(move || {
            let (group, after) = postcard::take_from_bytes(rest).ok()?;
            rest = after;
            Some(group)
        })
    }
}

/// What people call a package that is known by this text.
fn shown(package: &str) -> Cow<'_, str> {
    match package.starts_with("pkg:").then(|| PackageName::known(package)) {
        Some(Ok(name)) => Cow::Owned(name.shown().into_owned()),
        _ => Cow::Borrowed(package),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix((package, version, pro): (&str, &str, bool)) -> Fix {
        Fix::deb(package.parse().expect("a name"), version.parse().expect("a version"), pro)
    }

    #[test]
    fn lists_come_back_as_they_were() {
        let lists = [
            vec![("gpgv", "2.2", false), ("gpg", "2.2", false), ("gpg", "2.2", true), ("dirmngr", "2.3", true)],
            vec![],
            vec![("gpg", "2.2", false), ("openssl", "3.0", false), ("gpgv", "2.2", false)],
        ]
        .map(|list| list.into_iter().map(fix).collect::<Vec<_>>());
        let mut fixes = Fixes::default();
        let kept: Vec<FixList> = lists.iter().map(|list| fixes.keep(list).expect("kept")).collect();
        let again = Fixes::of_parts(fixes.parts()).expect("the parts fit");
        for (list, kept) in lists.iter().zip(kept) {
            assert_eq!(&again.list(kept), list);
            assert!(again.packages(kept).eq(list.iter().map(|fix| fix.package.shown())));
        }
        assert_eq!(again.names.size(), "gpgvgpgdirmngropenssl2.22.33.0".len());
    }
}
