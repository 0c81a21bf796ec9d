//! What the schemas are put together from.

use serde_json::{Map, Value, json};

/// The dialect, and what holds in every document. Pipelines are judged before their variables are known, so a variable may
/// stand for any value; and a key without a value counts as absent.
pub(crate) fn document(title: &str, object: Value, definitions: &[(&str, Value)]) -> Value {
    let mut document = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "$defs": {
            "later": {
                "description": "Nothing, or a variable of the pipeline: ((name)).",
                "type": ["string", "null"],
                "pattern": r"^\(\([^()]+\)\)$"
            }
        }
    });
    for (name, definition) in definitions {
        document["$defs"][name] = definition.clone();
    }
    if let (Some(document), Value::Object(object)) = (document.as_object_mut(), object) {
        document.extend(object);
    }
    document
}

/// A key: its name, what it means, and what may stand there.
pub(crate) type Key = (&'static str, &'static str, Value);

/// An object with these keys and no other.
pub(crate) fn object(keys: &[Key]) -> Value {
    let property = |(name, description, value): &Key| {
        let either = json!({"description": description, "anyOf": [value, {"$ref": "#/$defs/later"}]});
        ((*name).to_owned(), either)
    };
    let properties: Map<String, Value> = keys.iter().map(property).collect();
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

/// An object with further rules.
pub(crate) fn with_rules(mut object: Value, rules: Vec<Value>) -> Value {
    object["allOf"] = rules.into();
    object
}

/// That something stands under all of these keys.
pub(crate) fn given(keys: &[&str]) -> Value {
    let something: Map<String, Value> =
        keys.iter().map(|key| ((*key).to_owned(), json!({"not": {"type": "null"}}))).collect();
    json!({"required": keys, "properties": something})
}

/// That nothing stands under any of these keys.
pub(crate) fn absent(keys: &[&str]) -> Value {
    let nothing: Map<String, Value> = keys.iter().map(|key| ((*key).to_owned(), json!({"type": "null"}))).collect();
    json!({"properties": nothing})
}

/// That under this key stands one of these words, and not a default.
pub(crate) fn says(key: &str, words: &[&str]) -> Value {
    json!({"required": [key], "properties": {key: {"enum": words}}})
}

pub(crate) fn when(condition: Value, then: Value) -> Value {
    json!({"if": condition, "then": then})
}

pub(crate) fn words(words: &[&str]) -> Value {
    json!({"enum": words})
}

pub(crate) fn list(items: Value) -> Value {
    json!({"type": "array", "items": {"anyOf": [items, {"$ref": "#/$defs/later", "type": "string"}]}})
}

pub(crate) fn one_or_list(item: Value) -> Value {
    json!({"anyOf": [item, list(item.clone())]})
}

/// Text that is not blank.
pub(crate) fn text() -> Value {
    matching(r"\S")
}

pub(crate) fn matching(pattern: &str) -> Value {
    json!({"type": "string", "pattern": pattern})
}

pub(crate) fn flag() -> Value {
    json!({"type": "boolean"})
}

/// A path that stays in the build folder.
pub(crate) fn path() -> Value {
    json!({"type": "string", "pattern": r"\S", "not": {"pattern": r"^/|(^|/)\.\.(/|$)"}})
}

/// An address with one of these schemes, in any case.
pub(crate) fn address(schemes: &[&str]) -> Value {
    let letter = |c: char| format!("[{}{}]", c.to_ascii_uppercase(), c);
    let any_case: Vec<String> = schemes.iter().map(|scheme| scheme.chars().map(letter).collect()).collect();
    matching(&format!(r"^\s*({}):", any_case.join("|")))
}
