//! Asking for the list.

use super::*;

#[test]
fn the_first_list_is_the_whole_window_and_the_next_one_page() {
    let mut world = ApiServer::of(45);
    let (listing, count) = world.list();
    assert!(listing.expect("a list").walked);
    assert_eq!(count, 45);
    assert_eq!(world.queries(), [0, 20, 40].map(|offset| format!("release=jammy&limit=20&offset={offset}")));
    world.now += SignedDuration::from_mins(59);
    let (listing, count) = world.list();
    assert!(!listing.expect("a list").walked);
    assert_eq!((count, world.queries().len()), (45, 1));
}

#[test]
fn further_pages_are_asked_for_until_one_is_known() {
    let world = ApiServer::of(60);
    world.list().0.expect("a list");
    world.server.take_count();
    for number in 61..=85 {
        world.publish(number, "2026-01-19T12:20:00Z");
    }
    let (listing, count) = world.list();
    // Twenty new ones, five new ones, and twenty known ones.
    assert_eq!((listing.expect("a list").pages, count, world.queries().len()), (3, 85, 3));
}

#[test]
fn the_window_is_walked_again_after_an_hour_and_hidden_notices_go() {
    let mut world = ApiServer::of(45);
    world.list().0.expect("a list");
    world.notices.lock().expect("the list").remove(30);
    // Published long ago, visible only now.
    world.notices.lock().expect("the list").insert(25, notice(99, time("2026-01-18T11:30:00Z")));
    assert_eq!(world.list().1, 45);
    world.now += SignedDuration::from_mins(61);
    world.server.take_count();
    let (listing, count) = world.list();
    assert!(listing.expect("a list").walked);
    assert_eq!((count, world.queries().len()), (45, 3));
    assert!(world.check(|api| api.listed().any(|listed| listed.id.to_string() == "USN-99-1")));
}

#[test]
fn a_window_that_reaches_further_back_is_walked_at_once_and_a_shorter_one_forgets() {
    let world = ApiServer::of(45);
    let list = |hours| {
        world.check(|api| {
            api.list(world.now - SignedDuration::from_hours(hours)).map(|l| (l.pages, api.listed().count()))
        })
    };
    assert_eq!(list(10).expect("a list"), (1, 10));
    assert_eq!(list(30).expect("a list"), (2, 30));
    assert_eq!(list(10).expect("a list"), (1, 10));
    assert_eq!(list(30).expect("a list"), (2, 30));
}

#[test]
fn a_page_that_fails_later_leaves_what_came_and_the_next_check_goes_on() {
    let down = Arc::new(AtomicUsize::new(1));
    let is_down = Arc::clone(&down);
    let world = ApiServer::with(45, move |request| {
        let fails = request.parameter("offset") == Some("20") && is_down.load(Ordering::SeqCst) == 1;
        fails.then(|| Reply::new(504, "<h1>504 Gateway Time-out</h1>"))
    });
    let (listing, count) = world.list();
    let listing = listing.expect("a list");
    assert_eq!((listing.walked, listing.warnings.len(), count), (false, 1, 20));
    assert!(listing.warnings[0].contains("504"), "{:?}", listing.warnings);
    down.store(0, Ordering::SeqCst);
    assert_eq!(world.list().1, 45);
}

