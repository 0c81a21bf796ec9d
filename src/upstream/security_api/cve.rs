//! `cves/<id>.json`: the ratings of a CVE.

use std::io::{BufReader, Read};

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::notice::{Cve, CveId, Priority, Severity};

/// Only what is read here is held; the embedded notices are skipped as they pass by.
#[derive(Deserialize)]
struct Raw {
    id: String,
    priority: Option<Value>,
    cvss3: Option<Value>,
    impact: Option<Value>,
}

/// A CVE that nobody has rated.
pub(super) fn unrated(id: &CveId) -> Cve {
    Cve { id: id.clone(), priority: Priority::Unknown, severity: None }
}

/// Reads the ratings of a CVE.
pub(super) fn read(body: &mut dyn Read, id: &CveId) -> Result<Cve> {
    let raw: Raw = serde_json::from_reader(BufReader::new(body))?;
    ensure!(raw.id.eq_ignore_ascii_case(id.as_str()), "it is about {:?}", raw.id);
    let priority = raw.priority.as_ref().and_then(Value::as_str).and_then(|word| word.parse().ok());
    let severity = scores(raw.impact.as_ref()).chain(raw.cvss3.as_ref().and_then(score)).max();
    Ok(Cve { id: id.clone(), priority: priority.unwrap_or(Priority::Unknown), severity })
}

/// The severities in `impact`, one for each generation of CVSS: `{"baseMetricV3": {"cvssV3": {"baseScore": 7.5, …}}, …}`.
/// Scores of CVSS 2 are on another scale.
fn scores(impact: Option<&Value>) -> impl Iterator<Item = Severity> {
    let metrics = impact.and_then(Value::as_object).into_iter().flat_map(Map::iter);
    let metrics = metrics.filter(|(name, _)| name.starts_with("baseMetricV") && !name.starts_with("baseMetricV2"));
    let ratings = metrics.filter_map(|(_, metric)| metric.as_object()).flat_map(Map::values);
    ratings.filter_map(|rating| {
        let word = || rating.get("baseSeverity").and_then(Value::as_str).and_then(|word| word.parse().ok());
        rating.get("baseScore").and_then(score).or_else(word)
    })
}

fn score(value: &Value) -> Option<Severity> {
    let number = value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    number.and_then(Severity::of_score)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rating(rest: &str) -> (Priority, Option<Severity>) {
        let id: CveId = "CVE-2025-6075".parse().expect("an id");
        let json = format!(r#"{{"id": "CVE-2025-6075", {rest}}}"#);
        let cve = read(&mut json.as_bytes(), &id).expect("a CVE");
        (cve.priority, cve.severity)
    }

    #[test]
    fn a_cve_without_a_rating_is_unknown() {
        for unrated in [
            r#""status": null"#,
            r#""priority": null, "impact": null, "cvss3": null"#,
            r#""priority": "unknown""#,
            r#""priority": "untriaged", "impact": {}"#,
        ] {
            assert_eq!(rating(unrated), (Priority::Unknown, None), "{unrated}");
        }
    }

    #[test]
    fn the_highest_cvss_rating_counts() {
        let v3 =
            r#""baseMetricV3": {"cvssV3": {"baseScore": 5.5, "baseSeverity": "MEDIUM"}, "exploitabilityScore": 9.9}"#;
        let v4 = r#""baseMetricV4": {"cvssV4": {"baseScore": 9.3}}"#;
        let v2 = r#""baseMetricV2": {"cvssV2": {"baseScore": 10.0}}"#;
        let both = format!(r#""priority": "low", "impact": {{{v2}, {v3}, {v4}}}, "cvss3": 7.5"#);
        assert_eq!(rating(&both), (Priority::Low, Some(Severity::Critical)));
        let old = format!(r#""priority": "High", "impact": {{{v2}, {v3}}}"#);
        assert_eq!(rating(&old), (Priority::High, Some(Severity::Medium)));
        assert_eq!(rating(r#""cvss3": "7.5""#).1, Some(Severity::High));
        let word = r#""impact": {"baseMetricV3": {"cvssV3": {"baseScore": null, "baseSeverity": "HIGH"}}}"#;
        assert_eq!(rating(word).1, Some(Severity::High));
    }

    #[test]
    fn another_cve_is_not_taken() {
        let id: CveId = "CVE-2025-6075".parse().expect("an id");
        assert!(read(&mut r#"{"id": "CVE-2025-6076"}"#.as_bytes(), &id).is_err());
    }
}
