//! The names of a log's events, of which each has the number of its event. They are input like the events: somebody else may
//! have put a file there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::product::ProductName;
use crate::store::Store;

/// After so long a folder shows what was written to it at once.
const SETTLED: Duration = Duration::from_millis(50);

/// How long finding out the lengths of all logs may take.
const LONGEST_LENGTHS: Duration = Duration::from_secs(40);

/// The length of every log in a store, as far as it has events; nothing of them is read. What is `known` of a length spares
/// the store listing all that came before.
///
/// # Errors
/// If the store can't be read.
pub fn lengths(store: &dyn Store, known: &BTreeMap<ProductName, u64>) -> Result<BTreeMap<ProductName, u64>> {
    let mut lengths = BTreeMap::new();
    let started = Instant::now();
    let products: Vec<ProductName> = store.list("", "")?.iter().filter_map(|name| name.parse().ok()).collect();
    store.announce(&products.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let count = products.len();
    for (nth, product) in products.into_iter().enumerate() {
        if started.elapsed() > LONGEST_LENGTHS {
            bail!(
                "the tracker in {} has the logs of {count} products, and listing the first {nth} took {} seconds; give each team a folder of its own, or see whether the server is slow",
                store.describe(),
                LONGEST_LENGTHS.as_secs()
            );
        }
        // The last one known is listed too, so that a log which lost it shows.
        let known = known.get(&product).copied().unwrap_or_default();
        let found = match last_of(store, &product, known.max(1))? {
            None if known > 1 => last_of(store, &product, 1)?,
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

/// The number of the last event that is listed, of those from `first` on, each of which has to follow on the one before it:
/// nothing of them is read that would show it. `None` if the first is not there.
fn last_of(store: &dyn Store, product: &ProductName, first: u64) -> Result<Option<u64>> {
    let after = if first > 1 { file_name(first - 1) } else { String::new() };
    let of = |names| -> Vec<Numbered> { events_of(names).into_iter().filter(|event| event.number >= first).collect() };
    let follow = |events: &[Numbered]| events.iter().zip(first..).all(|(event, number)| event.number == number);
    let mut events = of(store.list_cached(product.as_str(), &after)?);
    if !follow(&events) {
        // A folder that is listed while somebody writes to it may show the later one of two alone.
        std::thread::sleep(SETTLED);
        events = of(store.list(product.as_str(), &after)?);
    }
    if first > 1 && events.first().is_none_or(|event| event.number != first) {
        return Ok(None);
    }
    if let Some((event, number)) = events.iter().zip(first..).find(|(event, number)| event.number != *number) {
        bail!(
            "reading event {product}/{} of the tracker in {}: {}",
            file_name(number),
            store.describe(),
            missing(event)
        );
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
