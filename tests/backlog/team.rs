//! A team with a product, a log and issues on a server: steps in this process, and synchronisations whose waits take no time.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use davos::backlog::github::{Github, GithubMemory};
use davos::backlog::{AnswerLabels, Pace, SyncLabels, SyncReport, sync};
use davos::concourse::Step;
use davos::product::Filter;
use davos::step::{LogBook, record};
use davos::store::FileStore;
use davos::tracker::{By, Log, Retry};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::github::GithubServer;
use crate::support::steps::{self, FakeClock, Outcome, Place};

/// What came of a synchronisation.
pub(crate) struct Synced {
    pub(crate) result: Result<SyncReport, String>,
    pub(crate) lines: Vec<String>,
    pub(crate) waits: Vec<Duration>,
}

impl Synced {
    pub(crate) fn report(&self) -> &SyncReport {
        self.result.as_ref().expect("synchronised")
    }

    pub(crate) fn error(&self) -> &str {
        self.result.as_ref().expect_err("a failure")
    }
}

/// A product, its log, and its issues.
pub(crate) struct Team {
    folder: tempfile::TempDir,
    pub(crate) github: GithubServer,
    pub(crate) product: &'static str,
}

impl Team {
    /// A team whose release 1.0 with gorouter 0.1 is recorded.
    pub(crate) fn new() -> Team {
        let team = Team::of("rootfs", tempfile::tempdir().expect("a folder"), GithubServer::start());
        team.release("1.0", "0.1", &Value::Null);
        team
    }

    pub(crate) fn of(product: &'static str, folder: tempfile::TempDir, github: GithubServer) -> Team {
        for name in ["build", "tracker", "tmp"] {
            fs::create_dir_all(folder.path().join(name)).expect("a folder");
        }
        Team { folder, github, product }
    }

    /// The same people with another product in the same tracker.
    pub(crate) fn turn_to(&mut self, product: &'static str) {
        self.product = product;
    }

    pub(crate) fn tracker(&self) -> PathBuf {
        self.folder.path().join("tracker")
    }

    pub(crate) fn build(&self) -> PathBuf {
        self.folder.path().join("build")
    }

    pub(crate) fn source(&self, emit: &str) -> Value {
        json!({"emit": emit, "product": self.product, "backlog": self.github.backlog(),
            "tracker": {"driver": "file", "path": self.tracker()}, "priorities": ["high", "critical"]})
    }

    pub(crate) fn run(&self, step: Step, emit: &str, day: &str, key: &str, value: &Value) -> Outcome {
        let (build, temporary) = (self.build(), self.folder.path().join("tmp"));
        let now = time(day);
        let job = if emit == "backlog" { None } else { Some("job") };
        let place = Place { temporary: &temporary, folder: Some(&build), job, now };
        steps::run(step, &json!({"source": self.source(emit), key: value}), place)
    }

    /// A put on this day.
    pub(crate) fn put(&self, day: &str, params: &Value) -> Outcome {
        self.run(record, "releases", day, "params", params)
    }

