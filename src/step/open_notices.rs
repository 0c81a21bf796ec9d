//! Opening notices that a put brings, unless the log has them already.

use std::collections::BTreeSet;

use anyhow::Result;
use jiff::Timestamp;

use super::open_tracker::{PackagesCache, by, current_packages, opened, retry};
use crate::concourse::Context;
use crate::notice::{Notice, NoticeId, Priority, Severity};
use crate::product::{Judgement, Packages, ProductName, ReleaseVersion, Standing};
use crate::text::some_of;
use crate::tracker::{Addition, Body, FixedIn, HeldFlaws, Log, Opened, OpenedEntry, has_grown, with_earlier};

/// Notices that a put brings.
pub(super) struct OpenNotices<'a> {
    /// The notices.
    pub(super) notices: &'a [Notice],
    /// The release whose packages they are held against; none for the current one.
    pub(super) release: Option<&'a ReleaseVersion>,
    /// Whether people opened them: whose notice is of packages that are not installed, it is recorded as not affecting the product,
    /// and what a database took back is opened again. A scanner that finds a package says that it is there.
    pub(super) by_people: bool,
}

/// What became of a notice.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// It was opened.
    Opened,
    /// It was open, and more is told of it now.
    Grew,
    /// The log has it.
    Known,
    /// The log has the flaw under these ids, of which the first may have been rated graver by this.
    Joined {
        /// The ids.
        ids: Vec<NoticeId>,
        /// Whether its rating was raised.
        raised: bool,
    },
    /// A recorded release has the fix already.
    Fixed(ReleaseVersion),
    /// The current release holds none of its packages, or none that is affected.
    NotAffected(ReleaseVersion),
}

impl Outcome {
    /// What became of it, in words.
    pub(super) fn told(&self, product: &ProductName) -> String {
        match self {
            Outcome::Opened => format!("opened for {product}"),
            Outcome::Grew => "open already; what is told of it now was added".to_owned(),
            Outcome::Known => format!("the log of {product} has it already: nothing to do"),
            Outcome::Joined { ids, raised } => {
                let done = if *raised { "its graver rating was added" } else { "nothing to do" };
                format!("the same flaw as {}: {done}", some_of(ids.iter().map(ToString::to_string)))
            }
            Outcome::Fixed(version) => format!("{product} {version} has the fix already, so it is recorded as fixed"),
            Outcome::NotAffected(version) => {
                format!("{product} {version} holds nothing that it affects, so it is recorded as not affected")
            }
        }
    }
}

