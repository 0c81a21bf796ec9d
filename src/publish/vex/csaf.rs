//! The statements of a release as CSAF 2.0 in the profile VEX (OASIS, Common Security Advisory Framework 2.0, 4.5). All keys
//! stand in the order of the alphabet, as test 6.2.13 of the standard wants.

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use super::csaf_products::{Products, Tree};
use super::{Stated, Statement};
use crate::notice::{CveId, NoticeId};
use crate::publish::publisher::Publisher;
use crate::publish::release::RecordedRelease;
use crate::tracker::Justification;

#[derive(Serialize)]
struct Csaf<'a> {
    document: CsafDocument<'a>,
    product_tree: Tree,
    vulnerabilities: Vec<CsafVulnerability<'a>>,
}

#[derive(Serialize)]
struct CsafDocument<'a> {
    category: &'static str,
    csaf_version: &'static str,
    lang: &'static str,
    publisher: CsafPublisher<'a>,
    title: String,
    tracking: Tracking<'a>,
}

#[derive(Serialize)]
struct CsafPublisher<'a> {
    category: &'static str,
    name: &'a str,
    namespace: &'a str,
}

#[derive(Serialize)]
struct Tracking<'a> {
    current_release_date: Timestamp,
    generator: Generator,
    id: &'a str,
    initial_release_date: Timestamp,
    revision_history: [Revision; 1],
    status: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Generator {
    engine: Engine,
}

#[derive(Serialize)]
struct Engine {
    name: &'static str,
}

#[derive(Serialize)]
struct Revision {
    date: Timestamp,
    number: &'static str,
    summary: String,
}

#[derive(Serialize)]
struct CsafVulnerability<'a> {
    cve: &'a CveId,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    flags: Vec<Flag>,
    ids: Vec<Id>,
    notes: [CsafNote; 1],
    product_status: Status,
    references: Vec<CsafReference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remediations: Vec<About>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    threats: Vec<About>,
}

#[derive(Serialize)]
struct Id {
    system_name: &'static str,
    text: String,
}

#[derive(Serialize)]
struct CsafNote {
    category: &'static str,
    text: String,
    title: &'static str,
}

/// The ids of the products that a CVE comes to this end in.
#[derive(Default, Serialize)]
struct Status {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixed: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    known_affected: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    known_not_affected: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    under_investigation: Vec<String>,
}

#[derive(Serialize)]
struct CsafReference {
    category: &'static str,
    summary: String,
    url: String,
}

#[derive(Serialize)]
struct Flag {
    label: Justification,
    product_ids: Vec<String>,
}

/// A remediation or a threat, which have the same form.
#[derive(Serialize)]
struct About {
    category: &'static str,
    details: String,
    product_ids: Vec<String>,
}

