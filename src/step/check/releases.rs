//! A check of a resource that emits releases.

use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use crate::concourse::{Context, GivenVersion, ReleaseRef};
use crate::config::{Common, ReleasesSource};
use crate::product::ReleaseVersion;
use crate::step::included_products::{IncludedProducts, names};
use crate::step::open_tracker::store;
use crate::step::partners::{Partners, Patience};
use crate::step::upstream_client::folder;
use crate::store::{CachedListing, Store};
use crate::text::some_of;
use crate::tracker::{Log, LogState, MOST_VERSIONS, PickUp, pick_ups};

/// How many releases a check without a version answers with.
const RELEASES_AT_FIRST: usize = 100;

/// The releases from the given one on; without one the last ones.
pub(super) fn releases(context: &mut Context<'_>, source: &ReleasesSource) -> Result<Vec<Value>> {
    let store = store(context, &source.common, &source.tracked.tracker)?;
    let log = Log::read(store.as_ref(), &source.tracked.product, &folder(context)?)?;
    let given = match ReleaseRef::given(context.request.version.as_deref()) {
        GivenVersion::None => None,
        GivenVersion::Version(version) => Some(version.release),
        GivenVersion::Strange(version) => Some(version),
    };
    let recorded: Vec<ReleaseInOrder<'_>> = recorded(log.state());
    let place = given.as_ref().and_then(|given| recorded.iter().position(|release| release.version == given));
    if let Some(given) = given.as_ref().filter(|_| place.is_none()) {
        context.output.warn(format!(
            "the log of {} has no release {given}; answering with the last ones",
            source.tracked.product
        ));
    }
    tell_pick_ups(context, &source.common, store.as_ref(), &log, Duration::MAX)?;
    context.output.info(format!("{} releases of {} are recorded", recorded.len(), source.tracked.product));
    let listed = |(at, release): (usize, &ReleaseInOrder<'_>)| {
        (release.was_highest || place == Some(at)).then(|| release.version.to_owned())
    };
    let from = place.unwrap_or(0);
    let versions: Vec<String> = recorded.iter().enumerate().skip(from).filter_map(listed).collect();
    let start = if place.is_some() { 0 } else { versions.len().saturating_sub(RELEASES_AT_FIRST) };
    let answer = versions[start..].iter().take(MOST_VERSIONS);
    Ok(answer.map(|version| ReleaseRef { release: version.clone() }.to_json()).collect())
}

/// A release in the order of the log.
struct ReleaseInOrder<'a> {
    version: &'a str,
    /// Whether it was the highest when it was recorded. One that was recorded late is no news: a check that listed it would
    /// tell dependents to go back.
    was_highest: bool,
}

fn recorded(log_state: &LogState) -> Vec<ReleaseInOrder<'_>> {
    let mut highest: Option<&ReleaseVersion> = None;
    let mut recorded = Vec::new();
    for release in log_state.releases() {
        let version = &release.released.version;
        let was_highest = highest.is_none_or(|highest| highest.compare(version).is_le());
        if was_highest {
            highest = Some(version);
        }
        recorded.push(ReleaseInOrder { version: version.as_str(), was_highest });
    }
    recorded
}

/// Says what the product must still pick up from those that it contains. Nothing depends on it, so their logs may be away, and
/// partners are waited for only as long as there is time left.
pub(super) fn tell_pick_ups(
    context: &mut Context<'_>,
    common: &Common,
    store: &dyn Store,
    log: &Log<'_>,
    left: Duration,
) -> Result<()> {
    let Some(highest) = log.state().highest().filter(|highest| !highest.released.includes.is_empty()) else {
        return Ok(());
    };
    let folder = folder(context)?;
    let store = CachedListing(store);
    let partners = Partners::new(context, common, Patience::OF_A_CHECK.within(left))?;
    let mut included = IncludedProducts::new(&store, &partners, &folder, context.now);
    match included.read_contained(log.state()) {
        Ok(away) => away.iter().for_each(|away| context.output.warn(away)),
        Err(error) => {
            context.output.warn(format!("what {} contains can't be told: {error:#}", log.product()));
            return Ok(());
        }
    }
    for PickUp { path, newest, fixes } in pick_ups(None, log.state(), &|name| included.log_state(name)) {
        let fixes = some_of(fixes.iter().map(ToString::to_string));
        context.output.warn(format!(
            "{} {} contains {}, and {newest} of that fixes {fixes}",
            log.product(),
            highest.released.version,
            names(&path)
        ));
    }
    Ok(())
}
