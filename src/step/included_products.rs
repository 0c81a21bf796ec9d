//! The logs of other products in the same tracker, and what the releases recorded there fix.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;

use crate::notice::{Fix, Notice, NoticeId};
use crate::product::{Comparison, Packages, ProductName, ReleaseVersion, Standing};
use crate::store::CachedListing;
use crate::tracker::{Body, Evidence, Included, Log, LogState, Stand};

/// The logs of other products, each read once.
pub(super) struct IncludedProducts<'a> {
    store: &'a CachedListing<'a>,
    folder: &'a Path,
    now: Timestamp,
    logs: BTreeMap<ProductName, Log<'a>>,
    /// What was found out about a release, told from it on: however many ways lead to it, it is looked at once.
    seen: BTreeMap<Included, Rc<Inside>>,
}

/// What is inside one release.
#[derive(Debug)]
struct Inside {
    contents: Contents,
    /// The products in it, itself as well.
    products: BTreeSet<ProductName>,
}

/// What releases inside another one fix, and what they leave open.
#[derive(Debug, Clone, Default)]
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

impl<'a> IncludedProducts<'a> {
    /// None read yet. What an earlier run kept of them is in `folder`.
    pub(super) fn new(store: &'a CachedListing<'a>, folder: &'a Path, now: Timestamp) -> IncludedProducts<'a> {
        IncludedProducts { store, folder, now, logs: BTreeMap::new(), seen: BTreeMap::new() }
    }

    fn log(&mut self, product: &ProductName) -> Result<&Log<'a>> {
        if !self.logs.contains_key(product) {
            self.logs.insert(product.clone(), Log::read(self.store, product, self.folder)?);
        }
        self.logs.get(product).context("a log that was just read")
    }

    /// What is known of a product so far.
    pub(super) fn log_state(&self, product: &ProductName) -> Option<&LogState> {
        self.logs.get(product).map(Log::state)
    }

