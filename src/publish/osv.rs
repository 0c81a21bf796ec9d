//! The fixes of a release as OSV records (schema 1.7), one for each notice: which versions of the packages are affected, and
//! what is fixed by which release of the product. OSV has no ecosystem for products like these, so `package` is Ubuntu's.

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use super::notice_outcome::{NoticeOutcome, Verdict};
use super::purl::{self, PurlPackage};
use super::release::RecordedRelease;
use crate::notice::{CveId, DEB, Fix, PackageName, PackageVersion, UbuntuRelease, osv_name};
use crate::product::{Comparison, ProductName, ReleaseVersion};
use crate::text::{one_line, printable_lines};

#[derive(Serialize)]
struct PublishedRecord<'a> {
    schema_version: &'static str,
    id: String,
    modified: Timestamp,
    published: Timestamp,
    upstream: Vec<String>,
    summary: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    details: String,
    affected: Vec<OsvAffected>,
    references: Vec<OsvReference>,
    database_specific: Specific<'a>,
}

#[derive(Serialize)]
struct OsvAffected {
    package: OsvPackage,
    ranges: Vec<OsvRange>,
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
struct OsvRange {
    #[serde(rename = "type")]
    kind: &'static str,
    events: Vec<OsvEvent>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum OsvEvent {
    Introduced(String),
    Fixed(String),
    LastAffected(String),
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

fn record<'a>(
    release: &RecordedRelease<'a>,
    outcome: &NoticeOutcome<'_>,
    evidence: &[Comparison],
) -> PublishedRecord<'a> {
    let cves: Vec<&CveId> = outcome.notice.iter().flat_map(|notice| &notice.cves).map(|cve| &cve.id).collect();
    let (summary, details) = outcome.notice.map_or_else(Default::default, |notice| {
        (one_line(&notice.title), printable_lines(notice.description.trim()).into_owned())
    });
    let mut upstream = vec![outcome.id.to_string()];
    upstream.extend(cves.iter().map(ToString::to_string));
    let report = |cve: &&CveId| OsvReference { kind: "REPORT", url: cve.url() };
    PublishedRecord {
        schema_version: "1.7.0",
        // The schema gives `x_` to databases that have no prefix of their own.
        id: format!("x_{}-{}", release.product, outcome.id),
        modified: release.at(),
        published: release.at(),
        upstream,
        summary,
        details,
        affected: evidence.iter().map(|compared| affected(outcome, compared)).collect(),
        references: (outcome.id.page().into_iter())
            .map(|url| OsvReference { kind: "ADVISORY", url })
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

fn affected(outcome: &NoticeOutcome<'_>, compared: &Comparison) -> OsvAffected {
    let fixes = outcome.notice.map(|notice| notice.fixes.as_slice()).unwrap_or_default();
    // An event doesn't keep which fixes are for Ubuntu Pro, but the notice does.
    let is_pro = fixes.iter().any(|fix| fix.pro && fix.version == compared.need);
    let installed = PurlPackage::installed(outcome.notice, &compared.package, &compared.have);
    let release = outcome.notice.and_then(|notice| notice.release.as_ref());
    OsvAffected {
        package: OsvPackage {
            ecosystem: match compared.package.is_ubuntu() {
                true => ecosystem(release, is_pro),
                false => other_ecosystem(&compared.package),
            },
            name: compared.package.to_string(),
            purl: installed.without_version().url(),
        },
        ranges: ranges(fixes.iter().find(|fix| fix.package == compared.package), compared),
        database_specific: OsvBinary { installed: installed.url() },
    }
}

/// The versions that are affected: as the notice tells them, else all below the one that carries the fix.
fn ranges(fix: Option<&Fix>, compared: &Comparison) -> Vec<OsvRange> {
    let range = |introduced: Option<&PackageVersion>, end: Option<OsvEvent>| {
        let from = introduced.map_or_else(|| "0".to_owned(), ToString::to_string);
        let events = std::iter::once(OsvEvent::Introduced(from)).chain(end).collect();
        OsvRange { kind: "ECOSYSTEM", events }
    };
    match fix.map(|fix| fix.ranges.as_slice()) {
        Some(ranges) if !ranges.is_empty() => ranges
            .iter()
            .map(|affected| {
                let fixed = affected.fixed.as_ref().map(|fixed| OsvEvent::Fixed(fixed.to_string()));
                let last = || affected.last_affected.as_ref().map(|last| OsvEvent::LastAffected(last.to_string()));
                range(affected.introduced.as_ref(), fixed.or_else(last))
            })
            .collect(),
        _ => vec![range(None, Some(OsvEvent::Fixed(compared.need.to_string())))],
    }
}

/// The ecosystem of a package that is not of Ubuntu's, as OSV names it: `Debian:12`, `PyPI`.
fn other_ecosystem(package: &PackageName) -> String {
    match package.distribution().and_then(|distribution| distribution.strip_prefix("debian-")) {
        Some(release) => format!("Debian:{release}"),
        None if package.ecosystem() == DEB => "Debian".to_owned(),
        None => osv_name(package.ecosystem()).to_owned(),
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
