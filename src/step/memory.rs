//! The order in which notices were emitted, kept in the temporary folder where there is no tracker.
//!
//! Concourse moves all versions of an answer to the top if one of them is new, so a notice that shows up late may only be
//! appended after those that were emitted before. Without this memory, which is lost with the container after an hour at
//! most, it would stand in the middle and never become the newest.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::notice::NoticeId;
use crate::product::Digest;

/// The order in which one resource has emitted notices.
pub(super) struct Memory {
    path: PathBuf,
    order: Vec<NoticeId>,
}

impl Memory {
    /// What is remembered of the resource with this `source`; nothing if the file is missing or damaged.
    pub(super) fn open(folder: &Path, source: &[u8]) -> Memory {
        let path = folder.join(format!("order-{}.json", &Digest::of(source).to_string()[..16]));
        let order = fs::read_to_string(&path).ok().and_then(|text| whole(&text)).unwrap_or_default();
        Memory { path, order }
    }

    /// The notices in the order of their first emission; those that are new come last, in the order given. One that isn't
    /// there today keeps its place: it may be the one that Concourse hands back when it is there again.
    pub(super) fn arrange(&mut self, notices: &[NoticeId]) -> Vec<NoticeId> {
        let known: BTreeSet<NoticeId> = self.order.iter().copied().collect();
        self.order.extend(notices.iter().copied().filter(|id| !known.contains(id)));
        let now: BTreeSet<NoticeId> = notices.iter().copied().collect();
        self.order.iter().copied().filter(|id| now.contains(id)).collect()
    }

    /// Keeps the order for the next check.
    pub(super) fn keep(&self) -> Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).context("keeping the order of notices")?;
        let order = serde_json::to_string(&self.order)?;
        write!(file, "{}\n{order}", Digest::of(order.as_bytes()))?;
        // A folder in its place is damage, and would not be replaced.
        if self.path.is_dir() {
            let _ = fs::remove_dir_all(&self.path);
        }
        file.persist(&self.path).context("keeping the order of notices")?;
        Ok(())
    }
}

/// The order in a file, if its digest is that of the first line: a flipped bit may make one notice of another.
fn whole(text: &str) -> Option<Vec<NoticeId>> {
    let (digest, order) = text.split_once('\n')?;
    if digest != Digest::of(order.as_bytes()).to_string() {
        return None;
    }
    serde_json::from_str(order).ok()
}
