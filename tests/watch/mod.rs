//! The task of pipelines/watch.yml, run as it stands there against a Concourse that is played: green, and red for each cause,
//! always with a sentence that says what to do.

mod concourse;
mod log;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::needs;
use crate::support::pipeline;
use crate::support::server::Reply;
use concourse::{Concourse, MINUTE, PASSWORD, TOKEN, date, now};
use log::{open, status};

/// What the task said, and its message for the chat.
struct Looked {
    green: bool,
    said: String,
    message: String,
}

/// The task, as the pipeline has it with its variables filled in.
fn task() -> Value {
    let pipeline = pipeline::all().into_iter().find(|pipeline| pipeline.name == "watch.yml").expect("the pipeline");
    let plan = pipeline.content["jobs"][0]["plan"].as_array().expect("a plan").clone();
    plan.into_iter().find(|step| step.get("task").is_some()).expect("a task")["config"].take()
}

/// Whether the programs are there that the task needs in its image.
fn ready() -> bool {
    needs::has_program("curl", "--version") && needs::has_program("jq", "--version")
}

/// Looks, with these params instead of those of the pipeline.
fn look(concourse: &Concourse, params: &Value, status: &Value) -> Looked {
    let place = tempfile::tempdir().expect("a folder");
    let at = |name: &str| place.path().join(name);
    fs::create_dir_all(at("status")).and_then(|()| fs::create_dir_all(at("watched"))).expect("folders");
    let status = status.as_str().map_or_else(|| status.to_string(), ToOwned::to_owned);
    fs::write(at("status/status.json"), status).expect("written");
    let config = task();
    let oval = concourse.url("/oval/com.ubuntu.jammy.usn.oval.xml.bz2");
    let ours = json!({"CONCOURSE": concourse.url(""), "OVAL": oval, "PAUSE_SECONDS": "0"});
    let mut run = Command::new(config["run"]["path"].as_str().expect("a path"));
    run.args(config["run"]["args"].as_array().expect("arguments").iter().filter_map(Value::as_str));
    run.env_clear().env("PATH", std::env::var_os("PATH").expect("a PATH")).env("TMPDIR", place.path());
    for params in [&config["params"], &ours, params] {
        run.envs(params.as_object().into_iter().flatten().map(|(key, value)| (key, value.as_str().expect("text"))));
    }
    let ran = run.current_dir(place.path()).stdin(Stdio::null()).output().expect("sh");
    let said = String::from_utf8(ran.stdout).expect("text");
    assert_eq!(String::from_utf8_lossy(&ran.stderr), "", "nothing is said on stderr: {said}");
    let message = fs::read_to_string(at("watched/message.txt")).expect("a message");
    for shown in [&said, &message] {
        assert!(!shown.contains(PASSWORD) && !shown.contains(TOKEN), "a secret is shown: {shown}");
        assert!(!shown.contains("<html"), "an answer is shown: {shown}");
    }
    assert_eq!(left(place.path()), ["status", "watched"], "nothing is left behind");
    let green = ran.status.success();
    assert_eq!(green, message.is_empty(), "{said}");
    assert_eq!(green, !said.contains("red: "), "{said}");
    assert_eq!(green, said.ends_with("green: all is watched, and nothing is late.\n"), "{said}");
    Looked { green, said, message }
}

fn left(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().expect("text")).collect();
    names.sort();
    names
}

/// Red for one cause, which these words tell; what else is looked at is little, where the params don't say so.
fn is_red(concourse: &Concourse, params: &Value, status: &Value, words: &str) {
    let mut few = json!({"WATCHED": "rootfs/notices", "OVAL": ""});
    few.as_object_mut().expect("an object").extend(params.as_object().expect("an object").clone());
    let looked = look(concourse, &few, status);
    assert!(!looked.green && looked.said.contains(words), "{words}: {}", looked.said);
    assert_eq!(looked.said.matches("red: ").count(), 1, "one cause: {}", looked.said);
    assert!(looked.message.contains(words), "{}", looked.message);
}

