//! The state of all logs of a tracker: a check tells their lengths, a get what follows from so many events.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Result, bail};
use serde_json::Value;

use super::open_tracker::store;
use super::partners::{Partners, Patience, lengths_of_all};
use super::upstream_client::folder;
use crate::concourse::{Context, Facts, GivenVersion, StatusVersion};
use crate::config::{InParams, StatusSource};
use crate::product::{LogName, PartnerName};
use crate::publish::{Files, Shipped, status_files};
use crate::store::CachedListing;
use crate::text::some_of;
use crate::tracker::{History, Included, Log, Release, included, lengths};

/// Answers with the given state, if there is one, and today's.
pub(super) fn check(context: &mut Context<'_>, source: &StatusSource) -> Result<Vec<Value>> {
    let given = match StatusVersion::given(context.request.version.as_deref()) {
        GivenVersion::None => None,
        GivenVersion::Version(version) => Some(version),
        GivenVersion::Strange(version) => {
            context.output.warn(format!("the version {version} is no state of logs; going on as if there were none"));
            None
        }
    };
    let store = store(context, &source.common, &source.tracker)?;
    let known = given.as_ref().map(|given| given.lengths.clone()).unwrap_or_default();
    let own = known.iter().filter(|(name, _)| name.partner.is_none());
    let own = own.map(|(name, length)| (name.product.clone(), *length)).collect();
    let own = lengths(store.as_ref(), &own)?.into_iter().map(|(product, length)| (LogName::own(product), length));
    let mut now = StatusVersion { lengths: own.collect() };
    add_partners(context, source, &known, &mut now.lengths)?;
    context.output.info(format!("products: {}, events: {}", now.lengths.len(), now.lengths.values().sum::<u64>()));
    if now.lengths.is_empty() {
        return Ok(Vec::new());
    }
    let Some(given) = given.filter(|given| *given != now) else { return Ok(vec![now.to_json()]) };
    let is_named = |name: &LogName| {
        let partners = &source.common.partners;
        name.partner.as_ref().is_none_or(|partner| partners.iter().any(|named| named.name == *partner))
    };
    let cut: Vec<&LogName> = given
        .lengths
        .iter()
        .filter(|(name, length)| is_named(name) && now.lengths.get(name) < Some(length))
        .map(|(p, _)| p)
        .collect();
    if let Some(product) = cut.first() {
        context
            .output
            .warn(format!("the log of {product} is shorter than in the given version: it was cut off or replaced"));
        return Ok(vec![now.to_json()]);
    }
    Ok(vec![given.to_json(), now.to_json()])
}

/// Adds the logs of partners. Of one that is away, the length that is known stays: nothing is told as gone.
fn add_partners(
    context: &mut Context<'_>,
    source: &StatusSource,
    known: &BTreeMap<LogName, u64>,
    now: &mut BTreeMap<LogName, u64>,
) -> Result<()> {
    if source.common.partners.is_empty() {
        return Ok(());
    }
    for (partner, lengths) in lengths_of_all(context, &source.common, known)? {
        match lengths {
            Ok(lengths) => {
                let named = |product| LogName { partner: Some(partner.clone()), product };
                now.extend(lengths.into_iter().map(|(product, length)| (named(product), length)));
            }
            Err(error) => {
                let theirs = known.iter().filter(|(name, _)| name.partner.as_ref() == Some(partner));
                now.extend(theirs.map(|(name, length)| (name.clone(), *length)));
                context.output.warn(format!("{error:#}; its logs stay as long as they were"));
            }
        }
    }
    Ok(())
}

