//! A reader of what a pipeline wrote, which collects all mistakes instead of stopping at the first.

use std::cell::RefCell;
use std::fmt::Display;
use std::str::FromStr;

use anyhow::{Result, bail};
use serde_json::{Map, Value};

use crate::text::{Redactor, cut, is_secret_key, shortened};

/// More lines help nobody.
const MOST_LINES: usize = 20;

/// More bytes of a value are not looked through for what of it may be shown.
const LOOKED_THROUGH: usize = 4 << 10;

/// The mistakes of a source and of params, to be told all at once.
pub(crate) struct Mistakes<'r> {
    lines: RefCell<Vec<String>>,
    redactor: &'r Redactor,
}

impl<'r> Mistakes<'r> {
    /// None yet. The redactor sees to it that no message shortens a secret until it is no longer found.
    pub(crate) fn new(redactor: &'r Redactor) -> Self {
        Mistakes { lines: RefCell::default(), redactor }
    }

    /// Adds one, of the value at this path.
    pub(crate) fn add(&self, path: &str, what: impl Display) {
        self.lines.borrow_mut().push(format!("{path}: {what}"));
    }

    /// A text without secrets, shortened after they are removed.
    fn clean(&self, text: &str, most: usize) -> String {
        shortened(&self.redactor.redact(&cut(text, LOOKED_THROUGH)), most)
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.borrow().is_empty()
    }

    /// All of them as one error, a line each. `of` says who made them, such as `the pipeline`.
    ///
    /// # Errors
    /// If there is any.
    pub(crate) fn settle(self, of: &str) -> Result<()> {
        let mut lines = self.lines.into_inner();
        let more = lines.len().saturating_sub(MOST_LINES);
        lines.truncate(MOST_LINES);
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        match lines.as_slice() {
            [] => Ok(()),
            [one] => bail!("{of} has a mistake: {one}"),
            several => bail!("{of} has mistakes:\n{}", several.join("\n")),
        }
    }
}

/// A value with the path that leads to it, such as `source.tracker.driver`.
pub(crate) struct Field<'a> {
    path: String,
    value: &'a Value,
    secret: bool,
    mistakes: &'a Mistakes<'a>,
}

/// An object that is read key by key. A key with `null` counts as absent.
pub(crate) struct Fields<'a> {
    path: String,
    keys: Option<&'a Map<String, Value>>,
    asked: Vec<&'static str>,
    secret: bool,
    mistakes: &'a Mistakes<'a>,
}

impl<'a> Fields<'a> {
    /// The top of a source or of params; `null` is an empty object.
    pub(crate) fn top(path: &str, value: &'a Value, mistakes: &'a Mistakes<'a>) -> Fields<'a> {
        let field = Field { path: path.to_owned(), value, secret: false, mistakes };
        if value.is_null() { Fields { keys: None, ..field.none() } } else { field.object() }
    }

    /// The value under this key.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<Field<'a>> {
        self.asked.push(key);
        let value = self.keys?.get(key).filter(|value| !value.is_null())?;
        let secret = self.secret || is_secret_key(key);
        Some(Field { path: format!("{}.{key}", self.path), value, secret, mistakes: self.mistakes })
    }

    /// The driver. Which other keys are allowed depends on it, so without one they are not judged.
    pub(crate) fn driver(&mut self, allowed: &[&'static str]) -> Option<&'static str> {
        let driver = self.get("driver");
        if driver.is_none() && self.is_object() {
            self.mistake_of("driver", format!("needed; allowed: {}", allowed.join(", ")));
        }
        driver?.word(allowed)
    }

    /// The switch under this key.
    pub(crate) fn flag(&mut self, key: &'static str, default: bool) -> bool {
        let Some(field) = self.get(key) else { return default };
        field.value.as_bool().unwrap_or_else(|| {
            field.wrong("true or false");
            default
        })
    }

    /// Whether an object stands here at all; if not, that is a mistake already, or nothing was written.
    pub(crate) fn is_object(&self) -> bool {
        self.keys.is_some()
    }

    /// Adds a mistake of this object as a whole.
    pub(crate) fn mistake(&self, what: impl Display) {
        self.mistakes.add(&self.path, what);
    }

    /// Adds a mistake of this key.
    pub(crate) fn mistake_of(&self, key: &str, what: impl Display) {
        self.mistakes.add(&format!("{}.{key}", self.path), what);
    }

    /// The keys that nobody asked for are mistakes. Their values are never shown: a misspelt key may hold a secret.
    pub(crate) fn finish(self) {
        for key in self.keys.into_iter().flat_map(Map::keys) {
            if self.asked.contains(&key.as_str()) {
                continue;
            }
            let path = format!("{}.{}", self.path, shortened(key, 60));
            let allowed = match self.asked.as_slice() {
                [] => "no keys are allowed here".to_owned(),
                asked => format!("allowed: {}", asked.join(", ")),
            };
            self.mistakes.add(&path, format!("unknown key{}; {allowed}", meant(key, &self.asked)));
        }
    }
}

impl<'a> Field<'a> {
    /// What stands here.
    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    /// Adds a mistake.
    pub(crate) fn mistake(&self, what: impl Display) {
        self.mistakes.add(&self.path, what);
    }

    /// Adds the mistake that something else is allowed here.
    pub(crate) fn wrong(&self, allowed: impl Display) {
        self.mistake(format!("{} is not allowed; write {allowed}", self.shown()));
    }

    /// The object that stands here.
    pub(crate) fn object(self) -> Fields<'a> {
        let keys = self.value.as_object();
        if keys.is_none() {
            self.wrong("keys with values");
        }
        Fields { keys, ..self.none() }
    }

    /// All keys of the object that stands here, with their values; the keys are the pipeline's own words.
    pub(crate) fn entries(&self) -> Vec<(&'a str, Field<'a>)> {
        let Some(keys) = self.value.as_object() else {
            self.wrong("keys with values");
            return Vec::new();
        };
        let path = |key: &str| format!("{}.{}", self.path, shortened(key, 60));
        let field = |(key, value): (&'a String, &'a Value)| {
            (key.as_str(), Field { path: path(key), value, secret: self.secret, mistakes: self.mistakes })
        };
        keys.iter().map(field).collect()
    }

    fn none(self) -> Fields<'a> {
        Fields { path: self.path, keys: None, asked: Vec::new(), secret: self.secret, mistakes: self.mistakes }
    }

