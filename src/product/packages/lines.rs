//! `name=version` lines, the form in which the packages of a release are kept.

use anyhow::{Context, Result};

use super::{Format, Packages, first_line, line, package, shorten};

pub(super) const FORMAT: Format = Format { name: "`name=version` lines", is_such, read };

/// Two lines of the heading of `dpkg -l` have this form as well.
fn is_such(text: &str) -> bool {
    let first = first_line(text).trim();
    let heading = first.starts_with("Desired=") || first.starts_with("+++-");
    first.contains('=') && !first.contains(char::is_whitespace) && !heading
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
