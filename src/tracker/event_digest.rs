//! The digest at the end of an event. `prev` shows a change of every event but the last one; this shows it of the last too.

use serde::Deserialize;

use crate::text::Digest;

/// How the JSON of an event ends that has no digest of its own.
const ENDING: &str = "\n}";

/// The key of the digest.
const KEY: &str = "\"digest\":";

/// Ends the JSON of an event with the digest of all bytes before it.
pub(super) fn append_digest(json: &mut Vec<u8>) {
    json.truncate(json.len() - ENDING.len());
    let ending = ending(json);
    json.extend_from_slice(ending.as_bytes());
}

fn ending(before: &[u8]) -> String {
    format!(",\n  {KEY} \"{}\"{ENDING}\n", Digest::of(before))
}

/// Whether the digest at the end is that of the rest. An event without one, which another program wrote, is held by `prev`
/// alone.
pub(super) fn has_right_digest(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Top {
        digest: Option<Digest>,
    }
    // Strings hold no quotes that are not escaped, so this is a key, and its indent makes it one of the event itself.
    match text.rfind(&format!(",\n  {KEY}")) {
        Some(at) => text[at..] == ending(&text.as_bytes()[..at]),
        // Nor may it stand anywhere else.
        None => !text.contains(KEY) || serde_json::from_str(text).is_ok_and(|top: Top| top.digest.is_none()),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::super::{Body, By, Event, Released};
    use crate::product::ProductName;

    fn event() -> (ProductName, Vec<u8>) {
        let product: ProductName = "digest".parse().expect("a product");
        let released = Released {
            version: "1.0".parse().expect("a version"),
            packages: None,
            // A key of this name, further in.
            includes: [(product.clone(), "1.0".parse().expect("a version"))].into(),
            partners: Default::default(),
            fixed: Vec::new(),
            not_affected: Vec::new(),
            open: Vec::new(),
            open_inside: Vec::new(),
            late: false,
            import_left: None,
        };
        let at = "2026-01-19T12:00:00Z".parse().expect("a time");
        let by = By { job: Some("the \"digest\": job".to_owned()), ..By::default() };
        let body = Body::Released(released);
        let event = Event { schema: 1, seq: 1, at, product: product.clone(), by, prev: None, body };
        (product, event.to_bytes().expect("bytes"))
    }

    fn read(product: &ProductName, bytes: &[u8]) -> Result<Event> {
        Event::from_bytes(bytes, product, 1, None)
    }

    #[test]
    fn any_bit_that_flips_is_noticed() {
        let (product, bytes) = event();
        read(&product, &bytes).expect("the event");
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            read(&product, &flipped).expect_err(&String::from_utf8_lossy(&flipped));
        }
        for length in 0..bytes.len() {
            read(&product, &bytes[..length]).expect_err("a part");
        }
    }

    #[test]
    fn an_event_without_a_digest_of_its_own_is_read_as_well() {
        let (product, bytes) = event();
        let mut value: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        read(&product, value.to_string().as_bytes()).expect_err("written anew, with a digest of other bytes");
        value.as_object_mut().expect("an object").remove("digest").expect("a digest");
        read(&product, value.to_string().as_bytes()).expect("the event");
    }
}
