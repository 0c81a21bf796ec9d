//! How long it took from a notice to the release that fixes it.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Serialize;

use super::days::month;
use super::notice_timeline::{Fixed, NoticeTimeline};

/// How long it took to fix one notice.
#[derive(Debug, Clone)]
pub(super) struct FixTime {
    /// The month of the release, such as `2026-01`.
    pub(super) month: String,
    /// From the publication of the notice.
    pub(super) published: SignedDuration,
    /// From when it was put before the team, if it was.
    pub(super) opened: Option<SignedDuration>,
}

/// The middle and the far end of several lengths of time, in hours with one decimal, by nearest rank.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Spread {
    /// How many there are.
    pub(super) count: usize,
    /// Half of them took no longer.
    pub(super) median_hours: f64,
    /// Nine of ten took no longer.
    pub(super) p90_hours: f64,
}

impl FixTime {
    /// That of a fixed notice. `None` where no time can be told: an import writes the notice and its release down at once,
    /// long after both.
    pub(super) fn of(case: &NoticeTimeline<'_>) -> Option<FixTime> {
        let fixed: &Fixed<'_> = case.fixed.as_ref()?;
        let released = fixed.released?;
        let opened = fixed.opened.filter(|opened| opened.at < released);
        let known_before = opened.is_some() || case.opened.at != released || fixed.via.is_some();
        if !known_before {
            return None;
        }
        // A fix often ships before the notice appears: nobody waited for it.
        let published = released.duration_since(case.notice.published.instant()).max(SignedDuration::ZERO);
        let opened = opened.map(|opened| released.duration_since(opened.at));
        Some(FixTime { month: month(released), published, opened })
    }
}

impl Spread {
    /// That of these lengths of time; `None` of none.
    pub(super) fn of(lengths: impl Iterator<Item = SignedDuration>) -> Option<Spread> {
        let mut sorted: Vec<SignedDuration> = lengths.collect();
        sorted.sort_unstable();
        let count = sorted.len();
        let rank = |tenths: usize| Some(hours(*sorted.get((count * tenths).div_ceil(10).checked_sub(1)?)?));
        Some(Spread { count, median_hours: rank(5)?, p90_hours: rank(9)? })
    }

    /// Those of the lengths of each kind.
    pub(super) fn of_each<K: Ord>(lengths: impl Iterator<Item = (K, SignedDuration)>) -> BTreeMap<K, Spread> {
        let mut kinds: BTreeMap<K, Vec<SignedDuration>> = BTreeMap::new();
        for (kind, length) in lengths {
            kinds.entry(kind).or_default().push(length);
        }
        let spread = |(kind, lengths): (K, Vec<SignedDuration>)| Some((kind, Spread::of(lengths.into_iter())?));
        kinds.into_iter().filter_map(spread).collect()
    }
}

/// The hours with one decimal.
pub(super) fn hours(length: SignedDuration) -> f64 {
    (length.as_secs_f64() / 360.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(hours: impl IntoIterator<Item = i64>) -> Option<(f64, f64)> {
        let spread = Spread::of(hours.into_iter().map(SignedDuration::from_hours))?;
        Some((spread.median_hours, spread.p90_hours))
    }

    #[test]
    fn the_median_and_the_ninetieth_percentile_are_lengths_that_occurred() {
        assert_eq!(spread([]), None);
        assert_eq!(spread([7]), Some((7.0, 7.0)));
        assert_eq!(spread([3, 1]), Some((1.0, 3.0)));
        assert_eq!(spread((1..=10).rev()), Some((5.0, 9.0)));
        assert_eq!(spread(1..=100), Some((50.0, 90.0)));
    }
}
