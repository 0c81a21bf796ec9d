//! What shows a fix, an absence or neither in packages that are not Ubuntu's, and which notices hold one flaw.

use std::fs;

use davos::step::fetch;
use serde_json::{Value, json};

use super::other_notices::{Team, flask, publish};

pub(super) fn sbom(team: &Team, purls: &[&str]) {
    let components: Vec<Value> = purls.iter().map(|purl| json!({"name": "a", "purl": purl})).collect();
    team.write("build/sbom.json", &json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components}));
}

pub(super) fn put(team: &Team, version: &str) -> String {
    team.put(json!({"version": version, "packages_file": "sbom.json"}))
}

/// A report of Grype with one finding of an installed package.
fn report(team: &Team, id: &str, purl: &str, version: &str, fixed: &str) {
    let finding = json!({"vulnerability": {"id": id, "severity": "High", "fix": {"versions": [fixed], "state": "fixed"}},
        "relatedVulnerabilities": [], "matchDetails": [{"type": "exact-direct-match"}],
        "artifact": {"name": "a", "version": version, "type": "deb", "purl": purl, "upstreams": []}});
    team.write("build/report.json", &json!({"matches": [finding], "descriptor": {"name": "grype"}}));
}

#[test]
fn a_version_from_before_the_flaw_is_not_said_to_be_absent() {
    let team = Team::new();
    sbom(&team, &["pkg:pypi/flask@2.1.0"]);
    put(&team, "1.0");
    let mut record = flask("GHSA-2222-2222-2222", 1);
    record["affected"][0]["ranges"][0]["events"] = json!([{"introduced": "2.0"}, {"fixed": "2.2.5"}]);
    team.check_others(&json!([publish(&team, "osv", &[record])]));
    assert_eq!(team.opened().len(), 1);
    sbom(&team, &["pkg:pypi/flask@1.1.0"]);
    let said = put(&team, "1.1");
    assert!(said.contains("1 not affected (GHSA-2222-2222-2222)"), "{said}");
    let request = json!({"source": {"emit": "releases"}, "version": {"release": "1.1"}});
    team.run(fetch, request, &json!({})).0.expect("an answer");
    let text = fs::read_to_string(team.path("build/openvex.json")).expect("a document");
    let vex: Value = serde_json::from_str(&text).expect("JSON");
    let statement = &vex["statements"][0];
    assert_eq!(statement["justification"], "vulnerable_code_not_present", "{text}");
    assert!(text.contains("its packages are installed in versions from before the flaw"), "{text}");
}

#[test]
fn a_finding_in_a_package_of_debian_is_of_its_source_and_only_a_list_of_that_release_shows_anything() {
    let team = Team::new();
    let installed = |version: &str, release: &str| {
        format!("pkg:deb/debian/libssl3@{version}?arch=amd64&distro=debian-{release}&upstream=openssl")
    };
    let bash = |release: &str| format!("pkg:deb/debian/bash@5.2.15-2?arch=amd64&distro=debian-{release}");
    sbom(&team, &[&installed("3.0.16-1~deb12u1", "12"), &bash("12")]);
    put(&team, "1.0");
    let purl = installed("3.0.16-1~deb12u1", "12.8");
    report(&team, "CVE-2025-9230", &purl, "3.0.16-1~deb12u1", "3.0.17-1~deb12u3");
    let said = team.put(json!({"findings_file": "report.json"}));
    assert!(said.contains("1 opened (CVE-2025-9230)"), "{said}");
    let packages = &team.events()[1]["opened"]["packages"];
    assert_eq!(packages[0]["purl"], "pkg:deb/debian/openssl?arch=source&distro=debian-12");
    // The same binaries again, a list of another release of Debian, and one of no Debian: none of them shows anything.
    let lists: [(&str, Vec<String>); 3] = [
        ("1.1", vec![installed("3.0.16-1~deb12u1", "12"), bash("12")]),
        ("1.2", vec![installed("3.5.4-1~deb13u1", "13"), bash("13")]),
        ("1.3", vec!["pkg:pypi/flask@2.1.0".to_owned()]),
    ];
    for (version, purls) in lists {
        sbom(&team, &purls.iter().map(String::as_str).collect::<Vec<_>>());
        let said = put(&team, version);
        assert!(said.contains("1 still open (CVE-2025-9230)"), "{version}: {said}");
    }
    sbom(&team, &[&installed("3.0.17-1~deb12u3", "12"), &bash("12")]);
    let said = put(&team, "1.4");
    assert!(said.contains("1 fixed (CVE-2025-9230)"), "{said}");
}

#[test]
fn a_notice_that_a_team_opened_before_there_was_a_fix_grows_once_and_is_fixed() {
    let team = Team::new();
    sbom(&team, &["pkg:pypi/flask@2.1.0"]);
    put(&team, "1.0");
    let mut record = flask("x_FLASK-1", 1);
    record["affected"][0]["ranges"][0]["events"] = json!([{"introduced": "0"}]);
    let check = |record: &Value| {
        let (answer, said) = team.check_others(&json!([publish(&team, "osv", std::slice::from_ref(record))]));
        answer.unwrap_or_else(|| panic!("{said}"));
        said
    };
    fs::create_dir_all(team.path("build/own")).expect("a folder");
    team.write("build/own/x_FLASK-1.json", &record);
    let said = team.put(json!({"open": "own/x_FLASK-1.json"}));
    assert!(said.contains("opened"), "{said}");
    for _ in 0..3 {
        check(&record);
        assert_eq!(team.opened().len(), 1, "it says nothing new");
    }
    let record = flask("x_FLASK-1", 2);
    for _ in 0..3 {
        check(&record);
        assert_eq!(team.opened().len(), 2, "that there is a fix is news, once");
    }
    let opened = &team.events()[2]["opened"];
    assert_eq!(opened["notice"]["packages"][0]["version"], "2.2.5", "{opened}");
    assert_eq!(opened["notice"]["packages"][0]["ranges"].as_array().map(Vec::len), Some(1), "{opened}");
    sbom(&team, &["pkg:pypi/flask@2.2.5"]);
    let said = put(&team, "1.1");
    assert!(said.contains("1 fixed (x_FLASK-1)"), "{said}");
}

