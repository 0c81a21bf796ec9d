//! What follows from the events of a log: what is open, answered, fixed, and released.

use anyhow::Result;
use jiff::Timestamp;

use super::event_summary::{Entry, EventSummary, OpenedSummary, ReleasedSummary};
use super::fixes::Fixes;
use super::opening::{Opening, Stand};
use super::timeline::{Timeline, Timelines};
use super::{Answered, Event};
use crate::notice::{Fix, NoticeHeader, NoticeId, NoticeSummary};
use crate::product::{Filter, ReleaseVersion};
use crate::text::Digest;

/// What follows from the events of a log, kept up to date event by event.
#[derive(Debug, Default)]
pub struct LogState {
    entries: Vec<Entry>,
    fixes: Fixes,
    timelines: Timelines,
    releases: Vec<usize>,
}

/// A recorded release.
#[derive(Debug, Clone, Copy)]
pub struct Release<'a> {
    /// The entry of its event.
    pub entry: &'a Entry,
    /// What it says.
    pub released: &'a ReleasedSummary,
}

/// A notice that was put before the team.
#[derive(Debug, Clone, Copy)]
pub struct OpenedEntry<'a> {
    /// The entry of its event.
    pub entry: &'a Entry,
    /// What it says.
    pub opened: &'a OpenedSummary,
    fixes: &'a Fixes,
}

impl OpenedEntry<'_> {
    /// Whether a resource with this filter emits it, judged by the facts of that moment.
    pub fn matches(&self, filter: &Filter) -> bool {
        filter.lists(self.opened.notice, self.opened.priority, self.opened.severity)
            && filter
                .packages
                .as_ref()
                .is_none_or(|globs| self.fixes.packages(self.opened.fixes).any(|package| globs.matches(&package)))
    }

    /// What it asks for.
    pub fn fixes(&self) -> Vec<Fix> {
        self.fixes.list(self.opened.fixes)
    }

    /// What a judgement needs of the notice, as it was then.
    pub fn facts(&self) -> NoticeSummary {
        let OpenedSummary { notice: id, published, priority, severity, has_cves, .. } = *self.opened;
        let header = NoticeHeader { id, published, priority, severity, has_cves };
        NoticeSummary { header, fixes: self.fixes() }
    }

    /// Whether it puts the notice before somebody: what was fixed already, answered at once or imported is only recorded.
    pub fn is_shown(&self) -> bool {
        self.opened.shown && self.opened.fixed_in.is_none() && self.opened.not_affected_in.is_none()
    }
}

impl LogState {
    /// The number of events.
    pub fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Whether nothing was recorded yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries of all events, in log order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What the notices ask for.
    pub(super) fn all_fixes(&self) -> &Fixes {
        &self.fixes
    }

