//! The JSON of a record, read value by value: nothing is kept of it but what is asked for, and all mistakes are told at once.

use std::cell::{Cell, RefCell};
use std::fmt::Display;

use anyhow::{Result, bail};
use serde_json::value::RawValue;

use super::layer::{self, Keys};
use crate::text::{count, printable, quoted, shortened};

/// More sentences help nobody.
const MOST_SENTENCES: usize = 20;
/// In more objects no misspelt keys are looked for: what people write by hand is shorter, and looking takes time.
const MOST_SPELT: usize = 100;

/// What somebody should know of a record that could be read: what was left out of it, and what looks like a mistake.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remarks {
    /// The first few in words, each with its place in the record. They are fit for one line of a terminal.
    pub named: Vec<String>,
    /// How many there are, with those that are not named.
    pub count: usize,
}

impl Remarks {
    fn add(&mut self, path: &str, what: impl Display) {
        self.count += 1;
        if self.named.len() < MOST_SENTENCES {
            self.named.push(if path.is_empty() { what.to_string() } else { format!("{path}: {what}") });
        }
    }
}

/// What was found while a record was read.
#[derive(Default)]
pub(super) struct RecordReading {
    mistakes: RefCell<Remarks>,
    remarks: RefCell<Remarks>,
    spelt: Cell<usize>,
}

impl RecordReading {
    /// The remarks, if there is no mistake. `of` says what has them, such as `the OSV record GO-2025-3956`.
    ///
    /// # Errors
    /// If there is any mistake; the error tells all of them, a line each.
    pub(super) fn settle(self, of: &str) -> Result<Remarks> {
        let Remarks { mut named, count: all } = self.mistakes.into_inner();
        if all > named.len() {
            named.push(format!("and {} more", all - named.len()));
        }
        match named.as_slice() {
            [] => Ok(self.remarks.into_inner()),
            [one] => bail!("{of} has a mistake: {one}"),
            several => bail!("{of} has mistakes:\n{}", several.join("\n")),
        }
    }
}

/// A value with the path that leads to it, such as `affected[0].package.name`.
pub(super) struct JsonField<'a> {
    path: String,
    json: &'a str,
    reading: &'a RecordReading,
}

/// An object that is read key by key. A key with `null` counts as absent.
pub(super) struct JsonObject<'a> {
    path: String,
    keys: Keys<'a>,
    reading: &'a RecordReading,
}

