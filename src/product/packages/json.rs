//! Which form a JSON document has, by the keys of its outermost object.

use std::fmt;

use anyhow::{Context, Result, bail};
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::listing::FoundPackages;
use super::{cyclonedx, foreign, spdx};

/// How many keys are kept to tell what a document is.
const MOST_KEYS: usize = 50;

/// What the outermost object says of itself.
#[derive(Default)]
struct Outermost<'a> {
    keys: Vec<String>,
    predicate: Option<&'a RawValue>,
    is_list: bool,
}

/// Reads a document of one of the forms.
///
/// # Errors
/// If it is none of them, or can't be read whole.
pub(super) fn read(text: &str, listing: &mut FoundPackages) -> Result<()> {
    document(text, true, listing)
}

fn document(text: &str, may_be_statement: bool, listing: &mut FoundPackages) -> Result<()> {
    // Several documents one after the other, as `cosign download attestation` prints, are each known by the first.
    let mut documents = serde_json::Deserializer::from_str(text).into_iter::<Outermost<'_>>();
    let outermost = documents.next().context("the list of packages is empty")?;
    let outermost = outermost.context("the JSON is broken, or was cut short")?;
    let has = |key: &str| outermost.keys.iter().any(|known| known == key);
    let known = has("spdxVersion") || has("bomFormat") || (has("predicateType") && has("predicate"));
    if known && !text[documents.byte_offset()..].trim().is_empty() {
        bail!("more follows after the JSON document; give one document a file, and name the files in a list");
    }
    if has("spdxVersion") {
        spdx::read(text, listing).context("reading it as SPDX in JSON")
    } else if has("bomFormat") {
        cyclonedx::read(text, listing).context("reading it as CycloneDX in JSON")
    } else if let Some(predicate) = outermost.predicate.filter(|_| may_be_statement && has("predicateType")) {
        document(predicate.get(), false, listing).context("reading the predicate of an in-toto statement")
    } else if outermost.is_list {
        bail!("the list of packages is a JSON array; give one document of SPDX or CycloneDX")
    } else {
        Err(foreign::unknown_json(&outermost.keys))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Outermost<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Outermost<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut outermost = Outermost::default();
                while let Some(key) = map.next_key::<String>()? {
                    if key == "predicate" {
                        outermost.predicate = Some(map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                    let tells = || ["spdxVersion", "bomFormat"].contains(&key.as_str());
                    if outermost.keys.len() < MOST_KEYS || (tells() && !outermost.keys.contains(&key)) {
                        outermost.keys.push(key);
                    }
                }
                Ok(outermost)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Outermost { is_list: true, ..Outermost::default() })
            }
        }
        deserializer.deserialize_any(Keys)
    }
}
