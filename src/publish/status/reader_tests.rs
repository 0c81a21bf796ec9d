//! What a reader of the page, of the numbers and of the feed finds.

use serde_json::{Value, json};

use super::fixture::{StatusFixture, house, notice};
use super::*;
use crate::product::Packages;

fn files_of(histories: &[History], shipped: &Shipped, address: Option<&str>) -> Files {
    let address = address.map(|address| address.parse().expect("an address"));
    status_files(histories, shipped, &Targets::default(), address.as_ref()).expect("files")
}

fn file(files: &Files, name: &str) -> String {
    let (_, bytes) = files.iter().find(|(known, _)| *known == name).expect(name);
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn of(histories: &[History], name: &str) -> String {
    file(&files_of(histories, &Shipped::new(), None), name)
}

fn status(histories: &[History]) -> Value {
    serde_json::from_str(&of(histories, "status.json")).expect("JSON")
}

/// A root filesystem whose second release fixes a notice, and a product with one of them inside.
fn with_inside(version: &str) -> Vec<History> {
    let rootfs = StatusFixture::of("rootfs").released("1.0", &[]).opened("USN-1-1", "high", &["CVE-2026-0001"]);
    let rootfs = rootfs.released_as(json!({"version": "1.1", "open": ["USN-1-1"]})).released("1.2", &["USN-1-1"]);
    let app = StatusFixture::of("app").released_as(json!({"version": "7", "includes": {"rootfs": version}}));
    vec![rootfs.history(), app.history()]
}

#[test]
fn what_a_release_inside_leaves_open_is_open_outside() {
    for (version, is_open) in [("1.0", true), ("1.1", true), ("1.2", false)] {
        let histories = with_inside(version);
        let status = status(&histories);
        let app = &status["products"]["app"];
        assert_eq!(app["open"]["total"], usize::from(is_open), "{version}");
        let standing = &status["notices"]["USN-1-1"]["products"]["app"]["status"];
        assert_eq!(*standing, if is_open { json!("open") } else { Value::Null }, "{version}");
        let page = of(&histories, "status.html");
        assert_eq!(page.contains(", inside what it contains</a>"), is_open, "{version}");
        if is_open {
            let open = &app["open_notices"][0];
            assert_eq!(open["inside"], json!([{"product": "rootfs", "version": version}]));
            assert_eq!(open["seq"], 1, "its own event, of the release that contains it");
            assert!(page.contains(&format!("<span>inside rootfs {version}</span>")), "{version}");
        }
    }
}

#[test]
fn what_is_deep_inside_counts_as_well_and_a_circle_ends() {
    let [rootfs, _] = with_inside("1.0").try_into().expect("two");
    let middle = StatusFixture::of("middle")
        .released_as(json!({"version": "3", "includes": {"rootfs": "1.0", "outer": "9"}}))
        .history();
    let outer = StatusFixture::of("outer").released_as(json!({"version": "9", "includes": {"middle": "3"}})).history();
    let status = status(&[rootfs, middle, outer]);
    let path = &status["products"]["outer"]["open_notices"][0]["inside"];
    assert_eq!(*path, json!([{"product": "middle", "version": "3"}, {"product": "rootfs", "version": "1.0"}]));
    assert_eq!(status["products"]["middle"]["open"]["total"], 1);
}

#[test]
fn a_products_own_word_goes_before_what_is_inside() {
    let app = |story: fn(StatusFixture) -> StatusFixture| {
        let [rootfs, _] = with_inside("1.0").try_into().expect("two");
        let app = StatusFixture::of("app").opened("USN-1-1", "high", &[]);
        let app = story(app).released_as(json!({"version": "7", "includes": {"rootfs": "1.0"}}));
        let status = status(&[rootfs, app.history()]);
        (status["notices"]["USN-1-1"]["products"]["app"]["status"].clone(), status["open"]["total"].clone())
    };
    assert_eq!(app(|app| app), (json!("open"), json!(1)), "it is counted once");
    assert_eq!(app(|app| app.answered("USN-1-1", "not_affected", "x", None)), (json!("not_affected"), json!(0)));
    assert_eq!(app(|app| app.released("6", &["USN-1-1"])), (json!("fixed"), json!(0)));
    let not_installed = |app: StatusFixture| app.released_as(json!({"version": "6", "not_affected": ["USN-1-1"]}));
    assert_eq!(app(not_installed), (json!("open"), json!(1)), "its own packages tell nothing of what is inside");
}

#[test]
fn an_open_notice_says_what_is_needed() {
    let mut pro = notice("USN-1-1", "x", &["CVE-2026-10000", "CVE-2026-9999"]);
    pro["packages"] = json!([{"package": "gpg", "version": "2.2.27-3ubuntu2.5", "pro": true}]);
    let log = || StatusFixture::of("rootfs").released("1.0", &[]).opened_as(pro.clone(), json!({})).history();
    let row = |shipped: &Shipped| {
        let files = files_of(&[log()], shipped, None);
        let status: Value = serde_json::from_str(&file(&files, "status.json")).expect("JSON");
        let open = status["products"]["rootfs"]["open_notices"][0].clone();
        (open, file(&files, "status.html"))
    };
    let (open, page) = row(&Shipped::new());
    let need = "2.2.27-3ubuntu2.5";
    assert_eq!(open["packages"], json!([{"package": "gpg", "have": "2.2.27-3ubuntu2.4", "need": need, "pro": true}]));
    assert_eq!((&open["pro_only"], &open["cves"]), (&json!(true), &json!(["CVE-2026-9999", "CVE-2026-10000"])));
    for said in [
        "<b>gpg</b> 2.2.27-3ubuntu2.4 → 2.2.27-3ubuntu2.5",
        "only Ubuntu Pro has the fix",
        "CVE-2026-9999, CVE-2026-10000",
    ] {
        assert!(page.contains(said), "{said}");
    }
    let packages = Packages::read(b"gpg=2.2.27-3ubuntu2.1\n").expect("packages");
    let (open, page) = row(&Shipped::from([("rootfs".parse().expect("a product"), packages)]));
    assert_eq!(open["packages"][0]["have"], "2.2.27-3ubuntu2.1", "what the current release has, not an earlier one");
    assert!(page.contains("<b>gpg</b> 2.2.27-3ubuntu2.1 → 2.2.27-3ubuntu2.5"));
}

#[test]
fn answers_that_ran_out_come_first() {
    let story = StatusFixture::of("rootfs")
        .opened("USN-1-1", "high", &[])
        .opened("USN-2-1", "high", &[])
        .answered("USN-1-1", "affected", "for a day", Some("2026-01-15T00:00:00Z"))
        .answered("USN-2-1", "affected", "for good", None);
    let page = of(&[story.history()], "status.html");
    let place = |text: &str| page.find(text).expect(text);
    assert!(place("<td class=\"wide\" data-label=\"reason\">for a day") < place("data-label=\"reason\">for good"));
    assert!(page.contains("<i>its answer ran out</i>"));
}

#[test]
fn where_a_newer_release_fixes_nothing_the_page_says_nothing() {
    let rootfs = StatusFixture::of("rootfs").released("1.0", &[]).released("1.1", &[]).history();
    let app = StatusFixture::of("app").released_as(json!({"version": "7", "includes": {"rootfs": "1.0"}})).history();
    let page = of(&[rootfs, app], "status.html");
    assert!(page.contains("<td class=\"wide\" data-label=\"would fix\">nothing</td>"), "{page}");
}

/// An import of so many releases, and two ordinary ones.
fn imported(count: usize) -> History {
    let import =
        (0..count).fold(StatusFixture::of("rootfs"), |story, n| story.released(&format!("1.{n}"), &[]).after(-24));
    import.after(24).released("2.0", &[]).released("2.1", &[]).history()
}

#[test]
fn an_import_is_one_entry_of_the_feed_and_no_bar_of_the_chart() {
    let histories = [imported(300)];
    let feed = feed_rs::parser::parse(of(&histories, "feed.atom").as_bytes()).expect("a feed");
    let titles: Vec<String> =
        feed.entries.iter().filter_map(|entry| Some(entry.title.as_ref()?.content.clone())).collect();
    assert_eq!(titles, ["rootfs 2.1", "rootfs 2.0", "rootfs: 300 earlier releases taken over"]);
    let text = feed.entries[2].content.as_ref().and_then(|content| content.body.clone()).expect("a text");
    assert_eq!(text, "1.0 to 1.299, with 0 fixes of notices.");
    let page = of(&histories, "status.html");
    assert!(page.contains("300 releases that an import took over are not counted."), "{page}");
    assert!(page.contains("<title>2026-01: 2 releases</title>"), "{page}");
    let status = status(&histories);
    let releases = status["products"]["rootfs"]["releases"].as_array().expect("releases");
    assert_eq!(releases.iter().filter(|release| release["imported"] == true).count(), 300);
}

#[test]
fn the_times_of_entries_differ_and_those_of_an_entry_stay() {
    let story = |more: bool| {
        let story =
            StatusFixture::of("rootfs").opened("USN-1-1", "high", &[]).answered("USN-1-1", "affected", "a", None);
        let story = story.after(-24).answered("USN-1-1", "affected", "b", None).after(-24);
        let story = story.answered("USN-1-1", "affected", "c", None);
        if more { story.released("1", &[]).history() } else { story.history() }
    };
    let times = |more: bool| {
        let feed = of(&[story(more)], "feed.atom");
        let feed = feed_rs::parser::parse(feed.as_bytes()).expect("a feed");
        let times: Vec<_> = feed.entries.iter().map(|entry| entry.updated.expect("a time")).collect();
        assert!(times.windows(2).all(|pair| pair[0] > pair[1]), "{times:?}");
        assert_eq!(feed.updated, times.first().copied(), "that of the newest entry");
        times
    };
    assert_eq!(times(false), times(true)[1..]);
}

#[test]
fn the_feed_names_itself_and_the_page_by_the_address_that_was_told() {
    let links = |address: Option<&str>| {
        let feed = file(&files_of(&house(), &Shipped::new(), address), "feed.atom");
        let link = |rel: &str| {
            let rest = feed.split(&format!("<link rel=\"{rel}\"")).nth(1).expect(rel);
            rest.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an address").to_owned()
        };
        (link("self"), link("alternate"))
    };
    let here = links(None);
    assert_eq!(here, ("feed.atom".to_owned(), "status.html".to_owned()));
    let (itself, page) = links(Some("https://status.example.org/a/"));
    assert_eq!(itself, "https://status.example.org/a/feed.atom");
    assert_eq!(page, "https://status.example.org/a/status.html");
}

#[test]
fn no_address_in_the_page_has_a_blank_and_no_time_a_long_fraction() {
    let page = of(&house(), "status.html");
    for attribute in ["href=\"", "datetime=\""] {
        let values = page.split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
        for value in values {
            assert!(!value.contains(' '), "{value}");
            assert!(
                value.rsplit_once('.').is_none_or(|(_, end)| attribute != "datetime=\"" || end.len() <= 4),
                "{value}"
            );
        }
    }
}
