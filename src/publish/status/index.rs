//! Every notice and every CVE, and where each product stands with it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::notice_timeline::{NoticeState, NoticeTimeline};
use super::state::StatusState;
use crate::notice::{CveId, Notice, NoticeId, Priority, Published, Severity};
use crate::product::{LogName, ProductName, ReleaseVersion};
use crate::text::one_line;

/// What is known of a notice, and where each product stands with it.
#[derive(Serialize)]
pub(super) struct NoticeEntry<'a> {
    title: String,
    url: String,
    published: Published,
    priority: Priority,
    severity: Option<Severity>,
    cves: Vec<&'a CveId>,
    products: BTreeMap<&'a LogName, IndexStand<'a>>,
}

/// Where one product stands with a notice.
#[derive(Serialize)]
struct IndexStand<'a> {
    status: NoticeState,
    /// The first release that fixes it.
    since: Option<&'a ReleaseVersion>,
    /// When that event was written: the fix, the answer, or the opening.
    at: Timestamp,
    /// The number of the event that says so.
    seq: u64,
    /// All events that concern it.
    events: &'a [u64],
    /// What shows the fix: `packages`, or `none` where somebody said so.
    evidence: Option<&'static str>,
    via: Option<&'a ProductName>,
}

/// Where each product stands with a CVE.
#[derive(Serialize)]
pub(super) struct CveEntry<'a> {
    notices: BTreeSet<NoticeId>,
    products: BTreeMap<&'a LogName, CveStand<'a>>,
}

/// Where one product stands with a CVE: as with the notice about it that is worst settled.
#[derive(Serialize)]
struct CveStand<'a> {
    status: NoticeState,
    since: Option<&'a ReleaseVersion>,
    seq: u64,
    notice: NoticeId,
}

/// The number of the event that says where a case stands, and when it was written.
pub(super) fn telling(case: &NoticeTimeline<'_>) -> (u64, Timestamp) {
    match (&case.fixed, case.answer) {
        (Some(fixed), _) if case.standing == NoticeState::Fixed => (fixed.told.seq, fixed.told.at),
        (_, Some((moment, _))) if case.events.last() == Some(&moment.seq) => (moment.seq, moment.at),
        _ => match case.spans.last() {
            Some(span) => span.to.map_or((span.from.seq, span.from.at), |to| (to.seq, to.at)),
            None => (case.opened.seq, case.opened.at),
        },
    }
}

/// Every notice by its id.
pub(super) fn notices<'a>(state: &'a StatusState<'_>) -> BTreeMap<NoticeId, NoticeEntry<'a>> {
    let mut notices: BTreeMap<NoticeId, (&NoticeTimeline<'_>, NoticeEntry<'a>)> = BTreeMap::new();
    for product in &state.products {
        for (id, case) in &product.cases {
            let (newest, entry) = notices.entry(*id).or_insert_with(|| (case, NoticeEntry::of(case)));
            // The newest facts of any product count.
            if case.opened.at > newest.opened.at {
                *newest = case;
                let products = std::mem::take(&mut entry.products);
                *entry = NoticeEntry { products, ..NoticeEntry::of(case) };
            }
            entry.products.insert(product.name(), IndexStand::of(case));
        }
    }
    notices.into_iter().map(|(id, (_, entry))| (id, entry)).collect()
}

/// Every CVE by its id.
pub(super) fn cves<'a>(state: &'a StatusState<'_>) -> BTreeMap<&'a CveId, CveEntry<'a>> {
    let mut cves: BTreeMap<&CveId, CveEntry<'a>> = BTreeMap::new();
    for product in &state.products {
        for (id, case) in &product.cases {
            for cve in &case.notice.cves {
                let empty = || CveEntry { notices: BTreeSet::new(), products: BTreeMap::new() };
                let entry = cves.entry(&cve.id).or_insert_with(empty);
                entry.notices.insert(*id);
                let stand = CveStand::of(case);
                let known = entry.products.get(product.name());
                // A regression has a notice of its own: only the last fix is the whole one.
                if known.is_none_or(|known| (known.status, known.seq) < (stand.status, stand.seq)) {
                    entry.products.insert(product.name(), stand);
                }
            }
        }
    }
    cves
}

impl<'a> NoticeEntry<'a> {
    fn of(case: &NoticeTimeline<'a>) -> NoticeEntry<'a> {
        let notice: &'a Notice = case.notice;
        NoticeEntry {
            title: one_line(&notice.title),
            url: notice.url(),
            published: notice.published,
            priority: case.priority,
            severity: case.severity,
            cves: notice.cves.iter().map(|cve| &cve.id).collect(),
            products: BTreeMap::new(),
        }
    }
}

impl<'a> IndexStand<'a> {
    fn of(case: &'a NoticeTimeline<'_>) -> IndexStand<'a> {
        let fixed = case.fixed.as_ref().filter(|_| case.standing == NoticeState::Fixed);
        let (seq, at) = telling(case);
        let evidence = fixed.map(|fixed| if fixed.shown { "packages" } else { "none" });
        let (since, via) = (fixed.map(|fixed| fixed.version), fixed.and_then(|fixed| fixed.via));
        IndexStand { status: case.standing, since, at, seq, events: &case.events, evidence, via }
    }
}

impl<'a> CveStand<'a> {
    fn of(case: &'a NoticeTimeline<'_>) -> CveStand<'a> {
        let IndexStand { status, since, seq, .. } = IndexStand::of(case);
        CveStand { status, since, seq, notice: case.id() }
    }
}
