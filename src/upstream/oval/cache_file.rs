//! The file that a cache is: parts with the texts and the packages of each notice, then the facts, then a trailer.
//!
//! ```text
//! part ...   each named, with its checksum, by the facts
//! facts      a header, then one row a notice, in the order of the OVAL file
//! trailer    where the facts are, their SHA-256, and the mark of the format
//! ```

use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::cache::FilePart;
use crate::notice::NoticeHeader;

/// The mark of the format, at the very end. The number changes with anything above or in the types below.
const MARK: &[u8; 16] = b"davos oval ed. 6";
/// Two numbers, a SHA-256 and the mark.
const TRAILER: usize = 8 + 8 + 32 + 16;
/// The most that facts may take. Those of 3,000 notices take 0.2 MB.
const LIMIT: u64 = 64 << 20;

/// What a server said of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Where it was fetched from.
    pub url: String,
    /// The `ETag` header, where there was one.
    pub etag: Option<String>,
    /// The `Last-Modified` header, where there was one.
    pub last_modified: Option<String>,
}

/// What the facts begin with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) origin: Origin,
    pub(super) release: String,
    /// When the OVAL file was made, in seconds since 1970.
    pub(super) generated: Option<i64>,
    /// How many rows follow.
    pub(super) count: u32,
    /// How many definitions could not be read, and the first of them by name.
    pub(super) unreadable: u32,
    pub(super) unreadable_names: Vec<String>,
}

/// What stays in memory of one notice.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct NoticeRow {
    pub(super) header: NoticeHeader,
    /// A mark of its CVEs.
    pub(super) cves: u32,
    pub(super) text: FilePart,
    pub(super) packages: FilePart,
}

/// What is the same for the same CVEs in any order, and for others hardly ever.
pub(super) fn cves_mark<'a>(ids: impl Iterator<Item = &'a str>) -> u32 {
    ids.fold(0, |mark, id| mark.wrapping_add(crc32fast::hash(id.as_bytes())))
}

/// A file that is being written.
pub(super) struct Draft<'a> {
    file: BufWriter<&'a File>,
    written: u64,
}

impl<'a> Draft<'a> {
    /// Writes to an empty file.
    pub(super) fn new(file: &'a File) -> Self {
        Draft { file: BufWriter::with_capacity(32 << 10, file), written: 0 }
    }

    /// Adds a part.
    pub(super) fn part(&mut self, bytes: &[u8]) -> Result<FilePart> {
        let part = FilePart::of(self.written, bytes).context("a notice tells too much")?;
        self.file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(part)
    }

    /// Makes what was added so far readable.
    pub(super) fn flush(&mut self) -> Result<()> {
        Ok(self.file.flush()?)
    }

    /// Adds the facts and the trailer.
    pub(super) fn finish(mut self, facts: &[u8]) -> Result<()> {
        ensure!(facts.len() as u64 <= LIMIT, "its notices need more than {} MiB of memory", LIMIT >> 20);
        self.file.write_all(facts)?;
        self.file.write_all(&self.written.to_le_bytes())?;
        self.file.write_all(&(facts.len() as u64).to_le_bytes())?;
        self.file.write_all(&Sha256::digest(facts))?;
        self.file.write_all(MARK)?;
        self.flush()
    }
}

/// Reads the facts of a file, if it is whole and of this format.
pub(super) fn facts(file: &File) -> Result<Vec<u8>> {
    let length = file.metadata()?.len();
    let mut trailer = [0; TRAILER];
    let end = length.checked_sub(TRAILER as u64).context("it is too short")?;
    file.read_exact_at(&mut trailer, end)?;
    let number = |at: usize| trailer[at..].first_chunk().map_or(u64::MAX, |bytes| u64::from_le_bytes(*bytes));
    let (start, size) = (number(0), number(8));
    if !trailer.ends_with(MARK) {
        bail!("it is of another format");
    }
    ensure!(size <= LIMIT && start.checked_add(size) == Some(end), "its parts don't add up");
    let mut facts = vec![0; size as usize];
    file.read_exact_at(&mut facts, start)?;
    ensure!(Sha256::digest(&facts)[..] == trailer[16..48], "a checksum doesn't match");
    Ok(facts)
}
