//! What scanners make of the documents: all that is settled is hidden, and nothing else.

use std::cell::Cell;
use std::collections::BTreeSet;

use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::random_log::{log, op};
use super::scanners::{ScannerFinding, grype_hides, grype_modes, trivy_hides, trivy_modes};
use super::tests::{Documents, documents};
use super::*;
use crate::product::Standing;
use crate::publish::fixture::{LogFixture, notice};
use crate::publish::notice_outcome::{NoticeOutcome, Verdict};
use crate::tracker::Status;

/// In which modes of which scanners a finding is hidden, of all modes.
fn hidden(document: &Value, finding: impl Fn(bool) -> ScannerFinding) -> (Vec<String>, usize) {
    let by_grype = grype_modes()
        .into_iter()
        .map(|(mode, names)| (format!("grype {mode}"), grype_hides(document, &names, &finding(true))));
    let by_trivy = trivy_modes()
        .into_iter()
        .map(|(mode, root)| (format!("trivy {mode}"), trivy_hides(document, root.as_deref(), &finding(false))));
    let all: Vec<(String, bool)> = by_grype.chain(by_trivy).collect();
    let count = all.len();
    (all.into_iter().filter(|(_, hidden)| *hidden).map(|(mode, _)| mode).collect(), count)
}

fn in_deb<'a>(cve: &'a str, name: &'a str, version: &'a str) -> impl Fn(bool) -> ScannerFinding + 'a {
    move |grype| {
        if grype { ScannerFinding::by_grype(cve, name, version) } else { ScannerFinding::by_trivy(cve, name, version) }
    }
}

/// What the test itself concludes of one package in the light of one notice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Fixed,
    Excluded,
    Left,
}

/// The packages, with their versions, that a notice comes to an end in.
fn ends(release: &RecordedRelease<'_>, outcome: &NoticeOutcome<'_>) -> Vec<(String, String, End)> {
    let fixes = outcome.notice.map(|notice| notice.fixes.as_slice()).unwrap_or_default();
    let standing = release.packages.and_then(|packages| Standing::of(fixes, packages));
    let installed = standing.map(Standing::compared).unwrap_or_default();
    let (compared, end) = match &outcome.verdict {
        Verdict::Fixed { evidence, .. } => (evidence.clone(), End::Fixed),
        Verdict::Answered { answer, .. } if answer.status == Status::NotAffected => (installed, End::Excluded),
        Verdict::Open { too_old, .. } if !too_old.is_empty() => (too_old.clone(), End::Left),
        _ => (installed, End::Left),
    };
    compared.into_iter().map(|c| (c.package.to_string(), c.have.to_string(), end)).collect()
}

#[test]
fn in_any_log_scanners_hide_what_is_settled_and_nothing_else() {
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let (fixed, excluded, left) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let run = TestRunner::new(config).run(&proptest::collection::vec(op(), 0..14), |ops| {
        let story = log(&ops);
        let Documents { openvex: Some(openvex), scan: Some(scan), .. } = documents(&story) else { return Ok(()) };
        let history = story.history();
        let facts = story.facts(&history);
        let release = RecordedRelease::of(&facts).expect("a release");
        let cves: BTreeSet<String> = release
            .outcomes
            .iter()
            .flat_map(|a| a.notice)
            .flat_map(|n| &n.cves)
            .map(|cve| cve.id.to_string())
            .collect();
        for cve in &cves {
            let concerned = release.outcomes.iter().filter(|outcome| {
                outcome.notice.is_some_and(|notice| notice.cves.iter().any(|known| known.id.as_str() == cve))
            });
            // Where the packages of one of them are unknown, nothing says that it isn't this one.
            if concerned.clone().any(|outcome| outcome.notice.is_some_and(|notice| notice.fixes.is_empty())) {
                continue;
            }
            let all: Vec<(String, String, End)> = concerned.flat_map(|outcome| ends(&release, outcome)).collect();
            for (name, version, _) in &all {
                let end = all.iter().filter(|(other, ..)| other == name).map(|(.., end)| *end).max().expect("an end");
                let (openly, count) = hidden(&openvex, in_deb(cve, name, version));
                let (scanning, _) = hidden(&scan, in_deb(cve, name, version));
                let told = format!("{cve} in {name} {version}: {openly:?}, {scanning:?}\n{openvex:#}\n{scan:#}");
                match end {
                    End::Fixed => {
                        fixed.set(fixed.get() + 1);
                        assert!(openly.len() == count && scanning.len() == count, "{told}");
                    }
                    End::Excluded => {
                        excluded.set(excluded.get() + 1);
                        // That the team says so is true of this product alone, so a folder without a name keeps it.
                        let unnamed = openly.iter().any(|mode| mode == "grype folder" || mode == "trivy folder");
                        let only_excluded =
                            all.iter().filter(|(other, ..)| other == name).all(|(.., end)| *end == End::Excluded);
                        assert!(scanning.len() == count && !(unnamed && only_excluded), "{told}");
                    }
                    End::Left => {
                        left.set(left.get() + 1);
                        assert!(openly.is_empty() && scanning.is_empty(), "{told}");
                    }
                }
            }
            for name in ["a", "b", "c"] {
                for document in [&openvex, &scan] {
                    let (hidden, _) = hidden(document, |_| ScannerFinding::in_pip(cve, name));
                    assert!(hidden.is_empty(), "{cve} in {name} of pip: {hidden:?}\n{document:#}");
                }
            }
        }
        Ok(())
    });
    if let Err(error) = run {
        panic!("{error}");
    }
    let counts = [fixed, excluded, left].map(|count| count.get());
    assert!(counts.iter().all(|count| *count > 5), "{counts:?}");
}