#[test]
fn all_is_green_where_all_is_watched_and_nothing_is_late() {
    if !ready() {
        return;
    }
    let concourse = Concourse::well();
    let looked = look(&concourse, &json!({}), &status(&[open("USN-1-1", 5)]));
    assert!(looked.green, "{}", looked.said);
    assert!(looked.said.contains("green: rootfs/notices was checked 7 minutes ago"), "{}", looked.said);
    assert!(looked.said.contains("put a notice into its log 2 days ago"), "{}", looked.said);
    // It signs in once, and then asks for each pipeline and each resource; the OVAL file's server has no token from it.
    let asked: Vec<String> = concourse.requests().iter().map(|r| format!("{} {}", r.method, r.target)).collect();
    let api = "GET /api/v1/teams/main/pipelines";
    let expected = [
        "POST /sky/issuer/token".to_owned(),
        format!("{api}/rootfs"),
        format!("{api}/rootfs/resources/notices"),
        format!("{api}/watch"),
        format!("{api}/watch/resources/status"),
        "HEAD /oval/com.ubuntu.jammy.usn.oval.xml.bz2".to_owned(),
    ];
    assert_eq!(asked, expected);
    for request in concourse.requests() {
        let bearer = format!("Bearer {TOKEN}");
        assert_eq!(
            request.header("Authorization") == Some(&bearer),
            request.target.starts_with("/api/"),
            "{request:?}"
        );
    }
}

#[test]
fn a_token_is_taken_as_it_is_and_an_exposed_pipeline_asked_without_one() {
    if !ready() {
        return;
    }
    let concourse = Concourse::well();
    assert!(look(&concourse, &json!({"TOKEN": TOKEN}), &status(&[])).green);
    assert!(concourse.requests().iter().all(|request| request.method != "POST"));
    concourse.set("exposed", Reply::ok(""));
    assert!(look(&concourse, &json!({"WATCHER": ""}), &status(&[])).green);
    is_red(&concourse, &json!({"TOKEN": "a\"\nb"}), &status(&[]), "has characters that no token has");
}

/// What Concourse says of rootfs/notices, and what the task makes of it.
#[test]
fn a_resource_that_nobody_watches_is_red_and_says_what_to_do() {
    if !ready() {
        return;
    }
    let ago = |minutes: i64| now() - minutes * MINUTE;
    let build = |status: &str| json!({"id": 17, "name": "check", "status": status});
    let cases = [
        (json!({"last_checked": ago(7), "build": build("failed")}), "its last check failed"),
        (json!({"last_checked": ago(7), "build": build("errored")}), "could not run its last check"),
        (json!({"last_checked": ago(7), "build": build("aborted")}), "its last check was aborted"),
        (json!({"last_checked": ago(7), "failing_to_check": true}), "its last check failed"),
        (json!({"last_checked": ago(61), "build": build("succeeded")}), "was last checked 61 minutes ago, and 60"),
        (json!({"last_checked": ago(300), "build": build("succeeded")}), "was last checked 5 hours ago"),
        (json!({"last_checked": ago(300), "build": build("started")}), "was last checked 5 hours ago"),
        (json!({"last_checked": ago(7), "build": build("started")}), "its check is still running"),
        (json!({"build": build("pending")}), "it was never checked"),
        (json!({}), "it was never checked"),
        (json!({"last_checked": ago(-7), "build": build("succeeded")}), "last checked in the future"),
        (
            json!({"last_checked": ago(7), "build": build("succeeded"), "pinned_version": {"notice": "USN-1-1"}}),
            "pinned to a version",
        ),
        (
            json!({"last_checked": ago(7), "build": build("succeeded"), "pinned_version": {"notice": "USN-1-1"}, "pinned_in_config": true}),
            "the pipeline pins it to a version",
        ),
        (json!({"last_checked": ago(7)}), "doesn't tell when it was checked"),
        (json!({"last_checked": ago(7), "build": build("odd")}), "doesn't tell when it was checked"),
        (json!({"last_checked": "today", "build": build("succeeded")}), "doesn't tell when it was checked"),
        (json!({"last_checked": ago(7), "build": "succeeded"}), "doesn't tell when it was checked"),
        (json!({"name": "other", "last_checked": ago(7), "build": build("succeeded")}), "doesn't tell when"),
    ];
    for (says, words) in cases {
        let concourse = Concourse::well();
        concourse.resource("rootfs", "notices", &says);
        is_red(&concourse, &json!({}), &status(&[]), words);
    }
}

