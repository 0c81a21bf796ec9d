//! An OSV record (<https://ossf.github.io/osv-schema/>, version 1.7) as a plain value.
//!
//! It is read alike from a file that a team wrote by hand and from a server: all mistakes are told at once, each with its
//! place, and whatever is in it, work and memory stay in proportion to what is kept.

mod affected;
mod document;
mod json;
mod layer;
mod range;
mod severity;

use std::collections::HashSet;

use anyhow::{Result, bail};
use jiff::Timestamp;
use url::Url;

use self::json::{JsonField, JsonObject, RecordReading};
use self::severity::Ratings;
use crate::notice::{CveId, Priority, Severity, has_form_of_id};
use crate::text::{count, cut, quoted};

pub use json::Remarks;
pub use range::{Interval, RangeEvent, intervals};

/// The most entries of `affected`.
const MOST_AFFECTED: usize = 10_000;
/// The most events of all ranges.
const MOST_EVENTS: usize = 10_000;
/// The most versions of a package that are named one by one.
const MOST_VERSIONS: usize = 20_000;
/// The most ids of a list. A notice of the kernel names some two hundred CVEs.
const MOST_IDS: usize = 10_000;
/// The most references that are read. A notice of the kernel has some two hundred.
const MOST_REFERENCES: usize = 10_000;
/// How many references are kept.
const KEPT_REFERENCES: usize = 100;
/// The longest reference, in bytes.
const LONGEST_REFERENCE: usize = 2_048;
/// The longest summary and details, in bytes; what is longer is cut.
const LONGEST_SUMMARY: usize = 10_000;
const LONGEST_DETAILS: usize = 64_000;

/// All keys of a record, so that a misspelt one is seen. Not all are read.
const KEYS: &[&str] = &[
    "schema_version",
    "id",
    "modified",
    "published",
    "withdrawn",
    "aliases",
    "upstream",
    "related",
    "summary",
    "details",
    "severity",
    "affected",
    "references",
    "credits",
    "database_specific",
];

/// Records whose `upstream` names the CVEs that they fix: those of Ubuntu and Debian. The schema lets no distribution name a
/// CVE as an alias, since its record may stand for several.
const DISTRIBUTIONS: &[&str] = &["USN-", "LSN-", "UBUNTU-", "DSA-", "DLA-", "DTSA-", "ELA-", "DEBIAN-"];

/// What Ubuntu's and osv.dev's own records of a CVE have before its id.
const BEFORE_CVES: &[&str] = &["UBUNTU-", "DEBIAN-"];

/// What a record says. Names, versions and ids are printable and on one line; the texts are as somebody wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OsvRecord {
    /// The id, such as `GO-2025-3956` or `x_GOROUTER-2026-1`.
    pub id: String,
    /// When it was last changed. Unknown where it isn't told or is before 1970: in golang/vulndb's repository, nearly all
    /// records have the year 1.
    pub modified: Option<Timestamp>,
    /// When it was published; unknown as `modified` is.
    pub published: Option<Timestamp>,
    /// When it was withdrawn, if it was; unknown as `modified` is.
    pub withdrawn: Option<Timestamp>,
    /// Whether it was withdrawn, at whatever time.
    pub is_withdrawn: bool,
    /// One line on what it is about; empty where there is none.
    pub summary: String,
    /// More on it, in Markdown; empty where there is none.
    pub details: String,
    /// Other ids of the same flaw, each once, in the order told, without its own.
    pub aliases: Vec<String>,
    /// The CVEs that it is about, each once: of its id, its aliases, and of what a record of Ubuntu or Debian has as
    /// `upstream`, where `UBUNTU-CVE-2026-54411` stands for `CVE-2026-54411`.
    pub cves: Vec<String>,
    /// Addresses (`http` and `https`) of the first hundred references, each once.
    pub references: Vec<String>,
    /// The highest CVSS rating, its own or of a package.
    pub severity: Option<Severity>,
    /// How urgent its authors hold it to be, where they say so. Never `unknown`.
    pub priority: Option<Priority>,
    /// The packages that are affected. A record without any informs only.
    pub affected: Vec<AffectedPackage>,
    /// What was left out, and what looks like a mistake.
    pub remarks: Remarks,
}

/// A package, and which versions of it are affected: those in a range, and those that are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AffectedPackage {
    /// The ecosystem as written, such as `Go`, `PyPI`, `Debian:12`, `Ubuntu:22.04:LTS` or `generic`.
    pub ecosystem: String,
    /// The name in it.
    pub name: String,
    /// The package URL as written, not checked; where there is one, it decides.
    pub purl: Option<String>,
    /// The ranges of types `SEMVER` and `ECOSYSTEM`, each with its events in the order written; [`intervals`] says which
    /// versions are in one.
    pub ranges: Vec<Vec<RangeEvent>>,
    /// Whether there are ranges of commits, which can't be compared with a version.
    pub has_git_ranges: bool,
    /// The versions that are named one by one.
    pub versions: Vec<String>,
    /// The CVSS rating of this package alone.
    pub severity: Option<Severity>,
}

