//! A release with all that its documents are written from.

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::notice_outcome::{NoticeOutcome, outcomes};
use crate::notice::{NoticeId, Priority};
use crate::product::{Packages, PartnerName, ProductName, ReleaseVersion};
use crate::tracker::{Answered, Body, Event, History, OpenInside, Released, Timelines};

/// What is known of a release.
#[derive(Debug)]
pub struct ReleaseFacts<'a> {
    /// The log up to the event that records the release.
    pub history: &'a History,
    /// What the events before that one say of each notice.
    pub timelines: Timelines,
    /// Its packages, if they were recorded.
    pub packages: Option<Packages>,
    /// The packages of the highest release below it that was recorded before and has some.
    pub before: Option<(ReleaseVersion, Packages)>,
}

/// A release, and what it says of each notice.
#[derive(Debug)]
pub(super) struct RecordedRelease<'a> {
    pub(super) product: &'a ProductName,
    pub(super) event: &'a Event,
    pub(super) released: &'a Released,
    pub(super) packages: Option<&'a Packages>,
    pub(super) before: Option<&'a (ReleaseVersion, Packages)>,
    /// By id.
    pub(super) outcomes: Vec<NoticeOutcome<'a>>,
    /// The release below it, and the place of its event in the log.
    pub(super) since: Option<(&'a ReleaseVersion, u64)>,
    history: &'a History,
}

impl<'a> RecordedRelease<'a> {
    /// The release that the facts end with.
    pub(super) fn of(facts: &'a ReleaseFacts<'a>) -> Result<RecordedRelease<'a>> {
        let history = facts.history;
        let (event, released) = history.release().context("the last event of the history records no release")?;
        let packages = facts.packages.as_ref();
        Ok(RecordedRelease {
            product: history.product(),
            event,
            released,
            packages,
            before: facts.before.as_ref(),
            outcomes: outcomes(history, &facts.timelines, released, packages),
            since: history.below().first().map(|below| (&below.released.version, below.entry.seq)),
            history,
        })
    }

    /// Its version.
    pub(super) fn version(&self) -> &'a ReleaseVersion {
        &self.released.version
    }

    /// The partner whose log tells of a fix that came by this product, if it is one's.
    pub(super) fn partner_of(&self, notice: NoticeId, via: &ProductName) -> Option<&'a PartnerName> {
        let recorded = self.released.fixed.iter().find(|fixed| fixed.notice == notice);
        let told = recorded.and_then(|fixed| fixed.path.iter().find_map(|inside| inside.partner.as_ref()));
        told.or_else(|| self.released.partners.get(via))
    }

    /// When it was recorded.
    pub(super) fn at(&self) -> Timestamp {
        self.event.at
    }

    /// The outcomes of the notices that this release newly fixes or claims to, worst first.
    pub(super) fn fixed(&self) -> Vec<&NoticeOutcome<'a>> {
        let is_fixed =
            |outcome: &&NoticeOutcome<'_>| self.released.fixed.iter().any(|fixed| fixed.notice == outcome.id);
        let mut fixed: Vec<&NoticeOutcome<'a>> = self.outcomes.iter().filter(is_fixed).collect();
        fixed.sort_by_key(|outcome| (std::cmp::Reverse(outcome.priority()), outcome.id));
        fixed
    }

    /// The last answer to each notice since the release below it, by id.
    pub(super) fn answers(&self) -> Vec<(&'a Answered, Timestamp)> {
        let since = self.since.map_or(0, |(_, seq)| seq);
        let mut answers: Vec<(&Answered, Timestamp)> = Vec::new();
        for event in self.history.events().iter().filter(|event| event.seq > since) {
            if let Body::Answered(answer) = &event.body
                && !answer.withdrawn
            {
                answers.retain(|(earlier, _)| earlier.notice != answer.notice);
                answers.push((answer, event.at));
            }
        }
        answers.sort_by_key(|(answer, _)| answer.notice);
        answers
    }

    /// What releases inside this one leave open, and its own log doesn't hold.
    pub(super) fn open_inside(&self) -> Vec<&'a OpenInside> {
        self.released.open_inside.iter().filter(|inside| self.outcome(inside.notice).is_none()).collect()
    }

    /// The outcome of a notice.
    pub(super) fn outcome(&self, id: NoticeId) -> Option<&NoticeOutcome<'a>> {
        self.outcomes.iter().find(|outcome| outcome.id == id)
    }

    /// The releases of the log, without their texts.
    pub(super) fn history(&self) -> &'a History {
        self.history
    }
}

impl NoticeOutcome<'_> {
    /// The notice's priority; `unknown` where its facts are.
    pub(super) fn priority(&self) -> Priority {
        self.notice.map_or(Priority::Unknown, |notice| notice.priority())
    }
}
