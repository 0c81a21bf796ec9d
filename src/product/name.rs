//! The name of a product.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use crate::text::{as_text, quoted};

/// The name of a product, such as `cflinuxfs4`. It names a folder of the tracker, so what could lead out of it
/// (`..`, `/`) is no name.
///
/// ```
/// use davos::product::ProductName;
/// assert!("ubuntu-jammy-stemcell".parse::<ProductName>().is_ok());
/// assert!("../etc".parse::<ProductName>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProductName(Box<str>);

impl ProductName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProductName {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let starts = text.bytes().next().is_some_and(plain);
        let rest = text.bytes().all(|b| plain(b) || b"._-".contains(&b));
        // Two dots in a row and a dot at the end mean something to file systems and to git's ref names.
        if !starts || !rest || text.len() > 100 || text.contains("..") || text.ends_with('.') {
            bail!("{} is no product name; one looks like cflinuxfs4 (lower case, digits, `.`, `_`, `-`)", quoted(text));
        }
        Ok(ProductName(text.into()))
    }
}

as_text!(ProductName);

impl fmt::Display for ProductName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_never_leave_its_folder() {
        for name in ["cflinuxfs4", "ubuntu-jammy-stemcell", "a", "1.2_x"] {
            assert!(name.parse::<ProductName>().is_ok(), "{name}");
        }
        let long = "a".repeat(101);
        for wrong in ["", ".", "..", "a..b", "a.", "-a", "_a", "A", "a/b", "a b", "a\n", "é", &long] {
            assert!(wrong.parse::<ProductName>().is_err(), "{wrong:?} was taken for a name");
        }
    }
}
