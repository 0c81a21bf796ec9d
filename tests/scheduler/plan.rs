//! The jobs of a pipeline, as far as they matter to what runs when.

use serde_json::Value;

use crate::scheduler::resource::Version;

/// A job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) name: String,
    /// No two of its builds at once.
    pub(crate) serial: bool,
    /// No two builds at once of the jobs that name one of these.
    pub(crate) groups: Vec<String>,
    pub(crate) plan: Vec<Step>,
    /// What runs after a build that failed.
    pub(crate) on_failure: Vec<Step>,
}

/// A step of a plan. What runs in parallel runs in order here.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Get(Get),
    Put(Put),
    Task(Task),
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
    /// A version that is named in the plan.
    pub(crate) version: Option<Version>,
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

/// A task.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) name: String,
    /// What it does, if that stands in the pipeline and not in a file of another repository.
    pub(crate) config: Option<Value>,
    /// What goes before the params in the config.
    pub(crate) params: Value,
}

impl Job {
    pub(crate) fn read(job: &Value) -> Job {
        Job {
            name: text(&job["name"]),
            serial: job["serial"] == true,
            groups: job["serial_groups"].as_array().into_iter().flatten().map(text).collect(),
            plan: steps(&job["plan"]),
            on_failure: job.get("on_failure").map(step).unwrap_or_default(),
        }
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

    /// Sets the pipeline again with another version in one of the gets.
    pub(crate) fn name_version(&mut self, get_name: &str, version: &Version) {
        for step in &mut self.plan {
            if let Step::Get(get) = step
                && get.name == get_name
            {
                get.version = Some(version.clone());
            }
        }
    }
}

fn steps(plan: &Value) -> Vec<Step> {
    plan.as_array().into_iter().flatten().flat_map(step).collect()
}

fn step(step: &Value) -> Vec<Step> {
    let hooks = ["on_success", "on_failure", "on_error", "on_abort", "ensure"];
    assert!(hooks.iter().all(|hook| step.get(*hook).is_none()), "this model knows no hooks of steps: {step}");
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
    let params = step.get("params").cloned().unwrap_or(Value::Null);
    if let Some(name) = step.get("task") {
        return vec![Step::Task(Task { name: text(name), config: step.get("config").cloned(), params })];
    }
    if let Some(name) = step.get("put").map(text) {
        let (resource, no_get) = (resource(&name), step["no_get"] == true);
        return vec![Step::Put(Put { name, resource, no_get, params })];
    }
    let name = text(step.get("get").unwrap_or_else(|| panic!("{step} is no step that this model knows")));
    let passed = step["passed"].as_array().into_iter().flatten().map(text).collect();
    let (trigger, every) = (step["trigger"] == true, step["version"] == "every");
    let version = step["version"].as_object();
    let version = version.map(|keys| keys.iter().map(|(key, value)| (key.clone(), text(value))).collect());
    vec![Step::Get(Get { resource: resource(&name), name, trigger, every, version, passed, params })]
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
