//! Damaged reports: whatever comes, an answer in sentences, and never one that can't be printed.

use fastrand::Rng;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::tests::{a_match, grype};
use super::*;
use crate::needs::corpus_bytes;
use crate::notice::has_form_of_id;
use crate::text::printable;

/// How often each file is damaged; `MUTATIONS` says otherwise.
const MUTATIONS: usize = 200;

/// The most damages at once.
const MOST_DAMAGES: usize = 4;

const FILES: &[&str] = &[
    "grype-0.28-ghsa-with-related-cve.json",
    "grype-2026-golden.json",
    "grype-fix-available.json",
    "trivy-all-statuses.json",
    "trivy-gomod.json",
    "trivy-ubuntu-1804-ignore-unfixed.json",
    "osv-scanner-some-findings.json",
    "blackduck-new-format.csv",
    "blackduck-one-vuln.csv",
    "grype-2026-golden.sarif",
];

/// Holds what is promised of every answer.
fn hold(bytes: &[u8]) {
    let report = match read(bytes) {
        Ok(report) => report,
        Err(error) => return is_a_line(&format!("{error:#}")),
    };
    assert!(["Grype", "Trivy", "OSV-Scanner", "Black Duck"].contains(&report.scanner));
    assert!(report.findings.len() <= 20_000 && report.unreadable.len() == report.unreadable_count.min(20));
    report.unreadable.iter().for_each(|sentence| is_a_line(sentence));
    for finding in &report.findings {
        let ids = || [&finding.id].into_iter().chain(&finding.aliases);
        assert!(ids().all(|id| has_form_of_id(id)), "{finding:?}");
        let plain = [&finding.package, &finding.version, &finding.kind, &finding.title, &finding.place];
        let told =
            plain.into_iter().chain(&finding.purl).chain(&finding.source).chain(&finding.no_fix).chain(&finding.fixed);
        assert!(told.into_iter().all(|text| printable(text) == *text && text.len() < 5_000), "{finding:?}");
        assert!(finding.details.lines().all(|line| printable(line) == line), "{finding:?}");
        assert!(!finding.package.is_empty() && finding.fixed.iter().all(|version| !version.contains([' ', '<', '>'])));
        assert!(finding.fixed.is_empty() || finding.no_fix.is_none(), "{finding:?}");
    }
}

fn is_a_line(sentence: &str) {
    assert!(!sentence.is_empty() && sentence.len() < 3_000 && printable(sentence) == sentence, "{sentence:?}");
}

/// Flips, takes away, doubles or moves some of the bytes, or puts in what means something.
fn damage(bytes: &mut Vec<u8>, random: &mut Rng) {
    const WORDS: &[&[u8]] = &[
        b"\"", b"{", b"}", b"[", b"]", b",", b":", b"null", b"1e999", b"\\u0000", b"\\ud800", b"\n", b"\xff", b";",
        b"-1",
    ];
    for _ in 0..random.usize(1..=MOST_DAMAGES) {
        let at = random.usize(..=bytes.len());
        let end = (at + random.usize(1..=40)).min(bytes.len());
        match random.u8(..6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.u8(..8),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let piece = bytes[at..end].to_vec();
                let to = random.usize(..=bytes.len());
                bytes.splice(to..to, piece);
            }
            3 => drop(bytes.splice(at..at, random.choice(WORDS).copied().unwrap_or_default().to_vec())),
            4 => drop(bytes.splice(at..end, random.choice(WORDS).copied().unwrap_or_default().to_vec())),
            _ if random.u8(..8) == 0 => bytes.truncate(at),
            _ => {}
        }
    }
}

fn mutations() -> usize {
    std::env::var("MUTATIONS").ok().and_then(|told| told.parse().ok()).unwrap_or(MUTATIONS)
}

#[test]
fn a_damaged_report_is_answered_in_sentences() {
    for (seed, name) in FILES.iter().enumerate() {
        let Some(whole) = corpus_bytes(&format!("scanners/{name}")) else { continue };
        let mut random = Rng::with_seed(seed as u64);
        for _ in 0..mutations() {
            let mut bytes = whole.clone();
            damage(&mut bytes, &mut random);
            hold(&bytes);
        }
    }
}

/// Puts another value at a random place of a document, or takes away or doubles what is there.
fn exchange(place: &mut Value, depth: u8, random: &mut Rng) {
    match place {
        Value::Array(list) if depth > 0 && !list.is_empty() => {
            let nth = random.usize(..list.len());
            exchange(&mut list[nth], depth - 1, random);
        }
        Value::Object(object) if depth > 0 && !object.is_empty() => {
            let nth = random.usize(..object.len());
            object.values_mut().nth(nth).into_iter().for_each(|value| exchange(value, depth - 1, random));
        }
        Value::Array(list) if random.bool() => list.extend(list.clone()),
        Value::Object(object) if random.bool() => {
            let key = random.choice(object.keys()).cloned();
            key.and_then(|key| object.remove(&key));
        }
        place => {
            let others = [json!(null), json!(true), json!(-1), json!(7.5), json!([]), json!({}), json!([[{}]])];
            let texts = ["", "1.0, 2.0", "\u{0}", "a..b", ">= 1", "CVE-2025-1", "pkg:x", "\u{202e}", "9e99"];
            *place = match random.bool() {
                true => random.choice(others).unwrap_or_default(),
                false => json!(random.choice(texts).unwrap_or_default()),
            };
        }
    }
}

#[test]
fn a_report_with_other_values_is_answered_in_sentences() {
    for (seed, name) in FILES.iter().enumerate().filter(|(_, name)| name.ends_with(".json")) {
        let Some(whole) = corpus_bytes(&format!("scanners/{name}")) else { continue };
        let whole: Value = serde_json::from_slice(&whole).expect("JSON");
        let mut random = Rng::with_seed(seed as u64);
        for _ in 0..mutations() {
            let mut document = whole.clone();
            (0..random.usize(1..=MOST_DAMAGES)).for_each(|_| exchange(&mut document, random.u8(..10), &mut random));
            hold(document.to_string().as_bytes());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_answered_in_sentences(text in "\\PC*", start in 0..6usize) {
        let starts = ["", "{\"matches\":[", "{\"SchemaVersion\":2,\"Results\":", "{\"results\":[{\"packages\":", "[", "Vulnerability id,"];
        hold(format!("{}{text}", starts[start]).as_bytes());
    }

    #[test]
    fn whatever_a_match_says_what_is_kept_is_fit_to_print(
        id in any::<String>(), package in any::<String>(), version in any::<String>(), fix in any::<String>(),
    ) {
        let mut entry = a_match(&id, &package, &version);
        entry["vulnerability"]["fix"]["versions"] = json!([fix, "1.0"]);
        entry["vulnerability"]["description"] = json!(fix);
        hold(grype(&json!([entry])).as_bytes());
    }

    #[test]
    fn the_same_report_twice_over_has_the_same_findings(ids in proptest::collection::vec(1..9u32, 1..20)) {
        let matches: Vec<_> = ids.iter().map(|id| a_match(&format!("CVE-2025-{id}"), "a", "1")).collect();
        let twice: Vec<_> = matches.iter().chain(&matches).cloned().collect();
        let read = |matches: Vec<_>| super::read(grype(&json!(matches)).as_bytes()).expect("a report").findings;
        prop_assert_eq!(read(matches), read(twice));
    }
}
