//! The version of a package.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use serde::{Deserialize, Deserializer, Serialize, de};
use smol_str::SmolStr;

use crate::text::quoted;

/// The version of a package, kept as written: `2:4.18.6+dfsg-1ubuntu2.1`, `v1.22.5`. Equality is of the spelling. Which order
/// it has is the ecosystem's; that of `.deb`s, in which `1.0~rc1` is before `1.0` and an epoch decides first, is
/// [`compare`](Self::compare).
///
/// A version of a `.deb` that is given begins with a digit, after its epoch. Words such as `install` and `amd64` were taken for
/// versions once, and a letter sorts above every digit: logs and kept lists have them, so [`recorded`](Self::recorded) reads
/// them still; but they are of no [`line`](Self::line), and show nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct PackageVersion(SmolStr);

/// The most characters of a version.
const LONGEST: usize = 200;

/// What is needed where nothing carries the fix yet.
const NONE_YET: &str = "none-yet";

impl PackageVersion {
    /// The version as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A version of a `.deb` as a log or a kept list may have it, also a word that was taken for one once.
    ///
    /// # Errors
    /// If no version was ever written so.
    pub fn recorded(text: &str) -> Result<Self> {
        if text.len() > LONGEST || !is_plain(text) || parts(text).is_none() {
            bail!("{} is no Debian package version", quoted(text));
        }
        Ok(PackageVersion(text.into()))
    }

    /// A version of any ecosystem.
    ///
    /// # Errors
    /// If it is empty, longer than any version, or has blanks or other characters that no version has.
    pub fn of_any(text: &str) -> Result<Self> {
        // A version may be one above another. What ends code in Markdown, or a cell of a table, is in none.
        let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'`' | b'|');
        if text.is_empty() || text.trim_start_matches('>').len() > LONGEST || !text.bytes().all(plain) {
            bail!("{} is no version of a package", quoted(text));
        }
        Ok(PackageVersion(text.into()))
    }

    /// What has to be reached where it isn't told what fixes a flaw: any version above the last one that has it.
    pub fn above(last: &PackageVersion) -> Self {
        PackageVersion(format!(">{last}").into())
    }

    /// What has to be reached where nothing carries the fix yet.
    pub fn none_yet() -> Self {
        PackageVersion(NONE_YET.into())
    }

    /// The last affected version, where any [`above`](Self::above) it is needed.
    pub fn needs_above(&self) -> Option<&str> {
        self.0.strip_prefix('>')
    }

    /// Whether nothing carries the fix yet.
    pub fn is_none_yet(&self) -> bool {
        self.0 == NONE_YET
    }

    /// The line of builds that it belongs to; `None` for a word that is no version.
    pub fn line(&self) -> Option<VersionLine> {
        let (_, upstream, _) = parts(&self.0).filter(|_| is_plain(&self.0))?;
        if !upstream.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        Some(if self.names_fips() { VersionLine::Fips } else { VersionLine::Ordinary })
    }

    /// Whether it is one of a build for FIPS.
    pub fn is_for_fips(&self) -> bool {
        self.names_fips() && self.line().is_some()
    }

    fn names_fips(&self) -> bool {
        // Few versions have the letter.
        let bytes = self.0.as_bytes();
        bytes.iter().any(|b| b.eq_ignore_ascii_case(&b'f'))
            && bytes.windows(4).any(|word| word.eq_ignore_ascii_case(b"fips"))
    }

    /// The order of Debian policy 5.6.12, whatever the lines.
    pub fn compare(&self, other: &PackageVersion) -> Ordering {
        if self.0 == other.0 {
            return Ordering::Equal;
        }
        match (comparable(&self.0), comparable(&other.0)) {
            (Some(ours), Some(theirs)) => ours.cmp(&theirs),
            // Those of other ecosystems have no order here; the spelling is a total one all the same.
            _ => self.0.cmp(&other.0),
        }
    }

    /// Whether this version carries a fix that came with `needed`. Versions of different lines, and words that are no
    /// versions, show nothing: `None`.
    pub fn reaches(&self, needed: &PackageVersion) -> Option<bool> {
        let line = self.line();
        let comparable = line.is_some() && line == needed.line();
        comparable.then(|| self.compare(needed) != Ordering::Less)
    }
}

