//! Lists of packages, in the forms that people and tools write.
//!
//! A form is one file: it tells whether a text has the form, and reads it. What can't be read is refused with its line, or its
//! place in the JSON, and the reason: a package that is left out silently would prove a fix, or an absence, that isn't there.

mod apt_list;
mod chisel;
mod components;
mod contents;
mod cyclonedx;
mod cyclonedx_parts;
mod dpkg_list;
mod dpkg_query;
mod dpkg_status;
mod foreign;
mod gzip;
mod json;
mod lines;
mod listing;
mod other;
mod purl;
mod sifted;
mod spdx;
mod state;
mod widths;

use std::borrow::Cow;

use anyhow::{Context, Result, bail};

pub use self::contents::Packages;
pub(super) use self::contents::{Have, Installed, counting};
use self::listing::FoundPackages;
pub(crate) use self::purl::source_of_debian;
use crate::notice::{PackageName, PackageVersion};

/// The largest list of packages that is read, in bytes, also once it is unpacked. The receipt of a root filesystem has
/// 80 kB, an SBOM that lists every file has 50 MB.
pub const LARGEST_LIST: u64 = 64 * 1024 * 1024;

/// How to write a list that tells all that counts, in every error that has nothing better to say.
const ADVICE: &str =
    "write the list with `dpkg-query -W -f '${db:Status-Abbrev}\\t${Package}\\t${Version}\\n'` or with `dpkg -l`";

/// What is read, for who gave something else.
const FORMS: &str = "davos reads the output of `dpkg -l`, `dpkg-query -W` and `apt list --installed`, /var/lib/dpkg/status and \
                     status.d, `name=version` lines, SPDX 2.2 and 2.3 and CycloneDX 1.4 to 1.7 in JSON, in-toto statements with \
                     one of these inside, Chisel's manifest, Canonical's image manifests, and gzip files of these";

/// A list of packages as it was given.
#[derive(Debug)]
pub struct PackageList {
    /// The packages that it names.
    pub packages: Packages,
    /// What people must know of it: sentences.
    pub warnings: Vec<String>,
}

/// A form in which packages are listed as text.
struct TextForm {
    /// What people call it.
    name: &'static str,
    /// Whether a text that is not empty has it.
    is_such: fn(&str) -> bool,
    read: fn(&str, &mut FoundPackages) -> Result<()>,
}

/// The forms that are no JSON; the first that says it is such reads.
const TEXTS: &[TextForm] = &[
    dpkg_list::TABLE,
    chisel::FORM,
    dpkg_status::FORM,
    apt_list::FORM,
    dpkg_query::FORM,
    lines::FORM,
    dpkg_list::ROWS,
];

impl PackageList {
    /// Reads a list of packages in any of the forms, or a gzip file of one.
    ///
    /// # Errors
    /// If the list is empty, is in no known form, or a part of it is no package with a version; the error names the line,
    /// or the place in the JSON, and where it can, what it is and what to give instead.
    pub fn read(bytes: &[u8]) -> Result<PackageList> {
        let bytes = if gzip::is_such(bytes) { Cow::Owned(gzip::unpack(bytes)?) } else { Cow::Borrowed(bytes) };
        foreign::refuse_binary(&bytes)?;
        let text = std::str::from_utf8(&bytes)
            .ok()
            .with_context(|| format!("the list of packages is no UTF-8 text; {ADVICE}"))?;
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            bail!("the list of packages is empty; {ADVICE}");
        }
        let mut listing = FoundPackages::default();
        let form = TEXTS.iter().find(|form| (form.is_such)(text));
        match form {
            Some(form) => (form.read)(text, &mut listing).with_context(|| format!("reading it as {}", form.name))?,
            None if text.trim_start().starts_with(['{', '[']) => json::read(text, &mut listing)?,
            None => return Err(foreign::unknown_text(text)),
        }
        listing.finish()
    }
}

/// The name and version at a place, with the architecture that `dpkg` may add to the name cut off.
fn package(place: impl Fn() -> String, name: &str, version: &str) -> Result<(PackageName, PackageVersion)> {
    let bare = name.split_once(':').map_or(name, |(bare, _)| bare);
    let name = bare.parse().with_context(&place)?;
    let version =
        version.parse().with_context(|| format!("{}, at {bare}: a list without versions proves no fix", place()))?;
    Ok((name, version))
}

/// The place of a line, counted from 1.
fn line(number: usize) -> String {
    format!("line {number} of the list of packages")
}

/// The first line that is not empty.
fn first_line(text: &str) -> &str {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
}

/// As much of a line as an error shows.
fn shorten(line: &str) -> String {
    line.chars().take(60).collect()
}

#[cfg(test)]
mod forms_tests;
#[cfg(test)]
mod tests;
