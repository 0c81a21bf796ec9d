//! What a record is written in: one object of JSON. What is something else is refused by its name.

use anyhow::{Result, anyhow, bail, ensure};
use serde::de::IgnoredAny;
use serde_json::error::Category;

use super::json::JsonObject;
use crate::text::{count, quoted, some_of};

/// The largest record. The largest at hand, a notice of the kernel, has 45 kB.
const LARGEST: usize = 8 << 20;

/// The text of a record: JSON without a mistake of form, and an object.
///
/// # Errors
/// If it is something else; the error says what.
pub(super) fn text(bytes: &[u8]) -> Result<&str> {
    ensure!(
        bytes.len() <= LARGEST,
        "the OSV record has {}; davos reads at most {} MiB",
        count(bytes.len(), "byte"),
        LARGEST >> 20
    );
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        bail!(
            "the OSV record is a text in UTF-16, as > of PowerShell writes it; write it as UTF-8 (Out-File -Encoding utf8)"
        );
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| anyhow!("the OSV record is no text in UTF-8, from byte {} on", error.valid_up_to()))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    match text.chars().next() {
        Some('{') => {}
        None => bail!("the OSV record is empty"),
        Some('<') => {
            bail!("the OSV record is a page in HTML or XML, not JSON: was something else fetched than the record?")
        }
        Some('[') => {
            bail!("the OSV record is a list; a record is one object of JSON, {{\"id\": …}}, in a file of its own")
        }
        Some(_) => {
            let first = text.lines().next().unwrap_or_default().trim_end();
            bail!(
                "the OSV record is no object of JSON, {{\"id\": …}}; it begins with {}. YAML and TOML are not read",
                quoted(first)
            );
        }
    }
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(text),
        Err(error) => Err(wrong_form(&error, text)),
    }
}

/// What to say of a mistake of form. The parser's words for one quote nothing of the text.
fn wrong_form(error: &serde_json::Error, text: &str) -> anyhow::Error {
    let line = error.line();
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let place = before + error.column().saturating_sub(1);
    let byte = text.as_bytes().get(place).copied();
    let last = text.as_bytes().get(..place).and_then(|before| before.trim_ascii_end().last().copied());
    match error.classify() {
        Category::Eof => return anyhow!("the OSV record breaks off at line {line}: was it fetched or copied in full?"),
        _ if byte == Some(b'{') && last == Some(b'}') && error.to_string().starts_with("trailing characters") => {
            return anyhow!(
                "the OSV record is followed by another one, at line {line}; write each into a file of its own"
            );
        }
        _ => {}
    }
    let hint = match (byte, last) {
        (Some(b'}' | b']'), Some(b',')) => "; the last entry has no comma after it",
        (Some(b'\''), _) => "; texts stand in double quotes",
        (Some(b'/' | b'#'), _) => "; comments are not allowed",
        _ => "",
    };
    anyhow!("the OSV record is no JSON: {error}{hint}")
}

/// What to say of an object without an id.
pub(super) fn no_id(object: &JsonObject<'_>) -> anyhow::Error {
    let keys = object.keys();
    let has = |key: &str| keys.iter().any(|there| *there == quoted(key));
    let what = if has("vulns") || has("results") {
        "it is an answer with several records; a record is one of those"
    } else if has("code") && has("message") {
        "it is a server's message of a failure"
    } else {
        "write one, such as \"x_GOROUTER-2026-1\""
    };
    let there = if keys.is_empty() { "no keys".to_owned() } else { some_of(keys.into_iter()) };
    anyhow!("the OSV record has no \"id\" (it has {there}): {what}")
}
