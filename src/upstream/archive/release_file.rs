//! The file at the top of a suite, `InRelease`: when it was made, and which indices there are.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde::{Deserialize, Serialize};

use super::unpack::Packing;
use crate::text::{Digest, quoted};

/// The most indices of one suite. Ubuntu's have some forty: its components for each architecture.
const MOST_INDICES: usize = 2_000;

/// The most indices of an architecture that are asked for. Ubuntu's suites have four, Debian's three.
const MOST_ASKED: usize = 20;

/// What the file at the top of a suite says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseFile {
    /// When it was made.
    pub(super) date: Timestamp,
    /// Whether files can be asked for by their digests.
    pub(super) by_hash: bool,
    /// The indices of packages.
    pub(super) indices: Vec<ListedIndex>,
}

/// An index of the packages of a component for an architecture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ListedIndex {
    pub(super) component: String,
    pub(super) architecture: String,
    /// The files that have it, the one to ask for first in front.
    pub(super) files: Vec<ListedFile>,
}

/// A file of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ListedFile {
    pub(super) packing: Packing,
    pub(super) size: u64,
    pub(super) digest: Digest,
}

impl ReleaseFile {
    /// Reads it, signed within or not.
    ///
    /// # Errors
    /// If it is none, or lists nothing by SHA-256.
    pub fn read(bytes: &[u8]) -> Result<ReleaseFile> {
        let text = String::from_utf8_lossy(bytes);
        let (mut date, mut by_hash, mut section) = (None, false, "");
        let mut has_digests = false;
        let mut files: BTreeMap<(String, String), Vec<ListedFile>> = BTreeMap::new();
        for line in signed_lines(&text) {
            if line.starts_with([' ', '\t']) {
                if section == "SHA256" {
                    let Some((component, architecture, file)) = listed(line) else { continue };
                    let of_index = files.entry((component.to_owned(), architecture.to_owned())).or_default();
                    if of_index.iter().all(|known| known.packing != file.packing) {
                        of_index.push(file);
                    }
                    ensure!(files.len() <= MOST_INDICES, "it lists more than {MOST_INDICES} indices of packages");
                }
                continue;
            }
            let Some((name, value)) = line.split_once(':') else { continue };
            has_digests |= name == "SHA256";
            (section, date, by_hash) = match (name, value.trim()) {
                ("Date", value) => ("", Some(instant(value)?), by_hash),
                ("Acquire-By-Hash", value) => ("", date, value == "yes"),
                ("SHA256", _) => ("SHA256", date, by_hash),
                _ => ("", date, by_hash),
            };
        }
        let date = date.context("it has no Date, as the file at the top of a suite has")?;
        ensure!(has_digests, "it lists no files by SHA256");
        let indices = files.into_iter().map(|((component, architecture), mut files)| {
            files.sort_by_key(|file| file.packing);
            ListedIndex { component, architecture, files }
        });
        Ok(ReleaseFile { date, by_hash, indices: indices.collect() })
    }

    /// The indices of an architecture, those of the named components, or else all, where most packages are first.
    pub(super) fn of(&self, architecture: &str, components: &[String]) -> Vec<&ListedIndex> {
        let of_it = |index: &&ListedIndex| {
            index.architecture == architecture && (components.is_empty() || components.contains(&index.component))
        };
        let mut indices: Vec<&ListedIndex> = self.indices.iter().filter(of_it).collect();
        let place = |index: &&ListedIndex| match components.iter().position(|name| *name == index.component) {
            Some(place) => place,
            None => ["main", "universe"].iter().position(|name| *name == index.component).unwrap_or(usize::MAX),
        };
        indices.sort_by_key(place);
        indices.truncate(MOST_ASKED);
        indices
    }
}

impl ListedIndex {
    /// Where it is in its suite, without the ending of a packed one.
    pub(super) fn path(&self) -> String {
        format!("{}/binary-{}/Packages", self.component, self.architecture)
    }

    /// By what it is recognised: it changes when one of its files does.
    pub(super) fn identity(&self) -> Digest {
        let digests: Vec<String> = self.files.iter().map(|file| file.digest.to_string()).collect();
        Digest::of_lines(digests.iter().map(String::as_str))
    }
}

/// The lines that are signed, without the marks of the signature.
fn signed_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut lines = text.lines();
    let is_signed = text.starts_with("-----BEGIN PGP SIGNED MESSAGE-----");
    if is_signed {
        // The headers of the signature, up to an empty line.
        lines.by_ref().find(|line| line.trim().is_empty());
    }
    lines
        .take_while(move |line| !(is_signed && line.starts_with("-----BEGIN PGP SIGNATURE")))
        // RFC 9580, 7.2: a line that begins with a dash has another one in front.
        .map(move |line| if is_signed { line.strip_prefix("- ").unwrap_or(line) } else { line })
}

/// ` <digest> <size> <component>/binary-<architecture>/Packages[.gz]`.
fn listed(line: &str) -> Option<(&str, &str, ListedFile)> {
    let mut words = line.split_ascii_whitespace();
    let (digest, size, path) = (words.next()?, words.next()?, words.next()?);
    let (folder, name) = path.rsplit_once('/')?;
    let packing = Packing::of_file(name)?;
    let (component, architecture) = folder.rsplit_once("/binary-")?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'+' | b'-' | b'/');
    let is_name = |name: &str| (1..=80).contains(&name.len()) && name.bytes().all(plain) && !name.contains("..");
    // Of the installer, which has packages of its own.
    if !is_name(component) || !is_name(architecture) || component.ends_with("/debian-installer") {
        return None;
    }
    let file = ListedFile { packing, size: size.parse().ok()?, digest: digest.parse().ok()? };
    Some((component, architecture, file))
}

/// `Thu, 21 Apr 2022 17:16:08 UTC`.
fn instant(text: &str) -> Result<Timestamp> {
    static PARSER: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    let bare = text.strip_suffix("UTC").or_else(|| text.strip_suffix("GMT")).or_else(|| text.strip_suffix('Z'));
    let written = bare.map_or_else(|| text.to_owned(), |bare| format!("{} +0000", bare.trim_end()));
    match PARSER.parse_timestamp(&written) {
        Ok(instant) => Ok(instant),
        Err(_) => bail!("its Date {} is none", quoted(text)),
    }
}
