//! Outages, damage and strangers: what breaks a check, what doesn't, and what people are told.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::acceptance::product::{Product, files};
use crate::acceptance::upstream::{api_of, fixture, notice, notice_about, oval_of, serve, static_file};
use crate::support::api::Api;
use crate::support::binary::Container;
use crate::support::needs;
use crate::support::server::{Reply, Server};

const OVAL: &str = "oval/com.ubuntu.jammy.usn.oval.xml.bz2";

/// An API with two notices rated high.
fn two_notices() -> Api {
    let api = Api::default();
    api.publish(notice("USN-9001-1", "2026-11-01T08:00:00"));
    api.publish(notice("USN-9002-1", "2026-11-02T08:00:00"));
    api.rate("CVE-2026-1000", json!("high"), Some(8.1));
    api
}

fn jammy(upstream: Value) -> Value {
    json!({"source": {"os": "jammy", "window": "2000d", "priorities": ["medium", "high", "critical"], "upstream": upstream}})
}

#[test]
fn one_source_that_is_down_is_a_warning_and_all_of_them_a_failure() {
    let oval_is_up = Arc::new(AtomicU32::new(1));
    let (up, oval, api) = (Arc::clone(&oval_is_up), fixture(OVAL), two_notices());
    let server = Server::start(move |request| match request.path.starts_with("/oval/") {
        true if up.load(Ordering::SeqCst) == 1 => static_file(request, &oval),
        true => Reply::not_found(),
        false if request.path.starts_with("/elsewhere/") => Reply::not_found(),
        false => api.answer(request),
    });
    let upstream = |api: &str| json!({"oval": server.url("/oval/"), "api": server.url(api), "rss": false});
    let both = Container::new().check(&jammy(upstream("/security/"))).succeeded();
    let container = Container::new();
    let oval_alone = container.check(&jammy(upstream("/elsewhere/"))).succeeded();
    oval_alone.clone().says(&["warning: API:", "404"]);
    let mut told = oval_alone.notices();
    assert!(!told.is_empty());
    told.extend(["USN-9001-1".to_owned(), "USN-9002-1".to_owned()]);
    assert_eq!(BTreeSet::from_iter(both.notices()), BTreeSet::from_iter(told), "what each of them tells");
    oval_is_up.store(0, Ordering::SeqCst);
    let ran = Container::new().check(&jammy(upstream("/security/"))).succeeded().says(&["warning: OVAL:", "404"]);
    assert_eq!(ran.notices(), ["USN-9001-1", "USN-9002-1"]);
    container.check(&jammy(upstream("/elsewhere/"))).failed().says(&["no source of notices answers", "OVAL:", "API:"]);
}

#[test]
fn a_list_that_lost_most_of_what_it_had_is_a_failure() {
    let api = Api::default();
    api.rate("CVE-2026-1000", json!("high"), None);
    let id = |nth: u32| format!("USN-91{nth:02}-1");
    (0..60).for_each(|nth| api.publish(notice(&id(nth), &format!("2026-10-01T08:{nth:02}:00"))));
    let server = serve(&api);
    let container = Container::new();
    let request = jammy(api_of(&server));
    assert_eq!(container.check(&request).succeeded().notices().len(), 60);
    (0..50).for_each(|nth| api.withdraw(&id(nth)));
    container.check(&request).failed().says(&["60", "10", "not believed"]);
}

#[test]
fn an_oval_file_that_lost_most_of_what_it_had_is_a_failure() {
    let Some(whole) = needs::corpus_bytes("oval/com.ubuntu.mantic.usn.oval.xml.bz2") else { return };
    let small = fixture(OVAL);
    let first = AtomicUsize::new(0);
    let server = Server::start(move |_| match first.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::ok(whole.clone()).header("ETag", "\"1\""),
        _ => Reply::ok(small.clone()).header("ETag", "\"2\""),
    });
    let request = jammy(oval_of(&server));
    let container = Container::new();
    container.check(&request).succeeded();
    container.check(&request).failed().says(&["OVAL:", "notices"]);
}

