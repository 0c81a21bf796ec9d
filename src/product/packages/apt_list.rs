//! The output of `apt list --installed`: `name/suite,now version architecture [installed,automatic]`.

use anyhow::{Result, bail};

use super::listing::FoundPackages;
use super::{ADVICE, TextForm, line, package, shorten};

pub(super) const FORM: TextForm = TextForm { name: "the output of `apt list --installed`", is_such, read };

/// A row: the name, the version, and what is in the brackets.
struct AptRow<'a> {
    name: &'a str,
    version: &'a str,
    state: &'a str,
}

/// `Listing...` or `Auflistung…` stands above, and where stderr was caught, a warning.
fn is_such(text: &str) -> bool {
    text.lines().filter(|line| !line.trim().is_empty()).take(4).any(|line| row(line).is_some())
}

fn row(line: &str) -> Option<AptRow<'_>> {
    let (line, state) = match line.trim_end().split_once(" [") {
        Some((line, state)) => (line, state.strip_suffix(']')?),
        None => (line, ""),
    };
    let mut words = line.split_whitespace();
    let (place, version, _architecture) = (words.next()?, words.next()?, words.next()?);
    let (name, suites) = place.split_once('/')?;
    let plain =
        !name.is_empty() && !suites.is_empty() && !suites.contains('/') && !line.starts_with(char::is_whitespace);
    let digit = version.starts_with(|c: char| c.is_ascii_digit());
    (plain && digit && words.next().is_none()).then_some(AptRow { name, version, state })
}

fn read(text: &str, listing: &mut FoundPackages) -> Result<()> {
    let mut begun = false;
    for (index, text) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = || line(index + 1);
        let Some(AptRow { name, version, state }) = row(text) else {
            let above = !begun && !text.contains('/');
            if above || text.starts_with("WARNING: ") || text.starts_with("N: ") {
                continue;
            }
            bail!("{} is no row of `apt list`: {:?}; {ADVICE}", place(), shorten(text));
        };
        begun = true;
        match state.split(',').next().unwrap_or_default() {
            "installed" => listing.take(package(place, name, version)?)?,
            "residual-config" => {}
            _ => bail!(
                "{}: nothing says that {name} {version} is installed, so it is no row of `LC_ALL=C apt list --installed`; {ADVICE}",
                place()
            ),
        }
    }
    Ok(())
}
