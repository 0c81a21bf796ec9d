//! What people have and davos doesn't read as findings: refused by its name, with what to give instead.

use anyhow::{Result, anyhow, bail};

use super::ADVICE;
use super::json::ReportKeys;
use crate::text::quoted;

/// How files begin that are no text.
const BINARIES: &[(&[u8], &str)] = &[
    (b"\x1f\x8b", "a gzip file; unpack it first (gzip -d)"),
    (b"\x28\xb5\x2f\xfd", "a zstd file; unpack it first (zstd -d)"),
    (b"\xfd7zXZ\0", "an xz file; unpack it first (xz -d)"),
    (b"BZh", "a bzip2 file; unpack it first (bzip2 -d)"),
    (b"PK\x03\x04", "a zip file, as Black Duck writes; unpack it, and give the security_….csv in it"),
    (b"%PDF", "a PDF, which is for people"),
    (b"\xff\xfe", "a text in UTF-16, as > of PowerShell writes it; write it as UTF-8 (Out-File -Encoding utf8)"),
    (b"\xfe\xff", "a text in UTF-16; write it as UTF-8"),
    (b"SQLite format 3\0", "a database of SQLite"),
];

/// Refuses what is no text.
///
/// # Errors
/// If it is not.
pub(super) fn refuse_binary(bytes: &[u8]) -> Result<()> {
    if let Some((_, what)) = BINARIES.iter().find(|(start, _)| bytes.starts_with(start)) {
        bail!("the report is {what}; {ADVICE}");
    }
    Ok(())
}

/// What to say of a text that has none of the forms.
pub(super) fn unknown_text(text: &str) -> anyhow::Error {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    let start: String = text.chars().take(2_000).collect::<String>().to_ascii_lowercase();
    let starts = |words: &[&str]| words.iter().any(|word| start.trim_start().starts_with(word));
    let what = if starts(&["<"]) {
        if start.contains("<html") || start.contains("<!doctype html") {
            "a page in HTML, which is for people".to_owned()
        } else if start.contains("cyclonedx") {
            "CycloneDX in XML".to_owned()
        } else if start.contains("<testsuite") {
            "XML of JUnit, as templates write it".to_owned()
        } else {
            "XML".to_owned()
        }
    } else if starts(&["name ", "name\t"]) && start.contains("installed") {
        "the table of Grype, which is for people and cuts what is long".to_owned()
    } else if starts(&["report summary", "┌", "╔"]) || start.contains("total: ") && start.contains("unknown: ") {
        "the table of Trivy, which is for people".to_owned()
    } else if starts(&["╭", "+--", "| osv url"]) || start.contains("osv url") {
        "the table of OSV-Scanner, which is for people".to_owned()
    } else if start.contains("spdxversion:") || start.contains("bomformat:") {
        "an SBOM, which names what is installed and not what is wrong with it".to_owned()
    } else if start.contains("vulnerability id") && first.contains([',', ';', '\t']) {
        format!("a table of text, with the columns {}, as templates write it", quoted(first))
    } else {
        format!("in no form that davos knows, at its first line: {}", quoted(first))
    };
    anyhow!("the report is {what}; {ADVICE}")
}

/// What to say of JSON that is something else by a key that none of the forms has, though it may have theirs too.
pub(super) fn refusal(document: &ReportKeys<'_>) -> Option<anyhow::Error> {
    let has = |keys: &[&str]| document.has(keys);
    let what = if document.is_list {
        return Some(list(document));
    } else if has(&["bomFormat"]) && has(&["vulnerabilities"]) {
        "CycloneDX with vulnerabilities (a VEX or a BOM), which doesn't tell the versions that carry a fix"
    } else if has(&["bomFormat"]) || has(&["spdxVersion"]) || has(&["@context", "@graph"]) {
        "an SBOM, which names what is installed and not what is wrong with it"
    } else if has(&["runs"]) {
        "SARIF, which names packages and versions only in prose"
    } else if has(&["ClusterName"]) {
        "the report of `trivy k8s`, which is of a cluster and not of a release"
    } else if has(&["payload", "payloadType"]) || has(&["dsseEnvelope"]) {
        "a DSSE envelope around an attestation: give what is inside (jq -r .payload | base64 -d | jq .predicate)"
    } else if has(&["predicateType", "predicate"]) {
        "an attestation in in-toto's form: give what is inside (jq .predicate)"
    } else {
        return None;
    };
    Some(anyhow!("the report is {what}; {ADVICE}"))
}

/// What to say of JSON that is none of the forms.
pub(super) fn unknown_json(document: &ReportKeys<'_>) -> anyhow::Error {
    let has = |keys: &[&str]| document.has(keys);
    let keys = document.keys();
    let what = if keys.is_empty() {
        "an empty object, {}: did the scanner fail?".to_owned()
    } else if has(&["@context", "statements"]) {
        "OpenVEX, which has answers to findings and no findings".to_owned()
    } else if has(&["document", "vulnerabilities"]) || has(&["document", "product_tree"]) {
        "CSAF, which is a publisher's word on its products and no scan".to_owned()
    } else if has(&["id", "affected"]) || has(&["id", "modified"]) {
        "an OSV record; `open` takes it".to_owned()
    } else if has(&["artifacts"]) {
        "the JSON of Syft, which names what is installed and not what is wrong with it".to_owned()
    } else if has(&["manifests", "detector"]) {
        "a snapshot for GitHub's dependency graph".to_owned()
    } else if has(&["scan", "vulnerabilities"]) {
        "a report in GitLab's form, as a template writes it".to_owned()
    } else if has(&["Findings"]) {
        "a report in the form of AWS Security Hub, as a template writes it".to_owned()
    } else if has(&["matches"]) || has(&["results"]) {
        let list = if has(&["matches"]) { "matches" } else { "results" };
        format!(
            "JSON with {list:?} that are not those of a scanner that davos knows, or with none and no word on who wrote it"
        )
    } else {
        let more = if keys.len() > 5 || document.has_more { ", and more" } else { "" };
        let keys: Vec<String> = keys.iter().take(5).map(|key| quoted(key)).collect();
        format!("JSON of no form that davos knows, with {}{more}", keys.join(", "))
    };
    anyhow!("the report is {what}; {ADVICE}")
}

/// What to say of a list.
fn list(first: &ReportKeys<'_>) -> anyhow::Error {
    let what = if first.has(&["Target"]) {
        "the list in JSON that Trivy wrote until 2021; have a newer one scan"
    } else {
        "a list; give the one report of one scan"
    };
    anyhow!("the report is {what}; {ADVICE}")
}
