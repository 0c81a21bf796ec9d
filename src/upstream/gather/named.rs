//! All that the sources tell of notices that somebody named.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use anyhow::{Result, anyhow, bail};
use jiff::SignedDuration;

use super::Upstream;
use crate::notice::{Notice, NoticeId};

impl Upstream<'_> {
    /// All that the sources tell of one notice, and what people should know; `None` if they answer and none knows it.
    ///
    /// # Errors
    /// If a source fails and the others don't know the notice.
    pub fn notice(&self, id: NoticeId) -> Result<(Option<Notice>, Vec<String>)> {
        let (mut notices, warnings) = self.notices(&BTreeSet::from([id]))?;
        Ok((notices.remove(&id), warnings))
    }

    /// The same of several notices: OVAL is asked once, and the API for a few at a time. One that the sources answer not to
    /// know is left out.
    ///
    /// # Errors
    /// If a source fails and the others don't know one of the notices: it may be one that the source knows.
    pub fn notices(&self, ids: &BTreeSet<NoticeId>) -> Result<(BTreeMap<NoticeId, Notice>, Vec<String>)> {
        let mut gathered = self.nothing();
        let oval = thread::scope(|scope| {
            let oval = self.sources.oval.as_ref().map(|base| scope.spawn(|| self.refresh_oval(base)));
            gathered.fetch_details(ids);
            oval.map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("reading the file broke off"))))
        });
        match oval {
            Some(Ok(cache)) => gathered.cache = Some(cache),
            Some(Err(error)) => {
                gathered.warnings.push(format!("OVAL: {error:#}"));
                gathered.cache = self.last_edition();
            }
            None => {}
        }
        // OVAL tells the ratings of the notices that it has.
        let in_oval = |id: NoticeId| gathered.cache.as_ref().is_some_and(|cache| cache.contains(id));
        let details = gathered.details.iter().filter(|(id, _)| !in_oval(**id));
        let cves = details.flat_map(|(_, detail)| detail.cves.iter().cloned()).collect();
        gathered.fetch_ratings(&cves, SignedDuration::ZERO);
        gathered.keep();
        let mut notices = BTreeMap::new();
        for &id in ids {
            match gathered.notice(id)? {
                Some(notice) => drop(notices.insert(id, notice)),
                None if gathered.warnings.is_empty() => {}
                None => bail!("{id} is not known to any source that answers: {}", gathered.warnings.join("; ")),
            }
        }
        Ok((notices, gathered.warnings))
    }
}