    /// The entry of the event with this number.
    pub fn entry(&self, seq: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(seq.checked_sub(1)?).ok()?)
    }

    /// What was kept of a log.
    pub(super) fn of_entries(entries: Vec<Entry>, fixes: Fixes) -> LogState {
        let mut log_state = LogState { entries: Vec::with_capacity(entries.len()), fixes, ..LogState::default() };
        entries.into_iter().for_each(|entry| log_state.push_entry(entry));
        log_state
    }

    /// Takes the next event in, whose bytes have this digest.
    ///
    /// # Errors
    /// If the fixes of its notice can't be kept.
    pub(super) fn push(&mut self, event: &Event, digest: Digest) -> Result<()> {
        let entry = Entry::of(event, digest, &mut self.fixes)?;
        self.push_entry(entry);
        Ok(())
    }

    fn push_entry(&mut self, entry: Entry) {
        self.timelines.push(&entry);
        if matches!(entry.summary, EventSummary::Released(_)) {
            self.releases.push(self.entries.len());
        }
        self.entries.push(entry);
    }

    /// What the events say of each notice.
    pub fn timelines(&self) -> &Timelines {
        &self.timelines
    }

    /// What the events say of a notice, if the log holds it.
    pub fn timeline(&self, notice: NoticeId) -> Option<&Timeline> {
        self.timelines.get(notice)
    }

    /// The openings of a notice, first to last.
    pub fn openings(&self, notice: NoticeId) -> &[Opening] {
        self.timeline(notice).map_or(&[], Timeline::openings)
    }

    /// The last opening of each notice, by id.
    pub fn last_openings(&self) -> impl Iterator<Item = &Opening> {
        self.timelines.iter().filter_map(|(_, timeline)| timeline.openings().last())
    }

    /// The notices that wait for a release or an answer at this time, by id.
    pub fn open(&self, now: Timestamp) -> impl Iterator<Item = NoticeId> {
        self.timelines.iter().filter(move |(_, timeline)| timeline.is_open(now)).map(|(id, _)| id)
    }

    /// The notices that no release has settled at this time: open, or answered.
    pub fn followed(&self, now: Timestamp) -> impl Iterator<Item = NoticeId> {
        let settled = move |timeline: &Timeline| matches!(timeline.stand(now), Stand::Settled(_));
        self.timelines.iter().filter(move |(_, timeline)| !settled(timeline)).map(|(id, _)| id)
    }

    /// What a notice asks for, by the newest facts in the log; `None` if the log doesn't hold it.
    pub fn fixes(&self, notice: NoticeId) -> Option<Vec<Fix>> {
        Some(self.newest_opened(notice)?.fixes())
    }

    /// The newest event that opened a notice, if the log holds it.
    pub fn newest_opened(&self, notice: NoticeId) -> Option<OpenedEntry<'_>> {
        let seq = self.timeline(notice)?.opened_events().next_back()?;
        self.as_opened(self.entry(seq)?)
    }

    /// The events that opened a notice, first to last.
    pub fn opened_of(&self, notice: NoticeId) -> impl DoubleEndedIterator<Item = OpenedEntry<'_>> {
        let events = self.timeline(notice).into_iter().flat_map(Timeline::opened_events);
        events.filter_map(|seq| self.as_opened(self.entry(seq)?))
    }

    /// The `opened` events of an opening, first to last; never none.
    pub fn opened<'a>(&'a self, opening: &'a Opening) -> impl DoubleEndedIterator<Item = OpenedEntry<'a>> {
        opening.events.iter().filter_map(|&seq| self.as_opened(self.entry(seq)?))
    }

    /// All `opened` events in log order.
    pub fn all_opened(&self) -> impl DoubleEndedIterator<Item = OpenedEntry<'_>> {
        self.entries.iter().filter_map(|entry| self.as_opened(entry))
    }

    /// The `opened` events that a resource with this filter emits, judged by the facts of their moment, in log order.
    pub fn matching(&self, filter: &Filter) -> impl DoubleEndedIterator<Item = OpenedEntry<'_>> {
        let naming = filter.packages.as_ref().map(|globs| self.fixes.naming(globs));
        let listed =
            |event: &OpenedEntry<'_>| filter.lists(event.opened.notice, event.opened.priority, event.opened.severity);
        let is_asked_for =
            move |event: &OpenedEntry<'_>| naming.as_ref().is_none_or(|naming| naming(event.opened.fixes));
        self.all_opened().filter(move |event| listed(event) && is_asked_for(event))
    }

    fn as_opened<'a>(&'a self, entry: &'a Entry) -> Option<OpenedEntry<'a>> {
        match &entry.summary {
            EventSummary::Opened(opened) => Some(OpenedEntry { entry, opened, fixes: &self.fixes }),
            _ => None,
        }
    }

    /// Whether an event is the withdrawal of a notice.
    pub fn is_withdrawal(&self, seq: u64) -> bool {
        let summary = self.entry(seq).map(|entry| &entry.summary);
        matches!(summary, Some(EventSummary::Answered(answered)) if answered.withdrawn)
    }

    /// Whether a notice was ever withdrawn in these words.
    pub fn was_withdrawn_as(&self, notice: NoticeId, words: &str) -> bool {
        self.entries.iter().any(|entry| match &entry.summary {
            EventSummary::Answered(answered) => {
                answered.withdrawn && answered.notice == notice && answered.statement.as_deref() == Some(words)
            }
            _ => false,
        })
    }

    /// Whether a notice was withdrawn, and nothing came since.
    pub fn is_withdrawn(&self, notice: NoticeId) -> bool {
        self.last_answer(notice).is_some_and(|answered| answered.withdrawn)
    }

    /// The answer to the last opening of a notice, if that is what came last.
    pub fn last_answer(&self, notice: NoticeId) -> Option<&Answered> {
        let events = self.timeline(notice)?.events().iter().rev();
        let mut said = events.filter_map(|seq| match &self.entry(*seq)?.summary {
            EventSummary::Answered(answered) => Some(Some(answered)),
            EventSummary::Opened(_) => Some(None),
            EventSummary::Released(_) => None,
        });
        said.next().flatten()
    }

    /// The releases in log order.
    pub fn releases(&self) -> impl DoubleEndedIterator<Item = Release<'_>> {
        self.releases.iter().filter_map(|&index| {
            let entry = self.entries.get(index)?;
            match &entry.summary {
                EventSummary::Released(released) => Some(Release { entry, released }),
                _ => None,
            }
        })
    }

    /// The recorded release of this version, in whatever spelling: `v1.2.3` and `1.2.3` are one release, and must not become
    /// two. Where both were recorded, by somebody else's hand, the one that is spelt so.
    pub fn release(&self, version: &ReleaseVersion) -> Option<Release<'_>> {
        let mut same = self.releases().filter(|release| release.released.version.is_same(version));
        let first = same.next()?;
        if first.released.version == *version {
            return Some(first);
        }
        Some(same.find(|release| release.released.version == *version).unwrap_or(first))
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
