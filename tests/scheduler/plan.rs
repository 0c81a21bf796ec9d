//! The jobs of a pipeline, as far as they matter to what runs when.

use serde_json::Value;

/// A job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) name: String,
    /// No two of its builds at once.
    pub(crate) serial: bool,
    pub(crate) plan: Vec<Step>,
}

/// A step of a plan. What runs in parallel runs in order here. Hooks only send messages, and are left out.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Get(Get),
    Put(Put),
    Task(String),
    Try(Vec<Step>),
}

/// A get.
#[derive(Debug, Clone)]
pub(crate) struct Get {
    /// The artifact.
    pub(crate) name: String,
    pub(crate) resource: String,
    pub(crate) trigger: bool,
    /// `version: every`.
    pub(crate) every: bool,
    pub(crate) passed: Vec<String>,
    pub(crate) params: Value,
}

/// A put.
#[derive(Debug, Clone)]
pub(crate) struct Put {
    /// The artifact of the get that follows.
    pub(crate) name: String,
    pub(crate) resource: String,
    pub(crate) no_get: bool,
    pub(crate) params: Value,
}

impl Job {
    pub(crate) fn read(job: &Value) -> Job {
        let serial = job["serial"] == true || job.get("serial_groups").is_some();
        Job { name: text(&job["name"]), serial, plan: steps(&job["plan"]) }
    }

    /// All gets of the plan, which are the inputs of its builds.
    pub(crate) fn inputs(&self) -> Vec<&Get> {
        fn collect<'a>(steps: &'a [Step], found: &mut Vec<&'a Get>) {
            for step in steps {
                match step {
                    Step::Get(get) => found.push(get),
                    Step::Try(steps) => collect(steps, found),
                    _ => {}
                }
            }
        }
        let mut found = Vec::new();
        collect(&self.plan, &mut found);
        found
    }
}

fn steps(plan: &Value) -> Vec<Step> {
    plan.as_array().into_iter().flatten().flat_map(step).collect()
}

fn step(step: &Value) -> Vec<Step> {
    let resource = |name: &str| step.get("resource").map_or_else(|| name.to_owned(), text);
    if let Some(inner) = step.get("do") {
        return steps(inner);
    }
    if let Some(inner) = step.get("in_parallel") {
        return steps(if inner.is_array() { inner } else { &inner["steps"] });
    }
    if let Some(inner) = step.get("try") {
        return vec![Step::Try(self::step(inner))];
    }
    if let Some(name) = step.get("task") {
        return vec![Step::Task(text(name))];
    }
    let params = step.get("params").cloned().unwrap_or(Value::Null);
    if let Some(name) = step.get("put").map(text) {
        let (resource, no_get) = (resource(&name), step["no_get"] == true);
        return vec![Step::Put(Put { name, resource, no_get, params })];
    }
    let name = text(step.get("get").unwrap_or_else(|| panic!("{step} is no step that this model knows")));
    let passed = step["passed"].as_array().into_iter().flatten().map(text).collect();
    let (trigger, every) = (step["trigger"] == true, step["version"] == "every");
    vec![Step::Get(Get { resource: resource(&name), name, trigger, every, passed, params })]
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
