//! Escapes of single characters, undone. Each looks at no more than a dozen bytes.

/// What stands where a text was shortened.
pub(super) const CUT: &[u8] = "…".as_bytes();

/// The longest that is left of a character whose spelling was cut.
const LONGEST_STUMP: usize = 12;

/// How long the escape is that stands here, and what it stands for.
pub(super) type Undone = Option<(usize, Bytes)>;

/// Up to four bytes: a character.
pub(super) struct Bytes(pub(super) [u8; 4], pub(super) usize);

/// How many bytes of an escape a cut has left here.
pub(super) fn stump(rest: &[u8]) -> usize {
    let within = |byte: &u8| byte.is_ascii_alphanumeric() || b"\\%&#{=".contains(byte);
    let length = 1 + rest.iter().skip(1).take(LONGEST_STUMP).take_while(|byte| within(byte)).count();
    if rest[length..].starts_with(CUT) { length } else { 0 }
}

/// `%2F`, `%2f`, `%u00e9`.
pub(super) fn percent(rest: &[u8]) -> Undone {
    match rest.get(1)? {
        b'u' => units(rest, b"%u"),
        _ => Some((3, byte(value(rest.get(1..3)?, 16)?))),
    }
}

/// `=2F`, and the break that a long line gets, of which somebody may have made a blank
/// or a semicolon and a blank.
pub(super) fn quoted_printable(rest: &[u8]) -> Undone {
    match rest {
        [_, b'\n' | b' ', ..] => Some((2, Bytes([0; 4], 0))),
        [_, b'\r', b'\n', ..] | [_, b';', b' ', ..] => Some((3, Bytes([0; 4], 0))),
        _ => Some((3, byte(value(rest.get(1..3)?, 16)?))),
    }
}

/// A quote within quotes, as shells (`'\''`), and CSV, SQL and YAML (twice) have it.
pub(super) fn quote(rest: &[u8]) -> Undone {
    let length = match rest {
        [b'\'', b'\\', b'\'', b'\'', ..] => 4,
        [b'\'', b'"', b'\'', b'"', b'\'', ..] => 5,
        [one, other, ..] if one == other => 2,
        _ => return None,
    };
    Some((length, Bytes([rest[0], 0, 0, 0], 1)))
}

/// What JSON, shells and programming languages write after a backslash.
pub(super) fn backslash(rest: &[u8]) -> Undone {
    let braces = |start: usize| -> Undone {
        let digits = rest.get(start..)?.iter().take(8).take_while(|byte| byte.is_ascii_hexdigit()).count();
        let end = start + digits;
        (rest.get(end)? == &b'}').then_some(())?;
        Some((end + 1, character(value(&rest[start..end], 16)?)))
    };
    let named = |c: u8| Some((2, Bytes([c, 0, 0, 0], 1)));
    match rest.get(1)? {
        b'n' => named(b'\n'),
        b'r' => named(b'\r'),
        b't' => named(b'\t'),
        b'b' => named(8),
        b'f' => named(12),
        b'v' => named(11),
        b'a' => named(7),
        b'e' => named(27),
        b'x' | b'u' if rest.get(2) == Some(&b'{') => braces(3),
        b'x' => Some((4, byte(value(rest.get(2..4)?, 16)?))),
        b'U' => Some((10, character(value(rest.get(2..10)?, 16)?))),
        b'u' => units(rest, b"\\u"),
        b'0'..=b'7' => {
            let digits = rest.iter().skip(1).take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
            Some((1 + digits, byte(value(&rest[1..=digits], 8)? & 0xff)))
        }
        &mark if mark.is_ascii_punctuation() || mark == b' ' => named(mark),
        _ => None,
    }
}

/// Four digits of UTF-16 after these two characters; beyond the first plane the same again.
fn units(rest: &[u8], mark: &[u8]) -> Undone {
    let unit = |at: usize| value(rest.get(at..at + 4)?, 16).map(|unit| unit as u16);
    let first = unit(2)?;
    let second = if rest.get(6..8) == Some(mark) { unit(8) } else { None };
    let pair = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    match pair.filter(|_| (0xd800..0xdc00).contains(&first)) {
        Some(c) => Some((12, character(c as u32))),
        None => Some((6, character(u32::from(first)))),
    }
}

/// `&amp;`, `&#39;`, `&#x27;`.
pub(super) fn entity(rest: &[u8]) -> Undone {
    if rest.get(1) == Some(&b'#') {
        let (start, radix) = if matches!(rest.get(2), Some(b'x' | b'X')) { (3, 16) } else { (2, 10) };
        let digits = rest.get(start..)?.iter().take(8).take_while(|byte| char::from(**byte).is_digit(radix)).count();
        let end = start + digits;
        if rest[end..].starts_with(CUT) {
            return None;
        }
        return Some((end + usize::from(rest.get(end) == Some(&b';')), character(value(&rest[start..end], radix)?)));
    }
    let end = rest.iter().take(10).position(|&byte| byte == b';')?;
    let (_, mark) = ENTITIES.iter().find(|(name, _)| name.as_bytes() == &rest[1..end])?;
    Some((end + 1, byte(u32::from(*mark))))
}

/// The names of what is plain ASCII (HTML, named character references).
const ENTITIES: &[(&str, u8)] = &[
    ("amp", b'&'),
    ("lt", b'<'),
    ("gt", b'>'),
    ("quot", b'"'),
    ("apos", b'\''),
    ("nbsp", b' '),
    ("Tab", b'\t'),
    ("NewLine", b'\n'),
    ("excl", b'!'),
    ("num", b'#'),
    ("dollar", b'$'),
    ("percnt", b'%'),
    ("lpar", b'('),
    ("rpar", b')'),
    ("ast", b'*'),
    ("plus", b'+'),
    ("comma", b','),
    ("period", b'.'),
    ("sol", b'/'),
    ("colon", b':'),
    ("semi", b';'),
    ("equals", b'='),
    ("quest", b'?'),
    ("commat", b'@'),
    ("lbrack", b'['),
    ("lsqb", b'['),
    ("bsol", b'\\'),
    ("rbrack", b']'),
    ("rsqb", b']'),
    ("Hat", b'^'),
    ("lowbar", b'_'),
    ("grave", b'`'),
    ("lbrace", b'{'),
    ("lcub", b'{'),
    ("verbar", b'|'),
    ("vert", b'|'),
    ("rbrace", b'}'),
    ("rcub", b'}'),
];

fn value(digits: &[u8], radix: u32) -> Option<u32> {
    let all = !digits.is_empty() && digits.iter().all(|byte| char::from(*byte).is_digit(radix));
    all.then(|| std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, radix).ok())).flatten()
}

fn byte(value: u32) -> Bytes {
    Bytes([value as u8, 0, 0, 0], 1)
}

/// The character with this number in UTF-8; a mark for what is none.
fn character(code: u32) -> Bytes {
    let mut bytes = [0; 4];
    let length = char::from_u32(code).unwrap_or('\u{fffd}').encode_utf8(&mut bytes).len();
    Bytes(bytes, length)
}
