//! What an index has of the packages that are wanted.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use super::index::{PackageEntry, PackageIndex};
use super::wanted::WantedPackage;
use crate::notice::PackageVersion;

/// What an index has of a wanted package.
#[derive(Debug, Clone)]
pub(super) struct InIndex {
    /// The highest version.
    pub(super) newest: PackageVersion,
    /// Where the file of the highest version is that has the fix, if there is one.
    pub(super) file: Option<String>,
    /// How far that version is phased.
    pub(super) phased: Option<u8>,
    /// That version.
    reaching: Option<PackageVersion>,
}

/// What an index has of these packages, by their numbers. One that it doesn't name is left out.
pub(super) fn scan(index: &PackageIndex, wanted: &[(usize, &WantedPackage)]) -> BTreeMap<usize, InIndex> {
    let (mut by_name, mut by_source): (HashMap<String, Vec<usize>>, HashMap<String, Vec<usize>>) = Default::default();
    let mut families = Vec::new();
    for (place, (_, one)) in wanted.iter().enumerate() {
        let (name, is_source) = one.name();
        match (is_source, one.family.is_some()) {
            (true, _) => by_source.entry(name).or_default().push(place),
            (false, true) => families.push(place),
            (false, false) => by_name.entry(name).or_default().push(place),
        }
    }
    let mut found: BTreeMap<usize, InIndex> = BTreeMap::new();
    for entry in index.entries() {
        let named = by_name.get(entry.name).into_iter().chain(by_source.get(entry.source)).flatten().copied();
        // Few entries are of kernels, and few of what is wanted.
        let is_kernel = entry.name.starts_with("linux-");
        let of_family = families.iter().copied().filter(|_| is_kernel);
        let of_family = of_family.filter(|place| wanted[*place].1.is_family_of(entry.name));
        for place in named.chain(of_family) {
            let (number, one) = wanted[place];
            take(&mut found, number, one, &entry);
        }
    }
    found
}

fn take(found: &mut BTreeMap<usize, InIndex>, number: usize, wanted: &WantedPackage, entry: &PackageEntry<'_>) {
    let Some(version) = wanted.version(entry) else { return };
    let known = found.entry(number).or_insert_with(|| InIndex {
        newest: version.clone(),
        file: None,
        phased: None,
        reaching: None,
    });
    if version.compare(&known.newest) == Ordering::Greater {
        known.newest = version.clone();
    }
    let is_higher = known.reaching.as_ref().is_none_or(|reaching| version.compare(reaching) == Ordering::Greater);
    if is_higher && wanted.is_reached_by(&version) {
        known.file = Some(entry.file.to_owned());
        known.phased = entry.phased;
        known.reaching = Some(version);
    }
}
