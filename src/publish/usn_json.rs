//! `usn.json`, field for field what the old `usn-resource` writes.

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Serialize;

use super::text::one_line;
use crate::notice::{Notice, Priority};

#[derive(Serialize)]
struct UsnJson<'a> {
    url: String,
    title: String,
    description: String,
    date: String,
    releases: [&'a str; 1],
    priorities: BTreeSet<&'static str>,
    severities: BTreeSet<&'static str>,
    cves: Vec<String>,
}

/// The file's bytes. The old resource takes everything from the OVAL file: the description with the update instructions on
/// one line, and an empty word among the severities where a CVE has none.
pub(super) fn usn_json(notice: &Notice) -> Result<Vec<u8>> {
    let rated = |priority: Priority| if priority == Priority::Unknown { "" } else { priority.as_str() };
    let usn = UsnJson {
        url: notice.url(),
        title: one_line(&format!("{} -- {}", notice.id, notice.title)),
        description: match &notice.oval_description {
            Some(description) => description.clone(),
            None => notice.description.replace('\n', " "),
        },
        date: notice.published.day().to_string(),
        releases: [notice.release.codename()],
        priorities: notice.cves.iter().map(|cve| rated(cve.priority)).collect(),
        severities: notice.cves.iter().map(|cve| cve.severity.map_or("", |severity| severity.as_str())).collect(),
        cves: notice.cves.iter().map(|cve| cve.id.url()).collect(),
    };
    Ok(serde_json::to_vec(&usn)?)
}
