//! How a resource looks at notices: its filters, its window, and the packages that its product ships today.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use foldhash::HashSet;
use jiff::Timestamp;

use super::archive_gate::ArchiveGate;
use crate::config::NoticesSource;
use crate::notice::{NoticeHeader, NoticeId, NoticeSummary, Priority};
use crate::product::{Judgement, Packages, Undecided, judge, judge_as_listed};
use crate::text::some_of;
use crate::upstream::{Missing, NoticeFilter};

/// How a resource looks at notices.
pub(super) struct CheckScope<'a> {
    pub(super) source: &'a NoticesSource,
    /// What the product ships today, where a release with packages is recorded.
    pub(super) current: Option<Packages>,
    /// Where the window begins.
    pub(super) since: Timestamp,
    /// Notices that the team has before it, or has answered: looked at whatever their age, since they may become graver, the
    /// answer may run out, and people may want to be reminded.
    pub(super) followed: BTreeSet<NoticeId>,
    /// How many notices of the window were ruled out by their rating alone.
    pub(super) ruled_out: usize,
    /// The notices that a source tells today and that were ruled out.
    pub(super) left_out: HashSet<NoticeId>,
}

impl CheckScope<'_> {
    /// What a notice means for the product.
    pub(super) fn judge(&self, facts: &NoticeSummary) -> Judgement {
        judge(facts, &self.source.filter, self.source.common.pro, self.current.as_ref())
    }

    /// Whether this resource would list the notice if its worst CVEs didn't concern the release, which Ubuntu's API may tell.
    pub(super) fn may_be_lower(&self, header: &NoticeHeader) -> bool {
        let common = &self.source.common;
        self.source.os.is_some()
            && common.upstream.api.is_some()
            && self.current.is_some()
            && self.source.filter.lists_lower(header)
    }

    /// Whether the notice is one of those, and all but its rating is as it has to be.
    pub(super) fn is_graver_than_listed(&self, facts: &NoticeSummary) -> bool {
        self.may_be_lower(facts) && matches!(self.judge_as_listed(facts), Judgement::Actionable(_))
    }

    fn judge_as_listed(&self, facts: &NoticeSummary) -> Judgement {
        judge_as_listed(facts, &self.source.filter, self.source.common.pro, self.current.as_ref())
    }

    /// Whether the notice is of the window. One known to the day counts if any time of that day does.
    pub(super) fn is_in_window(&self, facts: &NoticeSummary) -> bool {
        facts.published.latest() >= self.since
    }
}

impl NoticeFilter for CheckScope<'_> {
    fn rules_out(&mut self, header: &NoticeHeader) -> bool {
        let in_window = header.published.latest() >= self.since;
        let is_old = !in_window && self.current.is_none() && !self.followed.contains(&header.id);
        let is_unlisted = !is_old && !self.may_be_lower(header) && self.source.filter.rules_out(header);
        self.ruled_out += usize::from(is_unlisted);
        if is_old || is_unlisted {
            self.left_out.insert(header.id);
        }
        is_old || is_unlisted
    }

    fn missing(&self, facts: &NoticeSummary) -> Missing {
        let unrated = facts.has_cves && facts.priority == Priority::Unknown;
        let judgement = match self.may_be_lower(facts) {
            true => self.judge_as_listed(facts),
            false => self.judge(facts),
        };
        match judgement {
            Judgement::Undecided(Undecided::Rating) => Missing::Ratings,
            // Where `unknown` is listed it matches as it is; people are told the rating all the same.
            Judgement::Actionable(_) | Judgement::AlreadyFixed if unrated => Missing::Ratings,
            Judgement::Undecided(Undecided::Packages) | Judgement::ProOnly(_) => Missing::Details,
            _ => Missing::Nothing,
        }
    }
}

/// How many notices fell under each judgement.
#[derive(Default)]
pub(super) struct Tally {
    unmatched: usize,
    undecided: Vec<NoticeId>,
    not_installed: usize,
    already_fixed: usize,
    ignored: usize,
    other_line: usize,
    not_comparable: Vec<NoticeId>,
    pro_only: Vec<NoticeId>,
    no_fix: Vec<NoticeId>,
    /// The notices that are the flaws of others.
    joined: BTreeMap<NoticeId, Vec<NoticeId>>,
    /// The notices whose fix isn't in the archive yet.
    held: BTreeSet<NoticeId>,
    /// Those whose fix apt gives only to some machines on an upgrade.
    phased: Vec<String>,
    actionable: usize,
}

impl Tally {
    pub(super) fn new(ruled_out: usize, joined: BTreeMap<NoticeId, Vec<NoticeId>>) -> Tally {
        Tally { unmatched: ruled_out, joined, ..Tally::default() }
    }

    /// The same with what the archive's gate knows.
    pub(super) fn with_gate(self, gate: &ArchiveGate<'_>) -> Tally {
        Tally { held: gate.held(), phased: gate.phased(), ..self }
    }

    pub(super) fn count(&mut self, id: NoticeId, judgement: &Judgement) {
        match judgement {
            _ if self.joined.contains_key(&id) => {}
            Judgement::Unmatched => self.unmatched += 1,
            Judgement::Undecided(_) => self.undecided.push(id),
            Judgement::NotInstalled => self.not_installed += 1,
            Judgement::AlreadyFixed => self.already_fixed += 1,
            Judgement::Ignored => self.ignored += 1,
            Judgement::OtherLine => self.other_line += 1,
            Judgement::NotComparable(_) => self.not_comparable.push(id),
            Judgement::ProOnly(_) => self.pro_only.push(id),
            Judgement::NoFix(_) => self.no_fix.push(id),
            Judgement::Actionable(_) if self.held.contains(&id) => {}
            Judgement::Actionable(_) => self.actionable += 1,
        }
    }

    /// The notices that something is missing to decide about.
    pub(super) fn undecided(&self) -> &[NoticeId] {
        &self.undecided
    }

    /// One line: what matters first, and by name what is close to actionable.
    pub(super) fn line(&self, release: &str) -> String {
        let mut line = format!("{} actionable for {release}", self.actionable);
        let mut part = |count: usize, what: &str, ids: &[NoticeId]| {
            if count > 0 {
                let _ = write!(line, ", {count} {what}");
            }
            if !ids.is_empty() {
                let _ = write!(line, " ({})", some_of(ids.iter().map(ToString::to_string)));
            }
        };
        let held: Vec<NoticeId> = self.held.iter().copied().collect();
        part(held.len(), "not in the archive", &held);
        part(self.undecided.len(), "undecided", &self.undecided);
        part(self.pro_only.len(), "only in Ubuntu Pro", &self.pro_only);
        part(self.no_fix.len(), "without a fix yet", &self.no_fix);
        part(self.not_comparable.len(), "not comparable", &self.not_comparable);
        part(self.already_fixed, "already fixed", &[]);
        part(self.not_installed, "not installed", &[]);
        part(self.ignored, "of ignored packages", &[]);
        part(self.other_line, "only for FIPS builds", &[]);
        part(self.unmatched, "that no filter matches", &[]);
        if !self.phased.is_empty() {
            let phased = some_of(self.phased.iter().cloned());
            let _ = write!(line, ", {} phased in the archive ({phased})", self.phased.len());
        }
        if !self.joined.is_empty() {
            let same = |(id, ids): (&NoticeId, &Vec<NoticeId>)| {
                format!("{id} is {}", some_of(ids.iter().map(ToString::to_string)))
            };
            let _ = write!(
                line,
                ", {} the same flaw as another ({})",
                self.joined.len(),
                some_of(self.joined.iter().map(same))
            );
        }
        line
    }
}
