//! A job's plan, step by step: what each step names has to be there by then.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::pipelines::keys::HOOKS;
use crate::pipelines::shape::{Declared, list};
use crate::support::validation::{self, mistakes};

/// The params of puts that name files or folders of the build, of all resource types used here.
#[rustfmt::skip]
const PATHS: &[&str] = &[
    "version_file", "packages_file", "notices", "includes", "answer_file", "import", // davos
    "name", "tag", "body", "commitish", "globs", // github-release
    "file", "repository", "image", "additional_tags", "text_file", // s3 and semver, git, registry-image, the chat
];

/// A walk through the plan of one job.
pub(crate) struct Walk<'a, 'd> {
    declared: &'d Declared<'a>,
    artifacts: BTreeSet<&'a str>,
    /// What puts got that no step has read yet.
    unread: BTreeSet<&'a str>,
    /// Whether the step at hand is within a `try`.
    tried: bool,
    /// The resources that it gets or puts.
    pub(crate) handled: BTreeSet<&'a str>,
    /// What is wrong.
    pub(crate) wrong: Vec<String>,
}

impl<'a, 'd> Walk<'a, 'd> {
    /// Before the first step.
    pub(crate) fn new(declared: &'d Declared<'a>) -> Walk<'a, 'd> {
        Walk {
            declared,
            artifacts: BTreeSet::new(),
            unread: BTreeSet::new(),
            tried: false,
            handled: BTreeSet::new(),
            wrong: Vec::new(),
        }
    }

    /// Goes through a job, and then through its hooks.
    pub(crate) fn job(&mut self, job: &'a Value) {
        list(job, "plan").for_each(|step| self.step(step));
        self.hooks(job);
        let unread =
            self.unread.iter().map(|put| format!("put {put}: nobody reads what it gets, so it needs `no_get: true`"));
        self.wrong.extend(unread);
    }

    fn step(&mut self, step: &'a Value) {
        let keys = step.as_object().expect("a step");
        if keys.contains_key("get") {
            self.get(keys);
        } else if keys.contains_key("put") {
            self.put(keys);
        } else if keys.contains_key("task") {
            self.task(keys);
        } else if let Some(parallel) = keys.get("in_parallel") {
            self.in_parallel(parallel);
        } else if keys.contains_key("do") {
            list(step, "do").for_each(|step| self.step(step));
        } else if let Some(tried) = keys.get("try") {
            let before = std::mem::replace(&mut self.tried, true);
            self.step(tried);
            self.tried = before;
        } else {
            self.wrong.push(format!("an unknown step: {step}"));
        }
        self.hooks(step);
    }

    fn hooks(&mut self, of: &'a Value) {
        HOOKS.iter().filter_map(|hook| of.get(*hook)).for_each(|step| self.step(step));
    }

    /// What one of the parallel steps makes is there only after all of them.
    fn in_parallel(&mut self, parallel: &'a Value) {
        let before = self.artifacts.clone();
        let mut after = before.clone();
        for step in parallel.as_array().or_else(|| parallel["steps"].as_array()).into_iter().flatten() {
            self.artifacts.clone_from(&before);
            self.step(step);
            after.append(&mut self.artifacts);
        }
        self.artifacts = after;
    }

    /// The resource of a get or a put, and what the step is called.
    fn resource(&mut self, step: &'a Map<String, Value>, kind: &str) -> (&'a str, &'a str) {
        let artifact = step[kind].as_str().expect("a name");
        let resource = step.get("resource").and_then(Value::as_str).unwrap_or(artifact);
        if !self.declared.resources.contains_key(resource) {
            self.wrong.push(format!("{kind} {artifact}: no resource {resource}"));
        }
        self.handled.insert(resource);
        (artifact, resource)
    }

    fn get(&mut self, step: &'a Map<String, Value>) {
        let (artifact, resource) = self.resource(step, "get");
        for job in step.get("passed").and_then(Value::as_array).into_iter().flatten() {
            let handled = job.as_str().and_then(|job| self.declared.handled.get(job));
            if !handled.is_some_and(|handled| handled.contains(resource)) {
                self.wrong.push(format!("get {artifact}: no job {job} before this one has {resource}"));
            }
        }
        if let Some(trigger) = step.get("trigger").filter(|trigger| !trigger.is_boolean()) {
            self.wrong.push(format!("get {artifact}: {trigger} is no trigger"));
        }
        self.judge(&format!("get {artifact}"), validation::get, resource, step.get("params"));
        self.artifacts.insert(artifact);
    }