    /// Records a release with this version of gorouter.
    pub(crate) fn release(&self, version: &str, gorouter: &str, includes: &Value) {
        let sbom = json!({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
            {"type": "library", "name": "gorouter", "version": gorouter, "purl": format!("pkg:generic/gorouter@{gorouter}")}]});
        fs::write(self.build().join("sbom.json"), sbom.to_string()).expect("a file");
        let mut params = json!({"version": version, "packages_file": "sbom.json"});
        if !includes.is_null() {
            params["includes"] = includes.clone();
        }
        self.put("2026-01-19", &params).json();
    }

    /// Opens a notice that asks for this version of gorouter.
    pub(crate) fn open(&self, id: &str, priority: &str, fixed: &str) {
        self.open_on("2026-01-19", id, priority, fixed);
    }

    /// The same on this day.
    pub(crate) fn open_on(&self, day: &str, id: &str, priority: &str, fixed: &str) {
        let summary = format!("{id} in words, for @team: fixes #1");
        let osv = json!({"id": id, "modified": "2026-01-19T10:00:00Z", "published": "2026-01-18T00:00:00Z", "summary": summary,
            "details": "Somebody <b>may</b> do something.", "database_specific": {"priority": priority},
            "affected": [{"package": {"ecosystem": "generic", "name": "gorouter", "purl": "pkg:generic/gorouter"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]}]});
        fs::write(self.build().join("osv.json"), osv.to_string()).expect("a file");
        self.put(day, &json!({"open": "osv.json"})).json();
    }

    /// Opens so many notices at once, the nth of which asks for 0.2.n of gorouter.
    pub(crate) fn open_many(&self, count: usize) {
        let folder = self.build().join("many");
        fs::create_dir_all(&folder).expect("a folder");
        for n in 1..=count {
            let osv = json!({"id": format!("x_MANY-{n}"), "modified": "2026-01-19T10:00:00Z", "published": "2026-01-18T00:00:00Z",
                "summary": format!("The {n}th of many"), "database_specific": {"priority": "high"},
                "affected": [{"package": {"ecosystem": "generic", "name": "gorouter", "purl": "pkg:generic/gorouter"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": format!("0.2.{n}")}]}]}]});
            fs::write(folder.join(format!("{n}.json")), osv.to_string()).expect("a file");
        }
        self.put("2026-01-19", &json!({"open": "many"})).json();
    }

    /// Where a check runs that isn't meant to come far.
    pub(crate) fn place_of_a_check(&self) -> Place<'_> {
        Place { temporary: self.folder.path(), folder: None, job: None, now: time("2026-01-20") }
    }

    /// Answers in the pipeline.
    pub(crate) fn answer(&self, day: &str, answer: &Value) {
        self.put(day, &json!({"answer": answer})).json();
    }

    /// Synchronises, as a put does, with a clock whose waits take no time.
    pub(crate) fn sync(&self, day: &str) -> Synced {
        let lines = RefCell::new(Vec::new());
        {
            let mut world = self.github.world();
            world.now = world.now.max(time(day));
        }
        let clock = FakeClock::at(time(day));
        let temporary = tempfile::tempdir().expect("a folder");
        let result = {
            let store = FileStore::new(self.tracker());
            let product = self.product.parse().expect("a name");
            let mut log = Log::read(&store, &product, temporary.path()).expect("a log");
            let filter: Filter = filter();
            let retry = Retry { budget: Duration::from_secs(10), seed: 1 };
            let book = LogBook::new(&mut log, &store, temporary.path().to_owned(), &filter, time(day));
            let mut book = book.by(By { job: Some("sync".into()), ..By::default() }, retry);
            let tell = |line: String| lines.borrow_mut().push(line);
            let pace = Pace::patient(&clock, tell);
            let github = Github::new(self.place(), &[], pace, GithubMemory::default()).expect("a client");
            let labels = AnswerLabels::default();
            sync(&github, &mut book, SyncLabels { label: "davos", labels: &labels }, &tell)
        };
        let waits = clock.waits.borrow().clone();
        Synced { result: result.map_err(|error| format!("{error:#}")), lines: lines.into_inner(), waits }
    }

    fn place(&self) -> davos::backlog::github::GithubPlace {
        davos::backlog::github::GithubPlace {
            repository: "example-org/rootfs".parse().expect("a repository"),
            token: davos::text::Secret::new("github_pat_example"),
            endpoint: self.github.server.url("").parse().expect("an address"),
            label: "davos".to_owned(),
        }
    }

    /// All events of the log.
    pub(crate) fn log(&self) -> Vec<Value> {
        let event = |seq: u64| fs::read(self.tracker().join(format!("{}/{seq:08}.json", self.product))).ok();
        let events = (1..).map_while(event);
        events.map(|bytes| serde_json::from_slice(&bytes).expect("an event")).collect()
    }

    /// The answers of the log.
    pub(crate) fn answers(&self) -> Vec<Value> {
        self.log().into_iter().filter_map(|event| event.get("answered").cloned()).collect()
    }
}

/// Noon of a day, or the time itself.
pub(crate) fn time(day: &str) -> Timestamp {
    let text = if day.contains('T') { day.to_owned() } else { format!("{day}T12:00:00Z") };
    text.parse().expect("a time")
}

fn filter() -> Filter {
    use davos::notice::Priority;
    Filter {
        priorities: [Priority::High, Priority::Critical].into(),
        severities: [].into(),
        packages: None,
        ignore_packages: davos::product::Globs::default(),
    }
}
