//! The version of a release.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use crate::text::as_text;

/// The version of a release, kept as written: dotted numbers, with or without a leading `v`, a pre-release after a dash
/// and something after a plus, such as `1.297.0`, `v2.0.0-rc.1`, `1.423` or BOSH's `1.0+dev.3`; numbers between dots and dashes,
/// such as `2026-11-05`; and what `git describe` makes of one, such as `v1.2.3-9-gabc1239`. Equality is of the
/// spelling; [`compare`](Self::compare) is the order of releases, and [`is_same`](Self::is_same) tells whether two spellings
/// mean one release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReleaseVersion(Box<str>);

/// The parts of a version.
struct Parts<'a> {
    /// Between dots; where nothing but numbers is, between dashes as well.
    numbers: &'a str,
    /// A pre-release.
    before: Option<&'a str>,
    /// How many commits lie between the version and the build, and which is the last (git-describe(1)).
    commits: Option<(&'a str, &'a str)>,
    /// What follows a plus.
    after: Option<&'a str>,
}

impl ReleaseVersion {
    /// The version as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The order of releases: semver's, with as many numbers as were written, and where semver sees no difference, BOSH's.
    /// Missing numbers count as zero, a pre-release comes before its release, and what stands after a plus comes after it, as
    /// do builds of commits after a release, by the number of commits.
    /// Versions that differ in nothing else order by their spelling, so that the order is total.
    pub fn compare(&self, other: &ReleaseVersion) -> Ordering {
        self.meaning(other).then_with(|| self.0.cmp(&other.0))
    }

    /// Whether both mean the same release, as `v1.2` and `1.2.0` do.
    pub fn is_same(&self, other: &ReleaseVersion) -> bool {
        self.meaning(other).is_eq()
    }

    fn meaning(&self, other: &ReleaseVersion) -> Ordering {
        let (ours, theirs) = (Parts::of(&self.0), Parts::of(&other.0));
        numbers(ours.numbers, theirs.numbers)
            .then_with(|| match (ours.before, theirs.before) {
                (Some(ours), Some(theirs)) => identifiers(ours, theirs),
                // None is higher.
                (ours, theirs) => theirs.is_some().cmp(&ours.is_some()),
            })
            .then_with(|| dashes(ours.numbers).cmp(&dashes(theirs.numbers)))
            .then_with(|| match (ours.commits, theirs.commits) {
                (Some(ours), Some(theirs)) => number(ours.0, theirs.0).then_with(|| ours.1.cmp(theirs.1)),
                (ours, theirs) => ours.is_some().cmp(&theirs.is_some()),
            })
            .then_with(|| match (ours.after, theirs.after) {
                (Some(ours), Some(theirs)) => identifiers(ours, theirs),
                (ours, theirs) => ours.is_some().cmp(&theirs.is_some()),
            })
    }
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Parts<'a> {
        let bare = text.strip_prefix('v').unwrap_or(text);
        let (bare, after) = bare.split_once('+').map_or((bare, None), |(bare, after)| (bare, Some(after)));
        let (bare, commits) = described(bare).map_or((bare, None), |(bare, commits)| (bare, Some(commits)));
        let (numbers, before) = match bare.split_once('-') {
            Some((numbers, before)) if !bare.split(['.', '-']).all(is_number) => (numbers, Some(before)),
            _ => (bare, None),
        };
        Parts { numbers, before, commits, after }
    }

    fn are_valid(&self) -> bool {
        let plain =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        self.numbers.split(['.', '-']).all(is_number)
            && self.before.into_iter().chain(self.after).all(|part| part.split('.').all(plain))
    }
}

/// The version that `git describe` took, and what it added: `-<n>-g<hex>`, and `-dirty` for a tree that was changed.
fn described(bare: &str) -> Option<(&str, (&str, &str))> {
    let (rest, hash) = match bare.strip_suffix("-dirty") {
        Some(clean) => (clean, &bare[clean.rfind('-')? + 1..]),
        None => (bare, &bare[bare.rfind('-')? + 1..]),
    };
    let (version, commits) = rest.rsplit_once('-')?.0.rsplit_once('-')?;
    let hex = hash.strip_suffix("-dirty").unwrap_or(hash).strip_prefix('g')?;
    let is_hex = (4..=64).contains(&hex.len()) && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    (is_hex && is_number(commits)).then_some((version, (commits, hash)))
}

