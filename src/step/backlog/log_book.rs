//! The log of a product as a backlog is held against it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use crate::backlog::{Book, IssueFacts, IssueKey, PickUps, WantedIssue, notice_facts};
use crate::notice::NoticeId;
use crate::product::{Filter, ProductName};
use crate::step::included_products::IncludedProducts;
use crate::step::open_tracker::current_packages;
use crate::step::partners::Partners;
use crate::store::{CachedListing, Store};
use crate::tracker::{
    Addition, Answered, Body, By, EventSummary, Log, LogState, PickUp, Retry, Stand, included, pick_ups,
};

/// A log, the logs of what its product contains, and the way to append answers.
pub struct LogBook<'a, 's> {
    log: &'a mut Log<'s>,
    store: &'a dyn Store,
    partners: Option<&'a Partners<'a>>,
    folder: PathBuf,
    filter: &'a Filter,
    now: Timestamp,
    by: By,
    retry: Retry,
    warnings: BTreeSet<String>,
}

impl<'a, 's> LogBook<'a, 's> {
    /// The log in this store, read a moment ago. `folder` is where more is kept for the next step.
    pub fn new(
        log: &'a mut Log<'s>,
        store: &'a dyn Store,
        folder: PathBuf,
        filter: &'a Filter,
        now: Timestamp,
    ) -> LogBook<'a, 's> {
        let retry = Retry { budget: Duration::ZERO, seed: 0 };
        let (by, warnings) = (By::default(), BTreeSet::new());
        LogBook { log, store, partners: None, folder, filter, now, by, retry, warnings }
    }

    /// The same where the product may contain those of partners.
    pub(in crate::step) fn with(self, partners: &'a Partners<'a>) -> LogBook<'a, 's> {
        LogBook { partners: Some(partners), ..self }
    }

    /// The same for a build that appends.
    pub fn by(self, by: By, retry: Retry) -> LogBook<'a, 's> {
        LogBook { by, retry, ..self }
    }

    /// What went wrong and stops nothing.
    pub fn warnings(self) -> Vec<String> {
        self.warnings.into_iter().collect()
    }
}

impl Book for LogBook<'_, '_> {
    fn product(&self) -> &ProductName {
        self.log.product()
    }

    fn filter(&self) -> &Filter {
        self.filter
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn state(&self) -> &LogState {
        self.log.state()
    }

    fn pick_ups(&mut self) -> Result<PickUps> {
        let log_state = self.log.state();
        let Some(highest) = log_state.highest().filter(|highest| !highest.released.includes.is_empty()) else {
            return Ok(PickUps::default());
        };
        let store = CachedListing(self.store);
        let none = Partners::none(self.folder.clone(), self.now);
        let mut contained = IncludedProducts::new(&store, self.partners.unwrap_or(&none), &self.folder, self.now);
        match contained.read_contained(log_state) {
            Ok(away) => self.warnings.extend(away),
            Err(error) => {
                self.warnings.insert(format!("what {} contains can't be told: {error:#}", self.log.product()));
                let unknown = highest.released.includes.keys().cloned().collect();
                return Ok(PickUps { unknown, ..PickUps::default() });
            }
        }
        let inside = included(None, &highest.released.includes, &highest.released.partners);
        // The log of a partner that is away says nothing.
        let unknown = inside.into_iter().filter(|inside| contained.log_state(&inside.log_name()).is_none());
        let mut found = PickUps { unknown: unknown.map(|inside| inside.product).collect(), ..PickUps::default() };
        for mut offered in pick_ups(None, log_state, &|name| contained.log_state(name)) {
            let [inside] = offered.path.as_slice() else { continue };
            let Some(inner) = contained.log_state(&inside.log_name()) else { continue };
            // Where its log doesn't hold a notice, that came from further inside, and counts.
            let matches = |id: &NoticeId| {
                inner.timeline(*id).is_none() || inner.opened_of(*id).any(|event| event.matches(self.filter))
            };
            offered.fixes.retain(matches);
            if !offered.fixes.is_empty() {
                found.offered.push(offered);
            }
        }
        Ok(found)
    }

    fn facts(&mut self, wanted: &BTreeMap<IssueKey, WantedIssue>) -> Result<Vec<IssueFacts>> {
        let notices: BTreeMap<NoticeId, WantedIssue> =
            wanted.iter().filter_map(|(key, wanted)| Some((key.notice()?, wanted.clone()))).collect();
        let mut facts = match notices.is_empty() {
            true => Vec::new(),
            false => notice_facts(self.log, current_packages(self.log)?.as_ref(), &notices)?,
        };
        let current = self.log.state().highest().map(|release| release.released.version.clone());
        let others = wanted.iter().filter(|(key, _)| key.notice().is_none());
        facts.extend(others.map(|(key, wanted)| IssueFacts {
            key: key.clone(),
            product: self.log.product().clone(),
            current: current.clone(),
            wanted: wanted.clone(),
            notice: None,
            too_old: Vec::new(),
            closing: None,
        }));
        Ok(facts)
    }

    fn record(&mut self, answers: Vec<Answered>) -> Result<usize> {
        let now = self.now;
        self.log.append(&self.by, now, self.retry, |log| {
            let log_state = log.state();
            let is_new =
                |answered: &&Answered| !knows(log_state, answered) && !is_settled(log_state, answered.notice, now);
            let events = answers.iter().filter(is_new).cloned().map(Body::Answered).collect();
            Ok(Addition { packages: Vec::new(), events })
        })
    }
}

/// Whether the log holds what was said there.
fn knows(log_state: &LogState, answered: &Answered) -> bool {
    let id = |answered: &Answered| answered.said.as_ref().map(|said| said.id.clone());
    log_state.entries().iter().any(|entry| match &entry.summary {
        EventSummary::Answered(known) => known.said.is_some() && id(known) == id(answered),
        _ => false,
    })
}

fn is_settled(log_state: &LogState, notice: NoticeId, now: Timestamp) -> bool {
    log_state.timeline(notice).is_none_or(|timeline| matches!(timeline.stand(now), Stand::Settled(_)))
}

/// What is offered, in words that change when it does.
pub(super) fn offered(pick_ups: &PickUps) -> Vec<String> {
    let one = |PickUp { path, newest, fixes }: &PickUp| {
        let path: Vec<String> = path.iter().map(ToString::to_string).collect();
        let fixes: Vec<String> = fixes.iter().map(ToString::to_string).collect();
        format!("{} {newest} {}", path.join(" "), fixes.join(" "))
    };
    pick_ups.offered.iter().map(one).chain(pick_ups.unknown.iter().map(ToString::to_string)).collect()
}
