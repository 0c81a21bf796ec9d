//! The limits of the server are kept, and what it asks for is waited.

use std::time::Duration;

use serde_json::json;

use crate::backlog::team::Team;
use crate::support::github::Mishap;
use crate::support::server::Reply;

fn mishap(reply: Reply) -> Mishap {
    Mishap { method: "POST", path_ends: "/issues", reply, is_done: false }
}

fn limit(status: u16, message: &str) -> Reply {
    Reply::new(status, json!({"message": message}).to_string())
}

#[test]
fn what_a_server_asks_for_is_waited_and_then_it_goes_on() {
    let secondary = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    for (reply, least) in [
        (limit(403, secondary).header("Retry-After", 600), 600),
        (limit(429, "x").header("Retry-After", 7), 7),
        (limit(403, secondary), 60),
        (limit(429, "x"), 60),
        (limit(422, "Validation Failed: was submitted too quickly"), 60),
        // 2026-01-20T12:30:00Z, and the server's clock shows noon or some seconds after.
        (
            limit(403, "API rate limit exceeded")
                .header("X-RateLimit-Remaining", 0)
                .header("X-RateLimit-Reset", 1_768_912_200),
            1_780,
        ),
    ] {
        let team = Team::new();
        team.open("x_ONE-1", "high", "0.2");
        team.github.world().mishaps.push_back(mishap(reply));
        let synced = team.sync("2026-01-20");
        assert_eq!(synced.report().created, 1);
        let longest = synced.waits.iter().max().expect("a wait").as_secs();
        assert!((least..=least + 21).contains(&longest), "{longest} for {least}");
        assert!(synced.lines.iter().any(|line| line.contains("wants fewer requests: waiting")), "{:?}", synced.lines);
    }
}

#[test]
fn waits_double_where_nobody_says_how_long_and_end() {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    for _ in 0..3 {
        team.github.world().mishaps.push_back(mishap(limit(403, "secondary rate limit")));
    }
    let waits = team.sync("2026-01-20").waits;
    let long: Vec<u64> = waits.iter().map(Duration::as_secs).filter(|seconds| *seconds >= 60).collect();
    assert_eq!(long, [60, 120, 240]);
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    team.github.world().mishaps.push_back(mishap(limit(403, "x").header("Retry-After", 99_999)));
    let synced = team.sync("2026-01-20");
    assert!(
        synced.error().contains("none for 27 h 46 min") && synced.error().contains("goes on from here"),
        "{}",
        synced.error()
    );
}

#[test]
fn five_years_of_three_products_keep_to_the_limits_and_a_later_sync_costs_what_changed() {
    let mut team = Team::new();
    team.turn_to("rootfs");
    let mut all = 0;
    for product in ["rootfs", "stemcell", "tasks"] {
        team.turn_to(product);
        if product != "rootfs" {
            team.release("1.0", "0.1", &json!(null));
        }
        // All that is open after five years without anybody who looked.
        team.open_many(200);
        let synced = team.sync("2026-01-20");
        all += synced.report().created;
        let told = &synced.lines[0];
        assert!(told.contains("200 issues to be written, which takes 4 min at least"), "{told}");
        assert!(synced.lines.len() < 30, "{:?}", synced.lines);
        assert!(synced.lines.iter().any(|line| line == "100 of 200 issues are written"), "{:?}", synced.lines);
        let waited: Duration = synced.waits.iter().sum();
        assert!(waited >= Duration::from_secs(199) && waited < Duration::from_secs(260), "{waited:?}");
    }
    assert_eq!(all, 600);
    let listing = 6;
    team.github.take_requests();
    team.sync("2026-01-21").report();
    assert_eq!(team.github.take_requests().len(), 1 + listing, "who asks, and the pages of the list");
    team.release("1.1", "0.2.50", &json!(null));
    let synced = team.sync("2026-01-22");
    let changed = synced.report().updated;
    assert!(changed >= 50, "those with a fix up to 0.2.50, and what is installed of the others: {changed}");
}

#[test]
fn no_hour_has_more_than_five_hundred_new_issues() {
    let team = Team::new();
    team.open_many(520);
    let synced = team.sync("2026-01-20");
    assert_eq!(synced.report().created, 520);
    assert!(synced.lines[0].contains("which takes 60 min at least"), "{:?}", synced.lines);
    let waited: Duration = synced.waits.iter().sum();
    assert!(waited >= Duration::from_secs(3600) && waited < Duration::from_secs(4000), "{waited:?}");
}

#[test]
fn a_server_that_is_down_for_a_time_that_it_names_is_waited_for() {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    let reply = Reply::new(503, r#"{"message": "maintenance"}"#).header("Retry-After", 90);
    team.github.world().mishaps.push_back(Mishap { method: "POST", path_ends: "/issues", reply, is_done: false });
    let synced = team.sync("2026-01-20");
    assert_eq!(synced.report().created, 1);
    assert!(synced.waits.contains(&Duration::from_secs(90)), "{:?}", synced.waits);
}

#[test]
fn where_people_wrote_so_much_that_our_text_has_no_room_it_stays_and_the_rest_goes_on() {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    team.sync("2026-01-20").report();
    team.github.world().edit(1, |issue| {
        let room = 65_536 - issue.body.chars().count();
        issue.body = format!("{}\n{}", "ä".repeat(room - 100), issue.body);
    });
    team.open_on("2026-01-21", "x_ONE-1", "critical", "0.2");
    team.sync("2026-01-21").report();
    assert!(team.github.world().issues[&1].labels.contains(&"davos/critical".to_owned()));
    team.release("1.1", "0.2", &serde_json::Value::Null);
    team.sync("2026-01-22").report();
    assert_eq!(team.github.world().issues[&1].state, "closed");
    team.github.take_requests();
    team.sync("2026-01-23").report();
    let requests = team.github.take_requests();
    assert!(requests.iter().all(|request| request.starts_with("GET")), "{requests:?}");
}
