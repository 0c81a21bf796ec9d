//! `name=version` lines, the form in which the packages of a release are kept; and package URLs, in which it keeps what can't
//! be compared.

use anyhow::{Context, Result, bail};

use super::listing::FoundPackages;
use super::other::OtherDeb;
use super::{ADVICE, Packages, TextForm, first_line, line, package, purl, shorten};
use crate::notice::DebianVersion;

pub(super) const FORM: TextForm = TextForm { name: "`name=version` lines", is_such, read };

fn is_such(text: &str) -> bool {
    let first = first_line(text).trim();
    (first.contains('=') || first.starts_with("pkg:"))
        && !first.contains(char::is_whitespace)
        && !first.starts_with(['{', '[', '<'])
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

fn read(text: &str, listing: &mut FoundPackages) -> Result<()> {
    let rows = text.lines().enumerate().map(|(index, row)| (index + 1, row.trim()));
    for (number, row) in rows.filter(|(_, row)| !row.is_empty()) {
        let place = || line(number);
        if row.starts_with("pkg:") {
            purl::take(row, None, &place, listing)?;
            continue;
        }
        if row.contains("==") {
            bail!("{} is of pip's list of Python packages: {:?}; {ADVICE}", place(), shorten(row));
        }
        let (name, version) =
            row.split_once('=').with_context(|| format!("{} is no name=version: {:?}", place(), shorten(row)))?;
        listing.take(package(place, name, version)?)?;
    }
    Ok(())
}
