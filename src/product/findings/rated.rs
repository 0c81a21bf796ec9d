//! How grave a flaw is, from the words and the numbers of scanners.

use crate::notice::{Priority, Severity};

/// Whose word a scanner passes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rater {
    /// Ubuntu, whose word is its priority and says nothing of CVSS.
    Ubuntu,
    /// GitHub, whose word is both.
    GitHub,
    /// NVD, another distribution, or nobody that is told.
    Other,
}

/// The ratings of a word (`High`, `CRITICAL`, `negligible`), with the CVSS score beside it, where one is told.
pub(super) fn rated(word: &str, by: Rater, score: Option<f64>) -> (Option<Severity>, Option<Priority>) {
    let word = if word.eq_ignore_ascii_case("moderate") { "medium" } else { word };
    let of_score = score.and_then(Severity::of_score);
    let priority: Option<Priority> = word.parse().ok();
    match by {
        Rater::Ubuntu => (of_score, priority),
        Rater::GitHub => (word.parse().ok().or(of_score), priority.filter(|&rated| rated != Priority::Unknown)),
        Rater::Other => (word.parse().ok().or(of_score), priority.filter(|&rated| rated == Priority::Negligible)),
    }
}

/// The higher of two scores.
pub(super) fn higher(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_a_priority_only_of_those_who_give_one() {
        use Rater::{GitHub, Other, Ubuntu};
        for (word, by, score, severity, priority) in [
            ("Medium", Ubuntu, None, None, Some("medium")),
            ("MEDIUM", Ubuntu, Some(9.8), Some("critical"), Some("medium")),
            ("Unknown", Ubuntu, None, None, Some("unknown")),
            ("Negligible", Ubuntu, None, None, Some("negligible")),
            ("High", GitHub, None, Some("high"), Some("high")),
            ("MODERATE", GitHub, None, Some("medium"), Some("medium")),
            ("UNKNOWN", GitHub, None, None, None),
            ("Low", Other, Some(7.5), Some("low"), None),
            ("Negligible", Other, Some(7.5), Some("high"), Some("negligible")),
            ("", Other, Some(7.5), Some("high"), None),
            ("grave", Other, Some(11.0), None, None),
        ] {
            let (rated_severity, rated_priority) = rated(word, by, score);
            assert_eq!(rated_severity.map(Severity::as_str), severity, "{word} {by:?}");
            assert_eq!(rated_priority.map(Priority::as_str), priority, "{word} {by:?}");
        }
    }
}
