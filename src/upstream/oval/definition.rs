//! A definition of an OVAL file: one notice, as it concerns the file's release.

use std::io::BufRead;

use anyhow::{Context, Result, bail};

use super::tables::number;
use super::xml::Xml;
use crate::notice::{Cve, CveId, NoticeId, Priority, Published, Severity};
use crate::text::shortened;

/// The most CVEs, references or tests of one notice. Large kernel notices name some hundred.
const LIMIT: usize = 10_000;
/// The most text of one notice, in bytes. The longest real one has 18 kB.
const TEXT_LIMIT: usize = 4 << 20;

/// A notice as its definition tells it, without the packages.
#[derive(Default)]
pub(super) struct Definition {
    pub(super) id: Option<NoticeId>,
    pub(super) title: String,
    /// The description as the file has it.
    pub(super) description: String,
    pub(super) published: Option<Published>,
    pub(super) cves: Vec<Cve>,
    pub(super) references: Vec<String>,
    pub(super) criteria: Vec<Criterion>,
    /// The id as the file has it, of a notice of whatever kind.
    reference: String,
    /// What stands where the date belongs, if that is no date.
    no_date: Option<String>,
    /// How much text the references are.
    size: usize,
}

/// What a definition is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum DefinitionKind {
    /// A security notice.
    Notice,
    /// None: the inventory definition, which tells the release, and livepatch and hidden notices.
    Other,
    /// A security notice, as it seems, without an id or a date that can be read; what it is, and why.
    Unreadable(String),
}

/// A test of a definition.
#[derive(Clone, Copy)]
pub(super) struct Criterion {
    /// The number of the test.
    pub(super) test: u64,
    /// Whether what it tests for is only in Ubuntu Pro.
    pub(super) pro: bool,
}

impl Definition {
    /// Reads the current element, a `definition`, in place of what was read before.
    pub(super) fn read(&mut self, xml: &mut Xml<impl BufRead>, text: &mut String) -> Result<DefinitionKind> {
        self.clear();
        if xml.attribute("class")?.is_some_and(|class| class != "patch") {
            xml.skip()?;
            return Ok(DefinitionKind::Other);
        }
        while xml.child()? {
            match xml.name() {
                "metadata" => self.read_metadata(xml, text)?,
                "criteria" => self.read_criteria(xml)?,
                _ => xml.skip()?,
            }
        }
        Ok(self.identify())
    }

    fn clear(&mut self) {
        (self.id, self.published, self.no_date, self.size) = (None, None, None, 0);
        self.title.clear();
        self.description.clear();
        self.reference.clear();
        self.cves.clear();
        self.references.clear();
        self.criteria.clear();
    }

