//! What an earlier run read of a log, kept in the temporary folder: events never change, so nobody need read them twice.
//!
//! It is derived from the log and can be lost or thrown away at any time. The next event that is read must follow on the last
//! one kept, by its digest, so a snapshot of another log is found out as a broken chain.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::Ledger;
use super::brief::Entry;
use super::fixes::{FixParts, Fixes};
use crate::product::{Digest, ProductName};

/// The mark of the form; to be changed with it.
const MARK: &[u8] = b"davos log ed. 4\n";

/// The place of what is kept of one log.
#[derive(Debug)]
pub(super) struct Snapshot {
    path: PathBuf,
    /// Whose log it is, to be found in the file again.
    of: String,
}

#[derive(Serialize, Deserialize)]
struct Kept<'a> {
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
        let name = Digest::of(of.as_bytes()).to_string();
        Snapshot { path: folder.join(format!("log-{}", &name[..16])), of }
    }

    /// What is kept; nothing if there is none, or if it is damaged or of another log, or if the `marks` of the first so many
    /// events are others than they were.
    pub(super) fn load(&self, marks: impl FnOnce(u64) -> Option<Digest>) -> Ledger {
        self.try_load(marks).unwrap_or_default()
    }

    fn try_load(&self, marks: impl FnOnce(u64) -> Option<Digest>) -> Option<Ledger> {
        let bytes = fs::read(&self.path).ok()?;
        let rest = bytes.strip_prefix(MARK)?;
        let (digest, rest) = rest.split_first_chunk::<32>()?;
        if Digest::of(rest).as_bytes() != digest {
            return None;
        }
        let (kept, mut rest) = postcard::take_from_bytes::<Kept<'_>>(rest).ok()?;
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
        Some(Ledger::of_entries(entries, Fixes::of_parts(kept.fixes)?))
    }

    /// Keeps the ledger for the next run, which does without where it can't be kept.
    pub(super) fn keep(&self, ledger: &Ledger, marks: Option<Digest>) {
        let _ = self.try_keep(ledger, marks);
    }

    fn try_keep(&self, ledger: &Ledger, marks: Option<Digest>) -> anyhow::Result<()> {
        let fixes = ledger.all_fixes().parts();
        let mut contents = postcard::to_stdvec(&Kept { of: &self.of, fixes, count: ledger.len(), marks })?;
        for entry in ledger.entries() {
            contents = postcard::to_extend(entry, contents)?;
        }
        let mut file = NamedTempFile::new_in(self.path.parent().unwrap_or(Path::new(".")))?;
        file.write_all(MARK)?;
        file.write_all(Digest::of(&contents).as_bytes())?;
        file.write_all(&contents)?;
        file.persist(&self.path)?;
        Ok(())
    }
}
