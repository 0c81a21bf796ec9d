//! A store in memory, and one that does what crashes, lost answers and quicker writers do.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use anyhow::{Result, bail};
use davos::store::{ChangeToken, Object, Store};

/// The least that keeps the promises of a store. It has no marks, as stores over the network have none.
#[derive(Default)]
pub(crate) struct Memory(RefCell<BTreeMap<String, Vec<u8>>>);

impl Memory {
    /// All objects by their key.
    pub(crate) fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        self.0.borrow().clone()
    }
}

impl Store for Memory {
    fn describe(&self) -> String {
        "memory".to_owned()
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>> {
        let objects = self.0.borrow();
        let inside = objects.keys().filter_map(|key| key.strip_prefix(folder)?.strip_prefix('/'));
        let mut names: Vec<&str> = inside.filter_map(|rest| rest.split('/').next()).collect();
        names.dedup();
        Ok(names.into_iter().filter(|name| *name > after).map(ToOwned::to_owned).collect())
    }

    fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        let objects = self.0.borrow();
        Ok(keys.iter().map(|key| objects.get(key).cloned()).collect())
    }

    fn create(&self, created: &[Object]) -> Result<usize> {
        let mut objects = self.0.borrow_mut();
        for (nth, object) in created.iter().enumerate() {
            let there = objects.entry(object.key.clone()).or_insert_with(|| object.bytes.clone());
            if *there != object.bytes {
                return Ok(nth);
            }
        }
        Ok(created.len())
    }
}

/// What goes wrong in one attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// The store can't be listed.
    List,
    /// The store can't be read.
    Read,
    /// So many objects are created, and then the writer dies or isn't told: between the packages and the event, between
    /// two events, or when all is done.
    Create(usize),
}

/// A store in which things go wrong, one an attempt, until none is left.
pub(crate) struct Unlucky<'a> {
    store: &'a dyn Store,
    faults: RefCell<Vec<Fault>>,
    /// How many attempts were struck.
    pub(crate) struck: Cell<usize>,
    /// What another writer does just before our first create.
    quicker: RefCell<Option<Box<dyn FnOnce() + 'a>>>,
}

impl<'a> Unlucky<'a> {
    pub(crate) fn new(store: &'a dyn Store, faults: &[Fault], quicker: Option<Box<dyn FnOnce() + 'a>>) -> Unlucky<'a> {
        let faults = RefCell::new(faults.iter().rev().copied().collect());
        Unlucky { store, faults, struck: Cell::new(0), quicker: RefCell::new(quicker) }
    }

    /// Strikes, if such a fault is what comes next.
    fn strikes<T>(&self, is_such: impl Fn(Fault) -> Option<T>) -> Option<T> {
        let found = self.faults.borrow().last().copied().and_then(is_such)?;
        self.faults.borrow_mut().pop();
        self.struck.set(self.struck.get() + 1);
        Some(found)
    }
}

impl Store for Unlucky<'_> {
    fn describe(&self) -> String {
        self.store.describe()
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>> {
        if self.strikes(|fault| matches!(fault, Fault::List).then_some(())).is_some() {
            bail!("no list");
        }
        self.store.list(folder, after)
    }

    fn change_token(&self, key: &str) -> Option<ChangeToken> {
        self.store.change_token(key)
    }

    fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        if self.strikes(|fault| matches!(fault, Fault::Read).then_some(())).is_some() {
            bail!("no answer");
        }
        self.store.read(keys)
    }

    fn create(&self, objects: &[Object]) -> Result<usize> {
        if let Some(quicker) = self.quicker.take() {
            quicker();
        }
        let done = self.strikes(|fault| if let Fault::Create(done) = fault { Some(done) } else { None });
        if let Some(done) = done {
            self.store.create(&objects[..done.min(objects.len())])?;
            bail!("no answer");
        }
        self.store.create(objects)
    }
}
