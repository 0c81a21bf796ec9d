//! A CVE as a notice names it.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use super::{Priority, Severity};
use crate::text::{as_text, quoted};

/// The id of a CVE, such as `CVE-2025-6075`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CveId(Box<str>);

impl CveId {
    /// The CVE's page at Ubuntu, for people.
    pub fn url(&self) -> String {
        format!("https://ubuntu.com/security/{}", self.0)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The year and the number, by which people expect CVEs to be sorted: `CVE-2025-9999` before `CVE-2025-12084`.
    fn place(&self) -> (u64, u64) {
        let mut numbers = self.0.split('-').skip(1).map(|part| part.parse().unwrap_or(u64::MAX));
        (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
    }
}

impl FromStr for CveId {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        // The CVE programme: four digits for the year, then four to nineteen.
        let valid = text.strip_prefix("CVE-").and_then(|rest| rest.split_once('-')).is_some_and(|(year, number)| {
            let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
            year.len() == 4 && digits(year) && (4..=19).contains(&number.len()) && digits(number)
        });
        if !valid {
            bail!("{} is no CVE id; one looks like CVE-2025-6075", quoted(text));
        }
        Ok(CveId(text.into()))
    }
}

as_text!(CveId);

impl fmt::Display for CveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A CVE with its ratings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cve {
    /// The id.
    pub id: CveId,
    /// Ubuntu's rating; `unknown` while it is untriaged.
    pub priority: Priority,
    /// The CVSS rating, where there is one.
    pub severity: Option<Severity>,
}

/// The CVEs by year and number, each once, whatever the order that a source tells them in.
pub(super) fn in_order(cves: &[Cve]) -> Vec<&Cve> {
    let mut sorted: Vec<&Cve> = cves.iter().collect();
    sorted.sort_by_key(|cve| cve.id.place());
    sorted.dedup_by(|a, b| a.id == b.id);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cves_are_sorted_by_number_and_not_by_letters() {
        let cve = |id: &str| Cve { id: id.parse().expect("an id"), priority: Priority::Low, severity: None };
        let told =
            ["CVE-2025-12084", "CVE-2024-99999", "CVE-2025-9999", "CVE-2025-9999", "CVE-2025-9999999999999999999"];
        let told: Vec<Cve> = told.map(cve).into();
        let sorted: Vec<&str> = in_order(&told).into_iter().map(|cve| cve.id.as_str()).collect();
        assert_eq!(sorted, ["CVE-2024-99999", "CVE-2025-9999", "CVE-2025-12084", "CVE-2025-9999999999999999999"]);
    }
}
