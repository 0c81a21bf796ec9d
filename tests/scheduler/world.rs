//! Concourse, a distribution, a tracker, and what goes wrong between them, through time.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::scheduler::build::Running;
use crate::scheduler::concourse::Pipeline;
use crate::scheduler::distribution::Distribution;
use crate::scheduler::resource::{Version, scratch};
use crate::scheduler::runner::{Ran, Runner};
use crate::support::github::GithubServer;

/// How long a tick is; whatever a check could see before the next one is seen in one.
pub(crate) const TICK: SignedDuration = SignedDuration::from_hours(4);

/// The packages of a release, by product and version.
pub(crate) type Truth = BTreeMap<(String, String), BTreeMap<String, String>>;

/// All that there is.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) now: Timestamp,
    pub(crate) rng: Rng,
    pub(crate) distribution: Distribution,
    pub(crate) pipelines: Vec<Pipeline>,
    pub(crate) running: Vec<Running>,
    pub(crate) runner: Runner,
    /// What was put into each release that was built.
    pub(crate) truth: Truth,
    /// What other resources than ours keep: by pipeline, resource and version.
    pub(crate) kept: BTreeMap<(String, String, String), Value>,
    /// What the git repositories of the pipelines hold besides the receipts.
    pub(crate) files: BTreeMap<String, String>,
    /// The notes that were published under each version, as often as they were.
    pub(crate) published: BTreeMap<String, Vec<String>>,
    /// Where the team keeps its issues.
    pub(crate) github: GithubServer,
    pub(crate) trouble: bool,
    tracker_away_until: Option<Timestamp>,
    upstream_away_until: Option<Timestamp>,
    /// How often each kind of trouble happened.
    pub(crate) troubles: BTreeMap<&'static str, usize>,
}

impl World {
    pub(crate) fn new(names: &[&str], seed: u64, start: Timestamp, runner: Runner) -> World {
        let folder = scratch();
        let mut world = World {
            distribution: Distribution::new(folder.path().join("upstream"), seed ^ 0x5eed),
            pipelines: names.iter().map(|name| Pipeline::of_repository(name)).collect(),
            now: start,
            rng: Rng::with_seed(seed),
            running: Vec::new(),
            runner,
            truth: Truth::new(),
            kept: BTreeMap::new(),
            files: BTreeMap::new(),
            published: BTreeMap::new(),
            github: GithubServer::start(),
            trouble: false,
            tracker_away_until: None,
            upstream_away_until: None,
            troubles: BTreeMap::new(),
            folder,
        };
        fs::create_dir_all(world.tracker()).expect("a folder");
        world.distribution.upstream.publish();
        let own: Vec<(usize, String)> = world.all_resources().collect();
        for (pipeline, name) in own {
            world.point_at_this_world(pipeline, &name);
        }
        world.check_all();
        world
    }

    /// Somebody records what runs today, once, by hand.
    pub(crate) fn record_what_runs_today(&mut self) {
        for at in 0..self.pipelines.len() {
            let job = "record-what-runs-today";
            if self.has_job(at, job) {
                assert!(self.ask_for(at, job), "the job could not start");
                self.go_on();
            }
        }
        self.check_all();
    }

    pub(crate) fn tracker(&self) -> PathBuf {
        self.folder.path().join("tracker")
    }

    pub(crate) fn all_resources(&self) -> impl Iterator<Item = (usize, String)> + use<> {
        let names = |(at, pipeline): (usize, &Pipeline)| {
            pipeline.resources.keys().map(|name| (at, name.clone())).collect::<Vec<_>>()
        };
        self.pipelines.iter().enumerate().flat_map(names).collect::<Vec<_>>().into_iter()
    }

    /// The pipelines name servers that don't exist; everything else in their sources stays.
    fn point_at_this_world(&mut self, pipeline: usize, name: &str) {
        let tracker = json!({"driver": "file", "path": self.tracker()});
        let addresses = self.distribution.upstream.addresses();
        let resource = self.pipelines[pipeline].resources.get_mut(name).expect("a resource");
        if resource.kind == "davos" {
            resource.source["tracker"] = tracker;
            resource.source["upstream"] = addresses;
            if resource.source.get("backlog").is_some() {
                resource.source["backlog"] = self.github.backlog();
            }
        }
    }

