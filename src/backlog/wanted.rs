//! Where each issue should stand, by the log alone.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::Timestamp;

use super::IssueKey;
use crate::notice::{Notice, NoticeId, Priority};
use crate::product::{Comparison, Filter, Packages, ProductName, ReleaseVersion, Standing};
use crate::tracker::{
    Answered, Body, Entry, EventSummary, Evidence, Log, LogState, Moment, PickUp, Stand, Timeline, Why, lowest,
};

/// Where an issue should stand.
#[derive(Debug, Clone, PartialEq)]
pub enum WantedStand {
    /// The notice is open.
    Open {
        /// Which opening it is. One that ran out or was taken back is told as the next already.
        opening: u32,
        /// The event that it is open from.
        from: Moment,
        /// Why it is open.
        why: Why,
    },
    /// A release settles the notice.
    Fixed {
        /// The release.
        version: ReleaseVersion,
        /// The event that says so.
        seq: u64,
        /// Whether it fixes it; else it holds none of its packages.
        fixes: bool,
    },
    /// The team answered the notice.
    Answered {
        /// The event.
        seq: u64,
    },
    /// Whoever published the notice took it back.
    Withdrawn {
        /// The event.
        seq: u64,
    },
    /// A release of a contained product is to be picked up.
    ToPickUp {
        /// The release that is contained now.
        have: ReleaseVersion,
        /// What the newer one fixes.
        fixes: BTreeSet<NoticeId>,
    },
    /// A release contains it.
    Contained {
        /// The first one that does.
        by: ReleaseVersion,
    },
    /// There is a newer one to be picked up.
    Superseded {
        /// The newer one.
        by: ReleaseVersion,
    },
    /// Nothing is to be picked up from it any more.
    Needless,
}

impl WantedStand {
    /// Whether the issue should be open.
    pub fn is_open(&self) -> bool {
        matches!(self, WantedStand::Open { .. } | WantedStand::ToPickUp { .. })
    }

    /// How it is remembered that this was told: another one is told anew.
    pub fn token(&self) -> String {
        match self {
            WantedStand::Open { opening, from, .. } => format!("open:{opening}:{}", from.seq),
            WantedStand::Fixed { version, fixes: true, .. } => format!("fixed:{version}"),
            WantedStand::Fixed { version, fixes: false, .. } => format!("absent:{version}"),
            WantedStand::Answered { seq } => format!("answered:{seq}"),
            WantedStand::Withdrawn { seq } => format!("withdrawn:{seq}"),
            WantedStand::ToPickUp { .. } => "pick-up".to_owned(),
            WantedStand::Contained { .. } => "contained".to_owned(),
            WantedStand::Superseded { .. } => "superseded".to_owned(),
            WantedStand::Needless => "needless".to_owned(),
        }
    }
}

/// An issue as the log wants it, without its texts.
#[derive(Debug, Clone, PartialEq)]
pub struct WantedIssue {
    /// Where it should stand.
    pub stand: WantedStand,
    /// How grave it is, in a word.
    pub rating: String,
}

/// What the releases of contained products offer.
#[derive(Debug, Clone, Default)]
pub struct PickUps {
    /// What is to be picked up.
    pub offered: Vec<PickUp>,
    /// Products whose logs could not be read: nothing is said of them.
    pub unknown: BTreeSet<ProductName>,
}

/// Where the issues of all notices that the filter matches should stand, and those that are there already. What is not in it is
/// to be left alone.
pub fn stands(
    log_state: &LogState,
    filter: &Filter,
    now: Timestamp,
    pick_ups: &PickUps,
    there: &BTreeSet<IssueKey>,
) -> BTreeMap<IssueKey, WantedIssue> {
    let mut wanted = BTreeMap::new();
    for (id, timeline) in log_state.timelines().iter() {
        let key = IssueKey::Notice(id);
        let matches =
            || timeline.openings().last().is_some_and(|last| log_state.opened(last).any(|event| event.matches(filter)));
        if (there.contains(&key) || (timeline.is_open(now) && matches()))
            && let Some(stand) = stand(log_state, timeline, now)
        {
            wanted.insert(key, WantedIssue { stand, rating: rating(log_state, id) });
        }
    }
    for PickUp { path, newest, fixes } in &pick_ups.offered {
        let [inside] = path.as_slice() else { continue };
        let key = IssueKey::PickUp(inside.product.clone(), newest.clone());
        let stand = WantedStand::ToPickUp { have: inside.version.clone(), fixes: fixes.clone() };
        wanted.insert(key, WantedIssue { stand, rating: String::new() });
    }
    for key in there {
        let IssueKey::PickUp(product, version) = key else { continue };
        if wanted.contains_key(key) || pick_ups.unknown.contains(product) {
            continue;
        }
        let stand = over(log_state, pick_ups, product, version);
        wanted.insert(key.clone(), WantedIssue { stand, rating: String::new() });
    }
    wanted
}

fn stand(log_state: &LogState, timeline: &Timeline, now: Timestamp) -> Option<WantedStand> {
    Some(match timeline.stand(now) {
        Stand::Open(why) => {
            let last = timeline.openings().last()?.number;
            let opening = if why == Why::Opened { last } else { last + 1 };
            let from = timeline.spans(now).last().map(|span| span.from)?;
            WantedStand::Open { opening, from, why }
        }
        Stand::Answered { seq } if log_state.is_withdrawal(seq) => WantedStand::Withdrawn { seq },
        Stand::Answered { seq } => WantedStand::Answered { seq },
        Stand::Settled(by) => {
            let by = lowest(by)?;
            WantedStand::Fixed { version: by.version.clone(), seq: by.told.seq, fixes: by.fixes }
        }
    })
}

