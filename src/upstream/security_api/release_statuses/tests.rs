//! Where the source packages of a CVE stand, by answers that are whole and by such that are not.

use super::*;
use crate::needs::corpus_bytes;
use crate::notice::{CveId, UbuntuRelease};
use crate::upstream::security_api::cve;

fn statuses_in(release: &str, body: &str) -> ReleaseStatuses {
    let (id, release): (CveId, UbuntuRelease) =
        ("CVE-2025-0001".parse().expect("an id"), release.parse().expect("a release"));
    let json = format!(r#"{{"id": "CVE-2025-0001", "priority": "high", "packages": {body}}}"#);
    cve::read(&mut json.as_bytes(), &id, &release).expect("a CVE").statuses
}

fn statuses(body: &str) -> ReleaseStatuses {
    statuses_in("jammy", body)
}

fn sources(names: &[&str]) -> Vec<Box<str>> {
    names.iter().map(|name| (*name).into()).collect()
}

/// A package `a` with these rows.
fn rows(rows: &str) -> ReleaseStatuses {
    statuses(&format!(r#"[{{"name": "a", "statuses": {rows}}}]"#))
}

fn is_clear(statuses: &ReleaseStatuses) -> bool {
    statuses.are_clear(&sources(&["a"]))
}

#[test]
fn only_what_is_said_of_every_source_package_in_the_release_clears() {
    let row = |status: &str| format!(r#"[{{"release_codename": "jammy", "status": "{status}"}}]"#);
    for clear in ["not-affected", "DNE"] {
        assert!(is_clear(&rows(&row(clear))), "{clear}");
    }
    for counts in ["released", "needed", "needs-triage", "ignored", "deferred", "pending", "in-progress", "", "dne"] {
        assert!(!is_clear(&rows(&row(counts))), "{counts}");
    }
    let other = r#"[{"release_codename": "noble", "status": "not-affected"}, {"release_codename": "upstream", "status": "DNE"}]"#;
    assert!(!is_clear(&rows(other)), "of the release nothing is said");
    let both = r#"[{"release_codename": "jammy", "status": "not-affected"}, {"release_codename": "jammy", "status": "needed"}]"#;
    assert!(!is_clear(&rows(both)));
    let two = statuses(
        r#"[{"name": "a", "statuses": [{"release_codename": "jammy", "status": "not-affected"}]},
            {"name": "b", "statuses": [{"release_codename": "jammy", "status": "DNE"}]},
            {"name": "c", "statuses": [{"release_codename": "jammy", "status": "needed"}]}]"#,
    );
    assert!(two.are_clear(&sources(&["a"])) && two.are_clear(&sources(&["a", "b"])));
    for not in [&["a", "c"][..], &["c"], &["a", "d"], &["d"], &[]] {
        assert!(!two.are_clear(&sources(not)), "{not:?}");
    }
}

#[test]
fn a_package_that_stands_twice_is_clear_if_both_say_so() {
    let twice = |first: &str, second: &str| {
        let package = |status: &str| {
            format!(r#"{{"statuses": [{{"release_codename": "jammy", "status": "{status}"}}], "name": "a"}}"#)
        };
        is_clear(&statuses(&format!("[{},{}]", package(first), package(second))))
    };
    assert!(twice("DNE", "not-affected"));
    assert!(!twice("needed", "not-affected") && !twice("not-affected", "needed"));
}

#[test]
fn half_an_answer_says_nothing() {
    for nothing in [
        "null",
        "[]",
        "{}",
        "7",
        "-7",
        "0.5",
        "true",
        r#""not-affected""#,
        "[null]",
        "[[]]",
        r#"["a"]"#,
        "[1, 2.5, false]",
        r#"[{"name": "a"}]"#,
        r#"[{"name": "a", "statuses": null}]"#,
        r#"[{"name": "a", "statuses": {}}]"#,
        r#"[{"name": "a", "statuses": "DNE"}]"#,
        r#"[{"name": "a", "statuses": [null, 1, "DNE", []]}]"#,
        r#"[{"name": null, "statuses": [{"release_codename": "jammy", "status": "DNE"}]}]"#,
        r#"[{"statuses": [{"release_codename": "jammy", "status": "DNE"}]}]"#,
        r#"[{"name": "a", "statuses": [{"status": "DNE"}]}]"#,
        r#"[{"name": "a", "statuses": [{"release_codename": "jammy"}]}]"#,
        r#"[{"name": "a", "statuses": [{"release_codename": null, "status": "DNE"}]}]"#,
        r#"[{"name": "a", "statuses": [{"release_codename": "jammy", "status": ["DNE"]}]}]"#,
    ] {
        assert!(!is_clear(&statuses(nothing)), "{nothing}");
    }
}

#[test]
fn ubuntus_words_are_short_and_printable() {
    let told = |status: &str, description: &str| {
        let row = serde_json::json!([{"release_codename": "jammy", "status": status, "description": description}]);
        let statuses = rows(&row.to_string());
        assert!(!is_clear(&statuses));
        let names = sources(&["a", "b"]);
        statuses
            .unfixed_of(&names)
            .map(|(name, status, reason)| format!("{name} {status} {reason}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(told("ignored", "end of standard support"), ["a ignored end of standard support"]);
    assert_eq!(told("deferred", "2025-01-08"), ["a deferred 2025-01-08"]);
    assert_eq!(told("ignored", ""), ["a ignored "]);
    assert!(told("needed", "soon").is_empty() && told("released", "1.2-3").is_empty());
    let hostile = told("ignored", &"\u{1b}[31m\r\n\u{202e}<script>".repeat(5000));
    assert!(hostile[0].chars().count() < 4000 && !hostile[0].contains(char::is_control), "{hostile:?}");
    assert_eq!(told("ignored", " end\n of  life "), ["a ignored end of life"]);
    let missing = rows(r#"[{"release_codename": "jammy", "status": "ignored", "description": null}]"#);
    assert_eq!(missing.unfixed_of(&sources(&["a"])).count(), 1);
}

#[test]
fn what_is_kept_of_a_cve_is_bounded_and_of_too_much_nothing_is_believed() {
    let package = |name: String, status: &str| serde_json::json!({"name": name, "statuses": [{"release_codename": "jammy", "status": status, "description": "x".repeat(500)}]});
    let all = |count: usize, status: &str| {
        let packages: Vec<_> = (0..count).map(|n| package(format!("linux-{n}"), status)).collect();
        statuses(&serde_json::Value::Array(packages).to_string())
    };
    assert!(all(500, "not-affected").are_clear(&sources(&["linux-7"])), "twice what the kernel has");
    assert_eq!(all(20_000, "not-affected"), ReleaseStatuses::default());
    assert_eq!(all(20_000, "ignored"), ReleaseStatuses::default());
    let long = "a".repeat(LONGEST_NAME + 1);
    let named = serde_json::json!([package(long.clone(), "DNE"), package("b".into(), "DNE")]).to_string();
    assert!(!statuses(&named).are_clear(&sources(&[&long])) && statuses(&named).are_clear(&sources(&["b"])));
}

#[test]
fn real_answers_tell_of_each_release() {
    let read = |name: &str, release: &str| {
        let bytes = corpus_bytes(&format!("api/cves/{name}.json"))?;
        let (id, release): (CveId, UbuntuRelease) = (name.parse().expect("an id"), release.parse().expect("a release"));
        Some(cve::read(&mut bytes.as_slice(), &id, &release).expect(name).statuses)
    };
    let Some(django) = read("CVE-2025-27556", "jammy") else { return };
    assert!(django.are_clear(&sources(&["python-django"])), "the flaw is of Windows");
    let (Some(jammy), Some(noble)) = (read("CVE-2025-21984", "jammy"), read("CVE-2025-21984", "noble")) else { return };
    assert!(jammy.are_clear(&sources(&["linux"])) && !noble.are_clear(&sources(&["linux"])));
    assert!(!jammy.are_clear(&sources(&["linux", "linux-aws-6.8"])), "that one is needed");
    let names = sources(&["linux", "linux-aws-6.2", "linux-riscv"]);
    let words: Vec<_> = jammy.unfixed_of(&names).map(|(name, _, reason)| (name, reason)).collect();
    assert_eq!(words, [("linux-aws-6.2", "superseded by linux-aws-6.5"), ("linux-riscv", "end of kernel support")]);
}

#[test]
fn all_real_answers_are_read_for_any_release() {
    let Some(folder) = crate::needs::corpus("api/cves") else { return };
    let mut clear = 0;
    for file in std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path()) {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let (id, bytes) = (name.parse().expect("an id"), std::fs::read(&file).expect("a file"));
        for release in ["trusty", "jammy"] {
            let release = release.parse().expect("a release");
            let answer = cve::read(&mut bytes.as_slice(), &id, &release).expect(&name);
            clear += answer.statuses.clear.len();
        }
    }
    assert!(clear > 500, "{clear}");
}