impl OpenNotices<'_> {
    /// Appends an event for each notice that the log is without. The outcomes stand in the order of the notices.
    pub(super) fn append(&self, context: &Context<'_>, log: &mut Log<'_>) -> Result<Vec<Outcome>> {
        let (by, retry, now) = (by(context), retry(context), context.now);
        let mut outcomes = Vec::new();
        let mut cache = PackagesCache::default();
        log.append(&by, now, retry, |log| {
            outcomes.clear();
            let current = match self.release.and_then(|version| log.state().release(version)) {
                Some(release) => release.released.packages.map(|digest| log.packages(digest)).transpose()?,
                None => current_packages(log)?,
            };
            let (mut events, mut told) = (Vec::new(), BTreeSet::new());
            let mut held = HeldFlaws::of(log.state());
            for notice in self.notices {
                let (outcome, event) = match log.state().newest_opened(notice.id) {
                    Some(newest) if log.state().timeline(notice.id).is_some_and(|timeline| timeline.is_open(now)) => {
                        match log.event(newest.entry)?.body {
                            Body::Opened(earlier) if has_grown(log.state(), &notice.facts()) => {
                                (Outcome::Grew, Some(grown(notice, *earlier, current.as_ref())))
                            }
                            _ => (Outcome::Known, None),
                        }
                    }
                    // Whoever opens it again knows better than who took it back.
                    Some(_) if self.by_people && log.state().is_withdrawn(notice.id) => {
                        let (outcome, event) = self.first(log, notice, current.as_ref(), &held, now, &mut cache)?;
                        let number = log.state().openings(notice.id).len() as u32 + 1;
                        let event = event.map(|opened| match opened.notice.id == notice.id {
                            true => Opened { opening: number, ..opened },
                            false => opened,
                        });
                        (outcome, event)
                    }
                    Some(_) => (Outcome::Known, None),
                    None => self.first(log, notice, current.as_ref(), &held, now, &mut cache)?,
                };
                if event.is_some() && !matches!(outcome, Outcome::Joined { .. }) {
                    // Two of one put may be the same flaw as well.
                    held.add(notice);
                }
                outcomes.push(outcome);
                // Several may rate one that the log holds.
                let event = event.filter(|opened| told.insert(opened.notice.id));
                events.extend(event.map(|opened| Body::Opened(Box::new(opened))));
            }
            Ok(Addition { packages: Vec::new(), events })
        })?;
        Ok(outcomes)
    }

    /// What becomes of a notice that the log has never seen.
    fn first(
        &self,
        log: &Log<'_>,
        notice: &Notice,
        current: Option<&Packages>,
        held: &HeldFlaws<'_>,
        now: Timestamp,
        cache: &mut PackagesCache,
    ) -> Result<(Outcome, Option<Opened>)> {
        let same = held.same_as(notice, current, |_| true);
        if !same.is_empty() {
            let raised = raised(log, notice, &same, current, now)?;
            return Ok((Outcome::Joined { ids: same, raised: raised.is_some() }, raised));
        }
        let version = self.release.cloned();
        let version = version.or_else(|| log.state().current().map(|release| release.released.version.clone()));
        let standing = current.and_then(|packages| Standing::of(&notice.fixes, packages));
        Ok(match (standing, version) {
            (Some(Standing::Fixed(evidence)), Some(version)) => {
                let first = cache.first_fixed_in(log, &notice.fixes)?;
                let fixed = first.unwrap_or(FixedIn { version, evidence });
                (
                    Outcome::Fixed(fixed.version.clone()),
                    Some(opened(notice.clone(), 1, &Judgement::AlreadyFixed, Some(fixed))),
                )
            }
            (Some(Standing::NotInstalled), Some(version)) if self.by_people => {
                let opened = opened(notice.clone(), 1, &Judgement::NotInstalled, None);
                (Outcome::NotAffected(version.clone()), Some(Opened { not_affected_in: Some(version), ..opened }))
            }
            (standing, _) => {
                let too_old = standing.map(Standing::too_old).unwrap_or_default();
                (Outcome::Opened, Some(opened(notice.clone(), 1, &Judgement::Actionable(too_old), None)))
            }
        })
    }
}

/// A further event of the open notice that holds a flaw, where another source rates it high or critical and no other does: whoever is
/// only told of what is grave has to be told. Ubuntu's own rating of its notices stands.
fn raised(
    log: &Log<'_>,
    notice: &Notice,
    same: &[NoticeId],
    current: Option<&Packages>,
    now: Timestamp,
) -> Result<Option<Opened>> {
    let state = log.state();
    let held: Vec<OpenedEntry<'_>> = same.iter().filter_map(|id| state.newest_opened(*id)).collect();
    let (priority, severity) = (notice.priority(), notice.severity());
    let is_graver = |event: &OpenedEntry<'_>| priority > event.opened.priority || severity > event.opened.severity;
    let is_open = |id: NoticeId| state.timeline(id).is_some_and(|timeline| timeline.is_open(now));
    let first = held.iter().find(|event| !event.opened.notice.is_usn() && is_open(event.opened.notice));
    let is_grave = priority >= Priority::High || severity >= Some(Severity::High);
    let Some(first) = first.filter(|_| is_grave && held.iter().all(is_graver)) else { return Ok(None) };
    let Body::Opened(earlier) = log.event(first.entry)?.body else { return Ok(None) };
    let mut graver = earlier.notice.clone();
    graver.own_priority = graver.own_priority.max(Some(priority));
    graver.own_severity = graver.own_severity.max(severity);
    Ok(Some(grown(&graver, *earlier, current)))
}

/// A further event of the same opening, with all that was ever told.
fn grown(notice: &Notice, earlier: Opened, current: Option<&Packages>) -> Opened {
    let notice = with_earlier(notice.clone(), &earlier.notice);
    let too_old = current.and_then(|packages| Standing::of(&notice.fixes, packages)).map(Standing::too_old);
    let judgement = Judgement::Actionable(too_old.unwrap_or_default());
    Opened { shown: earlier.shown, ..opened(notice, earlier.opening, &judgement, None) }
}
