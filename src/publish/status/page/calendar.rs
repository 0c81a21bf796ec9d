//! The months from the first event of all logs to the last.

use jiff::Timestamp;
use jiff::civil::Date;

use super::super::days::day;
use super::super::state::StatusState;

/// The months that the figures show, without gaps.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    /// The first day of the first month.
    pub(super) first: Date,
    /// The last day on which anything happened.
    pub(super) last: Date,
    /// The months, such as `2026-01`.
    pub(super) months: Vec<String>,
}

impl Calendar {
    /// That of these logs; `None` without events.
    pub(super) fn of(state: &StatusState<'_>) -> Option<Calendar> {
        let events = || state.products.iter().flat_map(|product| product.history.events());
        let first: Timestamp = events().map(|event| event.at).min()?;
        let (first, last) = (day(first).first_of_month(), day(state.now?));
        let mut months = Vec::new();
        let mut month = first;
        // A clock that was centuries wrong must not fill the page.
        while month <= last && months.len() < 1200 {
            months.push(format!("{:04}-{:02}", month.year(), month.month()));
            month = month.checked_add(jiff::Span::new().months(1)).ok()?;
        }
        Some(Calendar { first, last, months })
    }

    /// How many days it has.
    pub(super) fn days(&self) -> i32 {
        self.day(self.last) + 1
    }

    /// The place of a day among them.
    pub(super) fn day(&self, day: Date) -> i32 {
        self.first.until(day).map_or(0, |span| span.get_days()).max(0)
    }
}
