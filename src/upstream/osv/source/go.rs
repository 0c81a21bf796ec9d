//! The database of Go's vulnerabilities (<https://go.dev/security/vuln/database>): plain files, by module.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use url::Url;

use super::kept::KeptRecords;
use super::{Component, OsvClient, fetch, is_id, refuse_loss};
use crate::http::{Answer, Validators};
use crate::notice::NoticeOrigin;
use crate::text::{Digest, quoted};

/// The largest index, in bytes. That of all modules had some 0.5 MB in 2026.
const LARGEST_INDEX: u64 = 16 << 20;

/// `index/db.json`: whether anything is new.
#[derive(Deserialize)]
struct Database {
    modified: String,
}

/// An entry of `index/modules.json`.
#[derive(Deserialize)]
struct Module {
    path: String,
    vulns: Vec<ModuleVulnerability>,
}

#[derive(Deserialize)]
struct ModuleVulnerability {
    id: String,
    modified: String,
}

/// The mark under which the time of the last change is kept, and that of the modules that were asked for.
const CHANGED: &str = "modified";
const MODULES: &str = "modules";

/// Asks whether anything is new, and if so, or if other modules are installed now, for the records of the modules.
pub(super) fn refresh(
    base: &Url,
    client: OsvClient<'_>,
    components: &[Component],
    kept: &mut KeptRecords,
) -> Result<Vec<String>> {
    let modules: BTreeSet<String> = components
        .iter()
        .filter(|component| component.package.ecosystem() == "golang")
        .map(|component| component.package.shown().to_lowercase())
        .collect();
    let database: Database = index(base, "index/db.json", client)?;
    let installed = Digest::of_lines(modules.iter().map(String::as_str)).to_string();
    let same =
        |kept: &KeptRecords| kept.mark(CHANGED) == Some(&database.modified) && kept.mark(MODULES) == Some(&installed);
    if same(kept) {
        return Ok(Vec::new());
    }
    let all: Vec<Module> = index(base, "index/modules.json", client)?;
    ensure!(!all.is_empty(), "index/modules.json names no module: is it the right server?");
    let mut wanted = BTreeMap::new();
    for module in all.into_iter().filter(|module| modules.contains(&module.path.to_lowercase())) {
        for ModuleVulnerability { id, modified } in module.vulns {
            ensure!(is_id(&id), "index/modules.json names {}, which is no id", quoted(&id));
            wanted.insert(id, modified);
        }
    }
    if kept.mark(MODULES) == Some(&installed) {
        refuse_loss(&wanted, kept)?;
    }
    let warnings = fetch(&wanted, client, kept, NoticeOrigin::Osv, |id| Ok(base.join(&format!("ID/{id}.json"))?))?;
    if warnings.is_empty() {
        kept.set_mark(CHANGED, &database.modified);
        kept.set_mark(MODULES, &installed);
    }
    Ok(warnings)
}

fn index<T: for<'de> Deserialize<'de>>(base: &Url, name: &str, client: OsvClient<'_>) -> Result<T> {
    let url = base.join(name).context("its address is none of a folder")?;
    let answer = client.http.get(&url, &Validators::default(), LARGEST_INDEX, |body| {
        let mut bytes = Vec::new();
        body.read_to_end(&mut bytes)?;
        serde_json::from_slice(&bytes).with_context(|| format!("{name} is not what the Go database has there"))
    })?;
    match answer {
        Answer::Fresh { value, .. } => Ok(value),
        Answer::NotModified => anyhow::bail!("{name} was not asked for conditionally, and did not change"),
    }
}
