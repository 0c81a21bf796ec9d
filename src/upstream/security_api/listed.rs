//! A notice as the list tells it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::detail::Detail;
use crate::notice::{CveId, NoticeId, Published};

/// A notice as the list tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The id.
    pub id: NoticeId,
    /// When it was published; it may have become visible hours later.
    pub published: Published,
    /// The title without the id.
    pub title: String,
    /// One sentence on what was fixed; empty where there is none.
    pub summary: String,
    /// What was fixed, in paragraphs.
    pub description: String,
    /// The CVEs, in the order told.
    pub cves: Vec<CveId>,
}

impl Listed {
    /// Whether the details tell something else. Both come from one table, but the API lets them be kept for six hours and for
    /// one minute. What the list leaves out, as a mirror's may, differs from nothing.
    pub(super) fn differs_from(&self, detail: &Detail) -> bool {
        let differs = |ours: &str, theirs: &str| !theirs.is_empty() && ours != theirs;
        let other_cves = || {
            let ours: BTreeSet<&CveId> = detail.cves.iter().collect();
            !self.cves.is_empty() && ours != self.cves.iter().collect()
        };
        differs(&detail.title, &self.title)
            || differs(&detail.summary, &self.summary)
            || differs(&detail.description, &self.description)
            || detail.published.is_some_and(|published| published != self.published)
            || other_cves()
    }
}
