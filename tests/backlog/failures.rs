//! Every error of the server once, with the sentence that a release engineer needs.

use std::time::Duration;

use serde_json::json;

use crate::backlog::team::Team;
use crate::support::binary::Container;
use crate::support::github::{Mishap, Right};
use crate::support::server::Reply;

fn team() -> Team {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    team
}

fn fails(team: &Team, method: &'static str, path_ends: &'static str, reply: Reply, said: &[&str]) {
    team.github.world().mishaps.push_back(Mishap { method, path_ends, reply, is_done: false });
    let synced = team.sync("2026-01-20");
    for phrase in said {
        assert!(synced.error().contains(phrase), "{phrase}: {}", synced.error());
    }
    assert!(!synced.error().contains("github_pat"), "{}", synced.error());
    team.github.world().mishaps.clear();
}

fn message(status: u16, message: &str) -> Reply {
    Reply::new(status, json!({"message": message}).to_string())
}

#[test]
fn what_the_server_refuses_is_told_with_what_to_do() {
    let team = team();
    fails(
        &team,
        "GET",
        "/user",
        message(401, "Bad credentials"),
        &[
            "asking whose token it is",
            "(Bad credentials)",
            "has expired",
            "`Issues: read and write` and `Metadata: read`",
        ],
    );
    fails(
        &team,
        "GET",
        "/user",
        message(403, "Resource not accessible by integration"),
        &["tokens of an app's installation", "fine-grained personal access token"],
    );
    fails(
        &team,
        "GET",
        "/issues",
        message(404, "Not Found"),
        &["listing the issues in example-org/rootfs", "there is no example-org/rootfs, or the token may not see it"],
    );
    fails(
        &team,
        "GET",
        "/issues",
        message(410, "Issues are disabled for this repo"),
        &["has no issues: switch them on"],
    );
    let moved = message(301, "Moved Permanently").header("Location", "http://127.0.0.1:1/repositories/1/issues");
    fails(&team, "GET", "/issues", moved, &["renamed or moved", "source.backlog.repository"]);
    fails(&team, "GET", "/issues", message(400, "Bad"), &["answered 400 (Bad)", "source.backlog.endpoint"]);
    fails(&team, "GET", "/issues", Reply::ok("<html>Sign in</html>"), &["not what GitHub's API sends", "/api/v3"]);
    fails(&team, "GET", "/issues", Reply::ok("{\"a\": 1}"), &["not what GitHub's API sends"]);
    let sso = message(403, "Resource protected by organization SAML enforcement")
        .header("X-GitHub-SSO", "required; url=https://x");
    fails(&team, "GET", "/issues", sso, &["single sign-on", "authorize the token"]);
    let elsewhere = Reply::ok("[]").header("Link", "<http://192.0.2.1/x>; rel=\"next\"");
    fails(&team, "GET", "/issues", elsewhere, &["192.0.2.1, which is another server"]);
    let invalid = Reply::new(
        422,
        r#"{"message": "Validation Failed", "errors": [{"resource": "Issue", "field": "title", "code": "missing_field"}, "x"]}"#,
    );
    fails(
        &team,
        "POST",
        "/issues",
        invalid,
        &["making an issue", "Validation Failed; title missing_field; x", "report it"],
    );
    assert!(team.github.world().issues.is_empty());
    assert_eq!(team.sync("2026-01-20").report().created, 1, "afterwards all goes on");
}

#[test]
fn a_token_without_a_right_is_told_which_one_it_lacks() {
    let team = team();
    team.github.world().may_write_issues = false;
    let synced = team.sync("2026-01-20");
    for phrase in
        ["making an issue", "the token may not do that", "`Issues: read and write`", "(asked for: issues=write)"]
    {
        assert!(synced.error().contains(phrase), "{}", synced.error());
    }
    team.github.world().may_write_issues = true;
    team.sync("2026-01-20").report();
    team.github.world().may_read_metadata = false;
    team.github.world().comment("alice", 1, "/davos wont_fix: no");
    let synced = team.sync("2026-01-21");
    assert!(
        synced.error().contains("asking what somebody may do") && synced.error().contains("`Metadata: read`"),
        "{}",
        synced.error()
    );
    assert_eq!(team.answers().len(), 0, "who is not known to be allowed is not heard");
    let issues = team.github.world().issues.len();
    team.open("x_TWO-1", "high", "9");
    assert!(team.sync("2026-01-21").error().contains("asking what somebody may do"));
    assert_eq!(team.github.world().issues.len(), issues + 1, "all else is written");
    team.github.world().may_read_metadata = true;
    assert_eq!(team.sync("2026-01-21").report().recorded, 1);
}