impl<'a> JsonField<'a> {
    /// A whole record. The text has to be JSON.
    pub(super) fn top(json: &'a str, reading: &'a RecordReading) -> JsonField<'a> {
        JsonField { path: String::new(), json: json.trim_ascii(), reading }
    }

    /// Adds a mistake: the record is not read.
    pub(super) fn mistake(&self, what: impl Display) {
        self.reading.mistakes.borrow_mut().add(&self.path, what);
    }

    /// Adds a remark: the record is read all the same.
    pub(super) fn remark(&self, what: impl Display) {
        self.reading.remarks.borrow_mut().add(&self.path, what);
    }

    /// The object that stands here, of which these keys are known.
    pub(super) fn object(&self, known: &'static [&'static str]) -> Option<JsonObject<'a>> {
        let keys = match layer::keys(self.json, known) {
            Ok(keys) => keys,
            Err(_) if self.json.starts_with('{') => {
                self.mistake("a key of it has an escape that stands for no character");
                return None;
            }
            Err(_) => {
                self.mistake(format!("an object is needed, not {}", self.shown()));
                return None;
            }
        };
        for key in &keys.twice {
            let path = below(&self.path, key);
            self.reading.mistakes.borrow_mut().add(&path, "the key stands here twice; keep one of them");
        }
        Some(JsonObject { path: self.path.clone(), keys, reading: self.reading })
    }

    /// The entries of the list that stands here, of which there may be so many.
    pub(super) fn list(&self, most: usize) -> Option<Vec<JsonField<'a>>> {
        let Ok((entries, all)) = layer::entries(self.json, most) else {
            let meant = if self.json.starts_with('"') && self.json.len() <= 60 {
                format!("; write [{}]", printable(self.json))
            } else {
                String::new()
            };
            self.mistake(format!("a list is needed, not {}{meant}", self.shown()));
            return None;
        };
        if all > most {
            self.mistake(format!(
                "there are {}, and davos reads at most {}",
                count(all, "entry"),
                count(most, "entry")
            ));
            return None;
        }
        let entry = |(nth, json): (usize, &'a RawValue)| JsonField {
            path: format!("{}[{nth}]", self.path),
            json: json.get(),
            reading: self.reading,
        };
        Some(entries.into_iter().enumerate().map(entry).collect())
    }

    /// The text that stands here.
    pub(super) fn text(&self) -> Option<String> {
        let text = self.own_text();
        if text.is_none() {
            let quote = if self.json.starts_with(|c: char| c == '-' || c.is_ascii_digit()) { "; quote it" } else { "" };
            self.mistake(format!("a text is needed, not {}{quote}", self.shown()));
        }
        text
    }

    /// The text that stands here, if it is a name or a version: one line that shows all that is in it.
    pub(super) fn word(&self, most: usize) -> Option<String> {
        let text = self.text()?;
        let wrong = unfit(&text, most);
        if let Some(wrong) = &wrong {
            self.mistake(wrong);
        }
        wrong.is_none().then_some(text)
    }

    /// The same, where it does no harm to leave it out.
    pub(super) fn word_or_remark(&self, most: usize) -> Option<String> {
        let text = self.text()?;
        let wrong = unfit(&text, most);
        if let Some(wrong) = &wrong {
            self.remark(format!("left out: {wrong}"));
        }
        wrong.is_none().then_some(text)
    }

    /// The text that stands here, if it is one, where something else may stand too.
    pub(super) fn own_text(&self) -> Option<String> {
        serde_json::from_str(self.json).ok()
    }

    /// What stands here, fit to be shown.
    fn shown(&self) -> String {
        match self.json.as_bytes().first() {
            Some(b'{') => "an object".to_owned(),
            Some(b'[') => "a list".to_owned(),
            Some(b'"') => match self.own_text() {
                Some(text) => format!("the text {}", quoted(&text)),
                None => "a text with an escape that stands for no character".to_owned(),
            },
            _ => shortened(self.json, 40),
        }
    }
}

impl<'a> JsonObject<'a> {
    /// The value under this key, which is one of those that are known.
    pub(super) fn get(&self, key: &str) -> Option<JsonField<'a>> {
        let json = self.keys.there().find(|(known, _)| *known == key)?.1.get();
        Some(JsonField { path: below(&self.path, key), json, reading: self.reading })
            .filter(|field| field.json != "null")
    }

    /// The first few keys that it has, quoted.
    pub(super) fn keys(&self) -> Vec<String> {
        let known = self.keys.there().map(|(key, _)| key);
        self.keys.unknown.iter().map(String::as_str).chain(known).take(5).map(quoted).collect()
    }

    /// Adds a mistake of this object as a whole.
    pub(super) fn mistake(&self, what: impl Display) {
        self.reading.mistakes.borrow_mut().add(&self.path, what);
    }

    /// Adds a remark on this object as a whole.
    pub(super) fn remark(&self, what: impl Display) {
        self.reading.remarks.borrow_mut().add(&self.path, what);
    }

    /// Adds a remark on each unknown key that looks like a known one which is absent. All other unknown keys are for others.
    pub(super) fn remark_misspelt(&self) {
        if self.reading.spelt.replace(self.reading.spelt.get() + 1) >= MOST_SPELT {
            return;
        }
        for key in &self.keys.unknown {
            let lower = key.to_lowercase();
            let nearest = self.keys.absent().map(|known| (strsim::damerau_levenshtein(&lower, known), known)).min();
            if let Some((distance, known)) = nearest
                && distance <= 1 + known.len() / 4
            {
                self.remark(format!("the unknown key {} is ignored; did you mean `{known}`?", quoted(key)));
            }
        }
    }
}

/// The path of a key of the object with this path.
fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// What makes a text unfit to be a name or a version, if anything does.
fn unfit(text: &str, most: usize) -> Option<String> {
    if text.is_empty() {
        Some("it is empty; write something, or leave the key out".to_owned())
    } else if text.len() > most {
        Some(format!("{} is longer than {}", quoted(text), count(most, "byte")))
    } else if text.trim() != text {
        Some(format!("{} has space around it", quoted(text)))
    } else if printable(text) != text {
        Some(format!("{} has characters that can't be seen", quoted(text)))
    } else {
        None
    }
}
