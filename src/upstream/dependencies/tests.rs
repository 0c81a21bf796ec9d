//! Answers of the three forms, by value from real ones, and every way of being wrong.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::*;

mod atom;
mod endoflife;
mod fixtures;
mod mutations;
mod tags;

use fixtures::*;

fn of(text: &str) -> UpstreamVersions {
    read(text.as_bytes()).expect("versions")
}

fn failure(text: &str) -> String {
    read(text.as_bytes()).expect_err("a failure").to_string()
}

fn numbers(one: &str, other: &str) -> Option<Ordering> {
    let numbers = |text: &str| text.split('.').map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<_>>>();
    Some(numbers(one)?.cmp(&numbers(other)?))
}

fn names(versions: &UpstreamVersions) -> Vec<&str> {
    versions.versions.iter().map(|version| version.version.as_str()).collect()
}

#[test]
fn go_devs_list_is_read_with_its_pre_releases() {
    let versions = of(GO_DEV);
    assert_eq!(names(&versions), ["1.13.7", "1.12.16", "1.14rc1"]);
    assert_eq!(versions.versions.iter().map(|version| version.is_prerelease).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(
        versions.versions[0],
        UpstreamVersion {
            version: "1.13.7".to_owned(),
            published: None,
            url: Some("https://go.dev/dl/#go1.13.7".to_owned()),
            is_prerelease: false,
            notes: "go1.13.7".to_owned()
        }
    );
    assert_eq!((versions.lines.len(), versions.warnings.len()), (0, 0));
}

#[test]
fn what_go_dev_calls_unstable_is_a_pre_release_by_whatever_name() {
    let versions = of(r#"[{"version": "go1.26", "stable": false}, {"version": "go1.25rc1", "files": []},
        {"version": "go1.25.1", "stable": "yes"}]"#);
    assert_eq!(versions.versions.iter().map(|version| version.is_prerelease).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(versions.warnings, [r#"[2].stable is "yes" and neither true nor false; its name decides"#]);
}

#[test]
fn single_wrong_entries_of_go_dev_are_named() {
    let versions = of(r#"[{"stable": true, "version": 1.25}, 7, {"version": "gotip", "stable": false},
           {"version": "go1.25.4", "stable": true, "stable": true}, {"version": "go1.25.4", "stable": true}]"#);
    assert_eq!(names(&versions), ["1.25.4"]);
    assert_eq!(
        versions.warnings,
        [
            "[0].version is 1.25 and no text, so left out",
            "[1] is JSON of another form, so left out",
            "[3] has a key twice, so left out",
            r#"1 of 5 versions left out, being no versions: "gotip""#,
        ]
    );
}

#[test]
fn days_among_versions_are_tags_of_something_else() {
    let tags = |tags: &[&str]| {
        feed(
            &tags
                .iter()
                .map(|tag| format!("<entry><id>tag:github.com,2008:Repository/1/{tag}</id></entry>"))
                .collect::<String>(),
        )
    };
    let versions = of(&tags(&["release-2026-08-31", "v1.30.1", "20260831"]));
    assert_eq!(names(&versions), ["1.30.1"]);
    assert_eq!(versions.warnings, [r#"2 of 3 entries left out, being no versions: "2026-08-31", "20260831""#]);
    assert_eq!(names(&of(&tags(&["2026-08-31", "2026-09-01"]))), ["2026-08-31", "2026-09-01"]);
    assert_eq!(names(&of(&tags(&["2026-13-31", "20269999", "1.2"]))), ["2026-13-31", "20269999", "1.2"]);
}

#[test]
fn a_version_is_told_once() {
    let id = |tag: &str| format!("<entry><id>tag:github.com,2008:Repository/1/{tag}</id></entry>");
    assert_eq!(names(&of(&feed(&(id("v1.2") + &id("1.2") + &id("release-1.2"))))), ["1.2"]);
}

#[test]
fn every_way_of_being_wrong_has_its_own_sentence() {
    let long = format!("[\"{}\"]", "x".repeat(100_000));
    let nested = "[".repeat(100_000);
    for (answer, sentence) in [
        ("", "the list of versions is empty"),
        (" \n", "the list of versions is empty"),
        ("<!DOCTYPE html><html><body>Page not found<br></body></html>", "is a page in HTML"),
        ("<html lang=en><p>Not found", "is a page in HTML"),
        ("<rss version=\"2.0\"><channel/></rss>", "is an RSS feed"),
        ("<versions><download tag=\"stable\"><item ver=\"1.30.4\"/></download></versions>", "its root is \"versions\""),
        (
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Tags from x</title></feed>",
            "an Atom feed without entries",
        ),
        ("<feed><entry><title>v1.2</title></entry>", "ends in the middle of its XML"),
        ("<feed><entry><title>v1.2</titl></entry></feed>", "is no XML, at line 1"),
        ("<?xml version=\"1.0\" encoding=\"UTF-16\"?><feed/>", "is in \"UTF-16\"; davos reads UTF-8"),
        ("<!-- nothing -->", "ends in the middle of its XML"),
        (COMMITS, "is a feed of commits"),
        ("<feed><entry><title>nightly</title></entry></feed>", "has 1 entry, and none is a version: \"nightly\""),
        ("[]", "has no entries"),
        ("[\"go\", \"nginx\"]", "a list in JSON without objects"),
        ("[{\"name\": \"a\", \"value\": 1}]", "a list of objects with \"name\", \"value\""),
        ("[{}]", "a list of objects without keys"),
        ("[{\"tag_name\": \"v1.2\", \"draft\": false}]", "an answer of GitHub's API"),
        ("[{\"name\": \"v1.2\", \"zipball_url\": \"https://api.github.com/\"}]", "an answer of GitHub's API"),
        ("{\"tag_name\": \"v1.2\"}", "an answer of GitHub's API"),
        ("{\"message\": \"Not Found\", \"status\": \"404\"}", "is an error of its server: \"Not Found\""),
        ("{\"eol\": false, \"latest\": \"1.2\"}", "is a single release of endoflife.date"),
        (
            "{\"schema_version\": \"1.2.1\", \"result\": {\"name\": \"1\", \"isEol\": false}}",
            "is a single release of endoflife.date",
        ),
        ("{\"schema_version\": \"1.2.1\", \"result\": {\"name\": \"go\"}}", "whose result has no releases"),
        ("{\"schema_version\": \"1.2.1\", \"total\": 400, \"result\": [{\"name\": \"go\"}]}", "one of all products"),
        ("{\"schema_version\": \"1.2.1\", \"result\": 7}", "result of the list of versions is JSON of another form"),
        (
            "{\"schema_version\": \"1.2.1\", \"result\": {\"releases\": {}}}",
            "result.releases of the list of versions is JSON of another form",
        ),
        (
            "{\"schema_version\": \"1.2.1\", \"result\": {\"releases\": []}}",
            "has 0 release lines, and of none a version",
        ),
        (
            "{\"result\": {\"releases\": [{\"name\": \"1\", \"latest\": null}]}}",
            "has 1 release line, and of none a version",
        ),
        (
            "{\"result\": {\"releases\": [{\"name\": \"1\", \"latest\": {\"name\": []}}]}}",
            "of none a version: result.releases[0].latest.name is a list",
        ),
        ("{\"result\": 1, \"result\": 2}", "has a key twice"),
        ("{\"a\": 1}", "objects with \"a\""),
        ("[{\"version\": \"go1.25.4\", \"stable\": tru", "ends in the middle of its JSON"),
        ("[{\"version\": \"go1.25.4\", \"stable\": yes}]", "is no JSON"),
        ("[{\"version\": \"go1.25.4\", \"stable\": true}] more", "is no JSON"),
        ("[{\"version\": \"gotip\", \"stable\": true}]", "none is a version: \"gotip\""),
        ("[{\"cycle\": \"1\"}]", "has 1 release line, and of none a version"),
        ("---\ntitle: Go\nreleases:\n  - releaseCycle: \"1.27\"\n", "the page that endoflife.date is made from"),
        ("1.25.4\n1.25.3\n", "in no form that davos knows, at line 1: \"1.25.4\""),
        ("\u{1f}\u{8b}", "in no form that davos knows"),
        (&long, "a list in JSON without objects"),
        (&nested, "ends in the middle of its JSON"),
    ] {
        let failure = failure(answer);
        assert!(failure.contains(sentence), "{failure:?} of {:?}", answer.chars().take(80).collect::<String>());
        fits(&failure);
    }
    assert!(read(b"\x1f\x8b\x08\0").expect_err("a failure").to_string().contains("is a gzip file"));
    assert!(read(b"[\"\xff\"]").expect_err("a failure").to_string().contains("no text in UTF-8, from byte 2 on"));
    assert!(read(&vec![b' '; ANSWER_LIMIT + 1]).expect_err("a failure").to_string().contains("more than 16 MiB"));
}

#[test]
fn a_mark_of_the_byte_order_is_no_fault() {
    assert_eq!(names(&of(&format!("\u{feff}{GO_DEV}"))), names(&of(GO_DEV)));
    assert_eq!(names(&of(&format!("\u{feff}\r\n{TAGS}"))), names(&of(TAGS)));
}

#[test]
fn what_is_too_much_is_counted() {
    let entries = |count: usize, entry: &dyn Fn(usize) -> String| (0..count).map(entry).collect::<Vec<_>>();
    let go = entries(VERSIONS + 3, &|number| format!(r#"{{"version":"go1.{number}","stable":true}}"#)).join(",");
    let versions = of(&format!("[{go}]"));
    assert_eq!(versions.versions.len(), VERSIONS);
    assert_eq!(versions.warnings, ["only the first 20,000 versions were kept, and 3 entries more left out"]);
    let atom = entries(VERSIONS + 1, &|number| format!("<entry><title>v1.{number}</title></entry>")).concat();
    let versions = of(&feed(&atom));
    assert_eq!(versions.versions.len(), VERSIONS);
    assert_eq!(versions.warnings, ["only the first 20,000 versions were kept, and 1 entry more left out"]);
    let wrong = entries(1_000, &|_| r#"{"cycle": [], "latest": {}}"#.to_owned()).join(",");
    let versions = of(&format!("[{wrong}, {{\"cycle\": \"1\", \"latest\": \"1.2\"}}]"));
    assert_eq!(versions.warnings.len(), 17);
    assert_eq!(versions.warnings[16], "1984 more entries have faults like these");
}

#[test]
fn the_worst_answers_are_read_or_refused_within_seconds() {
    let start = std::time::Instant::now();
    for part in [
        "<entry/>",
        "<entry><title>v1</title></entry>",
        "<a>",
        "<a b=\"\" b=\"\">",
        "&amp;",
        "<entry><title>",
        "<![CDATA[x]]>",
    ] {
        let _ = read(format!("<feed>{}", part.repeat(1 << 16)).as_bytes());
        let _ = read(feed(&part.repeat(1 << 16)).as_bytes());
    }
    let attributes = (0..1_000).map(|number| format!(" a{number}=\"\"")).collect::<String>();
    let _ = read(feed(&format!("<entry><link{attributes}/></entry>").repeat(200)).as_bytes());
    for part in ["[", "{\"a\":", "[{},", "\"\\u0000"] {
        let _ = read(format!("[{}", part.repeat(1 << 18)).as_bytes());
        let _ = read(format!("{{\"result\":{{\"releases\":[{}", part.repeat(1 << 18)).as_bytes());
    }
    let _ = read(format!("[{}1]", "1,".repeat(1 << 20)).as_bytes());
    let _ = read(format!("[{}{{}}]", "{\"a\":1},".repeat(1 << 17)).as_bytes());
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn the_newest_of_a_line_is_no_pre_release_and_of_no_other_line() {
    let go = r#"[{"version":"go1.26rc1","stable":false},{"version":"go1.250.9","stable":true},
        {"version":"go1.25.9","stable":true},{"version":"go1.25.10","stable":true},{"version":"go1.25.11rc1","stable":false},
        {"version":"go1.25","stable":true},{"version":"go1.2.9","stable":true}]"#;
    let versions = of(go);
    let newest = |line: &str| versions.newest_of_line(line, numbers).map(|version| version.version.as_str());
    assert_eq!(newest("1.25"), Some("1.25.10"));
    assert_eq!(newest("1.2"), Some("1.2.9"));
    assert_eq!(newest("1"), Some("1.250.9"));
    assert_eq!(newest("1.26"), None);
    assert_eq!(newest(""), None);
    assert_eq!(versions.newest(numbers).map(|version| version.version.as_str()), Some("1.250.9"));
}

#[test]
fn what_cannot_be_compared_is_no_newest() {
    let versions = of(r#"[{"version":"go1.25a","stable":true},{"version":"go1.25.1","stable":true},
        {"version":"go1.25.0","stable":true}]"#);
    assert_eq!(versions.newest_of_line("1.25", numbers).map(|version| version.version.as_str()), Some("1.25.1"));
    assert_eq!(versions.newest_of_line("1.25", |_, _| None), None);
    assert_eq!(versions.newest(|_, _| None), None);
}

/// An error or a warning is one line, bounded and printable.
fn fits(sentence: &str) {
    assert!(sentence.chars().count() <= ERROR_LIMIT, "{} characters: {sentence}", sentence.chars().count());
    assert!(!sentence.chars().any(char::is_control), "{sentence:?}");
}

proptest! {
    #[test]
    fn a_line_has_what_begins_with_it_and_a_separator(
        line in "[0-9]{1,2}(\\.[0-9]{1,2}){0,2}",
        rest in "(\\.[0-9]{1,3}){0,2}",
        digit in "[0-9]",
    ) {
        let version = format!("{line}{rest}");
        prop_assert!(is_of_line(&version, &line));
        let other = format!("{line}{digit}{rest}");
        prop_assert!(!is_of_line(&other, &line));
    }

    #[test]
    fn the_newest_of_a_line_is_at_least_each_of_its_releases(
        versions in proptest::collection::vec(("1\\.2[0-9]\\.[0-9]{1,2}", any::<bool>()), 1..40),
    ) {
        let entry = |(version, stable): &(String, bool)| format!(r#"{{"version":"go{version}","stable":{stable}}}"#);
        let entries: Vec<_> = versions.iter().map(entry).collect();
        let read = of(&format!("[{}]", entries.join(",")));
        let newest_of_all = read.newest(numbers);
        for version in read.versions.iter().filter(|version| !version.is_prerelease) {
            let line = &version.version[..4];
            let newest = read.newest_of_line(line, numbers).expect("a newest");
            prop_assert!(!newest.is_prerelease && is_of_line(&newest.version, line));
            prop_assert_ne!(numbers(&newest.version, &version.version), Some(Ordering::Less));
            let all = newest_of_all.expect("a newest");
            prop_assert_ne!(numbers(&all.version, &newest.version), Some(Ordering::Less));
        }
    }

    #[test]
    fn any_text_is_read_or_refused_in_one_line(text in "\\PC{0,200}", start in "(<feed>|<|\\[|\\{|)") {
        if let Err(error) = read(format!("{start}{text}").as_bytes()) {
            fits(&error.to_string());
        }
    }
}