/// Why a release that was to be picked up is none any more.
fn over(log_state: &LogState, pick_ups: &PickUps, product: &ProductName, version: &ReleaseVersion) -> WantedStand {
    let contains = |release: &crate::tracker::Release<'_>| {
        release.released.includes.get(product).is_some_and(|inside| inside.compare(version).is_ge())
    };
    if log_state.highest().is_some_and(|highest| contains(&highest))
        && let Some(first) = log_state.releases().find(contains)
    {
        return WantedStand::Contained { by: first.released.version.clone() };
    }
    let of_product =
        |offered: &&PickUp| offered.path.len() == 1 && offered.path.iter().any(|inside| inside.product == *product);
    match pick_ups.offered.iter().find(of_product) {
        Some(newer) => WantedStand::Superseded { by: newer.newest.clone() },
        None => WantedStand::Needless,
    }
}

/// How grave a notice is by its newest event: its priority, or its severity where nobody gives it one.
pub(super) fn rating(log_state: &LogState, id: NoticeId) -> String {
    let Some(newest) = log_state.newest_opened(id).map(|event| event.opened) else { return String::new() };
    match (newest.priority, newest.severity) {
        (Priority::Unknown, Some(severity)) => severity.to_string(),
        (priority, _) => priority.to_string(),
    }
}

/// All that the texts of an issue need.
#[derive(Debug, Clone)]
pub struct IssueFacts {
    /// What it is about.
    pub key: IssueKey,
    /// The product.
    pub product: ProductName,
    /// The release that runs.
    pub current: Option<ReleaseVersion>,
    /// Where it should stand, and how grave it is.
    pub wanted: WantedIssue,
    /// The notice, as the log was told of it last.
    pub notice: Option<Notice>,
    /// What is installed and too old.
    pub too_old: Vec<Comparison>,
    /// What closed it.
    pub closing: Option<ClosingFacts>,
}

/// What closed a notice.
#[derive(Debug, Clone)]
pub enum ClosingFacts {
    /// A release, with what shows it.
    Release(Evidence),
    /// An answer.
    Answer(Answered),
}

/// The facts of issues about notices.
///
/// # Errors
/// If the log can't be read.
pub fn notice_facts(
    log: &Log<'_>,
    current: Option<&Packages>,
    wanted: &BTreeMap<NoticeId, WantedIssue>,
) -> Result<Vec<IssueFacts>> {
    let log_state = log.state();
    let newest = |id: &NoticeId| log_state.newest_opened(*id).map(|event| event.entry);
    let closing = |wanted: &WantedIssue| match &wanted.stand {
        WantedStand::Fixed { seq, .. } => log_state.entry(*seq),
        _ => None,
    };
    let mut entries: Vec<Entry> =
        wanted.iter().flat_map(|(id, wanted)| newest(id).into_iter().chain(closing(wanted))).cloned().collect();
    entries.sort_by_key(|entry| entry.seq);
    entries.dedup_by_key(|entry| entry.seq);
    let events: BTreeMap<u64, Body> = log.events(&entries)?.into_iter().map(|event| (event.seq, event.body)).collect();
    let release = log_state.current().map(|release| release.released.version.clone());
    let release = release.or_else(|| log_state.highest().map(|release| release.released.version.clone()));
    let mut all = Vec::new();
    for (id, wanted) in wanted {
        let opened = newest(id).and_then(|entry| match events.get(&entry.seq) {
            Some(Body::Opened(opened)) => Some(opened.as_ref()),
            _ => None,
        });
        let Some(opened) = opened else { continue };
        let by_current = current.and_then(|packages| Standing::of(&opened.notice.fixes, packages));
        all.push(IssueFacts {
            key: IssueKey::Notice(*id),
            product: log.product().clone(),
            current: release.clone(),
            notice: Some(opened.notice.clone()),
            too_old: by_current.map_or_else(|| opened.packages.clone(), Standing::too_old),
            closing: closing_facts(log_state, &events, *id, &wanted.stand),
            wanted: wanted.clone(),
        });
    }
    Ok(all)
}

fn closing_facts(
    log_state: &LogState,
    events: &BTreeMap<u64, Body>,
    id: NoticeId,
    stand: &WantedStand,
) -> Option<ClosingFacts> {
    match stand {
        WantedStand::Fixed { seq, .. } => {
            let evidence = match events.get(seq)? {
                Body::Released(released) => released.fixed.iter().find(|fixed| fixed.notice == id)?.evidence.clone(),
                Body::Opened(opened) => Evidence::Packages(opened.fixed_in.as_ref()?.evidence.clone()),
                Body::Answered(_) => return None,
            };
            Some(ClosingFacts::Release(evidence))
        }
        WantedStand::Answered { seq } | WantedStand::Withdrawn { seq } => match &log_state.entry(*seq)?.summary {
            EventSummary::Answered(answered) => Some(ClosingFacts::Answer(answered.clone())),
            _ => None,
        },
        _ => None,
    }
}
