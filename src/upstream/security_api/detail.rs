//! `notices/<id>.json`: a notice with its packages.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use super::json::{self, Few, ListEntry, few};
use super::release_statuses::LONGEST_NAME;
use crate::notice::{CveId, Fix, NoticeId, PackageVersion, Published, UbuntuRelease};

/// What the API tells of a notice, as it concerns one Ubuntu release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The title without the id.
    pub title: String,
    /// One sentence on what was fixed; empty where there is none.
    pub summary: String,
    /// What was fixed, in paragraphs.
    pub description: String,
    /// When it was published, where that is told.
    pub published: Option<Published>,
    /// The CVEs, in the order told.
    pub cves: Vec<CveId>,
    /// What it refers to besides CVEs.
    pub references: Vec<String>,
    /// The fixed binary packages of the release, sorted. A package with a free and a Pro version stands twice.
    pub fixes: Vec<Fix>,
    /// The source packages that it fixes in the release, sorted.
    pub sources: Vec<Box<str>>,
    /// Whether the notice names the release at all.
    pub concerns_release: bool,
}

impl Detail {
    /// About how much memory it takes.
    pub(super) fn size(&self) -> usize {
        let references: usize = self.references.iter().map(|text| text.len() + 24).sum();
        self.title.len()
            + self.summary.len()
            + self.description.len()
            + references
            + 100 * (self.fixes.len() + self.sources.len())
            + 40 * self.cves.len()
    }
}

/// Every field but the id is null or missing in some old notice.
#[derive(Deserialize)]
struct RawDetail {
    id: String,
    title: Option<String>,
    summary: Option<String>,
    description: Option<String>,
    published: Option<String>,
    #[serde(default, deserialize_with = "few::<_, Option<String>>")]
    cves_ids: Few<String>,
    #[serde(default, deserialize_with = "few::<_, NamedCve>")]
    cves: Few<String>,
    #[serde(default, deserialize_with = "few::<_, Option<String>>")]
    references: Few<String>,
    #[serde(default, deserialize_with = "few::<_, RawRelease>")]
    releases: Few<String>,
    release_packages: Option<BTreeMap<String, RawFixes>>,
}

