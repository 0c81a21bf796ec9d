//! A log in full: every event with all that it says, for what people read.

use anyhow::Result;

use super::{Event, Ledger, Log};
use crate::product::ProductName;
#[cfg(test)]
use {super::Entry, crate::product::Digest};

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
        entries.iter().for_each(|entry| ledger.push(entry.clone()));
        Ok(History { product: log.product().clone(), events, ledger })
    }

    /// The history that these events make.
    #[cfg(test)]
    pub(crate) fn of(product: ProductName, events: Vec<Event>) -> History {
        let mut ledger = Ledger::default();
        for event in &events {
            let digest = Digest::of(&event.to_bytes().expect("an event"));
            ledger.push(Entry::of(event, digest));
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
}
