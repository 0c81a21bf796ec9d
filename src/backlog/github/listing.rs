//! Listing our issues: all of them, or those that changed since.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::super::FoundIssue;
use super::memory::ListWalk;
use super::pages::ListEnd;
use super::wire::{WireIssue, WireUser};
use super::{Call, Github, GithubMemory};

/// How long changes alone are asked for. What was deleted shows only in the whole list.
const WALK_AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// A change may show a little after its time.
const LATE: SignedDuration = SignedDuration::from_secs(60);

const DOING: &str = "listing the issues";

impl Github<'_> {
    /// All issues of ours, by number. By their author and not by their label: a label is dropped without a word where the user
    /// may not set it, and people may remove it.
    pub(super) fn listed(&self) -> Result<Vec<FoundIssue>> {
        let since = {
            let memory = self.memory.borrow();
            memory.walked.filter(|at| self.is_recent(*at)).and(memory.since)
        };
        match since {
            Some(since) => self.changes(since)?,
            None => self.walk()?,
        }
        let mut memory = self.memory.borrow_mut();
        let issues = &memory.issues;
        let known = issues.values().cloned().collect();
        let updated: BTreeMap<u64, Timestamp> = issues.iter().map(|(number, issue)| (*number, issue.updated)).collect();
        memory.conversations.retain(|number, known| updated.get(number) == Some(&known.updated));
        Ok(known)
    }

    fn is_recent(&self, at: Timestamp) -> bool {
        let now = self.pace.now();
        at <= now && at.duration_until(now) < WALK_AGAIN
    }

    /// The server's time now, with some time more for what shows late.
    fn since_now(&self) -> Timestamp {
        let since = self.server_time().checked_sub(LATE).unwrap_or(Timestamp::MIN);
        since.round(jiff::Unit::Second).unwrap_or(since)
    }

    fn list_of(&self, me: &WireUser, more: &[(&str, &str)]) -> Result<Url> {
        let ours = [("creator", me.login.as_str()), ("state", "all"), ("per_page", "100")];
        self.place.of_repository(&["issues"], &[ours.as_slice(), more].concat())
    }

    /// Lists all, or goes on where that was broken off: a check may have no time for all at once.
    fn walk(&self) -> Result<()> {
        let broken_off = self.memory.borrow_mut().walk.take().filter(|walk| self.is_recent(walk.begun));
        let resumed = broken_off.and_then(|walk| Some((Url::parse(&walk.next).ok()?, walk)));
        let resumed = resumed.filter(|(next, _)| next.origin() == self.place.endpoint.origin());
        let (first, mut walk) = match resumed {
            Some(resumed) => resumed,
            None => {
                // Who may be called otherwise by now.
                *self.me.borrow_mut() = None;
                // In an order that doesn't change while they are read: one that is written to meanwhile would move to another page.
                let first = self.list_of(&self.me()?, &[("sort", "created"), ("direction", "asc")])?;
                let (begun, since) = (self.pace.now(), self.since_now());
                (first, ListWalk { begun, since, next: String::new(), issues: BTreeMap::new() })
            }
        };
        let me = self.me()?;
        let ended = self.each_page(Call::get(first, DOING), |issues: Vec<WireIssue>, next| {
            let ours = issues.into_iter().filter_map(|issue| issue.ours(&me));
            walk.issues.extend(ours.map(|issue| (issue.number, issue)));
            walk.next = next.map(Url::to_string).unwrap_or_default();
        });
        let mut memory = self.memory.borrow_mut();
        if let Err(error) = ended {
            memory.walk = Some(walk).filter(|walk| !walk.next.is_empty());
            return Err(error);
        }
        let ListWalk { begun, since, mut issues, .. } = walk;
        // What we wrote may not show yet.
        let written = self.written.borrow();
        for (number, known) in std::mem::take(&mut memory.issues) {
            if !written.contains_key(&number) {
                continue;
            }
            let is_newer = |listed: &FoundIssue| known.updated > listed.updated;
            if issues.get(&number).map_or(known.updated >= since, is_newer) {
                issues.insert(number, known);
            }
        }
        *memory =
            GithubMemory { issues, walked: Some(begun), since: Some(since), etag: None, ..std::mem::take(&mut memory) };
        Ok(())
    }

    /// Takes in what changed since then.
    fn changes(&self, since: Timestamp) -> Result<()> {
        let (me, etag) = (self.me()?, self.memory.borrow().etag.clone());
        let asked = self.list_of(&me, &[("sort", "updated"), ("direction", "asc"), ("since", &since.to_string())])?;
        let mut found = Vec::new();
        let call = Call { etag, ..Call::get(asked, DOING) };
        // What isn't ours is told by its number alone: it may have been.
        let ended = self.each_page(call, |issues: Vec<WireIssue>, _| {
            found.extend(issues.into_iter().map(|issue| (issue.number, issue.ours(&me))));
        })?;
        let ListEnd::Whole { etag } = ended else { return Ok(()) };
        let mut memory = self.memory.borrow_mut();
        let mut is_news = false;
        for (number, issue) in found {
            let known = memory.issues.get(&number);
            match issue {
                // A list may be older than what we wrote.
                Some(issue) if known.is_none_or(|known| known.updated <= issue.updated && *known != issue) => {
                    is_news = true;
                    memory.issues.insert(number, issue);
                }
                Some(_) => {}
                // People removed our marks.
                None => is_news |= memory.issues.remove(&number).is_some(),
            }
        }
        memory.etag = etag;
        if is_news {
            (memory.since, memory.etag) = (Some(self.since_now().max(since)), None);
        }
        Ok(())
    }

    /// The newest issues of ours, to see whether one was made whose answer was lost.
    pub(super) fn newest(&self) -> Result<Vec<FoundIssue>> {
        let me = self.me()?;
        let call = Call::get(self.list_of(&me, &[("sort", "created"), ("direction", "desc")])?, DOING);
        let found: Vec<WireIssue> = self.value(&call)?;
        Ok(found.into_iter().filter_map(|issue| issue.ours(&me)).collect())
    }

    /// Keeps what an issue is like after it was written.
    pub(super) fn remember(&self, issue: &FoundIssue) {
        self.wrote(issue.number);
        self.memory.borrow_mut().issues.insert(issue.number, issue.clone());
    }

    pub(super) fn forget(&self, number: u64) {
        self.memory.borrow_mut().issues.remove(&number);
    }
}