/// The document about a release that goes by these package URLs, with its file's name. `None` where there is nothing to
/// state: the profile asks for at least one vulnerability. What has no CVE is left out, since readers stumble over it: Trivy
/// ends with a panic.
pub(in crate::publish) fn csaf(
    release: &RecordedRelease<'_>,
    statements: &[Statement<'_>],
    urls: &[String],
    publisher: &Publisher,
) -> Result<Option<(String, Vec<u8>)>> {
    let name = format!("{} {}", release.product, release.version());
    let id = format!("{}-{}", release.product, release.version());
    let mut products = Products::of(&name, &id, urls);
    // The first statement about a CVE is about the product; those of packages follow.
    let mut of_cves = statements.chunk_by(|one, next| one.vulnerability == next.vulnerability);
    let vulnerabilities: Vec<CsafVulnerability<'_>> =
        of_cves.by_ref().filter_map(|of_cve| item(release, of_cve, &mut products)).collect();
    if vulnerabilities.is_empty() {
        return Ok(None);
    }
    let csaf = Csaf {
        document: CsafDocument {
            category: "csaf_vex",
            csaf_version: "2.0",
            lang: "en",
            publisher: CsafPublisher { category: "vendor", name: &publisher.name, namespace: &publisher.namespace },
            title: format!("Known vulnerabilities of {name}"),
            // What is stated of a release is stated once: later events are told of later releases.
            tracking: Tracking {
                current_release_date: release.at(),
                generator: Generator { engine: Engine { name: "davos" } },
                id: &id,
                initial_release_date: release.at(),
                revision_history: [Revision {
                    date: release.at(),
                    number: "1",
                    summary: format!("{name} was recorded."),
                }],
                status: "final",
                version: "1",
            },
        },
        product_tree: products.tree(),
        vulnerabilities,
    };
    let mut bytes = serde_json::to_vec_pretty(&csaf)?;
    bytes.push(b'\n');
    Ok(Some((file_name(&id), bytes)))
}

/// The name that a document with this tracking id must have (CSAF 2.0, 5.1): lower case, and one `_` for whatever is no letter,
/// digit, `+` or `-`.
fn file_name(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for c in id.chars().map(|c| c.to_ascii_lowercase()) {
        if c.is_ascii_lowercase() || c.is_ascii_digit() || "+-".contains(c) {
            name.push(c);
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    name + ".json"
}

/// What is stated of one CVE: of the product, and then of packages that nothing worse is known of.
fn item<'a>(
    release: &RecordedRelease<'_>,
    of_cve: &[Statement<'a>],
    products: &mut Products<'_>,
) -> Option<CsafVulnerability<'a>> {
    let statement = of_cve.first()?;
    let cve = statement.cve()?;
    let about = products.about(statement, statement.stated == Stated::Fixed);
    let mut notices: Vec<NoticeId> = statement.notices.iter().map(|outcome| outcome.id).collect();
    let mut status = Status::default();
    for fixed in of_cve.iter().skip(1).filter(|other| other.stated == Stated::Fixed) {
        status.fixed = products.about(fixed, true);
        notices.extend(fixed.notices.iter().map(|outcome| outcome.id));
    }
    notices.sort();
    let reference = |summary: String, url| CsafReference { category: "external", summary, url };
    let mut references: Vec<CsafReference> = notices.iter().map(|id| reference(id.to_string(), id.url())).collect();
    references.push(reference(cve.to_string(), cve.url()));
    let said = |category, details| vec![About { category, details, product_ids: about.clone() }];
    let (remediations, threats) = match (statement.stated, statement.words()) {
        // The standard has no category for "said in words": a fix is not available in this release.
        (Stated::Affected, words) => {
            (said("none_available", words.unwrap_or_else(|| "No action was stated.".to_owned())), Vec::new())
        }
        (Stated::NotAffected, Some(words)) => (Vec::new(), said("impact", words)),
        _ => (Vec::new(), Vec::new()),
    };
    let label = statement.justification();
    let flags = label.into_iter().map(|label| Flag { label, product_ids: about.clone() }).collect();
    match statement.stated {
        Stated::Fixed => status.fixed = about,
        Stated::Affected => status.known_affected = about,
        Stated::NotAffected => status.known_not_affected = about,
        Stated::UnderInvestigation => status.under_investigation = about,
    }
    Some(CsafVulnerability {
        cve,
        flags,
        ids: notices.iter().map(|id| Id { system_name: system(*id), text: id.to_string() }).collect(),
        notes: [CsafNote { category: "details", text: statement.notes(release), title: "What it was concluded from" }],
        product_status: status,
        references,
        remediations,
        threats,
    })
}

/// Whose ids these are.
fn system(id: NoticeId) -> &'static str {
    match id {
        id if id.is_usn() => "Ubuntu Security Notice",
        id if id.is_own() => "Notice of the publisher",
        id if id.to_string().starts_with("GHSA-") => "GitHub Security Advisory",
        id if id.to_string().starts_with("GO-") => "Go Vulnerability Database",
        _ => "Open Source Vulnerabilities",
    }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_file_is_named_as_the_standard_wants() {
        for (id, name) in [
            ("cflinuxfs4-1.297.0", "cflinuxfs4-1_297_0.json"),
            ("p-v1.0+Dev_3..x", "p-v1_0+dev_3_x.json"),
            ("a._b-1", "a_b-1.json"),
        ] {
            assert_eq!(file_name(id), name);
        }
    }
}
