//! The releases of other products inside a release: what the folders of their gets say.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::config::BuildPath;
use crate::product::{PartnerName, ProductName, ReleaseVersion};
use crate::step::evidence;
use crate::step::partners::Partners;
use crate::tracker::LogState;

#[derive(Deserialize)]
struct IncludedRelease {
    product: ProductName,
    version: ReleaseVersion,
}

/// The version of each product.
///
/// # Errors
/// If a folder is not that of a get of a release of its product.
pub(super) fn read(
    folders: &BTreeMap<ProductName, BuildPath>,
    build: &Path,
) -> Result<BTreeMap<ProductName, ReleaseVersion>> {
    let read = |(product, folder): (&ProductName, &BuildPath)| -> Result<(ProductName, ReleaseVersion)> {
        let release = one(folder, build).with_context(|| {
            format!(
                "params.includes.{product} {:?}: name the folder of a get of a resource with emit: releases",
                folder.as_str()
            )
        })?;
        if release.product != *product {
            bail!("params.includes.{product} {:?} holds a release of {}", folder.as_str(), release.product);
        }
        Ok((release.product, release.version))
    };
    folders.iter().map(read).collect()
}

fn one(folder: &BuildPath, build: &Path) -> Result<IncludedRelease> {
    let file = BuildPath::new(&format!("{}/release.json", folder.as_str()))?;
    serde_json::from_slice(&evidence::bytes(&file, build)?).context("release.json is not what a get writes")
}

/// Refuses a release that has a lower release of another product inside than the release that it follows: what came with
/// the higher one would be gone, and nobody would have said so. What goes back on purpose gets a number of its own.
///
/// # Errors
/// If it would go back.
pub(super) fn refuse_going_back(
    log_state: &LogState,
    product: &ProductName,
    version: &ReleaseVersion,
    includes: &BTreeMap<ProductName, ReleaseVersion>,
) -> Result<()> {
    let below = log_state.releases().filter(|release| release.released.version.compare(version).is_lt());
    let Some(before) = below.max_by(|a, b| a.released.version.compare(&b.released.version)) else { return Ok(()) };
    for (inner, now) in includes {
        let goes_back = |then: &&ReleaseVersion| now.compare(then).is_lt() && !now.is_same(then);
        if let Some(then) = before.released.includes.get(inner).filter(goes_back) {
            bail!(
                "{product} {version} would go back on {inner}: it contains {now}, and {product} {} before it contains {then}; build it with {inner} {then} or a higher one. If {inner} is to go back, record its old packages under a higher number, and include that",
                before.released.version
            );
        }
    }
    Ok(())
}

/// Refuses a product of another partner than in the highest release, as long as that one is named in the source: who begins to
/// publish a log of the same name takes nothing over.
///
/// # Errors
/// If it would be of another one.
pub(super) fn refuse_other_partner(
    log_state: &LogState,
    product: &ProductName,
    theirs: &BTreeMap<ProductName, PartnerName>,
    partners: &Partners<'_>,
) -> Result<()> {
    let Some(before) = log_state.highest().map(|highest| highest.released) else { return Ok(()) };
    for (inner, now) in theirs {
        let is_other = |then: &&PartnerName| *then != now && partners.names().any(|name| name == *then);
        if let Some(then) = before.partners.get(inner).filter(is_other) {
            bail!(
                "the {inner} of {product} {} is the partner {then}'s, and this one would be of the partner {now}, who has a log of that name too; put {then} before {now} in source.partners. If it is to change, leave {then} out there for one put",
                before.version
            );
        }
    }
    Ok(())
}
