//! The logs of other products in the same tracker, and what the releases recorded there fix.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::notice::{Notice, NoticeId};
use crate::product::{Comparison, Packages, ProductName, ReleaseVersion, Standing};
use crate::tracker::{AsSeen, Body, Closing, Evidence, Included, Ledger, Log, Opening};

/// The logs of other products, each read once.
pub(super) struct Neighbours<'a> {
    store: &'a AsSeen<'a>,
    folder: &'a Path,
    logs: BTreeMap<ProductName, Log<'a>>,
}

/// What releases inside another one fix, and what they leave open.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// What they fix, if no other of them leaves it open.
    pub(super) fixed: BTreeMap<NoticeId, Inherited>,
    /// What at least one of them leaves open.
    pub(super) open: BTreeMap<NoticeId, LeftOpen>,
}

/// A fix that came with a release.
#[derive(Debug, Clone)]
pub(super) struct Inherited {
    /// What shows it.
    pub(super) evidence: Evidence,
    /// The way to the release that has it; never empty.
    pub(super) path: Vec<Included>,
}

/// A notice that a release leaves open.
#[derive(Debug, Clone)]
pub(super) struct LeftOpen {
    /// The packages that are too old, where they are known.
    pub(super) too_old: Vec<Comparison>,
    /// The way to the release that holds them; never empty.
    pub(super) path: Vec<Included>,
}

impl<'a> Neighbours<'a> {
    /// None read yet. What an earlier run kept of them is in `folder`.
    pub(super) fn new(store: &'a AsSeen<'a>, folder: &'a Path) -> Neighbours<'a> {
        Neighbours { store, folder, logs: BTreeMap::new() }
    }

    fn log(&mut self, product: &ProductName) -> Result<&Log<'a>> {
        if !self.logs.contains_key(product) {
            self.logs.insert(product.clone(), Log::read(self.store, product, self.folder)?);
        }
        self.logs.get(product).context("a log that was just read")
    }

    /// What is known of a product so far.
    pub(super) fn ledger(&self, product: &ProductName) -> Option<&Ledger> {
        self.logs.get(product).map(Log::ledger)
    }

    /// Reads the logs of all products that the highest release of this ledger contains, at any depth.
    ///
    /// # Errors
    /// If one can't be read.
    pub(super) fn read_contained(&mut self, ledger: &Ledger) -> Result<()> {
        let includes = |ledger: &Ledger| -> Vec<ProductName> {
            ledger.highest().into_iter().flat_map(|r| r.released.includes.keys().cloned()).collect()
        };
        let mut waiting = includes(ledger);
        let mut seen = BTreeSet::new();
        while let Some(product) = waiting.pop() {
            if seen.insert(product.clone()) {
                let log = self.log(&product)?;
                let of_all = log.ledger().releases().flat_map(|r| r.released.includes.keys().cloned());
                waiting.extend(of_all);
            }
        }
        Ok(())
    }

    /// What releases inside one of `owner` fix, and what they leave open.
    ///
    /// # Errors
    /// If a product or a release is unknown, a product would contain itself, or a log can't be read.
    pub(super) fn contents(
        &mut self,
        owner: &ProductName,
        includes: &BTreeMap<ProductName, ReleaseVersion>,
    ) -> Result<Contents> {
        self.all(owner, &[], includes)
    }

    fn all(
        &mut self,
        owner: &ProductName,
        way: &[Included],
        includes: &BTreeMap<ProductName, ReleaseVersion>,
    ) -> Result<Contents> {
        let mut all = Contents::default();
        for (product, version) in includes {
            let inside = Included { product: product.clone(), version: version.clone() };
            let way: Vec<Included> = way.iter().cloned().chain([inside]).collect();
            all.join(self.one(owner, &way, product, version)?);
        }
        Ok(all)
    }

    fn one(
        &mut self,
        owner: &ProductName,
        way: &[Included],
        product: &ProductName,
        version: &ReleaseVersion,
    ) -> Result<Contents> {
        let outer = way.split_last().map_or(&[][..], |(_, outer)| outer);
        if product == owner || outer.iter().any(|inside| inside.product == *product) {
            bail!("a product can't contain itself: {owner} would contain {}", names(way));
        }
        let log = self.log(product)?;
        if log.ledger().is_empty() {
            bail!(
                "the tracker has no log of {product}, of which {} is a release; record its releases in the same tracker",
                names(way)
            );
        }
        let release = log.ledger().release(version).with_context(|| {
            format!("the log of {product} has no release {version}; record it there before what contains it")
        })?;
        let includes = release.released.includes.clone();
        let packages = release.released.packages.map(|digest| log.packages(digest)).transpose()?;
        let inner = self.all(owner, way, &includes)?;
        let own = own(self.log(product)?.ledger(), version, packages.as_ref(), &inner, way);
        let mut contents = own;
        contents.join(inner);
        Ok(contents)
    }

