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
    /// What was kept, to see whether there is anything new to keep.
    before: Kept,
    /// What the server said of the index, by the name of the index.
    pub(super) validators: BTreeMap<String, Validators>,
    /// The marks of the last answers, by their names.
    pub(super) marks: BTreeMap<String, String>,
    /// The records by id.
    pub(super) records: BTreeMap<String, KeptRecord>,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptRecord {
    /// Its time of change as the index writes it, or a digest where there is no index.
    pub(super) modified: String,
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

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    validators: BTreeMap<String, (Option<String>, Option<String>)>,
    marks: BTreeMap<String, String>,
    records: BTreeMap<String, KeptRecord>,
}

impl KeptRecords {
    /// What is kept of the database at this place.
    pub(super) fn open(folder: &Path, place: &str) -> KeptRecords {
        let path = folder.join(format!("osv-{}", cache::name_of(place)));
        let file = CacheFile::new(path, "davos osv 1\n", LARGEST);
        let before: Kept = file.load().unwrap_or_default();
        let Kept { validators, marks, records } = before.clone();
        let validators =
            validators.into_iter().map(|(name, (etag, last_modified))| (name, Validators { etag, last_modified }));
        KeptRecords { file, before, validators: validators.collect(), marks, records }
    }

    /// Keeps what there is now, if it differs.
    pub(super) fn keep(&self) -> Result<()> {
        let validators = self.validators.iter();
        let validators = validators.map(|(name, v)| (name.clone(), (v.etag.clone(), v.last_modified.clone())));
        let now = Kept { validators: validators.collect(), marks: self.marks.clone(), records: self.records.clone() };
        if now == self.before { Ok(()) } else { self.file.store(&now) }
    }
}
