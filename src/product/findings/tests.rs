//! What is read of any scanner, and what is refused.

use serde_json::{Value, json};

use super::*;
use crate::needs::corpus_bytes;

pub(super) fn report(text: &str) -> FindingsReport {
    read(text.as_bytes()).expect(text)
}

pub(super) fn refusal(text: &str) -> String {
    refusal_of(text.as_bytes())
}

fn refusal_of(bytes: &[u8]) -> String {
    let error = format!("{:#}", read(bytes).expect_err("a refusal"));
    assert!(!error.contains('\n') && error.len() < 1_500, "{error}");
    error
}

/// The report of a file of the corpus.
pub(super) fn of_corpus(name: &str) -> Option<FindingsReport> {
    let bytes = corpus_bytes(&format!("scanners/{name}"))?;
    Some(read(&bytes).unwrap_or_else(|error| panic!("{name}: {error:#}")))
}

/// A report of Grype with these matches.
pub(super) fn grype(matches: &Value) -> String {
    json!({"matches": matches, "source": null, "descriptor": {"name": "grype", "version": "0.100.0"}}).to_string()
}

/// A match of Grype, without what nobody needs.
pub(super) fn a_match(id: &str, package: &str, version: &str) -> Value {
    json!({
        "vulnerability": {"id": id, "severity": "High", "fix": {"versions": ["9.9"], "state": "fixed"}},
        "artifact": {"name": package, "version": version, "type": "deb"},
    })
}

/// What identifies the findings: id, package and version.
pub(super) fn ids(report: &FindingsReport) -> Vec<String> {
    let short = |finding: &Finding| format!("{} {} {}", finding.id, finding.package, finding.version);
    report.findings.iter().map(short).collect()
}

#[test]
fn real_reports_of_every_scanner_are_read() {
    for (name, scanner, findings, unreadable) in [
        ("grype-0.28-ghsa-with-related-cve.json", "Grype", 1, 0),
        ("grype-2026-golden.json", "Grype", 2, 0),
        ("grype-fix-available.json", "Grype", 0, 1),
        ("trivy-all-statuses.json", "Trivy", 8, 0),
        ("trivy-gomod.json", "Trivy", 3, 0),
        ("trivy-ubuntu-1804-ignore-unfixed.json", "Trivy", 4, 0),
        ("osv-scanner-some-findings.json", "OSV-Scanner", 1, 0),
        ("blackduck-new-format.csv", "Black Duck", 9, 0),
        ("blackduck-one-vuln.csv", "Black Duck", 1, 0),
    ] {
        let Some(report) = of_corpus(name) else { continue };
        let told = (report.scanner, report.findings.len(), report.unreadable_count);
        assert_eq!(told, (scanner, findings, unreadable), "{name}: {:?}", report.unreadable);
    }
}

#[test]
fn a_real_sarif_file_is_refused_by_its_name() {
    let Some(sarif) = corpus_bytes("scanners/grype-2026-golden.sarif") else { return };
    let error = refusal_of(&sarif);
    assert!(error.starts_with("the report is SARIF, ") && error.contains("`grype -o json`"), "{error}");
}

