//! What Ubuntu says of a notice's CVEs for the one release that the notice is held against.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::CveId;
use crate::text::{one_line, shortened, words};

words! {
    /// Why nobody at Ubuntu works on a fix.
    Unfixed, "status of a package that nobody fixes",
    /// There will be none, such as for what has reached its end of life.
    Ignored = "ignored",
    /// There will be one, but not now.
    Deferred = "deferred",
}

/// What was asked of Ubuntu when a notice was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InRelease {
    /// When that was.
    pub asked: Timestamp,
    /// The CVEs that don't concern the release: none of the notice's source packages is affected there. They don't rate the
    /// notice.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unconcerned: BTreeSet<CveId>,
    /// Ubuntu's own words on packages that nobody fixes in the release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unfixed: Vec<UbuntuWords>,
}

/// Ubuntu's own words on a source package that nobody fixes in the release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UbuntuWords {
    /// The CVE.
    pub cve: CveId,
    /// The source package.
    pub package: String,
    /// Whether it will be fixed one day.
    pub status: Unfixed,
    /// Why, such as `end of standard support`; empty where nobody says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl UbuntuWords {
    /// On one line: `CVE-2024-8372 in angular.js: ignored (end of standard support)`. What a log has of it may be of any length.
    pub fn line(&self) -> String {
        /// In characters; the longest real reason has some sixty.
        const LONGEST: usize = 200;
        let package = shortened(&one_line(&self.package), LONGEST);
        let reason = match shortened(&one_line(&self.reason), LONGEST) {
            reason if reason.is_empty() => reason,
            reason => format!(" ({reason})"),
        };
        format!("{} in {package}: {}{reason}", self.cve, self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::{Cve, Notice, Priority, Published, Severity};

    fn notice(unconcerned: &[&str]) -> Notice {
        let published: Published = "2024-07-11".parse().expect("a day");
        let cve = |id: &str, priority, severity| Cve { id: id.parse().expect("an id"), priority, severity };
        let asked = "2024-07-11T12:00:00Z".parse().expect("a time");
        let unconcerned: BTreeSet<CveId> = unconcerned.iter().map(|id| id.parse().expect("an id")).collect();
        Notice {
            cves: vec![
                cve("CVE-2022-42919", Priority::High, Some(Severity::High)),
                cve("CVE-2023-6507", Priority::Medium, Some(Severity::Medium)),
            ],
            in_release: (!unconcerned.is_empty()).then(|| InRelease { asked, unconcerned, unfixed: Vec::new() }),
            ..Notice::blank("USN-6891-1".parse().expect("an id"), published)
        }
    }

    #[test]
    fn a_cve_that_does_not_concern_the_release_does_not_rate_the_notice_there() {
        let both = notice(&[]);
        assert_eq!((both.priority(), both.severity()), (Priority::High, Some(Severity::High)));
        let one = notice(&["CVE-2022-42919"]);
        assert_eq!((one.priority(), one.severity()), (Priority::Medium, Some(Severity::Medium)));
        assert_eq!((one.everywhere().priority(), one.everywhere().severity()), (both.priority(), both.severity()));
        let none = notice(&["CVE-2022-42919", "CVE-2023-6507"]);
        assert_eq!((none.priority(), none.severity()), (Priority::Unknown, None));
        assert!(!none.header().has_cves, "it will never be rated, so it is not undecided");
        assert!(one.header().has_cves);
    }

    #[test]
    fn what_was_not_asked_is_not_written() {
        let text = serde_json::to_string(&notice(&[])).expect("JSON");
        assert!(!text.contains("in_release"), "{text}");
        let lowered = notice(&["CVE-2022-42919"]);
        let text = serde_json::to_string(&lowered).expect("JSON");
        assert!(
            text.contains(r#""in_release":{"asked":"2024-07-11T12:00:00Z","unconcerned":["CVE-2022-42919"]}"#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Notice>(&text).expect("a notice"), lowered);
    }

    #[test]
    fn words_fit_on_a_line() {
        let words = |package: &str, reason: &str| {
            let cve = "CVE-2024-8372".parse().expect("an id");
            UbuntuWords { cve, package: package.to_owned(), status: Unfixed::Ignored, reason: reason.to_owned() }.line()
        };
        assert_eq!(words("angular.js", "end of life"), "CVE-2024-8372 in angular.js: ignored (end of life)");
        assert_eq!(words("angular.js", ""), "CVE-2024-8372 in angular.js: ignored");
        let hostile = words("a\nb", &"\u{1b}[31mx\r\n".repeat(10_000));
        assert!(hostile.chars().count() < 2000 && !hostile.contains(char::is_control), "{hostile}");
    }
}
