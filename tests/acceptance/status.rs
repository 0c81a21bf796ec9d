//! The status of whole trackers, by the `in` step: of real releases, and of more events than anybody has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use davos::publish::{Shipped, Targets, status_files};
use davos::step::{check, fetch, record};
use davos::store::FileStore;
use davos::tracker::{History, Log, lengths};
use serde_json::{Value, json};

use crate::support::many_events;
use crate::support::needs;
use crate::support::steps::{Place, run};

/// The folder for the pages of `ci/browser`, or one that goes away.
fn pages(name: &str) -> (Option<tempfile::TempDir>, PathBuf) {
    match std::env::var_os("DAVOS_PAGES") {
        Some(folder) => (None, Path::new(&folder).join(name)),
        None => {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join(name);
            (Some(folder), path)
        }
    }
}

/// What a get writes of all logs of a tracker.
fn get(tracker: &Path, lengths: &Value, params: &Value, folder: &Path) {
    let temporary = tempfile::tempdir().expect("a folder");
    let source = json!({"emit": "status", "tracker": {"driver": "file", "path": tracker}});
    let request = json!({"source": source, "version": lengths, "params": params});
    let now = "2026-02-19T12:00:00Z".parse().expect("a time");
    let place = Place { temporary: temporary.path(), folder: Some(folder), job: Some("publish"), now };
    let outcome = run(fetch, &request, place);
    assert!(outcome.is_success(), "{}", outcome.stderr);
}

fn status(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("status.json")).expect("status.json")).expect("JSON")
}

#[test]
fn ten_thousand_events_make_a_page_of_less_than_three_megabytes() {
    let tracker = tempfile::tempdir().expect("a folder");
    let lengths = many_events::write(tracker.path());
    let lengths: BTreeMap<String, String> = lengths.into_iter().map(|(name, n)| (name, n.to_string())).collect();
    let (_kept, folder) = pages("large");
    get(tracker.path(), &json!(lengths), &Value::Null, &folder);
    let size = |name: &str| fs::metadata(folder.join(name)).expect(name).len();
    let (page, json, feed) = (size("status.html"), size("status.json"), size("feed.atom"));
    println!("status.html {page}, status.json {json}, feed.atom {feed} bytes");
    assert!(page < 3_000_000, "{page} bytes");
    assert_eq!(status(&folder)["products"].as_object().map(serde_json::Map::len), Some(many_events::PRODUCTS));
    tell_the_time(tracker.path());
    // The same logs make the same bytes.
    let again = tempfile::tempdir().expect("a folder");
    get(tracker.path(), &json!(lengths), &Value::Null, again.path());
    for name in ["status.html", "status.json", "feed.atom"] {
        assert!(fs::read(folder.join(name)).expect(name) == fs::read(again.path().join(name)).expect(name), "{name}");
    }
}

/// Prints how long the files take beside reading the events that they are made of.
fn tell_the_time(tracker: &Path) {
    let store = FileStore::new(tracker.to_owned());
    let temporary = tempfile::tempdir().expect("a folder");
    let started = Instant::now();
    let lengths = lengths(&store, &BTreeMap::new()).expect("lengths");
    let histories: Vec<History> = lengths
        .iter()
        .map(|(product, length)| {
            let log = Log::read(&store, product, temporary.path()).expect("a log");
            History::read(&log, *length).expect("a history")
        })
        .collect();
    let reading = started.elapsed();
    let started = Instant::now();
    status_files(&histories, &Shipped::new(), &Targets::default(), None).expect("files");
    println!("reading {} ms, the files {} ms", reading.as_millis(), started.elapsed().as_millis());
}

