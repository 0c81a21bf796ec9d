//! The JSON of Grype (`grype -o json`), of 2021 and since.
//!
//! (Grype, `grype/presenter/models`.) `ignoredMatches` are what the scanner was told to ignore: no findings.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Finding;
use super::collected::Collected;
use super::json::{self, FewOf, ReportKeys};
use super::rated::{Rater, higher, rated};

/// What people call it.
pub(crate) const NAME: &str = "Grype";

/// Whether a document is one: it says so, or its first match looks like one. An empty list alone says nothing of who wrote it.
pub(super) fn is_such(document: &ReportKeys<'_>) -> bool {
    let by: Option<Descriptor> = document.get("descriptor").and_then(|by| json::entry(by).ok());
    let says_so = by.is_some_and(|by| by.name.eq_ignore_ascii_case("grype"));
    let first = json::first(document.get("matches")).and_then(|first| json::entry::<GrypeReport<'_>>(first).ok());
    document.has(&["matches"]) && (says_so || first.is_some_and(|first| first.vulnerability.is_some()))
}

/// Reads it.
///
/// # Errors
/// If the matches are no list, or too many.
pub(super) fn read(document: &ReportKeys<'_>, collected: &mut Collected) -> Result<()> {
    json::each(document.get("matches"), "matches", |nth, entry| {
        collected.take(format!("matches[{nth}]"), json::entry::<Match>(entry).and_then(finding))
    })
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Descriptor {
    name: String,
}

/// What tells that a match is one.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct GrypeReport<'a> {
    #[serde(borrow)]
    vulnerability: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", expecting = "an object")]
struct Match {
    vulnerability: Option<GrypeVulnerability>,
    related_vulnerabilities: FewOf<Related>,
    match_details: FewOf<MatchDetail>,
    artifact: Option<Artifact>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct GrypeVulnerability {
    id: Option<String>,
    namespace: Option<String>,
    severity: Option<String>,
    description: Option<String>,
    cvss: FewOf<Cvss>,
    fix: Option<GrypeFix>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct Related {
    id: Option<String>,
    description: Option<String>,
    cvss: FewOf<Cvss>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct Cvss {
    version: Option<String>,
    metrics: Option<Metrics>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", expecting = "an object")]
struct Metrics {
    base_score: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct GrypeFix {
    versions: FewOf<String>,
    state: Option<String>,
    /// In newer reports: when each of the versions came out.
    available: FewOf<Available>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct Available {
    version: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", expecting = "an object")]
struct MatchDetail {
    #[serde(rename = "type")]
    how: Option<String>,
    searched_by: Option<SearchedBy>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct SearchedBy {
    cpes: FewOf<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct Artifact {
    name: Option<String>,
    version: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    purl: Option<String>,
}

impl MatchDetail {
    /// Before Grype told the type, a search by CPE showed in what was searched for.
    fn is_guess(&self) -> bool {
        match self.how.as_deref() {
            None | Some("") => self.searched_by.as_ref().is_some_and(|by| !by.cpes.0.is_empty()),
            Some(how) => how == "cpe-match",
        }
    }
}

impl GrypeVulnerability {
    /// Whose the severity is: `ubuntu:distro:ubuntu:22.04`, `github:language:go`, and in 2021 `github:python`.
    fn rater(&self) -> Rater {
        match self.namespace.as_deref().unwrap_or_default().split(':').next() {
            Some("ubuntu") => Rater::Ubuntu,
            Some("github") => Rater::GitHub,
            _ => Rater::Other,
        }
    }
}

fn finding(told: Match) -> Result<Finding> {
    let flaw = told.vulnerability.context("it has no vulnerability")?;
    let artifact = told.artifact.context("it has no artifact")?;
    let related = told.related_vulnerabilities.0;
    let score =
        score(&flaw.cvss.0).or_else(|| related.iter().fold(None, |known, one| higher(known, score(&one.cvss.0))));
    let (severity, priority) = rated(flaw.severity.as_deref().unwrap_or_default(), flaw.rater(), score);
    let details = &told.match_details.0;
    let by_cpe = !details.is_empty() && details.iter().all(MatchDetail::is_guess);
    let fix = flaw.fix.unwrap_or_default();
    let described = flaw.description.filter(|text| !text.is_empty());
    let described = described.or_else(|| related.iter().find_map(|one| one.description.clone()));
    Ok(Finding {
        id: flaw.id.unwrap_or_default(),
        aliases: related.into_iter().filter_map(|one| one.id).collect(),
        package: artifact.name.unwrap_or_default(),
        version: artifact.version.unwrap_or_default(),
        purl: artifact.purl,
        kind: artifact.kind.unwrap_or_default(),
        fixed: fix.versions.0.into_iter().chain(fix.available.0.into_iter().filter_map(|one| one.version)).collect(),
        no_fix: fix.state,
        severity,
        priority,
        details: described.unwrap_or_default(),
        by_cpe,
        ..Finding::default()
    })
}

/// The highest score by CVSS 3 or 4: the scale of 2 is another one.
fn score(cvss: &[Cvss]) -> Option<f64> {
    let newer = cvss.iter().filter(|one| one.version.as_deref().is_some_and(|version| version.starts_with(['3', '4'])));
    newer.filter_map(|one| one.metrics.as_ref()?.base_score).fold(None, |known, one| higher(known, Some(one)))
}
