//! When a notice was published.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use anyhow::{Result, anyhow};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::text::{as_text_or, quoted};

/// When a notice was published, in UTC: to the day, as OVAL tells it, or exactly, as the API does. A day orders as its
/// first instant.
///
/// ```
/// use davos::notice::Published;
/// let exactly: Published = "2026-01-12T01:03:59.022906".parse().unwrap();
/// assert_eq!(exactly.to_string(), "2026-01-12T01:03:59.022906Z");
/// assert!("2026-01-12".parse::<Published>().unwrap() < exactly);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Published {
    /// Some time on this day.
    Day(Date),
    /// At this instant.
    At(Timestamp),
}

/// The same where nobody reads it: in what is kept in the temporary folder.
#[derive(Serialize, Deserialize)]
enum PlainPublished {
    /// The year, the month and the day.
    Day(i16, i8, i8),
    /// Seconds since 1970, and nanoseconds.
    At(i64, i32),
}

impl Published {
    /// The instant, the first of the day where only the day is known.
    pub fn instant(self) -> Timestamp {
        match self {
            Published::At(instant) => instant,
            // The first and the last days of the calendar have no instant of their own.
            Published::Day(day) => {
                let end = if day.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
                day.to_zoned(TimeZone::UTC).map_or(end, |zoned| zoned.timestamp())
            }
        }
    }

    /// The last instant that it can have been: the end of the day where only the day is known.
    pub fn latest(self) -> Timestamp {
        match self {
            Published::At(instant) => instant,
            Published::Day(_) => {
                self.instant().saturating_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// The day in UTC.
    pub fn day(self) -> Date {
        match self {
            Published::Day(day) => day,
            Published::At(instant) => instant.to_zoned(TimeZone::UTC).date(),
        }
    }

    /// Whether the time of day is known.
    pub fn is_exact(self) -> bool {
        matches!(self, Published::At(_))
    }
}

impl PartialOrd for Published {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Published {
    fn cmp(&self, other: &Self) -> Ordering {
        self.instant().cmp(&other.instant()).then_with(|| self.is_exact().cmp(&other.is_exact()))
    }
}

impl FromStr for Published {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |_| anyhow!("{} is no date or time; one looks like 2026-01-12T01:03:59.022906", quoted(text));
        if text.len() <= 10 {
            return text.parse().map(Published::Day).map_err(wrong);
        }
        if let Ok(instant) = text.parse() {
            return Ok(Published::At(instant));
        }
        // The API prints naive times that are meant as UTC.
        let naive: DateTime = text.strip_suffix('Z').unwrap_or(text).parse().map_err(wrong)?;
        // The last day of the calendar is no instant any more, and all the same a day.
        let instant = naive.to_zoned(TimeZone::UTC).map(|zoned| Published::At(zoned.timestamp()));
        Ok(instant.unwrap_or(Published::Day(naive.date())))
    }
}

as_text_or!(
    Published,
    PlainPublished,
    |published| match *published {
        Published::Day(day) => PlainPublished::Day(day.year(), day.month(), day.day()),
        Published::At(instant) => PlainPublished::At(instant.as_second(), instant.subsec_nanosecond()),
    },
    |plain| match plain {
        PlainPublished::Day(year, month, day) => Ok(Published::Day(Date::new(year, month, day)?)),
        PlainPublished::At(second, nano) => Ok(Published::At(Timestamp::new(second, nano)?)),
    }
);

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Published::Day(day) => write!(f, "{day}"),
            Published::At(instant) => write!(f, "{instant}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_calendar_are_days_at_its_ends() {
        let published = |text: &str| text.parse::<Published>().expect(text);
        for (text, day) in [
            ("9999-12-31", "9999-12-31"),
            ("9999-12-31T23:59:59Z", "9999-12-31"),
            ("9999-12-31T12:00:00", "9999-12-31"),
        ] {
            assert_eq!(published(text).to_string(), day);
            assert_eq!(published(text).instant(), Timestamp::MAX, "{text}");
            assert!(published(text).latest() >= published("2026-01-12").latest(), "{text}");
        }
        assert_eq!(published("0001-01-01").instant().to_string(), "0001-01-01T00:00:00Z");
        assert!("2026-13-01".parse::<Published>().is_err() && "9999-12-31T25:00:00Z".parse::<Published>().is_err());
    }
}
