//! Whether a log holds a flaw already, under another id.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::LogState;
use crate::notice::{CveId, Fix, Notice, NoticeHeader, NoticeId, NoticeSummary, reaches};
use crate::product::{Comparison, Packages, Standing};

/// The flaws that a log holds, and what is about to be appended to it.
pub struct HeldFlaws<'a> {
    log_state: &'a LogState,
    /// The notices by what their flaws are called.
    by_name: BTreeMap<Cow<'a, str>, BTreeSet<NoticeId>>,
    /// What counts instead of what the log has under these ids.
    newer: BTreeMap<NoticeId, &'a Notice>,
}

impl<'a> HeldFlaws<'a> {
    /// Those of a log. What was withdrawn holds no flaw.
    pub fn of(log_state: &'a LogState) -> HeldFlaws<'a> {
        let mut held = HeldFlaws { log_state, by_name: BTreeMap::new(), newer: BTreeMap::new() };
        for (id, _) in log_state.timelines().iter().filter(|(id, _)| !log_state.is_withdrawn(*id)) {
            let Some(newest) = log_state.newest_opened(id) else { continue };
            held.name(id.to_string(), id);
            newest.opened.flaws.split(' ').filter(|name| !name.is_empty()).for_each(|name| held.name(name, id));
        }
        held
    }

    /// Takes in what is about to be appended.
    pub fn add(&mut self, notice: &'a Notice) {
        self.name(notice.id.to_string(), notice.id);
        notice.cves.iter().for_each(|cve| self.name(cve.id.to_string(), notice.id));
        notice.aliases.iter().for_each(|alias| self.name(alias.to_string(), notice.id));
        self.newer.insert(notice.id, notice);
    }

    fn name(&mut self, name: impl Into<Cow<'a, str>>, id: NoticeId) {
        self.by_name.entry(name.into()).or_default().insert(id);
    }

    /// The notices that tell of the same flaw as this one, if they tell all of it: every CVE that it names, for the same packages,
    /// and nothing that it asks for is higher than what they ask for. Empty if it has to be opened itself; one of Ubuntu's always
    /// has. Only those that count (`counts`) hold a flaw.
    pub fn same_as(
        &self,
        notice: &Notice,
        current: Option<&Packages>,
        counts: impl Fn(&NoticeHeader) -> bool,
    ) -> Vec<NoticeId> {
        if notice.id.is_usn() || notice.fixes.is_empty() {
            return Vec::new();
        }
        let cves = cves(notice);
        // Where nobody gave it a CVE, any of its ids is the flaw.
        let ids = || std::iter::once(notice.id).chain(notice.aliases.iter().copied()).map(|id| id.to_string());
        let names: BTreeSet<String> = if cves.is_empty() { ids().collect() } else { cves.clone() };
        let is_named = |id: NoticeId, name: &str| self.by_name.get(name).is_some_and(|ids| ids.contains(&id));
        let held: BTreeSet<NoticeId> =
            names.iter().filter_map(|name| self.by_name.get(name.as_str())).flatten().copied().collect();
        let held: Vec<(NoticeId, Cow<'_, [Fix]>)> = held
            .into_iter()
            .filter(|id| *id != notice.id)
            .filter_map(|id| self.newest(id).filter(|(header, _)| counts(header)).map(|(_, fixes)| (id, fixes)))
            .filter(|(_, fixes)| fixes.iter().any(|known| notice.fixes.iter().any(|fix| fix.package == known.package)))
            .collect();
        let is_told = |fix: &Fix| {
            let of_package = || held.iter().filter(|(_, fixes)| fixes.iter().any(|known| known.package == fix.package));
            cves.iter().all(|cve| of_package().any(|(id, _)| is_named(*id, cve)))
                && of_package().any(|(_, fixes)| ask_for_as_much(fixes, fix, current))
        };
        let all_told = notice.fixes.iter().filter(|fix| is_installed(fix, current)).all(is_told);
        if all_told { held.into_iter().map(|(id, _)| id).collect() } else { Vec::new() }
    }

    /// What is told of a notice last.
    fn newest(&self, id: NoticeId) -> Option<(NoticeHeader, Cow<'_, [Fix]>)> {
        if let Some(notice) = self.newer.get(&id) {
            return Some((notice.header(), Cow::Borrowed(&notice.fixes)));
        }
        let NoticeSummary { header, fixes } = self.log_state.newest_opened(id)?.facts();
        Some((header, Cow::Owned(fixes)))
    }
}

/// The CVEs of the flaw.
fn cves(notice: &Notice) -> BTreeSet<String> {
    let named = notice.cves.iter().map(|cve| cve.id.to_string());
    let ids = std::iter::once(notice.id).chain(notice.aliases.iter().copied()).map(|id| id.to_string());
    named.chain(ids.filter(|id| id.parse::<CveId>().is_ok())).collect()
}

/// Whether the product has the package, as far as is known. What it hasn't makes no difference to it.
fn is_installed(fix: &Fix, current: Option<&Packages>) -> bool {
    let standing = current.and_then(|packages| Standing::of(std::slice::from_ref(fix), packages));
    !matches!(standing, Some(Standing::NotInstalled | Standing::OtherLine))
}

/// Whether these ask for the package of a fix in no lower version, for each version that is installed.
fn ask_for_as_much(held: &[Fix], fix: &Fix, current: Option<&Packages>) -> bool {
    let of_package: Vec<Fix> = held.iter().filter(|known| known.package == fix.package).cloned().collect();
    let Some(packages) = current else {
        return of_package.iter().any(|known| reaches(&fix.package, &known.version, &fix.version) == Some(true));
    };
    let compared = |fixes: &[Fix]| Standing::of(fixes, packages).map(Standing::compared).unwrap_or_default();
    let known = compared(&of_package);
    let is_covered = |new: &Comparison| {
        let mut same = known.iter().filter(|known| known.package == new.package && known.have == new.have);
        same.any(|known| !new.is_too_old() || reaches(&new.package, &known.need, &new.need) == Some(true))
    };
    let new = compared(std::slice::from_ref(fix));
    match new.is_empty() {
        // Neither can be compared.
        true => of_package.iter().any(|known| known.version == fix.version),
        false => new.iter().all(is_covered),
    }
}
