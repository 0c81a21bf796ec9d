//! An index of packages (`Packages`): of each entry only what the gate asks for, a line each.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::time::Instant;

use anyhow::{Result, bail, ensure};

/// The largest index, unpacked, in bytes. That of all packages of a release has 50 MB.
const LARGEST: u64 = 128 << 20;

/// The most that is kept of an index, in bytes. Of all packages of a release it is 9 MB.
pub(super) const LARGEST_KEPT: usize = 16 << 20;

/// The most packages of an index.
const MOST_ENTRIES: usize = 200_000;

/// The longest line that counts. Names, versions and paths are shorter; what is longer is a description.
const LONGEST_LINE: usize = 1 << 10;

/// What of an index is kept: a line for each package, of its name, version, source, the version of that, how far it is phased,
/// and its file, with tabs between.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PackageIndex(String);

/// A binary package of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PackageEntry<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) source: &'a str,
    pub(super) source_version: &'a str,
    /// The percentage of machines that get it on an upgrade, where it isn't all of them.
    pub(super) phased: Option<u8>,
    /// Where its file is in the archive.
    pub(super) file: &'a str,
}

impl PackageIndex {
    /// Reads an unpacked index, until then at the latest.
    ///
    /// # Errors
    /// If it is none, or longer than any.
    pub fn read(reader: &mut dyn Read, until: Instant) -> Result<PackageIndex> {
        let mut lines = IndexLines { reader: BufReader::with_capacity(64 << 10, reader), line: Vec::new(), read: 0 };
        let (mut kept, mut entry, mut entries, mut is_blank) = (String::new(), ReadEntry::default(), 0, true);
        while let Some(line) = lines.next(until)? {
            is_blank &= line.is_empty();
            if !line.is_empty() {
                entry.take(line);
                continue;
            }
            entries += usize::from(std::mem::take(&mut entry).keep(&mut kept));
            ensure!(entries <= MOST_ENTRIES, "the index has more than {MOST_ENTRIES} packages");
            ensure!(kept.len() <= LARGEST_KEPT, "the names in the index are longer than {} MiB", LARGEST_KEPT >> 20);
        }
        entries += usize::from(entry.keep(&mut kept));
        ensure!(entries > 0 || is_blank, "it is no index of packages: no entry has a name, a version and a file");
        ensure!(kept.len() <= LARGEST_KEPT, "the names in the index are longer than {} MiB", LARGEST_KEPT >> 20);
        Ok(PackageIndex(kept))
    }

    /// What was kept of one.
    pub(super) fn kept(text: String) -> PackageIndex {
        PackageIndex(text)
    }

    /// What is to be kept.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The packages.
    pub(super) fn entries(&self) -> impl Iterator<Item = PackageEntry<'_>> {
        self.0.lines().filter_map(|line| {
            let mut parts = line.split('\t');
            let mut next = || parts.next();
            let (name, version) = (next()?, next()?);
            let (source, source_version) = (next()?, next()?);
            Some(PackageEntry {
                name,
                version,
                source: Some(source).filter(|source| !source.is_empty()).unwrap_or(name),
                source_version: Some(source_version).filter(|own| !own.is_empty()).unwrap_or(version),
                phased: next()?.parse().ok(),
                file: next()?,
            })
        })
    }

    /// How many packages it has.
    pub fn len(&self) -> usize {
        self.entries().count()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The lines of an index, without what is too long of them.
struct IndexLines<'a> {
    reader: BufReader<&'a mut dyn Read>,
    line: Vec<u8>,
    read: u64,
}

impl IndexLines<'_> {
    fn next(&mut self, until: Instant) -> Result<Option<&[u8]>> {
        self.line.clear();
        let mut is_whole = false;
        let mut any = false;
        while !is_whole {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            any = true;
            let end = buffer.iter().position(|b| *b == b'\n');
            is_whole = end.is_some();
            let length = end.unwrap_or(buffer.len());
            let room = (LONGEST_LINE + 1).saturating_sub(self.line.len());
            self.line.extend_from_slice(&buffer[..length.min(room)]);
            let used = length + usize::from(is_whole);
            let buffered = buffer.len();
            self.reader.consume(used);
            self.read += used as u64;
            if used == buffered {
                ensure!(self.read <= LARGEST, "the index unpacks to more than {} MiB", LARGEST >> 20);
                if Instant::now() >= until {
                    bail!("reading the index took longer than there is time for");
                }
            }
        }
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        Ok(any.then_some(&self.line[..]))
    }
}

/// An entry while it is read.
#[derive(Default)]
struct ReadEntry {
    name: String,
    version: String,
    source: String,
    phased: Option<u8>,
    file: String,
}

impl ReadEntry {
    fn take(&mut self, line: &[u8]) {
        // What goes on with a field of several lines begins with a blank.
        if line.len() > LONGEST_LINE || line.first().is_none_or(|b| !b.is_ascii_alphabetic()) {
            return;
        }
        let Some(colon) = line.iter().position(|b| *b == b':') else { return };
        let field = match &line[..colon] {
            name if name.eq_ignore_ascii_case(b"Package") => &mut self.name,
            name if name.eq_ignore_ascii_case(b"Version") => &mut self.version,
            name if name.eq_ignore_ascii_case(b"Source") => &mut self.source,
            name if name.eq_ignore_ascii_case(b"Filename") => &mut self.file,
            name if name.eq_ignore_ascii_case(b"Phased-Update-Percentage") => {
                let percentage = std::str::from_utf8(&line[colon + 1..]).ok().and_then(|text| text.trim().parse().ok());
                self.phased = percentage.filter(|percentage: &u8| *percentage < 100);
                return;
            }
            _ => return,
        };
        let value = line[colon + 1..].trim_ascii();
        // Tabs and line ends are what the kept lines are made of.
        if field.is_empty() && value.iter().all(|b| b.is_ascii_graphic() || *b == b' ') {
            *field = String::from_utf8_lossy(value).into_owned();
        }
    }

    /// Keeps it, if it is one.
    fn keep(self, kept: &mut String) -> bool {
        let ReadEntry { name, version, source, phased, file } = self;
        let is_word = |text: &String| !text.is_empty() && !text.contains(' ');
        let leads_out = file.split('/').any(|part| part == "..");
        if !is_word(&name) || !is_word(&version) || !is_word(&file) || leads_out {
            return false;
        }
        // `Source: openssl (3.0.2-1)` where the version is another.
        let (source, rest) = source.split_once(' ').unwrap_or((&source, ""));
        let source_version = rest.trim().trim_start_matches('(').trim_end_matches(')');
        let phased = phased.map(|percentage| percentage.to_string()).unwrap_or_default();
        let _ = writeln!(kept, "{name}\t{version}\t{source}\t{source_version}\t{phased}\t{file}");
        true
    }
}
