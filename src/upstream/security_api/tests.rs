//! The API as a scripted server plays it, and real answers of the corpus.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::notice::Severity;
use crate::upstream::http::Limits;
use crate::upstream::server::{Reply, Request, Server};

const LIMITS: Limits = Limits {
    connect: Duration::from_secs(1),
    read: Duration::from_secs(2),
    whole: Duration::from_secs(4),
    tries: 1,
    pause: Duration::from_millis(1),
    longest_wait: Duration::from_millis(10),
    total: Duration::from_secs(20),
};

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn jammy() -> UbuntuRelease {
    "jammy".parse().expect("a release")
}

/// A server with a list of notices, the newest first, a cache folder and a clock.
struct World {
    notices: Arc<Mutex<Vec<Value>>>,
    server: Server,
    folder: TempDir,
    now: Timestamp,
    limits: Limits,
}

impl World {
    /// Notices `USN-<count>-1` to `USN-1-1`, an hour apart, the newest at noon.
    fn of(count: i64) -> World {
        World::with(count, |_| None)
    }

    fn with(count: i64, other: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) -> World {
        let all = (0..count)
            .map(|hours| notice(count - hours, time("2026-01-19T12:00:00Z") - SignedDuration::from_hours(hours)));
        let notices = Arc::new(Mutex::new(all.collect::<Vec<_>>()));
        let list = Arc::clone(&notices);
        let server = Server::start(move |request| {
            other(request).unwrap_or_else(|| match request.path.as_str() {
                "/security/page/notices.json" => page(request, &list.lock().unwrap_or_else(PoisonError::into_inner)),
                _ => Reply::not_found(),
            })
        });
        let folder = tempfile::tempdir().expect("a folder");
        World { notices, server, folder, now: time("2026-01-19T12:30:00Z"), limits: LIMITS }
    }

    fn publish(&self, number: i64, published: &str) {
        self.notices.lock().expect("the list").insert(0, notice(number, time(published)));
    }

