//! The keys that Concourse knows. It ignores others, so a slip of the pen does nothing and says nothing; `fly validate-pipeline
//! --strict` refuses them, also a key at the top that only holds an anchor.

use serde_json::Value;

use crate::pipelines::shape::{list, name};

// atc/config.go of Concourse 8. `user_data` came with 8.2, so a pipeline for 8.0 can't have it.
const PIPELINE: &[&str] = &["display", "groups", "jobs", "prototypes", "resource_types", "resources", "var_sources"];
#[rustfmt::skip]
const RESOURCE: &[&str] = &[
    "name", "old_name", "public", "webhook_token", "type", "source", "check_every", "check_timeout", "tags", "version", "icon",
    "expose_build_created_by",
];
const RESOURCE_TYPE: &[&str] = &["name", "type", "source", "defaults", "privileged", "check_every", "tags", "params"];
const GROUP: &[&str] = &["name", "jobs", "resources"];
// atc/job_config.go.
#[rustfmt::skip]
const JOB: &[&str] = &[
    "name", "old_name", "public", "disable_manual_trigger", "serial", "interruptible", "serial_groups", "max_in_flight",
    "build_logs_to_retain", "build_log_retention", "plan",
];
/// What any job or step may have behind it.
pub(crate) const HOOKS: &[&str] = &["on_success", "on_failure", "on_error", "on_abort", "ensure"];
// atc/steps.go: what wraps a step, and the steps themselves. The first key names the kind.
const AROUND: &[&str] = &["timeout", "attempts", "across", "fail_fast"];
#[rustfmt::skip]
const STEPS: &[&[&str]] = &[
    &["get", "resource", "version", "params", "passed", "trigger", "tags"],
    &["put", "resource", "params", "inputs", "tags", "get_params", "no_get"],
    &["task", "file", "config", "privileged", "params", "vars", "tags", "input_mapping", "output_mapping", "image",
      "container_limits", "hermetic"],
    &["set_pipeline", "file", "team", "vars", "var_files", "instance_vars"],
    &["load_var", "file", "format", "reveal"],
    &["in_parallel"],
    &["do"],
    &["try"],
];
const IN_PARALLEL: &[&str] = &["steps", "limit", "fail_fast"];
// atc/task.go, which is strict in any case.
#[rustfmt::skip]
const TASK: &[&str] = &[
    "platform", "image_resource", "rootfs_uri", "container_limits", "params", "inputs", "outputs", "caches", "run",
];

/// The keys of a pipeline that Concourse doesn't know, each with its place.
pub(crate) fn unknown(pipeline: &Value) -> Vec<String> {
    let mut found = Vec::new();
    strange(pipeline, &[PIPELINE], "the pipeline", &mut found);
    for (part, known) in [("resources", RESOURCE), ("resource_types", RESOURCE_TYPE), ("groups", GROUP)] {
        for item in list(pipeline, part) {
            strange(item, &[known], &format!("{part} {}", name(item, "name")), &mut found);
        }
    }
    for job in list(pipeline, "jobs") {
        let place = format!("job {}", name(job, "name"));
        strange(job, &[JOB, HOOKS], &place, &mut found);
        list(job, "plan").for_each(|inner| step(inner, &place, &mut found));
        HOOKS.iter().filter_map(|hook| job.get(*hook)).for_each(|inner| step(inner, &place, &mut found));
    }
    found
}

fn step(step_of_plan: &Value, place: &str, found: &mut Vec<String>) {
    let Some(known) = STEPS.iter().find(|known| step_of_plan.get(known[0]).is_some()) else {
        found.push(format!("{place}: no step that Concourse knows"));
        return;
    };
    let kind = known[0];
    let inner = &step_of_plan[kind];
    let place = match inner.as_str() {
        Some(name) => format!("{place}: {kind} {name}"),
        None => format!("{place}: {kind}"),
    };
    strange(step_of_plan, &[known, AROUND, HOOKS], &place, found);
    if kind == "in_parallel" && inner.is_object() {
        strange(inner, &[IN_PARALLEL], &place, found);
    }
    if let Some(config) = step_of_plan.get("config") {
        strange(config, &[TASK], &format!("{place}: config"), found);
    }
    match kind {
        "do" => list(step_of_plan, "do").for_each(|inner| step(inner, &place, found)),
        "try" => step(inner, &place, found),
        "in_parallel" => {
            let steps = inner.as_array().or_else(|| inner["steps"].as_array());
            steps.into_iter().flatten().for_each(|inner| step(inner, &place, found));
        }
        _ => {}
    }
    HOOKS.iter().filter_map(|hook| step_of_plan.get(*hook)).for_each(|inner| step(inner, &place, found));
}

fn strange(value: &Value, known: &[&[&str]], place: &str, found: &mut Vec<String>) {
    let keys = value.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    let strange = keys.filter(|key| !known.iter().any(|known| known.contains(key)));
    found.extend(strange.map(|key| format!("{place}: Concourse knows no `{key}`")));
}
