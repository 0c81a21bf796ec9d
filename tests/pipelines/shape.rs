//! What a pipeline declares, and whether its jobs keep to it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::pipelines::plan::Walk;
use crate::support::validation::{self, mistakes};

/// The types of resources that every Concourse has.
const CORE_TYPES: &[&str] = &[
    "bosh-io-release",
    "bosh-io-stemcell",
    "docker-image",
    "git",
    "github-release",
    "hg",
    "mock",
    "pool",
    "registry-image",
    "s3",
    "semver",
    "time",
];

/// What a pipeline declares.
pub(crate) struct Declared<'a> {
    /// The resources, by name.
    pub(crate) resources: BTreeMap<&'a str, &'a Value>,
    /// What each job before the one at hand gets or puts.
    pub(crate) handled: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Declared<'a> {
    /// The type of a resource.
    pub(crate) fn kind(&self, resource: &str) -> Option<&'a str> {
        self.resources.get(resource)?["type"].as_str()
    }

    /// The source of a resource of ours.
    pub(crate) fn ours(&self, resource: &str) -> Option<&'a Value> {
        let resource = self.resources.get(resource)?;
        (resource["type"] == "davos").then(|| &resource["source"])
    }
}

/// All that is wrong with a pipeline, each with its place.
pub(crate) fn judge(pipeline: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let types: BTreeSet<&str> = list(pipeline, "resource_types").map(|kind| name(kind, "name")).collect();
    let mut used_types = BTreeSet::new();
    let mut declared = Declared { resources: BTreeMap::new(), handled: BTreeMap::new() };
    for resource in list(pipeline, "resources") {
        let (name, kind) = (name(resource, "name"), name(resource, "type"));
        used_types.insert(kind);
        if !types.contains(kind) && !CORE_TYPES.contains(&kind) {
            wrong.push(format!("resource {name}: no resource type {kind}"));
        }
        if declared.resources.insert(name, resource).is_some() {
            wrong.push(format!("resource {name}: declared twice"));
        }
        if let Some(source) = declared.ours(name) {
            let said = mistakes(validation::check, &json!({"source": source}));
            if !said.is_empty() {
                wrong.push(format!("resource {name}: {said}"));
            }
        }
    }
    wrong.extend(types.difference(&used_types).map(|kind| format!("resource type {kind}: not used")));

    let mut used = BTreeSet::new();
    for job in list(pipeline, "jobs") {
        let job_name = name(job, "name");
        let mut walk = Walk::new(&declared);
        walk.job(job);
        wrong.extend(walk.wrong.into_iter().map(|mistake| format!("job {job_name}: {mistake}")));
        used.extend(walk.handled.iter().copied());
        if declared.handled.insert(job_name, walk.handled).is_some() {
            wrong.push(format!("job {job_name}: declared twice"));
        }
    }
    let unused = declared.resources.keys().filter(|name| !used.contains(*name));
    wrong.extend(unused.map(|name| format!("resource {name}: not used")));
    wrong
}

/// The items under a key; none where it is missing.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// The text under a key, which has to be there.
pub(crate) fn name<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key}: {value}"))
}
