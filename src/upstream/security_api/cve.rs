//! `cves/<id>.json`: the ratings of a CVE.

use std::fmt;
use std::io::Read;

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::json::{self, Plain};
use crate::notice::{Cve, CveId, Priority, Severity};
use crate::text::shortened;

/// Only what is read here is held; the embedded notices are skipped as they pass by.
#[derive(Deserialize)]
struct RawCve {
    id: String,
    #[serde(default)]
    priority: Plain,
    #[serde(default)]
    cvss3: Plain,
    #[serde(default)]
    impact: Impact,
}

/// A CVE that nobody has rated.
pub(super) fn unrated(id: &CveId) -> Cve {
    Cve { id: id.clone(), priority: Priority::Unknown, severity: None }
}

/// Reads the ratings of a CVE.
pub(super) fn read(body: &mut dyn Read, id: &CveId) -> Result<Cve> {
    let raw: RawCve = json::read(body)?;
    ensure!(raw.id.eq_ignore_ascii_case(id.as_str()), "it is about {:?}", shortened(&raw.id, 40));
    let priority = match &raw.priority {
        Plain::Text(word) => word.parse().ok(),
        _ => None,
    };
    let severity = raw.impact.0.max(score(&raw.cvss3));
    Ok(Cve { id: id.clone(), priority: priority.unwrap_or(Priority::Unknown), severity })
}

/// The highest severity in `impact`, which has scores for each generation of CVSS:
/// `{"baseMetricV3": {"cvssV3": {"baseScore": 7.5, …}}, …}`. Those of CVSS 2 are on another scale.
#[derive(Debug, Default)]
struct Impact(Option<Severity>);

impl<'de> Deserialize<'de> for Impact {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(Level(0)).map(Impact)
    }
}

/// How deep within `impact` something stands: the generations, the metrics of one, the scores of a metric.
#[derive(Clone, Copy)]
struct Level(u8);

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Option<Severity>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Option<Severity>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("scores of CVSS")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut highest, mut told, mut word) = (None, None, None);
        while let Some(name) = map.next_key::<String>()? {
            match (self.0, name.as_str()) {
                (0, name) if name.starts_with("baseMetricV") && !name.starts_with("baseMetricV2") => {
                    highest = highest.max(map.next_value_seed(Level(1))?);
                }
                (1, _) => highest = highest.max(map.next_value_seed(Level(2))?),
                (2, "baseScore") => told = score(&map.next_value()?),
                (2, "baseSeverity") => {
                    if let Plain::Text(text) = map.next_value()? {
                        word = text.parse().ok();
                    }
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(highest.max(told.or(word)))
    }

    // Anything else, such as `null` or the numbers beside the scores, rates nothing.

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
}

fn score(value: &Plain) -> Option<Severity> {
    let number = match value {
        Plain::Number(number) => Some(*number),
        Plain::Text(text) => text.parse().ok(),
        Plain::Else => None,
    };
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
