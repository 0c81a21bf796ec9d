//! What the README says is so.

use std::path::Path;

use davos::concourse::{Context, World, run_in};
use serde_json::{Map, Value, json};

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
    first.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn validate_check(context: &mut Context<'_>) -> anyhow::Result<String> {
    context.source().map(|_| "[]".to_owned())
}

fn validate_in(context: &mut Context<'_>) -> anyhow::Result<String> {
    context.source_and_in_params().map(|_| "[]".to_owned())
}

fn validate_out(context: &mut Context<'_>) -> anyhow::Result<String> {
    context.source_and_out_params().map(|_| "[]".to_owned())
}

/// What a step says of a request; empty if it is right.
fn mistakes(step: davos::concourse::Step, request: &Value) -> String {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let request = request.to_string();
    let world = World {
        args: vec!["/tmp/build".into()],
        env: vec![("NO_COLOR".to_owned(), "1".to_owned())],
        stdin: &mut request.as_bytes(),
        stdout: &mut stdout,
        stderr: &mut stderr,
        now: "2026-01-19T12:00:00Z".parse().expect("a time"),
        seed: 1,
    };
    let status = run_in(world, step);
    let said = String::from_utf8(stderr).expect("text");
    assert_eq!(status == 0, said.is_empty(), "{said}");
    said
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
                assert_eq!(mistakes(validate_check, &json!({"source": resource["source"]})), "", "{name}");
                sources.insert(name.to_owned(), resource["source"].clone());
            }
        }
        assert!(sources.len() > 1, "both resources are shown");
        for step in list(&pipeline, "jobs").into_iter().flat_map(|job| list(job, "plan")) {
            for (kind, validate) in [("get", validate_in as davos::concourse::Step), ("put", validate_out)] {
                let Some(source) = step[kind].as_str().and_then(|name| sources.get(name)) else { continue };
                let request = json!({"source": source, "params": step.get("params")});
                assert_eq!(mistakes(validate, &request), "", "{step}");
            }
        }
    }
}

#[test]
fn the_table_of_the_source_has_all_its_keys_and_no_other() {
    let mut told = keys("\n## `source`", "key");
    let refused = mistakes(validate_check, &json!({"source": {"os": "jammy", "no_such_key": 1}}));
    let allowed = refused.split("allowed: ").nth(1).expect("the allowed keys").trim();
    let mut allowed: Vec<String> = allowed.split(", ").map(str::to_owned).collect();
    told.sort();
    allowed.sort();
    assert_eq!(told, allowed);
}

#[test]
fn the_table_of_a_put_has_all_its_params_and_no_other() {
    let mut told = keys("\n## `out` (`put`)", "param");
    let source = json!({"os": "jammy", "product": "p", "tracker": {"driver": "file", "path": "/t"}});
    let params = json!({"version": "1.0.0", "no_such_param": 1});
    let refused = mistakes(validate_out, &json!({"source": source, "params": params}));
    let allowed = refused.split("allowed: ").nth(1).expect("the allowed params").trim();
    let mut allowed: Vec<String> = allowed.split(", ").map(str::to_owned).collect();
    told.sort();
    allowed.sort();
    assert_eq!(told, allowed);
}

#[test]
fn the_pipeline_of_the_status_is_right() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/status.yml");
    let text = std::fs::read_to_string(path).expect("the pipeline");
    // Concourse fills the variables in before anybody reads the source.
    let filled =
        text.replace("((tracker-uri))", "https://git.example.org/log.git").replace("((", "a-").replace("))", "");
    let pipeline: Value = serde_saphyr::from_str(&filled).expect("YAML");
    let status = list(&pipeline, "resources").into_iter().find(|one| one["type"] == "davos").expect("the resource");
    assert_eq!(mistakes(validate_check, &json!({"source": status["source"]})), "");
    let params = &pipeline["get-status"]["params"];
    assert_eq!(mistakes(validate_in, &json!({"source": status["source"], "params": params})), "");
    let variables = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/vars/status.yml"));
    let variables = variables.expect("the variables");
    for name in text.split("((").skip(1).filter_map(|rest| rest.split("))").next()) {
        assert!(variables.lines().any(|line| line.starts_with(&format!("{name}: "))), "{name} is no variable");
    }
}
