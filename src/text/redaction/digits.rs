//! Digits of base64, base32, hexadecimal and decimal numbers, as texts have them.

use super::escape::CUT;

/// Whoever wraps base64 into lines makes them at least this long; the last word of a line of prose is shorter.
const SHORTEST_LINE: usize = 20;

/// The digits of the run that begins here, and where it ends. Long ones are wrapped into lines, of which somebody may have made
/// one again; bytes in hexadecimal often have a colon, a dash or a blank between them.
pub(super) fn run(bytes: &[u8], start: usize, digit: fn(u8) -> Option<u8>) -> (Vec<u8>, usize) {
    let (mut digits, mut at, mut line) = (Vec::new(), start, start);
    let in_pairs = digit(b'g').is_none();
    loop {
        while let Some(value) = bytes.get(at).copied().and_then(digit) {
            digits.push(value);
            at += 1;
        }
        let between = bytes[at..].iter().take(4).take_while(|byte| b"\r\n \t;".contains(byte)).count();
        let wrapped = at - line >= SHORTEST_LINE && between > 0;
        let pair = in_pairs && at - line == 2;
        let beside = bytes[at..].iter().take(2).take_while(|byte| b":- ".contains(byte)).count();
        let skipped = if wrapped { between } else { usize::from(pair) * beside };
        let goes_on = bytes.get(at + skipped).is_some_and(|&byte| digit(byte).is_some());
        if skipped == 0 || !goes_on {
            let padding = bytes[at..].iter().take(6).take_while(|&&byte| byte == b'=').count();
            return (digits, at + padding);
        }
        at += skipped;
        line = at;
    }
}

pub(super) fn base64(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

pub(super) fn base32(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a',
        b'2'..=b'7' => byte - b'2' + 26,
        _ => return None,
    })
}

pub(super) fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

/// `104` or `0x68`, and what is no digit after it.
pub(super) fn number(rest: &[u8]) -> Option<(usize, u8)> {
    let digits = |rest: &[u8]| rest.iter().take(5).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (start, radix) = if rest.starts_with(b"0x") { (2, 16) } else { (0, 10) };
    let count = digits(&rest[start..]);
    let text = std::str::from_utf8(rest.get(start..start + count)?).ok()?;
    let was_cut = rest[start + count..].starts_with(CUT);
    u8::from_str_radix(text, radix).ok().filter(|_| !was_cut).map(|byte| (start + count, byte))
}
