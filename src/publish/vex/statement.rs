//! What a release states of each vulnerability, so that no two statements contradict each other.

use std::collections::{BTreeMap, BTreeSet};

use super::concerned::{Budget, concerned};
use super::conclusion::conclusion;
use crate::notice::{CveId, NoticeId, PackageName};
use crate::publish::notice_outcome::{NoticeOutcome, Verdict};
use crate::publish::purl::PurlPackage;
use crate::publish::release::RecordedRelease;
use crate::text::shortened;
use crate::tracker::{Justification, Status};

/// How much of a text is stated.
const LONGEST: usize = 2_000;

/// What a vulnerability is named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::publish) enum Vulnerability<'a> {
    /// A CVE.
    Cve(&'a CveId),
    /// A notice that names no CVE.
    Notice(NoticeId),
}

/// What is stated, best first: where notices with the same CVE come to different ends, the worst holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::publish) enum Stated {
    NotAffected,
    Fixed,
    UnderInvestigation,
    Affected,
}

/// What a release states of one vulnerability.
#[derive(Debug)]
pub(in crate::publish) struct Statement<'a> {
    pub(super) vulnerability: Vulnerability<'a>,
    pub(super) stated: Stated,
    /// Whether this is what holds of the product; if not, only of these packages, and something worse of others.
    pub(super) is_of_product: bool,
    /// The notices that come to just this. Only they are other names of it: a name then stands with one status only.
    pub(super) notices: Vec<&'a NoticeOutcome<'a>>,
    /// The packages that it is about; none where they are unknown, or too many.
    pub(super) packages: BTreeSet<PurlPackage>,
    /// The other notices with this CVE.
    others: Vec<&'a NoticeOutcome<'a>>,
    too_many: bool,
}

/// An outcome with the packages that it is about.
type Concerned<'a> = (&'a NoticeOutcome<'a>, Vec<PurlPackage>);

/// All that the release states, in the order of names, and of each name what holds of the product first. The product goes by
/// so many names.
pub(in crate::publish) fn statements<'a>(release: &'a RecordedRelease<'a>, products: usize) -> Vec<Statement<'a>> {
    let all: Vec<Concerned<'a>> =
        release.outcomes.iter().map(|outcome| (outcome, concerned(release, outcome))).collect();
    let mut by_name: BTreeMap<Vulnerability<'a>, Vec<&Concerned<'a>>> = BTreeMap::new();
    for one in &all {
        let cves: BTreeSet<&CveId> = one.0.notice.iter().flat_map(|notice| &notice.cves).map(|cve| &cve.id).collect();
        if cves.is_empty() {
            by_name.entry(Vulnerability::Notice(one.0.id)).or_default().push(one);
        }
        cves.into_iter().for_each(|cve| by_name.entry(Vulnerability::Cve(cve)).or_default().push(one));
    }
    let mut budget = Budget::of(products);
    by_name.into_iter().flat_map(|(vulnerability, all)| of_one(vulnerability, &all, &mut budget)).collect()
}

