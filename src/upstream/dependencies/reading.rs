//! What is read so far of an answer, with what was left out of it.

use std::collections::HashSet;

use anyhow::{Result, bail};
use url::Url;

use super::{ADVICE, ReleaseLine, UpstreamVersion, UpstreamVersions, VERSIONS};
use crate::text::{count, cut, one_line, quoted, shortened};

/// How many sentences on single entries are kept.
const TROUBLES: usize = 16;
/// How many of what was left out are named.
const EXAMPLES: usize = 3;
/// The longest sentence on an entry, in characters.
const TROUBLE_LIMIT: usize = 300;
/// The longest title, in bytes.
const NOTES_LIMIT: usize = 200;
/// The longest address.
const URL_LIMIT: usize = 2_000;

/// Versions, lines and warnings.
#[derive(Default)]
pub(super) struct VersionsReading {
    versions: Vec<UpstreamVersion>,
    lines: Vec<ReleaseLine>,
    known: HashSet<String>,
    /// How many entries there were.
    entries: usize,
    /// How many of them name no version, and the first of them.
    unnamed: usize,
    examples: Vec<String>,
    /// What is wrong with single entries.
    troubles: Vec<String>,
    more_troubles: usize,
    /// How many entries were not looked at.
    beyond: usize,
}

impl VersionsReading {
    /// One more entry.
    pub(super) fn entry(&mut self) {
        self.entries += 1;
    }

    /// Entries that were too many.
    pub(super) fn beyond(&mut self, entries: usize) {
        self.beyond += entries;
    }

    /// A version; one that is known already is no second one.
    pub(super) fn version(&mut self, version: UpstreamVersion) {
        if self.versions.len() >= VERSIONS {
            self.beyond += 1;
        } else if self.known.insert(version.version.clone()) {
            self.versions.push(version);
        }
    }

    /// A line.
    pub(super) fn line(&mut self, line: ReleaseLine) {
        self.lines.push(line);
    }

    /// An entry whose name is no version.
    pub(super) fn unnamed(&mut self, name: &str) {
        self.unnamed += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(quoted(&cut(name.trim(), 40)));
        }
    }

    /// A sentence on a single entry.
    pub(super) fn trouble(&mut self, what: &str) {
        if self.troubles.len() < TROUBLES {
            self.troubles.push(shortened(&one_line(&cut(what, 4 * TROUBLE_LIMIT)), TROUBLE_LIMIT));
        } else {
            self.more_troubles += 1;
        }
    }

    /// Leaves out the versions that are not wanted.
    pub(super) fn keep(&mut self, is_wanted: impl Fn(&UpstreamVersion) -> bool) {
        for version in std::mem::take(&mut self.versions) {
            if is_wanted(&version) {
                self.versions.push(version);
            } else {
                self.unnamed(&version.version);
            }
        }
    }

    /// The versions so far.
    pub(super) fn versions(&self) -> &[UpstreamVersion] {
        &self.versions
    }

    /// All of it; `entry` is what the source calls an entry.
    ///
    /// # Errors
    /// If there is no version.
    pub(super) fn finish(mut self, entry: &str) -> Result<UpstreamVersions> {
        let names = self.examples.join(", ");
        let entries = count(self.entries, entry);
        if self.versions.is_empty() {
            match (self.troubles.first(), names.as_str()) {
                (Some(trouble), _) => bail!("the list of versions has {entries}, and of none a version: {trouble}"),
                (None, "") => bail!("the list of versions has {entries}, and of none a version; {ADVICE}"),
                (None, names) => bail!("the list of versions has {entries}, and none is a version: {names}; {ADVICE}"),
            }
        }
        if self.unnamed > 0 {
            let rest = if self.unnamed > self.examples.len() { ", …" } else { "" };
            self.troubles.push(format!("{} of {entries} left out, being no versions: {names}{rest}", self.unnamed));
        }
        if self.more_troubles > 0 {
            self.troubles.push(format!("{} more entries have faults like these", self.more_troubles));
        }
        if self.beyond > 0 {
            let more = count(self.beyond, "entry");
            self.troubles
                .push(format!("only the first {} were kept, and {more} more left out", count(VERSIONS, "version")));
        }
        Ok(UpstreamVersions { versions: self.versions, lines: self.lines, warnings: self.troubles })
    }
}

/// A title on one line, shortened.
pub(super) fn notes(title: &str) -> String {
    one_line(&cut(title.trim(), NOTES_LIMIT))
}

/// An address of the web; whatever else it is, is none.
pub(super) fn web(address: &str) -> Option<String> {
    if address.len() > URL_LIMIT {
        return None;
    }
    let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    Some(url.into()).filter(|url: &String| url.len() <= URL_LIMIT)
}
