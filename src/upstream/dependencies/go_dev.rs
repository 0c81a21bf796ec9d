//! go.dev's list: `https://go.dev/dl/?mode=json&include=all`.
//!
//! Confirmed in golang/website, `internal/dl/dl.go` and `server.go`: a list of `{version, stable, files}`, newest
//! first, `stable` being whether the version has neither `beta` nor `rc` in it; without `include=all` only the newest
//! of the two supported lines come. No day is told. `/dl/go1.25.4` leads to that version's part of the page.

use anyhow::Result;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, List, ToldValue};
use super::reading::{VersionsReading, notes};
use super::{UpstreamVersion, UpstreamVersions, tag};

#[derive(Deserialize)]
struct GoRelease<'a> {
    #[serde(borrow)]
    version: Option<&'a RawValue>,
    #[serde(borrow)]
    stable: Option<&'a RawValue>,
}

/// Reads the list.
///
/// # Errors
/// If it has no version.
pub(super) fn read(list: &List<'_>) -> Result<UpstreamVersions> {
    let mut reading = VersionsReading::default();
    reading.beyond(list.more);
    for (number, entry) in list.entries.iter().enumerate() {
        reading.entry();
        let place = format!("[{number}]");
        let release: GoRelease = match json::object(entry.get(), &place) {
            Ok(release) => release,
            Err(error) => {
                reading.trouble(&format!("{error}, so left out"));
                continue;
            }
        };
        let (version, stable) = (ToldValue::of(release.version), ToldValue::of(release.stable));
        let ToldValue::Text(name) = &version else {
            reading.trouble(&format!("{place}.version is {version} and no text, so left out"));
            continue;
        };
        let Some(named) = tag::named(name, &["go"]) else {
            reading.unnamed(name);
            continue;
        };
        // What doesn't say that it is stable is told by its name.
        let is_prerelease = named.is_prerelease || matches!(stable, ToldValue::Truth(false));
        if !matches!(stable, ToldValue::Truth(_) | ToldValue::Nothing) {
            reading.trouble(&format!("{place}.stable is {stable} and neither true nor false; its name decides"));
        }
        let url = Some(format!("https://go.dev/dl/#go{}", named.version));
        let notes = notes(name);
        reading.version(UpstreamVersion { version: named.version, published: None, url, is_prerelease, notes });
    }
    reading.finish("version")
}
