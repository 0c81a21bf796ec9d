//! One notice in one product: what the events say of it, one after the other.

use jiff::Timestamp;
use serde::Serialize;

use crate::notice::{Notice, NoticeId, Priority, Severity};
use crate::product::{ProductName, ReleaseVersion};
use crate::tracker::{
    Answered, Body, Event, FixedNotice, History, Moment, Settlement, Span, Stand, Status, Timeline, lowest,
};

/// Where a notice stands in a product, in OpenVEX's words and `open` for what nobody has judged yet; the worst comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NoticeState {
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
pub(super) struct NoticeTimeline<'a> {
    /// All we know of the notice, by the newest event.
    pub(super) notice: &'a Notice,
    /// Its priority, by the newest event.
    pub(super) priority: Priority,
    /// Its severity, by the newest event.
    pub(super) severity: Option<Severity>,
    /// The newest event that opened it.
    pub(super) opened: Moment,
    /// Where it stands.
    pub(super) standing: NoticeState,
    /// All the times that it was open, in order.
    pub(super) spans: Vec<Span>,
    /// The release that fixes it.
    pub(super) fixed: Option<Fixed<'a>>,
    /// The team's answer to it as it was last opened.
    pub(super) answer: Option<(Moment, &'a Answered)>,
    /// All events that concern it.
    pub(super) events: Vec<u64>,
}

impl<'a> NoticeTimeline<'a> {
    /// The case that these events come to at this time; `None` without one that tells the notice's facts.
    pub(super) fn of(history: &'a History, timeline: &Timeline, now: Timestamp) -> Option<NoticeTimeline<'a>> {
        let newest = history.event(timeline.opened_events().next_back()?)?;
        let Body::Opened(opened) = &newest.body else { return None };
        let id = opened.notice.id;
        let stand = timeline.stand(now);
        let answer = last_answer(history, timeline, stand);
        // Of what was withdrawn nothing is stated.
        if matches!(stand, Stand::Answered { .. }) && answer.is_some_and(|(_, answered)| answered.withdrawn) {
            return None;
        }
        let settled = match stand {
            Stand::Settled(by) => lowest(by),
            _ => None,
        };
        let standing = match stand {
            Stand::Open(_) if timeline.remark(now).is_some() => NoticeState::UnderInvestigation,
            Stand::Open(_) => NoticeState::Open,
            Stand::Answered { .. } => match answer.map(|(_, answered)| answered.status) {
                Some(Status::NotAffected) => NoticeState::NotAffected,
                _ => NoticeState::Affected,
            },
            Stand::Settled(_) if settled.is_some_and(|settled| settled.fixes) => NoticeState::Fixed,
            Stand::Settled(_) => NoticeState::NotAffected,
        };
        Some(NoticeTimeline {
            notice: &opened.notice,
            priority: opened.priority,
            severity: opened.severity,
            opened: moment(newest),
            standing,
            spans: timeline.spans(now),
            fixed: settled.filter(|settled| settled.fixes).and_then(|settled| Fixed::of(history, id, settled)),
            answer,
            events: timeline.events().to_vec(),
        })
    }

    /// A notice that is open from then on, of which no event says more.
    pub(super) fn open_from(
        notice: &'a Notice,
        priority: Priority,
        severity: Option<Severity>,
        from: Moment,
    ) -> NoticeTimeline<'a> {
        NoticeTimeline {
            notice,
            priority,
            severity,
            opened: from,
            standing: NoticeState::Open,
            spans: vec![Span { from, to: None }],
            fixed: None,
            answer: None,
            events: vec![from.seq],
        }
    }

    /// The case of a product inside another one, as that has it.
    pub(super) fn open_inside(&self, from: Moment) -> NoticeTimeline<'a> {
        NoticeTimeline::open_from(self.notice, self.priority, self.severity, from)
    }

    /// The notice.
    pub(super) fn id(&self) -> NoticeId {
        self.notice.id
    }

    /// Whether it waits for a release or an answer.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.standing, NoticeState::Open | NoticeState::UnderInvestigation)
    }

    /// Since when it is open.
    pub(super) fn since(&self) -> Option<Moment> {
        self.spans.last().filter(|span| span.to.is_none()).map(|span| span.from)
    }
}

impl<'a> Fixed<'a> {
    /// The release that this settlement names; `None` if its event is not at hand.
    fn of(history: &'a History, notice: NoticeId, settled: &Settlement) -> Option<Fixed<'a>> {
        let event = history.event(settled.told.seq)?;
        let fixed = |version, released, shown, via| Fixed {
            version,
            told: settled.told,
            released,
            shown,
            via,
            opened: settled.opened,
        };
        match &event.body {
            Body::Opened(opened) => {
                let fixed_in = opened.fixed_in.as_ref()?;
                let mut before = history.state().releases().take_while(|release| release.entry.seq < settled.told.seq);
                let released = before.find(|release| release.released.version == fixed_in.version);
                let released = released.map(|release| release.entry.at);
                Some(fixed(&fixed_in.version, released, fixed_in.shows_fix(), None))
            }
            Body::Released(released) => {
                let of_notice = |fixed: &&FixedNotice| fixed.notice == notice;
                let recorded: Option<&FixedNotice> = released.fixed.iter().find(of_notice);
                let shown = recorded.is_some_and(|fixed| fixed.evidence.shows_fix());
                let via = recorded.and_then(|fixed| fixed.via.as_ref());
                Some(fixed(&released.version, Some(event.at), shown, via))
            }
            Body::Answered(_) => None,
        }
    }
}

/// The answer that holds; else the last one since the notice was last opened.
fn last_answer<'a>(history: &'a History, timeline: &Timeline, stand: Stand<'_>) -> Option<(Moment, &'a Answered)> {
    let answer = |seq: u64| {
        let event = history.event(seq)?;
        match &event.body {
            Body::Answered(answered) => Some((moment(event), answered)),
            _ => None,
        }
    };
    if let Stand::Answered { seq } = stand {
        return answer(seq);
    }
    let opened = timeline.opened_events().next_back()?;
    timeline.events().iter().rev().take_while(|seq| **seq > opened).find_map(|seq| answer(*seq))
}

/// That of an event.
pub(super) fn moment(event: &Event) -> Moment {
    Moment { seq: event.seq, at: event.at }
}
