//! What people have and davos doesn't read: refused by its name, with what to give instead.

use anyhow::{Result, anyhow, bail};

use super::{ADVICE, FORMS, first_line, shorten};

/// How files begin that are no text.
const BINARIES: &[(&[u8], &str)] = &[
    (b"\x28\xb5\x2f\xfd", "a zstd file; unpack it first (zstd -d), as the manifest of Chisel"),
    (b"\xfd7zXZ\0", "an xz file; unpack it first (xz -d)"),
    (b"BZh", "a bzip2 file; unpack it first (bzip2 -d)"),
    (b"PK\x03\x04", "a zip file; unpack it first"),
    (b"!<arch>\n", "a .deb, not a list of what is installed"),
    (b"SQLite format 3\0", "a database of SQLite, as rpm has one; davos reads lists of Ubuntu's packages"),
    (b"\xff\xfe", "a text in UTF-16, as > of PowerShell writes it; write it as UTF-8 (Out-File -Encoding utf8)"),
    (b"\xfe\xff", "a text in UTF-16; write it as UTF-8"),
    (b"\x7fELF", "a program"),
];

/// How to have a tool write what is read.
const SYFT: &str = "have Syft write SPDX 2.3 or CycloneDX (-o spdx-json, -o cyclonedx-json)";
const TRIVY: &str = "have Trivy write SPDX 2.3 or CycloneDX (--format spdx-json, --format cyclonedx)";

/// Refuses what is no text.
///
/// # Errors
/// If it is not.
pub(super) fn refuse_binary(bytes: &[u8]) -> Result<()> {
    if let Some((_, what)) = BINARIES.iter().find(|(start, _)| bytes.starts_with(start)) {
        bail!("the list of packages is {what}");
    }
    if bytes.get(257..262) == Some(b"ustar") {
        bail!("the list of packages is a tar archive; unpack it, and name the file in it");
    }
    Ok(())
}

/// What to say of a text that has none of the forms.
pub(super) fn unknown_text(text: &str) -> anyhow::Error {
    let first = first_line(text).trim();
    let start: String = text.chars().take(2_000).collect::<String>().to_ascii_lowercase();
    let what = if start.trim_start().starts_with('<') {
        match start.as_str() {
            start if start.contains("cyclonedx") => {
                format!("CycloneDX in XML, which davos doesn't read: write it in JSON; {SYFT}")
            }
            start if start.contains("spdx") => {
                format!("SPDX in XML, which davos doesn't read: write it in JSON; {SYFT}")
            }
            start if start.contains("<html") || start.contains("<!doctype html") => {
                "a page in HTML: was something else fetched than the list?".to_owned()
            }
            _ => format!("XML, which davos doesn't read; {ADVICE}"),
        }
    } else if start.contains("spdxversion:") || start.contains("spdxid:") {
        let which = if first.starts_with("SPDXVersion:") { "tag-value form" } else { "YAML" };
        format!("SPDX in {which}, which davos doesn't read: write it in JSON; {SYFT}, or {TRIVY}")
    } else if start.contains("bomformat:") {
        format!("CycloneDX in YAML, which davos doesn't read: write it in JSON; {SYFT}")
    } else if is_rpm(first) {
        format!("a list of rpm's or apk's packages; davos compares those of Ubuntu; {ADVICE}")
    } else if first.starts_with("C:Q1") || first.starts_with("P:") {
        "apk's database, of Alpine; davos compares packages of Ubuntu".to_owned()
    } else if first.starts_with("Name ") && first.contains("Rev") && first.contains("Tracking") {
        "the output of `snap list`; fixes in snaps are not seen".to_owned()
    } else if first.split_whitespace().count() == 1 && !first.contains(char::is_control) {
        format!(
            "in no form that davos knows, at line 1: {:?}; a list of names without versions proves no fix; {ADVICE}",
            shorten(first)
        )
    } else {
        format!("in no form that davos knows, at line 1: {:?}; {ADVICE}. {FORMS}", shorten(first))
    };
    anyhow!("the list of packages is {what}")
}

/// `bash-5.1.8-6.el9.x86_64` and `busybox-1.36.1-r5`.
fn is_rpm(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or_default();
    let rpm = [".x86_64", ".noarch", ".aarch64"].iter().any(|end| word.ends_with(end));
    let apk = word.rsplit_once("-r").is_some_and(|(name, revision)| {
        name.contains('-') && !revision.is_empty() && revision.bytes().all(|b| b.is_ascii_digit())
    });
    rpm || apk
}

/// What to say of JSON that is none of the forms, by the keys of its outermost object.
pub(super) fn unknown_json(keys: &[String]) -> anyhow::Error {
    let has = |wanted: &[&str]| wanted.iter().all(|wanted| keys.iter().any(|key| key == wanted));
    let what = if has(&["payload", "payloadType"]) || has(&["dsseEnvelope"]) {
        "a DSSE envelope around an attestation: give what is inside (jq -r .payload | base64 -d)".to_owned()
    } else if has(&["@context", "@graph"]) {
        format!("SPDX 3, which davos doesn't read: {SYFT}, or {TRIVY}")
    } else if has(&["artifacts"]) {
        format!("the JSON of Syft's own form (or of Docker Scout's), which davos doesn't read: {SYFT}")
    } else if has(&["manifests", "detector"]) {
        format!("a snapshot for GitHub's dependency graph, which davos doesn't read: {SYFT}")
    } else if has(&["sbom"]) {
        "an export of GitHub's dependency graph, which tells the dependencies of a repository and not what is installed"
            .to_owned()
    } else if has(&["SchemaVersion", "Results"]) || has(&["ArtifactName", "Results"]) || has(&["ArtifactName"]) {
        format!("the JSON of Trivy's own form, which davos doesn't read: {TRIVY}")
    } else if has(&["matches"]) {
        format!("the findings of Grype, which name only what is vulnerable, not all that is installed: {SYFT}")
    } else if has(&["runs"]) {
        "SARIF, which names findings, not all that is installed".to_owned()
    } else if has(&["SPDX"]) || keys.iter().any(|key| key.starts_with("linux/")) {
        "what `docker buildx imagetools inspect` prints: give the document inside (jq .SPDX)".to_owned()
    } else {
        let keys: Vec<String> = keys.iter().take(5).map(|key| format!("{:?}", shorten(key))).collect();
        format!(
            "JSON of no form that davos knows, with {}; {FORMS}",
            if keys.is_empty() { "no keys".to_owned() } else { keys.join(", ") }
        )
    };
    anyhow!("the list of packages is {what}")
}