    /// Some hours go by.
    pub(crate) fn tick(&mut self) {
        self.now += TICK;
        if self.distribution.pass(self.now) {
            self.distribution.upstream.publish();
            self.look_at_notices_again();
        }
        if self.trouble {
            self.make_trouble();
        }
        self.end_trouble();
        self.check_all();
        for at in 0..self.pipelines.len() {
            if !self.is_paused(at) {
                for build in self.pipelines[at].schedule() {
                    self.start(at, build);
                }
            }
        }
        self.people_act();
        self.go_on();
    }

    pub(crate) fn is_paused(&self, pipeline: usize) -> bool {
        self.pipelines[pipeline].paused_until.is_some_and(|until| until > self.now)
    }

    /// Upstream is not what it was.
    pub(crate) fn look_at_notices_again(&mut self) {
        let resources = self.pipelines.iter_mut().flat_map(|pipeline| pipeline.resources.values_mut());
        resources.filter(|resource| resource.source["emit"] == "notices").for_each(|resource| resource.stale = true);
    }

    /// The log of a product is not what it was.
    pub(crate) fn look_at_log_again(&mut self, product: &Value) {
        let resources = self.pipelines.iter_mut().flat_map(|pipeline| pipeline.resources.values_mut());
        let sees = |resource: &&mut crate::scheduler::resource::Resource| {
            resource.source["product"] == *product || resource.source["emit"] == "status"
        };
        resources.filter(sees).for_each(|resource| resource.stale = true);
    }

    /// All our resources have something new to see, perhaps.
    pub(crate) fn look_again(&mut self) {
        for pipeline in &mut self.pipelines {
            pipeline.resources.values_mut().for_each(|resource| resource.stale = true);
        }
    }

    pub(crate) fn check_all(&mut self) {
        // Nothing changes for most checks; one a day makes sure of what only time changes.
        let daily = self.rng.u32(0..16) == 0;
        for (pipeline, name) in self.all_resources() {
            let resource = &self.pipelines[pipeline].resources[&name];
            let is_due = resource.stale || daily || resource.kind == "time";
            if is_due && !resource.never_checked && !self.is_paused(pipeline) {
                self.check(pipeline, &name);
                // Now and then another one follows in the same container.
                if self.rng.u32(0..16) == 0 && self.pipelines[pipeline].resources[&name].kind == "davos" {
                    self.check(pipeline, &name);
                }
            }
        }
    }

    fn check(&mut self, pipeline: usize, name: &str) {
        let events = self.events();
        let resource = self.pipelines[pipeline].resources.get_mut(name).expect("a resource");
        if resource.kind != "davos" {
            resource.stale = false;
            let found =
                crate::scheduler::others::check(&resource.kind, &resource.source, resource.rows.last(), self.now);
            resource.save_check(&found);
            return;
        }
        let temporary = resource.temporary(self.now);
        let mut request = json!({"source": resource.source});
        if let Some(given) = resource.given() {
            request["version"] = json!(given);
        }
        let outcome = self.runner.check(&request, &temporary, self.now);
        let resource = self.pipelines[pipeline].resources.get_mut(name).expect("a resource");
        resource.red = outcome.is_err();
        if let Ok(answer) = outcome {
            let versions: Vec<Version> = serde_json::from_value(answer).expect("versions of texts");
            // Sometimes the worker goes away before Concourse has the answer.
            if !(self.trouble && self.rng.u32(0..40) == 0) {
                resource.save_check(&versions);
                resource.stale = false;
            }
        } else {
            let excused = self.tracker_away_until.is_some() || self.upstream_away_until.is_some();
            assert!(excused, "{} {name}: {outcome:?}", self.pipelines[pipeline].name);
        }
        if self.events() != events {
            let product = self.pipelines[pipeline].resources[name].source["product"].clone();
            self.look_at_log_again(&product);
            self.pipelines[pipeline].resources.get_mut(name).expect("a resource").stale = false;
        }
    }

