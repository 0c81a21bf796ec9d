//! The releases inside a release, of this tracker or of a partner's.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::product::{LogName, PartnerName, ProductName, ReleaseVersion};

/// A release that is inside another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Included {
    /// Its product.
    pub product: ProductName,
    /// Its version.
    pub version: ReleaseVersion,
    /// The partner whose log tells of it; `None` where the own tracker does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<PartnerName>,
}

impl Included {
    /// The log that tells of it.
    pub fn log_name(&self) -> LogName {
        LogName { partner: self.partner.clone(), product: self.product.clone() }
    }
}

impl fmt::Display for Included {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(partner) = &self.partner {
            write!(f, "{partner}/")?;
        }
        write!(f, "{} {}", self.product, self.version)
    }
}

/// The releases inside one that a log of `owner` tells of, as far as a log that we can read tells of them: what a partner has
/// from partners of its own is known by its word alone.
pub fn included(
    owner: Option<&PartnerName>,
    includes: &BTreeMap<ProductName, ReleaseVersion>,
    partners: &BTreeMap<ProductName, PartnerName>,
) -> Vec<Included> {
    let known = includes.iter().filter(|(product, _)| owner.is_none() || !partners.contains_key(*product));
    let included = |(product, version): (&ProductName, &ReleaseVersion)| Included {
        product: product.clone(),
        version: version.clone(),
        partner: owner.or_else(|| partners.get(product)).cloned(),
    };
    known.map(included).collect()
}
