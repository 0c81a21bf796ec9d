//! The outermost layer of some JSON: the keys of an object or the entries of a list, with what they hold still as text.
//!
//! A derived struct would take a list for an object, and one wrong value would hide all others.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// More unknown keys of an object are not kept.
const MOST_UNKNOWN_KEYS: usize = 8;
/// Longer unknown keys are not kept.
const LONGEST_UNKNOWN_KEY: usize = 40;

/// The keys of an object.
pub(super) struct Keys<'a> {
    known: &'static [&'static str],
    values: Vec<Option<&'a RawValue>>,
    /// Those known keys that stand there more than once.
    pub(super) twice: Vec<&'static str>,
    /// The first few others, if they are short.
    pub(super) unknown: Vec<String>,
}

impl<'a> Keys<'a> {
    /// The known keys that stand there, with their values.
    pub(super) fn there(&self) -> impl Iterator<Item = (&'static str, &'a RawValue)> {
        self.known.iter().zip(&self.values).filter_map(|(key, value)| Some((*key, (*value)?)))
    }

    /// The known keys that don't.
    pub(super) fn absent(&self) -> impl Iterator<Item = &'static str> {
        self.known.iter().zip(&self.values).filter(|(_, value)| value.is_none()).map(|(key, _)| *key)
    }
}

/// The keys of an object, of which these are known.
pub(super) fn keys<'a>(json: &'a str, known: &'static [&'static str]) -> serde_json::Result<Keys<'a>> {
    let keys = Keys { known, values: vec![None; known.len()], twice: Vec::new(), unknown: Vec::new() };
    KeysReader(keys).deserialize(&mut serde_json::Deserializer::from_str(json))
}

/// The first entries of a list, at most so many, and how many there are.
pub(super) fn entries(json: &str, most: usize) -> serde_json::Result<(Vec<&RawValue>, usize)> {
    EntriesReader(most).deserialize(&mut serde_json::Deserializer::from_str(json))
}

struct KeysReader<'a>(Keys<'a>);

impl<'a> DeserializeSeed<'a> for KeysReader<'a> {
    type Value = Keys<'a>;

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<Keys<'a>, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for KeysReader<'a> {
    type Value = Keys<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Keys<'a>, A::Error> {
        let KeysReader(mut keys) = self;
        while let Some(key) = map.next_key_seed(KeyReader(keys.known))? {
            match key {
                Key::Known(place, key) => {
                    let value = map.next_value()?;
                    let before = keys.values.get_mut(place).and_then(|slot| slot.replace(value));
                    if before.is_some() && !keys.twice.contains(&key) {
                        keys.twice.push(key);
                    }
                }
                Key::Unknown(key) => {
                    map.next_value::<IgnoredAny>()?;
                    let new = |key: &String| keys.unknown.len() < MOST_UNKNOWN_KEYS && !keys.unknown.contains(key);
                    keys.unknown.extend(key.filter(new));
                }
            }
        }
        Ok(keys)
    }
}

enum Key {
    /// A known one, and its place among them.
    Known(usize, &'static str),
    /// Another one, where it is short enough to be kept.
    Unknown(Option<String>),
}

struct KeyReader(&'static [&'static str]);

impl<'a> DeserializeSeed<'a> for KeyReader {
    type Value = Key;

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<Key, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyReader {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Key, E> {
        let known = self.0.iter().enumerate().find(|(_, known)| **known == key);
        Ok(match known {
            Some((place, known)) => Key::Known(place, known),
            None => Key::Unknown((key.len() <= LONGEST_UNKNOWN_KEY).then(|| key.to_owned())),
        })
    }
}

struct EntriesReader(usize);

impl<'a> DeserializeSeed<'a> for EntriesReader {
    type Value = (Vec<&'a RawValue>, usize);

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'a> Visitor<'a> for EntriesReader {
    type Value = (Vec<&'a RawValue>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let (mut entries, mut all) = (Vec::new(), 0);
        loop {
            if entries.len() < self.0 {
                let Some(entry) = list.next_element()? else { break };
                entries.push(entry);
            } else if list.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
            all += 1;
        }
        Ok((entries, all))
    }
}
