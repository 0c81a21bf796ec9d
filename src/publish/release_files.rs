//! The files of a release.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use super::Files;
use crate::notice::NoticeId;
use crate::product::{Packages, ProductName, ReleaseVersion};
use crate::tracker::{By, Event, FixedNotice, Released};

/// What is known of a release.
#[derive(Debug)]
pub struct ReleaseFacts<'a> {
    /// The product.
    pub product: &'a ProductName,
    /// The event that records it.
    pub event: &'a Event,
    /// What was recorded.
    pub released: &'a Released,
    /// Its packages, if they were recorded.
    pub packages: Option<Packages>,
}

#[derive(Serialize)]
struct ReleaseJson<'a> {
    product: &'a ProductName,
    version: String,
    at: Timestamp,
    seq: u64,
    by: &'a By,
    packages: Option<String>,
    includes: &'a BTreeMap<ProductName, ReleaseVersion>,
    fixed: &'a [FixedNotice],
    not_affected: &'a [NoticeId],
    open: &'a [NoticeId],
}

/// The files of a release.
///
/// # Errors
/// If it can't be written as JSON.
pub fn release_files(facts: &ReleaseFacts<'_>) -> Result<Files> {
    let released = facts.released;
    let json = ReleaseJson {
        product: facts.product,
        version: released.version.to_string(),
        at: facts.event.at,
        seq: facts.event.seq,
        by: &facts.event.by,
        packages: released.packages.map(|digest| format!("sha256:{digest}")),
        includes: &released.includes,
        fixed: &released.fixed,
        not_affected: &released.not_affected,
        open: &released.open,
    };
    let mut files = Files::default();
    files.add("release.json", [serde_json::to_vec_pretty(&json)?, b"\n".to_vec()].concat());
    files.add_line("version", released.version.as_str());
    files.add_lines("fixed", released.fixed.iter().map(|fixed| fixed.notice.to_string()));
    files.add_lines("open", released.open.iter().map(ToString::to_string));
    files.add("packages", facts.packages.as_ref().map(Packages::to_lines).unwrap_or_default());
    Ok(files)
}
