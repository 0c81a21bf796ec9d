//! Small damage to good input, the same for the same seed.

/// What parsers stumble over.
const TOKENS: &[&str] = &[
    "",
    "0",
    "-1",
    "9999999999999999999999",
    "1e999",
    "null",
    "[]",
    "{}",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "\u{202e}",
    "\u{feff}",
    "\0",
    "\n",
    "\r\n",
    "\t",
    "<![CDATA[",
    "&#x10ffff;",
    "&lt;",
    "]]>",
    "%00",
    "%",
    ":",
    "@",
    "//",
    "..",
    "*",
    "((",
    "[[[[[[[[[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":",
    "9999-12-31",
    "0000-00-00T00:00:00Z",
    "USN-1-1",
    "CVE-9999-99999999",
    "1:2-3",
    "~",
    "pkg:deb/ubuntu/a@1",
    "é",
    "𝄞",
];

/// One of the samples with up to eight pieces of damage.
pub(crate) fn mutated(samples: &[Vec<u8>], seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut bytes = samples[random.usize(..samples.len())].clone();
    // Each so often the sample itself, so that what follows on a good answer is reached too.
    for _ in 0..random.usize(..=8) {
        damage(&mut bytes, samples, &mut random);
    }
    bytes
}

fn damage(bytes: &mut Vec<u8>, samples: &[Vec<u8>], random: &mut fastrand::Rng) {
    let at = random.usize(..=bytes.len());
    let end = (at + random.usize(..=40)).min(bytes.len());
    match random.u8(..8) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.u8(..8),
        1 => drop(bytes.drain(at..end)),
        2 => drop(bytes.splice(at..at, TOKENS[random.usize(..TOKENS.len())].bytes())),
        3 => drop(bytes.splice(at..end, TOKENS[random.usize(..TOKENS.len())].bytes())),
        4 => {
            let piece = bytes[at..end].repeat(random.usize(1..200));
            bytes.splice(at..at, piece);
        }
        5 => bytes.truncate(at),
        6 => {
            let other = &samples[random.usize(..samples.len())];
            let from = random.usize(..=other.len());
            let to = (from + random.usize(..=200)).min(other.len());
            bytes.splice(at..end, other[from..to].iter().copied());
        }
        // Another number or word in place of one.
        _ => {
            let is_word = |b: &u8| b.is_ascii_alphanumeric();
            let start = bytes[..at].iter().rposition(|b| !is_word(b)).map_or(0, |place| place + 1);
            let stop = bytes[at..].iter().position(|b| !is_word(b)).map_or(bytes.len(), |place| at + place);
            bytes.splice(start..stop, TOKENS[random.usize(..TOKENS.len())].bytes());
        }
    }
}
