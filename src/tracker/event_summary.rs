//! What is kept of an event: everything that decisions need, and none of the texts.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fixes::{FixList, Fixes};
use super::{Answered, Body, Event, Opened, Released};
use crate::notice::{Notice, NoticeId, Priority, Published, Severity};
use crate::product::{PartnerName, ProductName, ReleaseVersion};
use crate::text::Digest;

/// What is kept of one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the log.
    pub seq: u64,
    /// When it was written.
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
    pub at: Timestamp,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Whether a check wrote it, and not the build of a job.
    pub by_check: bool,
    /// What it says.
    pub summary: EventSummary,
}

/// What an event says, without its texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum EventSummary {
    /// A notice was put before the team.
    Opened(OpenedSummary),
    /// The team answered it.
    Answered(Answered),
    /// A release came out.
    Released(Box<ReleasedSummary>),
}

/// A notice that was put before the team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenedSummary {
    /// The notice.
    pub notice: NoticeId,
    /// Which time it is.
    pub opening: u32,
    /// Its priority of that moment.
    pub priority: Priority,
    /// Its severity of that moment.
    pub severity: Option<Severity>,
    /// When the notice was published.
    pub published: Published,
    /// Whether the notice names any CVE.
    pub has_cves: bool,
    /// The release that had fixed it already.
    pub fixed_in: Option<ReleaseVersion>,
    /// The release that it didn't concern already.
    pub not_affected_in: Option<ReleaseVersion>,
    /// Whether it was put before the team, and not only recorded.
    pub shown: bool,
    /// How many events of the same import follow; `None` where no import wrote it.
    pub import_left: Option<u32>,
    /// Where what it asks for is kept.
    pub fixes: FixList,
    /// What the flaws are called: the CVEs and the other ids of the notice, with a blank between them.
    pub flaws: Box<str>,
}

/// A release that came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleasedSummary {
    /// Its version.
    pub version: ReleaseVersion,
    /// The digest of its packages.
    pub packages: Option<Digest>,
    /// The releases of other products inside it.
    pub includes: BTreeMap<ProductName, ReleaseVersion>,
    /// Those of them whose log is in a partner's tracker.
    pub partners: BTreeMap<ProductName, PartnerName>,
    /// The notices that it fixes.
    pub fixed: Vec<NoticeId>,
    /// The open notices that don't concern it.
    pub not_affected: Vec<NoticeId>,
    /// The notices that it leaves open.
    pub open: Vec<NoticeId>,
    /// Whether a higher release was the current one when it was recorded.
    pub late: bool,
    /// How many events of the same import follow; `None` where no import wrote it.
    pub import_left: Option<u32>,
}

impl Entry {
    /// What it says of a notice that it opened, if it did.
    pub fn opened(&self) -> Option<&OpenedSummary> {
        match &self.summary {
            EventSummary::Opened(opened) => Some(opened),
            _ => None,
        }
    }

    /// The notice that it says was withdrawn, if it does.
    pub fn withdrawal(&self) -> Option<NoticeId> {
        match &self.summary {
            EventSummary::Answered(answered) if answered.withdrawn => Some(answered.notice),
            _ => None,
        }
    }

    /// Whether an import wrote it.
    pub fn is_imported(&self) -> bool {
        self.import_left().is_some()
    }

    /// How many events of the same import follow; `None` where no import wrote it.
    pub fn import_left(&self) -> Option<u32> {
        match &self.summary {
            EventSummary::Opened(opened) => opened.import_left,
            EventSummary::Released(released) => released.import_left,
            EventSummary::Answered(_) => None,
        }
    }

    /// What is kept of an event whose bytes have this digest.
    ///
    /// # Errors
    /// If the fixes of its notice can't be kept.
    pub(super) fn of(event: &Event, digest: Digest, fixes: &mut Fixes) -> Result<Entry> {
        let summary = match &event.body {
            Body::Opened(opened) => EventSummary::Opened(OpenedSummary::of(opened, fixes.keep(&opened.notice.fixes)?)),
            Body::Answered(answered) => EventSummary::Answered(answered.clone()),
            Body::Released(released) => EventSummary::Released(Box::new(ReleasedSummary::of(released))),
        };
        let by_check = event.by.job.is_none();
        Ok(Entry { seq: event.seq, at: event.at, digest, by_check, summary })
    }
}

impl OpenedSummary {
    fn of(opened: &Opened, fixes: FixList) -> OpenedSummary {
        OpenedSummary {
            notice: opened.notice.id,
            opening: opened.opening,
            priority: opened.priority,
            severity: opened.severity,
            published: opened.notice.published,
            has_cves: opened.notice.header().has_cves,
            fixed_in: opened.fixed_in.as_ref().map(|fixed| fixed.version.clone()),
            not_affected_in: opened.not_affected_in.clone(),
            shown: opened.shown,
            import_left: opened.import_left,
            fixes,
            flaws: flaws(&opened.notice).into_boxed_str(),
        }
    }
}

/// What the flaws of a notice are called besides its id.
fn flaws(notice: &Notice) -> String {
    let cves = notice.cves.iter().map(|cve| cve.id.to_string());
    cves.chain(notice.aliases.iter().map(ToString::to_string)).collect::<Vec<_>>().join(" ")
}

impl ReleasedSummary {
    fn of(released: &Released) -> ReleasedSummary {
        ReleasedSummary {
            version: released.version.clone(),
            packages: released.packages,
            includes: released.includes.clone(),
            partners: released.partners.clone(),
            fixed: released.fixed.iter().map(|fixed| fixed.notice).collect(),
            not_affected: released.not_affected.clone(),
            open: released.open.clone(),
            late: released.late,
            import_left: released.import_left,
        }
    }
}
