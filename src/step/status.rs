//! The state of all logs of a tracker: a check tells their lengths, a get what follows from so many events.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde_json::Value;

use super::open_tracker::store;
use super::upstream_client::folder;
use crate::concourse::{Context, Facts, GivenVersion, StatusVersion};
use crate::config::{InParams, StatusSource};
use crate::product::ProductName;
use crate::publish::{Files, Shipped, status_files};
use crate::store::{CachedListing, Store as _};
use crate::text::some_of;
use crate::tracker::{History, Log, lengths};

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
    let now = StatusVersion { lengths: lengths(store.as_ref(), &known)? };
    context.output.info(format!("products: {}, events: {}", now.lengths.len(), now.lengths.values().sum::<u64>()));
    if now.lengths.is_empty() {
        return Ok(Vec::new());
    }
    let Some(given) = given.filter(|given| *given != now) else { return Ok(vec![now.to_json()]) };
    let cut: Vec<&ProductName> = given
        .lengths
        .iter()
        .filter(|(product, length)| now.lengths.get(product) < Some(length))
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
    let (histories, shipped) = read(context, &CachedListing(store.as_ref()), &lengths)?;
    let events: u64 = lengths.values().sum();
    context.output.info(format!("products: {}, events: {events}", lengths.len()));
    let products = lengths.keys().map(ToString::to_string);
    let facts = vec![("products", some_of(products)), ("events", events.to_string())];
    Ok((status_files(&histories, &shipped, &params.targets, params.url.as_ref())?, facts))
}

/// The logs as far as the version names them, and the packages that each product ships by them.
fn read(
    context: &Context<'_>,
    store: &CachedListing<'_>,
    lengths: &BTreeMap<ProductName, u64>,
) -> Result<(Vec<History>, Shipped)> {
    let folder = folder(context)?;
    let (mut histories, mut shipped) = (Vec::new(), Shipped::new());
    for (product, length) in lengths {
        let log = Log::read(store, product, &folder)?;
        if log.state().len() < *length {
            bail!(
                "the log of {product} in {} has {} events, and the version names {length}: was it cut off, or the tracker of the source changed? Put the log back, or check the resource again and take its newest version",
                store.describe(),
                log.state().len()
            );
        }
        let history = History::read(&log, *length)?;
        let current = history.state().current().and_then(|release| release.released.packages);
        if let Some(digest) = current {
            shipped.insert(product.clone(), log.packages(digest)?);
        }
        histories.push(history);
    }
    Ok((histories, shipped))
}