    /// The notices with all facts, each from the log of the product that the fix came from.
    ///
    /// # Errors
    /// If an event can't be read.
    pub(super) fn notices(&self, fixes: &BTreeMap<NoticeId, &Inherited>) -> Result<BTreeMap<NoticeId, Notice>> {
        let mut entries: BTreeMap<&ProductName, Vec<_>> = BTreeMap::new();
        for (id, inherited) in fixes {
            let Some(Included { product, .. }) = inherited.path.last() else { continue };
            let Some(ledger) = self.ledger(product) else { continue };
            let newest = ledger.openings(*id).last().and_then(|opening| ledger.opened(opening).next_back());
            entries.entry(product).or_default().extend(newest.map(|event| event.entry.clone()));
        }
        let mut notices = BTreeMap::new();
        for (product, entries) in entries {
            let log = self.logs.get(product).context("a log that was read before")?;
            for event in log.events(&entries)? {
                if let Body::Opened(opened) = event.body {
                    notices.insert(opened.notice.id, opened.notice);
                }
            }
        }
        Ok(notices)
    }
}

impl Contents {
    /// Takes more contents in. What one release leaves open, no other one fixes.
    fn join(&mut self, other: Contents) {
        for (id, left) in other.open {
            self.open.entry(id).or_insert(left);
        }
        for (id, fixed) in other.fixed {
            self.fixed.entry(id).or_insert(fixed);
        }
        self.fixed.retain(|id, _| !self.open.contains_key(id));
    }
}

/// What a release settles with its own packages; without any, by what was recorded.
fn own(
    ledger: &Ledger,
    version: &ReleaseVersion,
    packages: Option<&Packages>,
    inner: &Contents,
    way: &[Included],
) -> Contents {
    let mut own = Contents::default();
    for opening in ledger.last_openings() {
        let id = opening.notice;
        let standing = packages.and_then(|packages| Standing::of(&ledger.fixes(id).unwrap_or_default(), packages));
        let (fixed, too_old) = match standing {
            Some(Standing::NotInstalled | Standing::OtherLine) => continue,
            Some(Standing::Fixed(evidence)) => (Some(Evidence::Packages(evidence)), Vec::new()),
            Some(Standing::Open(compared)) => (None, compared.into_iter().filter(Comparison::is_too_old).collect()),
            // Nothing shows the fix, whatever was recorded.
            Some(Standing::NotComparable(_)) if is_answered(opening, version) => continue,
            Some(Standing::NotComparable(_)) => (None, Vec::new()),
            None if inner.fixed.contains_key(&id) => continue,
            None if is_claimed(ledger, opening, version) => (Some(Evidence::None), Vec::new()),
            None if is_answered(opening, version) => continue,
            None => (None, Vec::new()),
        };
        let path = way.to_vec();
        match fixed {
            Some(evidence) => drop(own.fixed.insert(id, Inherited { evidence, path })),
            None => drop(own.open.insert(id, LeftOpen { too_old, path })),
        }
    }
    own
}

/// Whether this release or a lower one is recorded as the one that fixes it.
fn is_claimed(ledger: &Ledger, opening: &Opening, version: &ReleaseVersion) -> bool {
    let reached = |other: &ReleaseVersion| other.compare(version).is_le();
    ledger.releases().any(|r| reached(&r.released.version) && r.released.fixed.contains(&opening.notice))
        || ledger.opened(opening).any(|event| event.opened.fixed_in.as_ref().is_some_and(reached))
}

/// Whether the team has answered it, or this release or a lower one doesn't contain what it fixes.
fn is_answered(opening: &Opening, version: &ReleaseVersion) -> bool {
    match &opening.closing {
        Some(Closing::Answered { .. }) => true,
        Some(Closing::Released { version: by }) => by.compare(version).is_le(),
        None => false,
    }
}

/// The way in words.
pub(super) fn names(way: &[Included]) -> String {
    way.iter().map(ToString::to_string).collect::<Vec<_>>().join(", which contains ")
}
