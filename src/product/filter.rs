//! Which notices a resource asks for.

use std::collections::BTreeSet;

use super::Globs;
use crate::notice::{Fix, Priority, Severity};

/// Which notices a resource asks for: those whose priority is listed or whose severity is, and, where `packages` are
/// named, which fix one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The listed priorities.
    pub priorities: BTreeSet<Priority>,
    /// The listed severities.
    pub severities: BTreeSet<Severity>,
    /// Only notices that fix one of these packages.
    pub packages: Option<Globs>,
    /// Packages that never make a notice actionable.
    pub ignore_packages: Globs,
}

/// What a filter says of a rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rating {
    /// It is listed.
    Listed,
    /// It is not listed.
    NotListed,
    /// What would decide it is not rated yet.
    Undecided,
}

impl Filter {
    /// Whether the priority is listed, or the severity is.
    pub fn lists(&self, priority: Priority, severity: Option<Severity>) -> bool {
        self.priorities.contains(&priority) || severity.is_some_and(|severity| self.severities.contains(&severity))
    }

    /// Whether one of the fixes is of a package that is asked for.
    pub fn asks_for(&self, fixes: &[Fix]) -> bool {
        self.packages.as_ref().is_none_or(|globs| fixes.iter().any(|fix| globs.matches(fix.package.as_str())))
    }

    /// Whether the rating alone rules a notice out.
    pub fn rules_out(&self, priority: Priority, severity: Option<Severity>, has_cves: bool) -> bool {
        self.rate(priority, severity, has_cves) == Rating::NotListed
    }

    /// What the filter says of a notice's rating. A notice without CVEs, such as that of a regression, will never be
    /// rated and so is not undecided.
    pub(super) fn rate(&self, priority: Priority, severity: Option<Severity>, has_cves: bool) -> Rating {
        let unrated = if self.priorities.is_empty() { severity.is_none() } else { priority == Priority::Unknown };
        match self.lists(priority, severity) {
            true => Rating::Listed,
            false if has_cves && unrated => Rating::Undecided,
            false => Rating::NotListed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_rating_is_enough() {
        let filter = Filter {
            priorities: [Priority::High].into(),
            severities: [Severity::Critical].into(),
            packages: None,
            ignore_packages: Globs::default(),
        };
        assert!(filter.lists(Priority::High, None));
        assert!(filter.lists(Priority::Low, Some(Severity::Critical)));
        assert!(!filter.lists(Priority::Critical, Some(Severity::High)));
        assert!(filter.asks_for(&[]));
    }
}