#[test]
fn damage_in_the_temporary_folder_never_breaks_a_check() {
    let (oval, api) = (fixture(OVAL), two_notices());
    let pro_only = fixture("api/notices/USN-7952-1.json");
    api.publish(serde_json::from_slice(&pro_only).expect("JSON"));
    let server = Server::start(move |request| match request.path.starts_with("/oval/") {
        true => static_file(request, &oval),
        false => api.answer(request),
    });
    let upstream = json!({"oval": server.url("/oval/"), "api": server.url("/security/"), "rss": false});
    let request = jammy(upstream);
    let container = Container::new();
    let answer = container.check(&request).succeeded().stdout;
    let kept = files(container.temporary());
    assert!(kept.len() >= 2, "something is kept: {:?}", kept.keys());
    for (name, whole) in &kept {
        let path = container.temporary().join(name);
        let expect_same = |damage: &str| {
            let ran = container.check(&request).succeeded();
            assert_eq!(ran.stdout, answer, "{name}, {damage}: {}", ran.stderr);
            server.take_count();
            assert_eq!(container.check(&request).succeeded().stdout, answer, "{name}, after {damage}");
            assert_eq!(server.take_count(), 2, "{name} is whole again after {damage}");
        };
        for nth in 0..24 {
            let mut damaged = whole.clone();
            let at = (whole.len() - 1) * nth / 23;
            // A small change, which keeps a digit a digit.
            damaged[at] ^= 1;
            fs::write(&path, damaged).expect("damage");
            expect_same(&format!("a flipped byte at {at} of {}", whole.len()));
        }
        for length in [0, 1, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &whole[..length]).expect("damage");
            expect_same(&format!("cut to {length} bytes"));
        }
        fs::remove_file(&path).expect("damage");
        fs::create_dir(&path).expect("damage");
        fs::write(path.join("inside"), "x").expect("damage");
        let ran = container.check(&request).succeeded();
        assert_eq!(ran.stdout, answer, "{name} is a folder: {}", ran.stderr);
        fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path)).expect("repair");
    }
}

#[test]
fn checks_at_once_in_one_temporary_folder_do_not_disturb_each_other() {
    let api = two_notices();
    let server = serve(&api);
    let (container, request) = (Container::new(), jammy(api_of(&server)));
    thread::scope(|scope| {
        let check = || container.check(&request).succeeded().notices();
        let checks: Vec<_> = (0..6).map(|_| scope.spawn(check)).collect();
        for check in checks {
            assert_eq!(check.join().expect("a check"), ["USN-9001-1", "USN-9002-1"]);
        }
    });
}

#[test]
fn a_temporary_folder_that_leads_elsewhere_or_that_others_may_write_is_refused() {
    let server = serve(&two_notices());
    let elsewhere = tempfile::tempdir().expect("a folder");
    let container = Container::new();
    symlink(elsewhere.path(), container.temporary().join("davos")).expect("a link");
    container.check(&jammy(api_of(&server))).failed().says(&["/davos", "remove it, or set TMPDIR"]);
    assert_eq!(fs::read_dir(elsewhere.path()).expect("a folder").count(), 0, "nothing is written there");
    let container = Container::new();
    let open = container.temporary().join("davos");
    fs::create_dir(&open).expect("a folder");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).expect("permissions");
    container.check(&jammy(api_of(&server))).failed().says(&["only this user can write"]);
}

#[test]
fn a_tracker_that_cannot_be_a_folder_is_a_clear_failure() {
    let server = serve(&two_notices());
    let file = tempfile::NamedTempFile::new().expect("a file");
    let source = |path: &Path| {
        json!({"emit": "releases", "os": "jammy", "product": "x", "tracker": {"driver": "file", "path": path}, "window": "2000d",
            "upstream": api_of(&server)})
    };
    let ran = Container::new().check(&json!({"source": source(file.path())})).failed();
    ran.says(&[
        "tracker",
        &file.path().display().to_string(),
        "does source.tracker.path name a folder",
        "Not a directory",
    ]);
    // No user may make a folder there, not even root.
    let build = tempfile::tempdir().expect("a folder");
    std::fs::write(build.path().join("packages"), "libexample1=1\n").expect("a file");
    let params = json!({"version": "1.0.0", "packages_file": "packages"});
    let request = json!({"source": source(Path::new("/proc/davos")), "params": params});
    let ran = Container::new().put(&request, build.path()).failed();
    ran.says(&["tracker", "/proc/davos", "may this user write in it?"]);
}

