//! The name of a product.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

/// The name of a product, such as `cflinuxfs4`: safe as the name of a folder in every store.
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
        if !starts || text.len() > 100 || !text.bytes().all(|b| plain(b) || b"._-".contains(&b)) {
            bail!(
                "{text:?} is no product name; one has lower-case letters, digits, dots, dashes and underscores, and starts with a letter or a digit"
            );
        }
        Ok(ProductName(text.into()))
    }
}

impl TryFrom<String> for ProductName {
    type Error = anyhow::Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<ProductName> for String {
    fn from(name: ProductName) -> String {
        name.0.into()
    }
}

impl fmt::Display for ProductName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