/// The packages of one release.
#[derive(Deserialize)]
#[serde(transparent)]
struct RawFixes(#[serde(deserialize_with = "few::<_, RawPackage>")] Few<FixedPackage>);

/// A package of the release.
enum FixedPackage {
    Binary(Fix),
    Source(Box<str>),
}

#[derive(Deserialize)]
pub(super) struct NamedCve {
    id: Option<String>,
}

impl ListEntry for NamedCve {
    type Kept = String;

    fn kept(self) -> Option<String> {
        self.id
    }
}

#[derive(Deserialize)]
struct RawRelease {
    codename: Option<String>,
}

impl ListEntry for RawRelease {
    type Kept = String;

    fn kept(self) -> Option<String> {
        self.codename
    }
}

#[derive(Deserialize)]
struct RawPackage {
    name: Option<String>,
    version: Option<String>,
    is_source: Option<bool>,
    pocket: Option<String>,
    package_type: Option<String>,
}

/// Reads a notice.
pub(super) fn read(body: &mut dyn Read, id: NoticeId, release: &UbuntuRelease) -> Result<Detail> {
    let raw: RawDetail = json::read(body)?;
    ensure!(raw.id.parse().ok() == Some(id), "it is about {:?}", raw.id);
    let packages = raw.release_packages.and_then(|mut all| all.remove(release.codename()));
    let concerns_release = packages.is_some() || raw.releases.kept.iter().any(|named| named == release.codename());
    let (mut fixes, mut sources) = (Vec::new(), Vec::new());
    for package in packages.into_iter().flat_map(|RawFixes(few)| few.kept) {
        match package {
            FixedPackage::Binary(fix) => fixes.push(fix),
            FixedPackage::Source(name) => sources.push(name),
        }
    }
    fixes.sort();
    fixes.dedup();
    sources.sort();
    sources.dedup();
    Ok(Detail {
        title: raw.title.unwrap_or_default().trim().to_owned(),
        summary: raw.summary.unwrap_or_default().trim().to_owned(),
        description: raw.description.unwrap_or_default().trim().to_owned(),
        published: raw.published.and_then(|text| text.parse().ok()),
        cves: cve_ids(&raw.cves_ids, &raw.cves),
        references: raw.references.kept.into_iter().filter(|text| !text.is_empty()).collect(),
        fixes,
        sources,
        concerns_release,
    })
}

/// The CVEs of a notice, each once; what is no CVE id is left out.
pub(super) fn cve_ids(ids: &Few<String>, cves: &Few<String>) -> Vec<CveId> {
    let mut seen = BTreeSet::new();
    let ids = ids.kept.iter().chain(&cves.kept).filter_map(|id| id.trim().parse::<CveId>().ok());
    ids.filter(|id| seen.insert(id.clone())).collect()
}

impl ListEntry for RawPackage {
    type Kept = FixedPackage;

    /// The fix that an entry stands for, or the source package. Livepatch modules, what isn't for apt and what has no version
    /// (in notices of before 2012) stand for none.
    fn kept(self) -> Option<FixedPackage> {
        let pocket = self.pocket.as_deref().unwrap_or_default();
        let for_apt = self.package_type.as_deref().is_none_or(|kind| kind.is_empty() || kind == "deb");
        if pocket == "livepatch" || !for_apt {
            return None;
        }
        if self.is_source == Some(true) {
            // Of one without a name, or with one beyond measure, nobody can say that it isn't affected.
            let name = self.name.unwrap_or_default();
            return Some(FixedPackage::Source(name.chars().take(LONGEST_NAME + 1).collect()));
        }
        let package = self.name.as_deref()?.parse().ok()?;
        // One that can't be read still asks for something: nothing shows that it is there.
        let version = self.version.as_deref().filter(|version| !version.trim().is_empty())?;
        let version = PackageVersion::recorded(version).or_else(|_| PackageVersion::recorded("unreadable")).ok()?;
        Some(FixedPackage::Binary(Fix::deb(package, version, is_pro(pocket))))
    }
}

/// Whether only Ubuntu Pro has a pocket: `esm-infra`, `esm-infra-legacy`, `esm-apps`, `esm-apps-legacy`, `fips`,
/// `fips-updates`, `fips-preview`, `ros-esm`, `realtime` and `soss` as of 2026. `security`, `updates` and what old notices
/// leave out are for everyone.
fn is_pro(pocket: &str) -> bool {
    pocket == "soss" || ["esm", "fips", "ros", "realtime"].iter().any(|prefix| pocket.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(json: &str) -> Result<Detail> {
        read(&mut json.as_bytes(), "USN-1-1".parse().expect("an id"), &"jammy".parse().expect("a release"))
    }

    #[test]
    fn a_notice_may_lack_nearly_everything() {
        let bare = detail(r#"{"id": "usn-1-1"}"#).expect("a notice");
        assert!(!bare.concerns_release && bare.fixes.is_empty() && bare.published.is_none());
        let null = r#"{"id": "USN-1-1", "title": null, "summary": null, "description": null, "published": null,
            "cves_ids": null, "cves": null, "references": null, "releases": null, "release_packages": null}"#;
        assert_eq!(detail(null).expect("a notice"), bare);
        assert!(
            detail(r#"{"id": "USN-1-1", "releases": [{"codename": "jammy"}]}"#).expect("a notice").concerns_release
        );
        assert!(detail(r#"{"id": "USN-1-2"}"#).is_err());
        assert!(detail("<html>").is_err() && detail(r#"{"id": "USN-1-1""#).is_err() && detail("null").is_err());
    }

    #[test]
    fn only_installable_binaries_of_our_release_are_fixes() {
        let fixes = detail(
            r#"{"id": "USN-1-1", "release_packages": {"noble": [{"name": "other", "version": "1"}], "jammy": [
                {"name": "src", "version": "1", "is_source": true},
                {"name": "both", "version": "2~esm1", "is_source": false, "pocket": "esm-infra"},
                {"name": "both", "version": "2", "is_source": false, "pocket": "security"},
                {"name": "both", "version": "2", "is_source": false, "pocket": "security"},
                {"name": "module", "version": "5", "is_source": false, "pocket": "livepatch"},
                {"name": "wheel", "version": "5", "is_source": false, "pocket": "soss", "package_type": "python"},
                {"name": "old", "version": "", "is_source": false},
                {"name": "absent", "version": "3"},
                {"name": "no name", "version": "3"},
                {"name": null, "version": null}]}}"#,
        );
        let Detail { fixes, sources, .. } = fixes.expect("a notice");
        assert_eq!(sources, ["src".into()]);
        let told: Vec<_> = fixes.iter().map(|fix| format!("{}={} {}", fix.package, fix.version, fix.pro)).collect();
        assert_eq!(told, ["absent=3 false", "both=2 false", "both=2~esm1 true"]);
    }

    #[test]
    fn pockets_are_free_or_pro() {
        for free in ["", "security", "updates", "proposed", "main"] {
            assert!(!is_pro(free), "{free:?}");
        }
        for pro in
            ["esm-infra", "esm-infra-legacy", "esm-apps", "esm-apps-legacy", "fips", "fips-updates", "fips-preview"]
        {
            assert!(is_pro(pro), "{pro:?}");
        }
        for pro in ["ros-esm", "realtime", "soss", "esm-something-new"] {
            assert!(is_pro(pro), "{pro:?}");
        }
    }
}
