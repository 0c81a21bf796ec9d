//! The log of one product in a store.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;

use super::event::SCHEMA;
use super::{Body, By, Created, Event, Ledger, Store};
use crate::product::{Digest, Packages, ProductName};

/// How long to go on when other writers are quicker.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// The longest time in all.
    pub budget: Duration,
    /// What the random waits are drawn from, so that two writers don't keep in step.
    pub seed: u64,
}

/// The log of one product: what was read of it, and the way to append.
pub struct Log<'a> {
    store: &'a dyn Store,
    product: ProductName,
    ledger: Ledger,
    last: Option<Digest>,
}

impl<'a> Log<'a> {
    /// Reads the whole log, which has no events if nothing was recorded yet.
    ///
    /// # Errors
    /// If the store can't be read, or the log has a gap, or an event that was changed, is missing or is of another
    /// product; the error names the event.
    pub fn read(store: &'a dyn Store, product: &ProductName) -> Result<Log<'a>> {
        let mut log = Log { store, product: product.clone(), ledger: Ledger::default(), last: None };
        log.catch_up()?;
        Ok(log)
    }

    /// The product whose log it is.
    pub fn product(&self) -> &ProductName {
        &self.product
    }

    /// What follows from the events.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Appends what `decide` makes of the log. Whoever loses the race for a number reads what won and decides again, with
    /// what is there now; so `decide` must leave out what the log already says.
    ///
    /// # Errors
    /// If `decide` fails, the store can't be written, or others were quicker until the budget was used up. What was
    /// appended until then stays.
    pub fn append(
        &mut self,
        by: &By,
        now: Timestamp,
        retry: Retry,
        mut decide: impl FnMut(&Log<'a>) -> Result<Vec<Body>>,
    ) -> Result<usize> {
        let mut waits = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(5))
            .with_max_delay(Duration::from_secs(5))
            .without_max_times()
            .with_jitter()
            .with_jitter_seed(retry.seed)
            .build();
        let started = Instant::now();
        let mut appended = 0;
        'decide: loop {
            for body in decide(self)? {
                if self.append_one(by, now, body)? == Created::Done {
                    appended += 1;
                    continue;
                }
                let wait = waits.next().unwrap_or_default();
                if started.elapsed() + wait > retry.budget {
                    bail!(
                        "appending to the log of {} in {}: other writers were quicker for {} seconds; try again later",
                        self.product,
                        self.store.describe(),
                        retry.budget.as_secs()
                    );
                }
                std::thread::sleep(wait);
                self.catch_up()?;
                continue 'decide;
            }
            return Ok(appended);
        }
    }

    fn append_one(&mut self, by: &By, now: Timestamp, body: Body) -> Result<Created> {
        let seq = self.ledger.len() + 1;
        let event = Event {
            schema: SCHEMA,
            seq,
            at: now,
            product: self.product.clone(),
            by: by.clone(),
            prev: self.last,
            body,
        };
        let bytes = event.to_bytes()?;
        let created = self.store.create(&self.key(seq), &bytes)?;
        if created == Created::Done {
            self.last = Some(Digest::of(&bytes));
            self.ledger.push(event);
        }
        Ok(created)
    }

    /// Keeps the packages of a release beside the log. To be called before the event that names them is appended.
    ///
    /// # Errors
    /// If the store can't be written.
    pub fn keep_packages(&self, packages: &Packages) -> Result<Digest> {
        let lines = packages.to_lines();
        let digest = Digest::of(lines.as_bytes());
        // The name is the digest of the bytes, so one that is there already has just these bytes.
        self.store.create(&self.packages_key(digest), lines.as_bytes())?;
        Ok(digest)
    }

    /// The kept packages of a release.
    ///
    /// # Errors
    /// If the store can't be read, or they are missing or were changed.
    pub fn packages(&self, digest: Digest) -> Result<Packages> {
        let key = self.packages_key(digest);
        let place = || format!("the packages {key} in {}", self.store.describe());
        let bytes = self.store.read(&key)?.with_context(|| format!("{} are missing", place()))?;
        if Digest::of(&bytes) != digest {
            bail!("{} were changed: their digest is {}", place(), Digest::of(&bytes));
        }
        Packages::read(&bytes).with_context(place)
    }

    /// Reads the events that came after the ones known.
    fn catch_up(&mut self) -> Result<()> {
        let names = self.store.list(self.product.as_str())?;
        let newest = names.iter().filter_map(|name| sequence_number(name)).max().unwrap_or(0);
        for seq in self.ledger.len() + 1..=newest {
            let key = self.key(seq);
            let place = || format!("reading event {key} of the tracker in {}", self.store.describe());
            let bytes = self.store.read(&key).with_context(place)?;
            let bytes = bytes.with_context(|| {
                format!("{}: it is missing, though later ones are there; put it back, since a log has no gaps", place())
            })?;
            let event = Event::from_bytes(&bytes, &self.product, seq, self.last).with_context(place)?;
            self.last = Some(Digest::of(&bytes));
            self.ledger.push(event);
        }
        Ok(())
    }

    fn key(&self, seq: u64) -> String {
        format!("{}/{seq:08}.json", self.product)
    }

    fn packages_key(&self, digest: Digest) -> String {
        format!("{}/packages/{digest}", self.product)
    }
}

/// The number of an event's file; `None` for any other file.
fn sequence_number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".json")?;
    (digits.len() >= 8 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
}
