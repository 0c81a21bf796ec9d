//! Reports of Trivy.

use serde_json::{Value, json};

use super::tests::{ids, of_corpus, refusal, report};
use super::*;

/// A report with these entries for one target.
fn trivy(entries: &Value) -> String {
    let result =
        json!({"Target": "app:1 (ubuntu 22.04)", "Class": "os-pkgs", "Type": "ubuntu", "Vulnerabilities": entries});
    json!({"SchemaVersion": 2, "ArtifactName": "app:1", "Results": [result]}).to_string()
}

fn an_entry(id: &str) -> Value {
    json!({"VulnerabilityID": id, "PkgName": "apt", "InstalledVersion": "2.4.5", "Severity": "MEDIUM"})
}

#[test]
fn all_eight_statuses_are_words_on_a_missing_fix() {
    let Some(report) = of_corpus("trivy-all-statuses.json") else { return };
    let told: Vec<String> = report
        .findings
        .iter()
        .map(|finding| format!("{} {}", finding.id, finding.no_fix.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        told,
        [
            "CVE-2011-3374 unknown",
            "CVE-2019-18276 not_affected",
            "TEMP-0841856-B18BAF affected",
            "CVE-2018-1000876 fixed",
            "CVE-2018-12697 under_investigation",
            "CVE-2018-12698 will_not_fix",
            "CVE-2018-12699 fix_deferred",
            "CVE-2018-12934 end_of_life",
        ]
    );
    assert!(report.findings.iter().all(|finding| finding.fixed.is_empty() && finding.kind == "debian"));
}

#[test]
fn a_finding_in_three_targets_of_a_repository_is_one() {
    let Some(report) = of_corpus("trivy-gomod.json") else { return };
    assert_eq!(
        ids(&report),
        [
            "GMS-2022-20 github.com/docker/distribution v2.7.1+incompatible",
            "CVE-2022-23628 github.com/open-policy-agent/opa v0.35.0",
            "CVE-2021-38561 golang.org/x/text v0.3.6",
        ]
    );
    let first = &report.findings[0];
    assert_eq!(first.purl.as_deref(), Some("pkg:golang/github.com/docker/distribution@v2.7.1%2Bincompatible"));
    assert_eq!((first.fixed.join(" "), first.severity), ("v2.8.0".to_owned(), None));
    assert_eq!((first.title.as_str(), first.kind.as_str()), ("OCI Manifest Type Confusion Issue", "gomod"));
    assert_eq!(
        (first.place.as_str(), report.findings[1].severity),
        ("Results[0].Vulnerabilities[0]", Some(Severity::Medium))
    );
}

#[test]
fn the_severity_of_ubuntu_is_its_priority() {
    let Some(report) = of_corpus("trivy-ubuntu-1804-ignore-unfixed.json") else { return };
    let first = &report.findings[0];
    assert_eq!((first.priority, first.severity), (Some(Priority::Medium), Some(Severity::Medium)));
    assert_eq!((first.fixed.join(" "), first.no_fix.as_deref()), ("1.44.1-1ubuntu1.2".to_owned(), None));
    let mut entry = an_entry("CVE-2025-1");
    entry["SeveritySource"] = json!("ubuntu");
    entry["CVSS"] = json!({"redhat": {"V3Score": 9.8}, "nvd": {"V2Score": 10.0, "V3Score": 6.5}, "ghsa": null});
    let rated = |entry: &Value| {
        let finding = super::tests::report(&trivy(&json!([entry]))).findings.remove(0);
        (finding.priority.map(Priority::as_str), finding.severity.map(Severity::as_str))
    };
    assert_eq!(rated(&entry), (Some("medium"), Some("medium")));
    entry["CVSS"] = json!({"redhat": {"V3Score": 7.8, "V40Score": 9.3}, "nvd": {"V2Score": 10.0}});
    assert_eq!(rated(&entry), (Some("medium"), Some("critical")));
    entry["SeveritySource"] = json!("ghsa");
    assert_eq!(rated(&entry), (Some("medium"), Some("medium")));
    entry["SeveritySource"] = json!("debian");
    assert_eq!(rated(&entry), (None, Some("medium")));
}

#[test]
fn a_fix_is_one_version_or_several_or_none_and_never_a_range() {
    for (told, fixed, no_fix) in [
        (json!("3.1.0"), "3.1.0", None),
        (json!("3.1.0, 2.6.9"), "3.1.0 2.6.9", None),
        (json!(""), "", Some("fixed")),
        (json!(null), "", Some("fixed")),
        (json!(">= 3.1.0, < 3.0.0"), "", Some("fixed")),
        (json!("2.6.9, >= 3.1.0"), "", Some("fixed")),
    ] {
        let mut entry = an_entry("CVE-2025-1");
        entry["FixedVersion"] = told.clone();
        entry["Status"] = json!("fixed");
        let report = report(&trivy(&json!([entry])));
        let finding = &report.findings[0];
        assert_eq!((finding.fixed.join(" "), finding.no_fix.as_deref()), (fixed.to_owned(), no_fix), "{told}");
        let named = told.as_str().filter(|told| told.contains('>')).map(|told| {
            format!(r#"Results[0].Vulnerabilities[0], CVE-2025-1 in "apt": its fix {told:?} is a range, not a version"#)
        });
        assert_eq!(report.unreadable, Vec::from_iter(named));
    }
}

#[test]
fn what_does_not_affect_anybody_needs_no_fix() {
    let mut entry = an_entry("CVE-2025-1");
    entry["FixedVersion"] = json!("2.4.6");
    entry["Status"] = json!("not_affected");
    let report = report(&trivy(&json!([entry])));
    assert!(report.findings[0].fixed.is_empty());
    assert_eq!(report.findings[0].no_fix.as_deref(), Some("not_affected"));
}

#[test]
fn the_ids_of_vendors_are_no_aliases() {
    let mut entry = an_entry("CVE-2020-27350");
    entry["VendorIDs"] = json!(["DSA-4808-1"]);
    let report = report(&trivy(&json!([entry])));
    assert!(report.findings[0].aliases.is_empty());
}

#[test]
fn misconfigurations_secrets_and_what_was_left_out_are_no_findings() {
    let text = json!({"SchemaVersion": 2, "ArtifactName": "app", "Results": [
        {"Target": "a", "Class": "config", "Type": "dockerfile", "Misconfigurations": [{"ID": "DS002"}]},
        {"Target": "b", "Class": "secret", "Secrets": [{"RuleID": "aws-access-key-id"}]},
        {"Target": "c", "Class": "lang-pkgs", "Type": "npm", "Vulnerabilities": null},
        {"Vulnerabilities": [an_entry("CVE-2025-1")], "Type": "ubuntu", "Class": "os-pkgs", "Target": "d",
         "ExperimentalModifiedFindings": [{"Type": "vulnerability", "Status": "ignored", "Finding": an_entry("CVE-2025-2")}]},
    ]});
    let report = report(&text.to_string());
    assert_eq!((ids(&report).join(", "), report.unreadable_count), ("CVE-2025-1 apt 2.4.5".to_owned(), 0));
    assert_eq!(
        (report.findings[0].kind.as_str(), report.findings[0].place.as_str()),
        ("ubuntu", "Results[3].Vulnerabilities[0]")
    );
}

#[test]
fn another_version_and_a_wrong_structure_are_refused_with_the_place() {
    for (text, error) in [
        (json!({"SchemaVersion": 3, "Results": []}), "SchemaVersion is 3, and only 2 is understood; "),
        (json!({"SchemaVersion": "2", "Results": []}), "SchemaVersion is \"2\", and only 2 is understood; "),
        (json!({"SchemaVersion": 2, "Results": {}}), "Results: invalid type: map, expected a list"),
        (json!({"SchemaVersion": 2, "Results": ["x"]}), "Results[0]: invalid type: string \"x\", expected an object"),
        (
            json!({"SchemaVersion": 2, "Results": [{}, {"Vulnerabilities": "none"}]}),
            "Results[1].Vulnerabilities: invalid type: string \"none\", expected a list",
        ),
        (
            json!({"SchemaVersion": 2, "Results": [{"Type": 7}]}),
            "Results[0]: invalid type: integer `7`, expected a string",
        ),
    ] {
        let told = refusal(&text.to_string());
        assert!(told.starts_with(&format!("reading it as the JSON of Trivy: {error}")), "{told}");
    }
}

#[test]
fn of_debian_the_list_of_what_is_installed_tells_the_source_package() {
    let mut entry = an_entry("CVE-2024-3094");
    entry["PkgID"] = json!("liblzma5@5.4.1-0.2");
    let installed = json!([
        {"ID": "liblzma5@5.4.1-0.2", "Name": "liblzma5", "SrcName": "xz-utils"}, {"ID": 7}, {"ID": "bash@5"}, null,
    ]);
    let of = |kind: &str| {
        let result = json!({"Type": kind, "Packages": installed, "Vulnerabilities": [entry, an_entry("CVE-2024-1")]});
        let told = report(&json!({"SchemaVersion": 2, "ArtifactName": "app:1", "Results": [result]}).to_string());
        told.findings.into_iter().map(|finding| finding.source).collect::<Vec<_>>()
    };
    assert_eq!(of("debian"), [Some("xz-utils".to_owned()), None]);
    assert_eq!(of("ubuntu"), [None, None], "its notices name binary packages");
}
