//! The files of a release.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use super::Files;
use super::advisory::advisories;
use super::notes::{Layout, release_notes};
use super::osv::osv;
use super::product_url::ProductUrl;
use super::publisher::Publisher;
use super::release::{RecordedRelease, ReleaseFacts};
use super::release_notification::release_notification;
use super::vex::{self, Reader};
use crate::notice::NoticeId;
use crate::product::{Packages, PartnerName, ProductName, ReleaseVersion};
use crate::tracker::{By, FixedNotice, OpenInside};

#[derive(Serialize)]
struct ReleaseJson<'a> {
    product: &'a ProductName,
    version: String,
    at: Timestamp,
    seq: u64,
    by: &'a By,
    packages: Option<String>,
    includes: &'a BTreeMap<ProductName, ReleaseVersion>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    partners: &'a BTreeMap<ProductName, PartnerName>,
    fixed: &'a [FixedNotice],
    not_affected: &'a [NoticeId],
    open: &'a [NoticeId],
    #[serde(skip_serializing_if = "<[OpenInside]>::is_empty")]
    open_inside: &'a [OpenInside],
}

/// How the documents of a release are to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wording {
    /// The layout of the release notes.
    pub layout: Layout,
    /// The template of the advisories, where it is not our own.
    pub advisory_template: Option<String>,
    /// The program that writes by such a template in a process of its own, so that it can't take our memory.
    pub apart: Option<PathBuf>,
    /// Who publishes the documents, where that is told.
    pub publisher: Option<Publisher>,
    /// What scanners call the product, besides our own name of it.
    pub products: Vec<ProductUrl>,
}

/// The files of a release.
///
/// # Errors
/// If the template of the advisories can't be used, or a file can't be written as JSON.
pub fn release_files(facts: &ReleaseFacts<'_>, wording: &Wording) -> Result<Files> {
    let release = RecordedRelease::of(facts)?;
    let released = release.released;
    let json = ReleaseJson {
        product: release.product,
        version: released.version.to_string(),
        at: release.event.at,
        seq: release.event.seq,
        by: &release.event.by,
        packages: released.packages.map(|digest| format!("sha256:{digest}")),
        includes: &released.includes,
        partners: &released.partners,
        fixed: &released.fixed,
        not_affected: &released.not_affected,
        open: &released.open,
        open_inside: &released.open_inside,
    };
    let mut files = Files::default();
    files.add("release.json", [serde_json::to_vec_pretty(&json)?, b"\n".to_vec()].concat());
    files.add_line("version", released.version.as_str());
    files.add_lines("fixed", released.fixed.iter().map(|fixed| fixed.notice.to_string()));
    files.add_lines("open", released.all_open().map(|id| id.to_string()));
    files.add("packages", facts.packages.as_ref().map(Packages::to_lines).unwrap_or_default());
    let publisher = wording.publisher.clone().unwrap_or_else(|| Publisher::of(&release));
    let products = vex::products(&release, &wording.products);
    let statements = vex::statements(&release, products.len());
    for (name, reader) in [("openvex.json", Reader::Anybody), ("openvex-scan.json", Reader::Scanner)] {
        if let Some(openvex) = vex::openvex(&release, &statements, &products, &publisher.name, reader)? {
            files.add(name, openvex);
        }
    }
    if let Some((name, csaf)) = vex::csaf(&release, &statements, &products, &publisher)? {
        files.add(&format!("csaf/{name}"), csaf);
    }
    for (id, record) in osv(&release)? {
        files.add(&format!("osv/{id}.json"), record);
    }
    for (id, advisory) in advisories(&release, wording.advisory_template.as_deref(), wording.apart.as_deref())? {
        files.add(&format!("advisories/{id}.md"), advisory);
    }
    files.add("release-notes.md", release_notes(&release, wording.layout));
    files.add("notification.txt", release_notification(&release));
    Ok(files)
}
