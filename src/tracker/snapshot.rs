//! What an earlier run read of a log, kept in the temporary folder: events never change, so nobody need read them twice.
//!
//! It is derived from the log and can be lost or thrown away at any time. The next event that is read must follow on the last
//! one kept, by its digest, so a snapshot of another log is found out as a broken chain.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::LogState;
use super::event_summary::Entry;
use super::fixes::{FixParts, Fixes};
use crate::cache::{self, CacheFile};
use crate::product::ProductName;
use crate::text::Digest;

/// To be changed with anything in the types below.
const LAYOUT: &str = "davos log 10\n";

/// A log of 10,000 events takes some 3 MB.
const LARGEST: u64 = 256 << 20;

/// The place of what is kept of one log.
#[derive(Debug)]
pub(super) struct Snapshot {
    file: CacheFile,
    /// Whose log it is, to be found in the file again.
    of: String,
}

#[derive(Serialize, Deserialize)]
struct KeptLog<'a> {
    of: &'a str,
    #[serde(borrow)]
    fixes: FixParts<'a>,
    count: u64,
    /// The digest of the marks of all these events, where the store has any.
    marks: Option<Digest>,
}

impl Snapshot {
    /// The snapshot of a product's log in the store that describes itself so.
    pub(super) fn new(folder: &Path, store: &str, product: &ProductName) -> Snapshot {
        let of = format!("{store} {product}");
        let path = folder.join(format!("log-{}", cache::name_of(&of)));
        Snapshot { file: CacheFile::new(path, LAYOUT, LARGEST), of }
    }

    /// How many bytes are kept.
    pub(super) fn size(&self) -> usize {
        usize::try_from(self.file.size()).unwrap_or(usize::MAX)
    }

    /// What is kept; nothing if there is none, or if it is damaged or of another log, or if the `marks` of the first so many
    /// events are others than they were.
    pub(super) fn load(&self, marks: impl FnOnce(u64) -> Option<Digest>) -> LogState {
        self.try_load(marks).unwrap_or_default()
    }

    fn try_load(&self, marks: impl FnOnce(u64) -> Option<Digest>) -> Option<LogState> {
        let contents = self.file.read().ok()?;
        let (kept, mut rest) = postcard::take_from_bytes::<KeptLog<'_>>(&contents).ok()?;
        if kept.of != self.of || kept.marks != marks(kept.count) {
            return None;
        }
        // An entry has more bytes than this.
        let count = usize::try_from(kept.count).ok().filter(|count| *count <= rest.len() / 32)?;
        let mut entries = Vec::with_capacity(count);
        for _ in 0..kept.count {
            let (entry, after) = postcard::take_from_bytes::<Entry>(rest).ok()?;
            entries.push(entry);
            rest = after;
        }
        Some(LogState::of_entries(entries, Fixes::of_parts(kept.fixes)?))
    }

    /// Keeps the log for the next run, which does without where it can't be kept.
    pub(super) fn keep(&self, log_state: &LogState, marks: Option<Digest>) {
        let _ = self.try_keep(log_state, marks);
    }

    fn try_keep(&self, log_state: &LogState, marks: Option<Digest>) -> anyhow::Result<()> {
        let fixes = log_state.all_fixes().parts();
        let mut contents = postcard::to_stdvec(&KeptLog { of: &self.of, fixes, count: log_state.len(), marks })?;
        for entry in log_state.entries() {
            contents = postcard::to_extend(entry, contents)?;
        }
        self.file.write(&contents)
    }
}
