//! What a check found out about a backlog, kept for the next one: as long as nothing changed, the answer is the same.

use std::path::Path;

use anyhow::Result;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::log_book::offered;
use crate::backlog::github::GithubMemory;
use crate::backlog::{FoundIssue, PickUps};
use crate::cache::{self, CacheFile};
use crate::text::Digest;
use crate::tracker::{EventSummary, LogState};

/// To be changed with anything in the types of what is kept.
const LAYOUT: &str = "davos backlog 3\n";

/// Thirty thousand issues take some 20 MB.
const LARGEST: u64 = 64 << 20;

/// The place of what is kept of one backlog.
pub(super) struct KeptBacklog {
    file: CacheFile,
    of: String,
}

#[derive(Default, Serialize, Deserialize)]
struct KeptState {
    of: String,
    memory: GithubMemory,
    seen: Option<Seen>,
}

/// What was to be done in some state of the log and of the issues.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Seen {
    state: Digest,
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
    from: Timestamp,
    /// When an answer runs out.
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::optional")]
    until: Option<Timestamp>,
    pub(super) lines: Vec<String>,
}

impl KeptBacklog {
    /// What is kept for a resource with this source.
    pub(super) fn new(folder: &Path, source: &str) -> KeptBacklog {
        // The source has a token in it.
        let of = Digest::of(source.as_bytes()).to_string();
        let path = folder.join(format!("backlog-{}", cache::name_of(&of)));
        KeptBacklog { file: CacheFile::new(path, LAYOUT, LARGEST), of }
    }

    pub(super) fn load(&self) -> (GithubMemory, Option<Seen>) {
        let kept = self.file.load::<KeptState>().ok().filter(|kept| kept.of == self.of).unwrap_or_default();
        (kept.memory, kept.seen)
    }

    pub(super) fn keep(&self, memory: GithubMemory, seen: Option<Seen>) -> Result<()> {
        self.file.store(&KeptState { of: self.of.clone(), memory, seen })
    }
}

impl Seen {
    /// A digest of all that the work follows from but for the time.
    pub(super) fn state(log_state: &LogState, found: &[FoundIssue], pick_ups: &PickUps) -> Digest {
        let log = log_state.entries().last().map(|entry| entry.digest.to_string()).unwrap_or_default();
        let issue = |issue: &FoundIssue| {
            let FoundIssue { number, title, state, labels, updated, comments, part, .. } = issue;
            format!("{number} {title:?} {state:?} {labels:?} {updated} {comments} {part:?}")
        };
        let lines: Vec<String> = std::iter::once(log).chain(found.iter().map(issue)).chain(offered(pick_ups)).collect();
        Digest::of_lines(lines.iter().map(String::as_str))
    }

    /// The state that it is about.
    pub(super) fn of(&self) -> Digest {
        self.state
    }

    pub(super) fn new(state: Digest, log_state: &LogState, now: Timestamp, lines: Vec<String>) -> Seen {
        let ends = log_state.entries().iter().filter_map(|entry| match &entry.summary {
            EventSummary::Answered(answered) => answered.until.filter(|until| *until > now),
            _ => None,
        });
        Seen { state, from: now, until: ends.min(), lines }
    }

    /// Whether there is nothing else to be done at this time.
    pub(super) fn still_holds(&self, state: Digest, now: Timestamp) -> bool {
        self.state == state && self.from <= now && self.until.is_none_or(|until| now < until)
    }
}
