//! Opening notices that a put brings, unless the log has them already.

use anyhow::Result;

use super::open_tracker::{PackagesCache, by, current_packages, opened, retry};
use crate::concourse::Context;
use crate::notice::{Notice, NoticeId};
use crate::product::{Judgement, Packages, ProductName, ReleaseVersion, Standing};
use crate::text::some_of;
use crate::tracker::{Addition, Body, FixedIn, Log, Opened, has_grown, same_flaw, with_earlier};

/// Notices that a put brings.
pub(super) struct OpenNotices<'a> {
    /// The notices.
    pub(super) notices: &'a [Notice],
    /// The release whose packages they are held against; none for the current one.
    pub(super) release: Option<&'a ReleaseVersion>,
    /// Whether one whose packages are not installed is recorded as not affecting the product. A scanner that finds one says that
    /// they are.
    pub(super) absence_counts: bool,
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
    /// The log has the flaw under these ids.
    Joined(Vec<NoticeId>),
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
            Outcome::Joined(ids) => {
                format!("the same flaw as {}: nothing to do", some_of(ids.iter().map(ToString::to_string)))
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
            let mut events = Vec::new();
            let mut new: Vec<&Notice> = Vec::new();
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
                    Some(_) => (Outcome::Known, None),
                    None => self.first(log, notice, current.as_ref(), &new, &mut cache)?,
                };
                if event.is_some() {
                    // Two of one put may be the same flaw as well.
                    new.push(notice);
                }
                outcomes.push(outcome);
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
        new: &[&Notice],
        cache: &mut PackagesCache,
    ) -> Result<(Outcome, Option<Opened>)> {
        let same = same_flaw(log, notice, current, new, |_| true)?;
        if !same.is_empty() {
            return Ok((Outcome::Joined(same), None));
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
            (Some(Standing::NotInstalled), Some(version)) if self.absence_counts => {
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

/// A further event of the same opening, with all that was ever told.
fn grown(notice: &Notice, earlier: Opened, current: Option<&Packages>) -> Opened {
    let notice = with_earlier(notice.clone(), &earlier.notice);
    let too_old = current.and_then(|packages| Standing::of(&notice.fixes, packages)).map(Standing::too_old);
    let judgement = Judgement::Actionable(too_old.unwrap_or_default());
    Opened { shown: earlier.shown, ..opened(notice, earlier.opening, &judgement, None) }
}
