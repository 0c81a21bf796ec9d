//! What is kept of a database in the temporary folder: an index of its records, and beside it their texts, of which only those
//! that concern the product are read.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;
use tempfile::NamedTempFile;

use crate::cache::{self, CacheFile, FilePart, put_in_place};
use crate::files;
use crate::http::Validators;
use crate::notice::{NoticeId, NoticeSummary};

/// The most that the index of one database may have, in bytes.
const LARGEST_INDEX: u64 = 64 << 20;

/// The most that the texts of one database may have, in bytes.
const LARGEST_TEXTS: u64 = 128 << 20;

/// The records of a database.
#[derive(Debug)]
pub(super) struct KeptRecords {
    index: CacheFile,
    texts: PathBuf,
    file: Option<File>,
    kept: Kept,
    /// The texts of records that are not in the file yet.
    new: BTreeMap<SmolStr, String>,
    is_changed: bool,
    /// Whether the records changed too, and so their texts.
    texts_changed: bool,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptRecord {
    /// Its time of change as the index writes it, or a digest where there is no index.
    pub(super) modified: SmolStr,
    /// What it tells.
    pub(super) told: RecordTold,
}

/// What a record tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum RecordTold {
    /// A notice: what a judgement needs of it, and where its JSON is kept.
    Notice(NoticeSummary, FilePart),
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
    #[serde(deserialize_with = "all_at_once")]
    records: BTreeMap<SmolStr, KeptRecord>,
}

/// Reads a map of thousands in one go, which costs less than to put in one after the other.
fn all_at_once<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<SmolStr, KeptRecord>, D::Error> {
    Ok(Vec::<(SmolStr, KeptRecord)>::deserialize(deserializer)?.into_iter().collect())
}

impl KeptRecords {
    /// What is kept of the database at this place.
    pub(super) fn open(folder: &Path, place: &str) -> KeptRecords {
        let name = cache::name_of(place);
        let index = CacheFile::new(folder.join(format!("osv-{name}")), "davos osv 6\n", LARGEST_INDEX);
        let texts = folder.join(format!("osv-{name}.texts"));
        let file = files::open(&texts).ok();
        let kept = if file.is_some() { index.load().unwrap_or_default() } else { Kept::default() };
        KeptRecords { index, texts, file, kept, new: BTreeMap::new(), is_changed: false, texts_changed: false }
    }

    /// The records by id.
    pub(super) fn records(&self) -> &BTreeMap<SmolStr, KeptRecord> {
        &self.kept.records
    }

    /// Gives the records away; their texts can still be read.
    pub(super) fn take_records(&mut self) -> BTreeMap<SmolStr, KeptRecord> {
        std::mem::take(&mut self.kept.records)
    }

    /// The text of a record.
    ///
    /// # Errors
    /// If it was damaged; the next check fetches all anew then.
    pub(super) fn text(&self, id: &str, part: FilePart) -> Result<String> {
        if let Some(text) = self.new.get(id) {
            return Ok(text.clone());
        }
        let read = || -> Result<String> {
            let file = self.file.as_ref().context("its file is gone")?;
            let mut bytes = Vec::new();
            part.read(file, &mut bytes)?;
            Ok(String::from_utf8(bytes)?)
        };
        read().with_context(|| {
            let _ = fs::remove_file(&self.texts);
            format!("what was kept of {id} can't be read; the next check fetches all anew")
        })
    }

    /// Keeps a record instead of what there was of it; `text` is that of a notice.
    pub(super) fn insert(&mut self, id: SmolStr, record: KeptRecord, text: Option<String>) {
        self.texts_changed = true;
        match text {
            Some(text) => drop(self.new.insert(id.clone(), text)),
            None => drop(self.new.remove(&id)),
        }
        self.kept.records.insert(id, record);
    }

    /// Forgets the records that are not wanted any more.
    pub(super) fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        let before = self.kept.records.len();
        self.kept.records.retain(|id, _| wanted(id));
        self.texts_changed |= self.kept.records.len() != before;
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

    /// Keeps what there is now, if anything changed. The texts come first: an index that doesn't fit them is found out by their
    /// checksums.
    pub(super) fn keep(&mut self) -> Result<()> {
        if self.texts_changed {
            self.keep_texts()?;
        } else if !self.is_changed {
            return Ok(());
        }
        self.is_changed = false;
        self.index.store(&self.kept)
    }

    fn keep_texts(&mut self) -> Result<()> {
        let folder = self.texts.parent().context("it has no folder")?;
        let draft = NamedTempFile::new_in(folder)?;
        let (mut writer, mut start) = (BufWriter::new(draft.as_file()), 0);
        let mut parts = BTreeMap::new();
        for (id, record) in &self.kept.records {
            let RecordTold::Notice(_, part) = &record.told else { continue };
            let text = self.text(id, *part)?;
            writer.write_all(text.as_bytes())?;
            parts.insert(id.clone(), FilePart::of(start, text.as_bytes())?);
            start += text.len() as u64;
            ensure!(start <= LARGEST_TEXTS, "its records have more than {} MiB", LARGEST_TEXTS >> 20);
        }
        writer.flush()?;
        drop(writer);
        put_in_place(draft, &self.texts)?;
        for (id, part) in parts {
            if let Some(RecordTold::Notice(_, known)) = self.kept.records.get_mut(&id).map(|record| &mut record.told) {
                *known = part;
            }
        }
        self.file = files::open(&self.texts).ok();
        self.new.clear();
        self.texts_changed = false;
        Ok(())
    }
}