/// Builds of a package that are patched one after the other. Of two lines the lower version may have a fix that the higher
/// one lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VersionLine {
    /// Ubuntu's own, with its updates of Ubuntu Pro, whose `+esm` is higher than what it follows.
    Ordinary,
    /// Validated for FIPS: `3.0.2-0ubuntu1.18+Fips1`, `1.1.1f-1ubuntu2.fips.22`.
    Fips,
}

/// A version of a `.deb` as it is given today.
impl FromStr for PackageVersion {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let version = Self::recorded(text)?;
        if version.line().is_none() {
            bail!("{} is no Debian package version, which begins with a digit", quoted(text));
        }
        Ok(version)
    }
}

impl<'de> Deserialize<'de> for PackageVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A file of the temporary folder has its own checksum, and what is in it was read once.
        let is_trusted = !deserializer.is_human_readable();
        let text = SmolStr::deserialize(deserializer)?;
        if is_trusted { Ok(PackageVersion(text)) } else { Self::of_any(&text).map_err(de::Error::custom) }
    }
}

/// Whether it has no other characters than a version of a `.deb`.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-' | b':' | b'~'))
}

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

impl fmt::Display for PackageVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> PackageVersion {
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
            assert_eq!(version(lower).reaches(&version(higher)), Some(false), "{lower} < {higher}");
            assert_eq!(version(higher).reaches(&version(lower)), Some(true), "{higher} > {lower}");
        }
        assert_eq!(version("0:1.2").reaches(&version("1.2")), Some(true));
        assert_eq!(version("1.2").reaches(&version("0:1.2")), Some(true));
    }

    #[test]
    fn a_build_for_fips_is_a_line_of_its_own() {
        let ordinary = ["3.0.2-0ubuntu1.20", "1.12.0-2ubuntu0.1~esm2", "2:8.9p1-3+esm1", "1.0-fip-s"];
        let fips = ["3.0.2-0ubuntu1.18+Fips1", "1.1.1f-1ubuntu2.fips.22", "5.15.0-73.80+fips1", "1:2.0FIPS"];
        for ordinary in ordinary {
            assert_eq!(version(ordinary).line(), Some(VersionLine::Ordinary), "{ordinary}");
            for fips in fips {
                assert_eq!(version(fips).line(), Some(VersionLine::Fips), "{fips}");
                assert_eq!(version(ordinary).reaches(&version(fips)), None);
                assert_eq!(version(fips).reaches(&version(ordinary)), None);
            }
        }
        assert_eq!(version("1.2-3+Fips2").reaches(&version("1.2-3+Fips1")), Some(true));
        assert_eq!(version("1.2-3+Fips1").reaches(&version("1.2-3+Fips2")), Some(false));
    }

    #[test]
    fn a_word_is_no_version_and_where_a_log_has_one_it_shows_nothing() {
        for word in ["install", "amd64", "all", "hold", "latest", "v1.2", "1:none", "n"] {
            let error = word.parse::<PackageVersion>().expect_err(word).to_string();
            assert!(error.contains("begins with a digit"), "{error}");
            let recorded: PackageVersion = serde_json::from_str(&format!("{word:?}")).expect(word);
            assert_eq!(recorded, PackageVersion::recorded(word).expect(word));
            assert_eq!(serde_json::to_string(&recorded).expect(word), format!("{word:?}"));
            assert_eq!(recorded.line(), None);
            assert_eq!(recorded.reaches(&recorded), None);
            assert_eq!(recorded.reaches(&version("1")), None);
            assert_eq!(version("1").reaches(&recorded), None);
        }
    }

    #[test]
    fn versions_are_taken_apart_as_the_library_does() {
        for text in
            ["1.0", "1.0-1", "1.0-1-2", "1.0-", "1:1.0-1", "1:1:2-3", "1:1-2:3", "1a-b-", "1--1", "1-~", "0:1~a+b-c"]
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
            assert!(wrong.parse::<PackageVersion>().is_err(), "{wrong:?} was taken for a version");
            assert!(PackageVersion::recorded(wrong).is_err(), "{wrong:?} was never recorded");
        }
    }
}
