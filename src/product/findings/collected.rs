//! The findings of a report, each once, and what of it could not be read.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use anyhow::{Result, bail};

use super::checked;
use super::{Finding, FindingsReport};
use crate::notice::has_form_of_id;
use crate::text::quoted;

/// The most findings of one report. Images have some thousand at the worst.
pub(super) const MOST_FINDINGS: usize = 20_000;

/// The most entries of one report, the same finding at other places and what can't be read included.
const MOST_ENTRIES: usize = 500_000;

/// The most that is named of what can't be read.
const MOST_NAMED: usize = 20;

/// What was read so far.
#[derive(Default)]
pub(super) struct Collected {
    findings: Vec<Finding>,
    /// Where the finding of a flaw (first) in a package stands.
    places: HashMap<[String; 3], usize>,
    unreadable: Vec<String>,
    unreadable_count: usize,
    entries: usize,
}

impl Collected {
    /// Takes in a finding, whose texts are as the scanner wrote them, or names why it can't be read.
    ///
    /// # Errors
    /// If there are too many.
    pub(super) fn take(&mut self, place: String, finding: Result<Finding>) -> Result<()> {
        self.entries += 1;
        if self.entries > MOST_ENTRIES {
            bail!("the report has more than 500,000 entries; report the images one by one");
        }
        let mut finding = match finding {
            Ok(finding) => Finding { place, ..finding },
            Err(error) => {
                self.unreadable(&place, &format!("{error:#}"));
                return Ok(());
            }
        };
        let who = who(&finding);
        match checked::check(&mut finding) {
            Ok(wrong) => {
                wrong.iter().for_each(|wrong| self.unreadable(&who, wrong));
                self.add(finding)
            }
            Err(error) => {
                self.unreadable(&who, &error.to_string());
                Ok(())
            }
        }
    }

    /// Names what can't be read.
    pub(super) fn unreadable(&mut self, place: &str, why: &str) {
        self.unreadable_count += 1;
        if self.unreadable.len() < MOST_NAMED {
            self.unreadable.push(format!("{place}: {why}"));
        }
    }

    /// The same flaw of the same package is one, at however many places of an image the package is.
    fn add(&mut self, finding: Finding) -> Result<()> {
        let package = finding.purl.clone().unwrap_or_else(|| format!("{}\n{}", finding.kind, finding.package));
        let full = self.findings.len() >= MOST_FINDINGS;
        match self.places.entry([finding.id.clone(), package, finding.version.clone()]) {
            Entry::Vacant(_) if full => bail!(
                "the report has more than 20,000 findings; report the images one by one, or only what has a fix (grype \
                 --only-fixed, trivy --ignore-unfixed)"
            ),
            Entry::Vacant(new) => {
                new.insert(self.findings.len());
                self.findings.push(finding);
            }
            Entry::Occupied(known) => {
                if let Some(known) = self.findings.get_mut(*known.get()) {
                    checked::merge(known, finding);
                }
            }
        }
        Ok(())
    }

    /// All of it.
    pub(super) fn report(self, scanner: &'static str) -> FindingsReport {
        let Collected { findings, unreadable, unreadable_count, .. } = self;
        FindingsReport { scanner, findings, unreadable, unreadable_count }
    }
}

/// Which finding is meant, before anything in it is checked.
fn who(finding: &Finding) -> String {
    let Finding { id, package, place, .. } = finding;
    let id = if has_form_of_id(id) { id.clone() } else { quoted(id) };
    match (finding.id.is_empty(), package.is_empty()) {
        (true, true) => place.clone(),
        (false, true) => format!("{place}, {id}"),
        (true, false) => format!("{place}, in {}", quoted(package)),
        (false, false) => format!("{place}, {id} in {}", quoted(package)),
    }
}