#[test]
fn one_line_of_jq_answers_since_which_release() {
    if !needs::has_program("jq", "--version") {
        return;
    }
    let (_tracker, folder) = fixtures();
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/status.md")).expect("the page");
    let line = page.lines().find(|line| line.starts_with("jq ") && line.ends_with(" status.json")).expect("the line");
    let output = Command::new("sh").args(["-c", line]).current_dir(folder.path()).output().expect("sh");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "cflinuxfs4 fixed since 1.297.0 (event 6)\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn one_line_of_jq_tells_how_soon() {
    if !needs::has_program("jq", "--version") {
        return;
    }
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/status.md")).expect("the page");
    let line = page.lines().find(|line| line.starts_with("jq -r '.time_to_fix")).expect("the line");
    let folder = tempfile::tempdir().expect("a folder");
    let spread = json!({"all": {"count": 3, "median_hours": 2.5, "p90_hours": 9.0}, "by_month": {}});
    let none = json!({"all": null, "by_month": {}});
    let status = json!({"time_to_fix": {"noticed": spread, "opened": none, "untimed": 4}});
    fs::write(folder.path().join("status.json"), status.to_string()).expect("written");
    let output = Command::new("sh").args(["-c", line]).current_dir(folder.path()).output().expect("sh");
    let said = String::from_utf8_lossy(&output.stdout).replace("9.0 h", "9 h");
    assert_eq!(said, "noticed: 2.5 h, 9 h of 3\n", "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn jq_answers_from_the_log_alone() {
    if !needs::has_program("jq", "--version") {
        return;
    }
    let (tracker, _folder) = fixtures();
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/log.md")).expect("the page");
    let command = page.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the command");
    let asked = |notice: &str| {
        let command = command.replace("my-rootfs", "cflinuxfs4").replace("USN-7946-1", notice);
        let output = Command::new("sh").args(["-c", &command]).current_dir(tracker.path()).output().expect("sh");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(asked("USN-7946-1"), "fixed in 1.297.0");
    assert_eq!(asked("USN-1-1"), "");
}

/// The status of the project's own fixtures: two releases of a root filesystem, and what the second one fixes.
fn fixtures() -> (tempfile::TempDir, tempfile::TempDir) {
    let (tracker, folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let file = |name: &str| format!("file://{}", root.join(name).display());
    let source = |emit: &str| {
        json!({"emit": emit, "os": "jammy", "product": "cflinuxfs4", "window": "520w",
            "priorities": ["high", "critical"], "severities": ["high", "critical"],
            "tracker": {"driver": "file", "path": tracker.path()},
            "upstream": {"oval": file("oval/"), "api": file("api/"), "rss": false}})
    };
    let temporary = tempfile::tempdir().expect("a folder");
    for (release, now) in [("1.290.0", "2026-01-15T12:00:00Z"), ("1.297.0", "2026-01-20T12:00:00Z")] {
        let place = |folder| Place {
            temporary: temporary.path(),
            folder: Some(folder),
            job: Some("build"),
            now: now.parse().expect("a time"),
        };
        let receipts = root.join("receipts");
        let params = json!({"version": release, "packages_file": format!("cflinuxfs4-{release}.receipt")});
        run(record, &json!({"source": source("releases"), "params": params}), place(&receipts)).json();
        run(check, &json!({"source": source("notices")}), place(&receipts)).json();
    }
    let count = fs::read_dir(tracker.path().join("cflinuxfs4")).expect("a log").filter(|entry| {
        entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|extension| extension == "json"))
    });
    let lengths = json!({"cflinuxfs4": count.count().to_string()});
    get(tracker.path(), &lengths, &Value::Null, folder.path());
    (tracker, folder)
}

#[test]
fn the_targets_are_those_of_the_params() {
    let (tracker, folder) = fixtures();
    let status = status(folder.path());
    assert_eq!(status["target_hours"]["high"], 48);
    let lengths = json!({"cflinuxfs4": status["products"]["cflinuxfs4"]["events"].to_string()});
    get(tracker.path(), &lengths, &json!({"targets": {"high": "1w"}}), folder.path());
    assert_eq!(self::status(folder.path())["target_hours"]["high"], 168);
}

/// The record of a real team with real receipts, imported; the project's own fixtures where they are absent.
#[test]
fn real_releases_have_a_page() {
    let (_kept, folder) = pages("real");
    let Some(corpus) = needs::corpus("") else {
        // The fixtures stand in.
        let (_tracker, from) = fixtures();
        fs::create_dir_all(&folder).expect("a folder");
        for name in ["status.html", "status.json", "feed.atom"] {
            fs::copy(from.path().join(name), folder.join(name)).expect("copied");
        }
        return;
    };
    let home = tempfile::tempdir().expect("a folder");
    let at = |name: &str| home.path().join(name);
    let copy = |from: &str, to: &str| {
        fs::create_dir_all(at(to)).expect("a folder");
        for entry in fs::read_dir(corpus.join(from)).expect(from) {
            let entry = entry.expect("an entry");
            fs::copy(entry.path(), at(to).join(entry.file_name())).expect("copied");
        }
    };
    copy("api/notices", "api/notices");
    copy("api/cves", "api/cves");
    copy("receipts", "build/receipts");
    fs::copy(corpus.join("tracking/cflinuxfs4-stack-releases.yml"), at("build/record.yml")).expect("copied");
    let facts: Value =
        serde_json::from_slice(&fs::read(corpus.join("facts/jammy-2025-11.json")).expect("facts")).expect("JSON");
    for cve in facts.as_object().expect("notices").values().flat_map(|n| n["cves"].as_array().expect("CVEs")) {
        let id = cve["id"].as_str().expect("an id");
        let rated = json!({"id": id, "priority": cve["priority"], "cvss3": null});
        fs::write(at(&format!("api/cves/{id}.json")), rated.to_string()).expect("written");
    }
    let api = format!("file://{}/", at("api").display());
    let source = json!({"emit": "releases", "os": "jammy", "product": "cflinuxfs4",
        "tracker": {"driver": "file", "path": at("tracker")}, "upstream": {"oval": false, "api": api, "rss": false}});
    let params = json!({"import": {"record": "record.yml", "packages": "receipts"}});
    let (build, now) = (at("build"), "2026-02-19T12:00:00Z".parse().expect("a time"));
    let place = Place { temporary: home.path(), folder: Some(&build), job: Some("import"), now };
    run(record, &json!({"source": source, "params": params}), place).json();
    let place = Place { temporary: home.path(), folder: None, job: None, now };
    let source = json!({"emit": "status", "tracker": {"driver": "file", "path": at("tracker")}});
    let versions = run(check, &json!({"source": source}), place).json();
    get(&at("tracker"), &versions[0], &Value::Null, &folder);

    let status = status(&folder);
    let of = |id: &str| status["notices"][id]["products"]["cflinuxfs4"].clone();
    assert_eq!((&of("USN-7946-1")["status"], &of("USN-7946-1")["since"]), (&json!("fixed"), &json!("1.297.0")));
    assert_eq!(of("USN-7899-1")["since"], "1.292.0");
    assert_eq!(of("USN-7952-1")["status"], "open");
}