    /// Reads the logs of all products that the highest release of this log contains, at any depth.
    ///
    /// # Errors
    /// If one can't be read.
    pub(super) fn read_contained(&mut self, log_state: &LogState) -> Result<()> {
        let includes = |log_state: &LogState| -> Vec<ProductName> {
            log_state.highest().into_iter().flat_map(|r| r.released.includes.keys().cloned()).collect()
        };
        let mut waiting = includes(log_state);
        let mut seen = BTreeSet::new();
        while let Some(product) = waiting.pop() {
            if seen.insert(product.clone()) {
                let log = self.log(&product)?;
                let of_all = log.state().releases().flat_map(|r| r.released.includes.keys().cloned());
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
        let mut way = vec![];
        self.all(owner, &mut way, includes).map(|inside| inside.contents)
    }

    /// What is inside these releases, told from each of them on. `way` leads to what includes them.
    fn all(
        &mut self,
        owner: &ProductName,
        way: &mut Vec<Included>,
        includes: &BTreeMap<ProductName, ReleaseVersion>,
    ) -> Result<Inside> {
        let mut all = Inside { contents: Contents::default(), products: BTreeSet::new() };
        for (product, version) in includes {
            let inside = Included { product: product.clone(), version: version.clone() };
            way.push(inside.clone());
            let one = match self.seen.get(&inside) {
                Some(seen) => Rc::clone(seen),
                None => {
                    refuse_circle(owner, way, product)?;
                    let one = Rc::new(self.one(owner, way, &inside)?);
                    self.seen.insert(inside, Rc::clone(&one));
                    one
                }
            };
            one.products.iter().try_for_each(|product| refuse_circle(owner, way, product))?;
            way.pop();
            all.products.extend(one.products.iter().cloned());
            all.contents.join(one.contents.clone());
        }
        Ok(all)
    }

    fn one(&mut self, owner: &ProductName, way: &mut Vec<Included>, inside: &Included) -> Result<Inside> {
        let Included { product, version } = inside;
        let log = self.log(product)?;
        if log.state().is_empty() {
            bail!(
                "the tracker has no log of {product}, of which {} is a release; record its releases in the same tracker",
                names(way)
            );
        }
        let release = log.state().release(version).with_context(|| {
            format!("the log of {product} has no release {version}; record it there before what contains it")
        })?;
        let includes = release.released.includes.clone();
        let packages = release.released.packages.map(|digest| log.packages(digest)).transpose()?;
        let mut all = self.all(owner, way, &includes)?;
        let now = self.now;
        let mut contents = own(self.log(product)?.state(), version, packages.as_ref(), &all.contents, now);
        contents.join(std::mem::take(&mut all.contents));
        all.products.insert(product.clone());
        Ok(Inside { contents: contents.inside(inside), products: all.products })
    }

    /// What the notices ask for that contained releases leave open, by the log of the product that leaves them open.
    pub(super) fn asked(&self, contents: &Contents) -> BTreeMap<NoticeId, Vec<Fix>> {
        let fixes = |id: NoticeId, left: &LeftOpen| self.log_state(&left.path.last()?.product)?.fixes(id);
        contents.open.iter().filter_map(|(id, left)| Some((*id, fixes(*id, left)?))).collect()
    }

    /// The notices with all facts, each from the log of the product that the fix came from.
    ///
    /// # Errors
    /// If an event can't be read.
    pub(super) fn notices(&self, fixes: &BTreeMap<NoticeId, &Inherited>) -> Result<BTreeMap<NoticeId, Notice>> {
        let mut entries: BTreeMap<&ProductName, Vec<_>> = BTreeMap::new();
        for (id, inherited) in fixes {
            let Some(Included { product, .. }) = inherited.path.last() else { continue };
            let Some(log_state) = self.log_state(product) else { continue };
            let newest = log_state.newest_opened(*id).map(|event| event.entry.clone());
            entries.entry(product).or_default().extend(newest);
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
    /// The same, told from the release on that contains it.
    fn inside(mut self, release: &Included) -> Contents {
        let paths = self.fixed.values_mut().map(|fixed| &mut fixed.path);
        paths.chain(self.open.values_mut().map(|left| &mut left.path)).for_each(|path| path.insert(0, release.clone()));
        self
    }

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

/// How deep products may be within products: an image in an image in a distribution needs three.
const DEEPEST: usize = 32;

/// A product that would contain itself is refused. `way` leads to where it was found.
fn refuse_circle(owner: &ProductName, way: &[Included], product: &ProductName) -> Result<()> {
    if way.len() > DEEPEST {
        bail!(
            "{owner} would contain products within products, more than {DEEPEST} deep, down to {product}; include them directly"
        );
    }
    let outer = way.split_last().map_or(&[][..], |(_, outer)| outer);
    if product == owner || outer.iter().any(|inside| inside.product == *product) {
        let again = if way.last().is_some_and(|last| last.product == *product) {
            String::new()
        } else {
            format!(", which contains {product}")
        };
        bail!("a product can't contain itself: {owner} would contain {}{again}", names(way));
    }
    Ok(())
}

/// What a release settles with its own packages; without any, by what was recorded. Paths are left empty.
fn own(
    log_state: &LogState,
    version: &ReleaseVersion,
    packages: Option<&Packages>,
    inner: &Contents,
    now: Timestamp,
) -> Contents {
    let mut own = Contents::default();
    for (id, timeline) in log_state.timelines().iter() {
        let standing = packages.and_then(|packages| Standing::of(&log_state.fixes(id).unwrap_or_default(), packages));
        let (fixed, too_old) = match standing {
            Some(Standing::NotInstalled | Standing::OtherLine) => continue,
            Some(Standing::Fixed(evidence)) => (Some(Evidence::Packages(evidence)), Vec::new()),
            Some(Standing::Open(compared)) => (None, compared.into_iter().filter(Comparison::is_too_old).collect()),
            // Nothing shows the fix, whatever was recorded.
            Some(Standing::NotComparable(_)) => match recorded(timeline.stand(now), version) {
                Recorded::Settled => continue,
                Recorded::Fixed | Recorded::Open => (None, Vec::new()),
            },
            None if inner.fixed.contains_key(&id) => continue,
            None => match recorded(timeline.stand(now), version) {
                Recorded::Fixed => (Some(Evidence::None), Vec::new()),
                Recorded::Settled => continue,
                Recorded::Open => (None, Vec::new()),
            },
        };
        match fixed {
            Some(evidence) => drop(own.fixed.insert(id, Inherited { evidence, path: Vec::new() })),
            None => drop(own.open.insert(id, LeftOpen { too_old, path: Vec::new() })),
        }
    }
    own
}

/// What was recorded of a notice for a release without packages.
enum Recorded {
    /// This release or a lower one fixes it.
    Fixed,
    /// The team has answered it, or this release or a lower one doesn't hold what it is about.
    Settled,
    /// Neither.
    Open,
}

fn recorded(stand: Stand<'_>, version: &ReleaseVersion) -> Recorded {
    match stand {
        Stand::Open(_) => Recorded::Open,
        Stand::Answered { .. } => Recorded::Settled,
        Stand::Settled(by) => match by.iter().filter(|by| by.version.compare(version).is_le()).map(|by| by.fixes).max()
        {
            Some(true) => Recorded::Fixed,
            Some(false) => Recorded::Settled,
            None => Recorded::Open,
        },
    }
}

/// The way in words.
pub(super) fn names(way: &[Included]) -> String {
    way.iter().map(ToString::to_string).collect::<Vec<_>>().join(", which contains ")
}
