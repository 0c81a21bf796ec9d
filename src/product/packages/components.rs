//! The packages of other ecosystems than Ubuntu's that a list names.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashMap;

use super::Packages;
use crate::notice::{DEB, Fix, PackageName, PackageVersion};
use crate::upstream::osv::source::Component;

impl Packages {
    /// Takes in a package of another ecosystem.
    pub(super) fn insert_component(&mut self, name: PackageName, version: Option<PackageVersion>) {
        self.components.entry(name).or_default().insert(version);
    }

    /// The installed versions of a package of another ecosystem than Ubuntu's; `None` is one without a version.
    pub(in crate::product) fn components(&self, name: &PackageName) -> impl Iterator<Item = Option<&PackageVersion>> {
        self.components.get(name).into_iter().flatten().map(Option::as_ref)
    }

    /// All packages of other ecosystems, by name. They are kept unsorted, since thousands of notices ask for one each.
    pub(super) fn sorted_components(&self) -> BTreeMap<&PackageName, &BTreeSet<Option<PackageVersion>>> {
        self.components.iter().collect()
    }

    /// Whether it names a package of one of these fixes that are not of Ubuntu's packages, in whatever version.
    pub fn name_any(&self, fixes: &[Fix]) -> bool {
        fixes.iter().any(|fix| self.components.contains_key(&fix.package))
    }

    /// All packages of other ecosystems, each with its versions.
    pub fn all_components(&self) -> impl Iterator<Item = Component> {
        self.sorted_components().into_iter().flat_map(|(package, versions)| {
            versions.iter().map(|version| Component {
                package: package.clone(),
                version: version.as_ref().map(ToString::to_string),
            })
        })
    }

    /// Whether the list would name the packages of these fixes if they were there: it names one of each of their ecosystems, and of
    /// Debian's kind one of the same release, which are source packages in lists.
    pub(in crate::product) fn show_absence_of(&self, fixes: &[Fix]) -> bool {
        let others: BTreeSet<(&str, Option<&str>)> = fixes
            .iter()
            .filter(|fix| !fix.package.is_ubuntu())
            .map(|fix| (fix.package.ecosystem(), fix.package.distribution()))
            .collect();
        let is_named = |other: &(&str, Option<&str>)| {
            let (ecosystem, distribution) = *other;
            (ecosystem != DEB || distribution.is_some())
                && self.components.keys().any(|name| (name.ecosystem(), name.distribution()) == *other)
        };
        let are_sources = fixes
            .iter()
            .all(|fix| fix.package.ecosystem() != DEB || fix.package.is_ubuntu() || fix.package.is_source());
        are_sources
            && (self.show_absence() || fixes.iter().all(|fix| !fix.package.is_ubuntu()))
            && others.iter().all(is_named)
    }

    /// Whether it has packages of other ecosystems. No list does that a davos kept before it knew them.
    pub fn has_components(&self) -> bool {
        !self.components.is_empty()
    }

    /// The list without the packages of other ecosystems.
    #[must_use]
    pub fn without_components(&self) -> Packages {
        Packages { components: HashMap::default(), ..self.clone() }
    }
}
