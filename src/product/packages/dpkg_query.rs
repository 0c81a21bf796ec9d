//! The output of `dpkg-query -W`: a name, a tab, a version. It is never cut, whatever the terminal.

use anyhow::{Context, Result};

use super::{Format, Packages, first_line, line, package, shorten};

pub(super) const FORMAT: Format = Format { name: "the output of `dpkg-query -W`", is_such, read };

fn is_such(text: &str) -> bool {
    let name = first_line(text).split_once('\t').map(|(name, _)| name);
    name.is_some_and(|name| !name.is_empty() && !name.contains([' ', '=', '"', '{']))
}

fn read(text: &str) -> Result<Packages> {
    text.lines()
        .enumerate()
        .filter(|(_, row)| !row.trim().is_empty())
        .map(|(index, row)| {
            let place = || line(index + 1);
            let (name, version) = row.split_once('\t').with_context(|| {
                format!("{} is no name and version with a tab between: {:?}", place(), shorten(row))
            })?;
            package(place, name, version.trim())
        })
        .collect()
}
