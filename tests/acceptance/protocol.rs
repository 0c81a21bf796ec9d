//! What Concourse reads and shows, and what it may give.

use std::fs;

use serde_json::{Value, json};

use crate::acceptance::product::Product;
use crate::acceptance::upstream::{api_of, notice, notice_about, serve};
use crate::support::api::Api;
use crate::support::binary::{Container, Ran, Step};
use crate::support::server::{Reply, Server};

/// An API with this many notices rated high, USN-9000-1 the oldest.
fn api_with(count: u32) -> Api {
    let api = Api::default();
    api.rate("CVE-2026-1000", json!("high"), Some(8.1));
    (0..count).for_each(|n| api.publish(notice(&format!("USN-{}-1", 9000 + n), &format!("2026-10-01T08:{n:02}:00"))));
    api
}

fn product(server: &Server) -> Product {
    Product::new(json!({"os": "jammy", "window": "2000d", "upstream": api_of(server)}))
}

#[test]
fn a_step_answers_with_one_json_value_and_a_screen_of_lines() {
    let server = serve(&api_with(59));
    let product = product(&server);
    product.release("0.9.0", "libexample1=1\n").succeeded();
    // `succeeded` looks at stdout and counts the lines.
    let ran = product.check("notices", Value::Null).succeeded();
    assert_eq!(ran.notices().len(), 59);
    product.get("notices", json!({"notice": "USN-9000-1"})).0.succeeded();
    product.release("1.0.0", "libexample1=1\n").succeeded();
}

#[test]
fn colours_are_on_for_concourse_and_off_with_no_color() {
    let source = json!({"source": {"os": "jammy", "typo": 1}});
    assert!(Container::new().check(&source).stderr.contains("\u{1b}["));
    assert!(!Container::new().with("NO_COLOR", 1).check(&source).stderr.contains('\u{1b}'));
}

#[test]
fn metadata_is_at_most_twelve_plain_fields() {
    let server = serve(&api_with(1));
    let product = product(&server);
    product.check("notices", Value::Null).succeeded();
    let get = product.get("notices", json!({"notice": "USN-9000-1"})).0.succeeded();
    let put = product.release("1.0.0", "libexample1=2\n").succeeded();
    let release = product.get("releases", json!({"release": "1.0.0"})).0.succeeded();
    for ran in [get, put, release] {
        let json = ran.json();
        let metadata = json["metadata"].as_array().expect("metadata");
        assert!((1..=12).contains(&metadata.len()));
        for fact in metadata {
            let name = fact["name"].as_str().expect("a name");
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "{name}");
            let value = fact["value"].as_str().expect("a value");
            assert!(!value.contains("://") || value.starts_with("http"), "a URL stands alone: {value}");
        }
    }
}

