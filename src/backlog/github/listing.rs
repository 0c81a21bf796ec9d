//! Listing our issues: all of them, or those that changed since.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::super::FoundIssue;
use super::pages::Paged;
use super::wire::WireIssue;
use super::{Call, Github};

/// How long changes alone are asked for. What was deleted shows only in the whole list.
const WALK_AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// A change may show a little after its time.
const LATE: SignedDuration = SignedDuration::from_secs(60);

const DOING: &str = "listing the issues";

impl Github<'_> {
    /// All issues of ours, by number. By their author and not by their label: a label is dropped without a word where the user
    /// may not set it, and people may remove it.
    pub(super) fn listed(&self) -> Result<Vec<FoundIssue>> {
        let me = self.me()?;
        let now = self.pace.now();
        let since = {
            let memory = self.memory.borrow();
            let is_new = memory.walked.is_some_and(|at| at <= now && at.duration_until(now) < WALK_AGAIN);
            // The last change that was seen.
            let last = memory.issues.values().map(|issue| issue.updated).max().filter(|_| is_new);
            last.and_then(|last| Some(last.checked_sub(LATE).ok()?.round(jiff::Unit::Second).ok()?.to_string()))
        };
        // All of them in an order that doesn't change while they are read: one that is written to meanwhile would move to another page.
        let order = if since.is_some() { "updated" } else { "created" };
        let mut query = vec![
            ("creator", me.login.as_str()),
            ("state", "all"),
            ("sort", order),
            ("direction", "asc"),
            ("per_page", "100"),
        ];
        query.extend(since.as_deref().map(|since| ("since", since)));
        let mut call = Call::get(self.place.of_repository(&["issues"], &query)?, DOING);
        let known = self.memory.borrow().etag.clone();
        call.etag = known.filter(|(of, _)| since.as_ref() == Some(of)).map(|(_, etag)| etag);
        // What isn't ours is told by its number alone: it may have been.
        let find = |issue: WireIssue| Some((issue.number, issue.ours(&me)));
        let paged: Option<Paged<(u64, Option<FoundIssue>)>> = self.pages(call, find)?;
        let mut memory = self.memory.borrow_mut();
        if let Some(Paged { items, etag }) = paged {
            if since.is_none() {
                memory.issues = BTreeMap::new();
                memory.walked = Some(now);
            }
            for (number, issue) in items {
                match issue {
                    Some(issue) => drop(memory.issues.insert(number, issue)),
                    // People removed our marks.
                    None => drop(memory.issues.remove(&number)),
                }
            }
            memory.etag = since.zip(etag);
        }
        let issues = &memory.issues;
        let known = issues.values().cloned().collect();
        let updated: BTreeMap<u64, Timestamp> = issues.iter().map(|(number, issue)| (*number, issue.updated)).collect();
        memory.conversations.retain(|number, known| updated.get(number) == Some(&known.updated));
        Ok(known)
    }

    /// The newest issues of ours, to see whether one was made whose answer was lost.
    pub(super) fn newest(&self) -> Result<Vec<FoundIssue>> {
        let me = self.me()?;
        let query = [
            ("creator", me.login.as_str()),
            ("state", "all"),
            ("sort", "created"),
            ("direction", "desc"),
            ("per_page", "100"),
        ];
        let call = Call::get(self.place.of_repository(&["issues"], &query)?, DOING);
        let found: Vec<WireIssue> = self.value(&call)?;
        Ok(found.into_iter().filter_map(|issue| issue.ours(&me)).collect())
    }

    /// Keeps what an issue is like after it was written.
    pub(super) fn remember(&self, issue: &FoundIssue) {
        self.memory.borrow_mut().issues.insert(issue.number, issue.clone());
    }

    pub(super) fn forget(&self, number: u64) {
        let mut memory = self.memory.borrow_mut();
        memory.issues.remove(&number);
        // Others may have gone with it.
        memory.walked = None;
    }
}
