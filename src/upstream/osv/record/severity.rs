//! How grave a record says that it is: CVSS vectors, Ubuntu's priority, and the words of GitHub and of a team.

use cvss::Cvss;

use super::json::JsonField;
use crate::notice::{Priority, Severity};
use crate::text::quoted;

/// The most entries of a `severity` list. Real ones have one to three.
const MOST_RATINGS: usize = 100;
/// The longest vector: CVSS 4 with all its metrics has some 200 characters.
const LONGEST_VECTOR: usize = 300;

const VECTOR: &str = "whole vector of CVSS 2, 3 or 4; one looks like CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N";

/// The ratings of a record or of a package of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Ratings {
    pub(super) severity: Option<Severity>,
    pub(super) priority: Option<Priority>,
}

impl Ratings {
    /// Reads a `severity` list.
    pub(super) fn of_list(list: &JsonField<'_>) -> Ratings {
        let mut priority = None;
        let mut vectors = Vec::new();
        for entry in list.list(MOST_RATINGS).unwrap_or_default() {
            let Some(keys) = entry.object(&["type", "score"]) else { continue };
            let (Some(kind), Some(score)) = (keys.get("type"), keys.get("score")) else {
                keys.mistake("a rating needs \"type\" and \"score\"");
                continue;
            };
            let (Some(kind), Some(text)) = (kind.text(), score.text()) else { continue };
            match kind.as_str() {
                "CVSS_V2" | "CVSS_V3" | "CVSS_V4" => match of_vector(text.trim()) {
                    Some(vector) => vectors.push(vector),
                    None => score.remark(format!("left out: {} is no {VECTOR}", quoted(&text))),
                },
                "Ubuntu" => priority = priority.max(of_word(&score, &text)),
                other => entry.remark(format!("left out: the type {} is not known", quoted(other))),
            }
        }
        // Versions of CVSS rate the same flaw differently. The newest one is what its authors hold to be right.
        let newest = vectors.into_iter().max();
        Ratings { severity: newest.map(|(_, severity)| severity), priority }
    }

    /// The higher of each.
    pub(super) fn higher(self, other: Ratings) -> Ratings {
        Ratings { severity: self.severity.max(other.severity), priority: self.priority.max(other.priority) }
    }
}

/// The priority that `database_specific` tells: `priority`, which is davos's own, or `severity`, as GitHub has it. All else
/// that stands there is for others, and of any form.
pub(super) fn priority_told(specific: &JsonField<'_>) -> Option<Priority> {
    let keys = specific.object(&["priority", "severity"])?;
    let told = |key: &str| {
        let field = keys.get(key)?;
        match field.own_text() {
            Some(text) => of_word(&field, &text),
            None => {
                field.remark("left out: it is no word");
                None
            }
        }
    };
    told("priority").or_else(|| told("severity"))
}

/// The priority of a word; `moderate` is GitHub's for medium.
fn of_word(field: &JsonField<'_>, text: &str) -> Option<Priority> {
    let word = text.trim();
    if word.eq_ignore_ascii_case("moderate") {
        return Some(Priority::Medium);
    }
    match word.parse() {
        Ok(Priority::Unknown) => None,
        Ok(priority) => Some(priority),
        Err(error) => {
            field.remark(format!("left out: {error}"));
            None
        }
    }
}

/// The version of a CVSS vector and the rating of its score, if it is one.
fn of_vector(text: &str) -> Option<(u8, Severity)> {
    if text.len() > LONGEST_VECTOR {
        return None;
    }
    let vector: Cvss = text.parse().ok()?;
    let version = match &vector {
        Cvss::CvssV20(_) => 2,
        // Of the three, only this one's parser takes a vector that lacks metrics, and scores it too low.
        Cvss::CvssV30(v3) | Cvss::CvssV31(v3) => {
            let exploitability = v3.av.is_some() && v3.ac.is_some() && v3.pr.is_some() && v3.ui.is_some();
            let whole = exploitability && v3.s.is_some() && v3.c.is_some() && v3.i.is_some() && v3.a.is_some();
            whole.then_some(3)?
        }
        Cvss::CvssV40(_) => 4,
        _ => return None,
    };
    let severity = Severity::of_score(vector.score())?;
    // CVSS 2 knows nothing above high (https://nvd.nist.gov/vuln-metrics/cvss).
    Some((version, if version == 2 { severity.min(Severity::High) } else { severity }))
}

#[cfg(test)]
#[path = "severity_tests.rs"]
mod tests;
