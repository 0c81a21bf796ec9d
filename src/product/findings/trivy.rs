//! The JSON of Trivy (`trivy image --format json`), `SchemaVersion` 2.
//!
//! (Trivy, `pkg/types/report.go`.) Misconfigurations, secrets and licences are no findings here, nor is what Trivy was told to
//! leave out (`ExperimentalModifiedFindings`).

use std::collections::HashMap;
use std::fmt;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Finding;
use super::collected::Collected;
use super::json::{self, ReportKeys};
use super::rated::{Rater, higher, rated};
use crate::text::shortened;

/// What people call it.
pub(super) const NAME: &str = "Trivy";

/// The keys that Trivy writes beside `SchemaVersion`; it leaves out `Results` where there are none.
const ITS_KEYS: &[&str] = &["ArtifactName", "ArtifactType", "Results", "Metadata", "CreatedAt", "ReportID", "Trivy"];

/// Whether a document is one.
pub(super) fn is_such(document: &ReportKeys<'_>) -> bool {
    document.has(&["SchemaVersion"]) && ITS_KEYS.iter().any(|key| document.has(&[key]))
}

/// Reads it.
///
/// # Errors
/// If it is of another version, or the structure around the findings is not what it should be, or there are too many.
pub(super) fn read(document: &ReportKeys<'_>, collected: &mut Collected) -> Result<()> {
    let version = document.get("SchemaVersion").map_or("", RawValue::get);
    if version != "2" {
        bail!(
            "SchemaVersion is {}, and only 2 is understood; have a Trivy of 2021 or newer write it, and if it is, a newer davos \
             may know it",
            shortened(version, 20)
        );
    }
    json::each(document.get("Results"), "Results", |nth, result| {
        let place = format!("Results[{nth}]");
        let result: Target<'_> = json::entry(result).with_context(|| place.clone())?;
        let kind = result.kind.unwrap_or_default();
        let sources = match kind.as_str() {
            "debian" => sources(result.packages, &format!("{place}.Packages"))?,
            _ => HashMap::new(),
        };
        let place = format!("{place}.Vulnerabilities");
        json::each(result.vulnerabilities, &place, |nth, entry| {
            let told = json::entry::<TrivyVulnerability>(entry).map(|told| told.finding(&kind, &sources));
            collected.take(format!("{place}[{nth}]"), told)
        })
    })
}

/// The source packages of those that are installed, by the ids that Trivy gave these. An entry that can't be read tells none.
fn sources(packages: Option<&RawValue>, place: &str) -> Result<HashMap<String, String>> {
    let mut sources = HashMap::new();
    json::each(packages, place, |_, entry| {
        if let Ok(InstalledPackage { id: Some(id), source: Some(source) }) = json::entry(entry) {
            sources.insert(id, source);
        }
        Ok(())
    })?;
    Ok(sources)
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct InstalledPackage {
    #[serde(rename = "ID")]
    id: Option<String>,
    #[serde(rename = "SrcName")]
    source: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct Target<'a> {
    #[serde(rename = "Type")]
    kind: Option<String>,
    #[serde(borrow, rename = "Packages")]
    packages: Option<&'a RawValue>,
    #[serde(borrow, rename = "Vulnerabilities")]
    vulnerabilities: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase", expecting = "an object")]
struct TrivyVulnerability {
    #[serde(rename = "VulnerabilityID")]
    id: Option<String>,
    #[serde(rename = "PkgID")]
    pkg_id: Option<String>,
    pkg_name: Option<String>,
    pkg_identifier: Option<Identifier>,
    installed_version: Option<String>,
    fixed_version: Option<String>,
    /// `unknown`, `not_affected`, `affected`, `fixed`, `under_investigation`, `will_not_fix`, `fix_deferred`, `end_of_life`.
    status: Option<String>,
    severity_source: Option<String>,
    severity: Option<String>,
    title: Option<String>,
    description: Option<String>,
    #[serde(rename = "CVSS")]
    cvss: Scores,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct Identifier {
    #[serde(rename = "PURL")]
    purl: Option<String>,
}

impl TrivyVulnerability {
    fn finding(self, kind: &str, sources: &HashMap<String, String>) -> Finding {
        // Where Ubuntu said it, Trivy's word is Ubuntu's, but for `negligible`, which it calls LOW.
        let by = match self.severity_source.as_deref() {
            Some("ubuntu") => Rater::Ubuntu,
            Some("ghsa") => Rater::GitHub,
            _ => Rater::Other,
        };
        let score = self.cvss.of_nvd.or(self.cvss.highest);
        let (severity, priority) = rated(self.severity.as_deref().unwrap_or_default(), by, score);
        Finding {
            id: self.id.unwrap_or_default(),
            source: self.pkg_id.and_then(|id| sources.get(&id).cloned()),
            package: self.pkg_name.unwrap_or_default(),
            version: self.installed_version.unwrap_or_default(),
            purl: self.pkg_identifier.and_then(|identifier| identifier.purl),
            kind: kind.to_owned(),
            fixed: self.fixed_version.into_iter().collect(),
            no_fix: self.status,
            severity,
            priority,
            title: self.title.unwrap_or_default(),
            details: self.description.unwrap_or_default(),
            ..Finding::default()
        }
    }
}

/// The scores by CVSS 3 or 4 that are told, of `CVSS: {nvd: {V3Score: 7.5}, redhat: {…}}`.
#[derive(Default)]
struct Scores {
    of_nvd: Option<f64>,
    highest: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct Score {
    #[serde(rename = "V3Score")]
    v3: Option<f64>,
    #[serde(rename = "V40Score")]
    v4: Option<f64>,
}

impl<'de> Deserialize<'de> for Scores {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Vendors;
        impl<'de> Visitor<'de> for Vendors {
            type Value = Scores;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("scores by vendor")
            }

            fn visit_unit<E>(self) -> Result<Scores, E> {
                Ok(Scores::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scores, A::Error> {
                let mut scores = Scores::default();
                while let Some(vendor) = map.next_key::<String>()? {
                    let told: Option<Score> = map.next_value()?;
                    let told = told.and_then(|told| higher(told.v3, told.v4));
                    scores.highest = higher(scores.highest, told);
                    if vendor == "nvd" {
                        scores.of_nvd = told;
                    }
                }
                Ok(scores)
            }
        }
        json.deserialize_any(Vendors)
    }
}
