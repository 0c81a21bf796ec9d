//! The facts that Concourse shows beside a version.

use serde::Serialize;

use crate::text::Redactor;
use crate::text::{cut, printable_lines};

/// Facts for people beside a version: what each is called, and what it says.
pub type Facts = Vec<(&'static str, String)>;

/// More fields are not read.
const MOST_FIELDS: usize = 12;

/// Git cuts its message off here too; the whole is a row in Concourse's database.
const MOST_BYTES: usize = 10 << 10;

/// The facts that Concourse shows beside a version, in the order they were added. Since v8.1 they are variables of the
/// build (`((.:step.field))`), which is why names are plain; a URL becomes a link only if it is alone in its field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Metadata(Vec<Fact>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Fact {
    name: &'static str,
    value: String,
}

impl Metadata {
    /// No facts yet.
    pub fn new() -> Metadata {
        Metadata::default()
    }

    /// Adds a fact; an empty one is left out, and so is what would be too much.
    #[must_use]
    pub fn with(mut self, redactor: &Redactor, name: &'static str, value: impl ToString) -> Metadata {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        debug_assert!(!name.is_empty() && name.bytes().all(plain), "{name:?} is no name of a field");
        debug_assert!(self.0.len() < MOST_FIELDS, "{name} is one field too many");
        let value = value.to_string();
        let value = cut(value.trim(), MOST_BYTES);
        let value = printable_lines(&redactor.redact(&value)).into_owned();
        let left = MOST_BYTES.saturating_sub(self.0.iter().map(|fact| fact.name.len() + fact.value.len()).sum());
        let value = cut(&value, left.saturating_sub(name.len()));
        if !["", "…"].contains(&value.as_ref()) && self.0.len() < MOST_FIELDS {
            self.0.push(Fact { name, value: value.into_owned() });
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_names_and_values_in_order() {
        let none = Redactor::default();
        let metadata = Metadata::new()
            .with(&none, "url", "https://ubuntu.com/security/notices/USN-1-1")
            .with(&none, "title", "")
            .with(&none, "cves", 3);
        let json = serde_json::to_string(&metadata).expect("JSON");
        let expected =
            r#"[{"name":"url","value":"https://ubuntu.com/security/notices/USN-1-1"},{"name":"cves","value":"3"}]"#;
        assert_eq!(json, expected);
    }

    #[test]
    fn facts_hold_no_secret_and_no_control_character() {
        let metadata = Metadata::new().with(&Redactor::of(["hunter22"]), "a", "hunter22\n\u{1b}b");
        assert_eq!(metadata.0[0].value, "[redacted]\n\\u{1b}b");
    }

    #[test]
    fn all_facts_together_are_not_too_long() {
        let none = Redactor::default();
        let long = "ü".repeat(9_000);
        let metadata = Metadata::new().with(&none, "a", &long).with(&none, "b", &long).with(&none, "c", "x");
        let size: usize = metadata.0.iter().map(|fact| fact.name.len() + fact.value.len()).sum();
        assert!(size <= MOST_BYTES && metadata.0[0].value.ends_with('…'), "{size}");
    }
}
