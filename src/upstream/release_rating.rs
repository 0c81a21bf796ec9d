//! How grave notices are in the one release: a CVE that doesn't concern it doesn't rate them there.
//!
//! Only notices that are about to be put before somebody are asked for, the worst CVE first, and only as long as an answer could
//! change that. What isn't known leaves a notice as it is: it is rather told than held back.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::Gathered;
use super::security_api::{ReleaseStatuses, StatusAnswers};
use crate::notice::{Cve, CveId, InRelease, Notice, NoticeHeader, NoticeId, Priority, Severity, UbuntuWords};

/// The most CVEs that one check asks for. A first check of a year has some hundred notices, most of which one answer decides.
const MOST_ASKED: usize = 100;
/// The most CVEs of one notice that are asked for at a time; it begins with one, and doubles.
const MOST_AT_A_TIME: usize = 8;
/// The most CVEs of one notice that are asked for Ubuntu's words.
const MOST_FOR_WORDS: usize = 10;
/// The most words that are kept of one notice.
const MOST_WORDS: usize = 20;
/// A status changes most just after the notice came: its answer is asked for again once an hour, and of an older notice once a day.
const NEW_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
const EVERY: SignedDuration = SignedDuration::from_hours(1);
const EVERY_OLD: SignedDuration = SignedDuration::from_hours(24);

/// What a resource asks of a rating.
pub trait RatingQuestion {
    /// Whether a notice of this rating is put before somebody.
    fn lists(&self, id: NoticeId, priority: Priority, severity: Option<Severity>) -> bool;

    /// Whether the notice will wait for Ubuntu Pro, or for nobody, so that Ubuntu's own words on it help to answer it.
    fn wants_words(&self, id: NoticeId) -> bool;
}

/// A notice that is less grave in the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lowered {
    /// The notice as it is rated in the release.
    pub here: NoticeHeader,
    /// Its ratings as all releases see it.
    pub everywhere: (Priority, Option<Severity>),
    /// The CVEs that don't concern the release.
    pub unconcerned: Vec<Cve>,
}

/// A notice whose rating decides.
struct Candidate {
    notice: Notice,
    sources: Vec<Box<str>>,
    /// Its CVEs, the worst first.
    worst: Vec<Cve>,
    /// Whether it is listed as it is rated everywhere. If not, it is only if a CVE that does concern the release rates it so.
    was_listed: bool,
    /// When the oldest of the answers was asked for.
    asked: Option<Timestamp>,
    cleared: BTreeSet<CveId>,
    words: BTreeSet<UbuntuWords>,
    every: SignedDuration,
    /// Its sources are remembered from an earlier run; it isn't known whether the API shows it.
    is_remembered: bool,
}

impl Candidate {
    /// The notice as it is rated in the release, by what is known so far.
    fn here(&self) -> Notice {
        let mut told = self.notice.clone();
        told.in_release = self.asked.map(|asked| InRelease {
            asked,
            unconcerned: self.cleared.clone(),
            unfixed: self.words.iter().take(MOST_WORDS).cloned().collect(),
        });
        told
    }

    /// Whether the notice is listed, if only CVEs count of which this is true.
    fn is_listed_by(&self, question: &dyn RatingQuestion, counts: impl Fn(&Cve) -> bool) -> bool {
        let counting = || self.worst.iter().filter(|cve| !self.cleared.contains(&cve.id) && counts(cve));
        if !self.was_listed && counting().next().is_none() {
            return false;
        }
        let priority = Priority::highest(counting().map(|cve| cve.priority));
        question.lists(self.notice.id, priority, counting().filter_map(|cve| cve.severity).max())
    }

    fn is_listed(&self, question: &dyn RatingQuestion) -> bool {
        self.is_listed_by(question, |_| true)
    }

    /// The CVEs to ask for next, the worst first: none once no answer can change whether the notice is listed.
    fn next(&self, question: &dyn RatingQuestion, answered: &BTreeSet<CveId>) -> Vec<&CveId> {
        if !self.is_listed(question) {
            let worst = self.worst.iter().find(|cve| !answered.contains(&cve.id));
            return worst.filter(|_| self.may_be_listed(question, answered)).map(|cve| &cve.id).into_iter().collect();
        }
        if self.is_listed_by(question, |cve| answered.contains(&cve.id)) {
            return Vec::new();
        }
        let open = self.worst.iter().filter(|cve| !answered.contains(&cve.id));
        let deciding = open.filter(|cve| question.lists(self.notice.id, cve.priority, cve.severity));
        deciding.map(|cve| &cve.id).collect()
    }