/// What is stated of one vulnerability: the worst of the product, and what is better of the packages that nothing worse is
/// known of.
fn of_one<'a>(vulnerability: Vulnerability<'a>, all: &[&Concerned<'a>], budget: &mut Budget) -> Vec<Statement<'a>> {
    let named = budget.take(all.iter().map(|(_, packages)| packages.len()).sum());
    let mut worst: BTreeMap<&PackageName, Stated> = BTreeMap::new();
    for (outcome, packages) in all.iter().filter(|_| named) {
        let stated = stated(outcome);
        for package in packages {
            worst.entry(package.package()).and_modify(|worst| *worst = stated.max(*worst)).or_insert(stated);
        }
    }
    let ends: BTreeSet<Stated> = all.iter().map(|(outcome, _)| stated(outcome)).collect();
    let of_product = ends.last().copied();
    let statement = |end: Stated| {
        let (these, others): (Vec<&Concerned<'a>>, Vec<&Concerned<'a>>) =
            all.iter().copied().partition(|(outcome, _)| stated(outcome) == end);
        let packages = these.iter().filter(|_| named).flat_map(|(_, packages)| packages);
        let packages = packages.filter(|package| worst.get(package.package()) == Some(&end)).cloned().collect();
        Statement {
            vulnerability,
            stated: end,
            is_of_product: Some(end) == of_product,
            notices: these.into_iter().map(|(outcome, _)| *outcome).collect(),
            packages,
            others: others.into_iter().map(|(outcome, _)| *outcome).collect(),
            too_many: !named,
        }
    };
    let all = ends.iter().rev().map(|end| statement(*end));
    all.filter(|statement| statement.is_of_product || !statement.packages.is_empty()).collect()
}

/// What is stated of one notice. Only packages show a fix; what nobody looked into yet is not called affected.
fn stated(outcome: &NoticeOutcome<'_>) -> Stated {
    match &outcome.verdict {
        Verdict::Fixed { .. } => Stated::Fixed,
        Verdict::NotInstalled | Verdict::BeforeTheFlaw => Stated::NotAffected,
        Verdict::Answered { answer, .. } => match answer.status {
            Status::NotAffected => Stated::NotAffected,
            Status::Affected => Stated::Affected,
            Status::UnderInvestigation => Stated::UnderInvestigation,
        },
        Verdict::Claimed { .. } | Verdict::Earlier { .. } | Verdict::Open { .. } => Stated::UnderInvestigation,
    }
}

/// The most other names of one vulnerability that a document has.
const MOST_ALIASES: usize = 100;

impl<'a> Statement<'a> {
    /// The CVE, or the notice without one.
    pub(super) fn name(&self) -> String {
        match self.vulnerability {
            Vulnerability::Cve(cve) => cve.to_string(),
            Vulnerability::Notice(id) => id.to_string(),
        }
    }

    /// The CVE, where it has one.
    pub(super) fn cve(&self) -> Option<&'a CveId> {
        match self.vulnerability {
            Vulnerability::Cve(cve) => Some(cve),
            Vulnerability::Notice(_) => None,
        }
    }

    /// The page of the CVE, or of the notice without one.
    pub(super) fn url(&self) -> String {
        match self.vulnerability {
            Vulnerability::Cve(cve) => cve.url(),
            Vulnerability::Notice(id) => id.url(),
        }
    }

    /// The other names of it.
    pub(super) fn aliases(&self) -> Vec<String> {
        let names = |outcome: &&NoticeOutcome<'_>| {
            let aliases = outcome.notice.map(|notice| notice.aliases.as_slice()).unwrap_or_default();
            let own = (self.vulnerability != Vulnerability::Notice(outcome.id)).then_some(outcome.id);
            own.into_iter().chain(aliases.iter().copied()).map(|id| id.to_string()).collect::<Vec<_>>()
        };
        // A CVE is no other name of this, and what something else is stated of is none either.
        let others: BTreeSet<String> = self.others.iter().flat_map(names).collect();
        let mut seen = BTreeSet::new();
        let is_name =
            |name: &String| name.parse::<CveId>().is_err() && !others.contains(name) && seen.insert(name.clone());
        self.notices.iter().flat_map(names).filter(is_name).take(MOST_ALIASES).collect()
    }

    /// Why the product is not affected: of several reasons the one that takes the vulnerability to be nearest. `None` if
    /// one of the notices has its reason in words only, or if something else is stated.
    pub(super) fn justification(&self) -> Option<Justification> {
        if self.stated != Stated::NotAffected {
            return None;
        }
        let reason = |outcome: &&NoticeOutcome<'_>| match &outcome.verdict {
            Verdict::Answered { answer, .. } => answer.justification,
            Verdict::BeforeTheFlaw => Some(Justification::VulnerableCodeNotPresent),
            _ => Some(Justification::ComponentNotPresent),
        };
        let reasons: Option<Vec<Justification>> = self.notices.iter().map(reason).collect();
        reasons?.into_iter().max()
    }

    /// The team's own words; each with its notice if there are several.
    pub(super) fn words(&self) -> Option<String> {
        let said = |outcome: &&NoticeOutcome<'_>| match &outcome.verdict {
            Verdict::Answered { answer, .. } => Some((outcome.id, answer.statement.as_deref()?.to_owned())),
            _ => None,
        };
        let said: BTreeMap<NoticeId, String> = self.notices.iter().filter_map(said).collect();
        let several = self.notices.len() > 1;
        let line = |(id, words): (NoticeId, String)| {
            let words = shortened(&words.split_whitespace().collect::<Vec<_>>().join(" "), LONGEST);
            if several { format!("{id}: {words}") } else { words }
        };
        Some(said.into_iter().map(line).collect::<Vec<_>>().join("\n")).filter(|words| !words.is_empty())
    }

    /// When the team said so, for the last time; `None` where it is the release that shows it.
    pub(super) fn said(&self) -> Option<jiff::Timestamp> {
        let said = |outcome: &&NoticeOutcome<'_>| match &outcome.verdict {
            Verdict::Answered { at, .. } => Some(*at),
            _ => None,
        };
        self.notices.iter().filter_map(said).max()
    }

    /// What it was concluded from, a line for each notice.
    pub(super) fn notes(&self, release: &RecordedRelease<'_>) -> String {
        let notices = self.notices.iter().chain(&self.others);
        let mut lines: Vec<String> = notices.map(|outcome| conclusion(release, outcome)).collect();
        if self.too_many {
            lines.push("The packages are too many to be named here.".to_owned());
        }
        lines.join("\n")
    }
}
