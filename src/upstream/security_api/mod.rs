//! Canonical's security API: lists of notices, their details, the ratings of CVEs.
//!
//! What it gave is kept in a file, so that a check asks for little more than the first page of the list.

mod cve;
mod detail;
mod json;
mod list;
mod listed;
mod release_statuses;
mod statuses;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::cache::{self, CacheFile};
use crate::http::several;
use crate::http::{Answer, Failure, FailureKind, Http, Validators, shown};
use crate::notice::{Cve, CveId, NoticeId, Priority, UbuntuRelease};
use cve::CveAnswer;
pub use detail::Detail;
pub use list::Listing;
use list::NoticeList;
pub use listed::Listed;
pub use release_statuses::ReleaseStatuses;
pub use statuses::StatusAnswers;

/// A notice's page has 20 kB on average and 100 kB at most in the captured data.
const NOTICE_CAP: u64 = 8 << 20;
/// A CVE embeds every notice that names it in full; for the kernel's that makes megabytes.
const CVE_CAP: u64 = 64 << 20;
/// About the most memory that the details of one check may take: a window of years has some 10 MB.
const DETAILS_LIMIT: usize = 24 << 20;
/// How many notices that are kept are asked for again at once.
const AGAIN: usize = 20;
/// No `Cache-Control` of theirs makes us trust an answer for longer.
const LONGEST_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// To be changed with anything in what is kept.
const LAYOUT: &str = "davos api 7\n";
/// A window of years has a few MiB.
const LARGEST: u64 = 32 << 20;

/// The API as it concerns one Ubuntu release.
pub struct SecurityApi<'a> {
    http: &'a Http,
    base: Url,
    release: UbuntuRelease,
    now: Timestamp,
    file: CacheFile,
    memory: Memory,
    changed: bool,
}

/// What is kept from check to check.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Memory {
    list: NoticeList,
    details: BTreeMap<NoticeId, CachedAnswer<Detail>>,
    ratings: BTreeMap<CveId, CachedAnswer<CveAnswer>>,
    /// By which source packages notices were held back, and when that was.
    sources: BTreeMap<NoticeId, (Timestamp, Vec<Box<str>>)>,
}

/// An answer, to be used without asking again `until` then, and after that only where asking fails.
#[derive(Debug, Serialize, Deserialize)]
struct CachedAnswer<T> {
    until: Timestamp,
    /// When it was last asked for.
    asked: Timestamp,
    /// What to ask under the condition of.
    validators: Validators,
    value: T,
}

impl<'a> SecurityApi<'a> {
    /// The API at `base`, with what is kept of it in `folder`; a file there that isn't whole counts as none.
    pub fn open(http: &'a Http, mut base: Url, release: &UbuntuRelease, folder: &Path, now: Timestamp) -> Self {
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let path = folder.join(format!("api-{}", cache::name_of(&format!("{} {release}", shown(&base)))));
        let file = CacheFile::new(path, LAYOUT, LARGEST);
        let memory = file.load().unwrap_or_default();
        SecurityApi { http, base, release: release.clone(), now, file, memory, changed: false }
    }

    /// Asks for the list of notices, back to `since`: one page in the usual case, all pages once an hour.
    ///
    /// # Errors
    /// If the first page can't be had, or is implausible: empty, or of a list that lost most of what it had. What earlier
    /// lists gave is still [`listed`](Self::listed) then.
    pub fn list(&mut self, since: Timestamp) -> Result<Listing> {
        self.changed |= self.memory.list.forget_before(since);
        let asked = list::ListRequest { http: self.http, base: &self.base, release: &self.release, now: self.now };
        let listing = asked.update(&mut self.memory.list, since)?;
        self.changed |= listing.changed;
        Ok(listing)
    }

    /// The notices of the list, by id, those of earlier lists included, back to the `since` of the last one.
    pub fn listed(&self) -> impl Iterator<Item = &Listed> {
        self.memory.list.notices.values()
    }