/// The files of the state that the version names.
pub(super) fn fetch(context: &mut Context<'_>, source: &StatusSource, params: &InParams) -> Result<(Files, Facts)> {
    let lengths = match StatusVersion::given(context.request.version.as_deref()) {
        GivenVersion::Version(version) => version.lengths,
        GivenVersion::None => bail!("there is no version to get; Concourse sends the one that a check found"),
        GivenVersion::Strange(version) => {
            bail!("the version {version} is no state of logs; one looks like {{\"cflinuxfs4\": \"120\"}}")
        }
    };
    let store = store(context, &source.common, &source.tracker)?;
    let partners = Partners::new(context, &source.common, Patience::OF_A_BUILD)?;
    let store = CachedListing(store.as_ref());
    let mut reader =
        HistoryReader { store: &store, partners: &partners, folder: folder(context)?, shipped: Shipped::new() };
    let (histories, away) = reader.all(&lengths)?;
    away.iter().for_each(|away| context.output.warn(away));
    let events: u64 = lengths.values().sum();
    context.output.info(format!("products: {}, events: {events}", lengths.len()));
    let products = lengths.keys().map(ToString::to_string);
    let facts = vec![("products", some_of(products)), ("events", events.to_string())];
    Ok((status_files(&histories, &reader.shipped, &params.targets, params.url.as_ref())?, facts))
}

/// Through how many releases inside of ours the way is followed to logs that have to be there.
const MOST_RELEASES: usize = 2_000;

/// Reads logs as far as the version names them, and the packages that each product ships by them.
struct HistoryReader<'a> {
    store: &'a CachedListing<'a>,
    partners: &'a Partners<'a>,
    folder: PathBuf,
    shipped: Shipped,
}

impl HistoryReader<'_> {
    /// All of them. What our highest releases contain of partners has to be there, and is read first, since only so much is read
    /// of a partner; of their other logs that can't be read it says so.
    fn all(&mut self, lengths: &BTreeMap<LogName, u64>) -> Result<(Vec<History>, Vec<String>)> {
        let mut read: BTreeMap<&LogName, History> = BTreeMap::new();
        let within = |owner: Option<&PartnerName>, release: Release<'_>| {
            included(owner, &release.released.includes, &release.released.partners)
        };
        let mut waiting: Vec<Included> = Vec::new();
        for (name, length) in lengths.iter().filter(|(name, _)| name.partner.is_none()) {
            let history = self.one(name, *length)?;
            waiting.extend(history.state().highest().map(|highest| within(None, highest)).unwrap_or_default());
            read.insert(name, history);
        }
        let mut seen: BTreeSet<Included> = BTreeSet::new();
        while let Some(inside) = waiting.pop() {
            let Some((name, length)) = lengths.get_key_value(&inside.log_name()) else { continue };
            if seen.len() == MOST_RELEASES || !seen.insert(inside.clone()) {
                continue;
            }
            if !read.contains_key(name) {
                read.insert(name, self.one(name, *length)?);
            }
            let release = read.get(name).and_then(|history| history.state().release(&inside.version));
            let further = release.map(|release| within(name.partner.as_ref(), release)).unwrap_or_default();
            waiting.extend(further.into_iter().filter(|further| !seen.contains(further)));
        }
        let mut away = Vec::new();
        for (name, length) in lengths {
            if !read.contains_key(name) {
                let history = self.one(name, *length).unwrap_or_else(|error| {
                    away.push(format!("{error:#}; nothing of it is inside what is ours, so the rest is told"));
                    History::unread(name.clone())
                });
                read.insert(name, history);
            }
        }
        Ok((read.into_values().collect(), away))
    }

    fn one(&mut self, name: &LogName, length: u64) -> Result<History> {
        let LogName { partner, product } = name;
        let log = match partner {
            None => Log::read(self.store, product, &self.folder)?,
            Some(partner) => self.partners.log(partner, product)?,
        };
        if log.state().len() < length {
            bail!(
                "the log of {name} in {} has {} events, and the version names {length}: was it cut off, or the tracker of the source changed? Put the log back, or check the resource again and take its newest version",
                log.place(),
                log.state().len()
            );
        }
        let history = History::read(&log, length)?;
        let history = partner.clone().into_iter().fold(history, History::of_partner);
        let current = history.state().current().and_then(|release| release.released.packages);
        if let Some(digest) = current {
            self.shipped.insert(name.clone(), log.packages(digest)?);
        }
        Ok(history)
    }
}
