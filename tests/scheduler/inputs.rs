//! Which versions the next build of a job gets (atc/scheduler/algorithm): the latest ones, or those that went together
//! through the jobs that they must have passed.

use std::collections::BTreeMap;

use crate::scheduler::concourse::{Build, Pipeline};
use crate::scheduler::plan::{Get, Job};
use crate::scheduler::resource::{Resource, Version};

/// The version of each input by its name; `None` if one has none.
pub(crate) fn resolve(pipeline: &Pipeline, job: &Job) -> Option<BTreeMap<String, Version>> {
    let mut chosen = BTreeMap::new();
    let inputs = job.inputs();
    let (passed, free): (Vec<&Get>, Vec<&Get>) = inputs.into_iter().partition(|get| !get.passed.is_empty());
    for get in free {
        chosen.insert(get.name.clone(), latest(pipeline, job, get)?);
    }
    through(pipeline, &passed, &BTreeMap::new(), chosen)
}

/// The version of an input that comes right from its resource.
fn latest(pipeline: &Pipeline, job: &Job, get: &Get) -> Option<Version> {
    let resource: &Resource = &pipeline.resources[&get.resource];
    if let Some(pinned) = pinned(pipeline, get) {
        return resource.rows.contains(pinned).then(|| pinned.clone());
    }
    let last = resource.rows.last()?;
    if !get.every {
        return Some(last.clone());
    }
    // The next one above the highest that was used; the first build starts at the latest.
    let used = resource.rows.iter().rposition(|row| pipeline.has_run(&job.name, &get.name, row));
    Some(used.map_or(last, |used| resource.rows.get(used + 1).unwrap_or(&resource.rows[used])).clone())
}

/// The version that the plan names, or that somebody has pinned; no other is taken then.
fn pinned<'a>(pipeline: &'a Pipeline, get: &'a Get) -> Option<&'a Version> {
    get.version.as_ref().or(pipeline.resources[&get.resource].pinned.as_ref())
}

/// Chooses for the first input, and then for the others: inputs that passed the same job come from the same build of it.
fn through(
    pipeline: &Pipeline,
    inputs: &[&Get],
    builds: &BTreeMap<&str, usize>,
    chosen: BTreeMap<String, Version>,
) -> Option<BTreeMap<String, Version>> {
    let Some((get, rest)) = inputs.split_first() else { return Some(chosen) };
    let first = get.passed.first()?;
    for candidate in candidates(pipeline, first, builds) {
        let had = pipeline.builds[candidate].versions(&get.resource).iter();
        for version in had.filter(|version| pinned(pipeline, get).is_none_or(|pinned| pinned == *version)) {
            // Every other job must have had it too, in the build that was chosen already, or else in any.
            let mut builds = builds.clone();
            builds.insert(first, candidate);
            let everywhere = get.passed[1..].iter().all(|job| {
                let had = |build: &usize| pipeline.builds[*build].versions(&get.resource).contains(version);
                let found = candidates(pipeline, job, &builds).into_iter().find(had);
                found.map(|build| builds.insert(job, build)).is_some()
            });
            if everywhere {
                let mut chosen = chosen.clone();
                chosen.insert(get.name.clone(), version.clone());
                if let Some(all) = through(pipeline, rest, &builds, chosen) {
                    return Some(all);
                }
            }
        }
    }
    None
}

/// The build of a job that was chosen already, or all that succeeded, newest first.
fn candidates(pipeline: &Pipeline, job: &str, builds: &BTreeMap<&str, usize>) -> Vec<usize> {
    if let Some(chosen) = builds.get(job) {
        return vec![*chosen];
    }
    let succeeded = |build: &Build| build.job == job && build.succeeded;
    (0..pipeline.builds.len()).rev().filter(|at| succeeded(&pipeline.builds[*at])).collect()
}
