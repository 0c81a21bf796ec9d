//! The version of a release.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use crate::text::as_text;

/// The version of a release, kept as written: dotted numbers, with or without a leading `v`, a pre-release after a dash
/// and build metadata after a plus, such as `1.297.0`, `v2.0.0-rc.1` or `1.423`. Equality is of the spelling;
/// [`compare`](Self::compare) orders as semver does, with as many numbers as were written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReleaseVersion(Box<str>);

struct Parts<'a> {
    numbers: Vec<u64>,
    pre_release: semver::Prerelease,
    build: &'a str,
}

impl ReleaseVersion {
    /// The version as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The order of releases. Missing numbers count as zero, a pre-release comes before its release, and versions that
    /// differ in nothing else order by their spelling, so that the order is total.
    pub fn compare(&self, other: &ReleaseVersion) -> Ordering {
        let (Some(ours), Some(theirs)) = (parts(&self.0), parts(&other.0)) else { return self.0.cmp(&other.0) };
        let length = ours.numbers.len().max(theirs.numbers.len());
        let number = |numbers: &[u64], index: usize| numbers.get(index).copied().unwrap_or(0);
        (0..length)
            .map(|index| number(&ours.numbers, index).cmp(&number(&theirs.numbers, index)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
            .then_with(|| ours.pre_release.cmp(&theirs.pre_release))
            .then_with(|| ours.build.cmp(theirs.build))
            .then_with(|| self.0.cmp(&other.0))
    }
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let bare = text.strip_prefix('v').unwrap_or(text);
    let (bare, build) = bare.split_once('+').unwrap_or((bare, ""));
    let (numbers, pre_release) = bare.split_once('-').unwrap_or((bare, ""));
    if bare.ends_with('-') {
        return None;
    }
    let numbers = numbers
        .split('.')
        .map(|part| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten())
        .collect::<Option<Vec<u64>>>()?;
    Some(Parts { numbers, pre_release: semver::Prerelease::new(pre_release).ok()?, build })
}

impl FromStr for ReleaseVersion {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b".+-".contains(&b);
        if text.len() > 100 || !text.bytes().all(plain) || parts(text).is_none() {
            let shown: String = text.chars().take(60).collect();
            bail!("{shown:?} is no version of a release; one looks like 1.297.0, v2.0.0-rc.1 or 1.423");
        }
        Ok(ReleaseVersion(text.into()))
    }
}

as_text!(ReleaseVersion);

impl fmt::Display for ReleaseVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_order_by_their_numbers() {
        let written = [
            "1.9.0",
            "1.10.0-rc.1",
            "1.10.0-rc.2",
            "1.10.0-rc.10",
            "1.10",
            "1.10.1",
            "v1.11.0",
            "456.30-dev",
            "456.30",
            "621.1000",
        ];
        let versions: Vec<ReleaseVersion> = written.iter().map(|text| text.parse().expect(text)).collect();
        for (index, lower) in versions.iter().enumerate() {
            for higher in &versions[index + 1..] {
                assert_eq!(lower.compare(higher), Ordering::Less, "{lower} < {higher}");
                assert_eq!(higher.compare(lower), Ordering::Greater, "{higher} > {lower}");
            }
        }
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for wrong in ["", "v", "1.", ".1", "1..2", "latest", "1.0 ", "1.0/../2", "1.0-", "1.0\n2"] {
            assert!(wrong.parse::<ReleaseVersion>().is_err(), "{wrong:?} was taken for a version");
        }
    }
}
