//! What a release states of each vulnerability, so that no two statements contradict each other.

mod csaf;
mod openvex;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use csaf::csaf;
pub(super) use openvex::openvex;

use super::account::{Account, Reopened, Verdict};
use super::purl;
use super::release::Release;
use super::text::{one_line, some_of};
use crate::notice::{CveId, NoticeId};
use crate::product::{Comparison, NotComparable};
use crate::text::shortened;
use crate::tracker::{Justification, Status};

/// How much of a text is stated.
const LONGEST: usize = 2_000;

/// What a vulnerability is named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Vulnerability<'a> {
    /// A CVE.
    Cve(&'a CveId),
    /// A notice that names no CVE.
    Notice(NoticeId),
}

/// What is stated, best first: where notices with the same CVE come to different ends, the worst holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stated {
    NotAffected,
    Fixed,
    UnderInvestigation,
    Affected,
}

/// What a release states of one vulnerability.
#[derive(Debug)]
pub(super) struct Statement<'a> {
    pub(super) vulnerability: Vulnerability<'a>,
    pub(super) stated: Stated,
    /// The notices that come to just this. Only they are other names of it: a name then stands with one status only.
    pub(super) notices: Vec<&'a Account<'a>>,
    /// The other notices with this CVE.
    others: Vec<&'a Account<'a>>,
}

/// All that the release states, in the order of names.
pub(super) fn statements<'a>(release: &'a Release<'a>) -> Vec<Statement<'a>> {
    let mut accounts: BTreeMap<Vulnerability<'a>, Vec<&'a Account<'a>>> = BTreeMap::new();
    for account in &release.accounts {
        let cves: BTreeSet<&CveId> = account.notice.iter().flat_map(|notice| &notice.cves).map(|cve| &cve.id).collect();
        if cves.is_empty() {
            accounts.entry(Vulnerability::Notice(account.id)).or_default().push(account);
        }
        cves.into_iter().for_each(|cve| accounts.entry(Vulnerability::Cve(cve)).or_default().push(account));
    }
    let statement = |(vulnerability, accounts): (Vulnerability<'a>, Vec<&'a Account<'a>>)| {
        let stated = accounts.iter().map(|account| stated(account)).max().unwrap_or(Stated::UnderInvestigation);
        let (notices, others) = accounts.into_iter().partition(|account| self::stated(account) == stated);
        Statement { vulnerability, stated, notices, others }
    };
    accounts.into_iter().map(statement).collect()
}

/// What is stated of one notice. Only packages show a fix; what nobody looked into yet is not called affected.
fn stated(account: &Account<'_>) -> Stated {
    match &account.verdict {
        Verdict::Fixed { .. } => Stated::Fixed,
        Verdict::NotInstalled => Stated::NotAffected,
        Verdict::Answered { answer, .. } => match answer.status {
            Status::NotAffected => Stated::NotAffected,
            Status::Affected => Stated::Affected,
            Status::UnderInvestigation => Stated::UnderInvestigation,
        },
        Verdict::Claimed { .. } | Verdict::Earlier { .. } | Verdict::Open { .. } => Stated::UnderInvestigation,
    }
}

impl<'a> Statement<'a> {
    /// The CVE, or the notice without one.
    pub(super) fn name(&self) -> String {
        match self.vulnerability {
            Vulnerability::Cve(cve) => cve.to_string(),
            Vulnerability::Notice(id) => id.to_string(),
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
        match self.vulnerability {
            Vulnerability::Cve(_) => self.notices.iter().map(|account| account.id.to_string()).collect(),
            Vulnerability::Notice(_) => Vec::new(),
        }
    }

    /// The installed packages that it is about, as package URLs.
    pub(super) fn packages(&self) -> BTreeSet<String> {
        let of = |account: &&'a Account<'a>| {
            let compared: &[Comparison] = match &account.verdict {
                Verdict::Fixed { evidence, .. } => evidence,
                Verdict::Open { too_old, .. } => too_old,
                _ => &[],
            };
            compared
                .iter()
                .map(|compared| purl::of_package(account.notice, &compared.package, &compared.have))
                .collect::<Vec<_>>()
        };
        self.notices.iter().flat_map(of).collect()
    }

    /// Why the product is not affected: of several reasons the one that takes the vulnerability to be nearest. `None` if
    /// one of the notices has its reason in words only, or if something else is stated.
    pub(super) fn justification(&self) -> Option<Justification> {
        if self.stated != Stated::NotAffected {
            return None;
        }
        let reason = |account: &&Account<'_>| match &account.verdict {
            Verdict::Answered { answer, .. } => answer.justification,
            _ => Some(Justification::ComponentNotPresent),
        };
        let reasons: Option<Vec<Justification>> = self.notices.iter().map(reason).collect();
        reasons?.into_iter().max()
    }

