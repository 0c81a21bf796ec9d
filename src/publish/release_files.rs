//! The files of a release.

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use super::Files;
use crate::notice::NoticeId;
use crate::product::{Packages, ProductName};
use crate::tracker::{By, FixedNotice, Released};

/// What is known of a release, computed up to the event that records it.
#[derive(Debug)]
pub struct ReleaseFacts<'a> {
    /// The product.
    pub product: &'a ProductName,
    /// When it was recorded.
    pub at: Timestamp,
    /// The place of its event in the log.
    pub seq: u64,
    /// The build that recorded it.
    pub by: &'a By,
    /// What was recorded.
    pub released: &'a Released,
    /// What is open once it is out, in the order of ids.
    pub open: Vec<NoticeId>,
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
        at: facts.at,
        seq: facts.seq,
        by: facts.by,
        packages: released.packages.map(|digest| format!("sha256:{digest}")),
        fixed: &released.fixed,
        not_affected: &released.not_affected,
        open: &facts.open,
    };
    let mut files = Files::default();
    files.add("release.json", [serde_json::to_vec_pretty(&json)?, b"\n".to_vec()].concat());
    files.add_line("version", released.version.as_str());
    files.add_lines("fixed", released.fixed.iter().map(|fixed| fixed.notice.to_string()));
    files.add_lines("open", facts.open.iter().map(ToString::to_string));
    files.add("packages", facts.packages.as_ref().map(Packages::to_lines).unwrap_or_default());
    Ok(files)
}
