//! The output of `dpkg -l`, as kept in the receipt of a root filesystem.

use anyhow::{Result, bail};

use super::{Packages, package};

/// Reads the rows below the heading, or all rows where there is no heading.
pub(super) fn read(text: &str) -> Result<Packages> {
    let heading = text.lines().position(|line| line.starts_with("+++-"));
    text.lines()
        .enumerate()
        .skip(heading.map_or(0, |line| line + 1))
        .filter(|(_, line)| !line.trim().is_empty())
        .filter_map(|(index, line)| row(index + 1, line).transpose())
        .collect()
}

/// The package of one row; `None` if it is not, or no longer, installed.
fn row(number: usize, line: &str) -> Result<Option<(crate::notice::PackageName, crate::notice::DebianVersion)>> {
    let mut words = line.split_whitespace();
    let (Some(status), Some(name), Some(version)) = (words.next(), words.next(), words.next()) else {
        bail!(
            "line {number} of the list of packages is neither a row of `dpkg -l` nor `name=version`, the forms that davos reads: {:?}",
            shorten(line)
        );
    };
    // dpkg-query(1): the wanted state, the state, and an error flag; only `n` and `c` mean that no files are there.
    let mut letters = status.chars();
    let (wanted, state, error) = (letters.next(), letters.next(), letters.next());
    let valid = wanted.is_some_and(|c| "uihrp".contains(c))
        && state.is_some_and(|c| "ncHUFWti".contains(c))
        && error.is_none_or(|c| c == 'R')
        && letters.next().is_none();
    if !valid {
        bail!(
            "line {number} of the list of packages is neither a row of `dpkg -l` nor `name=version`, the forms that davos reads: {:?}",
            shorten(line)
        );
    }
    if matches!(state, Some('n' | 'c')) {
        return Ok(None);
    }
    package(number, name, version).map(Some)
}

fn shorten(line: &str) -> String {
    line.chars().take(60).collect()
}
