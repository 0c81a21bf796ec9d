//! A SHA-256 digest.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use sha2::{Digest as _, Sha256};

use super::{as_text_or, quoted};

/// The SHA-256 digest of some bytes. As text, and in events, it is 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }

    /// The digest of these lines in this order.
    pub fn of_lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> Digest {
        let mut digester = Sha256::new();
        for line in lines {
            digester.update(line);
            digester.update("\n");
        }
        Digest::of_all(digester)
    }

    /// The digest of all that a digester took in.
    pub(crate) fn of_all(digester: Sha256) -> Digest {
        Digest(digester.finalize().into())
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Digest {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut digest = [0; 32];
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() != 64 || !text.bytes().all(hex) {
            bail!("{} is no SHA-256 digest in lower-case hexadecimal digits", quoted(text));
        }
        for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair)?, 16)?;
        }
        Ok(Digest(digest))
    }
}

as_text_or!(Digest, [u8; 32], |digest| digest.0, |bytes| Ok(Digest(bytes)));

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_back_from_its_text() {
        let digest = Digest::of(b"");
        assert_eq!(digest.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(digest.to_string().parse::<Digest>().expect("a digest"), digest);
        assert!(digest.to_string().to_uppercase().parse::<Digest>().is_err());
    }
}
