//! What people do: they say that something looks good, look at red builds, run old ones again, take an older candidate, go
//! back, and record what was forgotten.

use std::fs;

use serde_json::json;

use crate::scheduler::plan::text;
use crate::scheduler::resource::{Version, scratch};
use crate::scheduler::world::World;

impl World {
    /// Somebody looks after the pipelines.
    pub(crate) fn people_act(&mut self) {
        let busy = if self.trouble { 12 } else { 2 };
        for at in 0..self.pipelines.len() {
            if self.is_paused(at) || self.rng.u32(0..busy) != 0 {
                continue;
            }
            if self.has_job(at, "looks-good") && self.pipelines[at].waits_for_somebody("looks-good") {
                self.ask_for(at, "looks-good");
            }
            self.look_at_a_red_build(at);
            if self.trouble {
                self.do_something_again(at);
            }
        }
    }

    pub(crate) fn has_job(&self, at: usize, job: &str) -> bool {
        self.pipelines[at].jobs.iter().any(|found| found.name == job)
    }

    /// Starts a job by hand; tells whether it could start.
    pub(crate) fn ask_for(&mut self, at: usize, job: &str) -> bool {
        let build = self.pipelines[at].ask_for(job);
        build.into_iter().for_each(|build| self.start(at, build));
        build.is_some()
    }

    /// Either that job again, or all from the start, or it is forgotten.
    fn look_at_a_red_build(&mut self, at: usize) {
        let pipeline = &mut self.pipelines[at];
        let red = pipeline.builds.iter().position(|build| !build.running && !build.succeeded && !build.seen);
        let Some(red) = red else { return };
        pipeline.builds[red].seen = true;
        // What was run again or taken late may well be refused, and so it stays.
        if pipeline.builds[red].again {
            return;
        }
        let start = pipeline.jobs.iter().find(|job| job.inputs().iter().any(|get| get.trigger));
        let job = match self.rng.u32(0..5) {
            0 if self.trouble => None,
            1 | 2 => Some(pipeline.builds[red].job.clone()),
            _ => start.map(|job| job.name.clone()),
        };
        if let Some(job) = job {
            self.ask_for(at, &job);
        }
    }

    fn do_something_again(&mut self, at: usize) {
        match self.rng.u32(0..40) {
            0 => self.run_a_build_again(at, "publish"),
            4 => self.run_a_build_again(at, "build"),
            1 if self.has_job(at, "looks-good") => self.take_an_older_candidate(at),
            2 if self.has_job(at, "roll-back") => self.roll_back(at),
            3 => self.record_late(at),
            _ => {}
        }
    }

    /// A build that ran before, whatever came of it.
    pub(crate) fn run_a_build_again(&mut self, at: usize, job: &str) {
        let builds = &self.pipelines[at].builds;
        let ran: Vec<usize> = (0..builds.len()).filter(|b| builds[*b].job == job && !builds[*b].running).collect();
        if let Some(build) = self.rng.choice(ran)
            && let Some(again) = self.pipelines[at].run_again(build)
        {
            *self.troubles.entry("run again").or_default() += 1;
            self.start(at, again);
        }
    }

    /// Pins what was tested before, says that it looks good, and unpins it some time later.
    fn take_an_older_candidate(&mut self, at: usize) {
        let resource = if self.has_job(at, "test") { "candidate" } else { "version" };
        let looks_good = self.pipelines[at].job("looks-good");
        let passed =
            looks_good.inputs().into_iter().find(|get| get.name == resource).expect("the input").passed.clone();
        let builds = self.pipelines[at].builds.iter();
        let tested = builds.filter(|build| build.succeeded && build.job == passed[0]);
        let versions: Vec<Version> = tested.filter_map(|build| build.inputs.get(resource).cloned()).collect();
        if let Some(version) = self.rng.choice(versions) {
            self.pipelines[at].resources.get_mut(resource).expect("a resource").pinned = Some(version);
            if self.ask_for(at, "looks-good") {
                *self.troubles.entry("older candidate").or_default() += 1;
            }
        }
    }

    /// Goes back to a release that is out, whichever.
    fn roll_back(&mut self, at: usize) {
        let builds = self.pipelines[at].builds.iter();
        let published = builds.filter(|build| build.succeeded && build.job == "publish");
        let versions: Vec<Version> = published.map(|build| build.inputs["candidate"].clone()).collect();
        if let Some(version) = self.rng.choice(versions)
            && self.roll_back_to(at, &version)
        {
            *self.troubles.entry("rolled back").or_default() += 1;
        }
    }

    /// As the comment above the job says; tells whether it could start.
    pub(crate) fn roll_back_to(&mut self, at: usize, candidate: &Version) -> bool {
        let job = self.pipelines[at].jobs.iter_mut().find(|job| job.name == "roll-back").expect("the job");
        job.name_version("candidate", candidate);
        self.ask_for(at, "roll-back")
    }

    /// A release that came out before the highest one and was forgotten, with the packages of another one.
    pub(crate) fn record_late(&mut self, at: usize) {
        let source = self.pipelines[at].resources["releases"].source.clone();
        let product = text(&source["product"]);
        let recorded: Vec<String> = self
            .log(&product)
            .iter()
            .filter_map(|event| Some(event.get("released")?["version"].as_str()?.to_owned()))
            .collect();
        let like = self.rng.choice(&recorded).cloned();
        // Only what contains nothing: its contents would be older than those of the release before it.
        let Some(like) = like.filter(|_| !self.has_job(at, "build") || self.has_job(at, "test")) else { return };
        let Some(packages) = self.truth.get(&(product.clone(), like.clone())).cloned() else { return };
        let late =
            format!("{}.{}", like.rsplit_once('.').map_or(like.as_str(), |(start, _)| start), 1 + recorded.len());
        let build = scratch();
        fs::write(build.path().join("receipt"), crate::scheduler::others::lines(&packages)).expect("written");
        let request = json!({"source": source, "params": {"version": late, "packages_file": "receipt"}});
        let Ok(answer) = self.run("out", &request, build.path(), "by-hand") else { return };
        assert_eq!(answer["version"], json!({"release": late}), "a put answers with the release that it recorded");
        *self.troubles.entry("recorded late").or_default() += 1;
        self.truth.insert((product, late.clone()), packages);
        self.look_at_log_again(&source["product"]);
        let version = Version::from([("release".to_owned(), late)]);
        self.pipelines[at].resources.get_mut("releases").expect("a resource").save_put(&version);
    }
}