#[test]
fn a_null_source_is_a_mistake_and_no_crash() {
    for step in [Step::Check, Step::In, Step::Out] {
        let folder = tempfile::tempdir().expect("a folder");
        let ran = Container::new().run(step, r#"{"source": null}"#, Some(folder.path()));
        ran.failed().says(&["source"]);
    }
}

#[test]
fn a_version_that_says_nothing_counts_as_none() {
    let server = serve(&api_with(3));
    let source = json!({"os": "jammy", "window": "2000d", "upstream": api_of(&server)});
    let all = ["USN-9000-1", "USN-9001-1", "USN-9002-1"];
    for version in
        [json!(null), json!({}), json!({"guid": "bootstrap"}), json!({"notice": null}), json!({"opening": "2"})]
    {
        let ran = Container::new().check(&json!({"source": source, "version": version})).succeeded();
        assert_eq!(ran.notices(), all, "{version}");
    }
    assert_eq!(Container::new().check(&json!({"source": source})).succeeded().notices(), all);
}

#[test]
fn a_check_goes_on_from_the_given_version_whatever_else_it_says() {
    let server = serve(&api_with(3));
    let product = product(&server);
    product.release("0.9.0", "libexample1=1\n").succeeded();
    product.check("notices", Value::Null).succeeded();
    for version in [
        json!({"notice": "USN-9001-1"}),
        json!({"notice": "USN-9001-1", "opening": "1"}),
        json!({"notice": "USN-9001-1", "more": "of it"}),
        json!({"guid": "https://ubuntu.com/security/notices/USN-9001-1"}),
    ] {
        let ran = product.check("notices", version.clone()).succeeded();
        assert_eq!(ran.stdout, "[{\"notice\":\"USN-9001-1\"},{\"notice\":\"USN-9002-1\"}]\n", "{version}");
        let get = product.get("notices", version.clone()).0.succeeded();
        assert_eq!(get.json()["version"], version);
    }
}

#[test]
fn a_get_gives_the_same_bytes_whatever_became_of_upstream() {
    let api = api_with(30);
    let server = serve(&api);
    let product = product(&server);
    product.check("notices", Value::Null).succeeded();
    let version = json!({"notice": "USN-9000-1"});
    let (first, files) = product.get("notices", version.clone());
    let first = first.succeeded();
    let names =
        ["id", "title", "url", "priority", "severity", "cves", "packages", "notice.json", "usn.json", "notice.md"];
    for name in names.into_iter().chain(["notification.txt"]) {
        assert!(files.contains_key(name), "{name} is missing: {:?}", files.keys());
    }
    assert_eq!(String::from_utf8_lossy(&files["packages"]).trim(), "libexample1=2");
    let same = |what: &str| {
        let (ran, again) = product.get("notices", version.clone());
        assert_eq!(ran.succeeded().stdout, first.stdout, "{what}");
        assert!(again == files, "{what}");
    };
    same("once more");
    api.withdraw("USN-9000-1");
    same("withdrawn");
    drop(server);
    same("upstream is gone");
}

#[test]
fn a_get_without_a_tracker_finds_a_notice_behind_the_first_page() {
    let server = serve(&api_with(45));
    let source = json!({"os": "jammy", "upstream": api_of(&server)});
    let get = || {
        let folder = tempfile::tempdir().expect("a folder");
        let request = json!({"source": source, "version": {"notice": "USN-9000-1"}});
        let ran = Container::new().get(&request, folder.path()).succeeded();
        (ran.stdout, crate::acceptance::product::files(folder.path()))
    };
    assert!(get() == get(), "the same bytes twice");
}

#[test]
fn a_get_that_fails_leaves_no_file() {
    let server = serve(&api_with(1));
    for version in
        [json!({"notice": "USN-1-1"}), json!({"notice": "USN-9000-1", "opening": "7"}), json!({"notice": "x"})]
    {
        let (ran, files) = product(&server).get("notices", version);
        ran.failed();
        assert!(files.is_empty(), "{:?}", files.keys());
    }
}

/// `hunter2/…` as a URL must write it.
const PASSWORD: &str = "s3cr%2Ft-w%40rd";

fn keeps_its_secrets(ran: &Ran) {
    for secret in [
        "s3cr/t-w@rd",
        PASSWORD,
        &PASSWORD.to_lowercase(),
        // base64 of `bot:s3cr/t-w@rd`, as in an Authorization header, and of the password alone.
        "Ym90OnMzY3IvdC13QHJk",
        "czNjci90LXdAcmQ",
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU",
    ] {
        assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret), "{secret}: {}{}", ran.stderr, ran.stdout);
    }
}

#[test]
fn secrets_are_never_shown_not_even_when_a_server_echoes_them() {
    let echo = "s3cr/t-w@rd s3cr%2Ft-w%40rd s3cr%2ft-w%40rd Basic Ym90OnMzY3IvdC13QHJk czNjci90LXdAcmQ=";
    let server = Server::start(move |request| {
        let given = request.header("Authorization").unwrap_or_default().to_owned();
        Reply::new(403, format!("<p>denied: {given} {echo}</p>"))
    });
    let address = server.url("/").replace("http://", &format!("http://bot:{PASSWORD}@"));
    let upstream = json!({"oval": address, "api": address, "rss": address});
    for debug in [false, true] {
        let ran = Container::new().check(&json!({"source": {"os": "jammy", "upstream": upstream, "debug": debug}}));
        keeps_its_secrets(&ran.failed().says(&["403", "[redacted]"]));
    }
    let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----";
    let wrong = json!({"os": "jammy", "tracker": {"driver": "file", "path": "/nowhere", "password": "s3cr/t-w@rd",
        "private_key": key, "uri": format!("https://bot:{PASSWORD}@git.example/x")}, "priorities": ["s3cr/t-w@rd"]});
    keeps_its_secrets(&Container::new().check(&json!({"source": wrong})).failed());
}

