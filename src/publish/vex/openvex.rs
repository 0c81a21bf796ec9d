//! The statements of a release as OpenVEX 0.2.0 (`OPENVEX-SPEC.md` of openvex/spec).

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use super::{Stated, Statement, Vulnerability};
use crate::publish::release::RecordedRelease;
use crate::text::{Digest, one_line};
use crate::tracker::Justification;

/// For whom a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::publish) enum Reader {
    /// For everybody: that a version of a package has a fix is true wherever it is installed, and what a team says of its
    /// product is true of that alone.
    Anybody,
    /// For a scanner that scans this release of this product: there all is true of the packages themselves.
    Scanner,
}

impl Reader {
    /// Whether it is stated of the packages themselves as well.
    fn hears_of_packages(self, stated: Stated) -> bool {
        match self {
            Reader::Anybody => stated == Stated::Fixed,
            Reader::Scanner => stated != Stated::UnderInvestigation,
        }
    }
}

/// The namespace in which OpenVEX's own tools put documents that nobody gave a name (go-vex, `PublicNamespace`).
const NAMESPACE: &str = "https://openvex.dev/docs/public";

#[derive(Serialize)]
struct OpenVexDocument {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@id", skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    author: String,
    timestamp: Timestamp,
    version: u32,
    tooling: &'static str,
    statements: Vec<OpenVexStatement>,
}

#[derive(Serialize)]
struct OpenVexStatement {
    vulnerability: OpenVexVulnerability,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<Timestamp>,
    products: Vec<OpenVexProduct>,
    status: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    status_notes: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<Justification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impact_statement: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_statement: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_statement_timestamp: Option<Timestamp>,
}

#[derive(Serialize)]
struct OpenVexVulnerability {
    #[serde(rename = "@id")]
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<String>,
}

#[derive(Serialize)]
struct OpenVexProduct {
    #[serde(rename = "@id")]
    id: String,
    identifiers: Identifiers,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subcomponents: Vec<OpenVexComponent>,
}

#[derive(Serialize)]
struct OpenVexComponent {
    #[serde(rename = "@id")]
    id: String,
}

#[derive(Serialize)]
struct Identifiers {
    purl: String,
}

impl OpenVexProduct {
    fn of(url: String, subcomponents: Vec<OpenVexComponent>) -> OpenVexProduct {
        OpenVexProduct { id: url.clone(), identifiers: Identifiers { purl: url }, subcomponents }
    }
}

/// The document about a release that goes by these names. `None` where there is nothing to state: the format asks for at least
/// one statement.
pub(in crate::publish) fn openvex(
    release: &RecordedRelease<'_>,
    statements: &[Statement<'_>],
    products: &[String],
    author: &str,
    reader: Reader,
) -> Result<Option<Vec<u8>>> {
    let items = statements.iter().filter_map(|statement| item(release, statement, products, reader));
    let mut document = OpenVexDocument {
        context: "https://openvex.dev/ns/v0.2.0",
        id: None,
        author: author.to_owned(),
        timestamp: release.at(),
        version: 1,
        tooling: "davos",
        statements: items.collect(),
    };
    if document.statements.is_empty() {
        return Ok(None);
    }
    let digest = Digest::of(&serde_json::to_vec(&document)?);
    document.id = Some(format!("{NAMESPACE}/vex-{digest}"));
    let mut bytes = serde_json::to_vec_pretty(&document)?;
    bytes.push(b'\n');
    Ok(Some(bytes))
}

/// What it is stated of: the product, by each of its names and always of packages inside of it, since a statement without
/// them hides the same CVE in whatever else is installed; and the packages themselves, where that is true.
fn subjects(statement: &Statement<'_>, products: &[String], reader: Reader) -> Vec<OpenVexProduct> {
    let urls = || statement.packages.iter().flat_map(|package| package.urls());
    let mut subjects = Vec::new();
    if statement.is_of_product {
        let of_packages = || urls().map(|id| OpenVexComponent { id });
        // What has unknown packages is about what the notice is about, which no scanner finds.
        let of_notices = || statement.notices.iter().map(|outcome| OpenVexComponent { id: outcome.id.url() });
        let inside = || if statement.packages.is_empty() { of_notices().collect() } else { of_packages().collect() };
        subjects.extend(products.iter().map(|product| OpenVexProduct::of(product.clone(), inside())));
    }
    if reader.hears_of_packages(statement.stated) {
        subjects.extend(urls().map(|url| OpenVexProduct::of(url, Vec::new())));
    }
    subjects
}

/// `None` if nothing is stated that the reader hears of.
fn item(
    release: &RecordedRelease<'_>,
    statement: &Statement<'_>,
    products: &[String],
    reader: Reader,
) -> Option<OpenVexStatement> {
    let products = subjects(statement, products, reader);
    if products.is_empty() {
        return None;
    }
    let words = statement.words();
    let is_affected = statement.stated == Stated::Affected;
    let (action_statement, impact_statement) = match statement.stated {
        // An answer never says `affected` without words.
        Stated::Affected => (Some(words.unwrap_or_else(|| "No action was stated.".to_owned())), None),
        Stated::NotAffected => (None, words),
        Stated::Fixed | Stated::UnderInvestigation => (None, None),
    };
    let description = match statement.vulnerability {
        Vulnerability::Cve(_) => None,
        Vulnerability::Notice(_) => statement.notices.first().and_then(|outcome| outcome.notice),
    };
    Some(OpenVexStatement {
        vulnerability: OpenVexVulnerability {
            id: statement.url(),
            name: statement.name(),
            description: description.map(|notice| one_line(&notice.title)).filter(|title| !title.is_empty()),
            aliases: statement.aliases(),
        },
        // Without one a statement has its document's time.
        timestamp: statement.said(),
        products,
        status: match statement.stated {
            Stated::NotAffected => "not_affected",
            Stated::Fixed => "fixed",
            Stated::UnderInvestigation => "under_investigation",
            Stated::Affected => "affected",
        },
        status_notes: statement.notes(release),
        justification: statement.justification(),
        impact_statement,
        action_statement,
        action_statement_timestamp: statement.said().filter(|_| is_affected),
    })
}
