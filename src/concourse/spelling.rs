//! The spellings of a secret, found in a text.
//!
//! One tolerant matcher instead of a list of encoded forms: which characters an encoder escapes, in which case it writes
//! its digits, and how often a text was escaped, all differ from program to program.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// A secret of fewer characters is looked for only as a word.
const SHORT: usize = 4;

/// What stands where a text was shortened.
const CUT: char = '…';

/// The longest that is left of a character whose spelling was cut: four bytes, each escaped twice.
const LONGEST_STUMP: usize = 20;

/// A backslash, the longest spelling first.
const BACKSLASHES: &[&str] = &["\\u{5c}", "\\u005c", "\\u005C", "\\x5c", "\\x5C", "%255C", "%255c", "%5C", "%5c", "\\"];

/// One way to look for a secret.
#[derive(Clone)]
pub(super) struct Pattern {
    text: Vec<char>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Raw or escaped, character by character.
    Escaped,
    /// Raw, where no letter or digit is beside it.
    Word,
    /// The characters of base64 that depend on the secret alone.
    Base64,
    /// Hexadecimal digits in either case.
    Hex,
}

impl Pattern {
    /// All the ways to look for this secret.
    pub(super) fn all_of(secret: &str) -> Vec<Pattern> {
        let pattern = |text: &str, kind| Pattern { text: text.chars().collect(), kind };
        if secret.chars().count() < SHORT {
            return vec![pattern(secret, Kind::Word)];
        }
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut patterns = vec![pattern(secret, Kind::Escaped), pattern(&hex, Kind::Hex)];
        // Base64 writes three bytes as four characters, so what it makes of the secret depends on how many bytes come
        // before it, by the remainder of three. The characters at the ends depend on the neighbours too, and are left out.
        for before in 0..3 {
            let mut bytes = vec![0; before];
            bytes.extend_from_slice(secret.as_bytes());
            let encoded = STANDARD_NO_PAD.encode(&bytes);
            let first = (before * 8).div_ceil(6);
            let last = bytes.len() * 8 / 6;
            patterns.push(pattern(&encoded[first..last], Kind::Base64));
        }
        patterns
    }

    /// Where the secret stands in the text.
    pub(super) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let end = if text.is_char_boundary(at) { self.matches(text, at) } else { None };
            match end {
                Some(end) => {
                    let range = if self.kind == Kind::Base64 { widened(text, at..end) } else { at..end };
                    at = range.end.max(at + 1);
                    found.push(range);
                }
                None => at += 1,
            }
        }
        found
    }

    /// Where the secret that starts here ends.
    fn matches(&self, text: &str, start: usize) -> Option<usize> {
        let bytes = text.as_bytes();
        match self.kind {
            Kind::Word => {
                let word: String = self.text.iter().collect();
                let beside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                let rest = text[start..].strip_prefix(&word)?;
                let alone = !beside(text[..start].chars().next_back()) && !beside(rest.chars().next());
                alone.then_some(start + word.len())
            }
            Kind::Hex => {
                let pairs = bytes[start..].iter().zip(&self.text);
                let same = pairs.take_while(|(byte, digit)| byte.eq_ignore_ascii_case(&(**digit as u8))).count();
                let end = start + same;
                (same == self.text.len() || (same >= self.least() && text[end..].starts_with(CUT))).then_some(end)
            }
            Kind::Base64 => self.walk(text, start),
            // Most places fail at the first character, and cheaply.
            Kind::Escaped if matches!(bytes[start], b'\\' | b'%' | b'&' | b'+') => self.walk(text, start),
            Kind::Escaped if text[start..].starts_with(*self.text.first()?) => self.walk(text, start),
            Kind::Escaped => None,
        }
    }

    /// How much of the secret before a cut is too much to show.
    fn least(&self) -> usize {
        match self.kind {
            Kind::Escaped | Kind::Word => SHORT,
            Kind::Base64 => (SHORT * 8).div_ceil(6),
            Kind::Hex => SHORT * 2,
        }
    }

    /// The furthest end of the secret that starts here, or of what a cut has left of it. A spelling can be read in two
    /// ways (`%2500` is `%00` escaped again, or a percent sign and two zeros), so all the places where the next character
    /// may start are kept.
    fn walk(&self, text: &str, start: usize) -> Option<usize> {
        let bytes = text.as_bytes();
        let run = |at: usize, some: &[u8]| bytes[at..].iter().take_while(|byte| some.contains(byte)).count();
        let (mut places, mut next) = (vec![start], Vec::new());
        let mut wanted = self.text.iter().copied().peekable();
        while let Some(c) = wanted.next() {
            if self.text.len() - wanted.len() > self.least()
                && let Some(end) = places.iter().find_map(|&at| cut(text, at))
            {
                return Some(end);
            }
            let blank = self.kind == Kind::Escaped && c.is_whitespace();
            for &at in &places {
                escaped(text, at, c, &mut next);
                // Where foreign words are put on one line, one blank is left of several.
                if blank && text[at..].starts_with(char::is_whitespace) {
                    next.push(text.len() - text[at..].trim_start().len());
                } else if blank && text[..at].ends_with(char::is_whitespace) {
                    next.push(at);
                }
                match (self.kind, c) {
                    (Kind::Base64, '+') => escaped(text, at, '-', &mut next),
                    (Kind::Base64, '/') => escaped(text, at, '_', &mut next),
                    _ => {}
                }
            }
            if self.kind == Kind::Base64 && wanted.peek().is_some() {
                // Long base64 is wrapped into lines.
                next.iter_mut().for_each(|at| *at += run(*at, b"\r\n"));
            }
            if self.kind == Kind::Escaped && c == '\\' {
                // Escaping doubles backslashes, maybe more than once: a run of them matches any run.
                while wanted.next_if_eq(&'\\').is_some() {}
                let backslashes = |mut at: usize| {
                    while let Some(one) = BACKSLASHES.iter().find(|one| text[at..].starts_with(**one)) {
                        at += one.len();
                    }
                    at
                };
                next.iter_mut().for_each(|at| *at = backslashes(*at));
            }
            next.sort_unstable();
            next.dedup();
            places.clear();
            std::mem::swap(&mut places, &mut next);
            if places.is_empty() {
                return None;
            }
        }
        places.pop()
    }
}

