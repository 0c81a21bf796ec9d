use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::needs;

fn record(json: &str) -> OsvRecord {
    read(json.as_bytes()).expect("a record")
}

fn refusal(json: &str) -> String {
    read(json.as_bytes()).expect_err("refused").to_string()
}

/// A record with these keys besides its id.
fn with(keys: &str) -> String {
    format!(r#"{{"id": "x_GOROUTER-2026-1", "modified": "2026-01-31T12:00:00Z", {keys}}}"#)
}

/// A record of one package, with these keys besides its name.
fn package(keys: &str) -> String {
    with(&format!(r#""affected": [{{"package": {{"ecosystem": "Go", "name": "stdlib"}}, {keys}}}]"#))
}

/// A record of one range with these events.
fn range(events: &str) -> String {
    package(&format!(r#""ranges": [{{"type": "SEMVER", "events": [{events}]}}]"#))
}

fn corpus(path: &str) -> Option<OsvRecord> {
    Some(read(&needs::corpus_bytes(path)?).expect("a record of the corpus"))
}

fn time(text: &str) -> Option<Timestamp> {
    Some(text.parse().expect("a time"))
}

fn introduced(version: &str) -> RangeEvent {
    RangeEvent::Introduced(version.to_owned())
}

fn fixed(version: &str) -> RangeEvent {
    RangeEvent::Fixed(version.to_owned())
}

#[test]
fn a_record_of_two_branches_without_dates_is_read() {
    // The facts of GO-2025-3956 as golang/vulndb's repository has it: the year 1, and an alias twice.
    let read = record(
        r#"{"schema_version": "1.3.1", "id": "GO-2025-3956", "modified": "0001-01-01T00:00:00Z",
            "published": "0001-01-01T00:00:00Z", "aliases": ["CVE-2025-47906", "CVE-2025-47906"],
            "summary": "Paths of LookPath in os/exec", "details": "Directories in PATH.",
            "affected": [{"package": {"name": "stdlib", "ecosystem": "Go"}, "ranges": [{"type": "SEMVER", "events":
                [{"introduced": "0"}, {"fixed": "1.23.12"}, {"introduced": "1.24.0"}, {"fixed": "1.24.6"}]}],
                "ecosystem_specific": {"imports": [{"path": "os/exec", "symbols": ["LookPath"]}]}}],
            "references": [{"type": "FIX", "url": "https://go.dev/cl/691775"}],
            "database_specific": {"url": "https://pkg.go.dev/vuln/GO-2025-3956", "review_status": "REVIEWED"}}"#,
    );
    let stdlib = AffectedPackage {
        ecosystem: "Go".to_owned(),
        name: "stdlib".to_owned(),
        purl: None,
        ranges: vec![vec![introduced("0"), fixed("1.23.12"), introduced("1.24.0"), fixed("1.24.6")]],
        has_git_ranges: false,
        versions: vec![],
        severity: None,
    };
    let whole = OsvRecord {
        id: "GO-2025-3956".to_owned(),
        modified: None,
        published: None,
        withdrawn: None,
        is_withdrawn: false,
        summary: "Paths of LookPath in os/exec".to_owned(),
        details: "Directories in PATH.".to_owned(),
        aliases: vec!["CVE-2025-47906".to_owned()],
        cves: vec!["CVE-2025-47906".to_owned()],
        references: vec!["https://go.dev/cl/691775".to_owned()],
        severity: None,
        priority: None,
        affected: vec![stdlib],
        remarks: Remarks::default(),
    };
    assert_eq!(read, whole);
}

#[test]
fn real_records_of_the_corpus_are_read() {
    if let Some(go) = corpus("osv/GO-2025-3956.repo-form.json") {
        assert_eq!((go.modified, go.aliases.len(), go.references.len()), (None, 1, 3));
        assert_eq!(go.affected[0].ranges[0].len(), 4);
    }
    if let Some(go) = corpus("osv/GO-2020-0001.json") {
        assert_eq!((go.modified, go.published), (None, time("2021-04-14T20:04:52Z")));
        assert_eq!(
            (go.aliases.join(" "), go.cves.join(" ")),
            ("CVE-2020-36567 GHSA-6vm3-jj99-7229".into(), "CVE-2020-36567".into())
        );
        assert_eq!(go.affected[0].name, "github.com/gin-gonic/gin");
    }
    if let Some(cve) = corpus("osv/cves/UBUNTU-CVE-2025-68615.json") {
        assert_eq!((cve.severity, cve.priority), (Some(Severity::Critical), Some(Priority::Medium)));
        assert_eq!((cve.cves.join(" "), cve.summary.as_str()), ("CVE-2025-68615".into(), ""));
        assert_eq!((cve.affected.len(), cve.affected[0].ecosystem.as_str()), (8, "Ubuntu:Pro:14.04:LTS"));
        assert_eq!(
            (cve.affected[0].ranges[0].as_slice(), cve.affected[0].versions.len()),
            ([introduced("0")].as_slice(), 11)
        );
        assert!(cve.affected[0].purl.as_ref().is_some_and(|purl| purl.starts_with("pkg:deb/ubuntu/net-snmp@")));
    }
    if let Some(usn) = corpus("osv/notices/USN-8601-1.json") {
        assert_eq!((usn.cves.join(" "), usn.affected.len(), usn.severity), ("CVE-2026-54411".into(), 3, None));
        assert_eq!(usn.published, time("2026-07-23T14:49:52Z"));
    }
    if let Some(usn) = corpus("osv/notices/USN-7095-1.json") {
        // The CVEs of this older form are only "related".
        assert_eq!((usn.cves.len(), usn.references.len()), (0, 100));
        assert_eq!(usn.remarks.named, ["references: 97 more references left out: davos keeps 100"]);
    }
    for quiet in [
        "osv/GO-2026-6248.repo-form.json",
        "osv/notices/LSN-0108-1.json",
        "osv/notices/USN-7412-1.json",
        "osv/notices/USN-8467-1.json",
    ] {
        let Some(read) = corpus(quiet) else { continue };
        assert_eq!(read.remarks, Remarks::default(), "{quiet}");
        assert!(read.affected.iter().all(|package| package.ranges.len() == 1), "{quiet}");
    }
}

#[test]
fn several_entries_of_one_package_are_kept_apart() {
    // The facts of GHSA-jfh8-c2jp-5v3q, in the order in which it has them.
    let entry = |events: &str| {
        format!(
            r#"{{"package": {{"ecosystem": "Maven", "name": "org.apache.logging.log4j:log4j-core"}},
                "ranges": [{{"type": "ECOSYSTEM", "events": [{events}]}}]}}"#
        )
    };
    let entries = [
        entry(r#"{"introduced": "2.13.0"}, {"fixed": "2.15.0"}"#),
        entry(r#"{"introduced": "0"}, {"fixed": "2.3.1"}"#),
        entry(r#"{"introduced": "2.4"}, {"fixed": "2.12.2"}"#),
    ];
    let read = record(&format!(
        r#"{{"id": "GHSA-jfh8-c2jp-5v3q", "modified": "2022-03-25T20:56:18Z", "aliases": ["CVE-2021-44228"],
            "severity": [{{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"}}],
            "affected": [{}], "database_specific": {{"cwe_ids": ["CWE-20"], "severity": "CRITICAL", "github_reviewed": true}}}}"#,
        entries.join(",")
    ));
    let first = |package: &AffectedPackage| package.ranges[0][0].version().to_owned();
    assert_eq!(read.affected.iter().map(first).collect::<Vec<_>>(), ["2.13.0", "0", "2.4"]);
    assert_eq!((read.severity, read.priority), (Some(Severity::Critical), Some(Priority::Critical)));
    assert_eq!(read.cves, ["CVE-2021-44228"]);
}

#[test]
fn the_last_affected_version_and_a_word_for_the_severity_are_read() {
    // The facts of GHSA-229r-pqp6-8w6g.
    let read = record(
        r#"{"id": "GHSA-229r-pqp6-8w6g", "modified": "2020-06-16T20:50:49Z", "severity": [],
            "affected": [{"package": {"ecosystem": "RubyGems", "name": "sprout"}, "ranges": [{"type": "ECOSYSTEM",
                "events": [{"introduced": "0"}, {"last_affected": "0.7.246"}]}]}],
            "database_specific": {"cwe_ids": ["CWE-94"], "severity": "HIGH", "github_reviewed": true}}"#,
    );
    assert_eq!(read.affected[0].ranges, [vec![introduced("0"), RangeEvent::LastAffected("0.7.246".to_owned())]]);
    assert_eq!((read.severity, read.priority), (None, Some(Priority::High)));
}

#[test]
fn ranges_of_commits_are_told_and_not_compared() {
    let git = r#"{"type": "GIT", "repo": "https://github.com/aio-libs/aiohttp", "events": [{"introduced": "0"},
        {"fixed": "2545222a3853e31ace15d87ae0e2effb7da0c96b"}]}"#;
    let both = format!(
        r#""ranges": [{git}, {{"type": "ECOSYSTEM", "events": [{{"introduced": "0"}}, {{"fixed": "3.7.4"}}]}}]"#
    );
    let read = record(&package(&both));
    assert!(read.affected[0].has_git_ranges);
    assert_eq!(read.affected[0].ranges, [vec![introduced("0"), fixed("3.7.4")]]);
    assert_eq!(read.remarks, Remarks::default());
    // osv.dev's records of CVEs name no package beside them.
    let alone = record(&with(&format!(r#""affected": [{{"ranges": [{git}], "versions": ["v3.7.3"]}}]"#)));
    assert!(alone.affected.is_empty());
    assert_eq!(alone.remarks.named, ["affected[0]: left out: it names no package"]);
    let nameless = refusal(&with(r#""affected": [{"versions": ["1.0"]}]"#));
    assert!(nameless.contains("affected[0]: \"package\" is missing; write"), "{nameless}");
}

#[test]
fn a_record_may_inform_only() {
    for keys in [
        r#""summary": "a""#,
        r#""affected": []"#,
        r#""affected": null, "aliases": null, "references": null, "severity": null"#,
    ] {
        let read = record(&with(keys));
        assert!(read.affected.is_empty() && read.remarks == Remarks::default(), "{keys}");
    }
    let bare = record(r#"{"id": "x_GOROUTER-2026-1"}"#);
    assert_eq!((bare.modified, bare.is_withdrawn), (None, false));
    // The facts of ALBA-2019:0973, which names no versions.
    let named = record(
        r#"{"id": "ALBA-2019:0973", "affected": [{"package": {"ecosystem": "AlmaLinux:8", "name": "389-ds-base"}}]}"#,
    );
    assert_eq!(named.affected.len(), 1);
    assert!(named.remarks.named[0].starts_with("affected[0]: no version is affected"), "{:?}", named.remarks);
}

#[test]
fn times_before_1970_are_unknown() {
    let read = record(&with(r#""published": "1969-12-31T23:59:59Z", "withdrawn": "0001-01-01T00:00:00Z""#));
    assert_eq!((read.modified, read.published), (time("2026-01-31T12:00:00Z"), None));
    assert_eq!((read.is_withdrawn, read.withdrawn), (true, None));
    let withdrawn = record(&with(r#""withdrawn": "2025-11-20T00:00:00.123456Z""#));
    assert_eq!((withdrawn.is_withdrawn, withdrawn.withdrawn), (true, time("2025-11-20T00:00:00.123456Z")));
    assert!(!record(&with(r#""withdrawn": null"#)).is_withdrawn);
    for wrong in ["", "2026-01-31", "yesterday", "2026-02-30T00:00:00Z", "0000-00-00T00:00:00Z"] {
        let error = refusal(&with(&format!(r#""withdrawn": "{wrong}""#)));
        assert!(error.contains(&format!("withdrawn: {wrong:?} is no time; one looks like")), "{error}");
    }
}

#[test]
fn aliases_are_kept_once_and_without_the_records_own_id() {
    let read = record(&with(
        r#""aliases": ["GHSA-qmcq-xw74-w667", "x_GOROUTER-2026-1", "CVE-2026-55061", "GHSA-qmcq-xw74-w667", "a..b", "CVE 1"],
            "related": ["CVE-2026-1000"], "upstream": ["CVE-2026-1001"]"#,
    ));
    assert_eq!(read.aliases, ["GHSA-qmcq-xw74-w667", "CVE-2026-55061"]);
    assert_eq!(read.cves, ["CVE-2026-55061"], "neither what is related nor what a team has as upstream");
    assert_eq!(read.remarks.count, 2);
    assert_eq!(read.remarks.named[0], "aliases[4]: left out: \"a..b\" is no id");
}

#[test]
fn records_of_distributions_name_their_cves_as_upstream() {
    for (id, upstream, cves) in [
        ("USN-7412-1", "UBUNTU-CVE-2025-30258", "CVE-2025-30258"),
        ("UBUNTU-CVE-2025-68615", "CVE-2025-68615", "CVE-2025-68615"),
        ("DSA-5678-1", "CVE-2024-33599", "CVE-2024-33599"),
        ("DEBIAN-CVE-2024-33599", "CVE-2024-33600", "CVE-2024-33599 CVE-2024-33600"),
        ("CVE-2024-33599", "CVE-2024-33600", "CVE-2024-33599"),
        ("GO-2025-3956", "CVE-2024-33600", ""),
    ] {
        let read = record(&format!(r#"{{"id": "{id}", "upstream": ["{upstream}", "{upstream}"]}}"#));
        assert_eq!(read.cves.join(" "), cves, "{id}");
    }
}

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

#[test]
fn ratings_are_those_of_the_newest_version_that_is_well_formed() {
    let rated = |ratings: &str| {
        let read = record(&with(&format!(r#""severity": [{ratings}]"#)));
        (read.severity.map(Severity::as_str), read.priority.map(Priority::as_str), read.remarks.count)
    };
    let second = r#"{"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:C/I:C/A:C"}"#;
    let third = r#"{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}"#;
    let lower = r#"{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:N/I:H/A:N"}"#;
    let fourth = r#"{"type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:H/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N"}"#;
    let broken = r#"{"type": "CVSS_V4", "score": "9.8"}"#;
    let ubuntu = r#"{"type": "Ubuntu", "score": "negligible"}"#;
    assert_eq!(rated(""), (None, None, 0));
    assert_eq!(rated(&[second, fourth, third].join(",")), (Some("medium"), None, 0));
    assert_eq!(rated(&[lower, third].join(",")), (Some("critical"), None, 0), "of one version, the highest");
    assert_eq!(rated(&[broken, third, ubuntu].join(",")), (Some("critical"), Some("negligible"), 1));
    assert_eq!(rated(&[broken, second].join(",")), (Some("high"), None, 1));
    assert_eq!(rated(broken), (None, None, 1));
    assert_eq!(rated(r#"{"type": "SSVC", "score": "act"}, {"type": "Ubuntu", "score": "dire"}"#), (None, None, 2));
}

#[test]
fn of_a_record_and_its_packages_the_highest_rating_counts() {
    let entry = |name: &str, rating: &str| {
        format!(r#"{{"package": {{"ecosystem": "Go", "name": "{name}"}}, "versions": ["1"], "severity": [{rating}]}}"#)
    };
    let medium = r#"{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:N/I:H/A:N"}"#;
    let critical = r#"{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}, {"type": "Ubuntu", "score": "high"}"#;
    let both = record(&with(&format!(r#""affected": [{}, {}]"#, entry("a", critical), entry("b", medium))));
    assert_eq!(
        both.affected.iter().map(|package| package.severity).collect::<Vec<_>>(),
        [Some(Severity::Critical), Some(Severity::Medium)]
    );
    assert_eq!((both.severity, both.priority), (Some(Severity::Critical), Some(Priority::High)));
    let own = record(&with(&format!(r#""severity": [{critical}], "affected": [{}]"#, entry("b", medium))));
    assert_eq!(own.severity, Some(Severity::Critical));
}

#[test]
fn priorities_are_words() {
    for (specific, priority, remarks) in [
        (r#"{"priority": "high", "severity": "LOW"}"#, Some(Priority::High), 0),
        (r#"{"severity": "MODERATE"}"#, Some(Priority::Medium), 0),
        (r#"{"severity": "CRITICAL"}"#, Some(Priority::Critical), 0),
        (r#"{"severity": "LOW"}"#, Some(Priority::Low), 0),
        (r#"{"priority": "unknown"}"#, None, 0),
        (r#"{"priority": "urgent", "severity": "HIGH"}"#, Some(Priority::High), 1),
        (r#"{"severity": "Important"}"#, None, 1),
        (r#"{"severity": ["HIGH"], "priority": 5}"#, None, 2),
        (r#"{"malicious-packages-origins": [{}]}"#, None, 0),
        ("{}", None, 0),
        ("null", None, 0),
    ] {
        let read = record(&with(&format!(r#""database_specific": {specific}"#)));
        assert_eq!((read.priority, read.remarks.count), (priority, remarks), "{specific}");
    }
    let ubuntu = with(r#""severity": [{"type": "Ubuntu", "score": "low"}], "database_specific": {"priority": "high"}"#);
    assert_eq!(record(&ubuntu).priority, Some(Priority::Low), "Ubuntu's own first");
    assert!(refusal(&with(r#""database_specific": "high""#)).contains("database_specific: an object is needed"));
}

#[test]
fn references_are_addresses_of_the_web() {
    let read = record(&with(
        r#""references": [{"type": "WEB", "url": "https://go.dev/issue/74466"}, {"type": "WEB", "url": "https://go.dev/issue/74466"},
            {"type": "WEB", "url": "http://example.com/a b"}, {"type": "WEB", "url": "javascript:alert(1)"},
            {"type": "WEB", "url": "git@github.com:a/b"}, {"type": "WEB", "url": "/relative"}, {"type": "WEB"}]"#,
    ));
    assert_eq!(read.references, ["https://go.dev/issue/74466", "http://example.com/a%20b"]);
    assert_eq!(read.remarks.count, 4);
    let long = record(&with(&format!(r#""references": [{{"url": "https://example.com/{}"}}]"#, "a".repeat(2_048))));
    assert_eq!((long.references.len(), long.remarks.count), (0, 1));
    assert_eq!(read.remarks.named[0], "references[3].url: left out: \"javascript:alert(1)\" is no http or https URL");
}

#[test]
fn long_texts_are_shortened() {
    let read =
        record(&with(&format!(r#""summary": " {} ", "details": "{}""#, "ä".repeat(10_000), "a\\n".repeat(100_000))));
    assert!(read.summary.ends_with("ä…") && read.summary.len() <= 10_000);
    assert!(read.details.ends_with('…') && read.details.len() == 64_000);
    assert_eq!(record(&with(r#""summary": " a\n ", "details": "b\tc""#)).details, "b\tc");
}

/// A list of so many entries.
fn many(count: usize, entry: impl Fn(usize) -> String) -> String {
    let mut list = String::new();
    for nth in 0..count {
        let comma = if nth > 0 { "," } else { "" };
        let _ = write!(list, "{comma}{}", entry(nth));
    }
    list
}

#[test]
fn what_is_beyond_measure_is_refused_by_its_name() {
    let affected = |count| {
        with(&format!(
            r#""affected": [{}]"#,
            many(count, |_| r#"{"package":{"ecosystem":"Go","name":"x"}}"#.to_owned())
        ))
    };
    assert_eq!(record(&affected(10_000)).affected.len(), 10_000);
    assert!(
        refusal(&affected(10_001))
            .contains("affected: there are 10,001 entries, and davos reads at most 10,000 entries")
    );

    let versions = |count| package(&format!(r#""versions": [{}]"#, many(count, |nth| format!("\"1.{nth}\""))));
    assert_eq!(record(&versions(2_000)).affected[0].versions.len(), 2_000);
    assert!(
        refusal(&versions(2_001))
            .contains("affected[0].versions: there are 2,001 entries, and davos reads at most 2,000")
    );

    let events = |count| range(&many(count, |nth| format!(r#"{{"introduced":"1.{nth}"}}"#)));
    assert_eq!(record(&events(10_000)).affected[0].ranges[0].len(), 10_000);
    assert!(refusal(&events(10_001)).contains("affected[0].ranges[0].events: there are 10,001 entries"));
    let ranges = |count| {
        let ranges = many(count, |_| r#"{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1"}]}"#.to_owned());
        let first = format!(r#"{{"package":{{"ecosystem":"Go","name":"x"}},"ranges":[{ranges}]}}"#);
        with(&format!(r#""affected": [{first}, {{"package":{{"ecosystem":"Go","name":"y"}},"versions":["1"]}}]"#))
    };
    let read = record(&ranges(5_000));
    assert_eq!(
        (read.affected[0].ranges.len(), read.affected[1].name.as_str()),
        (5_000, "y"),
        "nothing after them is left out"
    );
    assert!(refusal(&ranges(5_001)).contains("ranges[5000].events: davos reads at most 10,000 events in all ranges"));

    let in_all = with(&format!(
        r#""affected": [{}]"#,
        many(101, |_| format!(
            r#"{{"package":{{"ecosystem":"Go","name":"x"}},"versions":[{}]}}"#,
            many(2_000, |_| "\"1\"".to_owned())
        ))
    ));
    assert!(refusal(&in_all).contains("affected[100].versions: davos reads at most 200,000 versions of all packages"));
    let ids = with(&format!(r#""aliases": [{}]"#, many(10_001, |nth| format!("\"A-{nth}\""))));
    assert!(refusal(&ids).contains("aliases: there are 10,001 entries"));
}

#[test]
fn deep_nesting_does_no_harm() {
    let deep = |depth: usize| with(&format!(r#""x_deep": {}{}"#, "[".repeat(depth), "]".repeat(depth)));
    assert_eq!(record(&deep(1_000_000)).remarks, Remarks::default());
    assert!(refusal(&"{\"a\":".repeat(1_000_000)).contains("breaks off"));
    let in_place = with(&format!(r#""aliases": {}{}"#, "[".repeat(1_000_000), "]".repeat(1_000_000)));
    assert!(refusal(&in_place).contains("aliases[0]: a text is needed, not a list"));
}

/// JSON with the keys of a record in it, in places where they belong and where they don't.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let text = prop_oneof![
        Just("0".to_owned()),
        Just("1.0".to_owned()),
        Just("SEMVER".to_owned()),
        Just("GIT".to_owned()),
        Just("CVSS_V4".to_owned()),
        Just("Ubuntu".to_owned()),
        Just("2026-01-31T12:00:00Z".to_owned()),
        "\\PC{0,9}",
        "[\u{0}-\u{ff}\u{202e}]{0,120}",
    ];
    let leaf = prop_oneof![
        4 => text.prop_map(serde_json::Value::from),
        1 => any::<f64>().prop_map(serde_json::Value::from),
        1 => prop_oneof![Just(serde_json::Value::Null), Just(true.into())],
    ];
    let key = prop::sample::select(
        [
            KEYS,
            &[
                "package",
                "ecosystem",
                "name",
                "purl",
                "ranges",
                "versions",
                "type",
                "events",
                "introduced",
                "fixed",
                "score",
                "url",
                "priority",
                "x\u{7}",
            ],
        ]
        .concat(),
    );
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// That nothing in it fools a reader, and that it is not too long.
fn assert_fit(sentence: &str) -> Result<(), TestCaseError> {
    prop_assert!(sentence.lines().all(|line| crate::text::printable(line) == line), "{sentence:?}");
    prop_assert!(sentence.len() < 22 * 1_200, "{sentence:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn whatever_is_written_is_read_or_refused_in_fit_words(keys in prop::collection::btree_map(prop::sample::select(KEYS), json(), 0..8), has_id in any::<bool>()) {
        let mut object: serde_json::Map<String, serde_json::Value> = keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        if has_id {
            object.insert("id".to_owned(), "GO-2025-3956".into());
        }
        match read(serde_json::Value::Object(object).to_string().as_bytes()) {
            Err(error) => assert_fit(&error.to_string())?,
            Ok(read) => {
                prop_assert!(read.remarks.named.len() <= read.remarks.count);
                for remark in &read.remarks.named {
                    assert_fit(remark)?;
                }
                let named = read.affected.iter().flat_map(|package| [&package.name, &package.ecosystem].into_iter().chain(&package.versions));
                for name in named.chain(&read.aliases).chain(&read.references) {
                    prop_assert!(crate::text::printable(name) == *name && !name.is_empty());
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_the_reader_fail(bytes in prop::collection::vec(any::<u8>(), 0..60), text in "[\\[\\]{}\",:a-c0\\\\u ]{0,40}") {
        let _ = read(&bytes);
        if let Err(error) = read(text.as_bytes()) {
            assert_fit(&error.to_string())?;
        }
    }

    #[test]
    fn a_record_that_is_cut_off_is_refused(end in 1_usize..100) {
        let whole = range(r#"{"introduced": "0"}, {"fixed": "1.0"}"#);
        let cut = &whole[..whole.len() - end.min(whole.len() - 1)];
        prop_assert!(refusal(cut).contains("breaks off at line 1"), "{cut}");
    }
}
