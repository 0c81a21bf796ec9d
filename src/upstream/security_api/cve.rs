//! `cves/<id>.json`: the ratings of a CVE, and where it stands in one release.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Read;

use anyhow::{Result, ensure};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::json::{self, Plain};
use super::release_statuses::{InCodename, ReleaseStatuses};
use crate::notice::{Cve, CveId, Priority, Severity, UbuntuRelease};
use crate::text::shortened;

/// A CVE that nobody has rated.
pub(super) fn unrated(id: &CveId) -> Cve {
    Cve { id: id.clone(), priority: Priority::Unknown, severity: None }
}

/// What the API tells of a CVE, as far as anybody here asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CveAnswer {
    /// The ratings.
    pub(super) cve: Cve,
    /// Where its source packages stand in our release.
    pub(super) statuses: ReleaseStatuses,
}

/// Reads the ratings of a CVE, and its statuses in a release.
pub(super) fn read(body: &mut dyn Read, id: &CveId, release: &UbuntuRelease) -> Result<CveAnswer> {
    let raw = json::read_as(body, WholeCve { codename: release.codename() })?;
    ensure!(raw.id.eq_ignore_ascii_case(id.as_str()), "it is about {:?}", shortened(&raw.id, 40));
    let priority = match &raw.priority {
        Plain::Text(word) => word.parse().ok(),
        _ => None,
    };
    let severity = raw.impact.0.max(score(&raw.cvss3));
    let cve = Cve { id: id.clone(), priority: priority.unwrap_or(Priority::Unknown), severity };
    Ok(CveAnswer { cve, statuses: raw.statuses })
}

/// A CVE as it is written; of its packages only what concerns one release is held, and the embedded notices are skipped as they
/// pass by.
#[derive(Default)]
struct RawCve {
    id: String,
    priority: Plain,
    cvss3: Plain,
    impact: Impact,
    statuses: ReleaseStatuses,
}

/// Reads a CVE as it concerns the release of this name.
struct WholeCve<'a> {
    codename: &'a str,
}

impl<'de> DeserializeSeed<'de> for WholeCve<'_> {
    type Value = RawCve;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for WholeCve<'_> {
    type Value = RawCve;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a CVE")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut raw = RawCve::default();
        let mut seen = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            const KNOWN: [&str; 5] = ["id", "priority", "cvss3", "impact", "packages"];
            let Some(known) = KNOWN.into_iter().find(|known| *known == name) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if !seen.insert(known) {
                return Err(A::Error::duplicate_field(known));
            }
            match known {
                "id" => raw.id = map.next_value()?,
                "priority" => raw.priority = map.next_value()?,
                "cvss3" => raw.cvss3 = map.next_value()?,
                "impact" => raw.impact = map.next_value()?,
                _ => raw.statuses = map.next_value_seed(InCodename(self.codename))?,
            }
        }
        if !seen.contains("id") {
            return Err(A::Error::missing_field("id"));
        }
        Ok(raw)
    }
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

    fn jammy() -> UbuntuRelease {
        "jammy".parse().expect("a release")
    }

    fn rating(rest: &str) -> (Priority, Option<Severity>) {
        let id: CveId = "CVE-2025-6075".parse().expect("an id");
        let json = format!(r#"{{"id": "CVE-2025-6075", {rest}}}"#);
        let CveAnswer { cve, statuses } = read(&mut json.as_bytes(), &id, &jammy()).expect("a CVE");
        assert_eq!(statuses, ReleaseStatuses::default(), "half an answer says nothing of any release");
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
        let refused =
            |json: &str| read(&mut json.as_bytes(), &id, &jammy()).map(drop).expect_err("refused").to_string();
        assert_eq!(refused(r#"{"id": "CVE-2025-6076"}"#), "it is about \"CVE-2025-6076\"");
        assert!(refused(r#"{"id": "CVE-2025-6075", "id": "CVE-2025-6075"}"#).contains("duplicate field `id`"));
        assert!(refused("{}").contains("missing field `id`"));
        for other in ["[]", "null", "<html>", r#"{"id": "CVE-2025-6075", "packages": [{"name": "a""#] {
            refused(other);
        }
    }
}
