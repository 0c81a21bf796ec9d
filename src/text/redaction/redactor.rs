//! The removal of secrets from what people see.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use super::escape::CUT;
use super::reading::Reading;
use crate::text::Secret;

/// What stands where a secret was.
pub const REDACTED: &str = "[redacted]";

/// A secret of fewer characters is looked for only as a word.
const SHORT: usize = 4;

/// A secret of which less is left when blanks and backslashes run together is looked for as it is.
const LEAST_COLLAPSED: usize = 3;

/// Removes secrets from text, in whatever spelling they stand there; SECURITY.md lists which.
///
/// Concourse's own redaction knows only the raw form, and only of values that came from a credential manager. A secret
/// of fewer than four characters is removed only where it stands raw as a word of its own: any more, and half of every
/// line would be gone.
#[derive(Clone)]
pub struct Redactor {
    /// The secrets too short to be looked for within words.
    words: BTreeSet<String>,
    needles: BTreeSet<Needle>,
    /// The needles by their first byte.
    by_first: Vec<Vec<Needle>>,
}

/// Bytes that are looked for in every reading of a text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Needle {
    bytes: Vec<u8>,
    /// Whether several blanks or backslashes count as one; of a secret of blanks alone nothing would be left.
    collapsed: bool,
}

impl Default for Redactor {
    fn default() -> Self {
        Redactor { words: BTreeSet::new(), needles: BTreeSet::new(), by_first: vec![Vec::new(); 256] }
    }
}

impl Redactor {
    /// The redactor for these secrets.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Redactor {
        let mut redactor = Redactor::default();
        secrets.into_iter().for_each(|secret| redactor.add(secret));
        redactor
    }

    /// Removes what is known by its type for secret too.
    pub fn know<'a>(&mut self, secrets: impl IntoIterator<Item = &'a Secret>) {
        secrets.into_iter().for_each(|secret| self.add(secret.reveal()));
    }

    fn add(&mut self, secret: &str) {
        let secret = secret.trim();
        match secret.chars().count() {
            0 => {}
            1..SHORT => drop(self.words.insert(secret.to_owned())),
            _ => needles(secret).into_iter().for_each(|needle| {
                if let Some(&first) = needle.bytes.first()
                    && self.needles.insert(needle.clone())
                {
                    self.by_first[usize::from(first)].push(needle);
                }
            }),
        }
    }

    /// The text with [`REDACTED`] in place of each secret. What is foreign and long should be [cut](crate::text::cut)
    /// before: of a secret that was cut, the part that is left is removed.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut found: Vec<Range<usize>> = self.words.iter().flat_map(|word| standing_alone(text, word)).collect();
        if !self.needles.is_empty() {
            let ways: BTreeSet<bool> = self.needles.iter().map(|needle| needle.collapsed).collect();
            Reading::plain(text).all(|reading| ways.iter().for_each(|&way| self.search(reading, way, &mut found)));
        }
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        found.sort_by_key(|range| (range.start, range.end));
        let mut clean = String::with_capacity(text.len());
        let mut end = 0;
        for (nth, range) in found.into_iter().enumerate() {
            if range.start >= end {
                // Two secrets side by side need only one mark.
                if range.start > end || nth == 0 {
                    clean.push_str(&text[end..range.start]);
                    clean.push_str(REDACTED);
                }
            }
            end = end.max(range.end);
        }
        clean.push_str(&text[end..]);
        Cow::Owned(clean)
    }

    fn search(&self, reading: &Reading, collapsed: bool, found: &mut Vec<Range<usize>>) {
        let reading = reading.folded(collapsed);
        let bytes = reading.bytes();
        for (at, &first) in bytes.iter().enumerate() {
            for needle in self.by_first[usize::from(first)].iter().filter(|needle| needle.collapsed == collapsed) {
                let same = bytes[at..].iter().zip(&needle.bytes).take_while(|(one, other)| one == other).count();
                if same == needle.bytes.len() || (same >= SHORT && bytes[at + same..].starts_with(CUT)) {
                    found.push(reading.place(at..at + same));
                }
            }
        }
    }
}

impl fmt::Debug for Redactor {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

/// Where a word stands with no letter or digit beside it.
fn standing_alone<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    let beside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let found = text.match_indices(word).map(|(start, word)| start..start + word.len());
    found.filter(move |at| !beside(text[..at.start].chars().next_back()) && !beside(text[at.end..].chars().next()))
}

/// What to look for: the secret, the same backwards, its bytes in the other encodings of characters, and what is left when
/// escapes are undone that are its own.
fn needles(secret: &str) -> BTreeSet<Needle> {
    let mut needles = BTreeSet::new();
    let mut add = |reading: &Reading| {
        let collapsed = reading.folded(true).bytes().len() >= LEAST_COLLAPSED;
        needles.insert(Needle { bytes: reading.folded(collapsed).bytes().to_vec(), collapsed });
    };
    let backwards = secret.chars().rev().collect::<String>();
    // Of other letters than ours, the small ones are not told by their bytes.
    let (small, capital) = (secret.to_lowercase(), secret.to_uppercase());
    for text in [secret, &backwards, &small, &capital].iter().take(if secret.is_ascii() { 2 } else { 4 }) {
        add(&Reading::plain(text));
        // Of plain letters UTF-16 is the same but for the NUL.
        if !text.is_ascii() {
            let utf16 = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
            add(&Reading::of(&utf16(u16::to_le_bytes)));
            add(&Reading::of(&utf16(u16::to_be_bytes)));
            // As a program shows it that takes UTF-8 for Latin-1, which git does with a server's words.
            add(&Reading::plain(&text.bytes().map(char::from).collect::<String>()));
            if let Some(latin) = text.chars().map(|c| u8::try_from(c).ok()).collect::<Option<Vec<u8>>>() {
                add(&Reading::of(&latin));
            }
        }
    }
    Reading::plain(secret).unescaped_ones(|reading| {
        if reading.bytes().len() >= SHORT {
            add(reading);
        }
    });
    needles
}
