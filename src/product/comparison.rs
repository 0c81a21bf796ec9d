//! A notice's fixes beside the packages of a release: the evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Packages;
use crate::notice::{DebianVersion, Fix, PackageName};

/// One installed package beside the version that a notice asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The package as it is installed.
    pub package: PackageName,
    /// The installed version.
    pub have: DebianVersion,
    /// The version that carries the fix.
    pub need: DebianVersion,
    /// Whether only Ubuntu Pro has that version.
    #[serde(skip)]
    pub pro: bool,
}

impl Comparison {
    /// Whether the installed version carries the fix.
    pub fn is_fixed(&self) -> bool {
        self.have.reaches(&self.need)
    }
}

/// Where a notice stands with the packages of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// None of its packages is installed.
    NotInstalled,
    /// Every installed one is at or above the version asked for.
    Fixed(Vec<Comparison>),
    /// At least one is below; all that are installed, the fixed ones too.
    Open(Vec<Comparison>),
}

impl Standing {
    /// Where a notice with these fixes stands with these packages. A notice whose packages nobody tells can't be
    /// compared: `None`.
    pub fn of(fixes: &[Fix], packages: &Packages) -> Option<Standing> {
        if fixes.is_empty() {
            return None;
        }
        let installed = compare(fixes, packages);
        Some(match installed.iter().all(Comparison::is_fixed) {
            _ if installed.is_empty() => Standing::NotInstalled,
            true => Standing::Fixed(installed),
            false => Standing::Open(installed),
        })
    }
}

/// The installed packages among `fixes`, each beside the version it needs, sorted by name. Where a notice names several
/// versions of one package, a free one is asked for before one of Ubuntu Pro, and then the highest: nothing less shows
/// the fix.
pub fn compare(fixes: &[Fix], packages: &Packages) -> Vec<Comparison> {
    let mut compared: BTreeMap<&PackageName, Comparison> = BTreeMap::new();
    for fix in fixes {
        let Some((package, have)) = packages.find(&fix.package) else { continue };
        let candidate =
            Comparison { package: package.clone(), have: have.clone(), need: fix.version.clone(), pro: fix.pro };
        compared
            .entry(package)
            .and_modify(|known| {
                let freer = known.pro && !candidate.pro;
                let higher = known.pro == candidate.pro && !known.need.reaches(&candidate.need);
                if freer || higher {
                    *known = candidate.clone();
                }
            })
            .or_insert(candidate);
    }
    compared.into_values().collect()
}
