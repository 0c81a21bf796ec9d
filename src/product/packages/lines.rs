//! `name=version` lines, the form in which the packages of a release are kept.

use anyhow::{Result, anyhow};

use super::{Packages, package};

/// Whether the first line that is not empty has this form, which the heading of `dpkg -l` has as well.
pub(super) fn is_such(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty());
    first.is_some_and(|line| line.contains('=') && !line.contains(char::is_whitespace) && !line.starts_with("Desired="))
}

/// Reads all lines.
pub(super) fn read(text: &str) -> Result<Packages> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| {
            let (name, version) = line
                .split_once('=')
                .ok_or_else(|| anyhow!("line {number} of the list of packages is no name=version: {line:?}"))?;
            package(number, name, version)
        })
        .collect()
}
