//! The version that a tag names: `1.25.4` of `v1.25.4`, `go1.25.4`, `release-1.25.4` and `REL_17_2`.
//!
//! Only what is certain is taken. A tag of a repository is anything that anybody wrote: `docs-1.2` is no version of the
//! software, and neither is `1.2.3-windows`, of which nobody knows whether it is a release.

use jiff::civil::Date;

use crate::notice::is_prerelease_word;

/// The longest tag that is looked at.
const TAG_LIMIT: usize = 200;
/// The longest version.
const VERSION_LIMIT: usize = 64;

/// What stands before a version without being a name.
const WORDS: &[&str] = &["releases", "release", "version", "rel", "ver", "v", "r"];

/// What separates the parts after the numbers.
const SEPARATORS: &[char] = &['.', '-', '_', '~'];

/// What else than a pre-release's word says that a tag is of no release.
const UNFINISHED: &[&str] = &[
    "daily",
    "develop",
    "development",
    "eap",
    "early",
    "edge",
    "experimental",
    "main",
    "master",
    "test",
    "testing",
    "tp",
    "trunk",
    "weekly",
    "wip",
];

/// What says that it is one.
const OF_RELEASE: &[&str] = &[
    "esr", "final", "fix", "ga", "hotfix", "lts", "mainline", "patch", "post", "release", "rev", "security", "sp",
    "stable", "update",
];

/// A version and whether it is a pre-release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TaggedVersion {
    pub(super) version: String,
    pub(super) is_prerelease: bool,
}

/// The version that a tag names, if it is certain that it does. `names` are what the software may be called before its
/// version.
pub(super) fn named<'a>(tag: &'a str, names: &[&'a str]) -> Option<TaggedVersion> {
    let mut rest = tag.trim();
    if rest.len() > TAG_LIMIT || !rest.is_ascii() {
        return None;
    }
    // `nginx-release-1.2` and `rel/commons-lang-3.14.0` have two names each, none has four.
    for _ in 0..3 {
        let of_names = names.iter().filter_map(|name| without(rest, name));
        let of_words = WORDS.iter().filter_map(|word| without(rest, word));
        match of_names.chain(of_words).min_by_key(|shorter| shorter.len()) {
            Some(shorter) => rest = shorter,
            None => break,
        }
    }
    version(rest)
}

/// The text without a word before it, which a separator or a number ends.
fn without<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    // A number is no name: it would be taken from a version.
    if !word.starts_with(|c: char| c.is_ascii_alphanumeric()) || !word.contains(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let rest = text.get(word.len()..).filter(|_| text[..word.len()].eq_ignore_ascii_case(word))?;
    let ends_in_number = word.ends_with(|c: char| c.is_ascii_digit());
    match rest.as_bytes() {
        // `v8.1` of a software called v8 is 8.1, and not 1.
        [b'.', ..] if ends_in_number => None,
        [b'-' | b'_' | b'/' | b' ' | b'.', rest_of @ ..] if !rest_of.is_empty() => rest.get(1..),
        // `r7.0.5`, but not `r1234`, which is no version but a revision.
        [b'0'..=b'9', ..] if word == "r" => Some(rest).filter(|rest| rest.contains(['.', '_'])),
        [b'0'..=b'9', ..] if !ends_in_number => Some(rest),
        _ => None,
    }
}