#[test]
fn a_list_that_fails_is_an_error_and_the_earlier_one_stays() {
    let world = ApiServer::of(25);
    world.list().0.expect("a list");
    let kept = world.folder;
    for (body, reason) in [
        ("<html>Down for maintenance</html>", "Down for maintenance"),
        (r#"{"notices": [{"id": "USN-1-1""#, "can't be used"),
        (r#"{"notices": [], "total_results": 0}"#, "is empty"),
        (
            r#"{"notices": [{"id": "USN-1-1", "published": "2026-01-19"}], "total_results": 12}"#,
            "from 25 entries to 12",
        ),
        ("{}", "missing field"),
        ("", "nothing"),
    ] {
        let server = Server::start(move |_| Reply::ok(body));
        let world = ApiServer { server, folder: tempfile::tempdir().expect("a folder"), ..ApiServer::of(0) };
        // The earlier server's memory, under this one's name.
        let old = fs::read_dir(kept.path()).expect("a folder").next().expect("a file").expect("a file").path();
        let http = Http::with_environment(LIMITS, &[], 1, |_| None).expect("a client");
        let base = world.server.url("/security").parse().expect("an address");
        let mut api = SecurityApi::open(&http, base, &jammy(), world.folder.path(), world.now);
        fs::copy(old, api.file.path()).expect("copied");
        api.memory = api.file.load().expect("whole");
        let error = api.list(world.now - SignedDuration::from_hours(720)).expect_err(body);
        assert!(error.to_string().contains(reason), "{error}");
        assert_eq!(api.listed().count(), 25, "{body}");
    }
}

#[test]
fn a_codename_that_nobody_knows_is_asked_for_and_named() {
    let server = Server::start(|_| Reply::not_found());
    let http = Http::with_environment(LIMITS, &[], 1, |_| None).expect("a client");
    let folder = tempfile::tempdir().expect("a folder");
    let base = server.url("/").parse().expect("an address");
    let mut api = SecurityApi::open(
        &http,
        base,
        &"jamy".parse().expect("a codename"),
        folder.path(),
        time("2026-01-01T00:00:00Z"),
    );
    let error = api.list(Timestamp::MIN).expect_err("a failure").to_string();
    assert!(error.contains("\"jamy\" is no release") && error.contains("jammy"), "{error}");
}

#[test]
fn only_ubuntu_security_notices_with_a_date_are_listed() {
    let list = json!({"total_results": 6, "notices": [
        {"id": "LSN-0074-2", "published": "2026-01-19T12:00:00"}, {"id": "612-10", "published": "2026-01-19T12:00:00"},
        {"id": null, "published": null}, {"id": "USN-3-1"}, {"id": "SSN-1-1", "published": "2026-01-19T12:00:00"},
        {"id": "USN-2-1", "published": "2026-01-19T12:00:00.846108", "cves_ids": null}]});
    let world = ApiServer::with(0, move |_| Some(Reply::ok(list.to_string())));
    assert_eq!(world.list().1, 1);
}

#[test]
fn a_mirror_on_disk_has_one_page() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("page")).expect("a folder");
    let write = |numbers: &[i64]| {
        let notices: Vec<_> = numbers.iter().map(|number| notice(*number, time("2026-01-19T12:00:00Z"))).collect();
        let page = json!({"notices": notices, "total_results": 924});
        fs::write(folder.path().join("page/notices.json"), page.to_string()).expect("a file");
    };
    let http = Http::with_environment(LIMITS, &[], 1, |_| None).expect("a client");
    let base = Url::from_directory_path(folder.path()).expect("an address");
    let mut api = SecurityApi::open(&http, base, &jammy(), folder.path(), time("2026-01-19T13:00:00Z"));
    for numbers in [&[2, 1][..], &[3, 2, 1]] {
        write(numbers);
        api.list(Timestamp::MIN).expect("a list");
        assert_eq!(api.listed().count(), numbers.len());
    }
    assert!(api.details(&["USN-1-1".parse().expect("an id")]).into_values().all(|detail| matches!(detail, Ok(None))));
}

#[test]
fn what_lies_behind_a_page_that_failed_is_not_forgotten() {
    let down = Arc::new(AtomicUsize::new(0));
    let is_down = Arc::clone(&down);
    let world = ApiServer::with(25, move |request| {
        let fails = request.parameter("offset") == Some("20") && is_down.load(Ordering::SeqCst) == 1;
        fails.then(|| Reply::new(504, ""))
    });
    world.list().0.expect("a list");
    for number in 61..=85 {
        world.publish(number, "2026-01-19T12:20:00Z");
    }
    down.store(1, Ordering::SeqCst);
    assert_eq!(world.list().1, 45);
    assert_eq!(world.list().1, 45);
    down.store(0, Ordering::SeqCst);
    assert_eq!(world.list().1, 50);
}
