//! The logs of other products, in the same tracker and in those of partners, and what the releases recorded there fix.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;

pub(super) use super::included_contents::{Contents, Inherited, LeftOpen};
use super::included_contents::{own, second_hand};
use super::included_limits::{hold, refuse_many_new, refuse_many_open};
pub(super) use super::included_way::names;
use super::included_way::refuse_circle;
use super::our_facts::by_our_facts;
use super::partners::Partners;
use crate::notice::{Fix, Notice, NoticeId};
use crate::product::{LogName, PartnerName, ProductName, ReleaseVersion};
use crate::store::CachedListing;
use crate::text::some_of;
use crate::tracker::{Body, Included, Log, LogState, ReleasedSummary, included};

/// The logs of other products, each read once.
pub(super) struct IncludedProducts<'a> {
    store: &'a CachedListing<'a>,
    partners: &'a Partners<'a>,
    folder: &'a Path,
    now: Timestamp,
    logs: BTreeMap<LogName, Log<'a>>,
    /// Where the log of a product was found of which no event says it.
    found: BTreeMap<ProductName, LogName>,
    /// What was found out about a release, told from it on: however many ways lead to it, it is looked at once.
    seen: BTreeMap<Included, Rc<Inside>>,
    /// How much of it is of partners.
    held: usize,
}

/// What is inside one release.
#[derive(Debug)]
struct Inside {
    contents: Contents,
    /// The products in it, itself as well.
    products: BTreeSet<LogName>,
}

/// How many logs of partners are read at most: what contains what is theirs to say.
const MOST_LOGS: usize = 200;

/// The most bytes that the facts of one notice may have which is inherited from a partner, and of all of them.
const LARGEST_FACTS: (usize, usize) = (1 << 20, 32 << 20);

