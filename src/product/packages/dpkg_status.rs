//! `/var/lib/dpkg/status`, the database of `dpkg`: stanzas of `Field: value` lines (deb822(5)); and the files of `status.d`, in
//! which distroless images keep the stanzas that their packages came with, without a Status.

use anyhow::{Context, Result, bail};

use super::listing::FoundPackages;
use super::{ADVICE, TextForm, first_line, line, package, shorten, state};

pub(super) const FORM: TextForm = TextForm { name: "/var/lib/dpkg/status", is_such, read };

fn is_such(text: &str) -> bool {
    first_line(text).split_once(':').is_some_and(|(field, _)| field.eq_ignore_ascii_case("package"))
}

/// What counts of one stanza.
#[derive(Default)]
struct Stanza<'a> {
    package: Option<&'a str>,
    status: Option<&'a str>,
    version: Option<&'a str>,
    /// Whether it has what only stanzas of an archive have: what could be installed.
    of_archive: bool,
}

fn read(text: &str, listing: &mut FoundPackages) -> Result<()> {
    // Whether the stanzas have a Status: all of a list, or none.
    let mut with_status = None;
    let mut stanza: Option<(usize, Stanza<'_>)> = None;
    for (index, row) in text.lines().enumerate() {
        let number = index + 1;
        if row.trim().is_empty() {
            take(stanza.take(), &mut with_status, listing)?;
            continue;
        }
        let (_, fields) = stanza.get_or_insert_with(|| (number, Stanza::default()));
        if row.starts_with([' ', '\t']) {
            continue; // It continues the value above.
        }
        let (field, value) = row
            .split_once(':')
            .with_context(|| format!("{} is no field of a status file: {:?}", line(number), shorten(row)))?;
        let known = match field.to_ascii_lowercase().as_str() {
            "package" => &mut fields.package,
            "status" => &mut fields.status,
            "version" => &mut fields.version,
            "filename" | "size" | "md5sum" | "sha1" | "sha256" | "sha512" => {
                fields.of_archive = true;
                continue;
            }
            _ => continue,
        };
        if known.replace(value.trim()).is_some() {
            bail!("{} says {field} again within one stanza; an empty line is missing", line(number));
        }
    }
    take(stanza, &mut with_status, listing)
}

/// Takes the package of a stanza that begins at a line, if it is installed.
fn take(
    stanza: Option<(usize, Stanza<'_>)>,
    with_status: &mut Option<bool>,
    listing: &mut FoundPackages,
) -> Result<()> {
    let Some((number, Stanza { package: name, status, version, of_archive })) = stanza else { return Ok(()) };
    let place = || format!("{}, where a stanza begins", line(number));
    let name = name.with_context(|| format!("{}: it has no Package", place()))?;
    if status.is_none() && of_archive {
        bail!(
            "{}: {name} has no Status; a list of what can be installed, such as apt's, proves nothing; {ADVICE}",
            place()
        );
    }
    if *with_status.get_or_insert(status.is_some()) != status.is_some() {
        bail!("{}: {name} has {} Status, unlike those above", place(), if status.is_some() { "a" } else { "no" });
    }
    if let Some(status) = status {
        // What is wanted, an error flag, the state.
        let installed = Some(status).filter(|status| status.split_whitespace().count() == 3).and_then(state::of_words);
        match installed {
            None => bail!("{}: {name} has the Status {:?}, which is none of dpkg's", place(), shorten(status)),
            Some(false) => return Ok(()),
            Some(true) => {}
        }
    }
    listing.take(package(place, name, version.unwrap_or_default())?)
}
