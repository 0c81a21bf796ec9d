//! The fixes of a release as OSV records (schema 1.7), one for each notice: which versions of the packages are affected, and
//! what is fixed by which release of the product. OSV has no ecosystem for products like these, so `package` is Ubuntu's.

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use super::notice_outcome::{NoticeOutcome, Verdict};
use super::purl::{self, PurlPackage};
use super::release::RecordedRelease;
use crate::notice::{CveId, UbuntuRelease};
use crate::product::{Comparison, ProductName, ReleaseVersion};
use crate::text::{one_line, printable_lines};

#[derive(Serialize)]
struct OsvRecord<'a> {
    schema_version: &'static str,
    id: String,
    modified: Timestamp,
    published: Timestamp,
    upstream: Vec<String>,
    summary: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    details: String,
    affected: Vec<Affected>,
    references: Vec<OsvReference>,
    database_specific: Specific<'a>,
}

#[derive(Serialize)]
struct Affected {
    package: OsvPackage,
    ranges: [Range; 1],
    /// The package as the release has it.
    database_specific: OsvBinary,
}

#[derive(Serialize)]
struct OsvPackage {
    ecosystem: String,
    name: String,
    purl: String,
}

#[derive(Serialize)]
struct Range {
    #[serde(rename = "type")]
    kind: &'static str,
    events: [OsvEvent; 2],
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum OsvEvent {
    Introduced(&'static str),
    Fixed(String),
}

#[derive(Serialize)]
struct OsvBinary {
    installed: String,
}

/// What is known of the product.
#[derive(Serialize)]
struct Specific<'a> {
    product: &'a ProductName,
    fixed: &'a ReleaseVersion,
    purl: String,
    /// The releases that were recorded with the notice open.
    affected: Vec<&'a ReleaseVersion>,
}

#[derive(Serialize)]
struct OsvReference {
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
}

/// The records by the id of their notice. What no packages show is none.
pub(super) fn osv(release: &RecordedRelease<'_>) -> Result<Vec<(String, Vec<u8>)>> {
    let mut records = Vec::new();
    for outcome in release.fixed() {
        let Verdict::Fixed { evidence, .. } = &outcome.verdict else { continue };
        // What affects nothing is no record.
        if evidence.is_empty() {
            continue;
        }
        let mut bytes = serde_json::to_vec_pretty(&record(release, outcome, evidence))?;
        bytes.push(b'\n');
        records.push((outcome.id.to_string(), bytes));
    }
    Ok(records)
}

fn record<'a>(release: &RecordedRelease<'a>, outcome: &NoticeOutcome<'_>, evidence: &[Comparison]) -> OsvRecord<'a> {
    let cves: Vec<&CveId> = outcome.notice.iter().flat_map(|notice| &notice.cves).map(|cve| &cve.id).collect();
    let (summary, details) = outcome.notice.map_or_else(Default::default, |notice| {
        (one_line(&notice.title), printable_lines(notice.description.trim()).into_owned())
    });
    let mut upstream = vec![outcome.id.to_string()];
    upstream.extend(cves.iter().map(ToString::to_string));
    let report = |cve: &&CveId| OsvReference { kind: "REPORT", url: cve.url() };
    OsvRecord {
        schema_version: "1.7.0",
        // The schema gives `x_` to databases that have no prefix of their own.
        id: format!("x_{}-{}", release.product, outcome.id),
        modified: release.at(),
        published: release.at(),
        upstream,
        summary,
        details,
        affected: evidence.iter().map(|compared| affected(outcome, compared)).collect(),
        references: std::iter::once(OsvReference { kind: "ADVISORY", url: outcome.id.url() })
            .chain(cves.iter().map(report))
            .collect(),
        database_specific: Specific {
            product: release.product,
            fixed: release.version(),
            purl: purl::of_release(release.product, release.version()),
            affected: left_open(release, outcome),
        },
    }
}

fn affected(outcome: &NoticeOutcome<'_>, compared: &Comparison) -> Affected {
    let fixes = outcome.notice.map(|notice| notice.fixes.as_slice()).unwrap_or_default();
    // An event doesn't keep which fixes are for Ubuntu Pro, but the notice does.
    let is_pro = fixes.iter().any(|fix| fix.pro && fix.version == compared.need);
    let installed = PurlPackage::installed(outcome.notice, &compared.package, &compared.have);
    Affected {
        package: OsvPackage {
            ecosystem: ecosystem(outcome.notice.map(|notice| &notice.release), is_pro),
            name: compared.package.to_string(),
            purl: installed.without_version().url(),
        },
        ranges: [Range {
            kind: "ECOSYSTEM",
            events: [OsvEvent::Introduced("0"), OsvEvent::Fixed(compared.need.to_string())],
        }],
        database_specific: OsvBinary { installed: installed.url() },
    }
}

/// The name that OSV has for a release of Ubuntu, as Canonical's own records spell it: `Ubuntu:22.04:LTS`, `Ubuntu:Pro:22.04:LTS`
/// for what only Ubuntu Pro has, `Ubuntu:25.10`.
fn ecosystem(release: Option<&UbuntuRelease>, is_pro: bool) -> String {
    let Some(number) = release.and_then(UbuntuRelease::number) else { return "Ubuntu".to_owned() };
    // Every second April's is supported for long.
    let is_lts = number.ends_with(".04") && number[..2].parse::<u8>().is_ok_and(|year| year % 2 == 0);
    format!("Ubuntu{}:{number}{}", if is_pro { ":Pro" } else { "" }, if is_lts { ":LTS" } else { "" })
}

/// The releases below this one that were recorded with the notice open.
fn left_open<'a>(release: &RecordedRelease<'a>, outcome: &NoticeOutcome<'_>) -> Vec<&'a ReleaseVersion> {
    let below = release.history().below().into_iter().rev();
    below.filter(|below| below.released.open.contains(&outcome.id)).map(|below| &below.released.version).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ecosystem_is_spelt_as_canonicals_records_spell_it() {
        for (release, is_pro, name) in [
            ("jammy", false, "Ubuntu:22.04:LTS"),
            ("jammy", true, "Ubuntu:Pro:22.04:LTS"),
            ("plucky", false, "Ubuntu:25.04"),
            ("questing", false, "Ubuntu:25.10"),
            ("stellar", true, "Ubuntu"),
        ] {
            let release: UbuntuRelease = release.parse().expect("a release");
            assert_eq!(ecosystem(Some(&release), is_pro), name);
        }
        assert_eq!(ecosystem(None, false), "Ubuntu");
    }
}
