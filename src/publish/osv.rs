//! The fixes of a release as OSV records (schema 1.7), one for each notice.

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use super::account::{Account, Verdict};
use super::purl;
use super::release::Release;
use super::text::one_line;
use crate::notice::CveId;
use crate::product::{ProductName, ReleaseVersion};
use crate::text::printable_lines;

#[derive(Serialize)]
struct Record<'a> {
    schema_version: &'static str,
    id: String,
    modified: Timestamp,
    published: Timestamp,
    upstream: Vec<String>,
    summary: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    details: String,
    affected: [Affected<'a>; 1],
    references: Vec<Reference>,
}

#[derive(Serialize)]
struct Affected<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ranges: Vec<Range<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    versions: Vec<&'a ReleaseVersion>,
    database_specific: Specific<'a>,
}

#[derive(Serialize)]
struct Range<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    events: [Event<'a>; 2],
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Event<'a> {
    Introduced(&'static str),
    Fixed(&'a str),
}

#[derive(Serialize)]
struct Specific<'a> {
    product: &'a ProductName,
    fixed: &'a ReleaseVersion,
    purl: String,
    packages: Vec<String>,
}

#[derive(Serialize)]
struct Reference {
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
}

/// The records by the id of their notice. What no packages show is none.
pub(super) fn osv(release: &Release<'_>) -> Result<Vec<(String, Vec<u8>)>> {
    let mut records = Vec::new();
    for account in release.fixed() {
        let Verdict::Fixed { evidence, .. } = &account.verdict else { continue };
        let packages = evidence.iter();
        let packages = packages.map(|c| purl::of_package(account.notice, &c.package, &c.have)).collect();
        let record = record(release, account, packages);
        records.push((account.id.to_string(), [serde_json::to_vec_pretty(&record)?, b"\n".to_vec()].concat()));
    }
    Ok(records)
}

fn record<'a>(release: &Release<'a>, account: &Account<'_>, packages: Vec<String>) -> Record<'a> {
    let cves: Vec<&CveId> = account.notice.iter().flat_map(|notice| &notice.cves).map(|cve| &cve.id).collect();
    let (summary, details) = account.notice.map_or_else(Default::default, |notice| {
        (one_line(&notice.title), printable_lines(notice.description.trim()).into_owned())
    });
    let version = release.version();
    let report = |cve: &&CveId| Reference { kind: "REPORT", url: cve.url() };
    Record {
        schema_version: "1.7.0",
        // The schema gives `x_` to databases that have no prefix of their own.
        id: format!("x_{}-{}", release.product, account.id),
        modified: release.at(),
        published: release.at(),
        upstream: std::iter::once(account.id.to_string()).chain(cves.iter().map(ToString::to_string)).collect(),
        summary,
        details,
        // No ecosystem of OSV holds products like these, so there is no `package`.
        affected: [Affected {
            ranges: if is_semver(version.as_str()) {
                vec![Range { kind: "SEMVER", events: [Event::Introduced("0"), Event::Fixed(version.as_str())] }]
            } else {
                Vec::new()
            },
            versions: left_open(release, account),
            database_specific: Specific {
                product: release.product,
                fixed: version,
                purl: purl::of_release(release.product, version),
                packages,
            },
        }],
        references: std::iter::once(Reference { kind: "ADVISORY", url: account.id.url() })
            .chain(cves.iter().map(report))
            .collect(),
    }
}

/// The releases below this one that were recorded with the notice open.
fn left_open<'a>(release: &Release<'a>, account: &Account<'_>) -> Vec<&'a ReleaseVersion> {
    let below = release.history().below().into_iter().rev();
    below.filter(|below| below.released.open.contains(&account.id)).map(|below| &below.released.version).collect()
}

/// Whether a version is one of semver 2.0.0 (section 2: three numbers without leading zeros), which a range is made of.
fn is_semver(version: &str) -> bool {
    let numbers = version.split(['-', '+']).next().unwrap_or_default();
    let plain = |number: &str| {
        number.bytes().all(|b| b.is_ascii_digit()) && (number == "0" || !number.starts_with('0')) && !number.is_empty()
    };
    !version.contains('_') && numbers.split('.').count() == 3 && numbers.split('.').all(plain)
}
