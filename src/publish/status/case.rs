//! One notice in one product: what the events say of it, one after the other.

use jiff::Timestamp;
use serde::Serialize;

use crate::notice::{Notice, NoticeId, Priority, Severity};
use crate::product::{ProductName, ReleaseVersion};
use crate::tracker::{Answered, Event, Evidence, FixedNotice, Opened, Released, Status};

/// An event by its number, and when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// Its number in the log.
    pub(super) seq: u64,
    /// When it was written.
    pub(super) at: Timestamp,
}

/// Where a notice stands in a product, in OpenVEX's words and `open` for what nobody has judged yet; the worst comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    /// It doesn't concern the product, by its packages or by the team's answer.
    NotAffected,
    /// A release fixes it.
    Fixed,
    /// It concerns the product and stays so: the team's answer says what is done about it.
    Affected,
    /// The team looks into it. It is still open.
    UnderInvestigation,
    /// It waits for a release or an answer.
    Open,
}

/// A time that a notice was open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// The event that opened it.
    pub(super) from: Moment,
    /// The event that closed it, if it is not open.
    pub(super) to: Option<Moment>,
}

/// The release that fixes a notice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fixed<'a> {
    /// Its version.
    pub(super) version: &'a ReleaseVersion,
    /// The event that says so.
    pub(super) told: Moment,
    /// When the release was recorded, where that is known.
    pub(super) released: Option<Timestamp>,
    /// Whether packages show it, and not only somebody's word.
    pub(super) shown: bool,
    /// The product inside this one that the fix came with.
    pub(super) via: Option<&'a ProductName>,
    /// The event that had opened it, if it was open before.
    pub(super) opened: Option<Moment>,
}

/// One notice in one product.
#[derive(Debug)]
pub(super) struct Case<'a> {
    /// All we know of the notice, by the newest event.
    pub(super) notice: &'a Notice,
    /// Its priority, by the newest event.
    pub(super) priority: Priority,
    /// Its severity, by the newest event.
    pub(super) severity: Option<Severity>,
    /// The newest event that opened it.
    pub(super) opened: Moment,
    /// Where it stands.
    pub(super) standing: Standing,
    /// All the times that it was open, in order.
    pub(super) spans: Vec<Span>,
    /// The release that fixes it.
    pub(super) fixed: Option<Fixed<'a>>,
    /// The team's answer to it as it was last opened.
    pub(super) answer: Option<(Moment, &'a Answered)>,
    /// All events that concern it.
    pub(super) events: Vec<u64>,
}

impl<'a> Case<'a> {
    /// The case that an event begins.
    pub(super) fn new(event: &'a Event, opened: &'a Opened) -> Case<'a> {
        Case {
            notice: &opened.notice,
            priority: opened.priority,
            severity: opened.severity,
            opened: Moment::of(event),
            standing: Standing::NotAffected,
            spans: Vec::new(),
            fixed: None,
            answer: None,
            events: Vec::new(),
        }
    }

    /// The notice.
    pub(super) fn id(&self) -> NoticeId {
        self.notice.id
    }

    /// Whether it waits for a release or an answer.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.standing, Standing::Open | Standing::UnderInvestigation)
    }

    /// Since when it is open.
    pub(super) fn since(&self) -> Option<Moment> {
        self.spans.last().filter(|span| span.to.is_none()).map(|span| span.from)
    }

    /// It was opened; `released` tells when the release was recorded that had fixed it already.
    pub(super) fn open(&mut self, event: &'a Event, opened: &'a Opened, released: Option<Timestamp>) {
        let moment = Moment::of(event);
        self.events.push(moment.seq);
        (self.notice, self.priority, self.severity) = (&opened.notice, opened.priority, opened.severity);
        self.opened = moment;
        if let Some(fixed_in) = &opened.fixed_in {
            self.close(moment);
            let shown = !fixed_in.evidence.is_empty();
            let version = &fixed_in.version;
            self.fixed = Some(Fixed { version, told: moment, released, shown, via: None, opened: None });
            self.standing = Standing::Fixed;
        } else if !self.is_open() {
            self.spans.push(Span { from: moment, to: None });
            (self.standing, self.fixed, self.answer) = (Standing::Open, None, None);
        }
    }

    /// The team answered it.
    pub(super) fn answer(&mut self, event: &'a Event, answered: &'a Answered) {
        let moment = Moment::of(event);
        self.events.push(moment.seq);
        self.answer = Some((moment, answered));
        match answered.status {
            Status::UnderInvestigation if self.is_open() => self.standing = Standing::UnderInvestigation,
            Status::UnderInvestigation => {}
            Status::Affected => self.settle(moment, Standing::Affected),
            Status::NotAffected => self.settle(moment, Standing::NotAffected),
        }
    }

    /// A release fixes it.
    pub(super) fn fix(&mut self, event: &'a Event, released: &'a Released, fixed: &'a FixedNotice) {
        let moment = Moment::of(event);
        let version = &released.version;
        // What a later release fixes as well was fixed before; the first one counts, however it was told.
        let again = self.standing == Standing::Fixed && self.fixed.is_some_and(|known| known.version != version);
        if again {
            return;
        }
        self.events.push(moment.seq);
        let (opened, via) = (self.since(), fixed.via.as_ref());
        let shown = fixed.evidence != Evidence::None;
        self.settle(moment, Standing::Fixed);
        self.fixed = Some(Fixed { version, told: moment, released: Some(event.at), shown, via, opened });
    }

    /// A release is not concerned.
    pub(super) fn pass(&mut self, event: &'a Event) {
        if self.standing != Standing::Fixed {
            self.events.push(event.seq);
            self.settle(Moment::of(event), Standing::NotAffected);
        }
    }

    /// An answer that has run out by now no longer closes it.
    pub(super) fn expire(&mut self, now: Timestamp) {
        let Some((moment, answered)) = self.answer else { return };
        let until = answered.until.filter(|until| *until <= now);
        let stands = matches!(self.standing, Standing::Affected | Standing::NotAffected);
        let was_last = self.events.last() == Some(&moment.seq);
        if let Some(at) = until.filter(|_| stands && was_last) {
            self.spans.push(Span { from: Moment { seq: moment.seq, at }, to: None });
            self.standing = Standing::Open;
        }
    }

    fn settle(&mut self, moment: Moment, standing: Standing) {
        self.close(moment);
        self.standing = standing;
    }

    fn close(&mut self, moment: Moment) {
        if let Some(span) = self.spans.last_mut().filter(|span| span.to.is_none()) {
            span.to = Some(moment);
        }
    }
}

impl Moment {
    /// That of an event.
    pub(super) fn of(event: &Event) -> Moment {
        Moment { seq: event.seq, at: event.at }
    }
}