/// A server that fails the first `failures` requests in this way.
fn failing_first(failures: usize, failure: fn() -> Reply) -> Server {
    let (api, asked) = (two_notices(), AtomicUsize::new(0));
    Server::start(move |request| match asked.fetch_add(1, Ordering::SeqCst) < failures {
        true => failure(),
        false => api.answer(request),
    })
}

#[test]
fn a_server_that_recovers_is_asked_again() {
    for failure in [|| Reply::new(503, "busy"), Reply::reset, || Reply::new(429, "").header("Retry-After", 1)] {
        let server = failing_first(1, failure);
        Container::new().check(&jammy(api_of(&server))).succeeded();
    }
}

#[test]
fn a_server_that_asks_for_a_long_wait_fails_the_check_at_once() {
    let server = failing_first(9, || Reply::new(429, "slow down").header("Retry-After", 3600));
    let ran = Container::new().check(&jammy(api_of(&server))).failed();
    assert!(ran.took < Duration::from_secs(5), "{:?}", ran.took);
    assert_eq!(server.take_count(), 1);
    ran.says(&["429", "asked again in 3600 s"]);
}

#[test]
fn what_a_server_refuses_is_not_asked_for_twice() {
    for status in [400, 401, 403, 404, 410, 422] {
        let server = Server::start(move |_| Reply::new(status, r#"{"message": "no"}"#));
        Container::new().check(&jammy(api_of(&server))).failed().says(&[&status.to_string()]);
        assert_eq!(server.take_count(), 1, "{status}");
    }
}

#[test]
fn a_notice_whose_details_are_hidden_is_not_emitted() {
    let api = two_notices();
    api.hide_details("USN-9002-1");
    let server = serve(&api);
    assert_eq!(Container::new().check(&jammy(api_of(&server))).succeeded().notices(), ["USN-9001-1"]);
}

#[test]
fn an_unrated_notice_is_warned_about_and_emitted_once_it_is_rated() {
    let api = two_notices();
    api.publish(notice_about(
        "USN-9003-1",
        "2026-10-01T08:00:00",
        &["CVE-2026-2000"],
        &[("libexample2", "3", "security")],
    ));
    api.rate("CVE-2026-2000", Value::Null, None);
    let server = serve(&api);
    let product = Product::new(json!({"os": "jammy", "window": "2000d", "upstream": api_of(&server)}));
    product.release("1.0.0", "libexample1=1\nlibexample2=1\n").succeeded();
    let first = product.check("notices", Value::Null).succeeded().says(&["warning:", "USN-9003-1"]);
    assert_eq!(first.notices(), ["USN-9001-1", "USN-9002-1"]);
    api.rate("CVE-2026-2000", json!("high"), Some(7.5));
    let last = first.versions().last().expect("a version").clone();
    assert_eq!(product.check("notices", last).succeeded().notices(), ["USN-9002-1", "USN-9003-1"]);
}

#[test]
fn a_regression_without_cves_matches_only_where_unknown_is_listed() {
    let api = Api::default();
    api.publish(notice_about("USN-9001-2", "2026-11-03T08:00:00", &[], &[("libexample1", "2.1", "security")]));
    let server = serve(&api);
    let check = |priorities: Value| {
        let source = json!({"os": "jammy", "window": "2000d", "priorities": priorities, "upstream": api_of(&server)});
        Container::new().check(&json!({"source": source})).succeeded().keeps_silent_on(&["undecided"]).notices()
    };
    assert_eq!(check(json!(["high", "critical"])), Vec::<String>::new());
    assert_eq!(check(json!(["high", "critical", "unknown"])), ["USN-9001-2"]);
}