/// Reads a record.
///
/// # Errors
/// If it is no record, or has mistakes that change what it says; all of them are told.
pub fn read(bytes: &[u8]) -> Result<OsvRecord> {
    let json = document::text(bytes)?;
    let reading = RecordReading::default();
    let Some(keys) = JsonField::top(json, &reading).object(KEYS) else {
        reading.settle("the OSV record")?;
        bail!("the OSV record is no object of JSON");
    };
    let Some(id_field) = keys.get("id") else { return Err(document::no_id(&keys)) };
    keys.remark_misspelt();
    let id = id(&id_field);
    let of = id.as_deref().map_or("the OSV record".to_owned(), |id| format!("the OSV record {id}"));
    let id = id.unwrap_or_default();
    let withdrawn = keys.get("withdrawn");
    let aliases = ids(&keys, "aliases", &id);
    let upstream = ids(&keys, "upstream", &id);
    let (affected, of_packages) = keys.get("affected").map(|list| affected::read(&list)).unwrap_or_default();
    let own = keys.get("severity").map(|list| Ratings::of_list(&list)).unwrap_or_default();
    let ratings = own.higher(of_packages);
    let told = keys.get("database_specific").and_then(|specific| severity::priority_told(&specific));
    let record = OsvRecord {
        modified: keys.get("modified").and_then(|field| time(&field)),
        published: keys.get("published").and_then(|field| time(&field)),
        is_withdrawn: withdrawn.is_some(),
        withdrawn: withdrawn.and_then(|field| time(&field)),
        summary: text(&keys, "summary", LONGEST_SUMMARY),
        details: text(&keys, "details", LONGEST_DETAILS),
        cves: cves(&id, &aliases, &upstream),
        references: references(&keys),
        severity: ratings.severity,
        priority: ratings.priority.or(told),
        affected,
        aliases,
        id,
        remarks: Remarks::default(),
    };
    Ok(OsvRecord { remarks: reading.settle(&of)?, ..record })
}

/// The record's own id.
fn id(field: &JsonField<'_>) -> Option<String> {
    let text = field.text()?;
    if !has_form_of_id(&text) {
        field.mistake(format!("{} is no id; {ID_FORM}", quoted(&text)));
        return None;
    }
    Some(text)
}

/// The form of an id in words: [`has_form_of_id`] checks it.
const ID_FORM: &str =
    "one has a letter and then at most 99 letters, digits and _ . : - (no ..), such as x_GOROUTER-2026-1";

/// The ids of a list, each once, without the record's own.
fn ids(keys: &JsonObject<'_>, key: &str, own: &str) -> Vec<String> {
    let mut seen = HashSet::from([own.to_owned()]);
    let list = keys.get(key).and_then(|list| list.list(MOST_IDS)).unwrap_or_default();
    let id = |field: &JsonField<'_>| {
        let text = field.text()?;
        if !has_form_of_id(&text) {
            field.remark(format!("left out: {} is no id", quoted(&text)));
            return None;
        }
        seen.insert(text.clone()).then_some(text)
    };
    list.iter().filter_map(id).collect()
}

/// The CVEs among all these ids.
fn cves(id: &str, aliases: &[String], upstream: &[String]) -> Vec<String> {
    let of_distribution = DISTRIBUTIONS.iter().any(|prefix| id.starts_with(prefix));
    let upstream = upstream.iter().filter(|_| of_distribution);
    let all = std::iter::once(id).chain(aliases.iter().chain(upstream).map(String::as_str));
    let mut seen = HashSet::new();
    let cve = all.map(|id| BEFORE_CVES.iter().find_map(|prefix| id.strip_prefix(prefix)).unwrap_or(id));
    cve.filter(|id| id.parse::<CveId>().is_ok() && seen.insert(*id)).map(str::to_owned).collect()
}

/// A time; `None` if it is too early to be true.
fn time(field: &JsonField<'_>) -> Option<Timestamp> {
    let text = field.text()?;
    let time = if text.len() <= 40 { text.parse::<Timestamp>().ok() } else { None };
    if time.is_none() {
        field.mistake(format!("{} is no time; one looks like 2026-01-31T12:00:00Z", quoted(&text)));
    }
    time.filter(|time| *time >= Timestamp::UNIX_EPOCH)
}

/// A text of people, at most so long.
fn text(keys: &JsonObject<'_>, key: &str, most: usize) -> String {
    let text = keys.get(key).and_then(|field| field.text()).unwrap_or_default();
    cut(text.trim(), most).into_owned()
}

/// The addresses of the references.
fn references(keys: &JsonObject<'_>) -> Vec<String> {
    let Some(list) = keys.get("references") else { return Vec::new() };
    let (mut kept, mut seen, mut more) = (Vec::new(), HashSet::new(), 0);
    for entry in list.list(MOST_REFERENCES).unwrap_or_default() {
        let Some(url) = entry.object(&["type", "url"]) else { continue };
        let Some(field) = url.get("url") else {
            entry.remark("left out: it has no \"url\"");
            continue;
        };
        let Some(text) = field.text() else { continue };
        let url = Some(&text).filter(|text| text.len() <= LONGEST_REFERENCE).and_then(|text| Url::parse(text).ok());
        match url.filter(|url| matches!(url.scheme(), "http" | "https")) {
            None => field.remark(format!("left out: {} is no http or https URL", quoted(&text))),
            Some(url) if !seen.contains(url.as_str()) => {
                if kept.len() < KEPT_REFERENCES {
                    seen.insert(url.as_str().to_owned());
                    kept.push(String::from(url));
                } else {
                    more += 1;
                }
            }
            Some(_) => {}
        }
    }
    if more > 0 {
        list.remark(format!("{} left out: davos keeps {KEPT_REFERENCES}", count(more, "more reference")));
    }
    kept
}

#[cfg(test)]
mod tests;