    /// Whether the notice would be listed if the worst of the CVEs that were not asked for didn't concern the release.
    fn may_be_listed(&self, question: &dyn RatingQuestion, answered: &BTreeSet<CveId>) -> bool {
        let rating = |cve: &Cve| (cve.priority, cve.severity);
        let ratings: BTreeSet<_> = self.worst.iter().map(rating).collect();
        let below = |limit| move |cve: &Cve| answered.contains(&cve.id) || rating(cve) < limit;
        ratings.into_iter().any(|limit| self.is_listed_by(question, below(limit)))
    }

    fn take(&mut self, id: &CveId, statuses: &ReleaseStatuses, asked: Timestamp) {
        if statuses.are_clear(&self.sources) {
            self.cleared.insert(id.clone());
        }
        for (package, status, reason) in statuses.unfixed_of(&self.sources) {
            let (package, reason) = (package.to_owned(), reason.to_owned());
            self.words.insert(UbuntuWords { cve: id.clone(), package, status, reason });
        }
        self.asked = Some(self.asked.map_or(asked, |known| known.min(asked)));
    }
}

/// The CVEs that were asked for in this run, within what may be.
struct Asking {
    room: usize,
    answered: BTreeSet<CveId>,
    left: BTreeSet<CveId>,
    failures: Vec<(String, String)>,
}

