//! Reports of Grype.

use serde_json::json;

use super::tests::{a_match, grype, ids, of_corpus, report};
use super::*;

#[test]
fn a_match_of_2021_has_its_cve_as_an_alias() {
    let Some(report) = of_corpus("grype-0.28-ghsa-with-related-cve.json") else { return };
    let expected = Finding {
        id: "GHSA-v6rh-hp5x-86rv".to_owned(),
        aliases: vec!["CVE-2021-44420".to_owned()],
        package: "Django".to_owned(),
        version: "3.2.9".to_owned(),
        purl: Some("pkg:pypi/Django@3.2.9".to_owned()),
        kind: "python".to_owned(),
        fixed: vec!["3.2.10".to_owned()],
        severity: Some(Severity::High),
        // GitHub's word.
        priority: Some(Priority::High),
        details: "Potential bypass of an upstream access control based on URL paths in Django".to_owned(),
        place: "matches[0]".to_owned(),
        ..Finding::default()
    };
    assert_eq!(report.findings, [expected]);
}

#[test]
fn a_report_of_2026_may_leave_the_package_url_the_state_and_the_description_empty() {
    let Some(report) = of_corpus("grype-2026-golden.json") else { return };
    let [first, second] = report.findings.as_slice() else { panic!("two findings") };
    assert_eq!((first.id.as_str(), first.purl.as_deref(), first.kind.as_str()), ("CVE-1999-0001", None, "rpm"));
    assert_eq!(first.fixed, ["1.2.1", "2.1.3", "3.4.0"]);
    assert_eq!((first.severity, first.priority, first.by_cpe), (Some(Severity::Low), None, false));
    assert_eq!((second.fixed.len(), second.no_fix.as_deref()), (0, None));
    assert_eq!(second.purl.as_deref(), Some("pkg:deb/package-2@2.2.2"));
}

#[test]
fn a_nul_in_a_version_makes_its_entry_unreadable_and_not_the_report() {
    let Some(report) = of_corpus("grype-fix-available.json") else { return };
    assert_eq!(
        report.unreadable,
        [
            r#"matches[0], CVE-2009-3882 in "java": its version "17.0.10+7\0-J-ms8m" has control characters or invisible ones"#
        ]
    );
    let others = json!([a_match("CVE-1", "java", "17.0.10+7\u{0}"), a_match("CVE-2", "java", "17")]);
    assert_eq!(ids(&super::tests::report(&grype(&others))), ["CVE-2 java 17"]);
}

#[test]
fn the_versions_that_came_out_are_told() {
    let mut entry = a_match("CVE-2025-1", "apt", "1.0");
    entry["vulnerability"]["fix"] = json!({
        "state": "fixed",
        "versions": ["1.1"],
        "available": [{"version": "1.1", "date": "2025-01-01", "kind": "advisory"}, {"version": "2.0", "kind": "release"}],
    });
    let report = report(&grype(&json!([entry])));
    assert_eq!(report.findings[0].fixed, ["1.1", "2.0"]);
}

