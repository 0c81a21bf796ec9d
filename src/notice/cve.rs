//! A CVE as a notice names it.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use super::{Priority, Severity};
use crate::text::as_text;

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
            bail!("{text:?} is no CVE id; one looks like CVE-2025-6075");
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
