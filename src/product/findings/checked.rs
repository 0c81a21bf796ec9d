//! What a scanner told of a finding, checked: it comes from files that strangers wrote.

use std::collections::HashSet;

use anyhow::{Result, anyhow, bail, ensure};

use super::Finding;
use crate::notice::has_form_of_id;
use crate::text::{cut, one_line, printable, printable_lines, quoted};

/// The longest package name and version: a module path and a pseudo-version of Go have some hundred.
const LONGEST_NAME: usize = 300;

/// The longest package URL, which may carry the address of a download.
const LONGEST_PURL: usize = 2_000;

/// The most ids, and the most fixes, of one finding. An advisory on a kernel is of some hundred flaws.
const MOST_TOLD: usize = 1_000;

/// Beyond so many, what further findings of the same flaw in the same package tell is not added to them: there may be many.
const MOST_MERGED: usize = 100;

/// How much of a title and of a description is kept, in bytes.
const LONGEST_TITLE: usize = 300;
const LONGEST_DETAILS: usize = 4_000;

/// Checks a finding in place: until then its fixes are as the scanner wrote them, and its ids anything. Gives what is wrong with
/// parts of it, which are taken out.
///
/// # Errors
/// If it can't be a finding.
pub(super) fn check(finding: &mut Finding) -> Result<Vec<String>> {
    ensure!(!finding.id.is_empty(), "it names no vulnerability");
    ensure!(
        has_form_of_id(&finding.id),
        "{} is no id of a vulnerability; one looks like CVE-2025-6075",
        quoted(&finding.id)
    );
    ensure!(!finding.package.trim().is_empty(), "it names no package");
    plain("its package", &finding.package, LONGEST_NAME)?;
    plain("its version", &finding.version, LONGEST_NAME)?;
    plain("its source package", finding.source.as_deref().unwrap_or_default(), LONGEST_NAME)?;
    plain("the kind of its package", &finding.kind, LONGEST_NAME)?;
    finding.purl.take_if(|purl| purl.is_empty());
    if let Some(purl) = &finding.purl {
        plain("its package URL", purl, LONGEST_PURL)?;
        let is_one = purl.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("pkg:"));
        ensure!(is_one, "{} is no package URL; one begins with pkg:", quoted(purl));
    }
    finding.no_fix.take_if(|word| word.is_empty());
    if let Some(word) = &finding.no_fix {
        let is_word = word.len() <= 40 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_ ".contains(&b));
        ensure!(is_word, "{} is no word on its fix, such as fixed or wont-fix", quoted(word));
    }
    let mut wrong = Vec::new();
    let id = finding.id.clone();
    keep_ids(&mut finding.aliases, &id, &mut wrong);
    keep_fixes(finding, &mut wrong);
    for (what, told) in [("aliases", &finding.aliases), ("fixes", &finding.fixed)] {
        ensure!(told.len() <= MOST_TOLD, "it has more than {MOST_TOLD} {what}");
    }
    finding.title = one_line(&cut(&finding.title, LONGEST_TITLE));
    let details = cut(&finding.details, LONGEST_DETAILS).replace('\t', "    ");
    finding.details = printable_lines(details.trim()).into_owned();
    Ok(wrong)
}

/// Only the ids of a list, each once, and none that is the finding's own.
fn keep_ids(ids: &mut Vec<String>, own: &str, wrong: &mut Vec<String>) {
    once(ids);
    ids.retain(|id| {
        let good = has_form_of_id(id);
        if !good {
            wrong.push(format!("{} is no id of a vulnerability, and left out", quoted(id)));
        }
        good && id != own
    });
}