    fn read_metadata(&mut self, xml: &mut Xml<impl BufRead>, text: &mut String) -> Result<()> {
        while xml.child()? {
            match xml.name() {
                "title" => xml.text(&mut self.title)?,
                "description" => xml.text(&mut self.description)?,
                "advisory" => self.read_advisory(xml, text)?,
                "reference" => {
                    let source = xml.attribute("source")?;
                    // The first is the notice itself.
                    if self.reference.is_empty() && matches!(source.as_deref(), Some("USN" | "LSN" | "SSN")) {
                        self.reference = xml.attribute("ref_id")?.unwrap_or_default().into_owned();
                    }
                    xml.skip()?;
                }
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    fn read_advisory(&mut self, xml: &mut Xml<impl BufRead>, text: &mut String) -> Result<()> {
        while xml.child()? {
            match xml.name() {
                "issued" => {
                    let date = xml.attribute("date")?.unwrap_or_default();
                    self.published = date.trim().parse().ok();
                    self.no_date = self.published.is_none().then(|| shortened(date.trim(), 40));
                    xml.skip()?;
                }
                "cve" => {
                    let (priority, severity) = ratings(xml)?;
                    xml.text(text)?;
                    match text.trim().parse::<CveId>() {
                        Ok(id) => {
                            self.has_room(self.cves.len())?;
                            self.cves.push(Cve { id, priority, severity });
                        }
                        // Ubuntu's tracker has place-holders for CVEs without a number, such as CVE-2012-NNN1.
                        Err(_) => self.refer(text)?,
                    }
                }
                "bug" | "ref" => {
                    xml.text(text)?;
                    self.refer(text)?;
                }
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    fn refer(&mut self, text: &str) -> Result<()> {
        match text.trim() {
            "" => Ok(()),
            text => {
                self.has_room(self.references.len())?;
                self.size += text.len();
                if self.size > TEXT_LIMIT {
                    bail!("{} tells more than {} MiB", self.name(), TEXT_LIMIT >> 20);
                }
                self.references.push(text.to_owned());
                Ok(())
            }
        }
    }

    /// Checks that a list of so many CVEs, references or tests may have one more.
    fn has_room(&self, many: usize) -> Result<()> {
        if many == LIMIT {
            bail!("{} has more than {LIMIT} CVEs, references or tests", self.name());
        }
        Ok(())
    }

    /// What people know it by, as far as it was read.
    fn name(&self) -> String {
        match (self.reference.as_str(), self.title.trim()) {
            ("", "") => "a definition without a name".to_owned(),
            ("", title) => format!("the definition titled {:?}", shortened(title, 80)),
            (reference, _) => shortened(reference, 40),
        }
    }

    fn read_criteria(&mut self, xml: &mut Xml<impl BufRead>) -> Result<()> {
        while xml.child()? {
            if xml.name() == "criteria" {
                // The walk through the XML bounds the depth.
                self.read_criteria(xml)?;
                continue;
            }
            if xml.name() == "criterion" {
                let pro = xml.attribute("comment")?.is_some_and(|comment| is_pro(&comment));
                if let Some(test) = xml.attribute("test_ref")?.as_deref().and_then(number) {
                    self.has_room(self.criteria.len())?;
                    self.criteria.push(Criterion { test, pro });
                }
            }
            xml.skip()?;
        }
        Ok(())
    }

    /// Takes the id from the reference to the notice, or else from the title.
    fn identify(&mut self) -> DefinitionKind {
        let (first, rest) = self.title.trim().split_once(' ').unwrap_or((self.title.trim(), ""));
        let title = match first.split_once('-') {
            Some(("USN" | "LSN" | "SSN", _)) => {
                if self.reference.is_empty() {
                    self.reference = first.to_owned();
                }
                rest.trim_start().strip_prefix("--").unwrap_or(rest)
            }
            _ => &self.title,
        };
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        self.title = title;
        match self.reference.get(..4) {
            Some("USN-") => self.id = self.reference.parse().ok(),
            Some("LSN-" | "SSN-") => return DefinitionKind::Other,
            _ => {}
        }
        match (self.id, self.published, &self.no_date) {
            (None, ..) => DefinitionKind::Unreadable(format!("{} (no notice's id)", self.name())),
            (Some(_), Some(_), _) => DefinitionKind::Notice,
            (Some(id), None, Some(text)) if !text.is_empty() => {
                DefinitionKind::Unreadable(format!("{id} ({text:?} is no date)"))
            }
            (Some(id), None, _) => DefinitionKind::Unreadable(format!("{id} (it has no date)")),
        }
    }

    /// The id and the date, which every notice has.
    pub(super) fn identity(&self) -> Result<(NoticeId, Published)> {
        let id = self.id.context("the definition tells no notice's id")?;
        Ok((id, self.published.with_context(|| format!("{id} has no date"))?))
    }
}

/// The priority and the severity of the current element, a `cve`. In files of 2023 the priority is called `severity`, and
/// the severity has to be told from the score; kernel CVEs often have neither a severity nor a score.
fn ratings(xml: &Xml<impl BufRead>) -> Result<(Priority, Option<Severity>)> {
    let priority = match xml.attribute("priority")? {
        Some(priority) => Some(priority),
        None => xml.attribute("severity")?,
    };
    // "untriaged" and words that nobody taught us mean that Ubuntu hasn't decided.
    let priority = priority.and_then(|priority| priority.trim().parse().ok()).unwrap_or(Priority::Unknown);
    let rated = xml.attribute("cvss_severity")?.and_then(|severity| severity.trim().parse().ok());
    let severity = match rated {
        Some(severity) => Some(severity),
        None => {
            let score = xml.attribute("cvss_score")?.and_then(|score| score.trim().parse().ok());
            score.and_then(Severity::of_score)
        }
    };
    Ok((priority, severity))
}

/// Whether a criterion's comment means Ubuntu Pro: "Available with Ubuntu Pro: https://ubuntu.com/pro", in older files
/// "Ubuntu 18.04 ESM". What everybody may install says "Long Term Support" or "Interim Release".
fn is_pro(comment: &str) -> bool {
    comment.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "Pro" || word.eq_ignore_ascii_case("esm"))
}
