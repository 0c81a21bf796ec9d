//! An event as its file has it.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::event::{Event, Evidence, SCHEMAS};
use super::event_digest::{append_digest, has_right_digest};
use crate::product::{Comparison, ProductName};
use crate::text::Digest;

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Evidence::Packages(compared) => compared.serialize(serializer),
            Evidence::None => serializer.serialize_str("none"),
        }
    }
}

impl<'de> Deserialize<'de> for Evidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum WrittenEvidence {
            Packages(Vec<Comparison>),
            Word(String),
        }
        match WrittenEvidence::deserialize(deserializer)? {
            WrittenEvidence::Packages(compared) => Ok(Evidence::Packages(compared)),
            WrittenEvidence::Word(word) if word == "none" => Ok(Evidence::None),
            WrittenEvidence::Word(word) => {
                Err(de::Error::custom(format!("evidence {word:?} is neither packages nor \"none\"")))
            }
        }
    }
}

pub(super) fn write_sha256<S: Serializer>(digest: &Option<Digest>, serializer: S) -> Result<S::Ok, S::Error> {
    digest.map(|digest| format!("sha256:{digest}")).serialize(serializer)
}

pub(super) fn read_sha256<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Digest>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let hex = text.strip_prefix("sha256:").ok_or_else(|| de::Error::custom("a packages digest starts with sha256:"))?;
    hex.parse().map(Some).map_err(de::Error::custom)
}

impl Event {
    /// The bytes of its file.
    ///
    /// # Errors
    /// If it can't be written as JSON.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(self).context("writing an event as JSON")?;
        append_digest(&mut bytes);
        Ok(bytes)
    }

    /// Reads the file at place `seq` of the log of `product`, of which `prev` is the digest of the one before.
    ///
    /// # Errors
    /// If it is no event, one of another product, or not the one that belongs there.
    pub(super) fn from_bytes(bytes: &[u8], product: &ProductName, seq: u64, prev: Option<Digest>) -> Result<Event> {
        #[derive(Deserialize)]
        struct Schema {
            schema: u32,
        }
        let text = std::str::from_utf8(bytes).context("it is no event: was the file changed?")?;
        let read = serde_json::from_str::<Event>(text);
        let schema = match &read {
            Ok(event) => Some(event.schema),
            // What another davos wrote may be no event to this one.
            Err(_) => serde_json::from_str::<Schema>(text).ok().map(|event| event.schema),
        };
        if let Some(schema) = schema.filter(|schema| !SCHEMAS.contains(schema)) {
            let known = SCHEMAS.end();
            bail!(
                "it has schema {schema}, and this davos reads up to {known}: use the davos that wrote it, or a newer one"
            );
        }
        const CHANGED: &str = "it was changed since it was written, so put the original back";
        let event = read.context(CHANGED)?;
        if !has_right_digest(text) {
            bail!(CHANGED);
        }
        if event.product != *product {
            bail!("it names the product {}: a log can't be renamed, record under a new name instead", event.product);
        }
        if event.seq != seq {
            bail!("it says that it is event {}: a file was moved", event.seq);
        }
        if event.prev != prev {
            bail!("the event before it is not the one that it followed when it was written: one of them was changed");
        }
        Ok(event)
    }
}
