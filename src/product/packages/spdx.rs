//! An SPDX 2.2 or 2.3 document in JSON, as Syft and Trivy write it.

use std::borrow::Cow;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::purl::{self, Purl};
use super::{Format, Packages};

pub(super) const FORMAT: Format = Format { name: "SPDX 2.3 in JSON", is_such, read };

fn is_such(text: &str) -> bool {
    text.trim_start().starts_with('{') && text.contains("\"spdxVersion\"")
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    #[serde(borrow)]
    spdx_version: Cow<'a, str>,
    #[serde(borrow, default)]
    packages: Vec<Package<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Package<'a> {
    #[serde(borrow, default)]
    version_info: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    external_refs: Vec<Reference<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference<'a> {
    #[serde(borrow)]
    reference_type: Cow<'a, str>,
    #[serde(borrow)]
    reference_locator: Cow<'a, str>,
}

fn read(text: &str) -> Result<Packages> {
    let document: Document<'_> = serde_json::from_str(text).context("the document is not what SPDX says it is")?;
    if !document.spdx_version.starts_with("SPDX-2.") {
        bail!("spdxVersion: {:?} is not understood; write SPDX 2.3", document.spdx_version);
    }
    let mut packages = Packages::default();
    for (nth, package) in document.packages.iter().enumerate() {
        for (reference, at) in package.external_refs.iter().zip(0..) {
            if reference.reference_type != "purl" && !reference.reference_type.ends_with("/purl") {
                continue;
            }
            let place = || format!("packages[{nth}].externalRefs[{at}]");
            let purl = purl::read(&reference.reference_locator, package.version_info.as_deref(), place)?;
            if let Purl::Installed(name, version) = purl {
                packages.insert(name, version);
            }
        }
    }
    if packages.is_empty() {
        bail!(
            "none of its {} packages is a Debian package of Ubuntu with a version (pkg:deb/ubuntu/…@…)",
            document.packages.len()
        );
    }
    Ok(packages)
}
