//! The output of `dpkg -l`, as kept in the receipt of a root filesystem.

use anyhow::{Result, bail};

use super::listing::FoundPackages;
use super::widths::Widths;
use super::{ADVICE, TextForm, first_line, line, package, shorten, state};
use crate::notice::{PackageName, PackageVersion};

/// With its heading, whose last line is the same in every language. What stands above it may be anything.
pub(super) const TABLE: TextForm = TextForm { name: "the output of `dpkg -l`", is_such: has_heading, read };

/// Its rows alone.
pub(super) const ROWS: TextForm = TextForm { name: "the output of `dpkg -l`", is_such: has_row, read };

fn is_heading(line: &str) -> bool {
    line.starts_with("+++-")
}

fn has_heading(text: &str) -> bool {
    text.lines().any(is_heading)
}

fn has_row(text: &str) -> bool {
    first_line(text).split_whitespace().next().is_some_and(|status| state::of_letters(status).is_some())
}

/// Reads the rows below the heading, or all rows where there is no heading.
fn read(text: &str, listing: &mut FoundPackages) -> Result<()> {
    let heading = text.lines().enumerate().find(|(_, line)| is_heading(line));
    let below = heading.map_or(0, |(index, _)| index + 1);
    let widths = match heading {
        Some((_, line)) => Widths::of_heading(line),
        None => Widths::of_rows(text.lines()),
    };
    for (index, text) in text.lines().enumerate().skip(below).filter(|(_, line)| !line.trim().is_empty()) {
        if let Some(package) = row(index + 1, text, widths)? {
            listing.take(package)?;
        }
    }
    Ok(())
}

/// The package of one row; `None` if it is not, or no longer, installed.
fn row(number: usize, text: &str, widths: Widths) -> Result<Option<(PackageName, PackageVersion)>> {
    let mut words = text.split_whitespace();
    let (Some(status), Some(name), Some(version)) = (words.next(), words.next(), words.next()) else {
        bail!("{} is no row of `dpkg -l`: {:?}", line(number), shorten(text));
    };
    match state::of_letters(status) {
        None => bail!("{} is no row of `dpkg -l`: {:?}", line(number), shorten(text)),
        Some(false) => return Ok(None),
        Some(true) => {}
    }
    let package = package(|| line(number), name, version)?;
    // With an architecture after it, the version was not cut off at the end of the line.
    if words.next().is_none() || widths.may_cut(name, version) {
        bail!(
            "{}: {name} {version} may have lost its end, as `dpkg -l` cuts what doesn't fit the terminal; a version that \
             is cut proves nothing; {ADVICE}, into a file or a pipe",
            line(number)
        );
    }
    Ok(Some(package))
}
