//! The statements of a release as OpenVEX 0.2.0 (`OPENVEX-SPEC.md` of openvex/spec).

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use super::{Stated, Statement, Vulnerability, statements};
use crate::product::Digest;
use crate::publish::purl;
use crate::publish::release::Release;
use crate::publish::text::one_line;
use crate::tracker::Justification;

/// The namespace in which OpenVEX's own tools put documents that nobody gave a name (go-vex, `PublicNamespace`).
const NAMESPACE: &str = "https://openvex.dev/docs/public";

#[derive(Serialize)]
struct Document {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@id", skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    author: String,
    timestamp: Timestamp,
    version: u32,
    tooling: &'static str,
    statements: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    vulnerability: Named,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<Timestamp>,
    products: [Product; 1],
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
struct Named {
    #[serde(rename = "@id")]
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<String>,
}

#[derive(Serialize)]
struct Product {
    #[serde(flatten)]
    component: Component,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subcomponents: Vec<Component>,
}

#[derive(Serialize)]
struct Component {
    #[serde(rename = "@id")]
    id: String,
    identifiers: Identifiers,
}

#[derive(Serialize)]
struct Identifiers {
    purl: String,
}

impl Component {
    fn of(purl: String) -> Component {
        Component { id: purl.clone(), identifiers: Identifiers { purl } }
    }
}

/// The document. `None` where there is nothing to state: the format asks for at least one statement.
pub(in crate::publish) fn openvex(release: &Release<'_>, author: &str) -> Result<Option<Vec<u8>>> {
    let statements = statements(release);
    if statements.is_empty() {
        return Ok(None);
    }
    let mut document = Document {
        context: "https://openvex.dev/ns/v0.2.0",
        id: None,
        author: author.to_owned(),
        timestamp: release.at(),
        version: 1,
        tooling: "davos",
        statements: statements.iter().map(|statement| item(release, statement)).collect(),
    };
    let digest = Digest::of(&serde_json::to_vec(&document)?);
    document.id = Some(format!("{NAMESPACE}/vex-{digest}"));
    Ok(Some([serde_json::to_vec_pretty(&document)?, b"\n".to_vec()].concat()))
}

fn item(release: &Release<'_>, statement: &Statement<'_>) -> Item {
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
        Vulnerability::Notice(_) => statement.notices.first().and_then(|account| account.notice),
    };
    Item {
        vulnerability: Named {
            id: statement.url(),
            name: statement.name(),
            description: description.map(|notice| one_line(&notice.title)).filter(|title| !title.is_empty()),
            aliases: statement.aliases(),
        },
        // Without one a statement has its document's time.
        timestamp: statement.said(),
        products: [Product {
            component: Component::of(purl::of_release(release.product, release.version())),
            subcomponents: statement.packages().into_iter().map(Component::of).collect(),
        }],
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
    }
}
