//! The output of `dpkg -l`, as kept in the receipt of a root filesystem.

use anyhow::{Result, bail};

use super::widths::Widths;
use super::{Format, Packages, line, package, shorten};
use crate::notice::{DebianVersion, PackageName};

pub(super) const FORMAT: Format = Format { name: "the output of `dpkg -l`", is_such, read };

/// What stands above the heading may be anything; JSON of another kind is told apart for the sake of the message.
fn is_such(text: &str) -> bool {
    !text.trim_start().starts_with(['{', '['])
}

/// Reads the rows below the heading, or all rows where there is no heading.
fn read(text: &str) -> Result<Packages> {
    let heading = text.lines().enumerate().find(|(_, line)| line.starts_with("+++-"));
    let rows = |text| str::lines(text).skip(heading.map_or(0, |(index, _)| index + 1));
    let widths = heading.map_or_else(|| Widths::of_rows(rows(text)), |(_, line)| Widths::of_heading(line));
    text.lines()
        .enumerate()
        .skip(heading.map_or(0, |(index, _)| index + 1))
        .filter(|(_, line)| !line.trim().is_empty())
        .filter_map(|(index, line)| row(index + 1, line, widths).transpose())
        .collect()
}

/// The package of one row; `None` if it is not, or no longer, installed.
fn row(number: usize, text: &str, widths: Widths) -> Result<Option<(PackageName, DebianVersion)>> {
    let mut words = text.split_whitespace();
    let (Some(status), Some(name), Some(version)) = (words.next(), words.next(), words.next()) else {
        bail!("{} is no row of `dpkg -l`: {:?}", line(number), shorten(text));
    };
    // dpkg-query(1): the wanted state, the state, and an error flag; only `n` and `c` mean that no files are there.
    let mut letters = status.chars();
    let (wanted, state, error) = (letters.next(), letters.next(), letters.next());
    let valid = wanted.is_some_and(|c| "uihrp".contains(c))
        && state.is_some_and(|c| "ncHUFWti".contains(c))
        && error.is_none_or(|c| c == 'R')
        && letters.next().is_none();
    if !valid {
        bail!("{} is no row of `dpkg -l`: {:?}", line(number), shorten(text));
    }
    if matches!(state, Some('n' | 'c')) {
        return Ok(None);
    }
    let package = package(|| line(number), name, version)?;
    // With an architecture after it, the version was not cut off at the end of the line.
    if words.next().is_none() || widths.may_cut(name, version) {
        bail!(
            "{}: {name} {version} may have lost its end, as `dpkg -l` cuts what doesn't fit the terminal; a version that \
             is cut proves nothing. Write the list with `dpkg-query -W`, or with `dpkg -l | cat`",
            line(number)
        );
    }
    Ok(Some(package))
}
