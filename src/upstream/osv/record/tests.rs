//! Records of all kinds, real ones and by value from real ones.

use super::*;
use crate::needs;

mod hostile;
mod refusals;

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
