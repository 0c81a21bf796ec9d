//! A check tells what a synchronisation would do, has a new version only then, and costs next to nothing.

use davos::step::{check, fetch};
use serde_json::{Value, json};

use crate::backlog::team::Team;
use crate::support::binary::Container;
use crate::support::github::Mishap;
use crate::support::server::Reply;

fn checked(team: &Team, day: &str, version: &Value) -> (Vec<Value>, String) {
    let outcome = team.run(check, "backlog", day, "version", version);
    let said = outcome.stderr.clone();
    (outcome.json().as_array().expect("a list").clone(), said)
}

#[test]
fn a_version_is_new_only_where_a_sync_would_do_something_and_once_an_hour() {
    let team = Team::new();
    assert_eq!(checked(&team, "2026-01-20", &Value::Null).0, [json!(null); 0]);
    team.open("x_ONE-1", "high", "0.2");
    let (versions, said) = checked(&team, "2026-01-20T12:01:00Z", &Value::Null);
    let [version] = versions.as_slice() else { panic!("{versions:?}") };
    assert_eq!(version["log"], "2");
    assert_eq!(version["todo"].as_str().map(str::len), Some(16));
    assert!(said.contains("new issue: x_ONE-1 (high) in rootfs"), "{said}");
    // The same within the hour, and another one in the next.
    assert_eq!(checked(&team, "2026-01-20T12:59:00Z", version).0, std::slice::from_ref(version));
    let (later, _) = checked(&team, "2026-01-20T13:00:00Z", version);
    assert_eq!((later.len(), &later[0]), (2, version));
    team.sync("2026-01-20T13:01:00Z").report();
    let (done, said) = checked(&team, "2026-01-20T13:02:00Z", &later[1]);
    assert_eq!(done, [later[1].clone()], "{said}");
    assert!(said.contains("all issues are as the log wants them"), "{said}");
    // Somebody answers.
    team.github.world().comment("alice", 1, "/davos wont_fix: no");
    let (heard, said) = checked(&team, "2026-01-20T13:05:00Z", &later[1]);
    assert_eq!(heard.len(), 2, "{said}");
    assert!(said.contains("#1 x_ONE-1: hear alice"), "{said}");
    team.sync("2026-01-20T13:06:00Z").report();
    assert_eq!(checked(&team, "2026-01-20T13:10:00Z", &heard[1]).0, [heard[1].clone()]);
    // A comment that is no command is no work.
    team.github.world().comment("bob", 1, "What is this?");
    assert_eq!(checked(&team, "2026-01-20T13:15:00Z", &heard[1]).0, [heard[1].clone()]);
}

#[test]
fn the_end_of_an_answer_is_work_although_nothing_changed() {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    team.answer(
        "2026-01-20",
        &json!({"notice": "x_ONE-1", "status": "affected", "statement": "x", "until": "2026-01-21"}),
    );
    team.sync("2026-01-20").report();
    for day in ["2026-01-20T12:00:00Z", "2026-01-20T12:10:00Z", "2026-01-20T12:20:00Z"] {
        assert_eq!(checked(&team, day, &Value::Null).0, [json!(null); 0]);
    }
    assert_eq!(checked(&team, "2026-01-21", &Value::Null).0.len(), 1);
}

#[test]
fn unchanged_it_is_one_conditional_request_and_hardly_any_time() {
    let team = Team::new();
    team.open_many(40);
    team.sync("2026-01-20").report();
    let container = Container::new();
    let request = json!({"source": team.source("backlog"), "version": null});
    for _ in 0..2 {
        container.check(&request).succeeded();
    }
    team.github.take_requests();
    let before = team.github.server.requests().len();
    let started = children_time();
    let rounds: u32 = 5;
    for _ in 0..rounds {
        container.check(&request).succeeded();
    }
    let spent = (children_time() - started) / f64::from(rounds);
    println!("{:.1} ms of CPU", spent * 1000.0);
    assert_eq!(team.github.server.requests().len() - before, rounds as usize);
    let asked = team.github.server.requests();
    assert!(
        asked.iter().all(|request| request.header("if-none-match").is_some() && request.parameter("since").is_some())
    );
    // Without optimisation it takes longer; the budget is of the programs that are shipped.
    assert!(spent < if cfg!(debug_assertions) { 0.2 } else { 0.02 }, "{spent}");
}

/// The time that children took on a processor, in seconds.
fn children_time() -> f64 {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_CHILDREN).expect("usage");
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

#[test]
fn a_deleted_issue_is_seen_within_the_hour() {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    team.sync("2026-01-20").report();
    assert_eq!(checked(&team, "2026-01-20T12:30:00Z", &Value::Null).0, [json!(null); 0]);
    team.github.world().issues.clear();
    assert_eq!(checked(&team, "2026-01-20T13:31:00Z", &Value::Null).0.len(), 1);
}

