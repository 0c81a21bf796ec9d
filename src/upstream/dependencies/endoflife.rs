//! A product of endoflife.date, of its API's version 1 or 0.
//!
//! Confirmed in endoflife-date/endoflife.date and in answers of 1.2.1 that others have quoted:
//! - version 1 (`_plugins/generate-api-v1.rb`, `api_v1/openapi.yml`), `/api/v1/products/NAME`: `{schema_version,
//!   generated_at, last_modified, result: {name, label, …, releases: [{name, label, releaseDate, isEol, eolFrom, …,
//!   latest: {name, date, link}}]}}`. `eolFrom` is null where the day is not known, `latest` where the product has no
//!   such column, `date` and `link` where they aren't known. `isEol` is true from the day after `eolFrom`, as of
//!   `generated_at`.
//! - version 0 (`_plugins/generate-api-v0.rb`, `assets/openapi.yml`), `/api/NAME.json`: `[{cycle, releaseDate, eol,
//!   latest, latestReleaseDate, link, lts}]`. `eol` is a day or whether it has ended, `cycle` in old answers a number.
//! - A product that isn't there is answered with a page in HTML, by the documentation of the API.

use anyhow::{Result, anyhow, bail, ensure};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, List, ToldValue};
use super::reading::{VersionsReading, notes, web};
use super::{ADVICE, ReleaseLine, UpstreamVersion, UpstreamVersions, VERSIONS, first_keys, is_of_line, tag};
use crate::notice::Published;
use crate::text::{cut, quoted};

/// The longest name of a line.
const LINE_LIMIT: usize = 64;

#[derive(Deserialize)]
struct ProductAnswer<'a> {
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct EolProduct<'a> {
    #[serde(borrow)]
    releases: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EolRelease<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    label: Option<&'a RawValue>,
    #[serde(borrow)]
    is_eol: Option<&'a RawValue>,
    #[serde(borrow)]
    eol_from: Option<&'a RawValue>,
    #[serde(borrow)]
    latest: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct Latest<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    date: Option<&'a RawValue>,
    #[serde(borrow)]
    link: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cycle<'a> {
    #[serde(borrow)]
    cycle: Option<&'a RawValue>,
    #[serde(borrow)]
    eol: Option<&'a RawValue>,
    #[serde(borrow)]
    latest: Option<&'a RawValue>,
    #[serde(borrow)]
    latest_release_date: Option<&'a RawValue>,
    #[serde(borrow)]
    link: Option<&'a RawValue>,
}

/// Reads an answer of version 1.
///
/// # Errors
/// If it is another object, or has no version.
pub(super) fn read_product(text: &str) -> Result<UpstreamVersions> {
    let answer: ProductAnswer = json::object(text, "the list of versions")?;
    let Some(result) = answer.result else { return Err(other_object(text, &answer)) };
    ensure!(
        !result.get().starts_with('['),
        "the list of versions is one of all products of endoflife.date; give https://endoflife.date/api/v1/products/NAME"
    );
    let product: EolProduct = json::object(result.get(), "result of the list of versions")?;
    let Some(releases) = product.releases else {
        let what = if json::keys(result).is_some_and(|keys| keys.iter().any(|key| key == "isEol")) {
            "a single release of endoflife.date; give its product"
        } else {
            "JSON whose result has no releases; give a product of endoflife.date"
        };
        bail!("the list of versions is {what}, https://endoflife.date/api/v1/products/NAME");
    };
    let list = json::list(releases.get(), VERSIONS, "result.releases of the list of versions")?;
    let mut reading = VersionsReading::default();
    reading.beyond(list.more);
    for (number, entry) in list.entries.iter().enumerate() {
        let place = format!("result.releases[{number}]");
        if let Err(error) = read_release(entry, &place, &mut reading) {
            reading.trouble(&format!("{error}, so left out"));
        }
    }
    reading.finish("release line")
}

fn read_release(entry: &RawValue, place: &str, reading: &mut VersionsReading) -> Result<()> {
    reading.entry();
    let release: EolRelease = json::object(entry.get(), place)?;
    let latest = match release.latest {
        None => Latest::default(),
        Some(latest) => json::object(latest.get(), &format!("{place}.latest")).unwrap_or_else(|error| {
            // The end of a line's life matters without its versions.
            reading.trouble(&error.to_string());
            Latest::default()
        }),
    };
    let line = Line {
        name: ("name", ToldValue::of(release.name)),
        is_ended: ("isEol", ToldValue::of(release.is_eol)),
        end_of_life: ("eolFrom", ToldValue::of(release.eol_from)),
        latest: ("latest.name", ToldValue::of(latest.name)),
        published: ("latest.date", ToldValue::of(latest.date)),
        link: ToldValue::of(latest.link),
        label: ToldValue::of(release.label),
    };
    line.read(place, reading);
    Ok(())
}

