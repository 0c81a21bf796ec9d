//! What people say at an issue becomes an answer in the log, once.

use davos::step::check;
use serde_json::{Value, json};

use crate::backlog::team::Team;
use crate::support::github::{Mishap, Right};
use crate::support::server::Reply;

fn team() -> Team {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    team.sync("2026-01-20").report();
    team
}

fn writes(team: &Team) -> Vec<String> {
    team.github.take_requests().into_iter().filter(|request| !request.starts_with("GET")).collect()
}

fn replies(team: &Team) -> Vec<String> {
    let world = team.github.world();
    let ours = world.issues[&1].comments.iter().filter(|comment| comment.by == "davos-bot");
    ours.map(|comment| comment.body.clone()).collect()
}

#[test]
fn a_comment_of_who_may_becomes_an_answer_with_who_and_where() {
    let team = team();
    let id = team.github.world().comment(
        "alice",
        1,
        "Looked at it.\r\n\r\n/davos not_affected vulnerable_code_not_in_execute_path: never run until 2026-06-30",
    );
    let synced = team.sync("2026-01-21");
    assert_eq!(synced.report().recorded, 1);
    let answers = team.answers();
    let server = team.github.server.url("").replace("http://", "");
    let host = server.split(':').next().expect("a host");
    assert_eq!(
        answers,
        [json!({"notice": "x_ONE-1", "status": "not_affected", "justification": "vulnerable_code_not_in_execute_path",
            "statement": "never run", "until": "2026-06-30T00:00:00Z",
            "said": {"id": format!("{host} comment {id}"), "by": "alice",
                "url": format!("https://github.com/example-org/rootfs/issues/1#issuecomment-{id}")}})]
    );
    let replies = replies(&team);
    assert_eq!(replies.len(), 1, "{replies:?}");
    assert!(replies[0].starts_with("Recorded in the log, as said by alice: not affected"), "{replies:?}");
    assert_eq!(team.github.world().issues[&1].state, "closed");
    writes(&team);
    // Edited, it doesn't count again.
    team.github.world().edit(1, |issue| issue.comments[0].body = "/davos wont_fix: no".to_owned());
    team.sync("2026-01-22").report();
    assert_eq!((writes(&team), team.answers().len()), (Vec::new(), 1));
}

#[test]
fn a_label_becomes_an_answer_whose_statement_says_who_set_it() {
    let team = team();
    team.github.world().label("alice", 1, "Won't Fix");
    assert_eq!(team.sync("2026-01-21").report().recorded, 1);
    let answer = team.answers().remove(0);
    assert_eq!(answer["status"], "affected");
    let statement = answer["statement"].as_str().expect("a statement");
    assert!(
        statement
            .starts_with("alice set the label \"Won't Fix\": https://github.com/example-org/rootfs/issues/1#event-")
    );
    writes(&team);
    team.sync("2026-01-22").report();
    assert_eq!((writes(&team), team.answers().len()), (Vec::new(), 1));
}

#[test]
fn a_label_that_stays_through_another_opening_is_not_heard_again() {
    let team = team();
    team.github.world().label("alice", 1, "not affected");
    team.sync("2026-01-21").report();
    // The bot loses the right to remove labels.
    team.github.world().rights.remove("davos-bot");
    team.answer("2026-01-22", &json!({"notice": "x_ONE-1", "status": "under_investigation"}));
    let synced = team.sync("2026-01-22");
    assert!(synced.report().labels_refused);
    assert_eq!(team.github.world().issues[&1].state, "open");
    assert_eq!(team.github.world().issues[&1].labels.last().map(String::as_str), Some("not affected"));
    team.sync("2026-01-23").report();
    assert_eq!(team.answers().len(), 2, "the label's, and the one in the pipeline");
    // Taken off and set again, it is another one.
    {
        let mut world = team.github.world();
        world.edit(1, |issue| issue.labels.retain(|label| label != "not affected"));
        world.label("alice", 1, "not affected");
    }
    team.sync("2026-01-24").report();
    assert_eq!(team.answers().len(), 3);
}