#[test]
fn a_check_waits_for_nobody() {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    let reply = Reply::new(403, r#"{"message": "secondary rate limit"}"#).header("Retry-After", 3600);
    team.github.world().mishaps.push_back(Mishap { method: "GET", path_ends: "/issues", reply, is_done: false });
    let outcome = team.run(check, "backlog", "2026-01-20", "version", &Value::Null);
    assert!(!outcome.is_success());
    assert!(outcome.stderr.contains("none for 60 min; a later check asks again"), "{}", outcome.stderr);
}

#[test]
fn a_get_writes_what_should_exist_by_the_log_and_asks_nobody() {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    team.open("x_LOW-1", "low", "0.2");
    team.github.take_requests();
    let version = json!({"log": "3", "todo": "abc"});
    let folder = team.build();
    let outcome = team.run(fetch, "backlog", "2026-01-20", "version", &version);
    assert_eq!(outcome.json()["version"], version);
    let file = std::fs::read(folder.join("backlog.json")).expect("backlog.json");
    let json: Value = serde_json::from_slice(&file).expect("JSON");
    assert_eq!(json["issues"].as_array().map(Vec::len), Some(1));
    assert_eq!(json["issues"][0]["notice"], "x_ONE-1");
    assert_eq!(json["issues"][0]["packages"][0]["need"], "0.2");
    // What comes later changes nothing of it.
    team.release("1.1", "0.2", &Value::Null);
    team.run(fetch, "backlog", "2027-01-20", "version", &version).json();
    assert_eq!(std::fs::read(folder.join("backlog.json")).expect("backlog.json"), file);
    assert_eq!(team.github.take_requests(), [""; 0]);
    let cut = team.run(fetch, "backlog", "2026-01-20", "version", &json!({"log": "9", "todo": "abc"}));
    assert!(cut.stderr.contains("has 4 events, and the version names 9"), "{}", cut.stderr);
}

#[test]
fn a_put_that_has_nowhere_to_go_says_so() {
    let team = Team::new();
    let outcome = team.run(davos::step::record, "backlog", "2026-01-20", "params", &json!({"backlog": "sync"}));
    assert!(outcome.stderr.contains("a put can't go to a resource with emit: backlog"), "{}", outcome.stderr);
    let mut source = team.source("releases");
    source.as_object_mut().expect("keys").remove("backlog");
    let ran = Container::new().put(&json!({"source": source, "params": {"backlog": "sync"}}), &team.build());
    ran.failed().says(&["source.backlog is needed for `backlog: sync`"]);
}

#[test]
fn wrong_keys_are_refused_in_one_sentence() {
    let team = Team::new();
    for (key, value, said) in [
        (
            "repository",
            json!("https://github.com/a/b"),
            "source.backlog.repository: \"https://github.com/a/b\" is no repository",
        ),
        ("repository", Value::Null, "source.backlog.repository: needed"),
        ("token", json!("a b"), "source.backlog.token: is no token"),
        ("token", Value::Null, "source.backlog.token: needed"),
        ("endpoint", json!("api.github.com"), "source.backlog.endpoint: "),
        ("endpoint", json!("https://u:p4ssw0rd@x.example/"), "source.backlog.endpoint: "),
        ("label", json!("a,b"), "source.backlog.label: \"a,b\" is not allowed"),
        ("labels", json!({"not_affected": "x", "wont_fix": "X"}), "source.backlog.labels: two labels have one name"),
        (
            "labels",
            json!({"not_affected": "Davos/High"}),
            "source.backlog.labels: \"Davos/High\" is a label that davos sets itself",
        ),
        ("labels", json!({"wontfix": "x"}), "did you mean `wont_fix`?"),
        ("driver", json!("jira"), "source.backlog.driver: \"jira\" is not allowed; allowed: github"),
        ("driver", Value::Null, "source.backlog.driver: needed"),
        ("tokn", json!("s3cr3tt0ken"), "source.backlog.tokn: unknown key, did you mean `token`?"),
    ] {
        let mut source = team.source("backlog");
        source["backlog"][key] = value;
        let outcome = crate::support::steps::run(check, &json!({"source": source}), team.place_of_a_check());
        assert!(!outcome.is_success() && outcome.stderr.contains(said), "{key}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains("p4ssw0rd") && !outcome.stderr.contains("s3cr3tt0ken"), "{}", outcome.stderr);
    }
    for (key, said) in [
        ("backlog", "source.backlog: needed with `emit: backlog`"),
        ("tracker", "source.tracker: needed with `emit: backlog`"),
        ("product", "source.product: needed with"),
    ] {
        let mut source = team.source("backlog");
        source.as_object_mut().expect("keys").remove(key);
        let outcome = crate::support::steps::run(check, &json!({"source": source}), team.place_of_a_check());
        assert!(outcome.stderr.contains(said), "{key}: {}", outcome.stderr);
    }
    let both = team.put("2026-01-20", &json!({"backlog": "sync", "version": "2.0"}));
    assert!(both.stderr.contains("`backlog` stands alone"), "{}", both.stderr);
    let other = team.put("2026-01-20", &json!({"backlog": "push"}));
    assert!(other.stderr.contains("params.backlog: \"push\" is not allowed; allowed: sync"), "{}", other.stderr);
}

#[test]
fn a_check_that_is_broken_off_while_it_lists_goes_on_where_it_was() {
    let team = Team::new();
    team.open_many(7);
    team.sync("2026-01-20").report();
    {
        let mut world = team.github.world();
        world.per_page = 2;
        world.drops_link = false;
        // Who we are, and the first two pages.
        world.stop_after = Some(3);
    }
    team.github.take_requests();
    let outcome = team.run(check, "backlog", "2026-01-20T12:30:00Z", "version", &Value::Null);
    assert!(!outcome.is_success());
    team.github.world().stop_after = None;
    team.github.take_requests();
    assert_eq!(
        checked(&team, "2026-01-20T12:31:00Z", &Value::Null).0,
        [json!(null); 0],
        "all are as the log wants them"
    );
    let asked: Vec<String> = team.github.server.requests().iter().map(|request| request.query.clone()).collect();
    assert_eq!(asked.len(), 2, "pages 3 and 4: {asked:?}");
    // Changes from the time of the first page on are asked for next.
    team.github.world().comment("alice", 1, "/davos wont_fix: x");
    assert_eq!(checked(&team, "2026-01-20T12:32:00Z", &Value::Null).0.len(), 1);
}
