//! The times of `status.json`: by month, by priority, and by both.

use std::collections::BTreeMap;

use serde::Serialize;

use super::fix_time::Spread;
use super::legs::{LegTime, Legs, spread, spreads};
use crate::notice::Priority;

/// How long each leg took.
#[derive(Serialize)]
pub(super) struct TimesJson {
    noticed: SpreadJson,
    opened: SpreadJson,
    picked_up: SpreadJson,
    published: SpreadJson,
    untimed: usize,
}

#[derive(Serialize)]
struct SpreadJson {
    all: Option<Spread>,
    by_month: BTreeMap<String, Spread>,
    by_priority: BTreeMap<Priority, Spread>,
    by_month_and_priority: BTreeMap<String, BTreeMap<Priority, Spread>>,
}

impl TimesJson {
    /// Those of these legs.
    pub(super) fn of(legs: &Legs) -> TimesJson {
        TimesJson {
            noticed: SpreadJson::of(&legs.noticed),
            opened: SpreadJson::of(&legs.opened),
            picked_up: SpreadJson::of(&legs.picked_up),
            published: SpreadJson::of(&legs.published),
            untimed: legs.untimed,
        }
    }
}

impl SpreadJson {
    fn of(times: &[LegTime]) -> SpreadJson {
        let mut by_month_and_priority: BTreeMap<String, BTreeMap<Priority, Spread>> = BTreeMap::new();
        for ((month, priority), spread) in spreads(times, |time| (time.month.clone(), time.priority)) {
            by_month_and_priority.entry(month).or_default().insert(priority, spread);
        }
        SpreadJson {
            all: spread(times),
            by_month: spreads(times, |time| time.month.clone()),
            by_priority: spreads(times, |time| time.priority),
            by_month_and_priority,
        }
    }
}
