//! Asking for details and ratings.

use super::*;

/// A server of details and ratings that counts how often each path was asked for.
fn details() -> World {
    World::with(25, |request| {
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
    let all = |world: &World| world.check(|api| api.details(&ids));
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
    let asked = |world: &World| {
        let ratings = world.check(|api| api.ratings(&ids));
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
    let mut world = World::with(25, move |request| match is_down.load(Ordering::SeqCst) {
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
    let world = World::with(0, |_| Some(Reply::new(503, "")));
    let ids: Vec<NoticeId> = (1..=60).map(|number| format!("USN-{number}-1").parse().expect("an id")).collect();
    let answers = world.check(|api| api.details(&ids));
    assert_eq!((answers.len(), answers.values().filter(|answer| answer.is_err()).count()), (60, 60));
    assert!(world.server.take_count() <= 10);
}

#[test]
fn a_deadline_cuts_details_short_and_the_next_check_goes_on() {
    let mut world = World::with(0, |request| {
        std::thread::sleep(Duration::from_millis(100));
        let id = request.path.strip_prefix("/security/notices/")?.strip_suffix(".json")?;
        Some(Reply::ok(json!({"id": id}).to_string()).header("Cache-Control", "max-age=60"))
    });
    world.limits.total = Duration::from_millis(350);
    let ids: Vec<NoticeId> = (1..=16).map(|number| format!("USN-{number}-1").parse().expect("an id")).collect();
    let all = |world: &World| world.check(|api| api.details(&ids).values().filter(|answer| answer.is_ok()).count());
    let first = all(&world);
    assert!((1..16).contains(&first), "{first}");
    assert!(all(&world) > first);
}
