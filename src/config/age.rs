//! A length of time as a pipeline writes it.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use jiff::{SignedDuration, Timestamp};

use crate::text::quoted;

/// A length of time such as `30d`: a number of hours (`h`), days (`d`) or weeks (`w`), without an upper bound.
///
/// ```
/// use davos::config::Age;
/// let month: Age = "30d".parse().unwrap();
/// assert_eq!(month.length().as_hours(), 720);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Age {
    written: Box<str>,
    length: SignedDuration,
}

impl Age {
    /// The length; the longest that can be told apart stands for whatever is longer.
    pub fn length(&self) -> SignedDuration {
        self.length
    }

    /// The instant this long before another, or the first of all time.
    pub fn before(&self, instant: Timestamp) -> Timestamp {
        instant.checked_sub(self.length).unwrap_or(Timestamp::MIN)
    }
}

impl FromStr for Age {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let hours = match text.as_bytes().last() {
            Some(b'h') => 1,
            Some(b'd') => 24,
            Some(b'w') => 168,
            _ => 0,
        };
        let number = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
        if hours == 0 || number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            bail!("{} is no length of time; write a number with `h`, `d` or `w`, such as 30d", quoted(text));
        }
        // Only a number too long for us fails to parse here.
        let number: i64 = number.parse().unwrap_or(i64::MAX);
        let seconds = number.saturating_mul(hours * 3600);
        Ok(Age { written: text.into(), length: SignedDuration::from_secs(seconds) })
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &str) -> Age {
        text.parse().expect("a window")
    }

    #[test]
    fn hours_days_and_weeks_are_told_apart() {
        assert_eq!(window("36h").length(), SignedDuration::from_hours(36));
        assert_eq!(window("2d").length(), SignedDuration::from_hours(48));
        assert_eq!(window("2w").length(), SignedDuration::from_hours(14 * 24));
        assert_eq!(window("030d").to_string(), "030d");
    }

    #[test]
    fn there_is_no_upper_bound() {
        let now: Timestamp = "2026-01-12T00:00:00Z".parse().expect("an instant");
        for long in ["99999d", "9999999999999999w", "99999999999999999999999999999999h"] {
            assert!(window(long).before(now) < "1800-01-01T00:00:00Z".parse().expect("an instant"), "{long}");
        }
    }

    #[test]
    fn what_is_no_length_of_time_is_refused() {
        for wrong in ["", "d", "30", "30m", "30 d", "-3d", "+3d", "1.5d", "30D", "3dd", "３d", "é"] {
            assert!(wrong.parse::<Age>().is_err(), "{wrong:?} was taken for a length of time");
        }
    }
}
