//! The nouns of security notices: a notice, its id, its CVEs and their ratings, and what it asks for.

mod cve;
mod ecosystem;
mod fix;
mod id;
mod in_release;
mod join;
mod order;
mod package;
mod published;
mod rating;
mod release;
mod version;

pub use cve::{Cve, CveId};
pub use ecosystem::{ecosystem_of, osv_name};
pub use fix::{AffectedRange, Fix, WrittenPackage};
pub use id::{NoticeId, has_form_of_id};
pub use in_release::{InRelease, UbuntuWords, Unfixed};
pub use order::{OrderedVersion, compare, is_prerelease_word, reaches};
pub use package::{DEB, PackageName};
pub use published::Published;
pub use rating::{Priority, Severity};
pub use release::UbuntuRelease;
pub use version::{PackageVersion, VersionLine};

use std::ops::Deref;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::text::words;

/// A security notice: all that we know of it. One of Ubuntu's is as it concerns one release of Ubuntu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The notice's id, such as `USN-7886-1`.
    pub id: NoticeId,
    /// The Ubuntu release whose packages [`fixes`](Self::fixes) names; `None` for notices of others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<UbuntuRelease>,
    /// Where it comes from, unless from Ubuntu.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<NoticeOrigin>,
    /// Other ids of the same flaw.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<NoticeId>,
    /// The priority that the notice itself is given, besides those of its CVEs.
    #[serde(default, rename = "priority", skip_serializing_if = "Option::is_none")]
    pub own_priority: Option<Priority>,
    /// The severity that the notice itself is given, besides those of its CVEs.
    #[serde(default, rename = "severity", skip_serializing_if = "Option::is_none")]
    pub own_severity: Option<Severity>,
    /// Whether a scanner guessed the package by its name (CPE).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guessed: bool,
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
    /// The fixed packages, sorted by name and version. Empty where unknown.
    #[serde(rename = "packages")]
    pub fixes: Vec<Fix>,
    /// What Ubuntu says of its CVEs for the release, where that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_release: Option<InRelease>,
}

words! {
    /// Where a notice comes from that isn't Ubuntu's.
    NoticeOrigin, "origin of notices",
    /// A team opened it.
    Team = "team",
    /// A database in the form of OSV.
    Osv = "osv",
    /// A scanner found it.
    Scanner = "scanner",
    /// There is a newer version of what the product contains.
    Dependency = "dependency",
}

/// What is known of a notice before its packages are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeHeader {
    /// The notice's id.
    pub id: NoticeId,
    /// When it was published, to the day or exactly.
    pub published: Published,
    /// Its own priority or the highest among its CVEs.
    pub priority: Priority,
    /// The highest CVSS severity among its CVEs, if any has one.
    pub severity: Option<Severity>,
    /// Whether it names any CVE; regressions often name none.
    pub has_cves: bool,
}

/// What a judgement needs of a notice, without the texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// A notice of which nothing is known but its id and when it was published.
    pub fn blank(id: NoticeId, published: Published) -> Notice {
        Notice {
            id,
            release: None,
            by: None,
            aliases: Vec::new(),
            own_priority: None,
            own_severity: None,
            guessed: false,
            title: String::new(),
            summary: String::new(),
            description: String::new(),
            oval_description: None,
            published,
            cves: Vec::new(),
            references: Vec::new(),
            fixes: Vec::new(),
            in_release: None,
        }
    }

    /// The notice's page, for people.
    pub fn url(&self) -> String {
        self.page().unwrap_or_else(|| self.id.url())
    }

    /// Its page for people: that of its id, or else the first that it refers to.
    pub fn page(&self) -> Option<String> {
        let written = |text: &String| {
            // As a parser writes it, and without brackets, it ends neither an attribute of HTML nor a link of Markdown.
            let url = Url::parse(text).ok().filter(|url| url.scheme() == "https")?;
            Some(url.to_string().replace('(', "%28").replace(')', "%29").replace('\'', "%27"))
        };
        self.id.page().or_else(|| self.references.iter().find_map(written))
    }

    /// The highest priority among its CVEs, but for those that don't concern its release; `unknown` if there is none.
    pub fn priority(&self) -> Priority {
        Priority::highest(self.rating_cves().map(|cve| cve.priority).chain(self.own_priority))
    }

    /// Whether a CVE of it rates it: one that doesn't concern its release doesn't.
    pub fn is_rated_by(&self, cve: &CveId) -> bool {
        self.in_release.as_ref().is_none_or(|told| !told.unconcerned.contains(cve))
    }

    /// The CVEs that rate it.
    pub fn rating_cves(&self) -> impl Iterator<Item = &Cve> {
        self.cves.iter().filter(|cve| self.is_rated_by(&cve.id))
    }

    /// The CVEs that don't concern its release, in the order told.
    pub fn unconcerned(&self) -> impl Iterator<Item = &Cve> {
        self.cves.iter().filter(|cve| !self.is_rated_by(&cve.id))
    }

    /// The notice as all releases see it: each of its CVEs rates it.
    pub fn everywhere(&self) -> Notice {
        Notice { in_release: None, ..self.clone() }
    }

    /// The CVEs by year and number, for people; each once.
    pub fn sorted_cves(&self) -> Vec<&Cve> {
        cve::in_order(&self.cves)
    }

    /// The highest CVSS severity among its CVEs, but for those that don't concern its release, if any has one.
    pub fn severity(&self) -> Option<Severity> {
        self.rating_cves().filter_map(|cve| cve.severity).chain(self.own_severity).max()
    }

    /// All but the texts and the packages.
    pub fn header(&self) -> NoticeHeader {
        NoticeHeader {
            id: self.id,
            published: self.published,
            priority: self.priority(),
            severity: self.severity(),
            has_cves: self.rating_cves().next().is_some(),
        }
    }

    /// What a judgement needs.
    pub fn facts(&self) -> NoticeSummary {
        NoticeSummary { header: self.header(), fixes: self.fixes.clone() }
    }
}