/// The end of what a cut has left here: nothing, or a part of how a character is spelt.
fn cut(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let (stump, _) = rest.char_indices().take(LONGEST_STUMP + 1).find(|(_, c)| *c == CUT)?;
    let escapes = rest.starts_with(['\\', '%', '&']);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"\\%&#;{}".contains(&byte);
    (stump == 0 || (escapes && rest.bytes().take(stump).all(plain))).then_some(at + stump)
}

/// Adds the ends of the character `wanted` at this place, in any spelling of it.
fn escaped(text: &str, at: usize, wanted: char, ends: &mut Vec<usize>) {
    let Some(rest) = text.get(at..) else { return };
    if rest.starts_with(wanted) {
        ends.push(at + wanted.len_utf8());
    }
    match rest.as_bytes().first() {
        Some(b'+') if wanted == ' ' => ends.push(at + 1),
        Some(b'%') => percent(text, at, wanted, ends),
        Some(b'&') => ends.extend(entity(rest, wanted).map(|length| at + length)),
        Some(b'\\') => backslashed(text, at, wanted, ends),
        // The backslash before this letter was taken for one of the secret's own.
        Some(_) if at > 0 && text.as_bytes()[at - 1] == b'\\' => {
            ends.extend(letter(rest, wanted).map(|length| at + length));
        }
        _ => {}
    }
}

/// `%2F`, `%2f`, `%252F` (escaped twice): each byte of the character so.
fn percent(text: &str, at: usize, wanted: char, ends: &mut Vec<usize>) {
    let bytes = text.as_bytes();
    let mut places = vec![at];
    for &byte in wanted.encode_utf8(&mut [0; 4]).as_bytes() {
        let mut next = Vec::new();
        for at in places.into_iter().filter(|&at| bytes.get(at) == Some(&b'%')) {
            let mut at = at + 1;
            loop {
                if bytes.get(at..at + 2).and_then(hex) == Some(u32::from(byte)) {
                    next.push(at + 2);
                }
                if bytes.get(at..at + 2) != Some(b"25") {
                    break;
                }
                at += 2;
            }
        }
        places = next;
    }
    ends.extend(places);
}

/// `&amp;`, `&#39;`, `&#x27;`.
fn entity(rest: &str, wanted: char) -> Option<usize> {
    // The longest that is right is `&#x10ffff;`.
    let end = rest.bytes().take(12).position(|byte| byte == b';')?;
    let name = &rest[1..end];
    let same = match name {
        "amp" => wanted == '&',
        "lt" => wanted == '<',
        "gt" => wanted == '>',
        "quot" => wanted == '"',
        "apos" => wanted == '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            code == Ok(wanted as u32)
        }
    };
    same.then_some(name.len() + 2)
}

/// A character after one or more backslashes, or its letter or number there.
fn backslashed(text: &str, at: usize, wanted: char, ends: &mut Vec<usize>) {
    let skip = |at: usize| at + text[at..].bytes().take_while(|&byte| byte == b'\\').count();
    let after = skip(at);
    let rest = &text[after..];
    if rest.starts_with(wanted) {
        ends.push(after + wanted.len_utf8());
    }
    ends.extend(letter(rest, wanted).map(|length| after + length));
    // Beyond the first plane JSON writes two numbers.
    let mut end = at;
    for unit in wanted.encode_utf16(&mut [0; 2]) {
        end = skip(end);
        let digits = text[end..].strip_prefix('u').and_then(|rest| rest.as_bytes().get(..4));
        if digits.and_then(hex) != Some(u32::from(*unit)) {
            return;
        }
        end += 5;
    }
    ends.push(end);
}

/// What follows the backslash: `n`, `x1b`, `u{1b}`.
fn letter(rest: &str, wanted: char) -> Option<usize> {
    let short = match wanted {
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        '\0' => '0',
        _ => '\0',
    };
    if short != '\0' && rest.starts_with(short) {
        return Some(1);
    }
    if let Some(inside) = rest.strip_prefix("u{") {
        let digits = inside.bytes().take(7).position(|byte| byte == b'}')?;
        return (hex(&inside.as_bytes()[..digits]) == Some(wanted as u32)).then_some(digits + 3);
    }
    let digits = rest.strip_prefix('x')?.as_bytes().get(..2)?;
    (wanted.is_ascii() && hex(digits) == Some(wanted as u32)).then_some(3)
}

fn hex(digits: &[u8]) -> Option<u32> {
    let all = !digits.is_empty() && digits.len() <= 6 && digits.iter().all(u8::is_ascii_hexdigit);
    all.then(|| std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 16).ok())).flatten()
}

/// The whole run of base64 around a place in it: its neighbours hold the last bits of the secret, or its user's name.
fn widened(text: &str, range: Range<usize>) -> Range<usize> {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(byte);
    let bytes = text.as_bytes();
    let before = bytes[..range.start].iter().rev().take_while(|byte| inside(byte)).count();
    let after = bytes[range.end..].iter().take_while(|byte| inside(byte)).count();
    range.start - before..range.end + after
}

#[cfg(test)]
#[path = "spelling_tests.rs"]
mod tests;
