//! The schemas have the keys and words that the programs name when they refuse another.

use std::collections::BTreeSet;

use davos::concourse::Step;
use serde_json::{Value, json};

use crate::schema::documents;
use crate::schema::examples::{UNKNOWN, request};
use crate::schema::source::{DRIVERS, EMIT};
use crate::support::validation::{self, mistakes};

/// What is allowed instead of what stands at this path, as a program says.
fn allowed(step: Step, request: &Value, path: &str) -> BTreeSet<String> {
    let said = mistakes(step, request);
    let line = said.lines().find(|line| line.contains(&format!("{path}: "))).expect(path);
    let words = line.split("allowed: ").nth(1).unwrap_or_else(|| panic!("{path}: {line}"));
    words.trim().split(", ").map(str::to_owned).collect()
}

fn schema(name: &str) -> Value {
    documents().into_iter().find(|(file, _)| *file == name).expect(name).1
}

fn keys(schema: &Value, place: &str) -> BTreeSet<String> {
    let properties = schema.pointer(&format!("{place}/properties")).and_then(Value::as_object);
    properties.expect(place).keys().cloned().collect()
}

#[test]
fn every_object_has_the_keys_that_its_program_allows() {
    let unknown = json!({UNKNOWN: 1});
    let with = |key: &str, value: Value| json!({"os": "jammy", "product": "p", key: value});
    let source = schema("source.json");
    let mut cases = vec![
        (&source, String::new(), json!({"os": "jammy", UNKNOWN: 1}), "source"),
        (
            &source,
            "/$defs/partner".to_owned(),
            with("partners", json!([{"name": "p", "tracker": {"driver": "file", "path": "/t"}, UNKNOWN: 1}])),
            "source.partners[0]",
        ),
        (&source, "/$defs/upstream".to_owned(), with("upstream", unknown.clone()), "source.upstream"),
    ];
    let archive = with("upstream", json!({"archive": unknown}));
    cases.push((&source, "/$defs/archive".to_owned(), archive, "source.upstream.archive"));
    let backlog = |value: Value| json!({"driver": "github", "repository": "a/b", "token": "t", "labels": value});
    let other = json!({"driver": "github", "repository": "a/b", "token": "t", UNKNOWN: 1});
    cases.push((&source, "/$defs/backlog".to_owned(), with("backlog", other), "source.backlog"));
    cases.push((
        &source,
        "/$defs/labels".to_owned(),
        with("backlog", backlog(unknown.clone())),
        "source.backlog.labels",
    ));
    for driver in DRIVERS {
        let tracker = json!({"driver": driver, UNKNOWN: 1});
        cases.push((&source, format!("/$defs/{driver}"), with("tracker", tracker), "source.tracker"));
    }
    for (schema, place, source, path) in cases {
        let allowed = allowed(validation::check, &json!({"source": source}), &format!("{path}.{UNKNOWN}"));
        assert_eq!(keys(schema, &place), allowed, "{path} {place}");
    }
    let (get, put) = (schema("get-params.json"), schema("put-params.json"));
    for (step, schema, place, params, path) in [
        (validation::get as Step, &get, "", unknown.clone(), "params"),
        (validation::get, &get, "/$defs/publisher", json!({"publisher": unknown}), "params.publisher"),
        (validation::get, &get, "/$defs/targets", json!({"targets": unknown}), "params.targets"),
        (validation::put, &put, "", unknown.clone(), "params"),
        (validation::put, &put, "/$defs/answer", json!({"answer": unknown}), "params.answer"),
    ] {
        let allowed = allowed(step, &request(params), &format!("{path}.{UNKNOWN}"));
        assert_eq!(keys(schema, place), allowed, "{path}");
    }
    let import = request(json!({"import": unknown}));
    assert_eq!(keys(&put, "/$defs/import"), allowed(validation::put, &import, &format!("params.import.{UNKNOWN}")));
}

#[test]
fn the_words_that_no_type_lists_are_those_that_the_programs_allow() {
    let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<String>>();
    let emit = json!({"source": {"os": "jammy", "emit": UNKNOWN}});
    assert_eq!(set(EMIT), allowed(validation::check, &emit, "source.emit"));
    let driver = json!({"source": {"os": "jammy", "product": "p", "tracker": {"driver": UNKNOWN}}});
    assert_eq!(set(DRIVERS), allowed(validation::check, &driver, "source.tracker.driver"));
}

#[test]
fn every_key_is_described() {
    fn look(name: &str, value: &Value) {
        for (key, value) in value.as_object().into_iter().flatten() {
            if key == "properties" && value["driver"].get("description").is_none() {
                for (key, property) in value.as_object().into_iter().flatten() {
                    let told = property["description"].as_str().is_some_and(|told| told.ends_with('.'));
                    assert!(told || property.get("anyOf").is_none(), "{name}: {key} is not described");
                }
            }
            look(name, value);
        }
    }
    documents().iter().for_each(|(name, schema)| look(name, schema));
}