    fn put(&mut self, step: &'a Map<String, Value>) {
        let (artifact, resource) = self.resource(step, "put");
        let place = format!("put {artifact}");
        if !self.tried && self.declared.kind(resource) == Some("slack") {
            self.wrong.push(format!("{place}: a message has to be in a `try`, or the chat fails the build"));
        }
        self.judge(&place, validation::put, resource, step.get("params"));
        let inputs: Option<Vec<&str>> =
            step.get("inputs").and_then(Value::as_array).map(|list| list.iter().filter_map(Value::as_str).collect());
        for input in inputs.iter().flatten() {
            self.expect(&place, input);
        }
        for path in step.get("params").map(paths).unwrap_or_default() {
            self.expect(&place, path);
            if inputs.as_ref().is_some_and(|inputs| !inputs.contains(&first(path))) {
                self.wrong.push(format!("{place}: {path} is not among its inputs"));
            }
        }
        if step.get("no_get") != Some(&json!(true)) {
            self.judge(&format!("{place}, its get"), validation::get, resource, step.get("get_params"));
            self.artifacts.insert(artifact);
            self.unread.insert(artifact);
        }
    }

    fn task(&mut self, step: &'a Map<String, Value>) {
        let place = format!("task {}", step["task"]);
        let text = |key: &str| step.get(key).and_then(Value::as_str);
        for path in [text("file"), text("image")].into_iter().flatten() {
            self.expect(&place, path);
        }
        let config = step.get("config");
        if config.is_none() {
            // Its inputs stand in a file of another repository.
            self.unread.clear();
        }
        if config.is_some() == step.contains_key("file") {
            self.wrong.push(format!("{place}: either `file` or `config`"));
        }
        let mapped =
            |mapping: &str, name: &'a str| step.get(mapping).and_then(|map| map[name].as_str()).unwrap_or(name);
        let values = |mapping: &str| {
            step.get(mapping).and_then(Value::as_object).into_iter().flatten().filter_map(|(_, to)| to.as_str())
        };
        values("input_mapping").for_each(|artifact| self.expect(&place, artifact));
        for input in config.into_iter().flat_map(|config| list(config, "inputs")) {
            if input.get("optional") != Some(&json!(true)) {
                self.expect(&place, mapped("input_mapping", input["name"].as_str().expect("a name")));
            }
        }
        // What a task in a file leaves is known only where the step gives it another name.
        self.artifacts.extend(values("output_mapping"));
        for output in config.into_iter().flat_map(|config| list(config, "outputs")) {
            self.artifacts.insert(mapped("output_mapping", output["name"].as_str().expect("a name")));
        }
    }

    fn expect(&mut self, place: &str, path: &str) {
        self.unread.remove(first(path));
        if !self.artifacts.contains(first(path)) {
            self.wrong.push(format!("{place}: {path} is of no step before it"));
        }
    }

    /// What the programs say of the source and the params of a step with a resource of ours.
    fn judge(&mut self, place: &str, step: davos::concourse::Step, resource: &str, params: Option<&Value>) {
        let Some(source) = self.declared.ours(resource) else { return };
        let mut request = json!({"source": source});
        if let Some(params) = params {
            request["params"] = params.clone();
        }
        let said = mistakes(step, &request);
        if !said.is_empty() {
            self.wrong.push(format!("{place}: {said}"));
        }
    }
}

fn first(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}

/// The paths in the params of a put. An id of a notice is none.
fn paths(params: &Value) -> Vec<&str> {
    let keys = params.as_object().into_iter().flatten();
    let named = keys.filter(|(key, _)| PATHS.contains(&key.as_str()));
    let mut texts: Vec<&str> = named.flat_map(|(_, value)| texts(value)).collect();
    texts.retain(|text| !text.starts_with("USN-"));
    texts
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(keys) => keys.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
