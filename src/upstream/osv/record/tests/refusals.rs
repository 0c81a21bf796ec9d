//! What is wrong in a record, and how it is told.

use super::*;

#[test]
fn ids_have_a_form() {
    let longest = format!("A{}", "1".repeat(99));
    for id in [
        "x_GOROUTER-2026-1",
        "ALBA-2019:0973",
        "openSUSE-SU-2024:0001-1",
        "GHSA-vp9c-fpxx-744v",
        "V8-advisory",
        &longest,
    ] {
        assert_eq!(record(&format!(r#"{{"id": "{id}"}}"#)).id, id);
    }
    let too_long = format!("A{}", "1".repeat(100));
    for id in ["", "1", "_x", "-x", "x y", "x/../y", "x..y", "x\\u0000", "ü", "x\\n", &too_long] {
        let error = refusal(&format!(r#"{{"id": "{id}"}}"#));
        assert!(error.starts_with("the OSV record has a mistake: id: "), "{error}");
        assert!(error.contains("is no id; one has a letter and then at most 99"), "{error}");
    }
}

#[test]
fn what_is_no_record_is_refused_by_its_name() {
    for (bytes, said) in [
        (&b""[..], "is empty"),
        (b" \n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"<!doctype html><html>", "is a page in HTML or XML, not JSON"),
        (b"[{\"id\": \"GO-2025-3956\"}]", "is a list; a record is one object"),
        (b"id: PYSEC-2021-76\npackage:\n", "it begins with \"id: PYSEC-2021-76\". YAML and TOML are not read"),
        (b"null", "is no object of JSON"),
        (b"\"GO-2025-3956\"", "is no object of JSON"),
        (b"\xff\xfe{\0", "is a text in UTF-16"),
        (b"{\"id\": \"\xff\"}", "is no text in UTF-8, from byte 8 on"),
        (b"{\"id\": \"GO-2025-3956\"", "breaks off at line 1"),
        (
            b"{\"id\": \"GO-2025-3956\",\n}",
            "is no JSON: key must be a string at line 2 column 1; the last entry has no comma after it",
        ),
        (b"{\"aliases\": [\"a\",]}", "; the last entry has no comma after it"),
        (b"{\"id\": \"a\", // mine\n}", "; comments are not allowed"),
        (b"{\"id\": \"GO-2025-3956\"\n\"modified\": 1}", "is no JSON: expected `,` or `}` at line 2"),
        (
            b"{'id': 'GO-2025-3956'}",
            "is no JSON: key must be a string at line 1 column 2; texts stand in double quotes",
        ),
        (b"{\"id\": \"a\"}\n{\"id\": \"b\"}", "is followed by another one, at line 2"),
        (b"{\"id\": \"a\"} //", "is no JSON: trailing characters at line 1"),
        (b"{}", "has no \"id\" (it has no keys): write one"),
        (b"{\"id\": null, \"modified\": \"\"}", "has no \"id\" (it has \"id\", \"modified\"): write one"),
        (
            b"{\"code\": 5, \"message\": \"Bug not found.\"}",
            "(it has \"code\", \"message\"): it is a server's message of a failure",
        ),
        (b"{\"vulns\": []}", "(it has \"vulns\"): it is an answer with several records"),
    ] {
        let error = read(bytes).expect_err("refused").to_string();
        assert!(error.starts_with("the OSV record ") && error.contains(said), "{error}");
    }
    let mut large = vec![b' '; 8 << 20];
    large[0] = b'{';
    assert!(read(&large).expect_err("refused").to_string().contains("breaks off"));
    large.push(b'}');
    let error = read(&large).expect_err("refused").to_string();
    assert_eq!(error, "the OSV record has 8,388,609 bytes; davos reads at most 8 MiB");
}

#[test]
fn all_mistakes_are_told_at_once_with_their_places() {
    let error = refusal(
        r#"{"id": "x_GOROUTER-2026-1", "modified": "2026-01-31", "aliases": "CVE-2026-55061", "summary": 5,
            "affected": [
                {"package": {"name": "gorouter"}, "ranges": [{"type": "semver", "events": []}]},
                {"package": ["Go", "stdlib"], "versions": "1.0"},
                {"ranges": [{"type": "SEMVER", "events": [{"fixed": "1.0"}, {"introduced": 0}, {"fixd": "1"}]}]},
                "stdlib"
            ]}"#,
    );
    assert_eq!(
        error.lines().collect::<Vec<_>>(),
        [
            "the OSV record x_GOROUTER-2026-1 has mistakes:",
            "aliases: a list is needed, not the text \"CVE-2026-55061\"; write [\"CVE-2026-55061\"]",
            "affected[0].ranges[0].type: \"semver\" is not allowed; allowed: SEMVER, ECOSYSTEM, GIT",
            "affected[0].package: \"ecosystem\" is missing; where OSV has none, write \"generic\" and a \"purl\"",
            "affected[1].package: an object is needed, not a list",
            "affected[2].ranges[0].events[1].introduced: a text is needed, not 0; quote it",
            "affected[2].ranges[0].events[2]: an event needs one of introduced, fixed, last_affected, limit, not \"fixd\"",
            "affected[2]: \"package\" is missing; write {\"ecosystem\": …, \"name\": …}",
            "affected[3]: an object is needed, not the text \"stdlib\"",
            "modified: \"2026-01-31\" is no time; one looks like 2026-01-31T12:00:00Z",
            "summary: a text is needed, not 5; quote it",
        ]
    );
}

#[test]
fn a_flood_of_mistakes_is_counted() {
    let error = refusal(&with(&format!(r#""affected": [{}]"#, vec!["1"; 5_000].join(","))));
    assert_eq!(error.lines().count(), 22);
    assert!(error.ends_with("\nand 4980 more"), "{error}");
}

#[test]
fn events_have_a_form() {
    for (events, said) in [
        ("", "events: no version is affected without {\"introduced\": …}"),
        (r#"{"fixed": "1.0"}"#, "events: no version is affected without {\"introduced\": …}"),
        (r#"{"limit": "1.0"}"#, "events: no version is affected without {\"introduced\": …}"),
        (r#"{"introduced": "0", "fixed": "1.0"}"#, "events[0]: it has introduced and fixed; write an event for each"),
        (r#"{"introduced": "0"}, {}"#, "events[1]: an event needs one of introduced, fixed, last_affected, limit"),
        (r#"{"introduced": "0"}, {"fixed": ""}"#, "events[1].fixed: it is empty"),
        (r#"{"introduced": "0"}, {"fixed": " 1.0"}"#, "events[1].fixed: \" 1.0\" has space around it"),
        (
            r#"{"introduced": "0"}, {"fixed": "17.0.10+7\u0000"}"#,
            "events[1].fixed: \"17.0.10+7\\0\" has characters that can't be seen",
        ),
        (
            r#"{"introduced": "0"}, {"fixed": "1\u202e0"}"#,
            "events[1].fixed: \"1\\u{202e}0\" has characters that can't be seen",
        ),
        (
            r#"{"introduced": "0"}, {"fixed": "\ud800"}"#,
            "events[1].fixed: a text is needed, not a text with an escape that stands for no character",
        ),
        (r#"{"introduced": "0"}, {"fixed": "1", "fixed": "2"}"#, "events[1].fixed: the key stands here twice"),
        (
            r#"{"introduced": "0"}, {"\ud800": "1"}"#,
            "events[1]: a key of it has an escape that stands for no character",
        ),
    ] {
        let error = refusal(&range(events));
        assert!(error.contains(&format!("affected[0].ranges[0].{said}")), "{events}: {error}");
    }
    let long = refusal(&range(&format!(r#"{{"introduced": "{}"}}"#, "1".repeat(1 << 20))));
    assert!(long.contains("…\" is longer than 256 bytes") && long.len() < 300, "{long}");
    let limited = record(&range(r#"{"introduced": "0"}, {"limit": "2.0"}, {"limit": "*"}"#));
    assert_eq!(limited.affected[0].ranges, [vec![introduced("0")]]);
    assert_eq!(
        (limited.remarks.count, &limited.remarks.named[0][..40]),
        (1, "affected[0].ranges[0].events[1].limit: l")
    );
}

#[test]
fn ranges_and_packages_have_a_form() {
    for (keys, said) in [
        (r#""ranges": {}"#, "affected[0].ranges: a list is needed, not an object"),
        (
            r#""ranges": [{"events": []}]"#,
            "affected[0].ranges[0]: \"type\" is missing; allowed: SEMVER, ECOSYSTEM, GIT",
        ),
        (r#""ranges": [{"type": "SEMVER"}]"#, "affected[0].ranges[0]: \"events\" is missing; write"),
        (r#""versions": [1.25]"#, "affected[0].versions[0]: a text is needed, not 1.25; quote it"),
        (r#""severity": "high""#, "affected[0].severity: a list is needed, not the text \"high\"; write [\"high\"]"),
        (r#""severity": [{"type": "CVSS_V3"}]"#, "affected[0].severity[0]: a rating needs \"type\" and \"score\""),
    ] {
        let error = refusal(&package(keys));
        assert!(error.contains(said), "{keys}: {error}");
    }
    for (package, said) in [
        (r#"{"ecosystem": "Go"}"#, "affected[0].package: \"name\" is missing"),
        (r#"{"ecosystem": "Go", "name": ""}"#, "affected[0].package.name: it is empty"),
        (r#"{"ecosystem": "Go\n", "name": "x"}"#, "affected[0].package.ecosystem: \"Go\\n\" has space around it"),
        (
            r#"{"ecosystem": "Go", "name": "a\u001b[31mb"}"#,
            "affected[0].package.name: \"a\\u{1b}[31mb\" has characters",
        ),
        (r#"{"ecosystem": "Go", "name": "x", "purl": 1}"#, "affected[0].package.purl: a text is needed"),
    ] {
        let error = refusal(&with(&format!(r#""affected": [{{"package": {package}, "versions": ["1"]}}]"#)));
        assert!(error.contains(said), "{package}: {error}");
    }
    let named = record(&package(r#""versions": ["1.0", "1.0\u0000", "", "2.0"]"#));
    assert_eq!(named.affected[0].versions, ["1.0", "2.0"]);
    assert_eq!(
        (named.remarks.count, named.remarks.named[1].as_str()),
        (2, "affected[0].versions[2]: left out: it is empty; write something, or leave the key out")
    );
}

#[test]
fn misspelt_keys_are_remarked_and_all_other_unknown_ones_are_for_others() {
    let read = record(&with(
        r#""affects": [{"package": {"ecosystem": "Go", "name": "x"}}], "x_mine": 1, "x_other": [], "affected": [
            {"package": {"ecosystem": "Go", "name": "x", "url": "pkg:golang/x"}, "version": ["1.0"], "versions": ["1.0"],
             "range": []}]"#,
    ));
    let remarks = [
        "affected[0]: the unknown key \"range\" is ignored; did you mean `ranges`?",
        "affected[0].package: the unknown key \"url\" is ignored; did you mean `purl`?",
    ];
    assert_eq!(read.remarks.named, remarks, "none of what is there already");
    let missing = record(&with(r#""affects": [], "Summary": "a", "alias": []"#)).remarks.named;
    assert_eq!(
        missing,
        [
            "the unknown key \"affects\" is ignored; did you mean `affected`?",
            "the unknown key \"Summary\" is ignored; did you mean `summary`?",
            "the unknown key \"alias\" is ignored; did you mean `aliases`?",
        ]
    );
}
