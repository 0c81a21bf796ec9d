//! The files of the status: where all products stand.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use super::Files;
use crate::product::ProductName;
use crate::tracker::History;

#[derive(Serialize)]
struct StatusJson<'a> {
    products: BTreeMap<&'a ProductName, ProductJson>,
}

#[derive(Serialize)]
struct ProductJson {
    events: u64,
    release: Option<String>,
    open: Vec<String>,
}

/// The files of the status, after the events of these logs.
///
/// # Errors
/// If it can't be written as JSON.
pub fn status_files(histories: &[History]) -> Result<Files> {
    let product = |history: &History| {
        let ledger = history.ledger();
        let release = ledger.highest().map(|release| release.released.version.to_string());
        ProductJson { events: ledger.len(), release, open: ledger.open().map(|o| o.notice.to_string()).collect() }
    };
    let products = histories.iter().map(|history| (history.product(), product(history))).collect();
    let mut files = Files::default();
    files.add("status.json", [serde_json::to_vec_pretty(&StatusJson { products })?, b"\n".to_vec()].concat());
    Ok(files)
}
