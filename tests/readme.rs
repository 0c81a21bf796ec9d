//! What the README and the pages in `docs` say is so.

#[path = "support/validation.rs"]
mod validation;

use std::path::Path;

use serde_json::{Map, Value, json};

use validation::mistakes;

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    std::fs::read_to_string(path).expect("the README")
}

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let text = readme();
    let rest = text.split(&fence).skip(1);
    rest.map(|block| block.split("```").next().unwrap_or_default().to_owned()).collect()
}

/// The first column of the table below a heading.
fn keys(heading: &str, column: &str) -> Vec<String> {
    let text = readme();
    let section = text.split(heading).nth(1).expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let table = section.split(&format!("| {column} |")).nth(1).expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let first = rows.map(|row| row.trim_start_matches('|').split('|').next().unwrap_or_default().to_owned());
    let mut keys: Vec<String> =
        first.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect();
    keys.sort();
    keys
}

fn list<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    value.get(key).and_then(Value::as_array).map(|items| items.iter().collect()).unwrap_or_default()
}

#[test]
fn the_pipeline_works_as_pasted() {
    let pipelines = blocks("yaml");
    assert!(!pipelines.is_empty(), "the README shows a pipeline");
    for pipeline in pipelines {
        let pipeline: Value = serde_saphyr::from_str(&pipeline).expect("YAML");
        let mut sources = Map::new();
        for resource in list(&pipeline, "resources") {
            if resource["type"] == "davos" {
                let name = resource["name"].as_str().expect("a name");
                assert_eq!(mistakes(validation::check, &json!({"source": resource["source"]})), "", "{name}");
                sources.insert(name.to_owned(), resource["source"].clone());
            }
        }
        assert!(sources.len() > 1, "both resources are shown");
        for step in list(&pipeline, "jobs").into_iter().flat_map(|job| list(job, "plan")) {
            for (kind, validate) in [("get", validation::get as davos::concourse::Step), ("put", validation::put)] {
                let Some(source) = step[kind].as_str().and_then(|name| sources.get(name)) else { continue };
                let request = json!({"source": source, "params": step.get("params")});
                assert_eq!(mistakes(validate, &request), "", "{step}");
            }
        }
    }
}

/// The keys that a step allows instead of one that it doesn't know, sorted.
fn allowed(step: davos::concourse::Step, request: &Value) -> Vec<String> {
    let refused = mistakes(step, request);
    let allowed = refused.split("allowed: ").nth(1).expect("the allowed keys").trim();
    let mut allowed: Vec<String> = allowed.split(", ").map(str::to_owned).collect();
    allowed.sort();
    allowed
}

#[test]
fn the_table_of_the_source_has_all_its_keys_and_no_other() {
    let told = keys("\n## `source`", "key");
    assert_eq!(told, allowed(validation::check, &json!({"source": {"os": "jammy", "no_such_key": 1}})));
}

#[test]
fn the_table_of_a_put_has_all_its_params_and_no_other() {
    let told = keys("\n## `out` (`put`)", "param");
    let source = json!({"os": "jammy", "product": "p", "tracker": {"driver": "file", "path": "/t"}});
    let params = json!({"version": "1.0.0", "no_such_param": 1});
    assert_eq!(told, allowed(validation::put, &json!({"source": source, "params": params})));
}

#[test]
fn every_pipeline_is_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines");
    let named = readme();
    for entry in std::fs::read_dir(folder).expect("the pipelines") {
        let path = entry.expect("a pipeline").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        let row = format!("| [{name}](pipelines/{name}) | ");
        assert!(path.is_dir() || named.contains(&row), "{name} is not in the table of pipelines");
    }
}

#[test]
fn the_table_of_a_get_has_all_its_params_and_no_other() {
    let told = keys("\n## `in` (`get`)", "param of a get");
    assert_eq!(told, allowed(validation::get, &json!({"source": {"os": "jammy"}, "params": {"no_such_param": 1}})));
}

#[test]
fn every_test_that_a_page_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/concourse.md")).expect("the page");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| | ")).collect();
    assert_eq!(rows.len(), 20);
    for row in rows {
        let cell = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        let (mut file, mut source, mut found) = ("", String::new(), 0);
        for name in cell.split('`').skip(1).step_by(2) {
            if name.ends_with(".rs") {
                (file, source) = (name, std::fs::read_to_string(root.join(name)).expect(name));
            } else {
                assert!(source.contains(&format!("fn {name}(")), "{file} has no test {name}");
                found += 1;
            }
        }
        assert!(found > 0, "{row}");
    }
}