#[test]
fn a_check_that_runs_is_waited_for() {
    if !ready() {
        return;
    }
    let concourse = Concourse::well();
    concourse.runs_at_first("rootfs", "notices", 3);
    assert!(look(&concourse, &json!({}), &status(&[])).green);
}

#[test]
fn a_pipeline_in_which_nothing_is_checked_is_red() {
    if !ready() {
        return;
    }
    let cases = [
        (json!({"paused": true}), "the pipeline is paused"),
        (json!({"paused": true, "archived": true}), "the pipeline is archived"),
        (json!({"paused": "no"}), "is none about this pipeline"),
        (json!({"name": "other"}), "is none about this pipeline"),
    ];
    for (says, words) in cases {
        let concourse = Concourse::well();
        concourse.pipeline("rootfs", &says);
        is_red(&concourse, &json!({}), &status(&[]), words);
    }
    let concourse = Concourse::well();
    is_red(&concourse, &json!({"WATCHED": "gone/notices"}), &status(&[]), "gone: the team main has no such pipeline");
    is_red(
        &concourse,
        &json!({"WATCHED": "rootfs/gone"}),
        &status(&[]),
        "rootfs/gone: the pipeline has no such resource",
    );
    // Names are escaped, and no pattern is opened.
    is_red(&concourse, &json!({"WATCHED": "ü?x=*/*"}), &status(&[]), "ü?x=*: the team main has no such pipeline");
    assert!(concourse.requests().iter().any(|request| request.target.contains("/pipelines/%C3%BC%3Fx%3D")));
}

