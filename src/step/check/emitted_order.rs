//! The order in which notices were emitted, kept in the temporary folder where there is no tracker.
//!
//! Concourse moves all versions of an answer to the top if one of them is new, so a notice that shows up late may only be
//! appended after those that were emitted before. Without this memory, which is lost with the container after an hour at
//! most, it would stand in the middle and never become the newest.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use crate::cache::{self, CacheFile};
use crate::notice::NoticeId;

/// The order in which one resource has emitted notices.
pub(super) struct EmittedOrder {
    file: CacheFile,
    order: Vec<NoticeId>,
}

impl EmittedOrder {
    /// What is remembered of the resource with this `source`; nothing if the file is missing or damaged.
    pub(super) fn open(folder: &Path, source: &str) -> EmittedOrder {
        let path = folder.join(format!("order-{}", cache::name_of(source)));
        let file = CacheFile::new(path, "davos order 2\n", 4 << 20);
        let kept = file.read().ok().and_then(|json| serde_json::from_slice(&json).ok());
        EmittedOrder { file, order: kept.unwrap_or_default() }
    }

    /// The notices that were emitted before.
    pub(super) fn known(&self) -> BTreeSet<NoticeId> {
        self.order.iter().copied().collect()
    }

    /// The notices in the order of their first emission; those that are new come last, in the order given. One that isn't
    /// there today keeps its place: it may be the one that Concourse hands back when it is there again.
    pub(super) fn arrange(&mut self, notices: &[NoticeId]) -> Vec<NoticeId> {
        let known = self.known();
        self.order.extend(notices.iter().copied().filter(|id| !known.contains(id)));
        let now: BTreeSet<NoticeId> = notices.iter().copied().collect();
        self.order.iter().copied().filter(|id| now.contains(id)).collect()
    }

    /// Keeps the order for the next check.
    pub(super) fn keep(&self) -> Result<()> {
        self.file.write(&serde_json::to_vec(&self.order)?)
    }
}
