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
        match (comparable(&self.0), comparable(&other.0)) {
            (Some(ours), Some(theirs)) => ours.cmp(&theirs),
            // Both were taken apart when they were made, so this is never reached; the spelling is a total order all the same.
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
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-' | b':' | b'~');
        if text.len() > 200 || !text.bytes().all(plain) || parts(text).is_none() {
            bail!("{text:?} is no Debian package version");
        }
        Ok(DebianVersion(text.into()))
    }
}

as_text!(DebianVersion);

/// The epoch, the upstream version and the revision. The library takes a version apart with a regular expression, which
/// for the thousands of versions in a log costs more than all else that is done with them.
fn parts(text: &str) -> Option<(Option<u32>, &str, Option<&str>)> {
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, rest)) if epoch.bytes().all(|b| b.is_ascii_digit()) => (Some(epoch.parse().ok()?), rest),
        Some(_) => return None,
        None => (None, text),
    };
    let revision = rest.rsplit_once('-').filter(|(_, revision)| !revision.is_empty() && !revision.contains(':'));
    let (upstream, revision) = revision.map_or((rest, None), |(upstream, revision)| (upstream, Some(revision)));
    upstream.starts_with(|c: char| c.is_ascii_alphanumeric()).then_some((epoch, upstream, revision))
}

/// A version as the library compares it.
fn comparable(text: &str) -> Option<debversion::Version> {
    let (epoch, upstream, revision) = parts(text)?;
    let debian_revision = revision.map(str::to_owned);
    Some(debversion::Version { epoch, upstream_version: upstream.to_owned(), debian_revision })
}

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
    fn versions_are_taken_apart_as_the_library_does() {
        for text in
            ["1.0", "1.0-1", "1.0-1-2", "1.0-", "1:1.0-1", "1:1:2-3", "1:1-2:3", "a-b-", "1--1", "1-~", "0:1~a+b-c"]
        {
            let library: debversion::Version = text.parse().expect(text);
            let ours = comparable(&version(text).0).expect(text);
            assert_eq!(ours.epoch, library.epoch, "{text}");
            assert_eq!(ours.upstream_version, library.upstream_version, "{text}");
            assert_eq!(ours.debian_revision, library.debian_revision, "{text}");
        }
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for wrong in [
            "",
            " ",
            "1.0 2",
            "1.0\n",
            "a:1",
            "1.0/..",
            "1\u{202e}0",
            "1.0_2",
            "-1",
            "~1",
            ":1",
            "1:",
            "1:-1",
            "4294967296:1",
        ] {
            assert!(wrong.parse::<DebianVersion>().is_err(), "{wrong:?} was taken for a version");
        }
    }
}