/// Reads an answer of version 0.
///
/// # Errors
/// If it has no version.
pub(super) fn read_cycles(list: &List<'_>) -> Result<UpstreamVersions> {
    let mut reading = VersionsReading::default();
    reading.beyond(list.more);
    for (number, entry) in list.entries.iter().enumerate() {
        reading.entry();
        let place = format!("[{number}]");
        let cycle: Cycle = match json::object(entry.get(), &place) {
            Ok(cycle) => cycle,
            Err(error) => {
                reading.trouble(&format!("{error}, so left out"));
                continue;
            }
        };
        let (is_ended, end_of_life) = match ToldValue::of(cycle.eol) {
            ToldValue::Truth(is_ended) => (ToldValue::Truth(is_ended), ToldValue::Nothing),
            day => (ToldValue::Nothing, day),
        };
        let line = Line {
            name: ("cycle", ToldValue::of(cycle.cycle)),
            is_ended: ("eol", is_ended),
            end_of_life: ("eol", end_of_life),
            latest: ("latest", ToldValue::of(cycle.latest)),
            published: ("latestReleaseDate", ToldValue::of(cycle.latest_release_date)),
            link: ToldValue::of(cycle.link),
            label: ToldValue::Nothing,
        };
        line.read(&place, &mut reading);
    }
    reading.finish("release line")
}

/// What either version tells of a line, with the names of it.
struct Line<'a> {
    name: (&'static str, ToldValue<'a>),
    is_ended: (&'static str, ToldValue<'a>),
    end_of_life: (&'static str, ToldValue<'a>),
    latest: (&'static str, ToldValue<'a>),
    published: (&'static str, ToldValue<'a>),
    link: ToldValue<'a>,
    label: ToldValue<'a>,
}

impl Line<'_> {
    /// Takes what is right, and says what is not: a line with a wrong day has a version all the same.
    fn read(&self, place: &str, reading: &mut VersionsReading) {
        let version = self.version(place, reading);
        let end_of_life = day(&self.end_of_life, place, reading);
        let is_ended = match &self.is_ended {
            (_, ToldValue::Truth(is_ended)) => Some(*is_ended),
            (_, ToldValue::Nothing) => None,
            (key, other) => {
                reading.trouble(&format!("{place}.{key} is {other} and neither true nor false"));
                None
            }
        };
        let latest = version.as_ref().map(|version| version.version.clone());
        let is_number = |number: &str| {
            // 3.1 may be 3.10, whose nought no number in JSON keeps.
            let is_kept =
                !number.contains(['.', 'e', 'E']) || latest.as_deref().is_some_and(|it| is_of_line(it, number));
            is_name(number) && is_kept
        };
        let name = match &self.name {
            (_, ToldValue::Text(name)) if is_name(name) => Some(name.clone()),
            (_, ToldValue::Number(number)) if is_number(number) => Some((*number).to_owned()),
            (key, other) => {
                reading.trouble(&format!("{place}.{key} is {other}, which names no release line"));
                None
            }
        };
        if let Some(name) = name {
            reading.line(ReleaseLine { name, end_of_life, is_ended, latest });
        }
        if let Some(version) = version {
            reading.version(version);
        }
    }

    fn version(&self, place: &str, reading: &mut VersionsReading) -> Option<UpstreamVersion> {
        let published = day(&self.published, place, reading).map(Published::Day);
        let text = match &self.latest {
            (_, ToldValue::Text(text)) => text.as_str(),
            (_, ToldValue::Number(number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => number,
            (_, ToldValue::Nothing) => return None,
            (key, other) => {
                reading.trouble(&format!("{place}.{key} is {other}, which is no version"));
                return None;
            }
        };
        let Some(tag::TaggedVersion { version, is_prerelease }) = tag::named(text, &[]) else {
            reading.unnamed(text);
            return None;
        };
        let url = self.link.text().and_then(web);
        let notes = self.label.text().map(notes).unwrap_or_default();
        Some(UpstreamVersion { version, published, url, is_prerelease, notes })
    }
}

fn day((key, told): &(&str, ToldValue<'_>), place: &str, reading: &mut VersionsReading) -> Option<Date> {
    let day = match told {
        ToldValue::Nothing => return None,
        // A day has ten characters, and nobody needs an error on a megabyte.
        ToldValue::Text(text) => cut(text, 40).parse().ok(),
        _ => None,
    };
    if day.is_none() {
        reading.trouble(&format!("{place}.{key} is {told} and no day"));
    }
    day
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= LINE_LIMIT && name.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What to say of an object that is no answer of version 1.
fn other_object(text: &str, answer: &ProductAnswer<'_>) -> anyhow::Error {
    if let ToldValue::Text(message) = ToldValue::of(answer.message) {
        return anyhow!("the list of versions is an error of its server: {}; {ADVICE}", quoted(&message));
    }
    let keys = serde_json::from_str(text).ok().and_then(json::keys).unwrap_or_default();
    let has = |wanted: &str| keys.iter().any(|key| key == wanted);
    let what = if has("eol") && has("latest") {
        "a single release of endoflife.date".to_owned()
    } else if has("tag_name") {
        "an answer of GitHub's API, which davos doesn't read".to_owned()
    } else {
        format!("JSON of no form that davos knows, {}", first_keys(&keys))
    };
    anyhow!("the list of versions is {what}; {ADVICE}")
}
