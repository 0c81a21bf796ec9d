//! The words by which people tell that a version is no release yet.

/// The words.
const WORDS: [&str; 20] = [
    "alpha",
    "beta",
    "canary",
    "candidate",
    "cr",
    "dev",
    "devel",
    "ea",
    "insider",
    "insiders",
    "milestone",
    "next",
    "nightly",
    "pre",
    "prerelease",
    "preview",
    "rc",
    "snapshot",
    "tip",
    "unstable",
];

/// Whether a word, in any case, says that a version comes before a release.
pub fn is_prerelease_word(word: &str) -> bool {
    WORDS.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// A word with a number, as it stands right after the numbers of a version: `rc1` of `1.24rc1`.
pub(super) struct Label<'a> {
    word: &'a str,
    number: &'a str,
    /// What follows.
    pub(super) rest: &'a str,
}

impl Label<'_> {
    /// The same as semver writes it, so that 10 is after 9.
    pub(super) fn identifiers(&self) -> String {
        let word = self.word.to_ascii_lowercase();
        if self.number.is_empty() { word } else { format!("{word}.{}", self.number) }
    }
}

/// The word that a text begins with, if it says that this is no release. `a1` and `b1` are alpha and beta of Python's, but only
/// after more than one number: `4b82564` is a commit. `1.1.1w` of OpenSSL and `9.6p1` of OpenSSH are later than without.
pub(super) fn label(text: &str, numbers: usize) -> Option<Label<'_>> {
    let (word, rest) = text.split_at(text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len()));
    let (number, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
    let is_letter = matches!(word, "a" | "b") && numbers > 1 && !number.is_empty();
    (is_prerelease_word(word) || is_letter).then_some(Label { word, number, rest })
}
