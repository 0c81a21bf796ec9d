//! Random histories of notices that are not Ubuntu's: from two databases, a scanner, and a team; records appear late, change,
//! are withdrawn and come back; databases are away; containers are lost.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use davos::step::{check, record};
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use serde_json::{Value, json};

use crate::model::concourse::{Resource, Version, version};
use crate::support::steps::{Place, run};

const RECORDS: usize = 5;
const DATABASES: usize = 2;
const PACKAGES: [&str; 3] = ["pkg:golang/stdlib", "pkg:pypi/flask", "pkg:npm/left-pad"];

/// Something that happens. Numbers stand for records and packages.
#[derive(Debug, Clone)]
enum Event {
    Hours(i64),
    /// A record appears in a database, or is changed there: its package is fixed from this version on.
    Told {
        record: usize,
        database: usize,
        fixed: u8,
    },
    Withdrawn {
        record: usize,
        database: usize,
    },
    /// A database answers with a page.
    Away {
        database: usize,
        away: bool,
    },
    Check {
        lost: bool,
    },
    ContainerIsLost,
    Release {
        versions: [u8; 3],
    },
    Answered(usize),
    Opened {
        record: usize,
        fixed: u8,
    },
    Found {
        record: usize,
        fixed: u8,
    },
}

fn event() -> impl Strategy<Value = Event> {
    use Event::*;
    let (record, database, fixed) = (|| 0..RECORDS, || 0..DATABASES, || 1..6u8);
    prop_oneof![
        2 => (1..100i64).prop_map(Hours),
        8 => (record(), database(), fixed()).prop_map(|(record, database, fixed)| Told { record, database, fixed }),
        2 => (record(), database()).prop_map(|(record, database)| Withdrawn { record, database }),
        3 => (database(), any::<bool>()).prop_map(|(database, away)| Away { database, away }),
        8 => prop::bool::weighted(0.1).prop_map(|lost| Check { lost }),
        2 => Just(ContainerIsLost),
        4 => prop::array::uniform3(0..6u8).prop_map(|versions| Release { versions }),
        1 => record().prop_map(Answered),
        2 => (record(), fixed()).prop_map(|(record, fixed)| Opened { record, fixed }),
        2 => (record(), fixed()).prop_map(|(record, fixed)| Found { record, fixed }),
    ]
}

/// Each record is about one package. The last two are one flaw: they have the same CVE.
fn package(record: usize) -> &'static str {
    PACKAGES[record.min(RECORDS - 2) % PACKAGES.len()]
}

fn id(record: usize) -> String {
    format!("GHSA-0000-0000-000{record}")
}

fn cve(record: usize) -> String {
    format!("CVE-2026-100{}", record.min(RECORDS - 2))
}

