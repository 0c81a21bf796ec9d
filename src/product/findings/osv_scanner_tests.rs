//! Reports of OSV-Scanner.

use serde_json::{Value, json};

use super::tests::{ids, of_corpus, refusal, report};
use super::*;

fn osv_scanner(package: &Value, vulnerabilities: &Value, groups: &Value) -> String {
    let found = json!({"package": package, "vulnerabilities": vulnerabilities, "groups": groups});
    let source = json!({"source": {"path": "/src/go.mod", "type": "lockfile"}, "packages": [found]});
    json!({"results": [source], "experimental_config": {}}).to_string()
}

fn stdlib() -> Value {
    json!({"name": "stdlib", "version": "1.23.4", "ecosystem": "Go"})
}

/// A record that tells two lines of versions.
fn a_record(id: &str) -> Value {
    json!({
        "id": id,
        "aliases": ["CVE-2025-22871"],
        "summary": "Request smuggling",
        "details": "The net/http package accepts a bare LF.",
        "affected": [
            {"package": {"ecosystem": "Go", "name": "stdlib"}, "ranges": [
                {"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.23.8"}, {"introduced": "1.24.0"}, {"fixed": "1.24.2"}]},
                {"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "9fceb02d0ae598e95dc970b74767f19372d61af8"}]},
            ]},
            {"package": {"ecosystem": "Go", "name": "golang.org/x/net"}, "ranges": [
                {"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "0.36.0"}]},
            ]},
        ],
    })
}

#[test]
fn a_real_finding_without_a_fix_is_read() {
    let Some(report) = of_corpus("osv-scanner-some-findings.json") else { return };
    let [finding] = report.findings.as_slice() else { panic!("one finding") };
    assert_eq!(ids(&report), ["MAL-2023-1035 flot-axis 0.0.0"]);
    assert_eq!(finding.aliases, ["GHSA-8348-2q94-ffjx"]);
    assert_eq!((finding.kind.as_str(), finding.title.as_str()), ("npm", "Malicious code in flot-axis (npm)"));
    assert_eq!((finding.fixed.len(), finding.no_fix.as_deref(), finding.severity), (0, None, None));
    assert_eq!(finding.place, "results[0].packages[0].groups[0]");
    let record: Value = serde_json::from_str(&finding.records[0]).expect("JSON");
    assert_eq!(record["id"], "MAL-2023-1035");
}

#[test]
fn a_group_is_one_finding_with_all_its_ids_records_and_fixes() {
    let groups = json!([{
        "ids": ["GO-2025-3563", "GHSA-g9pc-8g42-g6vq"],
        "aliases": ["BIT-golang-2025-22871", "CVE-2025-22871", "GHSA-g9pc-8g42-g6vq", "GO-2025-3563"],
        "max_severity": "9.1",
    }]);
    let mut of_github = a_record("GHSA-g9pc-8g42-g6vq");
    of_github["database_specific"] = json!({"severity": "MODERATE", "github_reviewed": true});
    let report = report(&osv_scanner(&stdlib(), &json!([of_github, a_record("GO-2025-3563")]), &groups));
    let [finding] = report.findings.as_slice() else { panic!("one finding") };
    assert_eq!(ids(&report), ["GO-2025-3563 stdlib 1.23.4"]);
    assert_eq!(finding.aliases, ["CVE-2025-22871", "GHSA-g9pc-8g42-g6vq", "BIT-golang-2025-22871"]);
    assert_eq!(finding.fixed, ["1.23.8", "1.24.2"]);
    assert_eq!((finding.severity, finding.priority), (Some(Severity::Critical), Some(Priority::Medium)));
    assert_eq!((finding.title.as_str(), finding.details.len()), ("Request smuggling", 39));
    let known: Vec<Value> = finding.records.iter().map(|json| serde_json::from_str(json).expect("JSON")).collect();
    assert_eq!(known, [a_record("GO-2025-3563"), of_github]);
}

#[test]
fn a_severity_is_a_number_as_text_a_word_or_nothing() {
    for (told, severity) in [
        (json!("7.5"), Some("high")),
        (json!(""), None),
        (json!(null), None),
        (json!("MEDIUM"), Some("medium")),
        (json!("NaN"), None),
        (json!("99"), None),
    ] {
        let groups = json!([{"ids": ["GO-2025-3563"], "max_severity": told}]);
        let report = report(&osv_scanner(&stdlib(), &json!([a_record("GO-2025-3563")]), &groups));
        assert_eq!(report.findings[0].severity.map(Severity::as_str), severity, "{told}");
    }
}