#[test]
fn a_source_that_names_no_issues_is_told_before_the_log_is_looked_at() {
    let folder = tempfile::tempdir().expect("a folder");
    let tracker = json!({"driver": "file", "path": folder.path()});
    let source = json!({"emit": "releases", "product": "rootfs", "tracker": tracker});
    let request = json!({"source": source, "params": {"backlog": "sync"}});
    let ran = Container::new().put(&request, folder.path()).failed();
    ran.says(&["source.backlog is needed", "{driver: github, repository: example-org/rootfs"]);
}

#[test]
fn the_least_role_is_triage_and_even_less_makes_issues() {
    for (right, refused) in [(Some(Right::Triage), false), (None, true)] {
        let team = team();
        match right {
            Some(right) => drop(team.github.world().rights.insert("davos-bot".to_owned(), right)),
            None => drop(team.github.world().rights.remove("davos-bot")),
        }
        assert_eq!(team.sync("2026-01-20").report().labels_refused, refused);
        assert_eq!(team.github.world().issues[&1].labels.is_empty(), refused);
        team.release("1.1", "0.2", &json!(null));
        team.sync("2026-01-21").report();
        assert_eq!(team.github.world().issues[&1].state, "closed");
    }
}

#[test]
fn an_issue_whose_answer_was_lost_is_not_made_twice() {
    for reply in
        [message(502, "Bad Gateway"), message(500, "x"), message(504, "x"), Reply::reset(), Reply::ok("[]").half()]
    {
        let team = team();
        let mishap = |reply, is_done| Mishap { method: "POST", path_ends: "/issues", reply, is_done };
        team.github.world().mishaps.push_back(mishap(reply.clone(), true));
        let synced = team.sync("2026-01-20");
        assert_eq!(synced.report().created, 1);
        assert_eq!(team.github.world().issues.len(), 1);
        // Lost before it was done, it is made by the next try.
        let other = self::team();
        other.github.world().mishaps.push_back(mishap(reply, false));
        other.sync("2026-01-20").report();
        assert_eq!(other.github.world().issues.len(), 1);
    }
}

#[test]
fn a_comment_whose_answer_was_lost_is_not_made_twice() {
    for is_done in [true, false] {
        let team = team();
        team.sync("2026-01-20").report();
        team.release("1.1", "0.2", &json!(null));
        let mishap = Mishap { method: "POST", path_ends: "/comments", reply: message(502, "x"), is_done };
        team.github.world().mishaps.push_back(mishap);
        team.sync("2026-01-21").report();
        assert_eq!(team.github.world().issues[&1].comments.len(), 1);
    }
}

#[test]
fn a_server_that_stays_broken_is_given_up_after_some_tries_and_the_next_sync_goes_on() {
    let team = team();
    team.open("x_TWO-1", "high", "0.2");
    for _ in 0..9 {
        team.github.world().mishaps.push_back(Mishap {
            method: "POST",
            path_ends: "/issues",
            reply: message(503, "x"),
            is_done: false,
        });
    }
    let synced = team.sync("2026-01-20");
    assert!(
        synced.error().contains("after 5 tries") && synced.error().contains("goes on from here"),
        "{}",
        synced.error()
    );
    assert!(synced.waits.contains(&Duration::from_secs(16)), "{:?}", synced.waits);
    team.github.world().mishaps.clear();
    assert_eq!(team.sync("2026-01-20").report().created, 2);
}

#[test]
fn a_token_that_expires_between_two_writes_leaves_what_was_written() {
    let team = team();
    team.open("x_TWO-1", "high", "0.2");
    team.open("x_TWO-2", "high", "0.2");
    let expired =
        Mishap { method: "POST", path_ends: "/issues", reply: message(401, "Bad credentials"), is_done: false };
    let fine = Mishap { method: "POST", path_ends: "/issues", reply: Reply::new(502, ""), is_done: true };
    team.github.world().mishaps.extend([fine, expired]);
    let synced = team.sync("2026-01-20");
    assert!(synced.error().contains("make a new one"), "{}", synced.error());
    assert_eq!(team.github.world().issues.len(), 1);
    assert_eq!(team.sync("2026-01-20").report().created, 2);
}

