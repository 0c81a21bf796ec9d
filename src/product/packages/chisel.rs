//! Chisel's manifest, `/var/lib/chisel/manifest.wall`: lines of JSON (jsonwall), of which those of the kind `package` count.

use std::borrow::Cow;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::listing::FoundPackages;
use super::{TextForm, first_line, line, package};

pub(super) const FORM: TextForm = TextForm { name: "Chisel's manifest", is_such, read };

#[derive(Deserialize)]
struct Heading {
    jsonwall: String,
    /// How many lines there are, with this one.
    count: Option<usize>,
}

#[derive(Deserialize)]
struct ChiselRow<'a> {
    #[serde(borrow, default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    version: Cow<'a, str>,
}

fn is_such(text: &str) -> bool {
    let first = first_line(text);
    first.starts_with('{') && first.contains("\"jsonwall\"") && serde_json::from_str::<Heading>(first).is_ok()
}

fn read(text: &str, listing: &mut FoundPackages) -> Result<()> {
    let heading: Heading = serde_json::from_str(first_line(text)).context("its first line")?;
    if !heading.jsonwall.starts_with("1.") {
        bail!("jsonwall {:?} is not understood; davos reads 1.0", heading.jsonwall);
    }
    let rows = || text.lines().enumerate().filter(|(_, row)| !row.trim().is_empty());
    let count = rows().count();
    if heading.count.is_some_and(|told| told != count) {
        bail!("it has {count} lines and says that they are {}: was it cut?", heading.count.unwrap_or_default());
    }
    for (index, row) in rows().skip(1) {
        let place = || line(index + 1);
        let ChiselRow { kind, name, version } = serde_json::from_str(row).with_context(place)?;
        match &*kind {
            "package" => listing.take(package(place, &name, &version)?)?,
            "" => bail!("{} has no kind", place()),
            _ => {}
        }
    }
    Ok(())
}
