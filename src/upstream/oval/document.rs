//! An OVAL file from end to end.

use std::io::BufRead;

use anyhow::{Result, bail};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::definition::{Definition, DefinitionKind};
use super::tables::Tables;
use super::xml::Xml;

/// The most definitions of a file. Jammy's has some 3,000.
const LIMIT: usize = 100_000;
/// How many of those that can't be read are named.
const NAMED: usize = 20;

/// Reads the file, handing each notice over as soon as it is read, and what they refer to at the end. The file may have
/// its sections in any order.
pub(super) fn read(source: impl BufRead, mut each: impl FnMut(&Definition) -> Result<()>) -> Result<DocumentSummary> {
    let mut xml = Xml::new(source);
    if !xml.root()? {
        bail!("the file is empty, where OVAL belongs");
    }
    if xml.name() != "oval_definitions" {
        bail!("the file is no OVAL: its root element is {:?}", xml.name().chars().take(80).collect::<String>());
    }
    let mut document = DocumentSummary::default();
    let (mut definition, mut definitions, mut text) = (Definition::default(), 0, String::new());
    while xml.child()? {
        match xml.name() {
            "generator" => document.generated = read_timestamp(&mut xml, &mut text)?,
            "definitions" => {
                while xml.child()? {
                    definitions += 1;
                    if definitions > LIMIT {
                        bail!("the file has more than {LIMIT} definitions");
                    }
                    match definition.read(&mut xml, &mut text)? {
                        DefinitionKind::Notice => each(&definition)?,
                        DefinitionKind::Other => {}
                        DefinitionKind::Unreadable(what) => {
                            document.unreadable += 1;
                            if document.unreadable_names.len() < NAMED {
                                document.unreadable_names.push(what);
                            }
                        }
                    }
                }
            }
            "tests" => document.tables.read_tests(&mut xml)?,
            "objects" => document.tables.read_objects(&mut xml, &mut text)?,
            "states" => document.tables.read_states(&mut xml, &mut text)?,
            "variables" => document.tables.read_variables(&mut xml, &mut text)?,
            _ => xml.skip()?,
        }
    }
    // To the last byte: the checksums of what follows count, too.
    if xml.root()? {
        bail!("the XML has a second root element");
    }
    document.tables.sort();
    Ok(document)
}

/// What a file tells besides its notices.
#[derive(Default)]
pub(super) struct DocumentSummary {
    /// When the file was made.
    pub(super) generated: Option<Timestamp>,
    /// What the definitions refer to.
    pub(super) tables: Tables,
    /// How many definitions could not be read, and the first of them by name.
    pub(super) unreadable: usize,
    pub(super) unreadable_names: Vec<String>,
}

/// The time in the current element, the `generator`, written without a zone and meant as UTC.
fn read_timestamp(xml: &mut Xml<impl BufRead>, text: &mut String) -> Result<Option<Timestamp>> {
    let mut generated = None;
    while xml.child()? {
        let is_timestamp = xml.name() == "timestamp";
        xml.text(text)?;
        if is_timestamp {
            let utc = |naive: DateTime| naive.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
            generated = text.trim().parse().ok().or_else(|| text.trim().parse().ok().and_then(utc));
        }
    }
    Ok(generated)
}
