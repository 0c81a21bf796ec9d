//! A Debian package version.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use crate::text::as_text;

/// A Debian package version, kept as written: `2:4.18.6+dfsg-1ubuntu2.1`. Equality is of the spelling; the Debian order,
/// in which `1.0~rc1` is before `1.0` and an epoch decides first, is [`compare`](Self::compare).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DebianVersion(Arc<str>);

impl DebianVersion {
    /// The version as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The order of Debian policy 5.6.12.
    pub fn compare(&self, other: &DebianVersion) -> Ordering {
        if self.0 == other.0 {
            return Ordering::Equal;
        }
        match (self.0.parse::<debversion::Version>(), other.0.parse::<debversion::Version>()) {
            (Ok(ours), Ok(theirs)) => ours.cmp(&theirs),
            // Both were parsed when they were made, so this is never reached; the spelling is a total order all the same.
            _ => self.0.cmp(&other.0),
        }
    }

    /// Whether this version carries a fix that came with `needed`.
    pub fn reaches(&self, needed: &DebianVersion) -> bool {
        self.compare(needed) != Ordering::Less
    }
}

impl FromStr for DebianVersion {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (epoch, rest) = text.split_once(':').unwrap_or(("0", text));
        let plain = |b: u8| b.is_ascii_alphanumeric() || b".+-:~_".contains(&b);
        let valid = !epoch.is_empty()
            && epoch.bytes().all(|b| b.is_ascii_digit())
            && rest.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
            && rest.bytes().all(plain)
            && text.len() <= 200
            && text.parse::<debversion::Version>().is_ok();
        if !valid {
            bail!("{text:?} is no Debian package version");
        }
        Ok(DebianVersion(text.into()))
    }
}

as_text!(DebianVersion);

impl fmt::Display for DebianVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> DebianVersion {
        text.parse().expect("a version")
    }

    #[test]
    fn versions_compare_in_debian_order() {
        for (lower, higher) in [
            ("1.0~rc1", "1.0"),
            ("1.9", "1.10"),
            ("9.9", "1:0.1"),
            ("1.0-1", "1.0-1ubuntu1"),
            ("3.10.12-1~22.04.11", "3.10.12-1~22.04.12"),
            ("1.12.0-2build1", "1.12.0-2ubuntu0.1~esm2"),
        ] {
            assert!(!version(lower).reaches(&version(higher)), "{lower} < {higher}");
            assert!(version(higher).reaches(&version(lower)), "{higher} > {lower}");
        }
        assert!(version("0:1.2").reaches(&version("1.2")) && version("1.2").reaches(&version("0:1.2")));
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for wrong in ["", " ", "1.0 2", "1.0\n", "a:1", "1.0/..", "1\u{202e}0"] {
            assert!(wrong.parse::<DebianVersion>().is_err(), "{wrong:?} was taken for a version");
        }
    }
}