    /// A notice as the list tells it.
    pub fn listed_as(&self, id: NoticeId) -> Option<&Listed> {
        self.memory.list.notices.get(&id)
    }

    /// The details of some notices; `None` for one that the API doesn't know, because it is hidden, deleted or not there
    /// yet. A notice that can't be had now is told from an earlier answer, where there is one.
    ///
    /// What is kept is told without asking as long as the server allows, except what lacks packages or differs from the
    /// list: some of that is asked for again each time.
    pub fn details(&mut self, ids: &[NoticeId]) -> BTreeMap<NoticeId, Result<Option<Detail>, Failure>> {
        let wanted: BTreeSet<NoticeId> = ids.iter().copied().collect();
        let (mut answers, mut missing) =
            split(&wanted, &self.memory.details, self.now, SignedDuration::ZERO, |detail| Some(detail.clone()));
        missing.extend(self.doubtful(answers.keys().copied()));
        let release = &self.release;
        let room = AtomicUsize::new(DETAILS_LIMIT);
        let asked = several::ask(&missing, |id| {
            if room.load(Ordering::Relaxed) == 0 {
                let url = join(&self.base, &format!("notices/{id}.json"));
                let what = format!("not asked for: the details before it have more than {} MiB", DETAILS_LIMIT >> 20);
                return Err(Failure::new(FailureKind::TooLong, &url, what));
            }
            let known = self.memory.details.get(id).map(|kept| &kept.validators);
            let answer =
                self.get(&format!("notices/{id}.json"), known, NOTICE_CAP, |body| detail::read(body, *id, release));
            if let Ok(Answer::Fresh { value, .. }) = &answer {
                let less = |room: usize| Some(room.saturating_sub(value.size()));
                let _ = room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
            }
            answer
        });
        for (id, answer) in missing.into_iter().zip(asked) {
            let answer = match answer {
                Ok(answer) => {
                    self.changed = true;
                    // Only what is kept is asked for under a condition, so an answer always tells something.
                    Ok(take_in(&mut self.memory.details, id, answer, self.now))
                }
                Err(failure) if failure.is_not_found() => {
                    self.changed |= self.memory.details.remove(&id).is_some();
                    Ok(None)
                }
                Err(failure) => self.memory.details.get(&id).map(|kept| Some(kept.value.clone())).ok_or(failure),
            };
            answers.insert(id, answer);
        }
        answers
    }

    /// Of the notices whose details are kept, those to be asked for all the same: they lack packages, without which nothing
    /// can be decided, or the list tells something else by now. So many at a time, those first that weren't asked for
    /// longest, so that each has its turn however many there are.
    fn doubtful(&self, ids: impl Iterator<Item = NoticeId>) -> Vec<NoticeId> {
        let kept = ids.filter_map(|id| Some((id, self.memory.details.get(&id)?)));
        let doubt = |id: &NoticeId, detail: &Detail| {
            let listed = self.memory.list.notices.get(id);
            detail.fixes.is_empty() || listed.is_some_and(|listed| listed.differs_from(detail))
        };
        let mut doubtful: Vec<_> =
            kept.filter(|(id, kept)| doubt(id, &kept.value)).map(|(id, kept)| (kept.asked, id)).collect();
        doubtful.sort_unstable();
        doubtful.into_iter().take(AGAIN).map(|(_, id)| id).collect()
    }