#[test]
fn of_a_distribution_the_binary_package_is_named_and_the_fix_is_that_of_its_release() {
    let package =
        json!({"name": "glibc", "os_package_name": "libc6", "version": "2.39-0ubuntu8.3", "ecosystem": "Ubuntu:24.04"});
    let affected = |ecosystem: &str, fixed: &str| {
        let events = json!([{"introduced": "0"}, {"fixed": fixed}]);
        json!({"package": {"ecosystem": ecosystem, "name": "glibc"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]})
    };
    let record = json!({"id": "UBUNTU-CVE-2025-0395", "affected": [
        affected("Ubuntu:22.04:LTS", "2.35-0ubuntu3.9"),
        affected("Ubuntu:24.04:LTS", "2.39-0ubuntu8.4"),
        affected("Ubuntu:Pro:16.04:LTS", "2.23-0ubuntu11.3+esm8"),
    ], "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:L"}, {"type": "Ubuntu", "score": "negligible"}]});
    let groups = json!([{"ids": ["UBUNTU-CVE-2025-0395"], "aliases": ["CVE-2025-0395"], "max_severity": "6.2"}]);
    let report = report(&osv_scanner(&package, &json!([record]), &groups));
    assert_eq!(ids(&report), ["UBUNTU-CVE-2025-0395 libc6 2.39-0ubuntu8.3"]);
    let finding = &report.findings[0];
    assert_eq!((finding.fixed.join(" "), finding.priority), ("2.39-0ubuntu8.4".to_owned(), Some(Priority::Negligible)));
}

#[test]
fn a_record_that_is_in_no_group_is_a_finding_and_one_that_is_twice_is_named() {
    let records = json!([a_record("GO-1"), a_record("GO-2"), a_record("GO-2"), {"id": 7}]);
    let report = report(&osv_scanner(&stdlib(), &records, &json!([{"ids": ["GO-1"]}])));
    assert_eq!(ids(&report), ["GO-1 stdlib 1.23.4", "GO-2 stdlib 1.23.4"]);
    assert_eq!(report.findings[1].place, "results[0].packages[0].vulnerabilities[1]");
    assert_eq!(
        report.unreadable,
        [
            "results[0].packages[0].vulnerabilities[2]: another record of the same package has its id",
            "results[0].packages[0].vulnerabilities[3]: invalid type: integer `7`, expected a string",
        ]
    );
}

#[test]
fn a_group_whose_record_can_not_be_read_is_named_with_it() {
    let mut record = a_record("GO-2");
    record["affected"][0]["ranges"] = json!("all");
    let groups = json!([{"ids": ["GO-1"]}, {"ids": ["GO-2", "GO-3"]}, {"ids": []}, {"ids": ["GO-4"]}]);
    let records = json!([a_record("GO-1"), record, a_record("GO-3")]);
    let report = report(&osv_scanner(&stdlib(), &records, &groups));
    // Without its record, nothing is told of a fix.
    assert_eq!(ids(&report), ["GO-1 stdlib 1.23.4", "GO-4 stdlib 1.23.4"]);
    assert!(report.findings[1].fixed.is_empty());
    assert_eq!(
        report.unreadable,
        [
            "results[0].packages[0].groups[1]: its record \"GO-2\": affected[0]: invalid type: string \"all\", expected a list",
            "results[0].packages[0].groups[2], in \"stdlib\": it names no vulnerability",
        ]
    );
}

#[test]
fn a_commit_is_no_package() {
    let package =
        json!({"name": "", "version": "", "ecosystem": "", "commit": "9fceb02d0ae598e95dc970b74767f19372d61af8"});
    let report = report(&osv_scanner(&package, &json!([a_record("GO-1")]), &json!([{"ids": ["GO-1"]}])));
    assert!(report.findings.is_empty());
    assert_eq!(report.unreadable, ["results[0].packages[0].groups[0]: it is of a commit in git, and names no package"]);
}

#[test]
fn packages_with_nothing_but_licences_are_no_findings() {
    let text = json!({"results": [{"packages": [
        {"package": stdlib(), "licenses": ["GPL-2.0"], "license_violations": ["GPL-2.0"]},
        {"package": stdlib(), "vulnerabilities": null, "groups": null},
    ]}]});
    let report = report(&text.to_string());
    assert_eq!((report.scanner, report.findings.len(), report.unreadable_count), ("OSV-Scanner", 0, 0));
}

#[test]
fn a_wrong_structure_is_refused_with_the_place() {
    for (text, error) in [
        (json!({"results": {}, "experimental_config": {}}), "results: invalid type: map, expected a list"),
        (json!({"results": [{"packages": 1}]}), "results[0].packages: invalid type: integer `1`, expected a list"),
        (
            json!({"results": [{"packages": [{"package": stdlib(), "vulnerabilities": [], "groups": 1}]}]}),
            "results[0].packages[0].groups: invalid type: integer `1`, expected a list",
        ),
        (
            json!({"results": [{"packages": [{"package": "stdlib"}]}]}),
            "results[0].packages[0]: invalid type: string \"stdlib\", expected an object",
        ),
    ] {
        assert_eq!(refusal(&text.to_string()), format!("reading it as the JSON of OSV-Scanner: {error}"));
    }
}
