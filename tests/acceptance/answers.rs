//! What a team answers to a notice, and how long that holds.

use std::fs;
use std::path::Path;

use davos::concourse::Step;
use davos::step::{check, record};
use serde_json::{Value, json};

use crate::support::steps::{self, Place};

/// A product whose release 1.290.0 is recorded, as of the fixtures; USN-7946-1 is open.
struct Team {
    folder: tempfile::TempDir,
}

impl Team {
    fn new() -> Team {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["build", "tracker", "tmp"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        for release in ["1.290.0", "1.297.0"] {
            let name = format!("cflinuxfs4-{release}.receipt");
            fs::copy(fixtures().join("receipts").join(&name), folder.path().join("build").join(name)).expect("copied");
        }
        let team = Team { folder };
        team.release("1.290.0");
        assert_eq!(team.check("2026-01-19"), ["1"]);
        team
    }

    fn run(&self, step: Step, day: &str, emit: &str, params: &Value) -> Result<Value, String> {
        let file = |name: &str| format!("file://{}", fixtures().join(name).display());
        let source = json!({"emit": emit, "os": "jammy", "product": "cflinuxfs4", "window": "90d",
            "tracker": {"driver": "file", "path": self.folder.path().join("tracker")}, "packages": ["gpgv"],
            "upstream": {"oval": file("oval/"), "api": file("api/"), "rss": false}});
        let (build, temporary) = (self.folder.path().join("build"), self.folder.path().join("tmp"));
        let now = format!("{day}T12:00:00Z").parse().expect("a time");
        let place = Place { temporary: &temporary, folder: Some(&build), job: None, now };
        let outcome = steps::run(step, &json!({"source": source, "params": params}), place);
        if outcome.is_success() { Ok(outcome.json()) } else { Err(outcome.stderr) }
    }

    fn release(&self, version: &str) {
        let params = json!({"version": version, "packages_file": format!("cflinuxfs4-{version}.receipt")});
        self.run(record, "2026-01-19", "releases", &params).expect("recorded");
    }

    fn answer(&self, status: &str, until: Option<&str>) {
        let statement = format!("because {status}");
        let answer = json!({"notice": "USN-7946-1", "status": status, "statement": statement, "until": until});
        self.run(record, "2026-01-19", "releases", &json!({"answer": answer})).expect("recorded");
    }

    /// The numbers of the openings that a check without a version answers with.
    fn check(&self, day: &str) -> Vec<String> {
        let versions = self.run(check, day, "notices", &Value::Null).expect("checked");
        let opening = |version: &Value| version.get("opening").and_then(Value::as_str).unwrap_or("1").to_owned();
        versions.as_array().expect("a list").iter().map(opening).collect()
    }

    /// The notices that the release at a place of the log fixes.
    fn fixed_in(&self, seq: u64) -> Vec<String> {
        let file = self.folder.path().join(format!("tracker/cflinuxfs4/{seq:08}.json"));
        let event: Value = serde_json::from_slice(&fs::read(file).expect("an event")).expect("JSON");
        let fixed = event["released"]["fixed"].as_array().expect("a release").iter();
        fixed.map(|fixed| fixed["notice"].as_str().expect("an id").to_owned()).collect()
    }

    /// What kind of event each of the log is.
    fn log(&self) -> Vec<String> {
        let mut kinds = Vec::new();
        for seq in 1.. {
            let file = self.folder.path().join(format!("tracker/cflinuxfs4/{seq:08}.json"));
            let Ok(bytes) = fs::read(file) else { break };
            let event: Value = serde_json::from_slice(&bytes).expect("JSON");
            let kind = ["opened", "answered", "released"].into_iter().find(|kind| event.get(kind).is_some());
            kinds.push(kind.expect("an event").to_owned());
        }
        kinds
    }
}

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

#[test]
fn an_answer_holds_until_it_runs_out_and_then_the_next_check_opens_the_notice_again_once() {
    let team = Team::new();
    team.answer("affected", Some("2026-02-01"));
    assert_eq!(team.check("2026-01-31"), ["1"], "closed, and the last that was opened");
    assert_eq!(team.check("2026-02-01"), ["2"]);
    assert_eq!(team.check("2026-02-02"), ["2"], "all readers agree");
    assert_eq!(team.log(), ["released", "opened", "answered", "opened"]);
}

#[test]
fn an_answer_without_an_end_holds() {
    let team = Team::new();
    team.answer("not_affected", None);
    assert_eq!(team.check("2030-01-01"), ["1"]);
    assert_eq!(team.log(), ["released", "opened", "answered"]);
}

#[test]
fn a_later_answer_supersedes_an_earlier_one_and_the_same_again_adds_nothing() {
    let team = Team::new();
    team.answer("affected", Some("2026-02-01"));
    team.answer("not_affected", None);
    team.answer("not_affected", None);
    assert_eq!(team.check("2026-03-01"), ["1"], "the answer that ran out no longer counts");
    assert_eq!(team.log(), ["released", "opened", "answered", "answered"], "history stays");
}

#[test]
fn a_later_release_supersedes_an_answer_that_ran_out() {
    let team = Team::new();
    team.answer("affected", Some("2026-02-01"));
    team.release("1.297.0");
    assert_eq!(team.check("2026-03-01"), ["1"]);
    assert_eq!(team.log(), ["released", "opened", "answered", "released"]);
    assert_eq!(team.fixed_in(4), ["USN-7946-1"]);
}

#[test]
fn a_release_without_the_fix_leaves_an_answer_alone() {
    let team = Team::new();
    team.answer("affected", None);
    let params = json!({"version": "1.291.0", "packages_file": "cflinuxfs4-1.290.0.receipt"});
    team.run(record, "2026-01-19", "releases", &params).expect("recorded");
    assert!(team.fixed_in(4).is_empty());
    assert_eq!(team.check("2026-03-01"), ["1"], "still answered");
}

#[test]
fn an_investigation_keeps_a_notice_open() {
    let team = Team::new();
    team.answer("under_investigation", None);
    team.release("1.297.0");
    assert_eq!(team.fixed_in(4), ["USN-7946-1"], "it was open until then");
}

#[test]
fn a_named_notice_that_is_answered_does_not_stop_a_release() {
    let team = Team::new();
    let params = json!({"version": "1.291.0", "packages_file": "cflinuxfs4-1.290.0.receipt", "notices": "USN-7946-1"});
    let error = team.run(record, "2026-01-19", "releases", &params).expect_err("not settled");
    assert!(error.contains("doesn't settle USN-7946-1"), "{error}");
    team.answer("affected", Some("2026-02-01"));
    let error = team.run(record, "2026-02-02", "releases", &params).expect_err("the answer ran out");
    assert!(error.contains("doesn't settle USN-7946-1"), "{error}");
    team.run(record, "2026-01-20", "releases", &params).expect("answered");
}
