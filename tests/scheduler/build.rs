//! A build on its way through the plan of its job.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::plan::{Get, Put, Step};
use crate::resource::{Version, scratch};
use crate::world::World;

/// A build that runs.
pub(crate) struct Running {
    pub(crate) pipeline: usize,
    pub(crate) build: usize,
    steps: VecDeque<Step>,
    /// The artifacts.
    folder: TempDir,
    wakes: Timestamp,
}

/// What came of a step.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    /// Done, after some hours.
    Later,
    Failed,
}

impl World {
    /// Starts a build.
    pub(crate) fn start(&mut self, pipeline: usize, build: usize) {
        let job = self.pipelines[pipeline].builds[build].job.clone();
        let steps = self.pipelines[pipeline].job(&job).plan.clone().into();
        self.running.push(Running { pipeline, build, steps, folder: scratch(), wakes: self.now });
    }

    /// Lets all builds go on that don't wait for a task.
    pub(crate) fn go_on(&mut self) {
        for mut running in std::mem::take(&mut self.running) {
            if running.wakes > self.now || self.is_paused(running.pipeline) || self.goes_on(&mut running) {
                self.running.push(running);
            }
        }
    }

    /// Whether there is more to do.
    fn goes_on(&mut self, running: &mut Running) -> bool {
        while let Some(step) = running.steps.pop_front() {
            match self.take(running.pipeline, running.build, &step, running.folder.path()) {
                Outcome::Done => {}
                Outcome::Later => {
                    running.wakes = self.now + SignedDuration::from_hours(self.rng.i64(1..9));
                    return true;
                }
                Outcome::Failed => {
                    self.pipelines[running.pipeline].builds[running.build].running = false;
                    return false;
                }
            }
        }
        let build = &mut self.pipelines[running.pipeline].builds[running.build];
        (build.running, build.succeeded) = (false, true);
        false
    }

    fn take(&mut self, at: usize, build: usize, step: &Step, folder: &Path) -> Outcome {
        match step {
            Step::Get(get) => self.get(at, build, get, folder),
            Step::Put(put) => self.put(at, build, put, folder),
            Step::Task(task) => {
                let job = self.pipelines[at].builds[build].job.clone();
                if self.task(at, &job, task, folder) { Outcome::Later } else { Outcome::Failed }
            }
            Step::Try(steps) => {
                let _ = steps.iter().all(|step| self.take(at, build, step, folder) != Outcome::Failed);
                Outcome::Done
            }
        }
    }

    fn get(&mut self, at: usize, build: usize, get: &Get, folder: &Path) -> Outcome {
        let version = self.pipelines[at].builds[build].inputs[&get.name].clone();
        self.fetch(at, build, (&get.name, &get.resource), &version, &get.params, folder)
    }

    /// Gets a version into the artifact of this name; what is in the cache does not run again.
    fn fetch(
        &mut self,
        at: usize,
        build: usize,
        (name, resource): (&str, &str),
        version: &Version,
        params: &Value,
        folder: &Path,
    ) -> Outcome {
        let artifact = folder.join(name);
        fs::create_dir_all(&artifact).expect("an artifact");
        if let Some(cached) = self.pipelines[at].resources[resource].cached(version, params) {
            copy(cached, &artifact);
            return Outcome::Done;
        }
        if self.pipelines[at].resources[resource].kind != "davos" {
            self.get_other(at, resource, version, params, &artifact);
            return Outcome::Done;
        }
        let source = &self.pipelines[at].resources[resource].source;
        let request = json!({"source": source, "version": version, "params": params});
        let job = self.pipelines[at].builds[build].job.clone();
        let ran = self.run("in", &request, &artifact, &job);
        if let Err(why) = ran {
            assert!(self.tracker().is_file(), "a get failed: {why}");
            return Outcome::Failed;
        }
        assert_eq!(ran.expect("an answer")["version"], json!(version), "a get answers with the version it was given");
        let kept = self.folder.path().join(format!("cache-{}", self.rng.u64(..)));
        copy(&artifact, &kept);
        self.pipelines[at].resources.get_mut(resource).expect("a resource").cache(version, params, kept);
        Outcome::Done
    }

    fn put(&mut self, at: usize, build: usize, put: &Put, folder: &Path) -> Outcome {
        let resource = &self.pipelines[at].resources[&put.resource];
        let version = if resource.kind == "davos" {
            let request = json!({"source": resource.source, "params": put.params});
            // The worker goes away: before the step, or after it and before its answer is heard.
            let lost = self.trouble.then(|| self.rng.u32(0..30));
            if lost == Some(0) {
                return Outcome::Failed;
            }
            let job = self.pipelines[at].builds[build].job.clone();
            let events = self.events();
            let ran = self.run("out", &request, folder, &job);
            match &ran {
                Ok(_) => self.look_at_log_again(&request["source"]["product"]),
                Err(_) => assert_eq!(self.events(), events, "a put that fails records nothing"),
            }
            if let (Err(why), false) = (&ran, self.tracker().is_file()) {
                let expected = ["doesn't settle", "nobody tells"].iter().any(|words| why.contains(words));
                assert!(expected, "a put failed: {why}");
            }
            match ran {
                Ok(answer) if lost != Some(1) => {
                    serde_json::from_value::<Version>(answer["version"].clone()).expect("a version of texts")
                }
                _ => return Outcome::Failed,
            }
        } else {
            self.put_other(at, &put.resource, &put.params, folder)
        };
        let pipeline = &mut self.pipelines[at];
        pipeline.resources.get_mut(&put.resource).expect("a resource").save_put(&version);
        pipeline.builds[build].put_out(&put.resource, &version);
        if put.no_get {
            return Outcome::Done;
        }
        self.fetch(at, build, (&put.name, &put.resource), &version, &Value::Null, folder)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("copied");
        }
    }
}
