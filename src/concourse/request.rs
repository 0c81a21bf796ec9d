//! What Concourse writes to a step's stdin.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use anyhow::{Context as _, Result, bail};
use serde_json::value::RawValue;
use serde_json::{Deserializer, Value};

/// More than any pipeline holds; what is longer is no request.
const LONGEST: u64 = 16 << 20;

/// What Concourse writes to a step's stdin, not judged yet. Top-level keys that we don't know are let through:
/// Concourse may add some.
#[derive(Clone)]
pub struct Request {
    /// The resource's `source`; `null` if the pipeline gives none.
    pub source: Value,
    /// The step's `params`; Concourse leaves the key out when there are none.
    pub params: Value,
    /// The version exactly as it was written, so that `in` can echo it. Concourse leaves the key out when there is none.
    pub version: Option<Box<RawValue>>,
}

impl Request {
    /// Reads the one JSON object on stdin.
    ///
    /// # Errors
    /// If stdin holds anything but one JSON object. The message never quotes stdin: it holds secrets.
    pub fn read(stdin: &mut dyn Read) -> Result<Request> {
        let mut bytes = Vec::new();
        stdin.take(LONGEST + 1).read_to_end(&mut bytes).context("reading the request from stdin failed")?;
        if bytes.len() as u64 > LONGEST {
            bail!("the request on stdin is longer than {} MiB; shorten the source or the params", LONGEST >> 20);
        }
        let text =
            std::str::from_utf8(&bytes).ok().context("the request on stdin is not UTF-8; send one JSON object")?;
        Request::parse(text)
    }

    /// Reads the one JSON object in the text.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(text: &str) -> Result<Request> {
        const EXAMPLE: &str = r#"{"source": {"os": "jammy"}}"#;
        let mut values = Deserializer::from_str(text.trim_start_matches('\u{feff}')).into_iter::<&RawValue>();
        let Some(first) = values.next() else {
            bail!("stdin is empty; Concourse sends one JSON object, such as {EXAMPLE}");
        };
        let not_json = |e: serde_json::Error| {
            format!("stdin is not JSON (line {}, column {}); send one object, such as {EXAMPLE}", e.line(), e.column())
        };
        let object = match first {
            Ok(raw) => raw.get(),
            Err(e) => bail!(not_json(e)),
        };
        if let Some(next) = values.next() {
            match next {
                Ok(_) => bail!("stdin holds more than one JSON value; send one object, such as {EXAMPLE}"),
                Err(_) => bail!("stdin goes on after the JSON object; send nothing but the object"),
            }
        }
        let kind = match object.as_bytes().first() {
            Some(b'{') => None,
            Some(b'[') => Some("an array"),
            Some(b'"') => Some("a string"),
            Some(b'n') => Some("null"),
            Some(b't' | b'f') => Some("a boolean"),
            _ => Some("a number"),
        };
        if let Some(kind) = kind {
            bail!("stdin holds {kind}, not an object; send one such as {EXAMPLE}");
        }
        let mut keys: BTreeMap<String, &RawValue> = match serde_json::from_str(object) {
            Ok(keys) => keys,
            Err(e) => bail!(not_json(e)),
        };
        let mut value = |key: &str| match keys.remove(key).map(|raw| serde_json::from_str(raw.get())) {
            None => Ok(Value::Null),
            Some(Ok(value)) => Ok(value),
            Some(Err(e)) => bail!("`{key}` can't be read (line {}, column {} in it)", e.line(), e.column()),
        };
        let (source, params) = (value("source")?, value("params")?);
        let version = keys.remove("version").filter(|raw| raw.get() != "null").map(ToOwned::to_owned);
        Ok(Request { source, params, version })
    }
}

impl fmt::Debug for Request {
    /// Without the source: it holds secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("params", &self.params).field("version", &self.version).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn error(stdin: &str) -> String {
        let error = Request::read(&mut stdin.as_bytes()).expect_err("a refusal").to_string();
        assert!(!error.contains('\n') && !error.contains("hunter2"), "{error}");
        error
    }

    #[test]
    fn anything_but_one_object_is_refused_with_what_to_do() {
        assert!(error("").contains("stdin is empty"));
        assert!(error(" \n").contains("stdin is empty"));
        assert!(error("{} {}").contains("more than one"));
        assert!(error("{} hunter2").contains("goes on after"));
        assert!(error("[\"hunter2\"]").contains("an array"));
        assert!(error("\"hunter2\"").contains("a string"));
        assert!(error("null").contains("null"));
        assert!(error("12").contains("a number"));
        assert!(error("source: hunter2").contains("not JSON"));
        assert!(error("{\"source\": ").contains("not JSON"));
        assert!(Request::read(&mut &b"{\"source\": \"\xff\"}"[..]).is_err());
    }

    #[test]
    fn a_request_of_any_length_is_never_read_whole() {
        let error = Request::read(&mut std::io::repeat(b' ')).expect_err("a refusal");
        assert!(error.to_string().contains("16 MiB"));
    }

    #[test]
    fn what_is_missing_or_null_is_none() {
        for stdin in ["{}", r#"{"source": null, "params": null, "version": null, "new_in_concourse_9": [1]}"#] {
            let request = Request::parse(stdin).expect(stdin);
            assert!(request.source.is_null() && request.params.is_null() && request.version.is_none());
        }
    }

    #[test]
    fn the_version_is_kept_as_it_was_written() {
        let request = Request::parse(r#"{"version": {"z" : "1", "a":"\u0062"} }"#).expect("a request");
        assert_eq!(request.version.expect("a version").get(), r#"{"z" : "1", "a":"\u0062"}"#);
    }

    #[test]
    fn nesting_without_end_is_refused() {
        assert!(Request::parse(&format!("{{\"source\": {}", "[".repeat(100_000))).is_err());
    }

    proptest! {
        #[test]
        fn no_stdin_makes_it_panic(stdin in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Request::read(&mut stdin.as_slice());
        }
    }
}
