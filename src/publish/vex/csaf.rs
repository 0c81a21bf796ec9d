//! The statements of a release as CSAF 2.0 in the profile VEX (OASIS, Common Security Advisory Framework 2.0, 4.5).

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use super::{Stated, Statement, Vulnerability, statements};
use crate::notice::CveId;
use crate::publish::publisher::Publisher;
use crate::publish::purl;
use crate::publish::release::Release;
use crate::tracker::Justification;

#[derive(Serialize)]
struct Csaf<'a> {
    document: Document<'a>,
    product_tree: Tree<'a>,
    vulnerabilities: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Document<'a> {
    category: &'static str,
    csaf_version: &'static str,
    lang: &'static str,
    publisher: By<'a>,
    title: String,
    tracking: Tracking,
}

#[derive(Serialize)]
struct By<'a> {
    category: &'static str,
    name: &'a str,
    namespace: &'a str,
}

#[derive(Serialize)]
struct Tracking {
    current_release_date: Timestamp,
    generator: Generator,
    id: String,
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
struct Tree<'a> {
    full_product_names: [Product<'a>; 1],
}

#[derive(Serialize)]
struct Product<'a> {
    name: String,
    product_id: &'a str,
    product_identification_helper: Purl,
}

#[derive(Serialize)]
struct Purl {
    purl: String,
}

#[derive(Serialize)]
struct Item<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cve: Option<&'a CveId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ids: Vec<Id>,
    notes: [Note; 1],
    product_status: Status<'a>,
    references: Vec<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    flags: Vec<Flag<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remediations: Vec<About<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    threats: Vec<About<'a>>,
}

#[derive(Serialize)]
struct Id {
    system_name: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Note {
    category: &'static str,
    title: &'static str,
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Status<'a> {
    Fixed([&'a str; 1]),
    KnownAffected([&'a str; 1]),
    KnownNotAffected([&'a str; 1]),
    UnderInvestigation([&'a str; 1]),
}

#[derive(Serialize)]
struct Reference {
    category: &'static str,
    summary: String,
    url: String,
}

#[derive(Serialize)]
struct Flag<'a> {
    label: Justification,
    product_ids: [&'a str; 1],
}

/// A remediation or a threat, which have the same form.
#[derive(Serialize)]
struct About<'a> {
    category: &'static str,
    details: String,
    product_ids: [&'a str; 1],
}

/// The document. `None` where there is nothing to state: the profile asks for at least one vulnerability.
pub(in crate::publish) fn csaf(release: &Release<'_>, publisher: &Publisher) -> Result<Option<Vec<u8>>> {
    let statements = statements(release);
    if statements.is_empty() {
        return Ok(None);
    }
    let name = format!("{} {}", release.product, release.version());
    let product = format!("{}-{}", release.product, release.version());
    let csaf = Csaf {
        document: Document {
            category: "csaf_vex",
            csaf_version: "2.0",
            lang: "en",
            publisher: By { category: "vendor", name: &publisher.name, namespace: &publisher.namespace },
            title: format!("Known vulnerabilities of {name}"),
            // What is stated of a release is stated once: later events are told of later releases.
            tracking: Tracking {
                current_release_date: release.at(),
                generator: Generator { engine: Engine { name: "davos" } },
                id: product.clone(),
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
        product_tree: Tree {
            full_product_names: [Product {
                name,
                product_id: &product,
                product_identification_helper: Purl { purl: purl::of_release(release.product, release.version()) },
            }],
        },
        vulnerabilities: statements.iter().map(|statement| item(release, statement, &product)).collect(),
    };
    Ok(Some([serde_json::to_vec_pretty(&csaf)?, b"\n".to_vec()].concat()))
}

fn item<'a>(release: &Release<'_>, statement: &Statement<'a>, product: &'a str) -> Item<'a> {
    let mut notices: Vec<_> = statement.notices.iter().map(|account| account.id).collect();
    notices.sort();
    let notice =
        |id: &crate::notice::NoticeId| Reference { category: "external", summary: id.to_string(), url: id.url() };
    let mut references: Vec<Reference> = notices.iter().map(notice).collect();
    let cve = match statement.vulnerability {
        Vulnerability::Cve(cve) => Some(cve),
        Vulnerability::Notice(_) => None,
    };
    references.extend(cve.map(|cve| Reference { category: "external", summary: cve.to_string(), url: cve.url() }));
    let about = |category, details| About { category, details, product_ids: [product] };
    let words = statement.words();
    let (remediations, threats) = match (statement.stated, words) {
        // The standard has no category for "said in words": a fix is not available in this release.
        (Stated::Affected, words) => {
            (vec![about("none_available", words.unwrap_or_else(|| "No action was stated.".to_owned()))], Vec::new())
        }
        (Stated::NotAffected, Some(words)) => (Vec::new(), vec![about("impact", words)]),
        _ => (Vec::new(), Vec::new()),
    };
    Item {
        cve,
        ids: notices.iter().map(|id| Id { system_name: "Ubuntu Security Notice", text: id.to_string() }).collect(),
        notes: [Note { category: "details", title: "What it was concluded from", text: statement.notes(release) }],
        product_status: match statement.stated {
            Stated::Fixed => Status::Fixed([product]),
            Stated::Affected => Status::KnownAffected([product]),
            Stated::NotAffected => Status::KnownNotAffected([product]),
            Stated::UnderInvestigation => Status::UnderInvestigation([product]),
        },
        references,
        flags: statement.justification().into_iter().map(|label| Flag { label, product_ids: [product] }).collect(),
        remediations,
        threats,
    }
}