    /// The text that stands here; YAML makes numbers and booleans of words that aren't quoted.
    pub(crate) fn text(&self) -> Option<&'a str> {
        match self.value {
            Value::String(text) => return Some(text),
            Value::Number(_) | Value::Bool(_) => self.wrong("text; quote it"),
            _ => self.wrong("text"),
        }
        None
    }

    /// The text that stands here and is not empty.
    pub(crate) fn some_text(&self) -> Option<&'a str> {
        let text = self.text()?;
        if text.trim().is_empty() {
            self.wrong("something, or leave the key out");
            return None;
        }
        Some(text)
    }

    /// The text that stands here, parsed.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&self) -> Option<T> {
        self.text().and_then(|text| self.parse(text))
    }

    /// What a text from here means.
    pub(crate) fn parse<T: FromStr<Err: Display>>(&self, text: &str) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            // What cannot be parsed may be long or secret, so the parser's own words are shown only for what is neither.
            Err(_) if self.secret || text.chars().count() > 200 => {
                self.wrong("something shorter");
                None
            }
            Err(e) => {
                self.mistake(self.mistakes.clean(&format!("{e:#}"), 400));
                None
            }
        }
    }

    /// One of these words.
    pub(crate) fn word(&self, allowed: &[&'static str]) -> Option<&'static str> {
        let text = self.text()?;
        let word = allowed.iter().find(|word| **word == text).copied();
        if word.is_none() {
            let meant = meant(text, allowed);
            self.mistake(format!("{} is not allowed{meant}; allowed: {}", self.shown(), allowed.join(", ")));
        }
        word
    }

    /// The items of the list that stands here.
    pub(crate) fn list(&self) -> Vec<Field<'a>> {
        let Some(items) = self.value.as_array() else {
            match self.value {
                Value::String(text) if !self.secret && text.len() <= 40 => {
                    self.wrong(format!("a list: [{}]", self.mistakes.clean(text, 40)));
                }
                _ => self.wrong("a list"),
            }
            return Vec::new();
        };
        let item = |(nth, value)| Field {
            path: format!("{}[{nth}]", self.path),
            value,
            secret: self.secret,
            mistakes: self.mistakes,
        };
        items.iter().enumerate().map(item).collect()
    }

    /// The items of the list that stands here, or what stands here as the only one.
    pub(crate) fn one_or_list(self) -> Vec<Field<'a>> {
        if self.value.is_array() { self.list() } else { vec![self] }
    }

    /// What stands here, fit to be shown.
    fn shown(&self) -> String {
        match self.value {
            _ if self.secret => "what stands here (not shown)".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            Value::Array(_) => "a list".to_owned(),
            // However its author means it to be read.
            Value::String(text) if text.contains('@') => "an address with a password".to_owned(),
            Value::String(text) => format!("{:?}", self.mistakes.clean(text, 60)),
            other => self.mistakes.clean(&other.to_string(), 60),
        }
    }
}

/// The nearest of the words, if one is near.
fn meant(text: &str, words: &[&str]) -> String {
    if text.len() > 60 {
        return String::new();
    }
    let lower = text.to_lowercase();
    let nearest = words.iter().map(|word| (strsim::damerau_levenshtein(&lower, word), *word)).min();
    match nearest {
        Some((distance, word)) if distance <= 1 + word.len() / 4 => format!(", did you mean `{word}`?"),
        _ => String::new(),
    }
}
