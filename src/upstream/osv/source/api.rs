//! osv.dev's API (<https://google.github.io/osv.dev/api/>): asked with the packages of the product.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::kept::KeptRecords;
use super::{Component, MOST_RECORDS, OsvClient, fetch, is_id, refuse_loss};
use crate::http::Answer;
use crate::notice::{NoticeOrigin, has_form_of_id};
use crate::text::{Digest, quoted};

/// The most packages of one question: what the API takes.
const BATCH: usize = 1_000;

/// The largest answer to one question, in bytes: it names 3,000 records at most.
const LARGEST_ANSWER: u64 = 2 << 20;

/// The most pages of answers in one check.
const MOST_PAGES: usize = 100;

/// How often it is asked while the packages stay the same.
const EVERY: SignedDuration = SignedDuration::from_hours(1);

/// The marks under which the time of the last question is kept, and the packages that it was about.
const ASKED: &str = "asked";
const PACKAGES: &str = "packages";

#[derive(Deserialize)]
struct BatchAnswer {
    results: Vec<QueryAnswer>,
}

#[derive(Deserialize)]
struct QueryAnswer {
    #[serde(default)]
    vulns: Vec<NamedVulnerability>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct NamedVulnerability {
    id: String,
    modified: String,
}

/// Asks which records concern the packages, at most once an hour or when the packages changed, and fetches those that are new.
pub(super) fn refresh(
    base: &Url,
    client: OsvClient<'_>,
    components: &[Component],
    kept: &mut KeptRecords,
) -> Result<Vec<String>> {
    let mut queries: Vec<(String, Option<String>)> = components
        .iter()
        .filter(|component| !component.package.is_ubuntu())
        .filter_map(|component| {
            let version = component.version.as_deref()?;
            // The database of Go has versions without a `v`.
            let version = version.trim_start_matches("go").trim_start_matches('v');
            Some((component.package.versioned_purl(version), None))
        })
        .collect();
    queries.sort();
    queries.dedup();
    let about = Digest::of_lines(queries.iter().map(|(purl, _)| purl.as_str())).to_string();
    let asked: Option<Timestamp> = kept.mark(ASKED).and_then(|at| at.parse().ok());
    let is_recent = asked.is_some_and(|at| (SignedDuration::ZERO..EVERY).contains(&at.duration_until(client.now)));
    if is_recent && kept.mark(PACKAGES) == Some(&about) {
        return Ok(Vec::new());
    }
    let mut wanted = BTreeMap::new();
    let url = base.join("v1/querybatch").context("its address is none of a folder")?;
    let mut pages = 0;
    while !queries.is_empty() {
        let batch: Vec<(String, Option<String>)> = queries.drain(..queries.len().min(BATCH)).collect();
        pages += 1;
        ensure!(pages <= MOST_PAGES, "it has more than {MOST_PAGES} pages of answers");
        let question = json!({"queries": batch.iter().map(|(purl, page)| match page {
            None => json!({"package": {"purl": purl}}),
            Some(page) => json!({"package": {"purl": purl}, "page_token": page}),
        }).collect::<Vec<_>>()});
        let answer = client.http.post(&url, &question.to_string(), LARGEST_ANSWER, |body| {
            let mut bytes = Vec::new();
            body.read_to_end(&mut bytes)?;
            serde_json::from_slice::<BatchAnswer>(&bytes).context("the answer is not what osv.dev's API gives")
        })?;
        let Answer::Fresh { value: BatchAnswer { results }, .. } = answer else {
            anyhow::bail!("the server answers a question with: not modified");
        };
        ensure!(
            results.len() == batch.len(),
            "{} packages were asked for, and {} answers came",
            batch.len(),
            results.len()
        );
        for ((purl, _), result) in batch.into_iter().zip(results) {
            for NamedVulnerability { id, modified } in result.vulns {
                ensure!(has_form_of_id(&id), "an answer names {}, which is no id", quoted(&id));
                // Those of Ubuntu come from Ubuntu itself. Its Livepatch notices (LSN) are no ids of davos.
                if is_id(&id) && !id.starts_with("USN-") && !id.starts_with("UBUNTU-") {
                    ensure!(modified.len() <= 64, "an answer tells no time of the change of {id}");
                    wanted.insert(id, modified);
                }
            }
            ensure!(wanted.len() <= MOST_RECORDS, "it has more than {MOST_RECORDS} records");
            if let Some(page) = result.next_page_token.filter(|page| !page.is_empty()) {
                queries.push((purl, Some(page)));
            }
        }
    }
    if kept.mark(PACKAGES) == Some(&about) {
        refuse_loss(&wanted, kept)?;
    }
    let warnings = fetch(&wanted, client, kept, NoticeOrigin::Osv, |id| Ok(base.join(&format!("v1/vulns/{id}"))?))?;
    if warnings.is_empty() {
        kept.set_mark(ASKED, &client.now.to_string());
        kept.set_mark(PACKAGES, &about);
    }
    Ok(warnings)
}
