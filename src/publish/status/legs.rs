//! The way from a notice to those who run its fix, leg by leg: published, opened, recorded, picked up.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::days::month;
use super::fix_time::{FixTime, Spread};
use super::imports::is_of_an_import;
use super::notice_timeline::NoticeTimeline;
use super::product::Product;
use crate::notice::Priority;
use crate::product::{LogName, ReleaseVersion};
use crate::tracker::{Body, included};

/// How long one leg took for one notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LegTime {
    /// The month of its end, such as `2026-01`.
    pub(super) month: String,
    /// The notice's priority, by the newest event.
    pub(super) priority: Priority,
    /// How long it took; never below zero, whatever the clocks say.
    pub(super) length: SignedDuration,
}

/// All legs of a product's notices, as far as its log has both ends of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Legs {
    /// From the publication to the opening.
    pub(super) noticed: Vec<LegTime>,
    /// From the opening to the record of the release that fixes it.
    pub(super) opened: Vec<LegTime>,
    /// From the record in a product inside this one to that of the release that contains it.
    pub(super) picked_up: Vec<LegTime>,
    /// From the publication to the record: the first two together, also where nobody had to wait.
    pub(super) published: Vec<LegTime>,
    /// How many fixes no time is known of: an import took them over, or the put that recorded them was the first to name them.
    pub(super) untimed: usize,
}

/// A fix that whoever contains the product can pick up.
#[derive(Debug)]
struct FixToPickUp<'a> {
    version: &'a ReleaseVersion,
    /// Since when anybody waits for it: it is recorded, and the notice is out.
    ready: Timestamp,
    priority: Priority,
}

impl LegTime {
    fn between(from: Timestamp, to: Timestamp, priority: Priority) -> LegTime {
        LegTime { month: month(to), priority, length: to.duration_since(from).max(SignedDuration::ZERO) }
    }
}

impl Legs {
    /// Those of each of these products, in their order, which may contain each other and those of `partners`.
    pub(super) fn of(products: &[Product<'_>], partners: &[Product<'_>]) -> Vec<Legs> {
        let fixes: BTreeMap<&LogName, Vec<FixToPickUp<'_>>> =
            products.iter().chain(partners).map(|product| (product.name(), to_pick_up(product))).collect();
        products.iter().map(|product| Legs::of_product(product, &fixes)).collect()
    }

    fn of_product(product: &Product<'_>, fixes: &BTreeMap<&LogName, Vec<FixToPickUp<'_>>>) -> Legs {
        let mut legs = Legs { picked_up: picked_up(product, fixes), ..Legs::default() };
        for case in product.cases.values() {
            legs.noticed.extend(noticed(product, case));
            match FixTime::of(case) {
                Some(FixTime { month, published, opened }) => {
                    let time = |length| LegTime { month: month.clone(), priority: case.priority, length };
                    legs.opened.extend(opened.map(time));
                    legs.published.push(time(published));
                }
                None => legs.untimed += usize::from(case.fixed.is_some_and(|fixed| fixed.released.is_some())),
            }
        }
        legs
    }

    /// Those of all products together.
    pub(super) fn together(all: &[Legs]) -> Legs {
        let mut together = Legs::default();
        for legs in all {
            together.noticed.extend_from_slice(&legs.noticed);
            together.opened.extend_from_slice(&legs.opened);
            together.picked_up.extend_from_slice(&legs.picked_up);
            together.published.extend_from_slice(&legs.published);
            together.untimed += legs.untimed;
        }
        together
    }
}

/// The spreads of each kind of these lengths.
pub(super) fn spreads<K: Ord>(times: &[LegTime], kind: impl Fn(&LegTime) -> K) -> BTreeMap<K, Spread> {
    Spread::of_each(times.iter().map(|time| (kind(time), time.length)))
}

/// The spread of all of them.
pub(super) fn spread(times: &[LegTime]) -> Option<Spread> {
    Spread::of(times.iter().map(|time| time.length))
}

/// From the publication to the first opening, where that says how soon somebody looked. It doesn't for what an import or a put
/// that answers it at once wrote, for what a release had settled before it was seen, and for what was published before the log
/// began.
fn noticed(product: &Product<'_>, case: &NoticeTimeline<'_>) -> Option<LegTime> {
    let began = product.history.events().first()?.at;
    let of_case = case.events.iter().filter_map(|seq| product.history.event(*seq));
    let (event, opened) = of_case.into_iter().find_map(|event| match &event.body {
        Body::Opened(opened) if opened.notice.id == case.id() => Some((event, opened)),
        _ => None,
    })?;
    let is_told = opened.shown && opened.fixed_in.is_none() && opened.not_affected_in.is_none();
    let published = case.notice.published.instant();
    let counts = is_told && published >= began && !is_of_an_import(&product.imports, event);
    counts.then(|| LegTime::between(published, event.at, case.priority))
}

/// What those who contain a product can pick up of it, lowest version first.
fn to_pick_up<'a>(product: &'a Product<'_>) -> Vec<FixToPickUp<'a>> {
    let imported = product.releases.iter().filter(|(moment, _)| product.imported.contains(&moment.seq));
    let imported: BTreeSet<&str> = imported.map(|(_, released)| released.version.as_str()).collect();
    let fix = |case: &'a NoticeTimeline<'_>| {
        let fixed = case.fixed.as_ref().filter(|fixed| !imported.contains(fixed.version.as_str()))?;
        let ready = fixed.released?.max(case.notice.published.instant());
        Some(FixToPickUp { version: fixed.version, ready, priority: case.priority })
    };
    let mut fixes: Vec<FixToPickUp<'a>> = product.cases.values().filter_map(fix).collect();
    fixes.sort_by(|a, b| a.version.compare(b.version));
    fixes
}

/// What each release picks up: the fixes of a release inside it that are above all that the product ever had inside. What was
/// inside from the start was not waited for, and neither is what an import took over.
fn picked_up(product: &Product<'_>, fixes: &BTreeMap<&LogName, Vec<FixToPickUp<'_>>>) -> Vec<LegTime> {
    let mut highest: BTreeMap<LogName, ReleaseVersion> = BTreeMap::new();
    let mut times = Vec::new();
    for (moment, released) in &product.releases {
        for inside in included(product.name().partner.as_ref(), &released.includes, &released.partners) {
            let (name, version) = (inside.log_name(), inside.version);
            if name == *product.name() {
                continue;
            }
            let Some(before) = highest.insert(name.clone(), version.clone()) else { continue };
            if before.compare(&version).is_ge() {
                highest.insert(name, before);
                continue;
            }
            let (Some(fixes), false) = (fixes.get(&name), product.imported.contains(&moment.seq)) else { continue };
            let up_to = |bound: &ReleaseVersion| fixes.partition_point(|fix| fix.version.compare(bound).is_le());
            let new = fixes.get(up_to(&before)..up_to(&version)).unwrap_or_default();
            times.extend(new.iter().map(|fix| LegTime::between(fix.ready, moment.at, fix.priority)));
        }
    }
    times
}
