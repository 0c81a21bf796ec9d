//! The packages that a notice asks for, joined from its tests, and how an edition keeps them.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::definition::Criterion;
use super::description::{Listed, listed};
use super::kernel::{Kernels, confirmed};
use super::tables::{Asked, Tables};
use crate::notice::{DebianVersion, Fix, PackageName};

/// Packages by the version that they need, and whether only Ubuntu Pro has that.
#[derive(Default)]
pub(super) struct Packages<'a>(BTreeMap<(&'a str, bool), Vec<&'a str>>);

impl<'a> Packages<'a> {
    /// Joins the packages of a notice. A package or a version that cannot be one is left out, and so is a test that the
    /// file lacks; a notice none of whose packages can be told has none.
    ///
    /// `description` gives the description, which is only asked for the packages of kernels.
    pub(super) fn join(tables: &'a Tables, criteria: &[Criterion], description: Option<&'a str>) -> Packages<'a> {
        let mut packages = Packages::default();
        for criterion in criteria {
            match tables.asked(criterion.test) {
                Some(Asked::Package { name, version }) => packages.add(name, version, criterion.pro),
                Some(Asked::Packages { names, version }) => {
                    for &(_, name) in names {
                        packages.add(tables.names.text(name), version, criterion.pro);
                    }
                }
                Some(Asked::Kernel(_) | Asked::Abi(_)) | None => {}
            }
        }
        let kernels = Self::kernels(tables, criteria);
        if let Some(list) =
            kernels.zip(description.and_then(listed)).and_then(|(tested, list)| confirmed(list, &tested))
        {
            for Listed { package, version, pro } in list {
                packages.add(package, version, pro);
            }
        }
        packages.0.retain(|(version, _), _| version.parse::<DebianVersion>().is_ok());
        // What is almost sorted is sorted sooner when it is read.
        packages.0.values_mut().for_each(|names| names.sort_unstable());
        packages
    }

    /// Whether any of the tests looks for a running kernel.
    pub(super) fn asks_for_kernels(tables: &Tables, criteria: &[Criterion]) -> bool {
        criteria.iter().any(|criterion| matches!(tables.asked(criterion.test), Some(Asked::Kernel(_))))
    }

    /// The kernels that are tested for: a pattern, and then the release below which a kernel is vulnerable. `None` if
    /// one cannot be read.
    fn kernels<'t>(tables: &'t Tables, criteria: &[Criterion]) -> Option<Vec<Kernels<'t>>> {
        let (mut kernels, mut pattern) = (Vec::new(), None);
        for criterion in criteria {
            match tables.asked(criterion.test) {
                Some(Asked::Kernel(_)) if pattern.is_some() => return None,
                Some(Asked::Kernel(looks)) => pattern = Some(looks),
                Some(Asked::Abi(release)) => kernels.push(Kernels::of(pattern.take()?, release)?),
                _ => {}
            }
        }
        pattern.is_none().then_some(kernels)
    }

    fn add(&mut self, name: &'a str, version: &'a str, pro: bool) {
        if name.parse::<PackageName>().is_ok() {
            self.0.entry((version, pro)).or_default().push(name);
        }
    }

    /// As an edition keeps them.
    pub(super) fn encode(&self) -> Result<Vec<u8>> {
        Ok(postcard::to_stdvec(&self.0)?)
    }

    /// The fixes that an edition keeps, sorted by package and version. What everybody may install wins over the same in
    /// Ubuntu Pro.
    pub(super) fn decode(bytes: &[u8]) -> Result<Vec<Fix>> {
        let kept: BTreeMap<(&str, bool), Vec<&str>> =
            postcard::from_bytes(bytes).context("a list of packages is damaged")?;
        let mut fixes = Vec::with_capacity(kept.values().map(Vec::len).sum());
        for ((version, pro), names) in kept {
            let version: DebianVersion = version.parse()?;
            for name in names {
                fixes.push(Fix { package: name.parse()?, version: version.clone(), pro });
            }
        }
        fixes.sort();
        fixes.dedup_by(|later, first| later.package == first.package && later.version == first.version);
        Ok(fixes)
    }
}
