//! Asking for details and ratings.

use super::*;

/// A server of details and ratings that counts how often each path was asked for.
fn details() -> ApiServer {
    ApiServer::with(25, |request| {
        let fresh = |body: Value| Some(Reply::ok(body.to_string()).header("Cache-Control", "public, max-age=21600"));
        match request.path.as_str() {
            "/security/cves/CVE-2025-0001.json" => {
                fresh(json!({"id": "CVE-2025-0001", "priority": "high", "cvss3": 7.5}))
            }
            "/security/cves/CVE-2025-0002.json" => fresh(json!({"id": "CVE-2025-0002", "priority": null})),
            "/security/cves/CVE-2025-0003.json" => {
                Some(Reply::ok(json!({"id": "CVE-2025-0003", "priority": "low"}).to_string()))
            }
            "/security/notices/USN-404-1.json" => None,
            path => {
                let id = path.strip_prefix("/security/notices/")?.strip_suffix(".json")?;
                fresh(
                    json!({"id": id, "release_packages": {"jammy": [{"name": "a", "version": "1", "pocket": "esm-apps"}]}}),
                )
            }
        }
    })
}

#[test]
fn details_are_kept_as_long_as_the_server_allows() {
    let mut world = details();
    let ids: Vec<NoticeId> = (1..=9).map(|number| format!("USN-{number}-1").parse().expect("an id")).collect();
    let all = |world: &ApiServer| world.check(|api| api.details(&ids));
    let answers = all(&world);
    assert_eq!((answers.len(), world.server.take_count()), (9, 9));
    assert!(answers.into_values().all(|detail| detail.expect("an answer").expect("a notice").fixes[0].pro));
    all(&world);
    assert_eq!(world.server.take_count(), 0);
    world.now += SignedDuration::from_hours(6);
    all(&world);
    assert_eq!(world.server.take_count(), 9);
}

#[test]
fn a_notice_that_is_not_there_is_none_and_is_asked_for_again() {
    let world = details();
    let id: NoticeId = "USN-404-1".parse().expect("an id");
    for _ in 0..2 {
        assert!(matches!(world.check(|api| api.details(&[id])).remove(&id), Some(Ok(None))));
    }
    assert_eq!(world.server.take_count(), 2);
}

#[test]
fn an_unrated_cve_is_asked_for_at_every_check_and_a_rated_one_when_its_time_is_over() {
    let mut world = details();
    let ids: BTreeSet<CveId> = (1..=4).map(|number| format!("CVE-2025-000{number}").parse().expect("an id")).collect();
    let asked = |world: &ApiServer| {
        let ratings = world.check(|api| api.ratings(&ids, SignedDuration::ZERO));
        let told = |at: usize| ratings.values().nth(at).expect("a rating").as_ref().expect("an answer").priority;
        assert_eq!(
            [told(0), told(1), told(2), told(3)],
            [Priority::High, Priority::Unknown, Priority::Low, Priority::Unknown]
        );
        let severity = ratings.values().next().and_then(|cve| cve.as_ref().ok()).and_then(|cve| cve.severity);
        assert_eq!(severity, Some(Severity::High));
        let last_digit =
            |request: Request| request.path.trim_end_matches(".json").chars().next_back().expect("a digit");
        let mut digits: Vec<_> = world.server.requests().into_iter().map(last_digit).collect();
        world.server.take_count();
        digits.sort_unstable();
        digits.into_iter().collect::<String>()
    };
    assert_eq!(asked(&world), "1234");
    // The second is unrated, the third may not be kept, the fourth isn't known yet.
    assert_eq!(asked(&world), "234");
    world.now += SignedDuration::from_hours(7);
    assert_eq!(asked(&world), "1234");
}

