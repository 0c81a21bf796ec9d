//! What a notice asks for: a binary package and the version that carries the fix.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use super::DebianVersion;
use crate::text::{as_text, quoted};

/// The name of a binary package, such as `libpython3.10-minimal`, without an architecture.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageName(Box<str>);

impl PackageName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PackageName {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        // Debian policy 5.6.1, with upper case and `_` let through: third-party packages have them.
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b'_');
        let starts = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        if !starts || text.len() > 200 || !text.bytes().all(plain) {
            bail!("{} is no package name", quoted(text));
        }
        Ok(PackageName(text.into()))
    }
}

as_text!(PackageName);

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A binary package and the version that a notice asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fix {
    /// The binary package.
    pub package: PackageName,
    /// The first version that carries the fix.
    pub version: DebianVersion,
    /// Whether only Ubuntu Pro has that version.
    #[serde(default)]
    pub pro: bool,
}