/// Only the versions of what is told of fixes, each once. What doesn't affect anybody needs no fix.
fn keep_fixes(finding: &mut Finding, wrong: &mut Vec<String>) {
    let mut kept: Vec<String> = Vec::new();
    once(&mut finding.fixed);
    for told in std::mem::take(&mut finding.fixed) {
        match versions(&told) {
            Ok(versions) => kept.extend(versions.into_iter().map(str::to_owned)),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    once(&mut kept);
    let affected = finding.no_fix.as_deref().is_none_or(|word| !word.eq_ignore_ascii_case("not_affected"));
    if affected && !kept.is_empty() {
        finding.fixed = kept;
        finding.no_fix = None;
    }
}

/// Adds what another finding of the same flaw in the same package tells. As a rule, that is the same.
pub(super) fn merge(known: &mut Finding, other: Finding) {
    let add = |known: &mut Vec<String>, others: Vec<String>| {
        for other in others {
            if known.len() < MOST_MERGED && !known.contains(&other) {
                known.push(other);
            }
        }
    };
    add(&mut known.aliases, other.aliases);
    add(&mut known.fixed, other.fixed);
    known.no_fix = known.no_fix.take().or(other.no_fix).filter(|_| known.fixed.is_empty());
    known.severity = known.severity.max(other.severity);
    known.priority = known.priority.max(other.priority);
    known.by_cpe &= other.by_cpe;
}

/// Each text of a list only once.
fn once(list: &mut Vec<String>) {
    if list.len() > 1 {
        let mut seen = HashSet::new();
        list.retain(|text| seen.insert(text.clone()));
    }
}

/// The versions of a text such as `3.1.0, 2.6.9`, one for each line of versions.
///
/// # Errors
/// If one is a range or a word: then the commas may mean "and", as in `>= 3.1.0, < 3.2.0`, and nothing in it is sure.
fn versions(text: &str) -> Result<Vec<&str>> {
    let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).take(MOST_TOLD + 1).collect();
    ensure!(parts.len() <= MOST_TOLD, "its fix {} has more than {MOST_TOLD} versions", quoted(text));
    match parts.iter().find(|part| !is_version(part)) {
        Some(part) if part.contains(['<', '>', '=', '*']) || part.starts_with(['~', '^', '!', '(', '[']) => {
            Err(anyhow!("its fix {} is a range, not a version", quoted(text)))
        }
        Some(_) => Err(anyhow!("its fix {} is no version", quoted(text))),
        None => Ok(parts),
    }
}

/// Whether a text can be a version of some ecosystem: `1:2.37~rc1-4ubuntu3.4+esm1`, `v1.22.5`, `1!2.0`, `2.3.4.RELEASE`, but no
/// range, and no word such as `None`.
fn is_version(text: &str) -> bool {
    text.len() <= LONGEST_NAME
        && text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_graphic() && !b"<>=*|()[]{},;\"'`\\".contains(&b))
}

/// Checks that a text is short and has only what can be seen.
fn plain(what: &str, text: &str, most: usize) -> Result<()> {
    if text.len() > most {
        bail!("{what} {} is longer than {most} bytes", quoted(text));
    }
    if printable(text) != text {
        bail!("{what} {} has control characters or invisible ones", quoted(text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_every_ecosystem_are_versions() {
        for text in [
            "1.23.12",
            "v2.8.0",
            "go1.22.5",
            "1:2.37.2~rc1-4ubuntu3.4+esm1",
            "0:1.14.1-18.module+el8.4.0+8577+b8fe2d92",
            "2.4.4-r0",
            "1!2.0.post1",
            "2.3.4.RELEASE",
            "v0.0.0-20190308221718-c2843e01d9a2",
            "6.5.3^20240101",
            "9fceb02d0ae598e95dc970b74767f19372d61af8",
            "2.0.0-rc_1",
        ] {
            assert!(is_version(text), "{text}");
        }
    }

    #[test]
    fn two_versions_are_two_and_a_range_is_none() {
        assert_eq!(versions("3.1.0, 2.6.9").expect("versions"), ["3.1.0", "2.6.9"]);
        assert_eq!(versions("1.1.1,").expect("a version"), ["1.1.1"]);
        assert_eq!(versions(" ").expect("nothing"), [""; 0]);
        for range in
            [">= 3.1.0, < 3.0.0", ">=4.17.11", "~> 5.2.4.3, >= 6.0.3.1", "^1.2", "[1.0,2.0)", "1.*", "3.1.0, >2"]
        {
            let error = versions(range).expect_err(range).to_string();
            assert_eq!(error, format!("its fix {range:?} is a range, not a version"));
        }
        let many = versions(&"1,".repeat(1_001)).expect_err("too many").to_string();
        assert!(many.ends_with("…\" has more than 1000 versions"), "{many}");
        for word in ["None", "unknown", "latest", "1.2 or 1.3", "1.2\u{0}", "1.2\u{202e}", "-1", "é1"] {
            let error = versions(word).expect_err(word).to_string();
            assert!(error.ends_with("is no version"), "{error}");
        }
    }

    #[test]
    fn ids_are_of_the_form_that_notices_have() {
        for id in ["CVE-2025-6075", "GHSA-v6rh-hp5x-86rv", "ELSA-2021:1679", "x_go-1.25.4", "A", "TEMP-0841856-B18BAF"]
        {
            assert!(has_form_of_id(id), "{id}");
        }
        let long = "a".repeat(101);
        for wrong in ["", "106409", "-a", "a b", "a/b", "a..b", "ä", "a\n", long.as_str()] {
            assert!(!has_form_of_id(wrong), "{wrong}");
        }
    }
}
