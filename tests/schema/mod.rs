//! The JSON schemas in `docs/schema` say what the programs say of a source and of params.
//!
//! `UPDATE=yes cargo test --test it schema` writes them anew.

mod agreement;
mod examples;
mod keys;
mod params;
mod parts;
mod source;

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The schemas, by the name of their file.
fn documents() -> [(&'static str, Value); 3] {
    [
        ("source.json", source::source()),
        ("get-params.json", params::of_a_get()),
        ("put-params.json", params::of_a_put()),
    ]
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema").join(name)
}

#[test]
fn the_files_are_as_the_words_and_keys_of_the_programs_make_them() {
    for (name, schema) in documents() {
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        let text = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(file(name), &text).expect("written");
        }
        let kept = std::fs::read_to_string(file(name)).unwrap_or_default();
        assert!(kept == text, "docs/schema/{name} is old: UPDATE=yes cargo test --test it schema writes it anew");
    }
}
