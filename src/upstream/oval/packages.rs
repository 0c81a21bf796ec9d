//! The packages that a notice asks for, joined from its tests, and how a cache keeps them.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use super::definition::Criterion;
use super::description::{ListedPackage, listed};
use super::kernel::{Kernels, confirmed};
use super::tables::{AskedTest, Tables};
use crate::notice::{Fix, PackageName, PackageVersion};

/// How many packages, and how much text of them, the tests of a file and of each of its notices may ask for. Each limit of
/// a file bounds what is read; what is made of it is the product of several.
pub(super) struct PackageBudget {
    file: BudgetLeft,
    notice: BudgetLeft,
}

#[derive(Clone, Copy)]
struct BudgetLeft {
    packages: usize,
    bytes: usize,
}

impl PackageBudget {
    /// A large real file asks for 40,000 packages.
    const FILE: BudgetLeft = BudgetLeft { packages: 500_000, bytes: 32 << 20 };
    /// The largest real notices, of kernels, ask for some thousand.
    const NOTICE: BudgetLeft = BudgetLeft { packages: 20_000, bytes: 4 << 20 };

    pub(super) fn of_a_file() -> PackageBudget {
        PackageBudget { file: PackageBudget::FILE, notice: PackageBudget::NOTICE }
    }

    fn take(&mut self, packages: usize, bytes: usize) -> Result<()> {
        let less = |left: BudgetLeft| {
            let (packages, bytes) = (left.packages.checked_sub(packages)?, left.bytes.checked_sub(bytes)?);
            Some(BudgetLeft { packages, bytes })
        };
        let Some(notice) = less(self.notice) else {
            let BudgetLeft { packages, bytes } = PackageBudget::NOTICE;
            bail!("its tests ask for more packages than a notice may ({packages}, or {} MiB of names)", bytes >> 20);
        };
        let Some(file) = less(self.file) else {
            let BudgetLeft { packages, bytes } = PackageBudget::FILE;
            bail!(
                "with its tests, the file asks for more packages than it may ({packages}, or {} MiB of names)",
                bytes >> 20
            );
        };
        *self = PackageBudget { file, notice };
        Ok(())
    }
}

/// Packages by the version that they need, and whether only Ubuntu Pro has that.
#[derive(Default)]
pub(super) struct AskedPackages<'a>(BTreeMap<(&'a str, bool), Vec<&'a str>>);

impl<'a> AskedPackages<'a> {
    /// What the tests of a notice ask for, and whether only Ubuntu Pro has it. A test that the file lacks is left out.
    pub(super) fn asked(tables: &'a Tables, criteria: impl Iterator<Item = Criterion>) -> Vec<(AskedTest<'a>, bool)> {
        criteria.filter_map(|criterion| Some((tables.asked(criterion.test)?, criterion.pro))).collect()
    }

    /// Whether any of the tests looks for a running kernel.
    pub(super) fn asks_for_kernels(asked: &[(AskedTest<'_>, bool)]) -> bool {
        asked.iter().any(|(asked, _)| matches!(asked, AskedTest::Kernel(_)))
    }

    /// Joins the packages of a notice. A package or a version that cannot be one is left out; a notice none of whose
    /// packages can be told has none.
    ///
    /// `description` gives the description, which is only asked for the packages of kernels.
    ///
    /// # Errors
    /// If there is no budget for as many.
    pub(super) fn join(
        tables: &'a Tables,
        asked: &[(AskedTest<'a>, bool)],
        description: Option<&'a str>,
        budget: &mut PackageBudget,
    ) -> Result<AskedPackages<'a>> {
        budget.notice = PackageBudget::NOTICE;
        let mut packages = AskedPackages::default();
        for &(ref asked, pro) in asked {
            match *asked {
                AskedTest::Package { name, version } => packages.add(name, version, pro, budget)?,
                AskedTest::Packages { names, version } => {
                    for &(_, name) in names {
                        packages.add(tables.names.text(name), version, pro, budget)?;
                    }
                }
                // Each flavour of kernels is as good as a package.
                AskedTest::Kernel(pattern) => budget.take(pattern.matches('|').count() + 1, pattern.len())?,
                AskedTest::Abi(_) => {}
            }
        }
        let kernels = Self::kernels(asked);
        if let Some(list) =
            kernels.zip(description.and_then(listed)).and_then(|(tested, list)| confirmed(list, &tested))
        {
            for ListedPackage { package, version, pro } in list {
                packages.add(package, version, pro, budget)?;
            }
        }
        // A word in place of a version still asks for something: nothing shows that it is there.
        packages.0.retain(|(version, _), _| PackageVersion::recorded(version).is_ok());
        // What is almost sorted is sorted sooner when it is read.
        packages.0.values_mut().for_each(|names| names.sort_unstable());
        Ok(packages)
    }

    /// The kernels that are tested for: a pattern, and then the release below which a kernel is vulnerable. `None` if
    /// one cannot be read.
    fn kernels<'t>(asked: &[(AskedTest<'t>, bool)]) -> Option<Vec<Kernels<'t>>> {
        let (mut kernels, mut pattern) = (Vec::new(), None);
        for (asked, _) in asked {
            match asked {
                AskedTest::Kernel(_) if pattern.is_some() => return None,
                AskedTest::Kernel(looks) => pattern = Some(looks),
                AskedTest::Abi(release) => kernels.push(Kernels::of(pattern.take()?, release)?),
                _ => {}
            }
        }
        pattern.is_none().then_some(kernels)
    }

    fn add(&mut self, name: &'a str, version: &'a str, pro: bool, budget: &mut PackageBudget) -> Result<()> {
        budget.take(1, name.len() + version.len())?;
        if PackageName::is_plain(name) {
            self.0.entry((version, pro)).or_default().push(name);
        }
        Ok(())
    }

    /// As a cache keeps them.
    pub(super) fn encode(&self) -> Result<Vec<u8>> {
        Ok(postcard::to_stdvec(&self.0)?)
    }

    /// The fixes that a cache keeps, sorted by package and version. What everybody may install wins over the same in
    /// Ubuntu Pro.
    pub(super) fn decode(bytes: &[u8]) -> Result<Vec<Fix>> {
        let kept: BTreeMap<(&str, bool), Vec<&str>> =
            postcard::from_bytes(bytes).context("a list of packages is damaged")?;
        let mut fixes = Vec::with_capacity(kept.values().map(Vec::len).sum());
        for ((version, pro), names) in kept {
            let version = PackageVersion::recorded(version)?;
            for name in names {
                fixes.push(Fix::deb(name.parse()?, version.clone(), pro));
            }
        }
        fixes.sort();
        fixes.dedup_by(|later, first| later.package == first.package && later.version == first.version);
        Ok(fixes)
    }
}