    /// The ratings of some CVEs; what was asked for `within` this time is not asked for again. One that isn't rated yet, or that the API doesn't know yet (its row is uploaded after the
    /// notice), is unrated, and is asked for again whenever it is wanted.
    pub fn ratings(&mut self, ids: &BTreeSet<CveId>, within: SignedDuration) -> BTreeMap<CveId, Result<Cve, Failure>> {
        let is_rated = |answer: &CveAnswer| answer.cve.priority != Priority::Unknown;
        let (answers, mut missing) = split(ids, &self.memory.ratings, self.now, within, |kept| {
            Some(kept.cve.clone()).filter(|_| is_rated(kept))
        });
        let mut rated = BTreeMap::new();
        for (id, answer) in answers {
            match answer {
                Ok(Some(cve)) => drop(rated.insert(id, Ok(cve))),
                _ => missing.push(id),
            }
        }
        let release = &self.release;
        let asked = several::ask(&missing, |id| {
            let known = self.memory.ratings.get(id).map(|kept| &kept.validators);
            self.get(&format!("cves/{id}.json"), known, CVE_CAP, |body| cve::read(body, id, release))
        });
        for (id, answer) in missing.into_iter().zip(asked) {
            let answer = match answer {
                Ok(answer) => {
                    self.changed = true;
                    let told = take_in(&mut self.memory.ratings, id.clone(), answer, self.now);
                    Ok(told.map_or_else(|| cve::unrated(&id), |told| told.cve))
                }
                Err(failure) if failure.is_not_found() => Ok(cve::unrated(&id)),
                Err(failure) => {
                    let kept = self.memory.ratings.get(&id).map(|kept| &kept.value);
                    kept.filter(|kept| is_rated(kept)).map(|kept| kept.cve.clone()).ok_or(failure)
                }
            };
            rated.insert(id, answer);
        }
        rated
    }

    /// Keeps what came, for the next check; does nothing where nothing came.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn save(&mut self) -> Result<()> {
        let mut named: BTreeSet<CveId> =
            self.memory.list.notices.values().flat_map(|listed| &listed.cves).cloned().collect();
        named.append(&mut self.memory.standing_in(&named, self.now));
        self.memory.forget_sources(self.now);
        let Memory { list, details, ratings, .. } = &mut self.memory;
        details.retain(|id, kept| kept.until > self.now || list.notices.contains_key(id));
        ratings.retain(|id, kept| kept.until > self.now || named.contains(id));
        if self.changed {
            self.file.store(&self.memory)?;
            self.changed = false;
        }
        Ok(())
    }

    fn get<T>(
        &self,
        path: &str,
        known: Option<&Validators>,
        cap: u64,
        parse: impl FnMut(&mut dyn std::io::Read) -> Result<T>,
    ) -> Result<Answer<T>, Failure> {
        let url = join(&self.base, path);
        self.http.get(&url, known.unwrap_or(&Validators::default()), cap, parse)
    }
}

/// Keeps an answer; gives what it tells, or what it says is still so.
fn take_in<K: Ord, V: Clone>(
    kept: &mut BTreeMap<K, CachedAnswer<V>>,
    key: K,
    answer: Answer<V>,
    now: Timestamp,
) -> Option<V> {
    match answer {
        Answer::Fresh { value, validators, max_age } => {
            let until = now + max_age.min(LONGEST_KEPT);
            kept.insert(key, CachedAnswer { until, asked: now, validators, value: value.clone() });
            Some(value)
        }
        Answer::NotModified => {
            let kept = kept.get_mut(&key)?;
            kept.asked = now;
            Some(kept.value.clone())
        }
    }
}

/// The address of a path below the base, with the base's query, which a mirror may want.
fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path()));
    url
}

/// What may be told without asking, and what must be asked for.
fn split<K: Ord + Clone, V, A>(
    wanted: &BTreeSet<K>,
    kept: &BTreeMap<K, CachedAnswer<V>>,
    now: Timestamp,
    within: SignedDuration,
    told: impl Fn(&V) -> A,
) -> (BTreeMap<K, Result<A, Failure>>, Vec<K>) {
    let (mut answers, mut missing) = (BTreeMap::new(), Vec::new());
    for key in wanted {
        // What was asked for in the future was so by a clock that was wrong.
        let fresh = |kept: &&CachedAnswer<V>| {
            kept.until > now || (kept.asked <= now && now.duration_since(kept.asked) < within)
        };
        match kept.get(key).filter(fresh) {
            Some(kept) => drop(answers.insert(key.clone(), Ok(told(&kept.value)))),
            None => missing.push(key.clone()),
        }
    }
    (answers, missing)
}

#[cfg(test)]
mod tests;
