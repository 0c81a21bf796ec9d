//! Which notices a resource asks for.

use std::collections::BTreeSet;

use super::Globs;
use crate::notice::{Fix, Priority, Severity};

/// Which notices a resource asks for. A notice matches if its priority or its severity is listed, and if it fixes one
/// of the packages, where these are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Ubuntu's ratings that match.
    pub priorities: BTreeSet<Priority>,
    /// The CVSS ratings that match.
    pub severities: BTreeSet<Severity>,
    /// Only notices that fix one of these; `None` for all.
    pub packages: Option<Globs>,
    /// Packages that never make a notice actionable.
    pub ignore_packages: Globs,
}

impl Filter {
    /// Whether one of the two ratings is listed.
    pub fn rates(&self, priority: Priority, severity: Option<Severity>) -> bool {
        self.priorities.contains(&priority) || severity.is_some_and(|severity| self.severities.contains(&severity))
    }

    /// Whether one of these fixes is of a package asked for.
    pub fn names(&self, fixes: &[Fix]) -> bool {
        self.packages.as_ref().is_none_or(|globs| fixes.iter().any(|fix| globs.matches(fix.package.as_str())))
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
        assert!(filter.rates(Priority::High, None));
        assert!(filter.rates(Priority::Low, Some(Severity::Critical)));
        assert!(!filter.rates(Priority::Critical, Some(Severity::High)));
        assert!(filter.names(&[]));
    }
}
