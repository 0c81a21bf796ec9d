//! What is kept of a database in the temporary folder: its records, as far as they concern us.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::cache::{self, CacheFile};
use crate::http::Validators;
use crate::notice::NoticeId;

/// The most that is kept of one database, in bytes.
const LARGEST: u64 = 256 << 20;

/// The records of a database.
pub(super) struct KeptRecords {
    file: CacheFile,
    kept: Kept,
    is_changed: bool,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptRecord {
    /// Its time of change as the index writes it, or a digest where there is no index.
    pub(super) modified: String,
    /// The packages that it names, so that most need not be read.
    pub(super) packages: Vec<String>,
    /// What it tells.
    pub(super) told: RecordTold,
}

/// What a record tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum RecordTold {
    /// A notice, in JSON.
    Notice(String),
    /// It was withdrawn, with its own words.
    Withdrawn(NoticeId, String),
    /// It can't be read: why.
    Unreadable(String),
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    /// What the server said of the index, by the name of the index.
    validators: BTreeMap<String, (Option<String>, Option<String>)>,
    /// The marks of the last answers, by their names.
    marks: BTreeMap<String, String>,
    /// The records by id.
    records: BTreeMap<String, KeptRecord>,
}

impl KeptRecords {
    /// What is kept of the database at this place.
    pub(super) fn open(folder: &Path, place: &str) -> KeptRecords {
        let path = folder.join(format!("osv-{}", cache::name_of(place)));
        let file = CacheFile::new(path, "davos osv 2\n", LARGEST);
        let kept = file.load().unwrap_or_default();
        KeptRecords { file, kept, is_changed: false }
    }

    /// The records by id.
    pub(super) fn records(&self) -> &BTreeMap<String, KeptRecord> {
        &self.kept.records
    }

    /// Keeps a record instead of what there was of it.
    pub(super) fn insert(&mut self, id: String, record: KeptRecord) {
        self.is_changed = true;
        self.kept.records.insert(id, record);
    }

    /// Forgets the records that are not wanted any more.
    pub(super) fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        let before = self.kept.records.len();
        self.kept.records.retain(|id, _| wanted(id));
        self.is_changed |= self.kept.records.len() != before;
    }

    /// The mark of this name.
    pub(super) fn mark(&self, name: &str) -> Option<&str> {
        self.kept.marks.get(name).map(String::as_str)
    }

    /// Sets the mark of this name.
    pub(super) fn set_mark(&mut self, name: &str, mark: &str) {
        if self.mark(name) != Some(mark) {
            self.is_changed = true;
            self.kept.marks.insert(name.to_owned(), mark.to_owned());
        }
    }

    /// What the server said of the index of this name.
    pub(super) fn validators(&self, name: &str) -> Validators {
        let (etag, last_modified) = self.kept.validators.get(name).cloned().unwrap_or_default();
        Validators { etag, last_modified }
    }

    /// Sets what the server said of the index of this name; none forgets it.
    pub(super) fn set_validators(&mut self, name: &str, said: Option<Validators>) {
        self.is_changed = true;
        match said {
            Some(Validators { etag, last_modified }) => {
                self.kept.validators.insert(name.to_owned(), (etag, last_modified));
            }
            None => drop(self.kept.validators.remove(name)),
        }
    }

    /// Keeps what there is now, if anything changed.
    pub(super) fn keep(&self) -> Result<()> {
        if self.is_changed { self.file.store(&self.kept) } else { Ok(()) }
    }
}
