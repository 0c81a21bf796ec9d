//! What an issue is about.

use std::fmt;
use std::str::FromStr;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::notice::NoticeId;
use crate::product::{ProductName, ReleaseVersion};
use crate::text::as_text;

/// What an issue of a product is about. As text it has no blank in it: `USN-7946-1`, `cflinuxfs4@1.297.0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum IssueKey {
    /// A notice.
    Notice(NoticeId),
    /// A release of a contained product, which is to be picked up.
    PickUp(ProductName, ReleaseVersion),
}

impl IssueKey {
    /// That of a release of a contained product.
    pub fn pick_up(product: &ProductName, version: &ReleaseVersion) -> IssueKey {
        IssueKey::PickUp(product.clone(), version.clone())
    }

    /// The notice, if it is about one.
    pub fn notice(&self) -> Option<NoticeId> {
        match self {
            IssueKey::Notice(id) => Some(*id),
            IssueKey::PickUp(..) => None,
        }
    }
}

impl FromStr for IssueKey {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let Some((product, version)) = text.split_once('@') else { return Ok(IssueKey::Notice(text.parse()?)) };
        Ok(IssueKey::PickUp(product.parse()?, version.parse()?))
    }
}

impl fmt::Display for IssueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IssueKey::Notice(id) => id.fmt(f),
            IssueKey::PickUp(product, version) => write!(f, "{product}@{version}"),
        }
    }
}

as_text!(IssueKey);
