//! JSON from elsewhere, one entry after the other: nothing is kept of it but where it stands in the answer.

use std::fmt;

use anyhow::{Result, anyhow};
use serde::Deserialize;
use serde::de::{Deserializer as _, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::text::{cut, one_line};

/// How many keys of an object are looked at. endoflife.date's releases have some twenty.
const KEYS: usize = 64;

/// A list in JSON.
pub(super) struct List<'a> {
    /// Its first entries.
    pub(super) entries: Vec<&'a RawValue>,
    /// How many more there are.
    pub(super) more: usize,
}

/// Reads a list, of which at most so many entries are wanted; `what` is what it is a list of.
///
/// # Errors
/// If it is none.
pub(super) fn list<'a>(text: &'a str, most: usize, what: &str) -> Result<List<'a>> {
    struct Entries(usize);
    impl<'de> Visitor<'de> for Entries {
        type Value = List<'de>;
        fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
            formatter.write_str("a list")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<List<'de>, A::Error> {
            let mut list = List { entries: Vec::new(), more: 0 };
            while list.entries.len() < self.0 {
                match entries.next_element()? {
                    Some(entry) => list.entries.push(entry),
                    None => return Ok(list),
                }
            }
            while entries.next_element::<IgnoredAny>()?.is_some() {
                list.more += 1;
            }
            Ok(list)
        }
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let list = reader.deserialize_seq(Entries(most)).map_err(|error| unreadable(&error, what))?;
    reader.end().map_err(|error| unreadable(&error, what))?;
    Ok(list)
}

/// The keys of an object; nothing of what is none.
pub(super) fn keys(value: &RawValue) -> Option<Vec<String>> {
    struct Keys(Vec<String>);
    impl<'de> Visitor<'de> for Keys {
        type Value = Vec<String>;
        fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
            formatter.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Vec<String>, A::Error> {
            while let Some(key) = map.next_key::<String>()? {
                if self.0.len() < KEYS {
                    self.0.push(key);
                }
                map.next_value::<IgnoredAny>()?;
            }
            Ok(self.0)
        }
    }
    if !value.get().starts_with('{') {
        return None;
    }
    serde_json::Deserializer::from_str(value.get()).deserialize_map(Keys(Vec::new())).ok()
}

/// Reads an object.
///
/// # Errors
/// If it isn't one, or has one of the keys twice.
pub(super) fn object<'a, T: Deserialize<'a>>(text: &'a str, what: &str) -> Result<T> {
    // A list would do for an object, its entries in the order of the fields.
    if !text.starts_with('{') {
        return Err(unreadable(&serde_json::Error::custom("no object"), what));
    }
    serde_json::from_str(text).map_err(|error| unreadable(&error, what))
}

/// What a value is that may be of several kinds.
#[derive(Debug)]
pub(super) enum ToldValue<'a> {
    /// Nothing, or `null`.
    Nothing,
    Text(String),
    /// A number as it is written.
    Number(&'a str),
    Truth(bool),
    /// A list, an object, or a text that is none.
    Other,
}

impl<'a> ToldValue<'a> {
    pub(super) fn of(value: Option<&'a RawValue>) -> Self {
        match value.map(RawValue::get) {
            None | Some("null") => ToldValue::Nothing,
            Some("true") => ToldValue::Truth(true),
            Some("false") => ToldValue::Truth(false),
            Some(text) if text.starts_with('"') => serde_json::from_str(text).map_or(ToldValue::Other, ToldValue::Text),
            Some(number) if number.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => ToldValue::Number(number),
            Some(_) => ToldValue::Other,
        }
    }

    /// The text; nothing of what is none.
    pub(super) fn text(&self) -> Option<&str> {
        if let ToldValue::Text(text) = self { Some(text) } else { None }
    }
}

impl fmt::Display for ToldValue<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            ToldValue::Nothing => formatter.write_str("missing"),
            ToldValue::Text(text) => formatter.write_str(&crate::text::quoted(text)),
            ToldValue::Number(number) => formatter.write_str(&cut(number, 40)),
            ToldValue::Truth(truth) => write!(formatter, "{truth}"),
            ToldValue::Other => formatter.write_str("a list or an object"),
        }
    }
}

/// What is wrong with the JSON, without what it quotes of it.
fn unreadable(error: &serde_json::Error, what: &str) -> anyhow::Error {
    match error.classify() {
        Category::Eof => anyhow!("{what} ends in the middle of its JSON; was it cut off?"),
        Category::Syntax | Category::Io => anyhow!("{what} is no JSON: {}", one_line(&cut(&error.to_string(), 120))),
        Category::Data if error.to_string().starts_with("duplicate field") => anyhow!("{what} has a key twice"),
        Category::Data => anyhow!("{what} is JSON of another form"),
    }
}