#[test]
fn events_say_who_wrote_them() {
    let mut product = Product::new(json!({}));
    product.container = Container::new()
        .with("BUILD_TEAM_NAME", "rootfs")
        .with("BUILD_PIPELINE_NAME", "cflinuxfs4")
        .with("BUILD_JOB_NAME", "release")
        .with("BUILD_NAME", 42)
        .with("BUILD_URL", "https://ci.example/builds/4711");
    product.release("1.0.0", "bash=1\n").succeeded();
    let by = json!({"team": "rootfs", "pipeline": "cflinuxfs4", "job": "release", "build": "42",
        "url": "https://ci.example/builds/4711"});
    assert_eq!(product.log()[0]["by"], by);
}

#[test]
fn a_check_for_releases_gives_them_in_log_order_from_the_given_one_on() {
    let product = Product::new(json!({}));
    assert_eq!(product.check("releases", Value::Null).succeeded().stdout, "[]\n");
    for version in ["1.2.0", "1.10.0", "1.9.0"] {
        product.release(version, format!("bash={version}\n")).succeeded();
    }
    let check = |version: Value| product.check("releases", version).succeeded().names("release");
    assert_eq!(check(Value::Null), ["1.2.0", "1.10.0"], "the late one is in the log and never the newest");
    assert_eq!(check(json!({"release": "1.2.0"})), ["1.2.0", "1.10.0"]);
    assert_eq!(check(json!({"release": "1.9.0"})), ["1.9.0"], "given back to whoever has it");
    assert_eq!(check(json!({"release": "9.9.9"})), ["1.2.0", "1.10.0"]);
    product.check("releases", json!({"release": "9.9.9"})).succeeded().says(&["warning:", "9.9.9"]);
    let (ran, files) = product.get("releases", json!({"release": "1.10.0"}));
    assert_eq!(ran.succeeded().json()["version"], json!({"release": "1.10.0"}));
    assert_eq!(String::from_utf8_lossy(&files["version"]).trim(), "1.10.0");
    assert!(files.contains_key("release.json") && files.contains_key("fixed") && files.contains_key("open"));
}

#[test]
fn without_a_known_version_a_check_gives_the_last_hundred_releases() {
    let product = Product::new(json!({}));
    for nth in 1..=102 {
        product.put("releases", json!({"version": format!("1.{nth}.0")})).succeeded();
    }
    let versions = product.check("releases", Value::Null).succeeded().names("release");
    assert_eq!((versions.len(), versions[0].as_str(), versions[99].as_str()), (100, "1.3.0", "1.102.0"));
    assert!(fs::read_dir(product.tracker()).is_ok());
}

#[test]
fn a_first_check_that_opens_many_notices_names_the_gravest_ten_and_counts_them_all() {
    let api = Api::default();
    for nth in 0..25 {
        let cve = format!("CVE-2026-{}", 1000 + nth);
        let priority = if nth >= 20 { "critical" } else { "high" };
        api.rate(&cve, json!(priority), Some(8.1));
        let published = format!("2026-11-{:02}T08:00:00", 1 + nth);
        api.publish(notice_about(
            &format!("USN-90{nth:02}-1"),
            &published,
            &[&cve],
            &[("libexample1", "2", "security")],
        ));
    }
    let server = serve(&api);
    let product = Product::new(json!({"os": "jammy", "window": "2000d", "upstream": api_of(&server)}));
    product.release("1.0.0", "libexample1=1\n").succeeded().says(&["recorded", "1.0.0: nothing was open"]);
    let ran = product.check("notices", Value::Null).succeeded();
    assert_eq!(ran.notices().len(), 25);
    let said = ran.said();
    assert!(said.contains("opened 25 notices; the gravest 10 are:"), "{said}");
    let named: Vec<&str> = said.lines().filter(|line| line.starts_with("opened USN-")).collect();
    assert_eq!(named.len(), 10, "{said}");
    assert!(named[..5].iter().all(|line| line.contains("(critical)")), "{said}");
    assert!(named[5].starts_with("opened USN-9000-1 (high)"), "{said}");
    // What is answered is called so where it was named.
    let answer = json!({"notice": "USN-9000-1", "status": "affected", "statement": "No."});
    product.put("releases", json!({"answer": answer})).succeeded();
    product.write("packages", "libexample1=1\n");
    let params = json!({"version": "1.1.0", "packages_file": "packages", "notices": ["USN-9000-1"]});
    let said = product.put("releases", params).succeeded().said();
    assert!(said.contains("answered: affected"), "{said}");
}
