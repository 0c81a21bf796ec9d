//! `name=version` lines, the form in which the packages of a release are kept.

use anyhow::{Context, Result};

use super::other::OtherDeb;
use super::{Format, Packages, first_line, line, package, shorten};
use crate::notice::DebianVersion;

pub(super) const FORMAT: Format = Format { name: "`name=version` lines", is_such, read };

/// Two lines of the heading of `dpkg -l` have this form as well.
fn is_such(text: &str) -> bool {
    let first = first_line(text).trim();
    let heading = first.starts_with("Desired=") || first.starts_with("+++-");
    first.contains('=') && !first.contains(char::is_whitespace) && !heading
}

/// The list of a release as it was kept: a word may stand for a version there, and what can't be compared is a package URL.
pub(super) fn kept(text: &str) -> Result<Packages> {
    let mut packages = Packages::default();
    for (index, row) in text.lines().enumerate() {
        let place = || line(index + 1);
        if let Some(other) = OtherDeb::of_purl(row) {
            let (name, other) = other.with_context(place)?;
            packages.insert_other(name, other);
            continue;
        }
        let (name, version) =
            row.split_once('=').with_context(|| format!("{} is no name=version: {:?}", place(), shorten(row)))?;
        packages.insert(name.parse().with_context(place)?, DebianVersion::recorded(version).with_context(place)?);
    }
    Ok(packages)
}

fn read(text: &str) -> Result<Packages> {
    text.lines()
        .enumerate()
        .map(|(index, row)| (index + 1, row.trim()))
        .filter(|(_, row)| !row.is_empty())
        .map(|(number, row)| {
            let (name, version) = row
                .split_once('=')
                .with_context(|| format!("{} is no name=version: {:?}", line(number), shorten(row)))?;
            package(|| line(number), name, version)
        })
        .collect()
}