#[test]
fn a_report_without_findings_is_fine_if_it_says_who_wrote_it() {
    for (text, scanner) in [
        (r#"{"matches": [], "descriptor": {"name": "grype"}}"#, "Grype"),
        (r#"{"matches": null, "descriptor": {"name": "grype"}}"#, "Grype"),
        (r#"{"SchemaVersion": 2, "ArtifactName": "app:1", "ArtifactType": "container_image"}"#, "Trivy"),
        (r#"{"SchemaVersion": 2, "Results": null}"#, "Trivy"),
        (r#"{"results": [], "experimental_config": {"licenses": {"summary": false}}}"#, "OSV-Scanner"),
        ("Component name,Component version name,Vulnerability id,Remediation status,Base score\n", "Black Duck"),
    ] {
        let report = report(text);
        assert_eq!((report.scanner, report.findings.len(), report.unreadable_count), (scanner, 0, 0), "{text}");
    }
    for nobody in [r#"{"matches": []}"#, r#"{"results": []}"#, r#"{"results": [], "errors": [], "paths": {}}"#] {
        let error = refusal(nobody);
        assert!(error.contains("no word on who wrote it"), "{error}");
    }
    assert!(refusal(r#"{"SchemaVersion": 2}"#).contains(r#"JSON of no form that davos knows, with "SchemaVersion"; "#));
}

#[test]
fn what_is_something_else_is_refused_by_its_name_and_with_what_to_give() {
    for (text, what) in [
        ("", "empty: did the scanner fail?"),
        (" \n\t", "empty: did the scanner fail?"),
        ("{}", "an empty object"),
        ("[]", "a list; give the one report"),
        (
            r#"[{"Target": "app (alpine 3.7.1)", "Vulnerabilities": null}]"#,
            "the list in JSON that Trivy wrote until 2021",
        ),
        (r#"{"bomFormat": "CycloneDX", "components": []}"#, "an SBOM"),
        (r#"{"bomFormat": "CycloneDX", "vulnerabilities": []}"#, "CycloneDX with vulnerabilities"),
        (r#"{"spdxVersion": "SPDX-2.3", "packages": []}"#, "an SBOM"),
        (r#"{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}"#, "an SBOM"),
        (r#"{"@context": "https://openvex.dev/ns/v0.2.0", "statements": []}"#, "OpenVEX"),
        (r#"{"document": {"category": "csaf_vex"}, "vulnerabilities": []}"#, "CSAF"),
        (r#"{"version": "2.1.0", "runs": []}"#, "SARIF"),
        (r#"{"ClusterName": "k", "Resources": [], "SchemaVersion": 2}"#, "the report of `trivy k8s`"),
        (r#"{"payload": "e30=", "payloadType": "application/vnd.in-toto+json"}"#, "a DSSE envelope"),
        (r#"{"_type": "x", "predicateType": "x", "predicate": {"matches": []}}"#, "an attestation"),
        (r#"{"artifacts": [], "descriptor": {"name": "syft"}}"#, "the JSON of Syft"),
        (r#"{"version": "15.0.7", "scan": {}, "vulnerabilities": []}"#, "GitLab's form"),
        (r#"{"Findings": [], "SchemaVersion": "2018-10-08"}"#, "AWS Security Hub"),
        (r#"{"id": "GO-2025-3956", "modified": "2025-09-01T00:00:00Z", "affected": []}"#, "an OSV record"),
        (r#"{"results": [{"check_id": "a.b", "path": "x.py"}], "errors": []}"#, "not those of a scanner"),
        (r#"{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6}"#, r#"with "a", "b", "c", "d", "e", and more"#),
        ("<!DOCTYPE html><html><head><title>Report</title>", "a page in HTML"),
        ("<?xml version=\"1.0\"?><testsuites></testsuites>", "XML of JUnit"),
        ("<?xml version=\"1.0\"?><bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\">", "CycloneDX in XML"),
        (
            "NAME  INSTALLED  FIXED-IN  TYPE  VULNERABILITY  SEVERITY\napt   1.8.2  deb  CVE-2011-3374",
            "the table of Grype",
        ),
        ("\napp:1 (debian 10.13)\n====\nTotal: 8 (UNKNOWN: 0, LOW: 8)\n\n┌─────┐", "the table of Trivy"),
        ("╭────────────┬──────╮\n│ OSV URL    │ CVSS │", "the table of OSV-Scanner"),
        ("SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0", "an SBOM"),
        (
            "\"Package\",\"Version Installed\",\"Vulnerability ID\",\"Severity\"\n\"apt\",\"1\",\"CVE-2011-3374\",\"Low\"",
            "a table of text",
        ),
        ("no vulnerabilities found\u{7}", r#"at its first line: "no vulnerabilities found\u{7}""#),
    ] {
        let error = refusal(text);
        assert!(error.contains(what) && error.contains("`osv-scanner --format json`"), "{text}: {error}");
    }
}

#[test]
fn what_is_no_text_is_refused() {
    for (bytes, what) in [
        (b"PK\x03\x04....".as_slice(), "the report is a zip file, as Black Duck writes"),
        (b"\x1f\x8b\x08", "the report is a gzip file"),
        (b"\xff\xfe{\0}\0", "the report is a text in UTF-16"),
        (b"{\"matches\": [\"\xff\"]}", "the report is no UTF-8 text"),
    ] {
        let error = refusal_of(bytes);
        assert!(error.starts_with(what), "{error}");
    }
    let large = vec![b' '; LARGEST_REPORT + 1];
    assert_eq!(refusal_of(&large), "the report has more than 64 MiB; report the images one by one");
}

#[test]
fn what_is_cut_short_or_broken_is_refused_with_its_place() {
    let whole = grype(&json!([a_match("CVE-2025-6075", "libpython3.10", "3.10.12")]));
    let cut = refusal(&whole[..whole.len() - 20]);
    assert!(cut.starts_with("the JSON of the report is cut short, at line 1 column "), "{cut}");
    let broken = refusal(&format!("{{\n \"matches\": [}}\n{whole}"));
    assert!(broken.starts_with("the JSON of the report is broken, at line 2 column 14: "), "{broken}");
    let twice = refusal(&format!("{whole}\n{whole}"));
    assert!(twice.starts_with("more follows after the JSON of the report, at line 2 column 1;"), "{twice}");
    let key = refusal(r#"{"matches": [{"vulnerability": {}}], "matches": []}"#);
    assert!(key.contains("at line 1 column 51: the key \"matches\" stands twice"), "{key}");
}

#[test]
fn a_byte_order_mark_and_space_before_the_report_are_nothing() {
    let text = format!("\u{feff}\r\n {}", grype(&json!([a_match("CVE-2025-6075", "libpython3.10", "3.10.12")])));
    assert_eq!(ids(&report(&text)), ["CVE-2025-6075 libpython3.10 3.10.12"]);
}

#[test]
fn the_same_finding_at_several_places_is_one() {
    let mut by_name = a_match("CVE-2025-1", "a", "1");
    by_name["matchDetails"] = json!([{"type": "exact-direct-match"}]);
    let mut guess = a_match("CVE-2025-1", "a", "1");
    guess["matchDetails"] = json!([{"type": "cpe-match"}]);
    guess["relatedVulnerabilities"] = json!([{"id": "GHSA-x"}]);
    guess["vulnerability"]["fix"] = json!({"versions": ["10.0"], "state": "fixed"});
    guess["vulnerability"]["severity"] = json!("Critical");
    let mut of_npm = a_match("CVE-2025-1", "a", "1");
    of_npm["artifact"]["type"] = json!("npm");
    let report = report(&grype(&json!([
        guess,
        by_name,
        a_match("CVE-2025-1", "a", "2"),
        a_match("CVE-2025-2", "a", "1"),
        of_npm,
        a_match("CVE-2025-1", "a", "1"),
    ])));
    assert_eq!(ids(&report), ["CVE-2025-1 a 1", "CVE-2025-1 a 2", "CVE-2025-2 a 1", "CVE-2025-1 a 1"]);
    let first = &report.findings[0];
    assert_eq!((first.by_cpe, first.place.as_str()), (false, "matches[0]"));
    assert_eq!((first.fixed.join(" "), first.aliases.join(" ")), ("10.0 9.9".to_owned(), "GHSA-x".to_owned()));
    assert_eq!(first.severity, Some(Severity::Critical));
}

#[test]
fn an_entry_that_can_not_be_read_is_named_and_the_others_count() {
    let mut twice = a_match("CVE-2025-3", "c", "1").to_string();
    twice.insert_str(1, r#""artifact": {}, "#);
    let mut far = a_match("CVE-2025-4", "d", "1");
    far["artifact"]["purl"] = json!("https://example.org/d");
    let mut listed = a_match("CVE-2025-5", "e", "1");
    listed["artifact"]["name"] = json!(["e"]);
    let entries = [
        a_match("CVE-2025-1", "a", "1").to_string(),
        "null".to_owned(),
        "{}".to_owned(),
        r#"{"vulnerability": {"id": "CVE-2025-2"}}"#.to_owned(),
        twice,
        far.to_string(),
        listed.to_string(),
        a_match("CVE-2025/../x", "f", "1").to_string(),
        a_match("", "g", "1").to_string(),
        a_match("CVE-2025-6", "", "1").to_string(),
        a_match("CVE-2025-7", "h\u{202e}", "1").to_string(),
        a_match("CVE-2025-8", "i", &"1".repeat(301)).to_string(),
        a_match("CVE-2025-9", "j", "1").to_string(),
    ];
    let text = format!(r#"{{"matches": [{}], "descriptor": {{"name": "grype"}}}}"#, entries.join(", "));
    let report = report(&text);
    assert_eq!(ids(&report), ["CVE-2025-1 a 1", "CVE-2025-9 j 1"]);
    assert_eq!(report.unreadable_count, 11);
    let ones = "1".repeat(80);
    assert_eq!(
        report.unreadable,
        [
            "matches[1]: invalid type: null, expected an object",
            "matches[2]: it has no vulnerability",
            "matches[3]: it has no artifact",
            "matches[4]: duplicate field `artifact`",
            "matches[5], CVE-2025-4 in \"d\": \"https://example.org/d\" is no package URL; one begins with pkg:",
            "matches[6]: invalid type: sequence, expected a string",
            "matches[7], \"CVE-2025/../x\" in \"f\": \"CVE-2025/../x\" is no id of a vulnerability; one looks like CVE-2025-6075",
            "matches[8], in \"g\": it names no vulnerability",
            "matches[9], CVE-2025-6: it names no package",
            "matches[10], CVE-2025-7 in \"h\\u{202e}\": its package \"h\\u{202e}\" has control characters or invisible ones",
            &format!("matches[11], CVE-2025-8 in \"i\": its version \"{ones}…\" is longer than 300 bytes"),
        ]
    );
}

#[test]
fn only_the_first_twenty_that_can_not_be_read_are_named() {
    let text = format!(r#"{{"matches": [{}], "descriptor": {{"name": "grype"}}}}"#, vec!["7"; 30_000].join(","));
    let report = report(&text);
    assert_eq!((report.findings.len(), report.unreadable.len(), report.unreadable_count), (0, 20, 30_000));
    let error =
        refusal(&format!(r#"{{"SchemaVersion": 2, "Results": [{{"Vulnerabilities": [7{}]}}]}}"#, ",7".repeat(500_000)));
    assert!(error.ends_with("the report has more than 500,000 entries; report the images one by one"), "{error}");
}

#[test]
fn what_people_wrote_is_shortened_and_printable() {
    let mut entry = a_match("CVE-2025-1", "a", "1");
    entry["vulnerability"]["description"] = json!(format!("One\n\tTwo\u{1b}[31m\u{0} {}", "ä".repeat(100_000)));
    let report = report(&grype(&json!([entry])));
    let details = &report.findings[0].details;
    assert!(details.starts_with("One\n    Two\\u{1b}[31m\\u{0} ää") && details.ends_with("ä…"), "{details}");
    assert!(details.len() < 4_100);
}

#[test]
fn deep_nesting_is_no_danger() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        refusal(&deep);
        refusal(&deep[..deep.len() / 2]);
        for key in ["vulnerability", "unknown", "matchDetails"] {
            let text = format!(r#"{{"matches": [{{"{key}": {deep}}}], "descriptor": {{"name": "grype"}}}}"#);
            assert_eq!(report(&text).unreadable_count, 1, "{key}");
        }
    }
}

#[test]
fn a_report_with_many_matches_is_read_and_with_too_many_findings_refused() {
    let one = a_match("CVE-2025-NTH", "linux-libc-dev", "5.15.0").to_string();
    let (start, end) = one.split_once("NTH").expect("an id");
    let matches = |count: usize, different: usize| {
        let all: Vec<String> = (0..count).map(|nth| format!("{start}{}{end}", nth % different)).collect();
        format!(r#"{{"descriptor": {{"name": "grype"}}, "matches": [{}]}}"#, all.join(",\n"))
    };
    assert_eq!(report(&matches(200_000, 20_000)).findings.len(), 20_000);
    let error = refusal(&matches(20_001, 20_001));
    assert_eq!(
        error,
        "reading it as the JSON of Grype: the report has more than 20,000 findings; report the images one by one, or only what \
         has a fix (grype --only-fixed, trivy --ignore-unfixed)"
    );
}