struct World {
    _folder: tempfile::TempDir,
    root: PathBuf,
    now: Timestamp,
    told: [BTreeMap<usize, Value>; DATABASES],
    away: [bool; DATABASES],
    changes: u32,
    releases: u32,
    concourse: Resource,
    /// Whether an answer never reached Concourse: what was closed before the next check may never come then.
    was_lost: bool,
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let root = folder.path().to_owned();
        for name in ["db-0", "db-1", "tmp", "build", "tracker"] {
            fs::create_dir(root.join(name)).expect("a folder");
        }
        let mut world = World {
            _folder: folder,
            root,
            now: "2026-03-01T00:00:00Z".parse().expect("a time"),
            told: [BTreeMap::new(), BTreeMap::new()],
            away: [false, false],
            changes: 0,
            releases: 0,
            concourse: Resource::default(),
            was_lost: false,
        };
        world.release([1, 1, 1]);
        world
    }

    fn source(&self) -> Value {
        let database = |nth: usize| json!({"folder": format!("file://{}/db-{nth}/", self.root.display())});
        json!({"product": "image", "priorities": ["high"], "upstream": {"osv": [database(0), database(1)]},
            "tracker": {"driver": "file", "path": self.root.join("tracker")}})
    }

    fn record(&mut self, record: usize, fixed: u8, withdrawn: bool) -> Value {
        self.changes += 1;
        let modified = self.now + SignedDuration::from_secs(i64::from(self.changes));
        let purl = package(record);
        json!({"id": id(record), "modified": modified, "published": "2026-02-27T00:00:00Z", "aliases": [cve(record)],
            "summary": format!("flaw {record}"), "withdrawn": withdrawn.then_some(modified),
            "database_specific": {"severity": "HIGH"}, "affected": [{
                "package": {"ecosystem": "generic", "name": "a", "purl": purl},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": format!("1.{fixed}.0")}]}]}]})
    }

    fn publish(&self) {
        for (nth, told) in self.told.iter().enumerate() {
            let folder = self.root.join(format!("db-{nth}"));
            let index: Vec<Value> =
                told.values().map(|record| json!({"id": record["id"], "modified": record["modified"]})).collect();
            let index = if self.away[nth] { "<html>".to_owned() } else { json!(index).to_string() };
            fs::write(folder.join("index.json"), index).expect("written");
            for record in told.values() {
                let name = format!("{}.json", record["id"].as_str().expect("an id"));
                fs::write(folder.join(name), record.to_string()).expect("written");
            }
        }
    }

    fn check(&mut self, lost: bool) {
        self.publish();
        let mut request = json!({"source": self.source()});
        if let Some(given) = self.concourse.given() {
            request["version"] = json!(given);
        }
        let temporary = self.root.join("tmp");
        let outcome = run(check, &request, Place { temporary: &temporary, folder: None, job: None, now: self.now });
        // Of two databases that are both away there is no answer, and Concourse asks again.
        if self.away == [true, true] {
            assert!(!outcome.is_success(), "{}", outcome.stderr);
            return;
        }
        let answer: Vec<Version> = outcome.json().as_array().expect("a list").iter().map(version).collect();
        self.was_lost |= lost;
        if !lost {
            self.concourse.save_check(&answer);
        }
    }

    fn put(&self, params: Value) -> bool {
        let mut source = self.source();
        source["emit"] = json!("releases");
        let (temporary, build) = (self.root.join("tmp"), self.root.join("build"));
        let place = Place { temporary: &temporary, folder: Some(&build), job: Some("job"), now: self.now };
        run(record, &json!({"source": source, "params": params}), place).is_success()
    }

    fn release(&mut self, versions: [u8; 3]) {
        self.releases += 1;
        let lines: String =
            PACKAGES.iter().zip(versions).map(|(purl, version)| format!("{purl}@1.{version}.0\n")).collect();
        fs::write(self.root.join("build/packages"), lines).expect("written");
        assert!(self.put(json!({"version": format!("1.{}.0", self.releases), "packages_file": "packages"})));
    }

    fn happens(&mut self, event: &Event) {
        match *event {
            Event::Hours(hours) => self.now += SignedDuration::from_hours(hours),
            Event::Told { record, database, fixed } => {
                let told = self.record(record, fixed, false);
                self.told[database].insert(record, told);
            }
            Event::Withdrawn { record, database } => {
                if self.told[database].contains_key(&record) {
                    let told = self.record(record, 1, true);
                    self.told[database].insert(record, told);
                }
            }
            Event::Away { database, away } => self.away[database] = away,
            Event::Check { lost } => self.check(lost),
            Event::ContainerIsLost => {
                fs::remove_dir_all(self.root.join("tmp")).expect("removed");
                fs::create_dir(self.root.join("tmp")).expect("a folder");
            }
            Event::Release { versions } => self.release(versions),
            Event::Answered(record) => {
                self.put(json!({"answer": {"notice": id(record), "status": "affected", "statement": "later"}}));
            }
            Event::Opened { record, fixed } => {
                let told = self.record(record, fixed, false);
                fs::write(self.root.join("build/own.json"), told.to_string()).expect("written");
                assert!(self.put(json!({"open": "own.json"})));
            }
            Event::Found { record, fixed } => {
                let report = json!({"descriptor": {"name": "grype"}, "matches": [{
                    "vulnerability": {"id": cve(record), "severity": "High", "fix": {"versions": [format!("1.{fixed}.0")], "state": "fixed"}},
                    "matchDetails": [{"type": "exact-direct-match"}],
                    "artifact": {"name": "a", "version": "1.0.0", "type": "x", "purl": format!("{}@1.0.0", package(record))}}]});
                fs::write(self.root.join("build/grype.json"), report.to_string()).expect("written");
                assert!(self.put(json!({"findings_file": "grype.json"})));
            }
        }
    }

    fn events(&self) -> Vec<Value> {
        let names = (1..).map(|seq| self.root.join(format!("tracker/image/{seq:08}.json")));
        names.map_while(|path| fs::read(path).ok()).map(|bytes| serde_json::from_slice(&bytes).expect("JSON")).collect()
    }

    /// What holds at the end, once all databases answer.
    fn judge(&mut self) {
        self.away = [false, false];
        self.check(false);
        let events = self.events();
        self.check(false);
        assert_eq!(self.events().len(), events.len(), "a check with nothing new adds nothing");
        // Whatever is told today, and a rebuild would fix, stands in the log under its id or as the same flaw.
        let current = events.iter().rev().find_map(|event| event["released"]["version"].as_str()).expect("a release");
        let packages = events.iter().rev().find_map(|event| event["released"]["packages"].as_str()).expect("packages");
        let file = packages.trim_start_matches("sha256:");
        let lines = fs::read_to_string(self.root.join("tracker/image/packages").join(file)).expect("packages");
        for told in self.told.iter().flat_map(BTreeMap::values).filter(|told| told["withdrawn"].is_null()) {
            let fixed = told["affected"][0]["ranges"][0]["events"][1]["fixed"].as_str().expect("a version");
            let purl = told["affected"][0]["package"]["purl"].as_str().expect("a purl");
            let have = lines.lines().find_map(|line| line.strip_prefix(purl)?.strip_prefix('@')).expect("a version");
            if have >= fixed {
                continue;
            }
            let cve = &told["aliases"][0];
            let is_known = |event: &&Value| {
                let notice = &event["opened"]["notice"];
                notice["id"] == told["id"]
                    || notice["id"] == *cve
                    || notice["cves"].as_array().is_some_and(|cves| cves.iter().any(|known| known["id"] == *cve))
            };
            assert!(events.iter().any(|event| is_known(&event)), "{} is lost in {current}", told["id"]);
        }
        // Nothing became the newest version twice, and all that a check opened came, and all that is open still.
        for event in events.iter().filter(|event| event["opened"]["shown"] != false) {
            let Some(notice) = event["opened"]["notice"]["id"].as_str() else { continue };
            let mut emitted = Version::from([("notice".to_owned(), notice.to_owned())]);
            let opening = event["opened"]["opening"].as_u64().expect("a number");
            if opening > 1 {
                emitted.insert("opening".to_owned(), opening.to_string());
            }
            let (times, _) = self.concourse.times_newest(&emitted);
            assert!(times <= 1, "{emitted:?} became the newest {times} times");
            let settled = !event["opened"]["fixed_in"].is_null() || !event["opened"]["not_affected_in"].is_null();
            let by_check = event["by"]["job"].is_null();
            assert!(settled || !by_check || self.was_lost || self.concourse.knows(&emitted), "{emitted:?} never came");
        }
        let temporary = self.root.join("tmp");
        let place = Place { temporary: &temporary, folder: None, job: None, now: self.now };
        let open = run(check, &json!({"source": self.source()}), place).json();
        for open in open.as_array().expect("a list").iter().map(version) {
            assert!(self.concourse.knows(&open), "{open:?} is open and never came");
        }
    }
}

#[test]
fn nothing_that_any_source_tells_is_lost_or_comes_twice() {
    let cases = std::env::var("MODEL_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(60);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    let history = vec(event(), 1..30);
    let run = TestRunner::new(config).run(&history, |events| {
        let mut world = World::new();
        events.iter().for_each(|event| world.happens(event));
        world.judge();
        Ok(())
    });
    if let Err(TestError::Fail(why, events)) = run {
        panic!("{why}\n{events:#?}");
    }
}
