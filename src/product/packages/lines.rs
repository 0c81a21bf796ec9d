//! `name=version` lines, the form in which the packages of a release are kept; and package URLs, in which it keeps what can't
//! be compared.

use anyhow::{Context, Result, bail};

use super::listing::FoundPackages;
use super::{ADVICE, TextForm, first_line, line, package, purl, shorten};

pub(super) const FORM: TextForm = TextForm { name: "`name=version` lines", is_such, read };

fn is_such(text: &str) -> bool {
    let first = first_line(text).trim();
    (first.contains('=') || first.starts_with("pkg:"))
        && !first.contains(char::is_whitespace)
        && !first.starts_with(['{', '[', '<'])
}

fn read(text: &str, listing: &mut FoundPackages) -> Result<()> {
    let rows = text.lines().enumerate().map(|(index, row)| (index + 1, row.trim()));
    for (number, row) in rows.filter(|(_, row)| !row.is_empty()) {
        let place = || line(number);
        if row.starts_with("pkg:") {
            purl::take(row, purl::Beside::default(), &place, listing)?;
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
