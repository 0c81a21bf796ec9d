//! One notice from what several sources tell of it.

use std::collections::{BTreeMap, BTreeSet};

use super::security_api::{Detail, Listed};
use crate::notice::{Cve, CveId, Fix, Notice, NoticeId, Priority, Severity, UbuntuRelease};

/// What each source tells of one notice. OVAL's word counts for severity, the API's for exact time, pockets and text.
pub(super) struct Told<'a> {
    pub(super) oval: Option<Notice>,
    pub(super) listed: Option<&'a Listed>,
    pub(super) detail: Option<&'a Detail>,
    pub(super) ratings: &'a BTreeMap<CveId, Cve>,
}

impl Told<'_> {
    /// The notice; `None` if neither OVAL nor the API's details tell of it.
    pub(super) fn notice(self, id: NoticeId, release: &UbuntuRelease) -> Option<Notice> {
        let Told { oval, listed, detail, ratings } = self;
        let Some(mut notice) = oval else {
            let detail = detail?;
            let published = detail.published.or(listed.map(|listed| listed.published))?;
            return Some(Notice {
                release: Some(release.clone()),
                title: detail.title.clone(),
                summary: detail.summary.clone(),
                description: detail.description.clone(),
                cves: rated(&named(listed, Some(detail)), ratings),
                references: detail.references.clone(),
                fixes: detail.fixes.clone(),
                ..Notice::blank(id, published)
            });
        };
        if let Some(listed) = listed {
            notice.published = listed.published;
            replace(&mut notice.summary, &listed.summary);
            replace(&mut notice.description, &listed.description);
        }
        let has: BTreeSet<CveId> = notice.cves.iter().map(|cve| cve.id.clone()).collect();
        let mut more = named(listed, detail);
        // Of a notice that OVAL rates, a CVE more counts if somebody asked for its rating.
        more.retain(|id| !has.contains(id) && (has.is_empty() || ratings.contains_key(id)));
        notice.cves.extend(rated(&more, ratings));
        if let Some(detail) = detail {
            notice.published = detail.published.unwrap_or(notice.published);
            replace(&mut notice.summary, &detail.summary);
            replace(&mut notice.description, &detail.description);
            notice.fixes = pocketed(notice.fixes, &detail.fixes);
        }
        Some(notice)
    }
}

/// The packages with the pockets that the API tells, where it tells any: OVAL takes the pocket of a notice's first binary
/// for all of them.
pub(super) fn pocketed(oval: Vec<Fix>, api: &[Fix]) -> Vec<Fix> {
    if api.is_empty() { oval } else { api.to_vec() }
}

/// The CVEs that the list or the details name, each once. Either may be behind, so that a CVE that was added stands only in
/// the other; one that was taken back goes when both know.
pub(super) fn named(listed: Option<&Listed>, detail: Option<&Detail>) -> Vec<CveId> {
    let mut seen = BTreeSet::new();
    let told = detail.map(|detail| &detail.cves).into_iter().chain(listed.map(|listed| &listed.cves)).flatten();
    told.filter(|id| seen.insert(*id)).cloned().collect()
}

fn rated(ids: &[CveId], ratings: &BTreeMap<CveId, Cve>) -> Vec<Cve> {
    let unrated = |id: &CveId| Cve { id: id.clone(), priority: Priority::Unknown, severity: None::<Severity> };
    ids.iter().map(|id| ratings.get(id).cloned().unwrap_or_else(|| unrated(id))).collect()
}

fn replace(text: &mut String, better: &str) {
    if !better.is_empty() {
        better.clone_into(text);
    }
}