#[test]
fn what_is_not_installed_as_a_package_is_kept_where_pip_installed_it() {
    let cve = [("CVE-2026-0001", "high")];
    let story = LogFixture::of("p")
        .opened(notice("USN-1-1", "Tornado vulnerability", "2026-01-01", &cve, &[("python3-tornado", "5")]))
        .released("1.3.0", Some("z=1\n"), json!({"not_affected": ["USN-1-1"]}));
    let Documents { openvex, scan, .. } = documents(&story);
    for document in [openvex.expect("a document"), scan.expect("a document")] {
        let parts = document["statements"][0]["products"][0]["subcomponents"].clone();
        assert_eq!(parts, json!([{"@id": "pkg:deb/ubuntu/python3-tornado"}]));
        let (hidden, _) = hidden(&document, |_| ScannerFinding::in_pip("CVE-2026-0001", "tornado"));
        assert_eq!(hidden, Vec::<String>::new());
    }
}

#[test]
fn an_answer_about_packages_that_nobody_tells_hides_nothing() {
    let cve = [("CVE-2026-0001", "high")];
    let answer = json!({"answered": {"notice": "USN-1-1", "status": "not_affected", "justification": "vulnerable_code_not_present"}});
    let story = LogFixture::of("p").opened(notice("USN-1-1", "a", "2026-01-01", &cve, &[])).then(answer).released(
        "1.3.0",
        Some("a=1\n"),
        json!({}),
    );
    let scan = documents(&story).scan.expect("a document");
    assert_eq!(scan["statements"][0]["status"], "not_affected");
    assert_eq!(hidden(&scan, in_deb("CVE-2026-0001", "a", "1")).0, Vec::<String>::new());
    assert_eq!(hidden(&scan, |_| ScannerFinding::in_pip("CVE-2026-0001", "a")).0, Vec::<String>::new());
}

#[test]
fn a_version_with_an_epoch_and_a_plus_is_found_in_every_spelling() {
    let cve = [("CVE-2026-0001", "high")];
    let need = "2:1.2+dfsg-3~22.04.1";
    let story = LogFixture::of("p")
        .opened(notice("USN-1-1", "a", "2026-01-01", &cve, &[("libstdc++6", need)]))
        .released("1.3.0", Some(&format!("libstdc++6={need}\n")), json!({}));
    let (hidden, all) =
        hidden(&documents(&story).openvex.expect("a document"), in_deb("CVE-2026-0001", "libstdc++6", need));
    assert_eq!(hidden.len(), all, "{hidden:?}");
}

#[test]
fn of_a_package_in_several_versions_each_is_found() {
    let cve = [("CVE-2026-0001", "high")];
    let story = |lines: &str| {
        LogFixture::of("p").opened(notice("USN-1-1", "a", "2026-01-01", &cve, &[("a", "5")])).released(
            "1.3.0",
            Some(lines),
            json!({}),
        )
    };
    let openvex = documents(&story("a=5\na=6\n")).openvex.expect("a document");
    for version in ["5", "6"] {
        assert_eq!(hidden(&openvex, in_deb("CVE-2026-0001", "a", version)).0.len(), 7, "{version}");
    }
    let openvex = documents(&story("a=4\na=6\n")).openvex.expect("a document");
    assert_eq!(openvex["statements"][0]["status"], "under_investigation");
    assert_eq!(hidden(&openvex, in_deb("CVE-2026-0001", "a", "4")).0, Vec::<String>::new());
}
