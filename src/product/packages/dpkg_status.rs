//! `/var/lib/dpkg/status`, the database of `dpkg`: stanzas of `Field: value` lines (deb822(5)).

use anyhow::{Context, Result, bail};

use super::{Format, Packages, first_line, line, package, shorten};

pub(super) const FORMAT: Format = Format { name: "`/var/lib/dpkg/status`", is_such, read };

fn is_such(text: &str) -> bool {
    first_line(text).split_once(':').is_some_and(|(field, _)| field.eq_ignore_ascii_case("package"))
}

/// What counts of one stanza.
#[derive(Default)]
struct Stanza<'a> {
    package: Option<&'a str>,
    status: Option<&'a str>,
    version: Option<&'a str>,
}

fn read(text: &str) -> Result<Packages> {
    let mut packages = Packages::default();
    let mut stanza: Option<(usize, Stanza<'_>)> = None;
    for (index, row) in text.lines().enumerate() {
        let number = index + 1;
        if row.trim().is_empty() {
            take(stanza.take(), &mut packages)?;
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
            _ => continue,
        };
        if known.replace(value.trim()).is_some() {
            bail!("{} says {field} again within one stanza; an empty line is missing", line(number));
        }
    }
    take(stanza, &mut packages)?;
    Ok(packages)
}

/// Takes the package of a stanza that begins at a line, if it is installed.
fn take(stanza: Option<(usize, Stanza<'_>)>, packages: &mut Packages) -> Result<()> {
    let Some((number, Stanza { package: name, status, version })) = stanza else { return Ok(()) };
    let place = || format!("{}, where a stanza begins", line(number));
    let name = name.with_context(|| format!("{}: it has no Package", place()))?;
    let status = status.with_context(|| {
        format!("{}: {name} has no Status; a list of what can be installed, such as apt's, proves nothing", place())
    })?;
    // dpkg-query(1): what is wanted, an error flag, the state; only in these two states no files are there.
    let state = match status.split_whitespace().collect::<Vec<_>>().as_slice() {
        [_, _, state] => *state,
        _ => bail!("{}: {name} has the Status {:?}, which is none of dpkg's", place(), shorten(status)),
    };
    if matches!(state, "not-installed" | "config-files") {
        return Ok(());
    }
    let (name, version) = package(place, name, version.unwrap_or_default())?;
    packages.insert(name, version);
    Ok(())
}
