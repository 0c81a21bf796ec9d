//! What vulnerability scanners report: the JSON of Grype, Trivy and OSV-Scanner, and the CSV of Black Duck.
//!
//! A form is known by its structure. A report that can't be read whole is refused with what it is and what to give instead; a
//! single entry that can't be read is named, and the others count.

mod black_duck;
mod checked;
mod collected;
mod foreign;
mod grype;
mod json;
mod osv_record;
mod osv_scanner;
mod rated;
mod trivy;

pub(crate) use self::grype::NAME as GRYPE;
use anyhow::{Context, Result, bail};

use self::collected::Collected;
use crate::notice::{Priority, Severity};

/// The largest report that is read, in bytes. A match of Grype has some 2 kB.
pub const LARGEST_REPORT: usize = 64 * 1024 * 1024;

/// How to have a scanner write what is read, in every error that has nothing better to say.
const ADVICE: &str = "give what `grype -o json`, `trivy image --format json` or `osv-scanner --format json` writes, or the \
                      security_….csv of a report of Black Duck";

/// What a scanner reports.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingsReport {
    /// Which scanner: `Grype`, `Trivy`, `OSV-Scanner` or `Black Duck`.
    pub scanner: &'static str,
    /// The findings, each once, in the order of the report.
    pub findings: Vec<Finding>,
    /// What could not be read, each with its place and why: an entry, which then is no finding, or a part of one, such as a
    /// range where the version of a fix belongs, without which the finding stands. Only the first twenty.
    pub unreadable: Vec<String>,
    /// How many there are of these.
    pub unreadable_count: usize,
}

/// That a package has a flaw, as a scanner says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Finding {
    /// The id of the flaw, such as `CVE-2025-6075`: a letter and up to 99 of `[A-Za-z0-9_.:-]`, without `..`.
    pub id: String,
    /// Other ids of the same flaw, of the same form, each once.
    pub aliases: Vec<String>,
    /// The name of the package.
    pub package: String,
    /// The source package, where the scanner tells it beside the package URL.
    pub source: Option<String>,
    /// The version that is installed, as told; may be empty.
    pub version: String,
    /// The package URL, as told.
    pub purl: Option<String>,
    /// The scanner's own word for the kind of package (`deb`, `gomod`, `npm`, `maven`), for one without a package URL.
    pub kind: String,
    /// The versions that carry the fix, each a version and not a range; one of each line of versions where the flaw is in several.
    /// Empty where none is told.
    pub fixed: Vec<String>,
    /// The scanner's word on the fix where no version carries it, such as `wont-fix`, `will_not_fix`, `end_of_life`; also
    /// `fixed`, of a scanner that doesn't tell the version. None where it has no word for it.
    pub no_fix: Option<String>,
    /// The CVSS rating, by the scanner's word or a score.
    pub severity: Option<Severity>,
    /// The priority that Ubuntu or GitHub gave, where the scanner passes it on; `negligible` whoever said it.
    pub priority: Option<Priority>,
    /// The title, on one line and shortened; may be empty.
    pub title: String,
    /// The description, printable and shortened; may be empty.
    pub details: String,
    /// Whether it is a guess: only the name in a CPE made Grype believe that the package is the one with the flaw.
    pub by_cpe: bool,
    /// The JSON of the OSV records that OSV-Scanner quotes, that of the id first: they hold the ranges.
    pub records: Vec<String>,
    /// Where the report has it, such as `matches[12]`.
    pub place: String,
}

/// Reads the report of a scanner.
///
/// # Errors
/// If it is too large, empty, in no known form, cut short, or has more findings than anybody acts on; the error names what it is,
/// and where it can, what to give instead.
pub fn read(bytes: &[u8]) -> Result<FindingsReport> {
    if bytes.len() > LARGEST_REPORT {
        bail!("the report has more than {} MiB; report the images one by one", LARGEST_REPORT / 1024 / 1024);
    }
    foreign::refuse_binary(bytes)?;
    let text = std::str::from_utf8(bytes).ok().with_context(|| format!("the report is no UTF-8 text; {ADVICE}"))?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        bail!("the report is empty: did the scanner fail? A scan without findings is no empty file; {ADVICE}");
    }
    let mut collected = Collected::default();
    let scanner = if text.trim_start().starts_with(['{', '[']) {
        by_json(text, &mut collected)?
    } else if black_duck::is_such(text) {
        black_duck::read(text, &mut collected).context("reading it as the CSV of Black Duck")?;
        black_duck::NAME
    } else {
        return Err(foreign::unknown_text(text));
    };
    Ok(collected.report(scanner))
}

/// Reads the JSON of one of the scanners; gives its name.
fn by_json(text: &str, collected: &mut Collected) -> Result<&'static str> {
    let outermost = json::outermost(text)?;
    if let Some(refusal) = foreign::refusal(&outermost) {
        return Err(refusal);
    }
    if grype::is_such(&outermost) {
        grype::read(&outermost, collected).context("reading it as the JSON of Grype")?;
        Ok(grype::NAME)
    } else if trivy::is_such(&outermost) {
        trivy::read(&outermost, collected).context("reading it as the JSON of Trivy")?;
        Ok(trivy::NAME)
    } else if osv_scanner::is_such(&outermost) {
        osv_scanner::read(&outermost, collected).context("reading it as the JSON of OSV-Scanner")?;
        Ok(osv_scanner::NAME)
    } else {
        Err(foreign::unknown_json(&outermost))
    }
}

#[cfg(test)]
mod black_duck_tests;
#[cfg(test)]
mod grype_tests;
#[cfg(test)]
mod mutation_tests;
#[cfg(test)]
mod osv_scanner_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trivy_tests;