#[test]
fn the_word_on_a_fix_is_told_where_no_version_carries_it() {
    for (state, versions, fixed, no_fix) in [
        ("fixed", json!(["1.1", "1.1"]), "1.1", None),
        ("fixed", json!([]), "", Some("fixed")),
        ("not-fixed", json!([]), "", Some("not-fixed")),
        ("wont-fix", json!(null), "", Some("wont-fix")),
        ("unknown", json!([""]), "", Some("unknown")),
        ("", json!([]), "", None),
    ] {
        let mut entry = a_match("CVE-2025-1", "apt", "1.0");
        entry["vulnerability"]["fix"] = json!({"versions": versions, "state": state});
        let report = report(&grype(&json!([entry])));
        let finding = &report.findings[0];
        assert_eq!((finding.fixed.join(" "), finding.no_fix.as_deref()), (fixed.to_owned(), no_fix), "{state}");
    }
    let mut entry = a_match("CVE-2025-1", "apt", "1.0");
    entry["vulnerability"]["fix"] = json!({"versions": [], "state": "soon\u{7}"});
    assert_eq!(
        report(&grype(&json!([entry]))).unreadable,
        [r#"matches[0], CVE-2025-1 in "apt": "soon\u{7}" is no word on its fix, such as fixed or wont-fix"#]
    );
}

#[test]
fn a_fix_that_is_a_range_is_named_and_the_finding_stands() {
    let mut entry = a_match("CVE-2025-1", "apt", "1.0");
    entry["vulnerability"]["fix"] = json!({"versions": ["< 2.0", "1.1"], "state": "fixed"});
    let report = report(&grype(&json!([entry])));
    assert_eq!(report.findings[0].fixed, ["1.1"]);
    assert_eq!(report.unreadable, [r#"matches[0], CVE-2025-1 in "apt": its fix "< 2.0" is a range, not a version"#]);
}

#[test]
fn the_severity_of_ubuntu_is_its_priority_and_the_scores_are_the_severity() {
    let mut entry = a_match("CVE-2025-1", "apt", "1.0");
    entry["vulnerability"]["namespace"] = json!("ubuntu:distro:ubuntu:22.04");
    entry["vulnerability"]["severity"] = json!("Negligible");
    let read = |entry: &serde_json::Value| {
        let finding = report(&grype(&json!([entry]))).findings.remove(0);
        (finding.priority.map(Priority::as_str), finding.severity.map(Severity::as_str))
    };
    assert_eq!(read(&entry), (Some("negligible"), None));
    entry["relatedVulnerabilities"] = json!([{"id": "CVE-2025-1", "cvss": [
        {"version": "2.0", "metrics": {"baseScore": 10.0}},
        {"version": "3.1", "metrics": {"baseScore": 5.5}},
        {"version": "3.1", "metrics": null},
        {"version": "4.0", "metrics": {"baseScore": 7.1}},
    ]}]);
    assert_eq!(read(&entry), (Some("negligible"), Some("high")));
    entry["vulnerability"]["namespace"] = json!("debian:distro:debian:12");
    entry["vulnerability"]["severity"] = json!("Medium");
    assert_eq!(read(&entry), (None, Some("medium")));
    entry["vulnerability"]["severity"] = json!("Unknown");
    assert_eq!(read(&entry), (None, Some("high")));
}

#[test]
fn a_guess_by_cpe_is_one_unless_something_exact_speaks_for_it() {
    for (details, by_cpe) in [
        (json!([{"type": "cpe-match"}]), true),
        (json!([{"type": "cpe-match"}, {"type": "exact-indirect-match"}]), false),
        (json!([{"type": "exact-direct-match", "searchedBy": {"cpe": "x"}}]), false),
        (json!([{"matcher": "java-matcher", "searchedBy": {"namespace": "nvd", "cpes": ["cpe:2.3:a:b:c"]}}]), true),
        (json!([{"matcher": "python-matcher", "searchedBy": {"language": "python"}}]), false),
        (json!([]), false),
        (json!(null), false),
    ] {
        let mut entry = a_match("CVE-2025-1", "apt", "1.0");
        entry["matchDetails"] = details.clone();
        assert_eq!(report(&grype(&json!([entry]))).findings[0].by_cpe, by_cpe, "{details}");
    }
}

#[test]
fn what_the_scanner_was_told_to_ignore_is_no_finding() {
    let mut ignored = a_match("CVE-2025-2", "apt", "1.0");
    ignored["appliedIgnoreRules"] = json!([{"vulnerability": "CVE-2025-2"}]);
    let text = json!({"matches": [a_match("CVE-2025-1", "apt", "1.0")], "ignoredMatches": [ignored]}).to_string();
    assert_eq!(ids(&report(&text)), ["CVE-2025-1 apt 1.0"]);
}