#[test]
fn an_issue_that_is_deleted_while_it_is_written_stops_nothing() {
    let team = team();
    team.open("x_TWO-1", "high", "0.2");
    team.sync("2026-01-20").report();
    team.release("1.1", "0.2", &json!(null));
    let gone = Mishap {
        method: "POST",
        path_ends: "/issues/1/comments",
        reply: message(410, "This issue was deleted"),
        is_done: false,
    };
    team.github.world().mishaps.push_back(gone);
    let synced = team.sync("2026-01-21");
    synced.report();
    assert!(synced.lines.iter().any(|line| line.contains("issue #1 was deleted")), "{:?}", synced.lines);
    assert_eq!(team.github.world().issues[&2].state, "closed");
}

#[test]
fn a_sync_that_is_stopped_anywhere_is_finished_by_the_next_one() {
    // The whole, to know how many requests it takes.
    let script = |stop_at: Option<usize>| {
        let team = team();
        team.open("x_TWO-1", "high", "0.2");
        team.sync("2026-01-20").report();
        team.github.world().comment("alice", 1, "/davos not_affected: not run");
        team.github.world().comment("alice", 2, "/davos nonsense");
        team.open("x_NEW-1", "critical", "0.3");
        team.github.take_requests();
        team.github.world().stop_after = stop_at;
        let first = team.sync("2026-01-21");
        let requests = team.github.take_requests().len();
        team.github.world().stop_after = None;
        assert_eq!(first.result.is_ok(), stop_at.is_none());
        team.sync("2026-01-21").report();
        team.github.take_requests();
        team.sync("2026-01-21").report();
        let writes = team.github.take_requests().into_iter().filter(|request| !request.starts_with("GET")).count();
        assert_eq!(writes, 0, "{stop_at:?}");
        let world = team.github.world();
        let shape: Vec<(String, usize)> =
            world.issues.values().map(|issue| (issue.state.clone(), issue.comments.len())).collect();
        (requests, shape, team.answers().len())
    };
    let (requests, shape, answers) = script(None);
    assert_eq!((answers, shape.len()), (1, 3));
    for stop_at in 0..requests {
        let (_, stopped, recorded) = script(Some(stop_at));
        assert_eq!((stopped, recorded), (shape.clone(), answers), "stopped at request {stop_at}");
    }
}

#[test]
fn what_one_issue_is_refused_holds_up_no_other() {
    let team = team();
    team.open("x_TWO-1", "high", "0.2");
    team.sync("2026-01-20").report();
    team.release("1.1", "0.2", &json!(null));
    let refused = Mishap {
        method: "PATCH",
        path_ends: "/issues/1",
        reply: message(403, "Must have admin rights"),
        is_done: false,
    };
    team.github.world().mishaps.push_back(refused);
    let synced = team.sync("2026-01-21");
    assert!(synced.error().contains("issue #1: writing an issue in example-org/rootfs"), "{}", synced.error());
    assert_eq!(team.github.world().issues[&2].state, "closed");
    team.sync("2026-01-21").report();
    assert_eq!(team.github.world().issues[&1].comments.len(), 1, "the comment was there already");
}

#[test]
fn an_issue_that_takes_no_comments_is_closed_without_one() {
    let team = team();
    team.sync("2026-01-20").report();
    team.release("1.1", "0.2", &json!(null));
    let reply = message(403, "Unable to create comment because issue is locked.");
    team.github.world().mishaps.push_back(Mishap { method: "POST", path_ends: "/comments", reply, is_done: false });
    team.sync("2026-01-21").report();
    let world = team.github.world();
    assert_eq!((world.issues[&1].state.as_str(), world.issues[&1].comments.len()), ("closed", 0));
}

#[test]
fn an_archived_repository_is_told_as_such() {
    let team = team();
    fails(
        &team,
        "POST",
        "/issues",
        message(403, "Repository was archived so is read-only."),
        &["example-org/rootfs is archived"],
    );
}