#[test]
fn who_may_not_is_told_once_and_not_heard_later() {
    let team = team();
    {
        let mut world = team.github.world();
        world.comment("mallory", 1, "/davos not_affected: because I say so");
        world.comment("mallory", 1, "/davos wont_fix: because I say so");
        world.label("mallory", 1, "won't fix");
    }
    assert_eq!(team.sync("2026-01-21").report().recorded, 0);
    team.github.world().comment("mallory", 1, "/davos wont_fix: really");
    team.sync("2026-01-22").report();
    let told = replies(&team);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("mallory: only people with triage rights"), "{told:?}");
    team.github.world().rights.insert("mallory".to_owned(), Right::Triage);
    writes(&team);
    assert_eq!(team.sync("2026-01-23").report().recorded, 0, "what was refused stays refused");
    assert_eq!(writes(&team), [""; 0]);
    team.github.world().comment("mallory", 1, "/davos wont_fix: now I may");
    assert_eq!(team.sync("2026-01-24").report().recorded, 1);
}

#[test]
fn a_wrong_command_is_answered_with_what_is_allowed_and_only_once() {
    let team = team();
    let first = team.github.world().comment("alice", 1, "/davos notaffected @team #1 `x`");
    team.sync("2026-01-21").report();
    let told = replies(&team);
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("/davos not_affected <justification>: <reason> until <date>"), "{told:?}");
    assert!(!told[0].contains("@team"), "{told:?}");
    // Who deletes it, and our answer, and writes another one, is heard: there are as many comments as before.
    {
        let mut world = team.github.world();
        world.pass(60);
        world.edit(1, |issue| issue.comments.retain(|comment| comment.id != first));
        world.comment("alice", 1, "/davos not_affected component_not_present");
    }
    assert_eq!(team.sync("2026-01-22").report().recorded, 1);
    team.github.world().edit(1, |issue| issue.comments.clear());
    writes(&team);
    team.sync("2026-01-23").report();
    assert_eq!((writes(&team), team.answers().len()), (Vec::new(), 1));
}

#[test]
fn a_date_that_is_past_and_a_notice_that_is_settled_are_told() {
    let team = team();
    team.github.world().comment("alice", 1, "/davos wont_fix: later until 2026-01-01");
    team.sync("2026-01-21").report();
    assert!(replies(&team)[0].contains("2026-01-01 is past"));
    team.release("1.1", "0.2", &Value::Null);
    team.sync("2026-01-22").report();
    team.github.world().comment("alice", 1, "/davos not_affected: too late");
    team.sync("2026-01-23").report();
    let told = replies(&team);
    assert!(told.last().expect("an answer").contains("release 1.1 settles this already"), "{told:?}");
    assert_eq!(team.answers().len(), 0);
}

#[test]
fn an_answer_is_taken_back_by_a_comment() {
    let team = team();
    team.github.world().comment("alice", 1, "/davos not_affected: not run");
    team.sync("2026-01-21").report();
    team.github.world().comment("alice", 1, "/davos under_investigation: it is run after all");
    team.sync("2026-01-22").report();
    assert_eq!(team.github.world().issues[&1].state, "open");
    assert_eq!(team.answers().len(), 2);
    let again: Vec<String> = replies(&team).into_iter().filter(|text| text.starts_with("Recorded")).collect();
    assert_eq!(again.len(), 2, "{again:?}");
}

