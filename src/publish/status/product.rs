//! Where one product stands.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::contents::Content;
use super::imports::{ImportMoments, import_moments, imported};
use super::notice_timeline::{NoticeTimeline, moment};
use crate::notice::NoticeId;
use crate::product::{LogName, Packages};
use crate::tracker::{Body, Event, History, Included, Moment, PickUp, Released};

/// Where one product stands.
#[derive(Debug)]
pub(super) struct Product<'a> {
    /// Its log.
    pub(super) history: &'a History,
    /// Every notice in it, by id.
    pub(super) cases: BTreeMap<NoticeId, NoticeTimeline<'a>>,
    /// Its releases, in log order.
    pub(super) releases: Vec<(Moment, &'a Released)>,
    /// The highest release.
    pub(super) highest: Option<(Moment, &'a Released)>,
    /// The releases of other products inside the highest one.
    pub(super) contents: Vec<Content<'a>>,
    /// What must still be picked up from them, at any depth.
    pub(super) pick_ups: Vec<PickUp>,
    /// What is open only for a release inside the highest one, with the way to it.
    pub(super) inside: BTreeMap<NoticeId, Vec<Included>>,
    /// The events of releases that an import took over.
    pub(super) imported: BTreeSet<u64>,
    /// When imports wrote.
    pub(super) imports: ImportMoments<'a>,
    /// When a check last put anything into the log. One that finds nothing leaves no trace there.
    pub(super) last_look: Option<Moment>,
    /// The packages of its current release, where they are known.
    pub(super) packages: Option<&'a Packages>,
}

impl<'a> Product<'a> {
    pub(super) fn of(history: &'a History, now: Option<Timestamp>) -> Product<'a> {
        let now = now.unwrap_or_default();
        let timelines = history.state().timelines();
        let cases =
            timelines.iter().filter_map(|(id, timeline)| Some((id, NoticeTimeline::of(history, timeline, now)?)));
        let released = history.events().iter().filter_map(|event| match &event.body {
            Body::Released(released) => Some((moment(event), released)),
            _ => None,
        });
        let releases: Vec<(Moment, &Released)> = released.collect();
        let highest = releases.iter().copied().max_by(|a, b| a.1.version.compare(&b.1.version));
        Product {
            history,
            cases: cases.collect(),
            releases,
            highest,
            contents: Vec::new(),
            pick_ups: Vec::new(),
            inside: BTreeMap::new(),
            imported: imported(history.events()),
            imports: import_moments(history.events()),
            last_look: last_look(history),
            packages: None,
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> &'a LogName {
        self.history.log_name()
    }
}

/// The newest opening that a check wrote; a put has a job.
fn last_look(history: &History) -> Option<Moment> {
    let by_a_check = |event: &&Event| matches!(event.body, Body::Opened(_)) && event.by.job.is_none();
    history.events().iter().filter(by_a_check).map(moment).max_by_key(|moment| moment.at)
}
