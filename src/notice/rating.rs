//! How grave a CVE is: Ubuntu's own priority and the CVSS severity.

use crate::text::words;

words! {
    /// Ubuntu's own rating of a CVE, lowest first.
    Priority, "priority",
    /// Not triaged yet, or not told.
    Unknown = "unknown",
    /// Hardly a problem at all.
    Negligible = "negligible",
    /// A problem of few users or little damage.
    Low = "low",
    /// A real problem of many users.
    Medium = "medium",
    /// A real problem of a default installation.
    High = "high",
    /// A world-burning problem.
    Critical = "critical",
}

words! {
    /// The CVSS rating of a CVE, lowest first.
    Severity, "severity",
    /// A score of 0.0.
    None = "none",
    /// 0.1 to 3.9.
    Low = "low",
    /// 4.0 to 6.9.
    Medium = "medium",
    /// 7.0 to 8.9.
    High = "high",
    /// 9.0 to 10.0.
    Critical = "critical",
}

impl Priority {
    /// The highest of several; `unknown` of none.
    pub fn highest(priorities: impl Iterator<Item = Priority>) -> Priority {
        priorities.max().unwrap_or(Priority::Unknown)
    }
}

impl Severity {
    /// The priority of the same word, where there is one.
    pub fn as_priority(self) -> Option<Priority> {
        self.as_str().parse().ok()
    }

    /// The rating of a CVSS base score (0.0 to 10.0), by the scale of CVSS 3.1 section 5; `None` for what is no score.
    pub fn of_score(score: f64) -> Option<Severity> {
        match (score * 10.0).round() {
            0.0 => Some(Severity::None),
            1.0..=39.0 => Some(Severity::Low),
            40.0..=69.0 => Some(Severity::Medium),
            70.0..=89.0 => Some(Severity::High),
            90.0..=100.0 => Some(Severity::Critical),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_rate_by_the_scale_of_cvss() {
        for (score, severity) in [
            (0.0, "none"),
            (0.1, "low"),
            (3.9, "low"),
            (4.0, "medium"),
            (6.9, "medium"),
            (7.0, "high"),
            (8.9, "high"),
            (9.0, "critical"),
            (10.0, "critical"),
        ] {
            assert_eq!(Severity::of_score(score).map(Severity::as_str), Some(severity), "{score}");
        }
        assert_eq!(Severity::of_score(10.1), None);
        assert_eq!(Severity::of_score(f64::NAN), None);
    }

    #[test]
    fn an_untriaged_cve_is_below_every_rated_one() {
        assert!(Priority::ALL.iter().all(|&priority| priority >= Priority::Unknown));
        assert_eq!(Priority::highest([Priority::Unknown, Priority::Low].into_iter()), Priority::Low);
    }
}
