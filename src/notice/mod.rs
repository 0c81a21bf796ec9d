//! The nouns of security notices: a notice, its id, its CVEs and their ratings, and what it asks for.

mod cve;
mod fix;
mod id;
mod published;
mod rating;
mod release;
mod version;

pub use cve::{Cve, CveId};
pub use fix::{Fix, PackageName};
pub use id::NoticeId;
pub use published::Published;
pub use rating::{Priority, Severity};
pub use release::UbuntuRelease;
pub use version::{DebianVersion, VersionLine};

use std::ops::Deref;

use serde::{Deserialize, Serialize};

/// A security notice as it concerns one Ubuntu release: all that we know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The notice's id, such as `USN-7886-1`.
    pub id: NoticeId,
    /// The Ubuntu release whose packages [`fixes`](Self::fixes) names.
    pub release: UbuntuRelease,
    /// The title without the id, such as `libssh vulnerability`.
    pub title: String,
    /// One sentence on what was fixed; empty where unknown.
    #[serde(default)]
    pub summary: String,
    /// What was fixed, in paragraphs of plain text.
    pub description: String,
    /// The description as the OVAL file prints it, on one line and with the update instructions, where OVAL tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oval_description: Option<String>,
    /// When it was published, to the day or exactly.
    pub published: Published,
    /// The CVEs, in the order of the source.
    pub cves: Vec<Cve>,
    /// What it refers to besides CVEs: bug reports, other notices.
    #[serde(default)]
    pub references: Vec<String>,
    /// The fixed binary packages, sorted by name and version. Empty where unknown.
    #[serde(rename = "packages")]
    pub fixes: Vec<Fix>,
}

/// What is known of a notice before its packages are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeHeader {
    /// The notice's id.
    pub id: NoticeId,
    /// When it was published, to the day or exactly.
    pub published: Published,
    /// The highest priority among its CVEs.
    pub priority: Priority,
    /// The highest CVSS severity among its CVEs, if any has one.
    pub severity: Option<Severity>,
    /// Whether it names any CVE; regressions often name none.
    pub has_cves: bool,
}

/// What a judgement needs of a notice, without the texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeSummary {
    /// All but the packages.
    pub header: NoticeHeader,
    /// The fixed binary packages, sorted by name and version. Empty where unknown.
    pub fixes: Vec<Fix>,
}

impl Deref for NoticeSummary {
    type Target = NoticeHeader;

    fn deref(&self) -> &NoticeHeader {
        &self.header
    }
}

impl Notice {
    /// The notice's page, for people.
    pub fn url(&self) -> String {
        self.id.url()
    }

    /// The highest priority among its CVEs; `unknown` if there is none.
    pub fn priority(&self) -> Priority {
        Priority::highest(self.cves.iter().map(|cve| cve.priority))
    }

    /// The CVEs by year and number, for people; each once.
    pub fn sorted_cves(&self) -> Vec<&Cve> {
        cve::in_order(&self.cves)
    }

    /// The highest CVSS severity among its CVEs, if any has one.
    pub fn severity(&self) -> Option<Severity> {
        self.cves.iter().filter_map(|cve| cve.severity).max()
    }

    /// All but the texts and the packages.
    pub fn header(&self) -> NoticeHeader {
        NoticeHeader {
            id: self.id,
            published: self.published,
            priority: self.priority(),
            severity: self.severity(),
            has_cves: !self.cves.is_empty(),
        }
    }

    /// What a judgement needs.
    pub fn facts(&self) -> NoticeSummary {
        NoticeSummary { header: self.header(), fixes: self.fixes.clone() }
    }
}
