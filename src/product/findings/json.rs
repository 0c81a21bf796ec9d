//! JSON of which little is kept: its lists are read entry by entry, so that one that is wrong doesn't spoil the others.

use std::collections::HashMap;
use std::fmt;

use anyhow::{Context, Result, anyhow, bail};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::text::shortened;

/// How many keys of the outermost object are kept to tell what a document is.
const MOST_KEYS: usize = 50;

/// The outermost object of a document.
#[derive(Default)]
pub(super) struct ReportKeys<'a> {
    values: HashMap<String, &'a RawValue>,
    /// Whether it is a list instead; its first entry stands in for it.
    pub(super) is_list: bool,
    /// Whether there are more keys than are kept.
    pub(super) has_more: bool,
}

impl<'a> ReportKeys<'a> {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.values.get(key).copied()
    }

    /// Whether it has all these keys.
    pub(super) fn has(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.values.contains_key(*key))
    }

    /// The keys, sorted.
    pub(super) fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = self.values.keys().map(String::as_str).collect();
        keys.sort_unstable();
        keys
    }
}

/// Reads the outermost object.
///
/// # Errors
/// If the text is no JSON, or more follows after it, or a key stands twice.
pub(super) fn outermost(text: &str) -> Result<ReportKeys<'_>> {
    serde_json::from_str(text).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        if error.to_string().starts_with("trailing characters") {
            return anyhow!("more follows after the JSON of the report, at {place}; give one report a file");
        }
        let what = match error.classify() {
            serde_json::error::Category::Eof => "the JSON of the report is cut short",
            serde_json::error::Category::Data => "the JSON of the report is not what a scanner writes",
            _ => "the JSON of the report is broken",
        };
        anyhow!("{what}, at {place}: {}", reason(&error))
    })
}

/// Why something could not be read, without the place in a part of the document, which nobody could find.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    shortened(text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what), 120)
}

/// Reads an entry whole.
///
/// # Errors
/// If a field has another type than it should, or stands twice.
pub(super) fn entry<'a, T: Deserialize<'a>>(json: &'a RawValue) -> Result<T> {
    serde_json::from_str(json.get()).map_err(|error| anyhow!(reason(&error)))
}

/// Looks at the entries of a list one by one; `null`, and what is not there, is a list without any.
///
/// # Errors
/// If it is no list, or looking at an entry fails.
pub(super) fn each<'a>(
    list: Option<&'a RawValue>,
    place: &str,
    take: impl FnMut(usize, &'a RawValue) -> Result<()>,
) -> Result<()> {
    let Some(list) = list else { return Ok(()) };
    let mut failure = None;
    let entries = Entries { take, failure: &mut failure };
    let read = serde_json::Deserializer::from_str(list.get()).deserialize_any(entries);
    match (failure, read) {
        (Some(failure), _) => Err(failure),
        (None, read) => read.map_err(|error| anyhow!(reason(&error))).context(place.to_owned()),
    }
}

/// The first entry of a list, if there is one.
pub(super) fn first(list: Option<&RawValue>) -> Option<&RawValue> {
    let mut first = None;
    // To stop at the first is the only failure that matters here: the list is read for its entries later.
    let _ = each(list, "", |_, entry| {
        first = Some(entry);
        bail!("enough")
    });
    first
}

struct Entries<'f, F> {
    take: F,
    failure: &'f mut Option<anyhow::Error>,
}

impl<'de, F: FnMut(usize, &'de RawValue) -> Result<()>> Visitor<'de> for Entries<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        let mut nth = 0;
        while let Some(entry) = list.next_element()? {
            if let Err(failure) = (self.take)(nth, entry) {
                *self.failure = Some(failure);
                return Err(A::Error::custom("stopped"));
            }
            nth += 1;
        }
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for ReportKeys<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = ReportKeys<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut outermost = ReportKeys::default();
                while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
                    if outermost.values.contains_key(&key) {
                        return Err(A::Error::custom(format!("the key {:?} stands twice", shortened(&key, 60))));
                    }
                    if outermost.values.len() < MOST_KEYS {
                        outermost.values.insert(key, value);
                    } else {
                        outermost.has_more = true;
                    }
                }
                Ok(outermost)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let first: Option<&'de RawValue> = list.next_element()?;
                while list.next_element::<serde::de::IgnoredAny>()?.is_some() {}
                // A list in the list is none of the forms, so it is not looked into.
                let first = first.filter(|first| first.get().starts_with('{')).map(entry::<ReportKeys<'_>>);
                Ok(ReportKeys { is_list: true, ..first.and_then(Result::ok).unwrap_or_default() })
            }
        }
        json.deserialize_any(Keys)
    }
}

/// The most entries of a list in an entry. An advisory on a kernel names some hundred flaws.
const MOST: usize = 1_000;

/// A short list, as entries have them.
#[derive(Debug)]
pub(super) struct FewOf<T>(pub(super) Vec<T>);

impl<T> Default for FewOf<T> {
    fn default() -> Self {
        FewOf(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for FewOf<T> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct List<T>(Vec<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
            type Value = FewOf<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(FewOf::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Self::Value, A::Error> {
                while let Some(entry) = list.next_element()? {
                    if self.0.len() == MOST {
                        return Err(A::Error::custom(format!("a list in it has more than {MOST} entries")));
                    }
                    self.0.push(entry);
                }
                Ok(FewOf(self.0))
            }
        }
        json.deserialize_any(List(Vec::new()))
    }
}