#[test]
fn what_was_taken_back_holds_no_flaw_and_no_release_settles_it() {
    let team = Team::new();
    sbom(&team, &["pkg:pypi/flask@2.1.0"]);
    put(&team, "1.0");
    let record = |id: &str, changed: u32| {
        let mut record = flask(id, changed);
        record["aliases"] = json!(["CVE-2023-30861"]);
        record
    };
    let (ghsa, pysec) = (record("GHSA-2222-2222-2222", 1), record("PYSEC-2023-62", 1));
    team.check_others(&json!([publish(&team, "osv", std::slice::from_ref(&ghsa))]));
    team.check_others(&json!([publish(&team, "osv", &[ghsa, pysec.clone()])]));
    assert_eq!(team.opened(), ["GHSA-2222-2222-2222"], "the other is the same flaw");
    let mut withdrawn = record("GHSA-2222-2222-2222", 2);
    withdrawn["withdrawn"] = withdrawn["modified"].clone();
    let (_, said) = team.check_others(&json!([publish(&team, "osv", &[withdrawn, pysec])]));
    assert_eq!(team.opened(), ["GHSA-2222-2222-2222", "PYSEC-2023-62"], "{said}");
    sbom(&team, &["pkg:pypi/flask@2.2.5"]);
    let said = put(&team, "1.1");
    assert!(said.contains("1 fixed (PYSEC-2023-62)") && !said.contains("GHSA-2222"), "{said}");
}

#[test]
fn a_finding_that_is_graver_raises_what_holds_its_flaw_once_and_what_was_answered_is_named() {
    let team = Team::new();
    sbom(&team, &["pkg:pypi/flask@2.1.0"]);
    put(&team, "1.0");
    let mut record = flask("PYSEC-2023-62", 1);
    record["aliases"] = json!(["CVE-2023-30861"]);
    record.as_object_mut().expect("keys").remove("database_specific");
    let osv = json!([publish(&team, "osv", std::slice::from_ref(&record))]);
    team.check_others(&osv);
    report(&team, "CVE-2023-30861", "pkg:pypi/flask@2.1.0", "2.1.0", "2.2.5");
    let said = team.put(json!({"findings_file": "report.json"}));
    assert!(said.contains("CVE-2023-30861 is PYSEC-2023-62, which is rated graver now"), "{said}");
    for _ in 0..2 {
        team.put(json!({"findings_file": "report.json"}));
        team.check_others(&osv);
        assert_eq!(team.opened(), ["PYSEC-2023-62", "PYSEC-2023-62"], "it is raised once");
    }
    let (first, raised) = (&team.events()[1]["opened"], &team.events()[2]["opened"]);
    assert_eq!((&first["severity"], &raised["severity"]), (&Value::Null, &json!("high")));
    assert_eq!(first["opening"], raised["opening"], "it triggers nothing twice");
    team.put(json!({"answer": {"notice": "PYSEC-2023-62", "status": "not_affected",
        "justification": "vulnerable_code_not_in_execute_path", "statement": "no sessions"}}));
    let said = team.put(json!({"findings_file": "report.json"}));
    assert!(said.contains("reports what the log has settled: PYSEC-2023-62 (answered)"), "{said}");
}

#[test]
fn an_index_that_lost_most_of_its_records_is_not_believed_and_a_few_may_go() {
    let team = Team::new();
    sbom(&team, &["pkg:pypi/flask@2.1.0"]);
    put(&team, "1.0");
    let all: Vec<Value> = (0..12).map(|nth| flask(&format!("PYSEC-2026-{nth}"), 1)).collect();
    let check = |records: &[Value]| team.check_others(&json!([publish(&team, "osv", records)]));
    assert_eq!(check(&all).0.expect("an answer").len(), 12);
    for few in [0, 1, 5] {
        let (answer, said) = check(&all[..few]);
        assert!(said.contains("it lost most of them, so it is not believed"), "{said}");
        assert_eq!(answer, None, "no source answers");
    }
    let (answer, said) = check(&all[..6]);
    assert_eq!(answer.map(|ids| ids.len()), Some(12), "what is open stays open: {said}");
}

#[test]
fn names_and_versions_that_would_end_code_in_a_page_are_refused_with_their_record() {
    let team = Team::new();
    sbom(&team, &["pkg:pypi/flask@2.1.0"]);
    put(&team, "1.0");
    for (name, fixed) in [("fl`ask", "2.2.5"), ("flask", "2.2`5"), ("fla|sk", "2.2.5"), ("fla\u{202e}sk", "2.2.5")] {
        let mut record = flask("GHSA-2222-2222-2222", 1);
        record["affected"][0]["package"]["name"] = json!(name);
        record["affected"][0]["ranges"][0]["events"] = json!([{"introduced": "0"}, {"fixed": fixed}]);
        let (answer, said) = team.check_others(&json!([publish(&team, "osv", &[record])]));
        assert_eq!(answer, Some(Vec::new()), "{said}");
        assert!(said.contains("the record GHSA-2222-2222-2222 is left out"), "{said}");
        assert!(!said.contains('\u{202e}'), "{said}");
    }
}
