//! What Concourse does with the jobs of a pipeline: when it makes a build, and what it remembers of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::scheduler::inputs::resolve;
use crate::scheduler::plan::Job;
use crate::scheduler::resource::{Resource, Version};
use crate::support::pipeline;

/// A pipeline that was set.
pub(crate) struct Pipeline {
    pub(crate) name: String,
    pub(crate) resources: BTreeMap<String, Resource>,
    pub(crate) jobs: Vec<Job>,
    /// All builds, in the order in which they were made.
    pub(crate) builds: Vec<Build>,
    pub(crate) paused_until: Option<Timestamp>,
}

/// A build of a job.
#[derive(Debug)]
pub(crate) struct Build {
    pub(crate) job: String,
    /// By the name of the input.
    pub(crate) inputs: BTreeMap<String, Version>,
    /// By resource: what it got, and what its puts answered with.
    versions: BTreeMap<String, Vec<Version>>,
    /// The input that it was made for; `None` if a person asked for it.
    pub(crate) reason: Option<(String, Version)>,
    pub(crate) running: bool,
    pub(crate) succeeded: bool,
    /// Whether a person has dealt with its failure.
    pub(crate) seen: bool,
    /// Whether it is an earlier build, run again with the same inputs.
    pub(crate) again: bool,
}

impl Build {
    /// The versions of a resource that it had, as inputs or as outputs.
    pub(crate) fn versions(&self, resource: &str) -> &[Version] {
        self.versions.get(resource).map_or(&[], Vec::as_slice)
    }

    /// Notes what a put answered with, which goes before what was got (atc/db/build.go: outputs, then inputs).
    pub(crate) fn put_out(&mut self, resource: &str, version: &Version) {
        self.versions.entry(resource.to_owned()).or_default().insert(0, version.clone());
    }
}

impl Pipeline {
    /// The pipeline of this repository with this name.
    pub(crate) fn of_repository(name: &str) -> Pipeline {
        let all = pipeline::all();
        let content = &all.iter().find(|found| found.name == format!("{name}.yml")).expect("the pipeline").content;
        let list = |key: &str| content[key].as_array().expect("a list").iter();
        let resources =
            list("resources").map(|r| (crate::scheduler::plan::text(&r["name"]), Resource::new(r))).collect();
        let jobs = list("jobs").map(Job::read).collect();
        Pipeline { name: name.to_owned(), resources, jobs, builds: Vec::new(), paused_until: None }
    }

    pub(crate) fn job(&self, name: &str) -> &Job {
        self.jobs.iter().find(|job| job.name == name).unwrap_or_else(|| panic!("{} has no job {name}", self.name))
    }

    /// Whether a job had a build with this version of an input, whatever became of it.
    pub(crate) fn has_run(&self, job: &str, input: &str, version: &Version) -> bool {
        self.builds.iter().any(|build| build.job == job && build.inputs.get(input) == Some(version))
    }

    /// Whether a build is under way that this job has to wait for.
    fn is_busy(&self, job: &Job) -> bool {
        let waits_for = |other: &Job| {
            let is_same = job.serial && other.name == job.name;
            is_same || other.groups.iter().any(|group| job.groups.contains(group))
        };
        self.builds.iter().any(|build| build.running && waits_for(self.job(&build.job)))
    }

    /// Makes the builds that are due: for an input with `trigger: true` whose version the job never had, when no build of
    /// a serial job is under way. Gives their places.
    pub(crate) fn schedule(&mut self) -> Vec<usize> {
        let mut made = Vec::new();
        for at in 0..self.jobs.len() {
            let job = &self.jobs[at];
            if self.is_busy(job) {
                continue;
            }
            let Some(inputs) = resolve(self, job) else { continue };
            let is_new = |name: &str| !self.has_run(&job.name, name, &inputs[name]);
            let reason = job.inputs().into_iter().find(|get| get.trigger && is_new(&get.name));
            if let Some(name) = reason.map(|get| get.name.clone()) {
                let reason = (name.clone(), inputs[&name].clone());
                made.push(self.make(&job.name.clone(), inputs, Some(reason)));
            }
        }
        made
    }

    /// A person asks for a build; without inputs there is none.
    pub(crate) fn ask_for(&mut self, job: &str) -> Option<usize> {
        if self.is_busy(self.job(job)) {
            return None;
        }
        let inputs = resolve(self, self.job(job))?;
        Some(self.make(job, inputs, None))
    }

    /// A person runs a build again, with the inputs that it had (`fly rerun-build`).
    pub(crate) fn run_again(&mut self, build: usize) -> Option<usize> {
        let Build { job, inputs, .. } = &self.builds[build];
        let (job, inputs) = (job.clone(), inputs.clone());
        if self.is_busy(self.job(&job)) {
            return None;
        }
        let made = self.make(&job, inputs, None);
        self.builds[made].again = true;
        Some(made)
    }

    /// Whether a job that only people start could run with something new.
    pub(crate) fn waits_for_somebody(&self, job: &str) -> bool {
        let last = self.builds.iter().rev().find(|build| build.job == job).map(|build| &build.inputs);
        resolve(self, self.job(job)).is_some_and(|inputs| last != Some(&inputs))
    }

    fn make(&mut self, job: &str, inputs: BTreeMap<String, Version>, reason: Option<(String, Version)>) -> usize {
        let mut versions: BTreeMap<String, Vec<Version>> = BTreeMap::new();
        for get in self.job(job).inputs() {
            versions.entry(get.resource.clone()).or_default().push(inputs[&get.name].clone());
        }
        let job = job.to_owned();
        let (running, succeeded, seen, again) = (true, false, false, false);
        self.builds.push(Build { job, inputs, versions, reason, running, succeeded, seen, again });
        self.builds.len() - 1
    }
}