#[test]
fn what_was_told_earlier_stands_in_for_a_server_that_is_down() {
    let down = Arc::new(AtomicUsize::new(0));
    let is_down = Arc::clone(&down);
    let mut world = ApiServer::with(25, move |request| match is_down.load(Ordering::SeqCst) {
        0 if request.path.ends_with("/USN-25-1.json") => Some(Reply::ok(r#"{"id": "USN-25-1", "title": "kept"}"#)),
        0 => None,
        _ => Some(Reply::new(503, "")),
    });
    world.list().0.expect("a list");
    let (kept, other): (NoticeId, NoticeId) = ("USN-25-1".parse().expect("an id"), "USN-24-1".parse().expect("an id"));
    world.check(|api| drop(api.details(&[kept])));
    down.store(1, Ordering::SeqCst);
    world.now += SignedDuration::from_hours(1);
    let mut answers = world.check(|api| api.details(&[kept, other]));
    assert_eq!(answers.remove(&kept).expect("an answer").expect("kept").expect("a notice").title, "kept");
    assert!(answers.remove(&other).expect("an answer").is_err());
}

#[test]
fn a_server_that_is_down_is_not_asked_for_everything() {
    let world = ApiServer::with(0, |_| Some(Reply::new(503, "")));
    let ids: Vec<NoticeId> = (1..=60).map(|number| format!("USN-{number}-1").parse().expect("an id")).collect();
    let answers = world.check(|api| api.details(&ids));
    assert_eq!((answers.len(), answers.values().filter(|answer| answer.is_err()).count()), (60, 60));
    assert!(world.server.take_count() <= 10);
}

#[test]
fn a_deadline_cuts_details_short_and_the_next_check_goes_on() {
    let mut world = ApiServer::with(0, |request| {
        std::thread::sleep(Duration::from_millis(100));
        let id = request.path.strip_prefix("/security/notices/")?.strip_suffix(".json")?;
        Some(Reply::ok(json!({"id": id}).to_string()).header("Cache-Control", "max-age=60"))
    });
    world.limits.total = Duration::from_millis(350);
    let ids: Vec<NoticeId> = (1..=16).map(|number| format!("USN-{number}-1").parse().expect("an id")).collect();
    let all = |world: &ApiServer| world.check(|api| api.details(&ids).values().filter(|answer| answer.is_ok()).count());
    let first = all(&world);
    assert!((1..16).contains(&first), "{first}");
    assert!(all(&world) > first);
}

/// The details of a notice with these packages and CVEs, for six hours.
fn detail(id: &str, packages: &Value, cves: &Value) -> Reply {
    let body =
        json!({"id": id, "title": "Avahi vulnerabilities", "release_packages": {"jammy": packages}, "cves_ids": cves});
    Reply::ok(body.to_string()).header("Cache-Control", "public, max-age=21600")
}

fn numbered(numbers: std::ops::RangeInclusive<i64>) -> Vec<NoticeId> {
    numbers.map(|number| format!("USN-{number}-1").parse().expect("an id")).collect()
}

#[test]
fn details_without_packages_are_asked_for_until_they_have_some() {
    let told = Arc::new(AtomicUsize::new(0));
    let is_told = Arc::clone(&told);
    let world = ApiServer::with(0, move |request| {
        let id = request.path.strip_prefix("/security/notices/")?.strip_suffix(".json")?;
        let packages = json!([{"name": "a", "version": "1", "pocket": "security"}]);
        let none = json!([]);
        Some(detail(
            id,
            if is_told.load(Ordering::SeqCst) == 1 { &packages } else { &none },
            &json!(["CVE-2025-68276"]),
        ))
    });
    let ids = numbered(1..=3);
    let fixes = |world: &ApiServer| {
        let answers = world.check(|api| api.details(&ids));
        answers.into_values().map(|detail| detail.expect("an answer").expect("a notice").fixes.len()).sum::<usize>()
    };
    for told_now in [0, 0, 1] {
        told.store(told_now, Ordering::SeqCst);
        assert_eq!((fixes(&world), world.server.take_count()), (3 * told_now, 3));
    }
    assert_eq!((fixes(&world), world.server.take_count()), (3, 0), "what is complete is kept");
}

#[test]
fn details_that_differ_from_the_list_are_asked_for_until_both_say_the_same() {
    let cves = Arc::new(Mutex::new(json!(["CVE-2025-68276"])));
    let told = Arc::clone(&cves);
    let world = ApiServer::with(0, move |request| {
        let id = request.path.strip_prefix("/security/notices/")?.strip_suffix(".json")?;
        Some(detail(id, &json!([{"name": "a", "version": "1"}]), &told.lock().expect("the CVEs")))
    });
    for number in 1..=3 {
        world.publish(number, "2026-01-19T12:00:00Z");
    }
    let ids = numbered(1..=3);
    let asked = |world: &ApiServer| {
        world.list().0.expect("a list");
        world.server.take_count();
        let answers = world.check(|api| api.details(&ids));
        assert!(answers.into_values().all(|detail| matches!(detail, Ok(Some(_)))));
        world.server.requests().iter().filter(|request| request.path.contains("/notices/")).count()
    };
    assert_eq!((asked(&world), asked(&world)), (3, 0));
    world.notices.lock().expect("the list")[1]["cves_ids"] = json!(["CVE-2026-0001", "CVE-2025-68276"]);
    assert_eq!((asked(&world), asked(&world)), (1, 1), "a cache on the way still gives the old details");
    *cves.lock().expect("the CVEs") = json!(["CVE-2025-68276", "CVE-2026-0001"]);
    assert_eq!(asked(&world), 1, "the new details come");
    world.notices.lock().expect("the list").iter_mut().for_each(|notice| {
        notice["cves_ids"] = json!(["CVE-2026-0001", "CVE-2025-68276"]);
    });
    assert_eq!((asked(&world), asked(&world)), (2, 0), "the others");
}

#[test]
fn so_many_are_asked_for_again_at_once_and_each_has_its_turn() {
    let mut world = ApiServer::with(0, |request| {
        let id = request.path.strip_prefix("/security/notices/")?.strip_suffix(".json")?;
        Some(detail(id, &json!([]), &json!([])))
    });
    let ids = numbered(1..=50);
    let asked = |world: &mut ApiServer| {
        world.now += SignedDuration::from_mins(1);
        world.check(|api| drop(api.details(&ids)));
        let paths = world.server.requests().into_iter().map(|request| request.path).collect::<BTreeSet<_>>();
        world.server.take_count();
        paths
    };
    assert_eq!(asked(&mut world).len(), 50, "the first time all are new");
    let turns = [(); 3].map(|()| asked(&mut world));
    assert_eq!(turns.each_ref().map(BTreeSet::len), [20; 3]);
    assert_eq!(turns.into_iter().flatten().collect::<BTreeSet<_>>().len(), 50);
}

#[test]
fn what_is_asked_for_again_is_asked_for_under_a_condition_where_the_server_knows_one() {
    let world = ApiServer::with(0, |request| {
        let id = request.path.strip_prefix("/security/notices/")?.strip_suffix(".json")?;
        let reply = match request.header("if-none-match") {
            Some("\"1\"") => Reply::new(304, ""),
            _ => detail(id, &json!([]), &json!([])),
        };
        Some(reply.header("ETag", "\"1\""))
    });
    let ids = numbered(1..=1);
    for condition in [None, Some("\"1\""), Some("\"1\"")] {
        let detail = world.check(|api| api.details(&ids)).into_values().next().expect("an answer");
        assert_eq!(detail.expect("an answer").expect("a notice").title, "Avahi vulnerabilities");
        assert_eq!(world.server.requests().pop().expect("a request").header("if-none-match"), condition);
    }
}