/// How many dashes stand between numbers: `1.2-0` is another release than `1.2`.
fn dashes(numbers: &str) -> usize {
    numbers.bytes().filter(|&b| b == b'-').count()
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())
}

/// Numbers of any length; without leading zeros the longer is the higher.
fn number(ours: &str, theirs: &str) -> Ordering {
    let (ours, theirs) = (ours.trim_start_matches('0'), theirs.trim_start_matches('0'));
    ours.len().cmp(&theirs.len()).then_with(|| ours.cmp(theirs))
}

fn numbers(ours: &str, theirs: &str) -> Ordering {
    let (mut ours, mut theirs) = (ours.split(['.', '-']), theirs.split(['.', '-']));
    loop {
        let order = match (ours.next(), theirs.next()) {
            (None, None) => return Ordering::Equal,
            (ours, theirs) => number(ours.unwrap_or("0"), theirs.unwrap_or("0")),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Semver 2.0.0, 11.4: numbers by value and before words, words in the order of ASCII, and what ends first is lower.
fn identifiers(ours: &str, theirs: &str) -> Ordering {
    let (mut ours, mut theirs) = (ours.split('.'), theirs.split('.'));
    loop {
        let order = match (ours.next(), theirs.next()) {
            (None, None) => return Ordering::Equal,
            (Some(ours), Some(theirs)) => match (is_number(ours), is_number(theirs)) {
                (true, true) => number(ours, theirs),
                (false, false) => ours.cmp(theirs),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
            },
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
        };
        if order.is_ne() {
            return order;
        }
    }
}

impl FromStr for ReleaseVersion {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.len() > 100 || !Parts::of(text).are_valid() {
            let shown: String = text.chars().take(60).collect();
            bail!("{shown:?} is no version of a release; one looks like 1.297.0, v2.0.0-rc.1, 1.423 or 1.0+dev.3");
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
    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> ReleaseVersion {
        text.parse().expect(text)
    }

    /// Whether each is lower than all after it.
    fn ascending(written: &[&str]) {
        let versions: Vec<ReleaseVersion> = written.iter().map(|text| version(text)).collect();
        for (index, lower) in versions.iter().enumerate() {
            for higher in &versions[index + 1..] {
                assert_eq!(lower.compare(higher), Ordering::Less, "{lower} < {higher}");
                assert_eq!(higher.compare(lower), Ordering::Greater, "{higher} > {lower}");
                assert!(!lower.is_same(higher), "{lower} is not {higher}");
            }
        }
    }

    #[test]
    fn releases_order_by_their_numbers() {
        ascending(&["1.9.0", "1.10.0-rc.1", "1.10.0-rc.2", "1.10.0-rc.10", "1.10", "1.10.1", "v1.11.0"]);
    }

    #[test]
    fn the_example_of_semver_holds() {
        ascending(&[
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
        ]);
    }

    #[test]
    fn stemcells_order_as_bosh_orders_them() {
        ascending(&["1.423-dev", "1.423", "1.423+dev.3", "1.423+dev.10", "1.423.1", "1.1000", "456.30-dev", "456.30"]);
        ascending(&["621.9", "621.1000", "99999999999999999999.1", "100000000000000000000.0"]);
    }

    #[test]
    fn what_git_describes_comes_after_the_release_by_its_commits() {
        ascending(&[
            "v1.2.3-rc.1",
            "v1.2.3-rc.1-4-gdeadbee",
            "v1.2.3-rc.2",
            "v1.2.3",
            "v1.2.3-9-gabc1239",
            "v1.2.3-10-g0012345",
            "1.2.3-10-g0012346",
            "v1.2.3-10-g0012346-dirty",
            "v1.2.3-11-gffff",
            "v1.2.4-rc.1",
            "1.2.4",
        ]);
        ascending(&["2026-11-05", "2026-11-05-1-gabcdef0", "2026-11-05-2-gabcdef0", "2026-11-06"]);
        // No commit: words, and so a pre-release.
        ascending(&["1.2.3-9-g12x4", "1.2.3-9-gab", "1.2.3-9-h1234", "1.2.3"]);
        ascending(&["1.2.3-dirty", "1.2.3-g1234567", "1.2.3"]);
    }

    #[test]
    fn numbers_between_dashes_compare_number_by_number() {
        ascending(&[
            "2025-12-31",
            "2026-2-5",
            "2026-11-05",
            "2026-11-05-1",
            "2026-11-05-2",
            "2026-11-05-10",
            "2026-11-15",
        ]);
        ascending(&["2026.11.05", "2026.11.05-1", "2026.11.15", "2026.11.15-1", "2026.11.15-2"]);
        ascending(&["1.2", "1.2-0", "1.2-1", "1.2.2", "v1.2-3", "1.3"]);
        ascending(&["2026-11-05-rc.1", "2026-11-05"]);
    }

    #[test]
    fn one_release_may_be_spelt_in_several_ways() {
        for (one, other) in [("v1.2.3", "1.2.3"), ("1.423", "1.423.0"), ("1.02", "1.2"), ("v1-rc.01", "1.0-rc.1")] {
            assert!(version(one).is_same(&version(other)), "{one} is {other}");
            assert_ne!(version(one).compare(&version(other)), Ordering::Equal, "the order is total");
        }
        for (one, other) in
            [("1.2.3", "1.2.3-rc.1"), ("1.2.3", "1.2.3+build.1"), ("1.2+a.1", "1.2+a.2"), ("1.2", "1.20")]
        {
            assert!(!version(one).is_same(&version(other)), "{one} is not {other}");
        }
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for wrong in [
            "", "v", "1.", ".1", "1..2", "latest", "1.0 ", "1.0/../2", "1.0-", "1.0\n2", "1.0+", "1.0-a..b", "V1",
            "1.0+a+b", "1.x", "vv1", "1.0-é",
        ] {
            assert!(wrong.parse::<ReleaseVersion>().is_err(), "{wrong:?} was taken for a version");
        }
    }

    fn versions() -> impl Strategy<Value = ReleaseVersion> {
        "v?[0-3]{1,2}([.-][0-3]{1,2}){0,3}(-[a0-2]{1,2}(\\.[a0-2]{1,2}){0,2})?(-[0-2]-g000[01])?(\\+[a0-2]{1,2}(\\.[a0-2]){0,1})?"
            .prop_map(|text| version(&text))
    }

    proptest! {
        #[test]
        fn the_order_is_total(a in versions(), b in versions(), c in versions()) {
            prop_assert_eq!(a.compare(&b), b.compare(&a).reverse());
            prop_assert_eq!(a.compare(&b).is_eq(), a == b);
            if a.compare(&b).is_le() && b.compare(&c).is_le() {
                prop_assert!(a.compare(&c).is_le());
            }
            if a.is_same(&b) {
                prop_assert_eq!(a.is_same(&c), b.is_same(&c));
                prop_assert!(a.is_same(&c) || a.compare(&c) == b.compare(&c));
            }
        }

        #[test]
        fn what_semver_reads_orders_as_semver_orders_it(
            a in "[0-9]{1,2}\\.[0-9]{1,2}\\.[0-9]{1,2}(-[a-c0-9]{1,2}(\\.[a-c0-9-]{1,2}){0,2})?",
            b in "[0-9]{1,2}\\.[0-9]{1,2}\\.[0-9]{1,2}(-[a-c0-9]{1,2}(\\.[a-c0-9-]{1,2}){0,2})?",
        ) {
            // What has numbers alone after the dash counts as a build of a day, or of a release, and comes after it.
            let numbers = |text: &str| text.contains('-') && text.split(['.', '-']).all(is_number);
            prop_assume!(!numbers(&a) && !numbers(&b));
            if let (Ok(ours), Ok(theirs)) = (semver::Version::parse(&a), semver::Version::parse(&b)) {
                prop_assert_eq!(version(&a).compare(&version(&b)), ours.cmp(&theirs));
            }
        }

        #[test]
        fn what_is_read_is_kept_as_written(text in "\\PC{0,20}") {
            if let Ok(version) = text.parse::<ReleaseVersion>() {
                prop_assert_eq!(version.to_string(), text);
                prop_assert!(version.is_same(&version));
            }
        }
    }
}
