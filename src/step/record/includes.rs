//! The releases of other products inside a release: what the folders of their gets say.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::concourse::BuildPath;
use crate::product::{ProductName, ReleaseVersion};
use crate::step::evidence;

#[derive(Deserialize)]
struct ReleaseJson {
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

fn one(folder: &BuildPath, build: &Path) -> Result<ReleaseJson> {
    let file = BuildPath::new(&format!("{}/release.json", folder.as_str()))?;
    serde_json::from_slice(&evidence::bytes(&file, build)?).context("release.json is not what a get writes")
}
