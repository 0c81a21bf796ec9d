//! The ways to read a text: with its escapes undone, or with what it has encoded decoded.
//!
//! Which characters an encoder escapes, in which case it writes its digits, and how often a text was escaped all differ from
//! program to program. So a text is not compared with the spellings of a secret; it is read in every way, and what comes of
//! it is read again. Each way goes over a text once, and looks at a few bytes at a time.

use std::collections::HashSet;
use std::ops::Range;

use super::digits::{base32, base64, hex, number, run};
use super::escape::{Bytes, CUT, Undone, backslash, entity, percent, quote, quoted_printable, stump};

/// How often a text may have been encoded: JSON within JSON in a percent-encoded address in base64.
const DEEPEST: usize = 4;

/// The shortest run of base64, base32 or hexadecimal digits that may hold a secret of four characters.
const SHORTEST_RUN: usize = 6;

/// Stands between what was decoded from places that are not neighbours. No text has this byte.
const APART: u8 = 0xff;

/// The bytes that a way of reading makes of a text, each with the place that it came from.
#[derive(Clone, Default)]
pub(super) struct Reading {
    bytes: Vec<u8>,
    places: Vec<Range<u32>>,
}

impl Reading {
    /// The text as it stands.
    pub(super) fn plain(text: &str) -> Reading {
        let mut plain = Reading::default();
        for (at, c) in text.char_indices() {
            let place = at as u32..(at + c.len_utf8()) as u32;
            c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| plain.push(byte, place.clone()));
        }
        plain
    }

    /// These bytes, of which nobody asks where they came from.
    pub(super) fn of(bytes: &[u8]) -> Reading {
        Reading { bytes: bytes.to_vec(), places: vec![0..0; bytes.len()] }
    }

    /// Gives this reading and all that follow from it.
    pub(super) fn all(self, look: impl FnMut(&Reading)) {
        self.read(WAYS, look);
    }

    /// Gives this reading and those that follow from undoing escapes in it.
    pub(super) fn unescaped_ones(self, look: impl FnMut(&Reading)) {
        self.read(&WAYS[..ESCAPES], look);
    }

    fn read(self, ways: &[Way], mut look: impl FnMut(&Reading)) {
        let mut known = HashSet::new();
        let mut level = vec![self];
        for depth in 0..=DEEPEST {
            let mut next = Vec::new();
            for reading in level {
                look(&reading);
                if depth < DEEPEST {
                    let readings = ways.iter().filter_map(|way| way(&reading));
                    next.extend(readings.filter(|reading| known.insert(reading.bytes.clone())));
                }
            }
            level = next;
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The place in the text of these bytes.
    pub(super) fn place(&self, of: Range<usize>) -> Range<usize> {
        let places = self.places.get(of).unwrap_or_default();
        let start = places.iter().map(|place| place.start).min().unwrap_or_default();
        start as usize..places.iter().map(|place| place.end).max().unwrap_or(start) as usize
    }

    /// The same in small letters, with a blank for `+` and without NUL, and maybe with one blank or backslash for several: what
    /// programs change without thinking of it. UTF-16 of plain letters is the letters with NUL between them.
    pub(super) fn folded(&self, collapsed: bool) -> Reading {
        let mut folded = Reading::default();
        let mut at = 0;
        while let Some(&byte) = self.bytes.get(at) {
            let blank = blank(&self.bytes[at..]);
            let fold = if blank > 0 { b' ' } else { byte.to_ascii_lowercase() };
            let length = blank.max(1);
            let again = collapsed && matches!(fold, b' ' | b'\\') && folded.bytes.last() == Some(&fold);
            if fold != 0 && !again {
                folded.push(fold, self.places[at].start..self.places[at + length - 1].end);
            } else if again && let Some(place) = folded.places.last_mut() {
                place.end = self.places[at + length - 1].end;
            }
            at += length;
        }
        folded
    }

    fn push(&mut self, byte: u8, place: Range<u32>) {
        self.bytes.push(byte);
        self.places.push(place);
    }

    /// With every escape undone that begins with `first`; nothing if there is none.
    fn unescaped(&self, first: u8, undo: fn(&[u8]) -> Undone) -> Option<Reading> {
        let mut made = Reading::default();
        let (mut at, mut undone) = (0, false);
        while let Some(&byte) = self.bytes.get(at) {
            let rest = &self.bytes[at..];
            let escape = if byte == first { undo(rest) } else { None };
            match escape {
                Some((length, Bytes(bytes, count))) => {
                    let place = self.places[at].start..self.places[at + length - 1].end;
                    bytes[..count].iter().for_each(|&byte| made.push(byte, place.clone()));
                    (at, undone) = (at + length, true);
                }
                None => {
                    // Of an escape that was cut, what stands before it is next to the cut.
                    let stump = if byte == first { stump(rest) } else { 0 };
                    if stump == 0 {
                        made.push(byte, self.places[at].clone());
                    } else if let Some(before) = made.places.last_mut() {
                        before.end = self.places[at + stump - 1].end;
                    }
                    (at, undone) = (at + stump.max(1), undone || stump > 0);
                }
            }
        }
        undone.then_some(made)
    }

    /// What the runs of digits of some alphabet decode to, from the digit `skip` of each on. A run is one place: at its ends
    /// stand the last bits of a secret, or its user's name.
    fn decoded(&self, digit: fn(u8) -> Option<u8>, bits: u32, skip: usize) -> Option<Reading> {
        let mut made = Reading::default();
        let mut at = 0;
        while at < self.bytes.len() {
            if digit(self.bytes[at]).is_none() {
                at += 1;
                continue;
            }
            let (digits, end) = run(&self.bytes, at, digit);
            if digits.len() >= SHORTEST_RUN {
                let place = self.place(at..end);
                let place = place.start as u32..place.end as u32;
                let (mut held, mut count) = (0_u32, 0);
                for digit in digits.into_iter().skip(skip) {
                    held = held << bits | u32::from(digit);
                    count += bits;
                    if count >= 8 {
                        count -= 8;
                        made.push((held >> count) as u8, place.clone());
                        held &= (1 << count) - 1;
                    }
                }
                let after = if is_cut(&self.bytes[end..], b" :-\r\n\t") { CUT } else { &[APART] };
                after.iter().for_each(|&byte| made.push(byte, place.clone()));
            }
            at = end;
        }
        (!made.bytes.is_empty()).then_some(made)
    }

    /// UTF-16 of plain letters, if the text has any.
    fn without_nul(&self) -> Option<Reading> {
        let mut made = Reading::default();
        let bytes = self.bytes.iter().zip(&self.places).filter(|(byte, _)| **byte != 0);
        bytes.for_each(|(&byte, place)| made.push(byte, place.clone()));
        (made.bytes.len() < self.bytes.len()).then_some(made)
    }

    /// UTF-16 of any letters, from the byte `skip` on; only where some of them are plain, or every text could be it.
    fn utf16(&self, unit: fn([u8; 2]) -> u16, skip: usize) -> Option<Reading> {
        if !self.bytes.contains(&0) {
            return None;
        }
        let unit_at = |at: usize| self.bytes.get(at..at + 2).map(|pair| unit([pair[0], pair[1]]));
        let (mut made, mut at) = (Reading::default(), skip);
        while let Some(first) = unit_at(at) {
            let both = [Some(first), unit_at(at + 2)].into_iter().flatten();
            let c = char::decode_utf16(both).next().and_then(Result::ok).unwrap_or('\u{fffd}');
            let length = 2 * c.len_utf16();
            let place = self.places[at].start..self.places[at + length - 1].end;
            c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| made.push(byte, place.clone()));
            at += length;
        }
        Some(made)
    }

    /// The bytes of a list of numbers, such as `[104, 117]` or `0x68 0x75`; a form sends a blank as `+`.
    fn numbers(&self) -> Option<Reading> {
        let mut made = Reading::default();
        let mut at = 0;
        let mut last = None;
        while at < self.bytes.len() {
            let between = last.map(|end| &self.bytes[end..at]);
            let Some((length, byte)) = number(&self.bytes[at..]) else {
                // Of the number that was cut, nothing is taken.
                if between.is_some_and(|between| {
                    between.len() <= 12
                        && is_cut(&self.bytes[at - between.len()..], b", +;\r\n\t0123456789abcdefABCDEFx")
                }) {
                    CUT.iter().for_each(|&byte| made.push(byte, self.places[at].clone()));
                    last = None;
                }
                at += 1;
                continue;
            };
            let near = |between: &[u8]| between.len() <= 12 && between.iter().all(|b| b", +;\r\n\t".contains(b));
            if !between.is_some_and(near) {
                made.push(APART, self.places[at].clone());
            }
            made.push(byte, self.places[at].start..self.places[at + length - 1].end);
            at += length;
            last = Some(at);
        }
        // Fewer than four next to each other hold no secret, but that is for the search to see.
        (made.bytes.len() > 4).then_some(made)
    }
}

