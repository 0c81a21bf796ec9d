//! The events that a team's record comes to, and those of them that a log is missing.

use std::collections::BTreeMap;

use crate::notice::{Fix, Notice, NoticeId};
use crate::product::{Judgement, Packages, ReleaseVersion, Standing};
use crate::step::open_tracker::opened;
use crate::tracker::{Addition, Body, Closing, Evidence, FixedIn, FixedNotice, LogState, Opened, Released};

use super::finding::{FindingVerdict, ImportFinding};

/// The events that a record comes to: all notices first, in the order of their publication, then all releases.
pub(super) struct ImportPlan<'a> {
    opened: Vec<Opened>,
    releases: Vec<(Released, Option<&'a Packages>)>,
}

impl<'a> ImportPlan<'a> {
    /// Puts them together.
    ///
    /// * `notices` are those that the log doesn't hold yet.
    /// * `fixes` and `findings` are of those that it holds as well.
    /// * `releases` are all that the record names, in the spelling to be kept, and `receipts` their packages; both lowest
    ///   first.
    pub(super) fn new(
        notices: BTreeMap<NoticeId, Notice>,
        fixes: &BTreeMap<NoticeId, Vec<Fix>>,
        findings: &BTreeMap<NoticeId, ImportFinding>,
        releases: &[ReleaseVersion],
        receipts: &'a [(ReleaseVersion, Packages)],
    ) -> ImportPlan<'a> {
        let mut notices: Vec<Notice> = notices.into_values().collect();
        notices.sort_by_key(|notice| (notice.published, notice.id));
        let opened = notices.into_iter().filter_map(|notice| {
            let finding = findings.get(&notice.id)?;
            Some(opening(notice, finding))
        });
        let released = releases.iter().map(|version| {
            let packages = receipts.iter().find(|(release, _)| release.is_same(version)).map(|(_, packages)| packages);
            (release(version, packages, fixes, findings), packages)
        });
        ImportPlan { opened: opened.collect(), releases: released.collect() }
    }

    /// How many notices and releases a log is missing.
    pub(super) fn missing(&self, log_state: &LogState) -> (usize, usize) {
        (self.missing_notices(log_state).count(), self.missing_releases(log_state).count())
    }

    /// The first events that a log is missing, `most` at most. Each tells how many are still to come.
    pub(super) fn next(&self, log_state: &LogState, most: usize) -> Addition {
        let (notices, releases) = self.missing(log_state);
        let mut left = (0..u32::try_from(notices + releases).unwrap_or(u32::MAX)).rev();
        let mut addition = Addition::default();
        for opened in self.missing_notices(log_state).take(most) {
            addition.events.push(Body::Opened(Box::new(Opened { import_left: left.next(), ..opened.clone() })));
        }
        let room = most - addition.events.len();
        for (released, packages) in self.missing_releases(log_state).take(room) {
            addition.packages.extend(packages.cloned());
            let released = as_the_log_allows(released, log_state);
            addition.events.push(Body::Released(Released { import_left: left.next(), ..released }));
        }
        addition
    }

    fn missing_notices(&self, log_state: &LogState) -> impl Iterator<Item = &Opened> {
        self.opened.iter().filter(|opened| log_state.openings(opened.notice.id).is_empty())
    }

    fn missing_releases(&self, log_state: &LogState) -> impl Iterator<Item = &(Released, Option<&'a Packages>)> {
        self.releases.iter().filter(|(released, _)| log_state.release(&released.version).is_none())
    }

    /// The releases that the log holds with other packages than these.
    pub(super) fn other_packages(&self, log_state: &LogState) -> Vec<String> {
        let differs = |released: &Released| {
            let recorded = log_state.release(&released.version);
            recorded.is_some_and(|recorded| recorded.released.packages != released.packages)
        };
        let with_packages = self.releases.iter().filter(|(_, packages)| packages.is_some());
        with_packages
            .filter(|(released, _)| differs(released))
            .map(|(released, _)| released.version.to_string())
            .collect()
    }
}

/// The event of a notice. It is history, so no check emits it: what is still open and can be fixed, a check shows by itself.
fn opening(notice: Notice, finding: &ImportFinding) -> Opened {
    let (judgement, fixed_in) = match &finding.verdict {
        FindingVerdict::Fixed(version, evidence) => {
            (Judgement::AlreadyFixed, Some(FixedIn { version: version.clone(), evidence: evidence.clone() }))
        }
        FindingVerdict::Unproven(version) => {
            (Judgement::Unmatched, Some(FixedIn { version: version.clone(), evidence: Vec::new() }))
        }
        FindingVerdict::NotInstalled(_) => (Judgement::NotInstalled, None),
        FindingVerdict::Open(too_old) => (Judgement::Actionable(too_old.clone()), None),
    };
    let not_affected_in = match &finding.verdict {
        FindingVerdict::NotInstalled(version) => Some(version.clone()),
        _ => None,
    };
    let shown = !matches!(finding.verdict, FindingVerdict::Open(_));
    Opened { not_affected_in, shown, ..opened(notice, 1, &judgement, fixed_in) }
}

/// The event of a release. Without its packages, nobody knows what it left open.
fn release(
    version: &ReleaseVersion,
    packages: Option<&Packages>,
    fixes: &BTreeMap<NoticeId, Vec<Fix>>,
    findings: &BTreeMap<NoticeId, ImportFinding>,
) -> Released {
    let mut released = Released {
        version: version.clone(),
        packages: packages.map(Packages::digest),
        includes: BTreeMap::new(),
        partners: BTreeMap::new(),
        fixed: Vec::new(),
        not_affected: Vec::new(),
        open: Vec::new(),
        open_inside: Vec::new(),
        late: false,
        import_left: None,
    };
    for (&notice, finding) in findings {
        let settled_in = finding.settled_in();
        if settled_in.is_some_and(|release| release.is_same(version)) {
            let evidence = match &finding.verdict {
                FindingVerdict::Fixed(_, evidence) => Evidence::Packages(evidence.clone()),
                FindingVerdict::Unproven(_) => Evidence::None,
                FindingVerdict::NotInstalled(_) | FindingVerdict::Open(_) => {
                    released.not_affected.push(notice);
                    continue;
                }
            };
            released.fixed.push(FixedNotice { notice, evidence, via: None, path: Vec::new() });
        } else if settled_in.is_none_or(|release| release.compare(version).is_gt())
            && let (Some(packages), Some(fixes)) = (packages, fixes.get(&notice))
            && matches!(Standing::of(fixes, packages), Some(Standing::Open(_)))
        {
            released.open.push(notice);
        }
    }
    released
}

/// The release without what the log knows better: a notice that was answered, settled by another release, or opened again.
fn as_the_log_allows(released: &Released, log_state: &LogState) -> Released {
    let allowed = |notice: NoticeId| match log_state.openings(notice) {
        [] => true,
        [only] => match &only.closing {
            None => true,
            Some(Closing::Released { version }) => version.is_same(&released.version),
            Some(Closing::Answered { .. }) => false,
        },
        _ => false,
    };
    let mut released = released.clone();
    released.fixed.retain(|fixed| allowed(fixed.notice));
    released.not_affected.retain(|&notice| allowed(notice));
    released
}
