//! Where all products stand: what every file of the status is told from.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Targets;
use super::contents::contents;
use super::inside::open_inside;
use super::notice_timeline::NoticeTimeline;
use super::product::Product;
use crate::notice::Priority;
use crate::product::{LogName, Packages};
use crate::tracker::{History, pick_ups};

/// The packages of the current release of each product that has some.
pub type Shipped = BTreeMap<LogName, Packages>;

/// Where all products stand.
#[derive(Debug)]
pub(super) struct StatusState<'a> {
    /// When the newest event was written: no other clock is asked, so the same logs always tell the same.
    pub(super) now: Option<Timestamp>,
    /// How long a notice may stay open.
    pub(super) targets: &'a Targets,
    /// The products of the own tracker, by name.
    pub(super) products: Vec<Product<'a>>,
    /// Those of partners, by name. Nothing of the own ones is counted or told from them, but what is inside of these.
    pub(super) partners: Vec<Product<'a>>,
    /// The logs of partners that can't be read.
    pub(super) unread: Vec<&'a LogName>,
}

/// How many notices are open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// All of them.
    pub(super) open: usize,
    /// Those that are open for longer than their target.
    pub(super) late: usize,
    /// Those that are open only for a release inside.
    pub(super) inside: usize,
    /// How many of each priority.
    pub(super) by_priority: BTreeMap<Priority, usize>,
}

impl<'a> StatusState<'a> {
    /// What follows from these logs.
    pub(super) fn of(histories: &'a [History], shipped: &'a Shipped, targets: &'a Targets) -> StatusState<'a> {
        let (unread, histories): (Vec<&History>, Vec<&History>) =
            histories.iter().partition(|history| history.is_unread());
        let mut unread: Vec<&LogName> = unread.into_iter().map(History::log_name).collect();
        unread.sort();
        // What a partner calls the time is no clock of ours, unless there is nothing else.
        let newest = |all: &[&History]| all.iter().flat_map(|history| history.events()).map(|event| event.at).max();
        let (own, theirs): (Vec<&History>, Vec<&History>) =
            histories.iter().copied().partition(|history| history.log_name().partner.is_none());
        let now = newest(&own).or_else(|| newest(&theirs));
        let log_states: BTreeMap<&LogName, _> = histories.iter().map(|h| (h.log_name(), h.state())).collect();
        let log_state = |name: &LogName| log_states.get(name).copied();
        let mut products: Vec<Product<'a>> = histories
            .iter()
            .map(|history| {
                let mut product = Product::of(history, now);
                product.contents = contents(history.log_name(), history.state(), &log_state);
                product.pick_ups = pick_ups(history.log_name().partner.as_ref(), history.state(), &log_state);
                product.packages = shipped.get(history.log_name());
                product
            })
            .collect();
        products.sort_by(|a, b| a.name().cmp(b.name()));
        open_inside(&mut products, now);
        let (products, partners) = products.into_iter().partition(|product| product.name().partner.is_none());
        StatusState { now, targets, products, partners, unread }
    }

    /// Whether a case is open for longer than its target.
    pub(super) fn is_late(&self, case: &NoticeTimeline<'_>) -> bool {
        self.age(case).is_some_and(|age| age > self.targets.of(case.priority))
    }

    /// How long a case is open.
    pub(super) fn age(&self, case: &NoticeTimeline<'_>) -> Option<SignedDuration> {
        Some(self.now?.duration_since(case.since()?.at))
    }

    /// How many notices are open in one product.
    pub(super) fn count(&self, product: &Product<'_>) -> Count {
        let mut count = Count::default();
        for case in product.cases.values().filter(|case| case.is_open()) {
            count.open += 1;
            count.late += usize::from(self.is_late(case));
            count.inside += usize::from(product.inside.contains_key(&case.id()));
            *count.by_priority.entry(case.priority).or_default() += 1;
        }
        count
    }

    /// How many notices are open in all products.
    pub(super) fn total(&self) -> Count {
        let mut total = Count::default();
        for count in self.products.iter().map(|product| self.count(product)) {
            total.open += count.open;
            total.late += count.late;
            total.inside += count.inside;
            count
                .by_priority
                .into_iter()
                .for_each(|(priority, n)| *total.by_priority.entry(priority).or_default() += n);
        }
        total
    }

    /// All that is open, with its product: the late ones first, then by priority and age.
    pub(super) fn open(&self) -> Vec<(&Product<'a>, &NoticeTimeline<'a>)> {
        let all = self.products.iter().flat_map(|product| product.cases.values().map(move |case| (product, case)));
        let mut open: Vec<_> = all.filter(|(_, case)| case.is_open()).collect();
        open.sort_by_key(|(product, case)| {
            let since = case.since().map(|moment| moment.at);
            (!self.is_late(case), std::cmp::Reverse(case.priority), since, product.name().clone(), case.id())
        });
        open
    }
}
