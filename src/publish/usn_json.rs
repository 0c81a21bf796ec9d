//! `usn.json`, byte for byte what the old `usn-resource` writes.

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Serialize;

use crate::notice::{Notice, Priority, UbuntuRelease};

#[derive(Serialize)]
struct UsnJson<'a> {
    url: String,
    title: String,
    description: String,
    date: String,
    releases: Vec<&'a str>,
    priorities: BTreeSet<&'static str>,
    severities: BTreeSet<&'static str>,
    cves: Vec<String>,
}

/// The file's bytes, those of the old resource: everything from the OVAL file as it stands there, the description with the
/// update instructions on one line, and an empty word among the severities where a CVE has none; written as Go's encoder of
/// JSON writes it.
pub(super) fn usn_json(notice: &Notice) -> Result<Vec<u8>> {
    let rated = |priority: Priority| if priority == Priority::Unknown { "" } else { priority.as_str() };
    let usn = UsnJson {
        url: notice.url(),
        title: format!("{} -- {}", notice.id, notice.title.split_whitespace().collect::<Vec<_>>().join(" ")),
        description: match &notice.oval_description {
            Some(description) => description.clone(),
            None => notice.description.replace('\n', " "),
        },
        date: notice.published.day().to_string(),
        releases: notice.release.iter().map(UbuntuRelease::codename).collect(),
        priorities: notice.cves.iter().map(|cve| rated(cve.priority)).collect(),
        severities: notice.cves.iter().map(|cve| cve.severity.map_or("", |severity| severity.as_str())).collect(),
        cves: notice.cves.iter().map(|cve| cve.id.url()).collect(),
    };
    let mut json = serde_json::to_string(&usn)?;
    // These stand in texts only.
    for (character, escape) in
        [('<', "\\u003c"), ('>', "\\u003e"), ('&', "\\u0026"), ('\u{2028}', "\\u2028"), ('\u{2029}', "\\u2029")]
    {
        json = json.replace(character, escape);
    }
    json.push('\n');
    Ok(json.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_that_go_would_write() {
        let notice: Notice = serde_json::from_value(crate::publish::fixture::notice(
            "USN-1-1",
            "a <b>  & \u{202e}c\u{2028}",
            "2026-01-01",
            &[("CVE-2026-0001", "high")],
            &[],
        ))
        .expect("a notice");
        let json = String::from_utf8(usn_json(&notice).expect("JSON")).expect("text");
        let title = r#""title":"USN-1-1 -- a \u003cb\u003e \u0026 "#.to_owned() + "\u{202e}c\"";
        assert!(json.contains(&title), "{json}");
        assert!(json.ends_with("\"cves\":[\"https://ubuntu.com/security/CVE-2026-0001\"]}\n"), "{json}");
    }
}
