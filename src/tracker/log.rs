//! The log of one product in a store.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;

use super::brief::Entry;
use super::event::SCHEMA;
use super::marks::Marks;
use super::snapshot::Snapshot;
use super::{Body, By, Event, Ledger, Object, Store};
use crate::product::{Digest, Packages, ProductName};

/// How many events are asked for at once.
const BATCH: u64 = 200;

/// After so long a folder shows what was written to it at once.
const SETTLED: Duration = Duration::from_millis(50);

/// How long finding out the lengths of all logs may take.
const LONGEST_LENGTHS: Duration = Duration::from_secs(40);

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
    ledger: Ledger,
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
        let mut log = Log { store, product: product.clone(), ledger: Ledger::default(), snapshot };
        let mut marks = Marks::new();
        log.ledger = log.snapshot.load(|count| marks.up_to(count, store, |seq| log.key(seq)));
        let known = log.ledger.len();
        if known == 0 {
            marks = Marks::new();
        }
        let newest = log.newest(Store::list)?;
        if newest.last.number > known {
            // As they are before the events are read: what changes meanwhile is read again the next time.
            let marks = marks.up_to(newest.last.number, store, |seq| log.key(seq));
            log.catch_up(&newest)?;
            log.snapshot.keep(&log.ledger, marks);
        }
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
            .with_max_delay(Duration::from_secs(5))
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
            self.catch_up(&self.newest(Store::look)?)?;
        }
    }

    /// Creates the objects of an addition; tells how many events are in the log now.
    fn create(&mut self, by: &By, now: Timestamp, addition: Addition) -> Result<usize> {
        let mut objects: Vec<Object> =
            addition.packages.iter().map(|packages| self.packages_object(packages)).collect();
        let beside = objects.len();
        let mut events: Vec<(Event, Digest)> = Vec::new();
        let mut prev = self.ledger.entries().last().map(|entry| entry.digest);
        for body in addition.events {
            let seq = self.ledger.len() + events.len() as u64 + 1;
            let (by, product) = (by.clone(), self.product.clone());
            let event = Event { schema: SCHEMA, seq, at: now, product, by, prev, body };
            let bytes = event.to_bytes()?;
            let digest = Digest::of(&bytes);
            prev = Some(digest);
            events.push((event, digest));
            objects.push(Object { key: self.key(seq), bytes });
        }
        let there = self.store.create(&objects)?;
        self.refuse_damage(objects.get(there).filter(|_| there < beside))?;
        let created = there.saturating_sub(beside);
        events.iter().take(created).try_for_each(|(event, digest)| self.ledger.push(event, *digest))?;
        Ok(created)
    }

    /// Packages are named by their digest, so what is there under their name with other bytes was damaged; no other writer made
    /// it, and waiting doesn't help.
    fn refuse_damage(&self, packages: Option<&Object>) -> Result<()> {
        let Some(Object { key, bytes }) = packages else { return Ok(()) };
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
        Object { key: self.packages_key(Digest::of(lines.as_bytes())), bytes: lines.into_bytes() }
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
        let known = self.ledger.len();
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
        let keys: Vec<String> = (self.ledger.len() + 1..=newest.without_gap).map(|seq| self.key(seq)).collect();
        self.store.announce(&keys)?;
        while self.ledger.len() < newest.last.number {
            let first = self.ledger.len() + 1;
            let last = newest.last.number.min(self.ledger.len().saturating_add(BATCH));
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
        let prev = self.ledger.entries().last().map(|entry| entry.digest);
        let event = Event::from_bytes(&bytes, &self.product, self.ledger.len() + 1, prev).with_context(place)?;
        self.ledger.push(&event, Digest::of(&bytes))
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

fn file_name(seq: u64) -> String {
    format!("{seq:08}.json")
}

/// The number of the last event that is listed, of those from `first` on, each of which has to follow on the one before it:
/// nothing of them is read that would show it. `None` if the first is not there.
fn last_of(store: &dyn Store, product: &ProductName, first: u64) -> Result<Option<u64>> {
    let after = if first > 1 { file_name(first - 1) } else { String::new() };
    let of = |names| -> Vec<Numbered> { events_of(names).into_iter().filter(|event| event.number >= first).collect() };
    let follow = |events: &[Numbered]| events.iter().zip(first..).all(|(event, number)| event.number == number);
    let mut events = of(store.look(product.as_str(), &after)?);
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
fn missing(later: &Numbered) -> String {
    format!(
        "it is missing, though {} is there; put it back, since a log has no gaps, or remove what is no event of it",
        later.name
    )
}

/// The newest event of a log, by what is listed.
#[derive(Debug, Default)]
struct Newest {
    /// All events up to this number are listed.
    without_gap: u64,
    last: Numbered,
}

/// The name of an event's file with its number.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Numbered {
    number: u64,
    name: String,
}

/// What of these names are events, lowest first, each number once. A number that is longer than any counts as the longest.
fn events_of(names: Vec<String>) -> Vec<Numbered> {
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
