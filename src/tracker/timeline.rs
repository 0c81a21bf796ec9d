//! What the events of a log say of each notice, one after the other: the one place where it is decided whether a notice is
//! open, answered or settled, since when, and by what.
//!
//! Everything else is a view of it: what a check opens and emits, what a put judges, what release notes, VEX, the status page
//! and the feed tell.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Status;
use super::event_summary::{Entry, EventSummary, OpenedSummary};
use super::opening::{Closing, Moment, Opening, Settlement, Span, Stand, Why, lowest};
use crate::notice::NoticeId;
use crate::product::ReleaseVersion;

/// The timelines of all notices in a log, by id.
#[derive(Debug, Default, Clone)]
pub struct Timelines(BTreeMap<NoticeId, Timeline>);

/// What the events say of one notice, in the order of the log.
#[derive(Debug, Clone)]
pub struct Timeline {
    openings: Vec<Opening>,
    events: Vec<u64>,
    spans: Vec<Span>,
    state: SpanState,
    /// What held before each answer that was given since it was last opened or settled.
    before: Vec<SpanState>,
    remark: Option<u64>,
}

#[derive(Debug, Clone)]
enum SpanState {
    Open(Why),
    Answered { seq: u64, until: Option<Timestamp> },
    Settled(Vec<Settlement>),
}

impl Timelines {
    /// What follows from these events.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Timelines {
        let mut timelines = Timelines::default();
        entries.into_iter().for_each(|entry| timelines.push(entry));
        timelines
    }

    /// Takes the next event in. What an event says of a notice that was never opened is no news of this log.
    pub(super) fn push(&mut self, entry: &Entry) {
        let moment = Moment { seq: entry.seq, at: entry.at };
        match &entry.summary {
            EventSummary::Opened(opened) => {
                self.0.entry(opened.notice).or_insert_with(Timeline::new).take_opened(moment, opened);
            }
            EventSummary::Answered(answered) => {
                let Some(timeline) = self.0.get_mut(&answered.notice) else { return };
                match answered.status {
                    Status::UnderInvestigation => timeline.take_investigation(moment),
                    Status::Affected | Status::NotAffected => timeline.take_answer(moment, answered.until),
                }
            }
            EventSummary::Released(released) => {
                let fixed = released.fixed.iter().map(|id| (id, true));
                let not_affected = released.not_affected.iter().map(|id| (id, false));
                for (id, fixes) in fixed.chain(not_affected) {
                    let Some(timeline) = self.0.get_mut(id) else { continue };
                    timeline.expire(moment.at);
                    timeline.events.push(moment.seq);
                    // What ships is still the higher release, so the notice stays open there.
                    if !released.late {
                        timeline.settle(moment, &released.version, fixes);
                    }
                }
            }
        }
    }

    /// That of a notice, if the log holds it.
    pub fn get(&self, notice: NoticeId) -> Option<&Timeline> {
        self.0.get(&notice)
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = (NoticeId, &Timeline)> {
        self.0.iter().map(|(id, timeline)| (*id, timeline))
    }
}

impl Timeline {
    fn new() -> Timeline {
        // Most notices are opened once, by one event; a thousand spare places would be a waste.
        Timeline {
            openings: Vec::with_capacity(1),
            events: Vec::with_capacity(2),
            spans: Vec::new(),
            state: SpanState::Settled(Vec::new()),
            before: Vec::new(),
            remark: None,
        }
    }

