//! What follows from the events of a log: what is open, answered, fixed, and released.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Answered, Body, Event, Opened, Released, Status};
use crate::notice::NoticeId;
use crate::product::ReleaseVersion;

/// What follows from the events of a log, kept up to date event by event.
#[derive(Debug, Default)]
pub struct Ledger {
    events: Vec<Event>,
    openings: BTreeMap<NoticeId, Vec<Opening>>,
    releases: Vec<usize>,
}

/// One time that a notice was put before the team.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The notice.
    pub notice: NoticeId,
    /// Which time it is, from 1 on.
    pub number: u32,
    /// Its `opened` events as indices: there are several where the facts had changed since.
    events: Vec<usize>,
    /// What closed it, if it is not open.
    pub closing: Option<Closing>,
}

/// What closed an opening.
#[derive(Debug, Clone, PartialEq)]
pub enum Closing {
    /// The team's answer, until it runs out.
    Answered {
        /// When it runs out, if ever.
        until: Option<Timestamp>,
    },
    /// A release that fixes it, or that it doesn't concern.
    Released {
        /// That release.
        version: ReleaseVersion,
    },
}

/// A recorded release with the event that records it.
#[derive(Debug, Clone, Copy)]
pub struct Release<'a> {
    /// The event.
    pub event: &'a Event,
    /// What it says.
    pub released: &'a Released,
}

/// An `opened` event with its contents.
#[derive(Debug, Clone, Copy)]
pub struct OpenedEvent<'a> {
    /// The event.
    pub event: &'a Event,
    /// What it says.
    pub opened: &'a Opened,
}

impl Ledger {
    /// The number of events.
    pub fn len(&self) -> u64 {
        self.events.len() as u64
    }

    /// Whether nothing was recorded yet.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Takes the next event in.
    pub(super) fn push(&mut self, event: Event) {
        let index = self.events.len();
        match &event.body {
            Body::Opened(opened) => self.note_opened(index, opened),
            Body::Answered(answered) if answered.status == Status::UnderInvestigation => {}
            Body::Answered(answered) => {
                self.note_closed(answered.notice, || Closing::Answered { until: answered.until });
            }
            Body::Released(released) => {
                let settled =
                    released.fixed.iter().map(|fixed| fixed.notice).chain(released.not_affected.iter().copied());
                settled.for_each(|notice| {
                    self.note_closed(notice, || Closing::Released { version: released.version.clone() })
                });
                self.releases.push(index);
            }
        }
        self.events.push(event);
    }

    fn note_opened(&mut self, index: usize, opened: &Opened) {
        let openings = self.openings.entry(opened.notice.id).or_default();
        if openings.last().is_none_or(|last| last.number != opened.opening) {
            let (notice, number) = (opened.notice.id, opened.opening);
            openings.push(Opening { notice, number, events: Vec::new(), closing: None });
        }
        if let Some(opening) = openings.last_mut() {
            opening.events.push(index);
            // Put before the team anew, unless a release had fixed it already.
            opening.closing =
                opened.fixed_in.as_ref().map(|fixed| Closing::Released { version: fixed.version.clone() });
        }
    }

    fn note_closed(&mut self, notice: NoticeId, closing: impl FnOnce() -> Closing) {
        if let Some(opening) = self.openings.get_mut(&notice).and_then(|openings| openings.last_mut()) {
            opening.closing = Some(closing());
        }
    }

    /// All events in log order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The event with this number.
    pub fn event(&self, seq: u64) -> Option<&Event> {
        self.events.get(usize::try_from(seq.checked_sub(1)?).ok()?)
    }

    /// The openings of a notice, first to last.
    pub fn openings(&self, notice: NoticeId) -> &[Opening] {
        self.openings.get(&notice).map_or(&[], Vec::as_slice)
    }

    /// The last opening of each notice, by id, that is open.
    pub fn open(&self) -> impl Iterator<Item = &Opening> {
        self.openings.values().filter_map(|openings| openings.last()).filter(|opening| opening.closing.is_none())
    }

    /// The notices that no release has settled: open, or answered.
    pub fn followed(&self) -> impl Iterator<Item = NoticeId> {
        let last = self.openings.values().filter_map(|openings| openings.last());
        last.filter(|last| !matches!(last.closing, Some(Closing::Released { .. }))).map(|last| last.notice)
    }

    /// The `opened` events of an opening, first to last; never none.
    pub fn opened<'a>(&'a self, opening: &'a Opening) -> impl DoubleEndedIterator<Item = OpenedEvent<'a>> {
        opening.events.iter().filter_map(|&index| self.opened_at(index))
    }

    /// All `opened` events in log order.
    pub fn all_opened(&self) -> impl DoubleEndedIterator<Item = OpenedEvent<'_>> {
        (0..self.events.len()).filter_map(|index| self.opened_at(index))
    }

    fn opened_at(&self, index: usize) -> Option<OpenedEvent<'_>> {
        let event = self.events.get(index)?;
        match &event.body {
            Body::Opened(opened) => Some(OpenedEvent { event, opened }),
            _ => None,
        }
    }

    /// The answer to the last opening of a notice, if that is what came last.
    pub fn last_answer(&self, notice: NoticeId) -> Option<&Answered> {
        let concerns = self.events.iter().rev().find_map(|event| match &event.body {
            Body::Answered(answered) if answered.notice == notice => Some(Some(answered)),
            Body::Opened(opened) if opened.notice.id == notice => Some(None),
            _ => None,
        });
        concerns.flatten()
    }

    /// The releases in log order.
    pub fn releases(&self) -> impl DoubleEndedIterator<Item = Release<'_>> {
        self.releases.iter().filter_map(|&index| {
            let event = self.events.get(index)?;
            match &event.body {
                Body::Released(released) => Some(Release { event, released }),
                _ => None,
            }
        })
    }

    /// The recorded release of this version. Versions are compared as written.
    pub fn release(&self, version: &ReleaseVersion) -> Option<Release<'_>> {
        self.releases().find(|release| release.released.version == *version)
    }

    /// The highest release.
    pub fn highest(&self) -> Option<Release<'_>> {
        self.releases().max_by(|a, b| a.released.version.compare(&b.released.version))
    }

    /// The highest release that has packages: the one whose packages are the product's current ones.
    pub fn current(&self) -> Option<Release<'_>> {
        self.releases()
            .filter(|release| release.released.packages.is_some())
            .max_by(|a, b| a.released.version.compare(&b.released.version))
    }
}