impl<'a> IncludedProducts<'a> {
    /// None read yet. What an earlier run kept of the own ones is in `folder`.
    pub(super) fn new(
        store: &'a CachedListing<'a>,
        partners: &'a Partners<'a>,
        folder: &'a Path,
        now: Timestamp,
    ) -> IncludedProducts<'a> {
        let (logs, found, seen) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        IncludedProducts { store, partners, folder, now, logs, found, seen, held: 0 }
    }

    fn log(&mut self, name: &LogName) -> Result<&Log<'a>> {
        if !self.logs.contains_key(name) {
            let log = match &name.partner {
                None => Log::read(self.store, &name.product, self.folder)?,
                Some(partner) => {
                    if self.logs.keys().filter(|name| name.partner.is_some()).count() == MOST_LOGS {
                        bail!(
                            "{name} would be the log of another product of a partner after {MOST_LOGS} of them; include less"
                        );
                    }
                    self.partners.log(partner, &name.product)?
                }
            };
            self.logs.insert(name.clone(), log);
        }
        self.logs.get(name).context("a log that was just read")
    }

    /// What is known of a log so far.
    pub(super) fn log_state(&self, name: &LogName) -> Option<&LogState> {
        self.logs.get(name).map(Log::state)
    }

    /// The log of a product that a put includes: the own tracker's, or that of the first partner who has one.
    fn find(&mut self, product: &ProductName) -> Result<LogName> {
        if let Some(found) = self.found.get(product) {
            return Ok(found.clone());
        }
        let here = LogName::own(product.clone());
        let theirs =
            self.partners.names().map(|name| LogName { partner: Some(name.clone()), product: product.clone() });
        let mut found = None;
        for name in std::iter::once(here.clone()).chain(theirs) {
            if !self.log(&name)?.state().is_empty() {
                found = Some(name);
                break;
            }
        }
        let found = found.unwrap_or(here);
        self.found.insert(product.clone(), found.clone());
        Ok(found)
    }

    /// The releases inside one that the log of `owner` tells of.
    fn inside(&mut self, owner: Option<&PartnerName>, released: &ReleasedSummary) -> Result<Vec<Included>> {
        let mut inside = included(owner, &released.includes, &released.partners);
        for inside in inside.iter_mut().filter(|inside| inside.partner.is_none()) {
            inside.partner = self.find(&inside.product)?.partner;
        }
        Ok(inside)
    }

    /// Reads the logs of all products that the highest release of this log contains, at any depth. Gives a sentence for each
    /// partner's that can't be read: nothing depends on them.
    ///
    /// # Errors
    /// If an own one can't be read.
    pub(super) fn read_contained(&mut self, log_state: &LogState) -> Result<BTreeSet<String>> {
        let mut away = BTreeSet::new();
        let within = |owner: Option<&PartnerName>, released: &ReleasedSummary| {
            included(owner, &released.includes, &released.partners)
        };
        let mut waiting: Vec<Vec<Included>> =
            log_state.highest().into_iter().map(|release| within(None, release.released)).collect();
        let mut seen = BTreeSet::new();
        while let Some(inside) = waiting.pop() {
            for inside in inside {
                let name = inside.log_name();
                if !seen.insert(name.clone()) {
                    continue;
                }
                match self.log(&name) {
                    Ok(log) => {
                        let of_all = log.state().releases();
                        let of_all = of_all.map(|release| within(name.partner.as_ref(), release.released));
                        waiting.extend(of_all.filter(|inside| !inside.is_empty()));
                    }
                    Err(error) if name.partner.is_some() => drop(away.insert(format!("{error:#}"))),
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(away)
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
        let mut inside = included(None, includes, &BTreeMap::new());
        for inside in &mut inside {
            inside.partner = self.find(&inside.product)?.partner;
        }
        let mut way = vec![];
        let contents = self.all(&LogName::own(owner.clone()), &mut way, &inside)?.contents;
        refuse_many_open(&contents)?;
        Ok(contents)
    }

    /// Those of the included products that are a partner's, by [`contents`](Self::contents).
    pub(super) fn partners_of(
        &self,
        includes: &BTreeMap<ProductName, ReleaseVersion>,
    ) -> BTreeMap<ProductName, PartnerName> {
        let partner = |product: &ProductName| Some((product.clone(), self.found.get(product)?.partner.clone()?));
        includes.keys().filter_map(partner).collect()
    }

    /// A sentence for each included product that a partner has as well, besides where it was found.
    pub(super) fn in_both(&self, includes: &BTreeMap<ProductName, ReleaseVersion>) -> Vec<String> {
        includes.keys().filter_map(|product| self.partners.also_with(self.found.get(product)?)).collect()
    }

    /// What is inside these releases, told from each of them on. `way` leads to what includes them.
    fn all(&mut self, owner: &LogName, way: &mut Vec<Included>, includes: &[Included]) -> Result<Inside> {
        let mut all = Inside { contents: Contents::default(), products: BTreeSet::new() };
        for inside in includes {
            let name = inside.log_name();
            way.push(inside.clone());
            let one = match self.seen.get(inside) {
                Some(seen) => Rc::clone(seen),
                None => {
                    refuse_circle(owner, way, &name)?;
                    let one = Rc::new(self.one(owner, way, inside)?);
                    self.seen.insert(inside.clone(), Rc::clone(&one));
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

    fn one(&mut self, owner: &LogName, way: &mut Vec<Included>, inside: &Included) -> Result<Inside> {
        let version = &inside.version;
        let name = inside.log_name();
        let log = self.log(&name)?;
        if log.state().is_empty() {
            return Err(self.no_log(&name, way));
        }
        let release = log.state().release(version).with_context(|| match &name.partner {
            None => {
                format!("the log of {name} has no release {version}; record it there before what contains it")
            }
            Some(partner) => {
                format!("the log of {name} has no release {version}; take one that the partner {partner} has recorded")
            }
        })?;
        let released = release.released.clone();
        let packages = released.packages.map(|digest| log.packages(digest)).transpose()?;
        let told = match &name.partner {
            Some(partner) if !released.partners.is_empty() => match log.event(release.entry)?.body {
                Body::Released(released) => second_hand(&name, partner, &released, log.state())?,
                _ => Contents::default(),
            },
            _ => Contents::default(),
        };
        let includes = self.inside(name.partner.as_ref(), &released)?;
        let mut all = self.all(owner, way, &includes)?;
        all.contents.join(told);
        if let Cow::Owned(judged) = by_our_facts(self.log(&name)?.state(), &all.contents) {
            all.contents = judged;
        }
        let now = self.now;
        let mut contents = own(&name, self.log(&name)?.state(), version, packages.as_ref(), &all.contents, now);
        contents.join(std::mem::take(&mut all.contents));
        if name.partner.is_some() {
            hold(&mut self.held, &name, &contents)?;
        }
        all.products.insert(name);
        Ok(Inside { contents: contents.inside(inside), products: all.products })
    }

    fn no_log(&self, name: &LogName, way: &[Included]) -> anyhow::Error {
        if let Some(partner) = &name.partner {
            return anyhow::anyhow!(
                "the tracker of the partner {partner} has no log of {}, of which {} is a release; ask them",
                name.product,
                names(way)
            );
        }
        let partners = some_of(self.partners.names().map(ToString::to_string));
        let neither = if partners.is_empty() { partners } else { format!(", and no partner has one ({partners})") };
        anyhow::anyhow!(
            "the tracker has no log of {name}, of which {} is a release{neither}; record its releases in the same tracker",
            names(way)
        )
    }

    /// What the notices ask for that contained releases leave open, by the log that tells so.
    pub(super) fn asked(&self, contents: &Contents) -> BTreeMap<NoticeId, Vec<Fix>> {
        let fixes = |id: NoticeId, left: &LeftOpen| self.log_state(&left.log)?.fixes(id);
        contents.open.iter().filter_map(|(id, left)| Some((*id, fixes(*id, left)?))).collect()
    }

    /// The notices with all facts, each from the log that the fix came from.
    ///
    /// # Errors
    /// If an event can't be read, or a partner tells more than anybody reads.
    pub(super) fn notices(&self, fixes: &BTreeMap<NoticeId, &Inherited>) -> Result<BTreeMap<NoticeId, Notice>> {
        refuse_many_new(fixes.values().filter(|inherited| inherited.log.partner.is_some()).count())?;
        let mut entries: BTreeMap<&LogName, Vec<_>> = BTreeMap::new();
        for (id, inherited) in fixes {
            let Some(log_state) = self.log_state(&inherited.log) else { continue };
            let newest = log_state.newest_opened(*id).map(|event| event.entry.clone());
            entries.entry(&inherited.log).or_default().extend(newest);
        }
        let mut notices = BTreeMap::new();
        let mut left = LARGEST_FACTS.1;
        for (name, entries) in entries {
            let log = self.logs.get(name).context("a log that was read before")?;
            for event in log.events(&entries)? {
                let Body::Opened(opened) = event.body else { continue };
                if name.partner.is_some() {
                    let size = serde_json::to_vec(&opened.notice)?.len();
                    left = left.checked_sub(size).filter(|_| size <= LARGEST_FACTS.0).with_context(|| {
                        format!("{} in the log of {name} has {size} bytes of facts, more than is taken over from a partner; ask them about it", opened.notice.id)
                    })?;
                }
                notices.insert(opened.notice.id, opened.notice);
            }
        }
        Ok(notices)
    }
}