    /// The team's own words; each with its notice if there are several.
    pub(super) fn words(&self) -> Option<String> {
        let said = |account: &&Account<'_>| match &account.verdict {
            Verdict::Answered { answer, .. } => Some((account.id, answer.statement.as_deref()?.to_owned())),
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
        let said = |account: &&Account<'_>| match &account.verdict {
            Verdict::Answered { at, .. } => Some(*at),
            _ => None,
        };
        self.notices.iter().filter_map(said).max()
    }

    /// What it was concluded from, a line for each notice.
    pub(super) fn notes(&self, release: &Release<'_>) -> String {
        let notes = self.notices.iter().chain(&self.others).map(|account| note(release, account));
        notes.collect::<Vec<_>>().join("\n")
    }
}

/// What was concluded for one notice from what.
fn note(release: &Release<'_>, account: &Account<'_>) -> String {
    let listed = |compared: &[Comparison]| {
        let of = |c: &Comparison| {
            let pro = if c.pro { ", only in Ubuntu Pro" } else { "" };
            format!("{} {} (needed: {}{pro})", c.package, c.have, c.need)
        };
        some_of(compared.iter().map(of))
    };
    let inside = |via: Option<&crate::product::ProductName>| {
        let version = |via| release.released.includes.get(via).map(|version| format!(" {version}")).unwrap_or_default();
        via.map(|via| format!(" in {via}{}", version(via))).unwrap_or_default()
    };
    let said = match &account.verdict {
        Verdict::Fixed { evidence, via } => format!("the fix is installed{}: {}", inside(*via), listed(evidence)),
        Verdict::Claimed { via } => {
            format!("the release was recorded as fixing it{}, but no packages were recorded that show it", inside(*via))
        }
        Verdict::NotInstalled => "none of its packages is installed".to_owned(),
        Verdict::Answered { answer, .. } => {
            let until = answer.until.map(|until| format!(", until {until}")).unwrap_or_default();
            format!("answered by the team: {}{until}", answer.status)
        }
        Verdict::Earlier { version } => {
            format!("settled by release {version}; this one was recorded without packages, so nothing shows it")
        }
        Verdict::Open { too_old, not_comparable, why } => {
            let was = match why {
                Reopened::Never => String::new(),
                Reopened::RanOut(until) => format!(", an answer ran out at {until}"),
                Reopened::SetBack(version) => format!(", taken back after release {version} had settled it"),
                Reopened::NotComparable => format!(", {}", not_shown(not_comparable)),
                Reopened::OtherLine => ", its fixes are only for FIPS builds, of which none is installed".to_owned(),
            };
            let old = if too_old.is_empty() { String::new() } else { format!(": {}", listed(too_old)) };
            format!("open{was}{old}")
        }
    };
    one_line(&format!("{}: {said}", account.id))
}

/// What can't be compared, and why.
fn not_shown(packages: &[NotComparable]) -> String {
    let of = |c: &NotComparable| format!("{} {} (needed: {}; {})", c.package, c.have, c.need, c.why);
    let installed = if packages.is_empty() { "no installed package".to_owned() } else { "not all".to_owned() };
    format!("{installed} can be compared: {}", some_of(packages.iter().map(of)))
}

#[cfg(test)]
mod random_log;
#[cfg(test)]
mod tests;
