//! A folder of OSV records on a server or a disk: `index.json`, and `<id>.json` for each record.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use url::Url;

use super::kept::KeptRecords;
use super::{OsvClient, fetch, is_id, refuse_loss};
use crate::http::Answer;
use crate::notice::NoticeOrigin;

/// The largest index, in bytes.
const LARGEST_INDEX: u64 = 8 << 20;

const INDEX: &str = "index.json";

/// An entry of the index.
#[derive(Deserialize)]
struct IndexEntry {
    id: String,
    modified: String,
}

/// Asks for the index, under the condition that it changed, and for the records that did.
pub(super) fn refresh(base: &Url, client: OsvClient<'_>, kept: &mut KeptRecords) -> Result<Vec<String>> {
    let url = base.join(INDEX).context("its address is none of a folder")?;
    let known = kept.validators(INDEX);
    let fresh;
    let wanted = match client.http.get(&url, &known, LARGEST_INDEX, |body| {
        let mut bytes = Vec::new();
        body.read_to_end(&mut bytes)?;
        entries(&bytes)
    })? {
        Answer::NotModified => return Ok(Vec::new()),
        Answer::Fresh { value, validators, .. } => {
            fresh = validators;
            value
        }
    };
    refuse_loss(&wanted, kept)?;
    kept.set_validators(INDEX, None);
    let warnings = fetch(&wanted, client, kept, NoticeOrigin::Team, |id| Ok(base.join(&format!("{id}.json"))?))?;
    // As long as not all is fetched, the next check asks for the index again.
    if warnings.is_empty() {
        kept.set_validators(INDEX, Some(fresh));
    }
    Ok(warnings)
}

fn entries(bytes: &[u8]) -> Result<BTreeMap<String, String>> {
    let entries: Vec<IndexEntry> = serde_json::from_slice(bytes)
        .context("index.json is no list of objects with `id` and `modified`, such as [{\"id\": \"x_A-1\", \"modified\": \"2026-01-31T00:00:00Z\"}]")?;
    let mut wanted = BTreeMap::new();
    for IndexEntry { id, modified } in entries {
        ensure!(is_id(&id), "index.json names {}, which is no id of a record", crate::text::quoted(&id));
        ensure!(modified.len() <= 64, "index.json: `modified` of {id} is no time");
        ensure!(wanted.insert(id.clone(), modified).is_none(), "index.json names {id} twice");
    }
    Ok(wanted)
}