    /// Where the notice stands at this time.
    pub fn stand(&self, now: Timestamp) -> Stand<'_> {
        match &self.state {
            SpanState::Open(why) => Stand::Open(*why),
            SpanState::Answered { seq, until: Some(until) } if *until <= now => {
                Stand::Open(Why::RanOut { seq: *seq, at: *until })
            }
            SpanState::Answered { seq, .. } => Stand::Answered { seq: *seq },
            SpanState::Settled(by) => Stand::Settled(by),
        }
    }

    /// Whether it waits for a release or an answer at this time.
    pub fn is_open(&self, now: Timestamp) -> bool {
        matches!(self.stand(now), Stand::Open(_))
    }

    /// Its openings, first to last; never none.
    pub fn openings(&self) -> &[Opening] {
        &self.openings
    }

    /// The events that it was opened by, first to last; never none.
    pub fn opened_events(&self) -> impl DoubleEndedIterator<Item = u64> {
        self.openings.iter().flat_map(|opening| opening.events.iter().copied())
    }

    /// All events that concern it, first to last.
    pub fn events(&self) -> &[u64] {
        &self.events
    }

    /// The event in which the team says that it looks into the notice, as long as that is the last word and it is open.
    pub fn remark(&self, now: Timestamp) -> Option<u64> {
        self.remark.filter(|_| self.is_open(now))
    }

    /// All times that it was open, in order, by this time.
    pub fn spans(&self, now: Timestamp) -> Vec<Span> {
        let mut spans = self.spans.clone();
        if let Stand::Open(Why::RanOut { seq, at }) = self.stand(now)
            && spans.last().is_none_or(|span| span.to.is_some())
        {
            spans.push(Span { from: Moment { seq, at }, to: None });
        }
        spans
    }

    fn take_opened(&mut self, moment: Moment, opened: &OpenedSummary) {
        self.expire(moment.at);
        self.events.push(moment.seq);
        if self.openings.last().is_none_or(|last| last.number != opened.opening) {
            let (notice, number) = (opened.notice, opened.opening);
            self.openings.push(Opening { notice, number, events: Vec::with_capacity(1), closing: None });
        }
        if let Some(last) = self.openings.last_mut() {
            last.events.push(moment.seq);
        }
        if let Some(version) = &opened.fixed_in {
            self.settle(moment, version, true);
        } else if let Some(version) = &opened.not_affected_in {
            self.settle(moment, version, false);
        } else {
            self.reopen(moment, Why::Opened);
        }
    }

    fn take_answer(&mut self, moment: Moment, until: Option<Timestamp>) {
        self.expire(moment.at);
        self.events.push(moment.seq);
        let answered = SpanState::Answered { seq: moment.seq, until };
        self.before.push(std::mem::replace(&mut self.state, answered));
        self.close(moment, Closing::Answered { until });
    }

    /// The team looks into it: the answer that held is taken back, and what held before it holds again.
    fn take_investigation(&mut self, moment: Moment) {
        self.expire(moment.at);
        self.events.push(moment.seq);
        if matches!(self.state, SpanState::Answered { .. }) {
            match self.before.pop() {
                None | Some(SpanState::Open(_)) => self.reopen(moment, Why::TakenBack),
                Some(SpanState::Settled(by)) => {
                    self.state = SpanState::Settled(by);
                    self.note_settled();
                }
                Some(earlier @ SpanState::Answered { until, .. }) => {
                    self.state = earlier;
                    if let Some(last) = self.openings.last_mut() {
                        last.closing = Some(Closing::Answered { until });
                    }
                    // It may have run out while another one held.
                    self.expire(moment.at);
                }
            }
        }
        // An earlier answer that holds again may run out: then it is what the team said last.
        self.remark = (!matches!(self.state, SpanState::Settled(_))).then_some(moment.seq);
    }

    /// An answer that has run out by now no longer closes it.
    fn expire(&mut self, now: Timestamp) {
        if let Stand::Open(why @ Why::RanOut { seq, at }) = self.stand(now)
            && matches!(self.state, SpanState::Answered { .. })
        {
            self.state = SpanState::Open(why);
            self.before.clear();
            self.spans.push(Span { from: Moment { seq, at }, to: None });
        }
    }

    fn reopen(&mut self, moment: Moment, why: Why) {
        if self.spans.last().is_none_or(|span| span.to.is_some()) {
            self.spans.push(Span { from: moment, to: None });
            self.remark = None;
        }
        self.state = SpanState::Open(why);
        self.before.clear();
        if let Some(last) = self.openings.last_mut() {
            last.closing = None;
        }
    }

    fn settle(&mut self, moment: Moment, version: &ReleaseVersion, fixes: bool) {
        let open = self.spans.last().filter(|span| span.to.is_none()).map(|span| span.from);
        let settlement = |opened| Settlement { version: version.clone(), fixes, told: moment, opened };
        match &mut self.state {
            // The release's own event says more than the one that foresaw it.
            SpanState::Settled(by) if by.iter().any(|known| known.version.is_same(version)) => {
                for known in by.iter_mut().filter(|known| known.version.is_same(version) && known.fixes <= fixes) {
                    *known = settlement(known.opened);
                }
            }
            SpanState::Settled(by) => by.push(settlement(None)),
            state => *state = SpanState::Settled(vec![settlement(open)]),
        }
        self.before.clear();
        self.remark = None;
        if let Some(span) = self.spans.last_mut().filter(|span| span.to.is_none()) {
            span.to = Some(moment);
        }
        self.note_settled();
    }

    fn close(&mut self, moment: Moment, closing: Closing) {
        self.remark = None;
        if let Some(span) = self.spans.last_mut().filter(|span| span.to.is_none()) {
            span.to = Some(moment);
        }
        if let Some(last) = self.openings.last_mut() {
            last.closing = Some(closing);
        }
    }

    fn note_settled(&mut self) {
        let SpanState::Settled(by) = &self.state else { return };
        let lowest = lowest(by).map(|lowest| Closing::Released { version: lowest.version.clone() });
        if let Some(last) = self.openings.last_mut() {
            last.closing = lowest;
        }
    }
}