#[test]
fn a_sync_that_was_stopped_after_recording_answers_the_next_time_and_records_nothing_twice() {
    for (method, path) in [("POST", "/comments"), ("PATCH", "/issues/1")] {
        let team = team();
        team.github.world().comment("alice", 1, "/davos not_affected: not run");
        let expired = Reply::new(401, r#"{"message": "Bad credentials"}"#);
        team.github.world().mishaps.push_back(Mishap { method, path_ends: path, reply: expired, is_done: false });
        let synced = team.sync("2026-01-21");
        assert!(synced.error().contains("has expired"), "{}", synced.error());
        assert_eq!(team.answers().len(), 1);
        team.sync("2026-01-21").report();
        assert_eq!(team.answers().len(), 1);
        assert_eq!(replies(&team).len(), 1, "{path}");
        assert_eq!(team.github.world().issues[&1].state, "closed");
    }
}

#[test]
fn an_answer_to_an_opening_that_is_over_is_told_so_and_closes_no_later_one() {
    let team = team();
    {
        let mut world = team.github.world();
        world.comment("alice", 1, "/davos not_affected: 0.2 isn't run");
        world.label("alice", 1, "won't fix");
    }
    // Before anybody synchronises, a release fixes it, and the next one has lost that.
    team.release("1.1", "0.2", &Value::Null);
    team.release("1.2", "0.1", &Value::Null);
    team.run(check, "notices", "2026-01-21", "version", &Value::Null).json();
    assert_eq!(team.sync("2026-01-22").report().recorded, 0);
    let told = replies(&team);
    let said_before =
        told.iter().filter(|text| text.contains("before the notice was opened again (2026-01-21)")).count();
    assert_eq!(said_before, 2, "{told:?}");
    assert_eq!(team.github.world().issues[&1].labels, ["davos", "davos/high"], "it can be set again");
    assert_eq!(team.github.world().issues[&1].state, "open");
    writes(&team);
    team.sync("2026-01-23").report();
    assert_eq!(writes(&team), [""; 0]);
    team.github.world().label("alice", 1, "won't fix");
    assert_eq!(team.sync("2026-01-24").report().recorded, 1);
}

#[test]
fn what_is_said_while_we_write_is_heard_although_as_many_comments_are_there() {
    for (method, path) in [("POST", "/comments"), ("GET", "/issues/1"), ("PATCH", "/issues/1")] {
        let team = team();
        let wrong = team.github.world().comment("alice", 1, "/davos what");
        team.github.world().meanwhile = Some((
            method,
            path,
            Box::new(move |world| {
                world.pass(5);
                world.comment("alice", 1, "/davos wont_fix: said meanwhile");
                // Only then is the count another one, which is seen anyway.
                if method != "PATCH" {
                    world.edit(1, |issue| issue.comments.retain(|comment| comment.id != wrong));
                }
            }),
        ));
        team.sync("2026-01-21").report();
        assert_eq!(team.answers().len(), 1, "{method} {path}");
        team.sync("2026-01-22").report();
        writes(&team);
        team.sync("2026-01-23").report();
        assert_eq!((writes(&team), team.answers().len()), (Vec::new(), 1), "{method} {path}");
    }
}

#[test]
fn what_was_said_last_counts_be_it_a_label_or_a_comment() {
    for label_first in [true, false] {
        let team = team();
        {
            let mut world = team.github.world();
            let comment = |world: &mut crate::support::github::World| {
                world.comment("alice", 1, "/davos not_affected: not run");
            };
            if label_first {
                world.label("alice", 1, "won't fix");
                comment(&mut world);
            } else {
                comment(&mut world);
                world.label("alice", 1, "won't fix");
            }
        }
        assert_eq!(team.sync("2026-01-21").report().recorded, 2);
        let last = team.answers().pop().expect("an answer");
        assert_eq!(last["status"], if label_first { "not_affected" } else { "affected" });
    }
}

#[test]
fn who_lends_davos_a_token_of_their_own_is_heard_too() {
    let team = team();
    team.github.world().comment("davos-bot", 1, "/davos wont_fix: says the person behind the token");
    assert_eq!(team.sync("2026-01-21").report().recorded, 1);
    writes(&team);
    team.sync("2026-01-22").report();
    assert_eq!((writes(&team), team.answers().len()), (Vec::new(), 1));
}

#[test]
fn what_is_said_before_a_write_that_needs_no_comment_is_heard_too() {
    let team = team();
    let chat = team.github.world().comment("bob", 1, "What is this?");
    team.sync("2026-01-21").report();
    // Our text names the release that runs.
    team.release("1.1", "0.1", &Value::Null);
    team.github.world().meanwhile = Some((
        "GET",
        "/issues/1",
        Box::new(move |world| {
            world.pass(5);
            world.comment("alice", 1, "/davos wont_fix: said meanwhile");
            world.edit(1, |issue| issue.comments.retain(|comment| comment.id != chat));
        }),
    ));
    let synced = team.sync("2026-01-22");
    assert!(team.github.world().meanwhile.is_none(), "nothing was written: {:?}", synced.lines);
    assert_eq!(synced.report().recorded, 1);
}
