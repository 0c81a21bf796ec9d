//! What the sources told, as a union.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::Upstream;
use super::notice_filter::{Missing, NoticeFilter};
use super::oval::{CachedNotice, OvalCache};
use super::rss::FeedEntry;
use super::security_api::{Detail, Listed, SecurityApi};
use super::union::{self, Told};
use crate::notice::{Cve, CveId, InRelease, Notice, NoticeHeader, NoticeId, NoticeSummary, Priority, Published};
use crate::upstream::osv::source::{ToldNotice, ToldText};

/// What the sources told.
pub struct Gathered<'a> {
    pub(super) upstream: Upstream<'a>,
    pub(super) cache: Option<OvalCache>,
    pub(super) api: Option<SecurityApi<'a>>,
    /// Whether the API's lists answer, so that it is worth asking for more.
    pub(super) api_answers: bool,
    pub(super) in_oval: BTreeSet<NoticeId>,
    pub(super) details: BTreeMap<NoticeId, Detail>,
    pub(super) ratings: BTreeMap<CveId, Cve>,
    /// What was asked of some notices for the release.
    pub(super) in_release: BTreeMap<NoticeId, InRelease>,
    /// The notices that are not Ubuntu's and were not ruled out.
    pub(super) others: BTreeMap<NoticeId, ToldText>,
    /// The facts of all notices that were not ruled out.
    pub notices: BTreeMap<NoticeId, NoticeSummary>,
    /// What people should know: sources that failed, and what is missing because of it.
    pub warnings: Vec<String>,
}

/// A notice that OVAL doesn't have.
struct Other {
    published: Published,
    /// `None` as long as it is unknown.
    cves: Option<Vec<CveId>>,
}

/// CVEs that OVAL doesn't name yet, by notice.
struct LaterCves(BTreeMap<NoticeId, Vec<Cve>>);

/// Ratings of such CVEs are asked for once an hour at most: some never get into OVAL.
const LATER_CVES_EVERY: SignedDuration = SignedDuration::from_hours(1);

impl LaterCves {
    /// What is known of a notice with them.
    fn added_to(&self, header: NoticeHeader) -> NoticeHeader {
        let Some(cves) = self.0.get(&header.id) else { return header };
        NoticeHeader {
            priority: Priority::highest(cves.iter().map(|cve| cve.priority).chain([header.priority])),
            severity: cves.iter().filter_map(|cve| cve.severity).chain(header.severity).max(),
            has_cves: header.has_cves || !cves.is_empty(),
            ..header
        }
    }
}

