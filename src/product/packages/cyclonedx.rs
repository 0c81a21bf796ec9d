//! A CycloneDX 1.4 to 1.6 document in JSON, as Syft and Trivy write it.

use std::borrow::Cow;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::purl::{self, Purl};
use super::{Format, Packages};

pub(super) const FORMAT: Format = Format { name: "CycloneDX 1.4 to 1.6 in JSON", is_such, read };

fn is_such(text: &str) -> bool {
    text.trim_start().starts_with('{') && text.contains("\"bomFormat\"")
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    #[serde(borrow)]
    bom_format: Cow<'a, str>,
    #[serde(borrow)]
    spec_version: Cow<'a, str>,
    #[serde(borrow, default)]
    components: Vec<Component<'a>>,
}

#[derive(Deserialize)]
struct Component<'a> {
    #[serde(borrow, default)]
    version: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    purl: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    components: Vec<Component<'a>>,
}

fn read(text: &str) -> Result<Packages> {
    let document: Document<'_> = serde_json::from_str(text).context("the document is not what CycloneDX says it is")?;
    // Every 1.x before and after has these fields too; a 2 may mean something else by them.
    if document.bom_format != "CycloneDX" || !document.spec_version.starts_with("1.") {
        bail!(
            "bomFormat {:?} with specVersion {:?} is not understood; write CycloneDX 1.6",
            document.bom_format,
            document.spec_version
        );
    }
    let mut packages = Packages::default();
    take(&document.components, "components", &mut packages)?;
    if packages.is_empty() {
        bail!(
            "none of its {} components is a Debian package of Ubuntu with a version (pkg:deb/ubuntu/…@…)",
            document.components.len()
        );
    }
    Ok(packages)
}

/// Takes the packages among components and their components, as deep as the JSON goes: its reader stops at 128.
fn take(components: &[Component<'_>], path: &str, packages: &mut Packages) -> Result<()> {
    for (nth, component) in components.iter().enumerate() {
        let place = || format!("{path}[{nth}]");
        if let Some(purl) = &component.purl
            && let Purl::Installed(name, version) =
                purl::read(purl, component.version.as_deref(), || format!("{}.purl", place()))?
        {
            packages.insert(name, version);
        }
        if !component.components.is_empty() {
            take(&component.components, &format!("{}.components", place()), packages)?;
        }
    }
    Ok(())
}