/// A text that is a version from its beginning to its end.
fn version(text: &str) -> Option<TaggedVersion> {
    // PostgreSQL's REL_17_2, curl's curl-8_5_0, OpenSSL's OpenSSL_1_1_1w: a tag of CVS could have no dots.
    let is_underscored = text.contains('_') && !text.contains('.');
    let text = if is_underscored { text.replace('_', ".") } else { text.to_owned() };
    if text.len() > VERSION_LIMIT || !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    // What follows a plus tells a build apart (semver.org, 10) and may be anything.
    let (before, build) = text.split_once('+').map_or((text.as_str(), None), |(before, build)| (before, Some(build)));
    let (numbers, suffix) = before.split_at(numbers_end(before));
    if !is_separated(suffix.strip_prefix(SEPARATORS).unwrap_or(suffix), SEPARATORS, suffix.is_empty())
        || !is_separated(build.unwrap_or_default(), &['.', '-', '_', '+'], build.is_none())
    {
        return None;
    }
    let of_build = words(build.unwrap_or_default());
    let mut is_prerelease = of_build.iter().any(Word::is_before_release);
    let mut is_certain = true;
    let mut is_by_letter = false;
    for word in words(suffix) {
        match word.says(numbers) {
            WordMeans::BeforeRelease => is_prerelease = true,
            // Two letters of a commit, 4f2a9c1, are no alpha and no candidate.
            WordMeans::BeforeReleaseByLetter => is_by_letter = true,
            // How 9.6.P1 is written with dots, nobody knows.
            WordMeans::Release => is_certain &= !is_underscored || word.place == 0,
            WordMeans::Nothing => is_certain = false,
        }
    }
    (is_certain || is_prerelease)
        .then_some(TaggedVersion { version: text, is_prerelease: is_prerelease || is_by_letter })
}

/// Where the numbers with dots between them end.
fn numbers_end(text: &str) -> usize {
    let mut end = 0;
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => end = place + 1,
            b'.' if end == place => {}
            _ => break,
        }
    }
    end
}

/// Whether the text is letters and numbers with single separators between them.
fn is_separated(text: &str, separators: &[char], may_be_empty: bool) -> bool {
    let is_piece = |piece: &str| !piece.is_empty() && piece.bytes().all(|byte| byte.is_ascii_alphanumeric());
    may_be_empty && text.is_empty() || text.split(separators).all(is_piece)
}

/// Letters in the part after the numbers.
struct Word {
    lower: String,
    /// Where it stands.
    place: usize,
    /// What follows it.
    next: Option<u8>,
}

/// What a word says of a version.
enum WordMeans {
    BeforeRelease,
    /// That it is a pre-release, if every other word says something too.
    BeforeReleaseByLetter,
    Release,
    Nothing,
}

impl Word {
    fn is_before_release(&self) -> bool {
        is_prerelease_word(&self.lower) || UNFINISHED.contains(&self.lower.as_str())
    }

    fn says(&self, numbers: &str) -> WordMeans {
        let is_numbered = self.next.is_some_and(|next| next.is_ascii_digit());
        match self.lower.as_str() {
            _ if self.is_before_release() => WordMeans::BeforeRelease,
            word if OF_RELEASE.contains(&word) => WordMeans::Release,
            // 3.14.0a1 and 3.14.0b2 of Python, 6.1.0-M1 of Spring.
            "a" | "b" | "c" | "m" if is_numbered => WordMeans::BeforeReleaseByLetter,
            // 9.6p1 of OpenSSH, 1.2-r3, 8u392.
            "p" | "r" | "u" if is_numbered => WordMeans::Release,
            // 1.1.1w of OpenSSL and 2024a of the time zones; but not 4f2a9c1, the beginning of a commit.
            word if word.len() == 1 && self.place == 0 && !is_numbered => {
                if numbers.contains('.') || numbers.len() == 4 { WordMeans::Release } else { WordMeans::Nothing }
            }
            _ => WordMeans::Nothing,
        }
    }
}

fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut is_within = false;
    for (place, byte) in text.bytes().enumerate() {
        let is_letter = byte.is_ascii_alphabetic();
        match words.last_mut() {
            Some(word) if is_within && is_letter => word.lower.push(char::from(byte.to_ascii_lowercase())),
            Some(word) if is_within => word.next = Some(byte),
            _ if is_letter => {
                words.push(Word { lower: char::from(byte.to_ascii_lowercase()).to_string(), place, next: None });
            }
            _ => {}
        }
        is_within = is_letter;
    }
    words
}

/// Whether a version is a day, `2024-01-31` or `20240131`.
pub(super) fn is_day(version: &str) -> bool {
    let digits = if version.len() == 10 { version.replace('-', "") } else { version.to_owned() };
    let is_written =
        version.len() == 8 || version.len() == 10 && version.as_bytes()[4] == b'-' && version.as_bytes()[7] == b'-';
    is_written
        && digits.len() == 8
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (1980..2200).contains(&digits[..4].parse().unwrap_or(0))
        && digits.parse::<Date>().is_ok()
}