    /// What a check that lasts as long as `look` does with the API.
    fn check<T>(&self, look: impl FnOnce(&mut SecurityApi<'_>) -> T) -> T {
        let http = Http::with_environment(self.limits, &[], 1, |_| None).expect("a client");
        let base = self.server.url("/security").parse().expect("an address");
        let mut api = SecurityApi::open(&http, base, &jammy(), self.folder.path(), self.now);
        let seen = look(&mut api);
        api.save().expect("kept");
        seen
    }

    /// A check of the last thirty days: how it went, and how many notices there are.
    fn list(&self) -> (Result<Listing>, usize) {
        let since = self.now - SignedDuration::from_hours(30 * 24);
        self.check(|api| (api.list(since), api.listed().count()))
    }

    fn queries(&self) -> Vec<String> {
        let queries = self.server.requests().into_iter().map(|request| request.query).collect();
        self.server.take_count();
        queries
    }
}

fn notice(number: i64, published: Timestamp) -> Value {
    json!({
        "id": format!("USN-{number}-1"), "title": "Avahi vulnerabilities", "type": "USN", "description": null,
        "published": published.to_string().trim_end_matches('Z'), "cves_ids": ["CVE-2025-68276", "not one"],
    })
}

fn page(request: &Request, notices: &[Value]) -> Reply {
    let number = |name| request.parameter(name).and_then(|text| text.parse::<usize>().ok()).expect("a number");
    let part: Vec<_> = notices.iter().skip(number("offset")).take(number("limit")).collect();
    Reply::ok(json!({"notices": part, "total_results": notices.len(), "limit": 20, "offset": 0}).to_string())
}

fn corpus(path: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/api").join(path);
    let bytes = fs::read(&path).ok();
    if bytes.is_none() {
        println!("skipped: {} is absent", path.display());
    }
    bytes
}

#[test]
fn the_first_list_is_the_whole_window_and_the_next_one_page() {
    let mut world = World::of(45);
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
    let world = World::of(60);
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
    let mut world = World::of(45);
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
    let world = World::of(45);
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
    let world = World::with(45, move |request| {
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
    let world = World::of(25);
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
        ("", "EOF"),
    ] {
        let server = Server::start(move |_| Reply::ok(body));
        let world = World { server, folder: tempfile::tempdir().expect("a folder"), ..World::of(0) };
        // The earlier server's memory, under this one's name.
        let old = fs::read_dir(kept.path()).expect("a folder").next().expect("a file").expect("a file").path();
        let http = Http::with_environment(LIMITS, &[], 1, |_| None).expect("a client");
        let base = world.server.url("/security").parse().expect("an address");
        let mut api = SecurityApi::open(&http, base, &jammy(), world.folder.path(), world.now);
        fs::copy(old, &api.file).expect("copied");
        api.memory = cache::load(&api.file).expect("whole");
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
    let world = World::with(0, move |_| Some(Reply::ok(list.to_string())));
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
fn the_real_page_is_listed() {
    let Some(bytes) = corpus("pages/page_notices_limit20.json") else { return };
    let world = World::with(0, move |_| Some(Reply::ok(bytes.clone())));
    let newest = world.check(|api| {
        api.list(time("2025-01-01T00:00:00Z")).expect("a list");
        assert_eq!(api.listed().count(), 20);
        api.listed().max_by_key(|listed| listed.published).cloned().expect("a notice")
    });
    assert_eq!((newest.id.to_string().as_str(), newest.title.as_str()), ("USN-7967-1", "Avahi vulnerabilities"));
    assert_eq!(newest.published.to_string(), "2026-01-19T12:30:55.846108Z");
    assert!(newest.cves.iter().any(|cve| cve.as_str() == "CVE-2025-68276"));
}

#[test]
fn real_refusals_are_told() {
    for (name, status, reason) in [
        ("errors/422_unknown_param.422.json", 422, "Unknown field"),
        ("errors/422_limit.422.json", 422, "less than or equal to 20"),
        ("errors/404_notice.404.json", 404, "does not exist"),
    ] {
        let Some(bytes) = corpus(name) else { continue };
        let world = World::with(0, move |_| Some(Reply::new(status, bytes.clone())));
        let error = world.list().0.expect_err("a failure").to_string();
        assert!(error.contains(reason) && error.contains(&status.to_string()), "{error}");
    }
}

#[test]
fn all_real_notices_parse() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/api");
    let mut count = 0;
    for kind in ["notices", "notices-archive"] {
        let Ok(files) = fs::read_dir(folder.join(kind)) else { continue };
        for file in files.map(|file| file.expect("a file").path()) {
            let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
            let Ok(id) = name.parse() else { continue };
            let bytes = fs::read(&file).expect("a file");
            let detail = detail::read(&mut bytes.as_slice(), id, &jammy()).expect(&name);
            assert!(!detail.title.is_empty() && detail.published.is_some(), "{name}");
            count += usize::from(kind == "notices");
        }
    }
    match count {
        0 => println!("skipped: {} is absent", folder.display()),
        count => assert_eq!(count, 40),
    }
}

#[test]
fn one_real_notice_has_free_and_pro_packages_and_another_only_pro_ones() {
    let read = |name: &str| {
        let bytes = corpus(&format!("notices/{name}.json"))?;
        Some(detail::read(&mut bytes.as_slice(), name.parse().expect("an id"), &jammy()).expect(name))
    };
    let (Some(mixed), Some(pro)) = (read("USN-7951-1"), read("USN-7952-1")) else { return };
    let of = |name: &str| mixed.fixes.iter().find(|fix| fix.package.as_str() == name).expect(name);
    assert_eq!((of("python3.10").pro, of("python3.10").version.as_str()), (false, "3.10.12-1~22.04.13"));
    assert!(of("python3.11").pro);
    assert_eq!(mixed.fixes.len(), 28);
    assert!(pro.concerns_release && !pro.fixes.is_empty() && pro.fixes.iter().all(|fix| fix.pro));
}

#[test]
fn all_real_cves_parse() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/api/cves");
    let Ok(files) = fs::read_dir(&folder) else { return println!("skipped: {} is absent", folder.display()) };
    let mut rated = 0;
    for file in files.map(|file| file.expect("a file").path()) {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let bytes = fs::read(&file).expect("a file");
        let cve = cve::read(&mut bytes.as_slice(), &name.parse().expect("an id")).expect(&name);
        rated += usize::from(cve.priority != Priority::Unknown);
    }
    assert!(rated > 100, "only {rated} are rated");
}

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

#[test]
fn a_damaged_memory_is_rebuilt() {
    let world = World::of(25);
    world.list().0.expect("a list");
    let file = fs::read_dir(world.folder.path()).expect("a folder").next().expect("a file").expect("a file").path();
    for damage in [&b""[..], b"davos api 1\n", b"somebody else's"] {
        fs::write(&file, damage).expect("written");
        world.server.take_count();
        let (listing, count) = world.list();
        assert!(listing.expect("a list").walked);
        assert_eq!((count, world.queries().len()), (25, 2));
    }
}

#[test]
fn nothing_is_written_when_nothing_came() {
    let world = World::of(25);
    world.list().0.expect("a list");
    let file = fs::read_dir(world.folder.path()).expect("a folder").next().expect("a file").expect("a file").path();
    fs::remove_file(&file).expect("no file");
    world.check(|_| ());
    assert!(!file.exists());
}

#[test]
fn releases_and_servers_do_not_share_a_memory() {
    let http = Http::with_environment(LIMITS, &[], 1, |_| None).expect("a client");
    let open = |base: &str, release: &str| {
        let (base, release) = (base.parse().expect("an address"), release.parse().expect("a release"));
        SecurityApi::open(&http, base, &release, Path::new("/nowhere"), Timestamp::MIN).file
    };
    let file = open("https://mirror.example/security/", "jammy");
    assert_ne!(file, open("https://mirror.example/security/", "noble"));
    assert_ne!(file, open("https://ubuntu.com/security/", "jammy"));
    assert_eq!(file, open("https://me:hunter2@mirror.example/security", "jammy"));
}
