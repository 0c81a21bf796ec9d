//! JSON of a server: nothing is kept of it but what is asked for, however it is made.
//!
//! The cap on a body alone doesn't bound what is made of it: three bytes of a list become an entry of a hundred.

use std::fmt;
use std::io::{self, BufReader, Read};
use std::marker::PhantomData;

use anyhow::{Result, anyhow};
use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The longest text. The longest real one, a description, has some 20 kB.
const TEXT_LIMIT: usize = 1 << 20;
/// The deepest nesting. Real answers need nine.
const DEPTH_LIMIT: usize = 64;
/// The most entries of a list. A kernel notice has some thousand packages.
const LIST_LIMIT: usize = 20_000;

/// Reads a body of JSON.
pub(super) fn read<T: DeserializeOwned>(body: &mut dyn Read) -> Result<T> {
    read_as(body, PhantomData)
}

/// The same, as something that is told what to look for.
pub(super) fn read_as<'de, S: DeserializeSeed<'de>>(body: &mut dyn Read, seed: S) -> Result<S::Value> {
    let source = Measured { inner: BufReader::new(body), text: None, escaped: false, depth: 0 };
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(source));
    let read = seed.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    read.map_err(|error| match error.to_string() {
        // It would quote what came, numbers of it rounded, and name our types.
        text if error.is_data() && text.starts_with("invalid ") => {
            anyhow!("it is JSON of another form, at line {} column {}", error.line(), error.column())
        }
        text => anyhow!(text),
    })
}

/// A source that breaks off at a text or a nesting beyond measure: the reader keeps either in memory, also of what nobody
/// asks for.
struct Measured<R> {
    inner: R,
    /// The length of the text so far, within one.
    text: Option<usize>,
    escaped: bool,
    depth: usize,
}

impl<R: Read> Read for Measured<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        buffer[..count].iter().try_for_each(|byte| self.measure(*byte))?;
        Ok(count)
    }
}

impl<R> Measured<R> {
    fn measure(&mut self, byte: u8) -> io::Result<()> {
        let wrong = |what: String| Err(io::Error::new(io::ErrorKind::InvalidData, what));
        if let Some(length) = &mut self.text {
            *length += 1;
            match byte {
                _ if *length > TEXT_LIMIT => {
                    return wrong(format!("it has a text of more than {} KiB", TEXT_LIMIT >> 10));
                }
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.text = None,
                _ => {}
            }
            return Ok(());
        }
        match byte {
            b'"' => self.text = Some(0),
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if self.depth > DEPTH_LIMIT {
            return wrong(format!("it nests deeper than {DEPTH_LIMIT} lists and objects"));
        }
        Ok(())
    }
}

/// A list, each entry turned at once into what is kept of it, if anything; `null` counts as an empty one.
#[derive(Debug)]
pub(super) struct Few<T> {
    /// What was kept.
    pub(super) kept: Vec<T>,
    /// How many entries there were.
    pub(super) entries: usize,
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Few { kept: Vec::new(), entries: 0 }
    }
}

/// What an entry of a list as it was written becomes.
pub(super) trait ListEntry: DeserializeOwned {
    /// What is kept.
    type Kept;

    /// What to keep of it.
    fn kept(self) -> Option<Self::Kept>;
}

impl ListEntry for Option<String> {
    type Kept = String;

    fn kept(self) -> Option<String> {
        self
    }
}

/// Reads a list of entries; for `deserialize_with`.
pub(super) fn few<'de, D: Deserializer<'de>, E: ListEntry>(json: D) -> Result<Few<E::Kept>, D::Error> {
    struct List<E>(PhantomData<E>);
    impl<'de, E: ListEntry> Visitor<'de> for List<E> {
        type Value = Few<E::Kept>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_unit<X: Error>(self) -> Result<Self::Value, X> {
            Ok(Few::default())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut few = Few::default();
            while let Some(entry) = list.next_element::<E>()? {
                few.entries += 1;
                if few.entries > LIST_LIMIT {
                    return Err(A::Error::custom(format!("a list has more than {LIST_LIMIT} entries")));
                }
                few.kept.extend(entry.kept());
            }
            Ok(few)
        }
    }
    json.deserialize_any(List(PhantomData::<E>))
}

/// A number or a text, or something else, of which nothing is kept.
#[derive(Debug, Default, PartialEq)]
pub(super) enum Plain {
    Number(f64),
    Text(String),
    #[default]
    Else,
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Plain;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_unit<E>(self) -> Result<Plain, E> {
                Ok(Plain::Else)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Plain, E> {
                Ok(Plain::Else)
            }

            fn visit_f64<E>(self, number: f64) -> Result<Plain, E> {
                Ok(Plain::Number(number))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Plain, E> {
                Ok(Plain::Number(number as f64))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Plain, E> {
                Ok(Plain::Number(number as f64))
            }

            fn visit_str<E>(self, text: &str) -> Result<Plain, E> {
                Ok(Plain::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Plain, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Plain::Else)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Plain, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Plain::Else)
            }
        }
        json.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Lists {
        #[serde(default, deserialize_with = "few::<_, Option<String>>")]
        list: Few<String>,
    }

    fn list(json: &str) -> Result<(Vec<String>, usize)> {
        let Few { kept, entries } = read::<Lists>(&mut json.as_bytes())?.list;
        Ok((kept, entries))
    }

    #[test]
    fn lists_keep_what_is_wanted_and_count_what_was_there() {
        assert_eq!(list(r#"{"list": ["a", null, "b"]}"#).expect("a list"), (vec!["a".into(), "b".into()], 3));
        assert_eq!(list(r#"{"list": null}"#).expect("a list"), (vec![], 0));
        assert_eq!(list("{}").expect("a list"), (vec![], 0));
        assert!(list(r#"{"list": "a"}"#).is_err() && list(r#"{"list": [1]}"#).is_err());
    }

    #[test]
    fn what_is_beyond_measure_is_refused_also_where_nobody_asks_for_it() {
        let refusal = |json: String| list(&json).expect_err("refused").to_string();
        let nulls = |count: usize| format!("{{\"list\": [{}]}}", vec!["null"; count].join(","));
        assert_eq!(list(&nulls(LIST_LIMIT)).expect("a list").1, LIST_LIMIT);
        assert!(refusal(nulls(LIST_LIMIT + 1)).contains("more than 20000 entries"));
        let text = |length: usize| format!("{{\"x\": \"{}\"}}", "\\\"".repeat(length / 2));
        assert!(list(&text(TEXT_LIMIT - 2)).is_ok());
        assert!(refusal(text(TEXT_LIMIT + 2)).contains("a text of more than 1024 KiB"));
        let key = format!("{{\"{}\": 1}}", "k".repeat(2 << 20));
        assert!(refusal(key).contains("a text of more than 1024 KiB"));
        let nested = |depth: usize| format!("{{\"x\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(list(&nested(DEPTH_LIMIT - 1)).is_ok());
        assert!(refusal(nested(DEPTH_LIMIT)).contains("nests deeper than 64"));
        assert!(refusal("[".repeat(1 << 20)).contains("nests deeper than 64"));
        assert!(list(&format!("{{\"x\": \"{}\"}}", "[".repeat(200))).is_ok(), "brackets in a text nest nothing");
    }
}
