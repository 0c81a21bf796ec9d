//! A log in full: every event with all that it says, for what people read.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;

use super::event_summary::Entry;
use super::{Body, Event, Evidence, FixedNotice, Log, LogState, Opened, Release, Released, Timelines};
use crate::notice::{Notice, NoticeId, Published};
use crate::product::{LogName, Packages, PartnerName, ProductName, Standing};
use crate::text::Digest;

/// The events of one product up to one of them, whole. Everything that is derived from it is stable, but for one thing: a later import may complete the releases of an
/// earlier one.
#[derive(Debug)]
pub struct History {
    name: LogName,
    events: Vec<Event>,
    log_state: LogState,
    /// What a later import found out about the time of the imported release that the events end with.
    later: Vec<(Event, Entry)>,
    /// What the highest release has open inside by the word of partners alone.
    told_alone: BTreeMap<NoticeId, Notice>,
}

impl History {
    /// Reads the first so many events of a log.
    ///
    /// # Errors
    /// If the store can't be read, or an event is not what it was.
    pub fn read(log: &Log<'_>, count: u64) -> Result<History> {
        let all = log.state().entries();
        let (entries, rest) = all.split_at(usize::try_from(count)?.min(all.len()));
        let ends_imported = entries.last().is_some_and(|last| last.is_imported() && last.opened().is_none());
        let later = rest.iter().filter(|entry| ends_imported && entry.is_imported() && entry.opened().is_some());
        let later: Vec<Entry> = later.cloned().collect();
        let (events, later_events) = (log.events(entries)?, log.events(&later)?);
        let later = later_events.into_iter().zip(later).collect();
        let name = LogName::own(log.product().clone());
        let mut history = History { name, events, log_state: LogState::default(), later, told_alone: BTreeMap::new() };
        for (event, entry) in history.events.iter().zip(entries) {
            history.log_state.push(event, entry.digest)?;
        }
        history.complete(|digest| log.packages(digest))?;
        history.name_told_alone();
        Ok(history)
    }

    /// The log of a partner that can't be read.
    pub fn unread(name: LogName) -> History {
        let (events, later) = (Vec::new(), Vec::new());
        History { name, events, log_state: LogState::default(), later, told_alone: BTreeMap::new() }
    }

    /// Whether it is of a partner and can't be read.
    pub fn is_unread(&self) -> bool {
        self.name.partner.is_some() && self.events.is_empty()
    }

    /// Of what a partner has from others nothing may be known but that it is open.
    fn name_told_alone(&mut self) {
        let highest = self.log_state.highest().and_then(|highest| self.event(highest.entry.seq));
        let Some(Event { at, body: Body::Released(released), .. }) = highest else { return };
        let theirs = released.open_inside.iter().filter(|open| open.path.iter().any(|inside| inside.partner.is_some()));
        let told = theirs.map(|open| (open.notice, named(open.notice, *at)));
        self.told_alone = told.collect();
    }

    /// A notice that the highest release has open inside by a partner's log, as far as our own tells of it.
    pub fn told_alone(&self, notice: NoticeId) -> Option<&Notice> {
        self.told_alone.get(&notice)
    }

    /// The history that these events make.
    #[cfg(test)]
    pub(crate) fn of(product: ProductName, events: Vec<Event>) -> History {
        let mut log_state = LogState::default();
        for event in &events {
            let digest = Digest::of(&event.to_bytes().expect("an event"));
            log_state.push(event, digest).expect("an event");
        }
        let (name, later) = (LogName::own(product), Vec::new());
        let mut history = History { name, events, log_state, later, told_alone: BTreeMap::new() };
        history.name_told_alone();
        history
    }