#[test]
fn an_answer_that_is_none_is_red() {
    if !ready() {
        return;
    }
    let page = "<html><title>Sign in</title></html>";
    let cases = [
        (Reply::ok(page), "answered something else than JSON"),
        (Reply::ok("[]"), "answered something else than JSON"),
        (Reply::ok(r#"{"name": "rootfs", "pau"#), "answered something else than JSON"),
        (Reply::ok(vec![b' '; 9_000_000]), "answered something else than JSON"),
        (Reply::new(401, page), "the token ran out"),
        (Reply::new(403, page), "Give it the role viewer"),
        (
            Reply::new(302, page).header("Location", "https://sso.example.org/"),
            "sends on to another address (status 302)",
        ),
        (Reply::new(500, page), "answered with status 500"),
        (Reply::reset(), "gives no answer"),
        (Reply::garbage(), "gives no answer"),
    ];
    for (reply, words) in cases {
        let concourse = Concourse::well();
        concourse.set("/api/v1/teams/main/pipelines/rootfs", reply.clone());
        is_red(&concourse, &json!({}), &status(&[]), words);
        concourse.set("/api/v1/teams/main/pipelines/rootfs", concourse::pipeline("rootfs", &json!({})));
        concourse.set("/api/v1/teams/main/pipelines/rootfs/resources/notices", reply);
        is_red(&concourse, &json!({}), &status(&[]), words);
    }
}

#[test]
fn who_can_not_sign_in_is_told_why() {
    if !ready() {
        return;
    }
    let cases = [
        (Reply::ok("<html>Sign in</html>"), "answered something else than a token"),
        (Reply::ok(r#"{"access_token": 1}"#), "answered something else than a token"),
        (Reply::new(401, r#"{"error": "access_denied"}"#), "Concourse doesn't take the user"),
        (Reply::new(404, "404 page not found"), "answered with status 404"),
        (Reply::reset(), "gives no answer"),
    ];
    for (reply, words) in cases {
        let concourse = Concourse::well();
        concourse.set("exposed", Reply::ok(""));
        concourse.set("/sky/issuer/token", reply);
        is_red(&concourse, &json!({}), &status(&[]), words);
    }
}

#[test]
fn an_oval_file_that_is_old_or_whose_age_nobody_tells_is_red() {
    if !ready() {
        return;
    }
    let head =
        |ago: i64| Reply::ok("").header("Date", date(now())).header("Last-Modified", date(now() - ago * 60 * MINUTE));
    let cases = [
        (head(121), "it was last changed 121 hours ago, and 120 are allowed"),
        (head(-5), "it was changed in the future"),
        (Reply::ok("").header("Date", date(now())), "doesn't tell when it was changed"),
        (Reply::ok("").header("Last-Modified", "yesterday"), "doesn't tell when it was changed"),
        (Reply::new(404, "gone"), "there is no OVAL file at the address in oval (status 404)"),
        (Reply::reset(), "(status 000)"),
    ];
    for (reply, words) in cases {
        let concourse = Concourse::well();
        let address = "/oval/com.ubuntu.jammy.usn.oval.xml.bz2";
        concourse.set(address, reply);
        is_red(&concourse, &json!({"OVAL": concourse.url(address)}), &status(&[]), words);
    }
    assert!(look(&Concourse::well(), &json!({"OVAL": ""}), &status(&[])).green, "none is looked at");
}

#[test]
fn a_notice_that_is_past_its_target_by_now_is_red_until_it_is_answered() {
    if !ready() {
        return;
    }
    let concourse = Concourse::well();
    let words = "cflinuxfs4: USN-2-1 (high) is open for 49 hours, and its target is 48";
    is_red(&concourse, &json!({}), &status(&[open("USN-1-1", 5), open("USN-2-1", 49)]), words);
    is_red(&concourse, &json!({}), &json!("<html>no"), "status.json of the get can't be read");
    is_red(&concourse, &json!({}), &json!({"schema": 2, "products": {}}), "status.json of the get can't be read");
    let mut none = status(&[]);
    none["products"] = json!({});
    is_red(&concourse, &json!({}), &none, "the tracker has no product");
    let mut later = status(&[]);
    later["now"] = json!(log::time(now() + 3600));
    is_red(&concourse, &json!({}), &later, "the log was written in the future");
    // Many of them: the chat is told some, the build all.
    let many: Vec<Value> = (1..60).map(|n| open(&format!("USN-{n}-1"), 100)).collect();
    let looked = look(&concourse, &json!({}), &status(&many));
    assert_eq!(looked.said.matches("red: ").count(), 59);
    assert!(looked.message.chars().count() <= 1201 && looked.message.trim_end().ends_with('…'), "{}", looked.message);
}

#[test]
fn clocks_that_differ_are_told() {
    if !ready() {
        return;
    }
    let concourse = Concourse::well();
    concourse.clock(3600);
    let looked = look(&concourse, &json!({}), &status(&[]));
    assert!(!looked.green && looked.said.contains("are more than five minutes apart"), "{}", looked.said);
}

#[test]
fn mistakes_in_the_variables_are_told_before_anybody_is_asked() {
    if !ready() {
        return;
    }
    let concourse = Concourse::well();
    let cases = [
        (json!({"CONCOURSE": "ci.example.org"}), "concourse-url is no address"),
        (json!({"WATCHED": ""}), "watched names no resource"),
        (json!({"WATCHED": " \n "}), "watched names no resource"),
        (json!({"OVAL_HOURS": "five"}), "is none: whole numbers"),
        (json!({"CHECKED_WITHIN_MINUTES": "1; reboot"}), "is none: whole numbers"),
    ];
    for (params, words) in cases {
        is_red(&concourse, &params, &status(&[]), words);
        assert_eq!(concourse.requests().len(), 0);
    }
    for watched in ["notices", "rootfs/", "/notices", "a/b/c"] {
        is_red(&concourse, &json!({"WATCHED": watched}), &status(&[]), "is no pipeline/resource");
    }
}
