//! The order of Semantic Versioning 2.0.0, for versions that have fewer or more numbers than three, too.

use std::cmp::Ordering;

use semver::{BuildMetadata, Prerelease};

use super::words;

/// How an ecosystem writes what is otherwise the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VersionSpelling {
    /// As registries have it: `1.2.3`, `v1.2.3`, and `go1.2.3` of Go's toolchain.
    Registry,
    /// As tags have it, too: `V1.2.3`, `release-1.2.3`, `2026-11-05`.
    Tag,
    /// As [`Registry`](Self::Registry), with words that mean the same in capitals.
    AnyCase,
}

/// A version that begins with numbers. Those that are missing are zeros, and build metadata has no part in the order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NumberedVersion<'a> {
    numbers: Numbers<'a>,
    before: Prerelease,
}

impl<'a> NumberedVersion<'a> {
    /// Reads a version, of which only that is left out which can be nothing else than decoration.
    pub(super) fn read(text: &'a str, spelling: VersionSpelling) -> Option<Self> {
        let tag = spelling == VersionSpelling::Tag;
        let bare = text.strip_prefix("release-").filter(|_| tag).unwrap_or(text);
        if let Some(toolchain) = bare.strip_prefix("go") {
            return Self::of_toolchain(toolchain);
        }
        let bare = bare.strip_prefix('v').or(bare.strip_prefix('V').filter(|_| tag)).unwrap_or(bare);
        if let Some((numbers, "")) = Numbers::read(bare) {
            return Some(NumberedVersion { numbers, before: Prerelease::EMPTY });
        }
        let (bare, metadata) = bare.split_once('+').map_or((bare, None), |(bare, metadata)| (bare, Some(metadata)));
        if metadata.is_some_and(|metadata| metadata.is_empty() || BuildMetadata::new(metadata).is_err()) {
            return None;
        }
        if tag && is_date(bare) {
            return Some(NumberedVersion { numbers: Numbers { text: bare, between: b'-' }, before: Prerelease::EMPTY });
        }
        let (bare, before) = bare.split_once('-').map_or((bare, None), |(bare, before)| (bare, Some(before)));
        let (numbers, word) = Numbers::read(bare)?;
        let word = match word {
            "" => None,
            word => {
                Some(words::label(word, numbers.all().count()).filter(|label| label.rest.is_empty())?.identifiers())
            }
        };
        let before = before.map(|before| match spelling {
            VersionSpelling::AnyCase => before.to_ascii_lowercase(),
            VersionSpelling::Registry | VersionSpelling::Tag => before.to_owned(),
        });
        let before = match (word, before) {
            (Some(word), Some(before)) => prerelease(&format!("{word}.{before}"))?,
            (Some(before), None) | (None, Some(before)) => prerelease(&before)?,
            (None, None) => Prerelease::EMPTY,
        };
        Some(NumberedVersion { numbers, before })
    }

    /// What follows `go`. Who built it (`1.25.4-bigcorp`) and what was switched on (`1.25.4 X:boringcrypto`) don't count, as in
    /// Go's package go/version and in `FromToolchain` of cmd/go/internal/gover. `1.24` is the release 1.24.0, not the language,
    /// which Go has before `1.24rc1`.
    fn of_toolchain(text: &'a str) -> Option<Self> {
        let (bare, suffix) = text.split_once([' ', '-', '+']).unwrap_or((text, ""));
        let (numbers, word) = Numbers::read(bare)?;
        let label = match word {
            "" => words::label(suffix, 1),
            word => Some(words::label(word, numbers.all().count()).filter(|label| label.rest.is_empty())?),
        };
        let before = label.map_or(Some(Prerelease::EMPTY), |label| prerelease(&label.identifiers()))?;
        Some(NumberedVersion { numbers, before })
    }
}

impl Ord for NumberedVersion<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| self.before.cmp(&other.before))
    }
}

impl PartialOrd for NumberedVersion<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Numbers of any length, in digits.
#[derive(Debug)]
struct Numbers<'a> {
    text: &'a str,
    /// What stands between two of them.
    between: u8,
}

impl<'a> Numbers<'a> {
    /// The numbers that a text begins with, and what follows them.
    fn read(text: &'a str) -> Option<(Self, &'a str)> {
        let end = text.bytes().position(|b| !b.is_ascii_digit() && b != b'.').unwrap_or(text.len());
        let (numbers, rest) = text.split_at(end);
        // `v8.0.0.rc1`, as Rails has its tags.
        let numbers = numbers.strip_suffix('.').filter(|_| !rest.is_empty()).unwrap_or(numbers);
        let numbers = Numbers { text: numbers, between: b'.' };
        if numbers.all().any(<[u8]>::is_empty) { None } else { Some((numbers, rest)) }
    }

    fn all(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let between = self.between;
        self.text.as_bytes().split(move |b| *b == between)
    }
}

impl Ord for Numbers<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let bare = |numbers: &Self| {
            numbers.all().map(|number| &number[number.iter().take_while(|digit| **digit == b'0').count()..])
        };
        let (mut ours, mut theirs) = (bare(self), bare(other));
        loop {
            // One that is missing is zero.
            let (ours, theirs) = match (ours.next(), theirs.next()) {
                (None, None) => return Ordering::Equal,
                (ours, theirs) => (ours.unwrap_or_default(), theirs.unwrap_or_default()),
            };
            // Without zeros before them, the longer is the higher.
            let order = ours.len().cmp(&theirs.len()).then_with(|| ours.cmp(theirs));
            if order.is_ne() {
                return order;
            }
        }
    }
}

impl PartialOrd for Numbers<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Numbers<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Numbers<'_> {}

/// What stands after the dash. Semver forbids zeros before a number; where they are written all the same, they mean nothing.
fn prerelease(text: &str) -> Option<Prerelease> {
    let is_number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let parts = text.split('.').map(|part| match part.trim_start_matches('0') {
        "" if !part.is_empty() => "0",
        number if is_number(number) => number,
        _ => part,
    });
    let parts: Vec<&str> = parts.collect();
    Prerelease::new(&parts.join(".")).ok().filter(|before| !before.is_empty())
}

/// `2026-11-05`, which no semver is meant by.
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() })
}
