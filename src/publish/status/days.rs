//! Days and months in UTC, and how many notices were open on each.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::tracker::Span;

/// The day in UTC.
pub(super) fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The month in UTC, such as `2026-01`.
pub(super) fn month(at: Timestamp) -> String {
    let day = day(at);
    format!("{:04}-{:02}", day.year(), day.month())
}

/// How many notices were open at the end of each day; only the days on which that changed.
pub(super) fn open_by_day<'s>(spans: impl Iterator<Item = &'s Span>) -> BTreeMap<Date, usize> {
    let mut changes: BTreeMap<Date, isize> = BTreeMap::new();
    for span in spans {
        let (from, to) = (day(span.from.at), span.to.map(|to| day(to.at)));
        // The clocks of two writers may differ: nothing closes before it is opened.
        *changes.entry(from).or_default() += 1;
        if let Some(to) = to {
            *changes.entry(to.max(from)).or_default() -= 1;
        }
    }
    let mut open: isize = 0;
    let mut days = BTreeMap::new();
    for (day, change) in changes {
        open += change;
        if change != 0 {
            days.insert(day, open.unsigned_abs());
        }
    }
    days
}
