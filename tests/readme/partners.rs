//! The examples of `docs/partners.md` are what the programs take.

use davos::concourse::Step;
use serde_json::{Value, json};

use crate::support::validation::{self, mistakes};

#[test]
fn the_examples_of_partners_are_valid() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/partners.md")).expect("the page");
    let examples = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    let examples: Vec<Value> = examples.map(|yaml| serde_saphyr::from_str(yaml).expect("YAML")).collect();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let resources: Vec<Value> = examples.iter().flat_map(|example| list(&example["resources"])).collect();
    let sources: Vec<&Value> = resources.iter().filter(|resource| resource["type"] == "davos").collect();
    assert_eq!(sources.len(), 2);
    for resource in &sources {
        assert_eq!(mistakes(validation::check, &json!({"source": resource["source"]})), "", "{resource}");
    }
    let source_of = |name: &Value| sources.iter().find(|resource| resource["name"] == *name).map(|r| &r["source"]);
    let jobs: Vec<Value> = examples.iter().flat_map(|example| list(&example["jobs"])).collect();
    let mut judged = 0;
    for step in jobs.iter().flat_map(|job| list(&job["plan"])) {
        for (kind, validate) in [("get", validation::get as Step), ("put", validation::put)] {
            let Some(source) = source_of(&step[kind]) else { continue };
            assert_eq!(mistakes(validate, &json!({"source": source, "params": step.get("params")})), "", "{step}");
            judged += 1;
        }
    }
    assert_eq!(judged, 2, "the get of theirs and the put of ours");
    for partners in examples.iter().map(|example| &example["partners"]).filter(|partners| partners.is_array()) {
        let source = json!({"emit": "status", "tracker": {"driver": "file", "path": "/t"}, "partners": partners});
        assert_eq!(mistakes(validation::check, &json!({"source": source})), "");
    }
}