    /// How many events all logs have.
    pub(crate) fn events(&self) -> usize {
        let Ok(products) = fs::read_dir(self.tracker()) else { return 0 };
        products.filter_map(|product| fs::read_dir(product.ok()?.path()).ok()).map(Iterator::count).sum()
    }

    fn happens(&mut self, what: &'static str, one_in: u32) -> bool {
        let happens = self.rng.u32(0..one_in) == 0;
        *self.troubles.entry(what).or_default() += usize::from(happens);
        happens
    }

    fn make_trouble(&mut self) {
        let hours = |rng: &mut Rng, most: i64| SignedDuration::from_hours(rng.i64(2..most));
        let now = self.now;
        if self.upstream_away_until.is_none() && self.happens("upstream away", 200) {
            self.upstream_away_until = Some(now + hours(&mut self.rng, 40));
            let upstream = &mut self.distribution.upstream;
            (upstream.oval_is_down, upstream.api_is_down) = (self.rng.bool(), self.rng.bool());
            upstream.publish();
            self.look_at_notices_again();
        }
        if self.tracker_away_until.is_none() && self.happens("tracker away", 250) {
            self.tracker_away_until = Some(now + hours(&mut self.rng, 30));
            fs::rename(self.tracker(), self.folder.path().join("away")).expect("moved");
            fs::write(self.tracker(), "the disk is not mounted").expect("written");
            self.look_again();
        }
        let resources: Vec<(usize, String)> = self.all_resources().collect();
        let (pipeline, name) = &resources[self.rng.usize(0..resources.len())];
        if self.happens("container lost", 20) {
            self.pipelines[*pipeline].resources.get_mut(name).expect("a resource").lose_container();
        }
        if self.happens("credentials rotated", 150) {
            let resource = self.pipelines[*pipeline].resources.get_mut(name).expect("a resource");
            if resource.kind == "davos" {
                resource.source["debug"] = json!(resource.source["debug"] != true);
                resource.reset();
            }
        }
        if self.happens("image upgraded", 700) {
            let resources = self.pipelines[*pipeline].resources.values_mut();
            resources.filter(|resource| resource.kind == "davos").for_each(crate::scheduler::resource::Resource::reset);
        }
        if !self.is_paused(*pipeline) && self.happens("pipeline paused", 1500) {
            self.pipelines[*pipeline].paused_until = Some(now + hours(&mut self.rng, 31 * 24));
        }
        let pinned = self.pipelines[*pipeline].resources.get_mut(name).expect("a resource");
        if pinned.pinned.is_some() {
            if self.rng.u32(0..4) == 0 {
                pinned.pinned = None;
            }
        } else if pinned.kind == "davos" && self.rng.u32(0..400) == 0 {
            pinned.pinned = pinned.rows.last().cloned();
            *self.troubles.entry("version pinned").or_default() += 1;
        }
        if !self.running.is_empty() && self.happens("build aborted", 60) {
            let aborted = self.running.swap_remove(self.rng.usize(0..self.running.len()));
            self.pipelines[aborted.pipeline].builds[aborted.build].running = false;
        }
    }

    /// Ends what is over; without trouble, all of it.
    fn end_trouble(&mut self) {
        let (now, trouble) = (self.now, self.trouble);
        let over = |until: &Option<Timestamp>| until.is_some_and(|until| until <= now || !trouble);
        if over(&self.upstream_away_until) {
            self.upstream_away_until = None;
            let upstream = &mut self.distribution.upstream;
            (upstream.oval_is_down, upstream.api_is_down) = (false, false);
            upstream.publish();
            self.look_at_notices_again();
        }
        if over(&self.tracker_away_until) {
            self.tracker_away_until = None;
            fs::remove_file(self.tracker()).expect("removed");
            fs::rename(self.folder.path().join("away"), self.tracker()).expect("moved");
            self.look_again();
        }
        if !self.trouble {
            for pipeline in &mut self.pipelines {
                pipeline.paused_until = None;
                pipeline.resources.values_mut().for_each(|resource| resource.pinned = None);
            }
        }
    }

    /// Runs a step of ours outside of a check.
    pub(crate) fn run(&mut self, step: &str, request: &Value, folder: &std::path::Path, job: &str) -> Ran {
        self.runner.step(step, request, folder, job, self.now)
    }
}