    /// Takes over into imported releases what later imports found out about their notices: as if one import had known all.
    fn complete(&mut self, packages: impl Fn(Digest) -> Result<Packages>) -> Result<()> {
        let is_release = |event: &Event| matches!(event.body, Body::Released(_));
        let imported: Vec<bool> = self.log_state.entries().iter().map(Entry::is_imported).collect();
        let Some(first) = (0..self.events.len()).find(|nth| imported[*nth] && is_release(&self.events[*nth])) else {
            return Ok(());
        };
        let mut late: Vec<Opened> = self.later.iter().filter_map(|(event, _)| opened(event)).cloned().collect();
        for nth in (first..self.events.len()).rev().filter(|nth| imported[*nth]) {
            match &mut self.events[nth].body {
                Body::Opened(opened) => late.push(opened.as_ref().clone()),
                Body::Released(released) if !late.is_empty() => {
                    let packages = released.packages.map(&packages).transpose()?;
                    late.iter().for_each(|opened| complete(released, opened, packages.as_ref()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The event with this number.
    pub fn event(&self, seq: u64) -> Option<&Event> {
        let nth = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.events.get(nth).or_else(|| self.later.iter().map(|(event, _)| event).find(|event| event.seq == seq))
    }

    /// The facts of a notice in the event with this number.
    pub fn opened(&self, seq: u64) -> Option<&Opened> {
        opened(self.event(seq)?)
    }

    /// What the events say of each notice before the last one, which records a release.
    pub fn before_release(&self) -> Timelines {
        let entries = self.log_state.entries();
        let before = entries.get(..entries.len().saturating_sub(1)).unwrap_or_default();
        Timelines::of(before.iter().chain(self.later.iter().map(|(_, entry)| entry)))
    }

    /// The product.
    pub fn product(&self) -> &ProductName {
        &self.name.product
    }

    /// The same, in a partner's tracker.
    pub fn of_partner(mut self, partner: PartnerName) -> History {
        self.name.partner = Some(partner);
        self
    }

    /// The name of the log, with the partner's where it is in their tracker.
    pub fn log_name(&self) -> &LogName {
        &self.name
    }

    /// The events, in log order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// What follows from these events.
    pub fn state(&self) -> &LogState {
        &self.log_state
    }

    /// The release that the last event records, if it records one.
    pub fn release(&self) -> Option<(&Event, &Released)> {
        let event = self.events.last()?;
        match &event.body {
            Body::Released(released) => Some((event, released)),
            _ => None,
        }
    }

    /// The releases below that one that were recorded before it, highest first.
    pub fn below(&self) -> Vec<Release<'_>> {
        let Some((_, released)) = self.release() else { return Vec::new() };
        let is_below = |release: &Release<'_>| release.released.version.compare(&released.version).is_lt();
        let mut below: Vec<Release<'_>> = self.log_state.releases().filter(is_below).collect();
        below.sort_by(|a, b| b.released.version.compare(&a.released.version));
        below
    }
}

/// A notice of which only the id is known.
fn named(id: NoticeId, told: Timestamp) -> Notice {
    let title = "known by a partner's word alone".to_owned();
    Notice { title, ..Notice::blank(id, Published::At(told)) }
}

fn opened(event: &Event) -> Option<&Opened> {
    match &event.body {
        Body::Opened(opened) => Some(opened),
        _ => None,
    }
}

/// Adds to an imported release what a later import found out about one notice.
fn complete(released: &mut Released, opened: &Opened, packages: Option<&Packages>) {
    let notice = opened.notice.id;
    let fixed_in = opened.fixed_in.as_ref().map(|fixed| &fixed.version);
    let settled_in = fixed_in.or(opened.not_affected_in.as_ref());
    let here = settled_in.is_some_and(|version| version.is_same(&released.version));
    let add = |ids: &mut Vec<NoticeId>| {
        ids.push(notice);
        ids.sort_unstable();
        ids.dedup();
    };
    match (&opened.fixed_in, packages) {
        (Some(fixed), _) if here => {
            let evidence = match fixed.evidence.as_slice() {
                [] => Evidence::None,
                shown => Evidence::Packages(shown.to_vec()),
            };
            if released.fixed.iter().all(|fixed| fixed.notice != notice) {
                released.fixed.push(FixedNotice { notice, evidence, via: None, path: Vec::new() });
                released.fixed.sort_by_key(|fixed| fixed.notice);
            }
        }
        (None, _) if here => add(&mut released.not_affected),
        (_, Some(packages))
            if settled_in.is_none_or(|version| version.compare(&released.version).is_gt())
                && matches!(Standing::of(&opened.notice.fixes, packages), Some(Standing::Open(_))) =>
        {
            add(&mut released.open);
        }
        _ => {}
    }
}
