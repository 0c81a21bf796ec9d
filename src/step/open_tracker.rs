//! The log that a source names, opened.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use anyhow::Result;

use super::upstream_client::folder;
use crate::concourse::Context;
use crate::config::Common;
use crate::notice::{Fix, Notice};
use crate::product::{Judgement, Packages, Standing};
use crate::store::{Store, StoreConfig};
use crate::text::Digest;
use crate::tracker::{By, FixedIn, Log, Opened, Retry};

/// How long to go on appending while other writers are quicker.
const APPEND_BUDGET: Duration = Duration::from_secs(180);

/// The store of a tracker.
///
/// # Errors
/// If what the source says of it can't be used.
pub(super) fn store(context: &Context<'_>, common: &Common, config: &StoreConfig) -> Result<Box<dyn Store>> {
    config.open(&common.ca_certs, &folder(context)?, context.seed)
}

/// How to go on when other writers are quicker.
pub(super) fn retry(context: &Context<'_>) -> Retry {
    Retry { budget: APPEND_BUDGET, seed: context.seed }
}

/// The build that appends, as far as Concourse tells.
pub(super) fn by(context: &Context<'_>) -> By {
    let build = &context.environment.build;
    By {
        team: build.team.clone(),
        pipeline: build.pipeline.clone(),
        job: build.job.clone(),
        build: build.build.clone(),
        url: build.url.clone(),
    }
}

/// The packages of the product's current release, if one with packages is recorded.
pub(super) fn current_packages(log: &Log<'_>) -> Result<Option<Packages>> {
    let digest = log.state().current().and_then(|release| release.released.packages);
    digest.map(|digest| log.packages(digest)).transpose()
}

/// The event that puts a notice before the team.
pub(super) fn opened(notice: Notice, opening: u32, judgement: &Judgement, fixed_in: Option<FixedIn>) -> Opened {
    let packages = match judgement {
        Judgement::Actionable(too_old) => too_old.clone(),
        _ => Vec::new(),
    };
    Opened {
        opening,
        priority: notice.priority(),
        severity: notice.severity(),
        notice,
        packages,
        fixed_in,
        not_affected_in: None,
        shown: true,
        import_left: None,
    }
}

/// The kept packages of all releases, each read once.
#[derive(Default)]
pub(super) struct PackagesCache(BTreeMap<Digest, Packages>);

impl PackagesCache {
    /// The first recorded release whose kept packages show that it fixes the notice.
    pub(super) fn first_fixed_in(&mut self, log: &Log<'_>, fixes: &[Fix]) -> Result<Option<FixedIn>> {
        for release in log.state().releases() {
            let Some(digest) = release.released.packages else { continue };
            let packages = match self.0.entry(digest) {
                Entry::Occupied(kept) => kept.into_mut(),
                Entry::Vacant(empty) => empty.insert(log.packages(digest)?),
            };
            if let Some(Standing::Fixed(evidence)) = Standing::of(fixes, packages) {
                return Ok(Some(FixedIn { version: release.released.version.clone(), evidence }));
            }
        }
        Ok(None)
    }
}
