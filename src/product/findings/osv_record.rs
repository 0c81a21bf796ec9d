//! What the list of findings needs of the OSV records that OSV-Scanner quotes; the records themselves are handed on whole.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Finding;
use super::json::{self, FewOf};
use super::rated::{Rater, rated};
use crate::notice::Priority;

/// The most ids, or fixes, that the records of one flaw may tell, each as often as they tell it.
const MOST_TOLD: usize = 4_000;

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
pub(super) struct QuotedRecord<'a> {
    aliases: FewOf<String>,
    summary: Option<String>,
    details: Option<String>,
    severity: FewOf<QuotedRating>,
    #[serde(borrow)]
    affected: Option<&'a RawValue>,
    #[serde(borrow)]
    database_specific: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct QuotedRating {
    #[serde(rename = "type")]
    by: Option<String>,
    score: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct QuotedAffected {
    package: Option<QuotedPackage>,
    ranges: FewOf<QuotedRange>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct QuotedPackage {
    ecosystem: Option<String>,
    name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct QuotedRange {
    #[serde(rename = "type")]
    of: Option<String>,
    events: FewOf<QuotedEvent>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct QuotedEvent {
    fixed: Option<String>,
}

/// GitHub's own part of its records: `{"severity": "MODERATE"}`.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct OfGitHub {
    severity: String,
}

impl QuotedRecord<'_> {
    /// Adds what it says of a package.
    ///
    /// # Errors
    /// If what is affected can't be read.
    pub(super) fn add_to(self, finding: &mut Finding, id: &str, name: &str, ecosystem: &str) -> Result<()> {
        json::each(self.affected, "affected", |nth, affected| {
            let affected: QuotedAffected = json::entry(affected).with_context(|| format!("affected[{nth}]"))?;
            let package = affected.package.unwrap_or_default();
            let named = package.name.as_deref().is_some_and(|other| same_name(ecosystem, name, other));
            let there = package.ecosystem.as_deref().is_some_and(|other| same_ecosystem(ecosystem, other));
            // Of a range of commits, what fixes is a commit and no version.
            let ranges = affected.ranges.0.into_iter().filter(|range| range.of.as_deref() != Some("GIT"));
            if named && there {
                let events = ranges.flat_map(|range| range.events.0);
                events.filter_map(|event| event.fixed).try_for_each(|fixed| add(&mut finding.fixed, fixed))?;
            }
            Ok(())
        })?;
        finding.priority = finding.priority.max(self.priority(id));
        self.aliases.0.into_iter().try_for_each(|alias| add(&mut finding.aliases, alias))?;
        if finding.title.is_empty() {
            finding.title = self.summary.unwrap_or_default();
        }
        if finding.details.is_empty() {
            finding.details = self.details.unwrap_or_default();
        }
        Ok(())
    }

    /// The word of Ubuntu or of GitHub.
    fn priority(&self, id: &str) -> Option<Priority> {
        let of_ubuntu = self.severity.0.iter().find(|rating| rating.by.as_deref() == Some("Ubuntu"));
        let of_ubuntu = of_ubuntu.and_then(|rating| rated(rating.score.as_deref()?, Rater::Ubuntu, None).1);
        let own = self.database_specific.filter(|_| id.starts_with("GHSA-"));
        let of_github = own.and_then(|own| json::entry::<OfGitHub>(own).ok());
        of_ubuntu.or_else(|| rated(&of_github?.severity, Rater::GitHub, None).1)
    }
}

/// Adds an id or a fix.
///
/// # Errors
/// If there are too many.
pub(super) fn add(list: &mut Vec<String>, text: String) -> Result<()> {
    ensure!(list.len() < MOST_TOLD, "it has more than {MOST_TOLD} ids or fixes");
    list.push(text);
    Ok(())
}

/// PyPI takes `Foo_Bar` and `foo-bar` for the same.
fn same_name(ecosystem: &str, name: &str, other: &str) -> bool {
    let same = |(a, b): (u8, u8)| {
        let plain = |b: u8| if matches!(b, b'_' | b'.') { b'-' } else { b.to_ascii_lowercase() };
        a == b || (ecosystem == "PyPI" && plain(a) == plain(b))
    };
    name.len() == other.len() && name.bytes().zip(other.bytes()).all(same)
}

/// Ubuntu's releases have `:LTS` at the end in records, and not in every version of the scanner. What fixes `Debian:12` doesn't
/// fix `Debian:13`, nor does Ubuntu Pro what everybody has.
fn same_ecosystem(ecosystem: &str, other: &str) -> bool {
    let bare = |name: &'_ str| name.strip_suffix(":LTS").unwrap_or(name).to_owned();
    ecosystem == other || (ecosystem.starts_with("Ubuntu:") && bare(ecosystem) == bare(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fix_is_one_of_the_same_release() {
        for (ecosystem, other, same) in [
            ("Debian:13", "Debian:13", true),
            ("Debian:13", "Debian:12", false),
            ("Debian:13", "Debian", false),
            ("Ubuntu:24.04", "Ubuntu:24.04:LTS", true),
            ("Ubuntu:24.04:LTS", "Ubuntu:24.04:LTS", true),
            ("Ubuntu:24.04", "Ubuntu:Pro:24.04:LTS", false),
            ("Ubuntu:24.04", "Ubuntu:24.04:Pro:LTS", false),
            ("npm", "npm", true),
            ("Packagist", "Packagist:https://packages.drupal.org/8", false),
        ] {
            assert_eq!(same_ecosystem(ecosystem, other), same, "{ecosystem} {other}");
        }
    }

    #[test]
    fn names_of_pypi_have_several_spellings_and_others_one() {
        assert!(same_name("PyPI", "Foo_Bar.x", "foo-bar-x"));
        assert!(!same_name("PyPI", "foo-bar", "foobar"));
        assert!(!same_name("Go", "github.com/Foo/x", "github.com/foo/x"));
        assert!(same_name("Go", "github.com/foo/x", "github.com/foo/x"));
    }
}
