//! A log in full: every event with all that it says, for what people read.

use anyhow::Result;

use super::{Body, Event, Ledger, Log, Release, Released};
#[cfg(test)]
use crate::product::Digest;
use crate::product::ProductName;

/// The events of one product up to one of them, whole. Whatever is told from it stays the same for ever.
#[derive(Debug)]
pub struct History {
    product: ProductName,
    events: Vec<Event>,
    ledger: Ledger,
}

impl History {
    /// Reads the first so many events of a log.
    ///
    /// # Errors
    /// If the store can't be read, or an event is not what it was.
    pub fn read(log: &Log<'_>, count: u64) -> Result<History> {
        let mut ledger = Ledger::default();
        let entries = &log.ledger().entries()[..usize::try_from(count)?.min(log.ledger().entries().len())];
        let events = log.events(entries)?;
        for (event, entry) in events.iter().zip(entries) {
            ledger.push(event, entry.digest)?;
        }
        Ok(History { product: log.product().clone(), events, ledger })
    }

    /// The history that these events make.
    #[cfg(test)]
    pub(crate) fn of(product: ProductName, events: Vec<Event>) -> History {
        let mut ledger = Ledger::default();
        for event in &events {
            let digest = Digest::of(&event.to_bytes().expect("an event"));
            ledger.push(event, digest).expect("an event");
        }
        History { product, events, ledger }
    }

    /// The product.
    pub fn product(&self) -> &ProductName {
        &self.product
    }

    /// The events, in log order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// What follows from these events.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The release that the last event records, if it records one.
    pub fn release(&self) -> Option<(&Event, &Released)> {
        let event = self.events.last()?;
        match &event.body {
            Body::Released(released) => Some((event, released)),
            _ => None,
        }
    }

    /// The releases below that one that were recorded before it, highest first.
    pub fn below(&self) -> Vec<Release<'_>> {
        let Some((_, released)) = self.release() else { return Vec::new() };
        let is_below = |release: &Release<'_>| release.released.version.compare(&released.version).is_lt();
        let mut below: Vec<Release<'_>> = self.ledger.releases().filter(is_below).collect();
        below.sort_by(|a, b| b.released.version.compare(&a.released.version));
        below
    }
}
