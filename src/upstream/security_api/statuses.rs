//! Asking where CVEs stand in the release, within bounds, and what stands in for an answer.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::release_statuses::ReleaseStatuses;
use super::{CVE_CAP, CachedAnswer, CveAnswer, Memory, SecurityApi, cve, take_in};
use crate::http::several;
use crate::notice::{CveId, NoticeId};

/// How long what was told of the release stands in for a server that is down.
const STANDS_IN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Of how many CVEs that no list names it is kept.
const MOST_KEPT: usize = 300;

/// What the API tells of some CVEs in the release.
#[derive(Debug, Default)]
pub struct StatusAnswers {
    /// The statuses, and when they were asked for; a CVE of which nothing is known is left out.
    pub told: BTreeMap<CveId, (ReleaseStatuses, Timestamp)>,
    /// The CVEs that were due and not asked for, since so many may be.
    pub left: BTreeSet<CveId>,
    /// How many were asked for.
    pub asked: usize,
    /// What went wrong, by CVE.
    pub failures: Vec<(String, String)>,
}

impl SecurityApi<'_> {
    /// Where some CVEs stand in the release. Each is asked for unless it was within the time named with it, those first that
    /// weren't asked for longest, and no more than so many: what was told earlier stands in for the others, and for answers that
    /// fail. A CVE that the API doesn't know (any more) is one of which nothing is known.
    pub fn statuses(&mut self, wanted: &BTreeMap<CveId, SignedDuration>, most: usize) -> StatusAnswers {
        let mut answers = StatusAnswers::default();
        let now = self.now;
        // What was asked for in the future was so by a clock that was wrong.
        let is_fresh = |kept: &CachedAnswer<CveAnswer>, within: SignedDuration| {
            kept.until > now || (kept.asked <= now && now.duration_since(kept.asked) < within)
        };
        let kept = |id: &CveId| self.memory.ratings.get(id);
        let mut due: Vec<&CveId> = wanted
            .iter()
            .filter(|(id, within)| !kept(id).is_some_and(|k| is_fresh(k, **within)))
            .map(|w| w.0)
            .collect();
        due.sort_by_key(|id| kept(id).map(|kept| kept.asked));
        answers.left.extend(due.split_off(most.min(due.len())).into_iter().cloned());
        answers.asked = due.len();
        let asked = several::ask(&due, |id| {
            let known = self.memory.ratings.get(*id).map(|kept| &kept.validators);
            self.get(&format!("cves/{id}.json"), known, CVE_CAP, |body| cve::read(body, id, &self.release))
        });
        let mut unknown = BTreeSet::new();
        for (id, answer) in due.into_iter().zip(asked) {
            match answer {
                Ok(answer) => {
                    self.changed = true;
                    take_in(&mut self.memory.ratings, id.clone(), answer, now);
                }
                Err(failure) if failure.is_not_found() => drop(unknown.insert(id)),
                Err(failure) => answers.failures.push((id.to_string(), failure.to_string())),
            }
        }
        for id in wanted.keys().filter(|id| !unknown.contains(id)) {
            if let Some(kept) = self.memory.ratings.get(id) {
                answers.told.insert(id.clone(), (kept.value.statuses.clone(), kept.asked));
            }
        }
        answers
    }

    /// Keeps by which source packages a notice was held back, so that it is no further release's news when the server is down.
    pub fn keep_sources(&mut self, id: NoticeId, sources: &[Box<str>]) {
        let known = self.memory.sources.get(&id).map(|(at, sources)| (*at, sources.as_slice()));
        if known.is_none_or(|(at, known)| known != sources || at.duration_until(self.now) > STANDS_IN / 2) {
            self.memory.sources.insert(id, (self.now, sources.to_vec()));
            self.changed = true;
        }
    }

    /// The source packages by which a notice was held back lately.
    pub fn kept_sources(&self, id: NoticeId) -> Option<&[Box<str>]> {
        self.memory.sources.get(&id).map(|(_, sources)| sources.as_slice())
    }
}

impl Memory {
    /// The CVEs that no list names and that are kept all the same, so that they stand in for a server that is down.
    pub(super) fn standing_in(&self, named: &BTreeSet<CveId>, now: Timestamp) -> BTreeSet<CveId> {
        let lately = |kept: &CachedAnswer<CveAnswer>| kept.asked.duration_until(now) < STANDS_IN;
        let others = self.ratings.iter().filter(|(id, kept)| !named.contains(*id) && lately(kept));
        let mut others: Vec<(Timestamp, &CveId)> = others.map(|(id, kept)| (kept.asked, id)).collect();
        others.sort_unstable();
        others.into_iter().rev().take(MOST_KEPT).map(|(_, id)| id.clone()).collect()
    }

    /// Forgets by which source packages notices were held back that nobody asked for of late.
    pub(super) fn forget_sources(&mut self, now: Timestamp) {
        self.sources.retain(|_, (at, _)| at.duration_until(now) < STANDS_IN);
    }
}
