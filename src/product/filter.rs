//! Which notices a resource asks for.

use std::collections::BTreeSet;

use super::Globs;
use crate::notice::{Fix, NoticeHeader, NoticeId, Priority, Severity};

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
    /// Whether the priority of a notice is listed, or its severity is. Nobody gives a priority to most notices that are not
    /// Ubuntu's: then `priorities` are held against the severity.
    pub fn lists(&self, id: NoticeId, priority: Priority, severity: Option<Severity>) -> bool {
        let instead =
            severity.filter(|_| !id.is_usn() && priority == Priority::Unknown).and_then(Severity::as_priority);
        self.priorities.contains(&instead.unwrap_or(priority))
            || severity.is_some_and(|severity| self.severities.contains(&severity))
    }

    /// Whether one of the fixes is of a package that is asked for.
    pub fn asks_for(&self, fixes: &[Fix]) -> bool {
        self.packages.as_ref().is_none_or(|globs| fixes.iter().any(|fix| globs.matches(&fix.package.shown())))
    }

    /// Whether the rating alone rules a notice out.
    pub fn rules_out(&self, header: &NoticeHeader) -> bool {
        self.rate(header) == Rating::NotListed
    }

    /// Whether a notice of Ubuntu that isn't listed would be if it were rated lower.
    pub fn lists_lower(&self, header: &NoticeHeader) -> bool {
        header.id.is_usn()
            && self.rate(header) == Rating::NotListed
            && (self.priorities.iter().any(|listed| *listed < header.priority)
                || self.severities.iter().any(|listed| header.severity.is_some_and(|severity| *listed < severity)))
    }

    /// What the filter says of a notice's rating. A notice of Ubuntu without CVEs, such as that of a regression, will never be
    /// rated and so is not undecided.
    pub(super) fn rate(&self, header: &NoticeHeader) -> Rating {
        let NoticeHeader { id, priority, severity, has_cves, .. } = *header;
        let unrated = match id.is_usn() {
            true if self.priorities.is_empty() => has_cves && severity.is_none(),
            true => has_cves && priority == Priority::Unknown,
            false => priority == Priority::Unknown && severity.is_none(),
        };
        match self.lists(id, priority, severity) {
            true => Rating::Listed,
            false if unrated => Rating::Undecided,
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
        let id = |text: &str| text.parse::<NoticeId>().expect("an id");
        assert!(filter.lists(id("USN-1-1"), Priority::High, None));
        assert!(filter.lists(id("USN-1-1"), Priority::Low, Some(Severity::Critical)));
        assert!(!filter.lists(id("USN-1-1"), Priority::Critical, Some(Severity::High)));
        assert!(!filter.lists(id("USN-1-1"), Priority::Unknown, Some(Severity::High)));
        assert!(filter.lists(id("GO-2026-1"), Priority::Unknown, Some(Severity::High)));
        assert!(!filter.lists(id("GO-2026-1"), Priority::Low, Some(Severity::High)));
        assert!(!filter.lists(id("GO-2026-1"), Priority::Unknown, Some(Severity::Medium)));
        assert!(filter.asks_for(&[]));
    }
}