/// A way to read a text; nothing if there is nothing to read in this way.
type Way = fn(&Reading) -> Option<Reading>;

/// So many of the ways, the first ones, undo escapes.
const ESCAPES: usize = 6;

/// Every way to read a text. What an encoder writes depends on how many bytes come before, by the remainder of three for
/// base64; a word before it may belong to the same alphabet.
const WAYS: &[Way] = &[
    |text| text.unescaped(b'%', percent),
    |text| text.unescaped(b'\\', backslash),
    |text| text.unescaped(b'&', entity),
    |text| text.unescaped(b'=', quoted_printable),
    |text| text.unescaped(b'\'', quote),
    |text| text.unescaped(b'"', quote),
    |text| text.decoded(base64, 6, 0),
    |text| text.decoded(base64, 6, 1),
    |text| text.decoded(base64, 6, 2),
    |text| text.decoded(base64, 6, 3),
    |text| text.decoded(hex, 4, 0),
    |text| text.decoded(hex, 4, 1),
    |text| text.decoded(base32, 5, 0),
    Reading::numbers,
    Reading::without_nul,
    |text| text.utf16(u16::from_le_bytes, 0),
    |text| text.utf16(u16::from_le_bytes, 1),
    |text| text.utf16(u16::from_be_bytes, 0),
    |text| text.utf16(u16::from_be_bytes, 1),
];

/// Whether the text was cut here, or behind some of these bytes.
fn is_cut(rest: &[u8], between: &[u8]) -> bool {
    let skipped = rest.iter().take(12).take_while(|byte| between.contains(byte)).count();
    rest[skipped..].starts_with(CUT)
}

/// How many bytes of blank stand here: of any script, or a plus.
fn blank(rest: &[u8]) -> usize {
    if matches!(rest.first(), Some(b' ' | b'+' | b'\t'..=b'\r')) {
        return 1;
    }
    let end = rest.len().min(3);
    let first = rest[..end].utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
    first.filter(|c| c.is_whitespace()).map_or(0, char::len_utf8)
}
