//! A notice as a source tells it: its facts at once, and its texts when somebody needs them.

use std::sync::Arc;

use anyhow::{Context, Result};
use smol_str::SmolStr;

use super::kept::KeptRecords;
use crate::cache::FilePart;
use crate::notice::{Notice, NoticeSummary};

/// A notice that a source told. Of the thousands that a database keeps, a check needs the texts of the few that are new.
#[derive(Debug)]
pub struct ToldNotice {
    /// What a judgement needs.
    pub facts: NoticeSummary,
    /// All of it.
    pub text: ToldText,
}

/// All that was told of a notice.
#[derive(Debug)]
pub struct ToldText(TextSource);

#[derive(Debug)]
enum TextSource {
    Whole(Box<Notice>),
    Kept { records: Arc<KeptRecords>, id: SmolStr, part: FilePart },
}

impl ToldNotice {
    /// One that is known whole.
    pub fn of(notice: Notice) -> ToldNotice {
        ToldNotice { facts: notice.facts(), text: ToldText(TextSource::Whole(Box::new(notice))) }
    }

    /// One whose texts are kept.
    pub(super) fn kept(facts: NoticeSummary, records: &Arc<KeptRecords>, id: SmolStr, part: FilePart) -> ToldNotice {
        let text = TextSource::Kept { records: Arc::clone(records), id, part };
        ToldNotice { facts, text: ToldText(text) }
    }

    /// What two sources tell of one notice.
    ///
    /// # Errors
    /// As [`ToldText::whole`].
    pub(super) fn joined(&self, other: &ToldNotice) -> Result<ToldNotice> {
        let mut both = self.text.whole()?;
        both.join(other.text.whole()?);
        Ok(ToldNotice::of(both))
    }
}

impl ToldText {
    /// The notice.
    ///
    /// # Errors
    /// If what was kept was damaged; the next check fetches it anew.
    pub fn whole(&self) -> Result<Notice> {
        match &self.0 {
            TextSource::Whole(notice) => Ok(Notice::clone(notice)),
            TextSource::Kept { records, id, part } => {
                let json = records.text(id, *part)?;
                serde_json::from_str(&json).with_context(|| format!("what is kept of {id}"))
            }
        }
    }
}
