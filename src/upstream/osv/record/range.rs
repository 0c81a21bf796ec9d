//! The versions that are affected: the events of a range as they are written, and the intervals that follow from them.

use std::cmp::Ordering;

use anyhow::{Result, bail};

use crate::text::quoted;

/// A change in the history of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RangeEvent {
    /// This version and all after it are affected; `0` stands before all versions.
    Introduced(String),
    /// This version and all after it are no longer affected.
    Fixed(String),
    /// All after this version are no longer affected; it is.
    LastAffected(String),
}

impl RangeEvent {
    /// The version, as it is written.
    pub fn version(&self) -> &str {
        match self {
            RangeEvent::Introduced(version) | RangeEvent::Fixed(version) | RangeEvent::LastAffected(version) => version,
        }
    }

    /// Whether it stands before all versions.
    fn is_beginning(&self) -> bool {
        matches!(self, RangeEvent::Introduced(version) if version == "0")
    }
}

/// Versions without a gap that are affected: from `introduced` on, up to but not with `fixed`, or up to and with
/// `last_affected`. At most one of the two ends is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interval {
    /// The first version; `None` where all before the end are affected.
    pub introduced: Option<String>,
    /// The version in which it is fixed.
    pub fixed: Option<String>,
    /// The last version that is known to be affected, where no fix is known.
    pub last_affected: Option<String>,
}

/// The intervals of affected versions, in ascending order, apart from each other: those versions that the algorithm of the
/// OSV schema (section "Evaluation", with the events in the order of their versions) finds affected.
///
/// The events may be written in any order; those of equal versions count in the order in which they are written. Where a
/// fix is the version in which it is introduced again, the interval goes on, since nobody is helped by that version.
///
/// # Errors
/// If two versions can't be compared.
pub fn intervals(events: &[RangeEvent], compare: impl Fn(&str, &str) -> Option<Ordering>) -> Result<Vec<Interval>> {
    let order = |a: &RangeEvent, b: &RangeEvent| match (a.is_beginning(), b.is_beginning()) {
        (false, false) => compare(a.version(), b.version()),
        (a, b) => Some(b.cmp(&a)),
    };
    let sorted = sorted(events, &order)?;
    let mut ranges = Vec::new();
    let mut open: Option<Interval> = None;
    for same_version in sorted.chunk_by(|a, b| order(a, b) == Some(Ordering::Equal)) {
        let all = SameVersion::of(same_version, open.is_some());
        if all.affected && open.is_none() {
            let beginning = same_version.iter().any(|event| event.is_beginning());
            open = Some(Interval { introduced: all.introduced.filter(|_| !beginning), ..Interval::default() });
        }
        if !all.affected || !all.affected_after {
            ranges.extend(open.take().map(|range| match all.affected {
                true => Interval { last_affected: all.last_affected, ..range },
                false => Interval { fixed: all.fixed, ..range },
            }));
        }
    }
    ranges.extend(open);
    Ok(ranges)
}

/// What the events of one version do.
struct SameVersion {
    /// Whether that version is affected.
    affected: bool,
    /// Whether those after it are.
    affected_after: bool,
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
}

impl SameVersion {
    fn of(events: &[&RangeEvent], affected: bool) -> SameVersion {
        let mut all =
            SameVersion { affected, affected_after: affected, introduced: None, fixed: None, last_affected: None };
        for event in events {
            match event {
                RangeEvent::Introduced(version) => {
                    (all.affected, all.affected_after) = (true, true);
                    all.introduced = Some(version.clone());
                }
                RangeEvent::Fixed(version) => {
                    (all.affected, all.affected_after) = (false, false);
                    all.fixed = Some(version.clone());
                }
                RangeEvent::LastAffected(version) => {
                    all.affected_after = false;
                    all.last_affected = Some(version.clone());
                }
            }
        }
        all
    }
}

/// The events in the order of their versions. The sort of the standard library panics where an order contradicts itself,
/// which nobody promises of versions that anybody may write.
fn sorted<'e>(
    events: &'e [RangeEvent],
    order: &impl Fn(&RangeEvent, &RangeEvent) -> Option<Ordering>,
) -> Result<Vec<&'e RangeEvent>> {
    let mut sorted: Vec<&RangeEvent> = Vec::with_capacity(events.len());
    for event in events {
        let mut unlike = None;
        let place = sorted.partition_point(|earlier| {
            let order = order(earlier, event);
            if order.is_none() {
                unlike = Some(earlier.version());
            }
            order.is_none_or(Ordering::is_le)
        });
        if let Some(unlike) = unlike {
            bail!(
                "the versions {} and {} of a range can't be compared, so nobody can tell which ones are affected",
                quoted(unlike),
                quoted(event.version())
            );
        }
        sorted.insert(place, event);
    }
    Ok(sorted)
}

#[cfg(test)]
#[path = "range_tests.rs"]
mod tests;