impl Gathered<'_> {
    /// All that was told of a notice that was not ruled out, or that [`confirm`](Self::confirm) asked for.
    ///
    /// # Errors
    /// If what was kept of the OVAL file turns out to be damaged, and nobody gives it anew.
    pub fn notice(&mut self, id: NoticeId) -> Result<Option<Notice>> {
        if let Some(other) = self.others.get(&id) {
            return other.whole().map(Some);
        }
        let oval = self.in_edition(|cache| cache.notice(id))?.flatten();
        let told = Told { oval, listed: self.listed(id), detail: self.details.get(&id), ratings: &self.ratings };
        let Some(release) = self.upstream.release else { return Ok(None) };
        let in_release = self.in_release.get(&id).cloned();
        Ok(told.notice(id, release).map(|notice| Notice { in_release, ..notice }))
    }

    /// Takes in notices that are not Ubuntu's, unless they are ruled out.
    pub fn add(&mut self, others: impl IntoIterator<Item = ToldNotice>, interest: &mut dyn NoticeFilter) {
        let wanted = others.into_iter().filter(|notice| !interest.rules_out(&notice.facts.header));
        let (facts, texts): (Vec<_>, Vec<_>) =
            wanted.map(|told| (told.facts.id, told)).map(|(id, told)| ((id, told.facts), (id, told.text))).unzip();
        // There may be thousands, which costs less in one go.
        self.notices.append(&mut facts.into_iter().collect());
        self.others.append(&mut texts.into_iter().collect());
    }

    fn listed(&self, id: NoticeId) -> Option<&Listed> {
        self.api.as_ref().and_then(|api| api.listed_as(id))
    }

    /// Asks the API for the pockets and texts of notices that only OVAL told of so far, if it answers. OVAL takes the pocket
    /// of a notice's first binary for all of them, so this may show that a fix is only in Ubuntu Pro.
    pub fn confirm(&mut self, ids: &BTreeSet<NoticeId>) {
        if !self.api_answers {
            return;
        }
        self.fetch_details(ids);
        for id in ids {
            if let (Some(facts), Some(detail)) = (self.notices.get_mut(id), self.details.get(id)) {
                facts.fixes = union::pocketed(std::mem::take(&mut facts.fixes), &detail.fixes);
            }
        }
        self.keep();
    }

    /// What `read` finds in the OVAL file; `None` without one. What was kept of the file may turn out to be damaged on the
    /// way: it is removed then, and the whole file is asked for once.
    fn in_edition<T>(&mut self, read: impl Fn(&OvalCache) -> Result<T>) -> Result<Option<T>> {
        let Some(cache) = &self.cache else { return Ok(None) };
        let damage = match read(cache) {
            Ok(found) => return Ok(Some(found)),
            Err(damage) => damage,
        };
        let base = self.upstream.sources.oval.as_ref().ok_or(damage)?;
        match self.upstream.refresh_oval(base) {
            Ok(cache) => Ok(Some(read(self.cache.insert(cache))?)),
            Err(error) if self.api_answers => {
                self.cache = None;
                self.warnings.push(format!("OVAL: {error:#}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The notices of the OVAL file that are not ruled out; of those that it takes for Pro only, or whose packages it doesn't
    /// tell, the API's details decide.
    pub(super) fn take_oval(&mut self, interest: &mut dyn NoticeFilter) -> Result<()> {
        let later = self.later_cves()?;
        let Some(cache) = &self.cache else { return Ok(()) };
        let exact: BTreeMap<NoticeId, Published> =
            self.api.iter().flat_map(|api| api.listed()).map(|listed| (listed.id, listed.published)).collect();
        let mut wanted: BTreeMap<NoticeId, NoticeHeader> = BTreeMap::new();
        for record in cache.facts() {
            let record = record?;
            self.in_oval.insert(record.id);
            let published = exact.get(&record.id).copied().unwrap_or(record.published);
            let header = later.added_to(NoticeHeader { published, ..*record });
            if !interest.rules_out(&header) {
                wanted.insert(record.id, header);
            }
        }
        let told = self.in_edition(|cache| {
            let is_wanted =
                |record: &Result<CachedNotice<'_>>| record.as_ref().map_or(true, |r| wanted.contains_key(&r.id));
            cache.facts().filter(is_wanted).map(|record| record?.facts()).collect::<Result<Vec<NoticeSummary>>>()
        })?;
        let mut doubtful = BTreeSet::new();
        for facts in told.into_iter().flatten() {
            let facts = NoticeSummary { header: wanted[&facts.id], ..facts };
            if interest.missing(&facts) == Missing::Details {
                doubtful.insert(facts.id);
            }
            self.notices.insert(facts.id, facts);
        }
        if self.api.is_some() {
            self.fetch_details(&doubtful);
        }
        for id in &doubtful {
            if let (Some(facts), Some(detail)) = (self.notices.get_mut(id), self.details.get(id)) {
                facts.fixes = union::pocketed(std::mem::take(&mut facts.fixes), &detail.fixes);
            }
        }
        Ok(())
    }

    /// The CVEs, rated, that the API's list names by now and the OVAL file doesn't: it is made a few times a day.
    fn later_cves(&mut self) -> Result<LaterCves> {
        let listed: BTreeMap<NoticeId, Vec<CveId>> =
            self.api.iter().flat_map(SecurityApi::listed).map(|listed| (listed.id, listed.cves.clone())).collect();
        let later = self.in_edition(|cache| {
            let lacks = |record: Result<CachedNotice<'_>>| {
                let record = record?;
                let cves = listed.get(&record.id).map_or(&[][..], Vec::as_slice);
                Ok((record.id, record.lacks(cves)?))
            };
            let all = cache.facts().map(lacks);
            all.filter(|lacks| !matches!(lacks, Ok((_, cves)) if cves.is_empty())).collect::<Result<BTreeMap<_, _>>>()
        })?;
        let later = later.unwrap_or_default();
        self.fetch_ratings(&later.values().flatten().cloned().collect(), LATER_CVES_EVERY);
        let rated = |cves: Vec<CveId>| cves.iter().filter_map(|id| self.ratings.get(id).cloned()).collect();
        Ok(LaterCves(later.into_iter().map(|(id, cves)| (id, rated(cves))).collect()))
    }

    /// The notices that only the API's list or the feed tells of.
    pub(super) fn take_others(&mut self, since: Timestamp, entries: &[FeedEntry], interest: &mut dyn NoticeFilter) {
        let mut others: BTreeMap<NoticeId, Other> = BTreeMap::new();
        for entry in entries {
            // Without a time it is as new as can be: the feed has the newest only.
            let published = entry.published.unwrap_or(Published::At(Timestamp::MAX));
            others.insert(entry.id, Other { published, cves: None });
        }
        for listed in self.api.iter().flat_map(SecurityApi::listed) {
            others.insert(listed.id, Other { published: listed.published, cves: None });
        }
        others.retain(|id, other| other.published.instant() >= since && !self.in_oval.contains(id));

        let hidden = self.fetch_details(&others.keys().copied().collect());
        others.retain(|id, _| !hidden.contains(id));
        for (id, other) in &mut others {
            let (listed, detail) = (self.listed(*id), self.details.get(id));
            other.published = detail.and_then(|detail| detail.published).unwrap_or(other.published);
            other.cves = (listed.is_some() || detail.is_some()).then(|| union::named(listed, detail));
        }
        let unrated =
            others.iter().filter(|(id, other)| interest.missing(&self.facts(**id, other)) == Missing::Ratings);
        let cves = unrated.flat_map(|(_, other)| other.cves.iter().flatten().cloned()).collect();
        self.fetch_ratings(&cves, SignedDuration::ZERO);
        for (id, other) in &others {
            let facts = self.facts(*id, other);
            if !interest.rules_out(&facts.header) {
                self.notices.insert(*id, facts);
            }
        }
    }

    /// The facts of a notice that OVAL doesn't have, as far as they are told.
    fn facts(&self, id: NoticeId, other: &Other) -> NoticeSummary {
        let rated = || other.cves.iter().flatten().filter_map(|id| self.ratings.get(id));
        let header = NoticeHeader {
            id,
            published: other.published,
            priority: Priority::highest(rated().map(|cve| cve.priority)),
            severity: rated().filter_map(|cve| cve.severity).max(),
            // As long as that is unknown, it may name some.
            has_cves: other.cves.as_ref().is_none_or(|cves| !cves.is_empty()),
        };
        NoticeSummary { header, fixes: self.details.get(&id).map(|detail| detail.fixes.clone()).unwrap_or_default() }
    }

    /// Asks the API for details. Returns the notices that it no longer shows.
    pub(super) fn fetch_details(&mut self, ids: &BTreeSet<NoticeId>) -> BTreeSet<NoticeId> {
        let missing: Vec<NoticeId> = ids.iter().copied().filter(|id| !self.details.contains_key(id)).collect();
        let (Some(api), false) = (&mut self.api, missing.is_empty()) else { return BTreeSet::new() };
        let mut hidden = BTreeSet::new();
        let mut failures = Vec::new();
        for (id, detail) in api.details(&missing) {
            match detail {
                Ok(Some(detail)) => drop(self.details.insert(id, detail)),
                Ok(None) => drop(hidden.insert(id)),
                Err(failure) => failures.push((id.to_string(), failure.to_string())),
            }
        }
        self.warn_of("the details of", &failures);
        hidden
    }

    /// Asks the API for ratings that were not asked for within the time.
    pub(super) fn fetch_ratings(&mut self, ids: &BTreeSet<CveId>, within: SignedDuration) {
        let (Some(api), false) = (&mut self.api, ids.is_empty()) else { return };
        let mut failures = Vec::new();
        for (id, rating) in api.ratings(ids, within) {
            match rating {
                Ok(cve) => drop(self.ratings.insert(id, cve)),
                Err(failure) => failures.push((id.to_string(), failure.to_string())),
            }
        }
        self.warn_of("the rating of", &failures);
    }

    /// One line for all requests of a kind that failed, with the cause of the first.
    pub(super) fn warn_of(&mut self, what: &str, failures: &[(String, String)]) {
        let Some((first, cause)) = failures.first() else { return };
        let more = match failures.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        self.warnings.push(format!("API: {what} {first}{more}: {cause}"));
    }

    /// Keeps what was fetched for the next run, which does without where it can't be kept.
    pub(super) fn keep(&mut self) {
        let Some(Err(error)) = self.api.as_mut().map(SecurityApi::save) else { return };
        self.warnings.push(format!("what the API told can't be kept for the next run: {error:#}"));
    }
}
