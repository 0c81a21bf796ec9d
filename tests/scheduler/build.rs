//! A build on its way through the plan of its job.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::scheduler::plan::{Get, Put, Step};
use crate::scheduler::resource::{Version, scratch};
use crate::scheduler::world::World;

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
                    let job = self.pipelines[running.pipeline].builds[running.build].job.clone();
                    for hook in self.pipelines[running.pipeline].job(&job).on_failure.clone() {
                        let outcome = self.take(running.pipeline, running.build, &hook, running.folder.path());
                        assert_eq!(outcome, Outcome::Done, "a hook of {job} failed");
                    }
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
            Step::Put(put) => {
                let outcome = self.put(at, build, put, folder);
                let is_message = self.pipelines[at].resources[&put.resource].kind == "slack";
                assert!(!is_message || outcome != Outcome::Failed, "the chat is in the way of {}", put.name);
                outcome
            }
            Step::Task(task) => {
                let job = self.pipelines[at].builds[build].job.clone();
                let took = if task.config.is_some() { Outcome::Done } else { Outcome::Later };
                if self.task(at, &job, task, folder) { took } else { Outcome::Failed }
            }
            Step::Try(steps) => {
                for step in steps {
                    let outcome = match step {
                        // Only here may a message fail.
                        Step::Put(put) => self.put(at, build, put, folder),
                        step => self.take(at, build, step, folder),
                    };
                    if outcome == Outcome::Failed {
                        break;
                    }
                }
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
            // A get begins with an empty folder.
            fs::remove_dir_all(&artifact).and_then(|()| fs::create_dir_all(&artifact)).expect("an empty artifact");
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
        let is_ours = self.pipelines[at].resources[&put.resource].kind == "davos";
        let version = if is_ours {
            self.put_ours(at, build, put, folder)
        } else {
            self.put_other(at, &put.resource, &put.params, folder)
        };
        let Some(version) = version else { return Outcome::Failed };
        let pipeline = &mut self.pipelines[at];
        pipeline.resources.get_mut(&put.resource).expect("a resource").save_put(&version);
        pipeline.builds[build].put_out(&put.resource, &version);
        if put.no_get {
            return Outcome::Done;
        }
        self.fetch(at, build, (&put.name, &put.resource), &version, &Value::Null, folder)
    }

    /// A put to a resource of ours: the version that it answered with, if Concourse heard it.
    fn put_ours(&mut self, at: usize, build: usize, put: &Put, folder: &Path) -> Option<Version> {
        let source = self.pipelines[at].resources[&put.resource].source.clone();
        let request = json!({"source": source, "params": put.params});
        // The worker goes away: before the step, or after it and before its answer is heard.
        let lost = self.trouble.then(|| self.rng.u32(0..30));
        if lost == Some(0) {
            return None;
        }
        let (job, again) = (self.pipelines[at].builds[build].job.clone(), self.pipelines[at].builds[build].again);
        let events = self.events();
        let ran = self.run("out", &request, folder, &job);
        match &ran {
            Ok(_) => {
                self.look_at_log_again(&source["product"]);
                self.remember_packages(&source["product"], &put.params, folder);
            }
            Err(_) => assert_eq!(self.events(), events, "a put that fails records nothing"),
        }
        if let (Err(why), false) = (&ran, self.tracker().is_file()) {
            let mut expected = vec!["doesn't settle", "nobody tells"];
            if again || job == "publish" {
                // What is run again, or taken late, is no news any more.
                expected.extend(["would go back on", "stays the current one", "nothing to answer with"]);
            }
            assert!(expected.iter().any(|words| why.contains(words)), "a put failed: {why}");
        }
        let answer = ran.ok().filter(|_| lost != Some(1))?;
        Some(serde_json::from_value(answer["version"].clone()).expect("a version of texts"))
    }

    /// The packages of a release that no task of this world built, as they went out.
    fn remember_packages(&mut self, product: &Value, params: &Value, folder: &Path) {
        let (Some(file), Some(version)) = (params["packages_file"].as_str(), version_of(params, folder)) else {
            return;
        };
        let text = fs::read_to_string(folder.join(file)).expect("the packages");
        let packages = text.lines().filter_map(|line| line.split_once('='));
        let packages = packages.map(|(name, version)| (name.to_owned(), version.to_owned())).collect();
        self.truth.entry((crate::scheduler::plan::text(product), version)).or_insert(packages);
    }
}

fn version_of(params: &Value, folder: &Path) -> Option<String> {
    let file = params["version_file"].as_str().map(|path| fs::read_to_string(folder.join(path)).expect("the version"));
    file.map(|version| version.trim().to_owned()).or_else(|| params["version"].as_str().map(str::to_owned))
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
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
