//! What a product must still pick up: newer releases of what its own release contains, with the fixes that they would bring.

use std::collections::BTreeSet;

use super::{Included, Ledger};
use crate::notice::NoticeId;
use crate::product::{ProductName, ReleaseVersion};

/// A release inside another one, of which there is a newer one with fixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickUp {
    /// The way to it, from what the product contains itself to the release that is not the newest one.
    pub path: Vec<Included>,
    /// The newest release.
    pub newest: ReleaseVersion,
    /// What the newest release fixes and the contained one doesn't.
    pub fixes: BTreeSet<NoticeId>,
}

/// What the product with this ledger must still pick up, nearest first. `ledgers` tells what is known of other products.
pub fn pick_ups<'a>(ledger: &Ledger, ledgers: &impl Fn(&ProductName) -> Option<&'a Ledger>) -> Vec<PickUp> {
    let mut found = Vec::new();
    if let Some(highest) = ledger.highest() {
        for (product, version) in &highest.released.includes {
            let inside = Included { product: product.clone(), version: version.clone() };
            collect(vec![inside], ledgers, &mut found);
        }
    }
    found.sort_by_key(|pick_up| pick_up.path.len());
    found
}

fn collect<'a>(path: Vec<Included>, ledgers: &impl Fn(&ProductName) -> Option<&'a Ledger>, found: &mut Vec<PickUp>) {
    let Some(inside) = path.last() else { return };
    let Some(ledger) = ledgers(&inside.product) else { return };
    if let Some(highest) = ledger.highest() {
        let newest = highest.released.version.clone();
        let fixes = fixed_between(ledger, &inside.version);
        if newest.compare(&inside.version).is_gt() && !fixes.is_empty() {
            found.push(PickUp { path: path.clone(), newest, fixes });
        }
    }
    let Some(release) = ledger.release(&inside.version) else { return };
    for (product, version) in &release.released.includes {
        // No put records a circle; a log that somebody else wrote must not run in one.
        if path.iter().all(|inside| inside.product != *product) {
            let inside = Included { product: product.clone(), version: version.clone() };
            collect(path.iter().cloned().chain([inside]).collect(), ledgers, found);
        }
    }
}

/// What releases above `version` fix.
fn fixed_between(ledger: &Ledger, version: &ReleaseVersion) -> BTreeSet<NoticeId> {
    let above = |other: &ReleaseVersion| other.compare(version).is_gt();
    let released = ledger.releases().filter(|release| above(&release.released.version));
    let recorded = released.flat_map(|release| release.released.fixed.iter().copied());
    let seen_later = ledger.all_opened().filter(|event| event.opened.fixed_in.as_ref().is_some_and(above));
    recorded.chain(seen_later.map(|event| event.opened.notice)).collect()
}
