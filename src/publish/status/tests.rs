//! The numbers.

use serde_json::{Value, json};

use super::fixture::{StatusFixture, house, notice};
use super::*;
use crate::notice::Priority;

fn status(histories: &[History]) -> Value {
    status_for(histories, &Targets::default())
}

fn status_for(histories: &[History], targets: &Targets) -> Value {
    let files = status_files(histories, &Shipped::new(), targets, None).expect("files");
    let (_, json) = files.iter().find(|(name, _)| *name == "status.json").expect("status.json");
    let json: Value = serde_json::from_slice(json).expect("JSON");
    let schema = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/status.schema.json")).expect("the schema");
    let schema: Value = serde_json::from_slice(&schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(&json).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    json
}

#[test]
fn every_notice_tells_where_it_stands_in_each_product_and_which_event_says_so() {
    let status = status(&house());
    let of = |id: &str, product: &str| {
        let stand = &status["notices"][id]["products"][product];
        (stand["status"].clone(), stand["since"].clone(), stand["seq"].clone())
    };
    assert_eq!(of("USN-7946-1", "rootfs"), (json!("fixed"), json!("1.297.0"), json!(9)));
    assert_eq!(of("USN-7946-1", "app"), (json!("open"), Value::Null, json!(3)));
    assert_eq!(of("USN-7946-2", "app"), (json!("fixed"), json!("2.0.0"), json!(2)));
    assert_eq!(of("USN-7952-1", "rootfs"), (json!("affected"), Value::Null, json!(6)));
    assert_eq!(of("USN-7953-1", "rootfs"), (json!("open"), Value::Null, json!(7)), "the answer ran out");
    assert_eq!(of("USN-7954-1", "rootfs"), (json!("under_investigation"), Value::Null, json!(8)));
    assert_eq!(status["notices"]["USN-7946-1"]["products"]["rootfs"]["events"], json!([2, 9]));
    assert_eq!(status["notices"]["USN-7946-1"]["products"]["rootfs"]["evidence"], "packages");
}

#[test]
fn what_is_open_in_a_product_stands_in_a_file_of_its_own_and_what_was_answered_does_not() {
    assert_eq!(file(&house(), "open/rootfs"), "USN-7953-1\nUSN-7954-1\n", "an answer that ran out, and none yet");
    assert!(file(&house(), "open/app").starts_with("USN-7946-1\n"), "and what the release inside it leaves open");
    let done = StatusFixture::of("rootfs").opened("USN-1-1", "low", &[]).released("1.0", &["USN-1-1"]);
    assert_eq!(file(&[done.history()], "open/rootfs"), "");
}

#[test]
fn a_cve_is_patched_only_when_all_notices_about_it_are() {
    let status = status(&house());
    let products = &status["cves"]["CVE-2025-68973"]["products"];
    assert_eq!(products["rootfs"], json!({"status": "fixed", "since": "1.297.0", "seq": 9, "notice": "USN-7946-1"}));
    assert_eq!(products["app"], json!({"status": "open", "since": null, "seq": 3, "notice": "USN-7946-1"}));
    assert_eq!(status["cves"]["CVE-2025-68973"]["notices"], json!(["USN-7946-1", "USN-7946-2"]));
}

#[test]
fn the_first_release_with_a_fix_counts_until_the_notice_is_opened_again() {
    let story = || {
        StatusFixture::of("rootfs")
            .opened("USN-1-1", "high", &[])
            .released("1.0", &["USN-1-1"])
            .released("1.1", &["USN-1-1"])
    };
    let since = |story: StatusFixture| {
        let stand = status(&[story.history()])["notices"]["USN-1-1"]["products"]["rootfs"].clone();
        (stand["status"].clone(), stand["since"].clone(), stand["seq"].clone())
    };
    assert_eq!(since(story()), (json!("fixed"), json!("1.0"), json!(2)));
    let again = story().opened_as(notice("USN-1-1", "x", &[]), json!({"opening": 2}));
    assert_eq!(since(again), (json!("open"), Value::Null, json!(4)));
    let again = story().opened_as(notice("USN-1-1", "x", &[]), json!({"opening": 2})).released("1.2", &["USN-1-1"]);
    assert_eq!(since(again), (json!("fixed"), json!("1.2"), json!(5)));
}

#[test]
fn open_notices_are_late_after_their_target() {
    let histories = house();
    let open = status(&histories)["open"].clone();
    assert_eq!((&open["total"], &open["late"], &open["by_priority"]["critical"]), (&json!(5), &json!(3), &json!(2)));
    let targets = Targets::default().with(Priority::Critical, jiff::SignedDuration::from_hours(24 * 7));
    let relaxed = status_for(&histories, &targets);
    assert_eq!((&relaxed["open"]["late"], &relaxed["target_hours"]["critical"]), (&json!(1), &json!(168)));
    let late = &status(&histories)["products"]["rootfs"]["open_notices"][1];
    assert_eq!(
        (&late["notice"], &late["age_hours"], &late["late"]),
        (&json!("USN-7954-1"), &json!(96.0), &json!(true))
    );
    assert_eq!((&late["under_investigation"], &late["seq"]), (&json!(true), &json!(5)));
}

#[test]
fn answers_tell_their_reason_and_whether_they_hold() {
    let story = StatusFixture::of("rootfs")
        .opened("USN-1-1", "high", &[])
        .opened("USN-2-1", "high", &[])
        .answered("USN-1-1", "affected", "won't fix", Some("2026-01-15T00:00:00Z"))
        .answered("USN-2-1", "affected", "later", None)
        .answered("USN-2-1", "not_affected", "never run", None);
    let answers = status(&[story.history()])["products"]["rootfs"]["answers"].clone();
    let told = |n: usize| (answers[n]["statement"].clone(), answers[n]["validity"].clone(), answers[n]["seq"].clone());
    assert_eq!(told(0), (json!("never run"), json!("valid"), json!(5)));
    assert_eq!(told(1), (json!("later"), json!("replaced"), json!(4)));
    assert_eq!(told(2), (json!("won't fix"), json!("expired"), json!(3)));
}

#[test]
fn who_ships_an_old_release_is_told_from_both_sides() {
    let status = status(&house());
    let app = &status["products"]["app"];
    assert_eq!(
        app["includes"],
        json!([{"product": "rootfs", "version": "1.296.0", "newest": "1.297.0", "behind": true}])
    );
    assert_eq!(
        app["pick_ups"],
        json!([{"path": [{"product": "rootfs", "version": "1.296.0"}], "newest": "1.297.0", "fixes": ["USN-7946-1"]}])
    );
    let owners = &status["products"]["rootfs"]["included_in"];
    assert_eq!(*owners, json!([{"product": "app", "version": "1.296.0", "behind": true}]));
}

#[test]
fn the_time_to_fix_is_told_from_the_notice_and_from_the_opening() {
    let status = status(&house());
    let times = &status["products"]["rootfs"]["time_to_fix"];
    // Published on the 9th, opened on the 13th, released on the 20th.
    let spread = |hours: f64| json!({"count": 1, "median_hours": hours, "p90_hours": hours});
    let by_month = json!({"2026-01": spread(264.0)});
    assert_eq!((&times["published"]["all"], &times["published"]["by_month"]), (&spread(264.0), &by_month));
    assert_eq!(times["published"]["by_priority"], json!({"high": spread(264.0)}));
    assert_eq!(times["published"]["by_month_and_priority"], json!({"2026-01": {"high": spread(264.0)}}));
    assert_eq!(times["opened"]["all"], spread(168.0));
    assert_eq!(times["noticed"]["all"], Value::Null, "all of it came out before the log began");
    let shipped_before = &status["products"]["app"]["time_to_fix"];
    assert_eq!(shipped_before["published"]["all"], spread(72.0), "the release came before the notice was seen");
    assert_eq!(shipped_before["opened"]["all"], Value::Null);
    assert_eq!(status["time_to_fix"]["published"]["all"]["count"], json!(2), "of all products");
}

#[test]
fn what_a_check_wrote_last_tells_when_one_looked() {
    let look = |story: StatusFixture| status(&[story.history()])["products"]["rootfs"]["last_look"].clone();
    let by_put = StatusFixture::of("rootfs").released("1.0", &[]).opened("USN-1-1", "high", &[]);
    assert_eq!(look(by_put), Value::Null);
    let checked = StatusFixture::of("rootfs").by(crate::tracker::By::default()).opened("USN-1-1", "high", &[]);
    assert_eq!(look(checked.released("1.0", &["USN-1-1"])), json!({"at": "2026-01-12T09:00:00Z", "seq": 1}));
}

#[test]
fn an_import_tells_no_times() {
    let at_once = StatusFixture::of("rootfs")
        .opened("USN-1-1", "high", &[])
        .after(-24)
        .released("1.0", &["USN-1-1"])
        .after(-24)
        .opened("USN-2-1", "high", &[]);
    let times = status(&[at_once.history()])["products"]["rootfs"]["time_to_fix"].clone();
    assert_eq!(times["published"]["all"], Value::Null);
}

#[test]
fn open_notices_are_counted_by_day() {
    let days = status(&house())["products"]["rootfs"]["open_by_day"].clone();
    let expected = json!({"2026-01-13": 1, "2026-01-14": 2, "2026-01-15": 3, "2026-01-16": 4, "2026-01-17": 3,
        "2026-01-18": 2, "2026-01-19": 3, "2026-01-20": 2});
    assert_eq!(days, expected);
}

#[test]
fn without_events_there_is_a_file_all_the_same() {
    let status = status(&[]);
    assert_eq!((&status["now"], &status["open"]["total"]), (&Value::Null, &json!(0)));
}

fn file(histories: &[History], name: &str) -> String {
    let files = status_files(histories, &Shipped::new(), &Targets::default(), None).expect("files");
    let (_, bytes) = files.iter().find(|(known, _)| *known == name).expect(name);
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn the_feed_is_read_back_newest_first_with_ids_that_stay() {
    let read = |histories: &[History]| feed_rs::parser::parse(file(histories, "feed.atom").as_bytes()).expect("a feed");
    let feed = read(&house());
    let titles: Vec<String> = feed.entries.iter().map(|entry| entry.title.clone().expect("a title").content).collect();
    assert_eq!(titles[0], "rootfs 1.297.0: 1 notice fixed");
    assert_eq!(titles[1], "rootfs: USN-7954-1 answered as under investigation");
    assert_eq!(titles.len(), 6);
    let entry = &feed.entries[3];
    assert_eq!(
        entry.content.as_ref().and_then(|content| content.body.as_deref()),
        Some("Only Ubuntu Pro has the fix.")
    );
    assert_eq!(entry.updated.expect("a time").to_rfc3339(), "2026-01-17T09:00:00+00:00");
    assert_eq!(entry.links[0].href, "status.html#/rootfs/6");
    assert_eq!(entry.links[1].href, "https://ci.example.org/teams/main/pipelines/rootfs/jobs/rebuild/builds/12");
    assert!(feed.id.starts_with("ni:///sha-256;"), "{}", feed.id);

    let mut more = house();
    more.push(StatusFixture::of("a-new-one").after(9999).released("1", &[]).history());
    let later = read(&more);
    assert_eq!(later.id, feed.id);
    assert!(feed.entries.iter().all(|entry| later.entries.iter().any(|known| known.id == entry.id)));
}

#[test]
fn the_feed_holds_the_last_two_hundred() {
    let story = (0..250).fold(StatusFixture::of("rootfs"), |story, n| story.released(&format!("1.{n}"), &[]));
    let feed = feed_rs::parser::parse(file(&[story.history()], "feed.atom").as_bytes()).expect("a feed");
    assert_eq!(feed.entries.len(), 200);
    assert_eq!(feed.entries[0].title.as_ref().expect("a title").content, "rootfs 1.249");
}

#[test]
fn the_page_answers_first() {
    let verdict = |histories: &[History]| {
        let page = file(histories, "status.html");
        page.split("<h1 id=\"verdict\">").nth(1).and_then(|rest| rest.split('<').next()).expect("a verdict").to_owned()
    };
    assert_eq!(verdict(&house()), "5 open, 3 past their target");
    let one = || StatusFixture::of("rootfs").opened("USN-1-1", "high", &[]);
    assert_eq!(verdict(&[one().history()]), "1 open, within its target");
    assert_eq!(verdict(&[one().released("1.0", &["USN-1-1"]).history()]), "Nothing is open");
    assert_eq!(
        verdict(&[one().answered("USN-1-1", "affected", "no", None).released("1", &[]).history()]),
        "Nothing is open"
    );
    assert_eq!(verdict(&[]), "Nothing recorded yet");
}

#[test]
fn the_page_asks_nobody_for_anything() {
    let page = file(&house(), "status.html");
    assert!(page.contains("default-src 'none'"));
    for part in ["<link rel=\"stylesheet", "@import", "url(", "<script src", "<img", "fetch(", "XMLHttpRequest"] {
        assert!(!page.contains(part), "{part}");
    }
}
