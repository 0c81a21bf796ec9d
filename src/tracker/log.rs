//! The log of one product in a store.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;

use super::change_tokens::ChangeTokens;
use super::event_names::{Newest, Numbered, events_of, file_name, missing};
use super::event_summary::Entry;
use super::note::note;
use super::snapshot::Snapshot;
use super::{Body, By, Event, LogState};
use crate::product::{Packages, ProductName};
use crate::store::{Object, Store};
use crate::text::Digest;

/// How many events are asked for at once.
const BATCH: u64 = 200;

/// How long to go on when other writers are quicker.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// The longest time in all.
    pub budget: Duration,
    /// What the random waits are drawn from, so that two writers don't keep in step.
    pub seed: u64,
}

/// What is to be appended, in one go where the store can.
#[derive(Debug, Default)]
pub struct Addition {
    /// Packages to be kept beside the log, before the events that name them.
    pub packages: Vec<Packages>,
    /// The events.
    pub events: Vec<Body>,
}

/// The log of one product: what was read of it, and the way to append.
pub struct Log<'a> {
    store: &'a dyn Store,
    product: ProductName,
    log_state: LogState,
    snapshot: Snapshot,
}

impl<'a> Log<'a> {
    /// Reads the log, which has no events if nothing was recorded yet. What an earlier run kept of it in `folder` is not read
    /// again.
    ///
    /// # Errors
    /// If the store can't be read, or the log has a gap, or an event that was changed, is missing or is of another
    /// product; the error names the event.
    pub fn read(store: &'a dyn Store, product: &ProductName, folder: &Path) -> Result<Log<'a>> {
        let snapshot = Snapshot::new(folder, &store.describe(), product);
        store.count_kept(snapshot.size())?;
        let mut log = Log { store, product: product.clone(), log_state: LogState::default(), snapshot };
        let mut marks = ChangeTokens::new();
        log.log_state = log.snapshot.load(|count| marks.up_to(count, store, |seq| log.key(seq)));
        let known = log.log_state.len();
        if known == 0 {
            marks = ChangeTokens::new();
        }
        let newest = log.newest(Store::list)?;
        if newest.last.number > known {
            // As they are before the events are read: what changes meanwhile is read again the next time.
            let marks = marks.up_to(newest.last.number, store, |seq| log.key(seq));
            log.catch_up(&newest)?;
            log.snapshot.keep(&log.log_state, marks);
        }
        Ok(log)
    }

    /// The product whose log it is.
    pub fn product(&self) -> &ProductName {
        &self.product
    }

    /// Where it is kept, for people.
    pub fn place(&self) -> String {
        self.store.describe()
    }

    /// What follows from the events.
    pub fn state(&self) -> &LogState {
        &self.log_state
    }

    /// An event with all that it says.
    ///
    /// # Errors
    /// If the store can't be read, or the event is not what it was.
    pub fn event(&self, entry: &Entry) -> Result<Event> {
        let key = self.key(entry.seq);
        self.whole(entry, &key, &self.read_one(&key)?)
    }

    /// Events with all that they say.
    ///
    /// # Errors
    /// If the store can't be read, or one of them is not what it was.
    pub fn events(&self, entries: &[Entry]) -> Result<Vec<Event>> {
        let mut events = Vec::with_capacity(entries.len());
        self.store.announce(&entries.iter().map(|entry| self.key(entry.seq)).collect::<Vec<_>>())?;
        for entries in entries.chunks(BATCH as usize) {
            let keys: Vec<String> = entries.iter().map(|entry| self.key(entry.seq)).collect();
            for ((entry, key), bytes) in entries.iter().zip(&keys).zip(self.store.read(&keys)?) {
                let bytes = bytes
                    .with_context(|| format!("event {key} of the tracker in {} is missing", self.store.describe()))?;
                events.push(self.whole(entry, key, &bytes)?);
            }
        }
        Ok(events)
    }

    fn whole(&self, entry: &Entry, key: &str, bytes: &[u8]) -> Result<Event> {
        if Digest::of(bytes) != entry.digest {
            bail!("event {key} of the tracker in {} was changed since it was read", self.store.describe());
        }
        serde_json::from_slice(bytes)
            .with_context(|| format!("event {key} of the tracker in {}", self.store.describe()))
    }

    /// Appends what `decide` makes of the log. Whoever loses the race for a number reads what won and decides again, with
    /// what is there now; so `decide` must leave out what the log already says. Tells how many events were appended.
    ///
    /// # Errors
    /// If `decide` fails, the store can't be written, or others were quicker until the budget was used up. What was
    /// appended until then stays.
    pub fn append(
        &mut self,
        by: &By,
        now: Timestamp,
        retry: Retry,
        mut decide: impl FnMut(&Log<'a>) -> Result<Addition>,
    ) -> Result<usize> {
        let mut waits = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(5))
            // Whoever waits longer than others try loses to them again and again.
            .with_max_delay(Duration::from_secs(1))
            .without_max_times()
            .with_jitter()
            .with_jitter_seed(retry.seed)
            .build();
        let started = Instant::now();
        let mut appended = 0;
        loop {
            let addition = decide(self)?;
            if addition.events.is_empty() {
                return Ok(appended);
            }
            let asked = addition.events.len();
            let created = self.create(by, now, addition)?;
            appended += created;
            if created == asked {
                return Ok(appended);
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
            // The store has seen who was quicker.
            self.catch_up(&self.newest(Store::list_cached)?)?;
        }
    }

    /// Creates the objects of an addition; tells how many events are in the log now.
    fn create(&mut self, by: &By, now: Timestamp, addition: Addition) -> Result<usize> {
        let mut objects: Vec<Object> =
            addition.packages.iter().map(|packages| self.packages_object(packages)).collect();
        let beside = objects.len();
        let mut events: Vec<(Event, Digest)> = Vec::new();
        let mut prev = self.log_state.entries().last().map(|entry| entry.digest);
        for body in addition.events {
            let seq = self.log_state.len() + events.len() as u64 + 1;
            let (by, product) = (by.clone(), self.product.clone());
            let event = Event { schema: body.schema(), seq, at: now, product, by, prev, body };
            let bytes = event.to_bytes()?;
            // What nobody could read would end the log for all.
            Event::from_bytes(&bytes, &self.product, seq, prev).with_context(|| {
                format!(
                    "the event {} can't be read back, so nothing was recorded; report it to whoever makes davos",
                    self.key(seq)
                )
            })?;
            let digest = Digest::of(&bytes);
            prev = Some(digest);
            objects.push(Object { key: self.key(seq), bytes, note: note(&event) });
            events.push((event, digest));
        }
        let there = self.store.create(&objects)?;
        self.refuse_damage(objects.get(there).filter(|_| there < beside))?;
        let created = there.saturating_sub(beside);
        events.iter().take(created).try_for_each(|(event, digest)| self.log_state.push(event, *digest))?;
        Ok(created)
    }

    /// Packages are named by their digest, so what is there under their name with other bytes was damaged; no other writer made
    /// it, and waiting doesn't help.
    fn refuse_damage(&self, packages: Option<&Object>) -> Result<()> {
        let Some(Object { key, bytes, .. }) = packages else { return Ok(()) };
        match self.store.read(std::slice::from_ref(key))?.pop().flatten() {
            Some(there) if there != *bytes => bail!(
                "the packages {key} in {} are damaged: their digest is {}; remove the file, and this put writes it anew",
                self.store.describe(),
                Digest::of(&there)
            ),
            _ => Ok(()),
        }
    }

    fn packages_object(&self, packages: &Packages) -> Object {
        let lines = packages.to_lines();
        Object::new(self.packages_key(Digest::of(lines.as_bytes())), lines)
    }

    /// The kept packages of a release.
    ///
    /// # Errors
    /// If the store can't be read, or they are missing or were changed.
    pub fn packages(&self, digest: Digest) -> Result<Packages> {
        let key = self.packages_key(digest);
        let bytes = self.read_one(&key)?;
        let place = || format!("the packages {key} in {}", self.store.describe());
        if Digest::of(&bytes) != digest {
            bail!("{} were changed: their digest is {}", place(), Digest::of(&bytes));
        }
        Packages::kept(&bytes).with_context(place)
    }

    /// The newest event. The last one known is listed as well: a log that lost it was cut off.
    fn newest(&self, list: impl Fn(&'a dyn Store, &str, &str) -> Result<Vec<String>>) -> Result<Newest> {
        let known = self.log_state.len();
        let before = known.checked_sub(1).map_or_else(String::new, file_name);
        let events = events_of(list(self.store, self.product.as_str(), &before)?);
        if known > 0 && !events.iter().any(|event| event.number == known) {
            bail!(
                "event {} of the tracker in {} is missing, though it was there before: the log was cut off or replaced",
                self.key(known),
                self.store.describe()
            );
        }
        let later = events.iter().skip_while(|event| event.number <= known);
        let without_gap =
            known + later.zip(known + 1..).take_while(|(event, next)| event.number == *next).count() as u64;
        Ok(Newest { without_gap, last: events.into_iter().max().unwrap_or_default() })
    }

    /// Reads the events that came after the ones known. How many the newest one promises counts for nothing before they are
    /// there: its number is only a name.
    fn catch_up(&mut self, newest: &Newest) -> Result<()> {
        let keys: Vec<String> = (self.log_state.len() + 1..=newest.without_gap).map(|seq| self.key(seq)).collect();
        self.store.announce(&keys)?;
        while self.log_state.len() < newest.last.number {
            let first = self.log_state.len() + 1;
            let last = newest.last.number.min(self.log_state.len().saturating_add(BATCH));
            let keys: Vec<String> = (first..=last).map(|seq| self.key(seq)).collect();
            for (key, bytes) in keys.iter().zip(self.store.read(&keys)?) {
                self.take(key, bytes, &newest.last)?;
            }
        }
        Ok(())
    }

    /// Takes the next event in, if it is the one that belongs there.
    fn take(&mut self, key: &str, bytes: Option<Vec<u8>>, newest: &Numbered) -> Result<()> {
        let place = || format!("reading event {key} of the tracker in {}", self.store.describe());
        let bytes = bytes.with_context(|| format!("{}: {}", place(), missing(newest)))?;
        let prev = self.log_state.entries().last().map(|entry| entry.digest);
        let event = Event::from_bytes(&bytes, &self.product, self.log_state.len() + 1, prev).with_context(place)?;
        self.log_state.push(&event, Digest::of(&bytes))
    }

    fn read_one(&self, key: &str) -> Result<Vec<u8>> {
        let mut read = self.store.read(&[key.to_owned()])?;
        read.pop().flatten().with_context(|| format!("{key} of the tracker in {} is missing", self.store.describe()))
    }

    fn key(&self, seq: u64) -> String {
        // Thousands of these are made for the marks of a long log.
        format!("{}/{seq:08}.json", self.product.as_str())
    }

    fn packages_key(&self, digest: Digest) -> String {
        format!("{}/packages/{digest}", self.product)
    }
}
