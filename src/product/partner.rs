//! The names of partners, and of logs that may be theirs.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use super::ProductName;
use crate::text::{as_text, quoted};

/// The name by which a source calls a tracker of somebody else. It stands before the names of products, with `/` between, so it
/// is a word like them.
///
/// ```
/// use davos::product::PartnerName;
/// assert!("foundation".parse::<PartnerName>().is_ok());
/// assert!("foundation/rootfs".parse::<PartnerName>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartnerName(ProductName);

impl PartnerName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for PartnerName {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.parse() {
            Ok(name) => Ok(PartnerName(name)),
            Err(_) => bail!(
                "{} is no name of a partner; one looks like foundation (lower case, digits, `.`, `_`, `-`)",
                quoted(text)
            ),
        }
    }
}

as_text!(PartnerName);

impl fmt::Display for PartnerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a log: that of its product, and with a partner's, `partner/product`. Own ones come first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogName {
    /// Whose tracker it is in; `None` for the own one.
    pub partner: Option<PartnerName>,
    /// Whose releases it is of.
    pub product: ProductName,
}

impl LogName {
    /// A log of the own tracker.
    pub fn own(product: ProductName) -> LogName {
        LogName { partner: None, product }
    }
}

impl FromStr for LogName {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(match text.split_once('/') {
            None => LogName::own(text.parse()?),
            Some((partner, product)) => LogName { partner: Some(partner.parse()?), product: product.parse()? },
        })
    }
}

as_text!(LogName);

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.partner {
            None => self.product.fmt(f),
            Some(partner) => write!(f, "{partner}/{}", self.product),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_named_with_its_partner_or_without() {
        for name in ["rootfs", "foundation/rootfs", "a.b/c_d"] {
            assert_eq!(name.parse::<LogName>().expect("a name").to_string(), name);
        }
        for wrong in ["", "/", "/rootfs", "foundation/", "a/b/c", "../rootfs", "a/..", "A/b", "a b/c"] {
            assert!(wrong.parse::<LogName>().is_err(), "{wrong:?} was taken for a name");
        }
        for wrong in ["", "a/b", "..", "A", "a\n"] {
            assert!(wrong.parse::<PartnerName>().is_err(), "{wrong:?} was taken for a name");
        }
        let (own, theirs): (LogName, LogName) = ("z".parse().expect("a name"), "a/a".parse().expect("a name"));
        assert!(own < theirs);
    }
}