impl Gathered<'_> {
    /// Whether there is an API that may tell, or told earlier, where CVEs stand.
    pub fn has_api(&self) -> bool {
        self.api.is_some()
    }

    /// Asks the API, if it answers, for the source packages of those notices of Ubuntu that it didn't tell of before, the newest
    /// first. Without them nothing can be asked of their CVEs.
    pub fn fetch_sources(&mut self, ids: &BTreeSet<NoticeId>) {
        let is_kept = |id: &NoticeId| self.api.as_ref().is_some_and(|api| api.kept_sources(*id).is_some());
        let wanted = ids.iter().filter(|id| id.is_usn() && !is_kept(id)).rev().take(MOST_ASKED).copied().collect();
        if self.api_answers {
            self.fetch_details(&wanted);
        }
    }

    /// Rates those of these notices, which are about to be put before somebody, for the release, and tells which are less grave
    /// there. The facts of [`notices`](Self::notices) and what [`notice`](Self::notice) tells are then of the release.
    ///
    /// # Errors
    /// As [`notice`](Self::notice).
    pub fn rate_in_release(&mut self, ids: &BTreeSet<NoticeId>, question: &dyn RatingQuestion) -> Result<Vec<Lowered>> {
        let mut candidates = Vec::new();
        for &id in ids.iter().filter(|id| id.is_usn()) {
            candidates.extend(self.candidate(id, question)?);
        }
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let room = if self.api_answers { MOST_ASKED } else { 0 };
        let mut asking = Asking { room, answered: BTreeSet::new(), left: BTreeSet::new(), failures: Vec::new() };
        let mut at_a_time = 1;
        loop {
            let mut wanted = BTreeMap::new();
            for candidate in &candidates {
                for id in candidate.next(question, &asking.answered).into_iter().take(at_a_time) {
                    want(&mut wanted, id, candidate.every);
                }
            }
            if wanted.is_empty() {
                break;
            }
            self.ask(&mut asking, &mut candidates, &wanted);
            at_a_time = MOST_AT_A_TIME.min(2 * at_a_time);
        }
        let mut wanted = BTreeMap::new();
        for candidate in &candidates {
            if candidate.is_listed(question) && question.wants_words(candidate.notice.id) {
                let unasked = candidate.worst.iter().take(MOST_FOR_WORDS).map(|cve| &cve.id);
                unasked
                    .filter(|id| !asking.answered.contains(*id))
                    .for_each(|id| want(&mut wanted, id, candidate.every));
            }
        }
        if !wanted.is_empty() {
            self.ask(&mut asking, &mut candidates, &wanted);
        }
        let lowered = candidates.into_iter().filter_map(|candidate| self.settle(candidate)).collect();
        self.warn_of("the status of", &asking.failures);
        if self.api_answers && !asking.left.is_empty() {
            self.warnings.push(format!(
                "API: a check asks for the status of {MOST_ASKED} CVEs at most, so {} for what it is rated everywhere",
                count_as(asking.left.len())
            ));
        }
        self.keep();
        Ok(lowered)
    }

    /// A notice of which an answer may change whether it is listed, if its source packages are known.
    fn candidate(&mut self, id: NoticeId, question: &dyn RatingQuestion) -> Result<Option<Candidate>> {
        let told = self.details.get(&id).map(|detail| detail.sources.clone());
        let is_remembered = told.is_none();
        let told_none = told.as_ref().is_some_and(Vec::is_empty);
        if let (true, Some(api)) = (told_none, &mut self.api) {
            api.keep_sources(id, &[]);
        }
        let kept = || self.api.as_ref().and_then(|api| api.kept_sources(id)).map(<[_]>::to_vec);
        let Some(sources) = told.or_else(kept).filter(|sources| !sources.is_empty()) else { return Ok(None) };
        let Some(notice) = self.notice(id)? else { return Ok(None) };
        let mut worst: Vec<Cve> = notice.sorted_cves().into_iter().cloned().collect();
        worst.sort_by_key(|cve| Reverse((cve.priority, cve.severity)));
        let age = notice.published.latest().duration_until(self.upstream.now);
        let every = if age < NEW_FOR { EVERY } else { EVERY_OLD };
        let mut candidate = Candidate {
            notice,
            sources,
            worst,
            was_listed: true,
            asked: None,
            cleared: BTreeSet::new(),
            words: BTreeSet::new(),
            every,
            is_remembered,
        };
        candidate.was_listed = candidate.is_listed(question);
        if candidate.was_listed {
            return Ok(Some(candidate));
        }
        // It stays so for as long as it is new: its sources are asked for once.
        if let Some(api) = self.api.as_mut().filter(|_| !is_remembered) {
            api.keep_sources(id, &candidate.sources);
        }
        Ok(candidate.may_be_listed(question, &BTreeSet::new()).then_some(candidate))
    }

    fn ask(&mut self, asking: &mut Asking, candidates: &mut [Candidate], wanted: &BTreeMap<CveId, SignedDuration>) {
        let Some(api) = &mut self.api else { return asking.answered.extend(wanted.keys().cloned()) };
        let StatusAnswers { told, left, asked, failures } = api.statuses(wanted, asking.room);
        asking.room -= asked;
        asking.answered.extend(wanted.keys().cloned());
        asking.left.extend(left.into_iter().filter(|id| !told.contains_key(id)));
        asking.failures.extend(failures.into_iter().filter(|(id, _)| !told.keys().any(|told| told.as_str() == id)));
        for candidate in candidates {
            let named: Vec<CveId> = candidate.worst.iter().map(|cve| cve.id.clone()).collect();
            for id in named {
                if let Some((statuses, at)) = told.get(&id) {
                    candidate.take(&id, statuses, *at);
                }
            }
        }
    }

    /// Takes in what was learnt of a notice.
    fn settle(&mut self, candidate: Candidate) -> Option<Lowered> {
        let here = candidate.here();
        let told = here.in_release.clone().filter(|told| !told.unconcerned.is_empty() || !told.unfixed.is_empty())?;
        let id = here.id;
        self.in_release.insert(id, told);
        if candidate.cleared.is_empty() || (!candidate.was_listed && here.rating_cves().next().is_none()) {
            return None;
        }
        if let Some(api) = self.api.as_mut().filter(|_| !candidate.is_remembered) {
            api.keep_sources(id, &candidate.sources);
        }
        let facts = self.notices.get_mut(&id)?;
        let header = NoticeHeader { published: facts.header.published, ..here.header() };
        facts.header = header;
        let unconcerned = here.unconcerned().cloned().collect();
        let everywhere = here.everywhere();
        Some(Lowered { here: header, everywhere: (everywhere.priority(), everywhere.severity()), unconcerned })
    }
}

fn count_as(left: usize) -> String {
    if left == 1 { "1 more counts".to_owned() } else { format!("each of {left} more counts") }
}

fn want(wanted: &mut BTreeMap<CveId, SignedDuration>, id: &CveId, every: SignedDuration) {
    let known = wanted.entry(id.clone()).or_insert(every);
    *known = every.min(*known);
}
