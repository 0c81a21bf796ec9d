//! The names of a log's events, of which each has the number of its event. They are input like the events: somebody else may
//! have put a file there.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::product::ProductName;
use crate::store::Store;

/// After so long a folder shows what was written to it at once.
const SETTLED: Duration = Duration::from_millis(50);

/// The length of every log in a store, as far as it has events; nothing of them is read. What is `known` of a length spares
/// the store listing all that came before.
///
/// # Errors
/// If the store can't be read.
pub fn lengths(store: &dyn Store, known: &BTreeMap<ProductName, u64>) -> Result<BTreeMap<ProductName, u64>> {
    let mut lengths = BTreeMap::new();
    let products: Vec<ProductName> = store.list("", "")?.iter().filter_map(|name| name.parse().ok()).collect();
    store.announce(&products.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    for product in products {
        // The last one known is listed too, so that a log which lost it shows.
        let before = known.get(&product).and_then(|known| known.checked_sub(1)).map_or_else(String::new, file_name);
        let found = match last_of(store, &product, &before)? {
            None if !before.is_empty() => last_of(store, &product, "")?,
            found => found,
        };
        if let Some(last) = found {
            lengths.insert(product, last);
        }
    }
    Ok(lengths)
}

pub(super) fn file_name(seq: u64) -> String {
    format!("{seq:08}.json")
}

/// The number of the last event that is listed after `after`, each of which has to follow on the one before it: nothing of
/// them is read that would show it.
fn last_of(store: &dyn Store, product: &ProductName, after: &str) -> Result<Option<u64>> {
    let mut events = events_of(store.list_cached(product.as_str(), after)?);
    if events.iter().enumerate().any(|(nth, event)| event.number != nth as u64 + events[0].number) {
        // A folder that is listed while somebody writes to it may show the later one of two alone.
        std::thread::sleep(SETTLED);
        events = events_of(store.list(product.as_str(), after)?);
    }
    for (before, event) in events.iter().zip(events.iter().skip(1)) {
        if event.number != before.number + 1 {
            bail!(
                "reading event {product}/{} of the tracker in {}: {}",
                file_name(before.number + 1),
                store.describe(),
                missing(event)
            );
        }
    }
    Ok(events.last().map(|event| event.number))
}

/// Why an event can't be missing.
pub(super) fn missing(later: &Numbered) -> String {
    format!(
        "it is missing, though {} is there; put it back, since a log has no gaps, or remove what is no event of it",
        later.name
    )
}

/// The newest event of a log, by what is listed.
#[derive(Debug, Default)]
pub(super) struct Newest {
    /// All events up to this number are listed.
    pub(super) without_gap: u64,
    pub(super) last: Numbered,
}

/// The name of an event's file with its number.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Numbered {
    pub(super) number: u64,
    pub(super) name: String,
}

/// What of these names are events, lowest first, each number once. A number that is longer than any counts as the longest.
pub(super) fn events_of(names: Vec<String>) -> Vec<Numbered> {
    let number = |name: &str| {
        let digits = name.strip_suffix(".json")?;
        let is_number = digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().unwrap_or(u64::MAX))
    };
    let mut events: Vec<Numbered> =
        names.into_iter().filter_map(|name| Some(Numbered { number: number(&name)?, name })).collect();
    events.sort_unstable();
    events.dedup_by_key(|event| event.number);
    events
}
