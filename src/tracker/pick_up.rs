//! What a product must still pick up: newer releases of what its own release contains, with the fixes that they would bring.

use std::collections::{BTreeSet, VecDeque};

use super::{Included, LogState, ReleasedSummary, included};
use crate::notice::NoticeId;
use crate::product::{LogName, PartnerName, ReleaseVersion};

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

/// What the product with this log must still pick up, nearest first; the log is `owner`'s, or our own. `log_states` tells what
/// is known of other products.
pub fn pick_ups<'a>(
    owner: Option<&PartnerName>,
    log_state: &LogState,
    log_states: &impl Fn(&LogName) -> Option<&'a LogState>,
) -> Vec<PickUp> {
    let mut found = Vec::new();
    // Nearest first, and each release once: products that contain each other in many ways would be looked at in all of them.
    let mut seen = BTreeSet::new();
    let mut waiting = VecDeque::new();
    let within = |owner: Option<&PartnerName>, released: &ReleasedSummary| {
        included(owner, &released.includes, &released.partners)
    };
    let highest = log_state.highest().into_iter().flat_map(|highest| within(owner, highest.released));
    waiting.extend(highest.map(|inside| vec![inside]));
    while let Some(path) = waiting.pop_front() {
        let Some(inside) = path.last().filter(|inside| seen.insert((*inside).clone())) else { continue };
        let Some(log_state) = log_states(&inside.log_name()) else { continue };
        if let Some(release) = log_state.release(&inside.version) {
            // No put records a circle; a log that somebody else wrote must not run in one.
            let is_new = |next: &Included| path.iter().all(|inside| inside.log_name() != next.log_name());
            let further = within(inside.partner.as_ref(), release.released).into_iter().filter(is_new);
            waiting.extend(further.map(|next| path.iter().cloned().chain([next]).collect::<Vec<_>>()));
        }
        let Some(newest) = log_state.highest().map(|highest| &highest.released.version) else { continue };
        let fixes = fixed_between(log_state, &inside.version);
        if newest.compare(&inside.version).is_gt() && !fixes.is_empty() {
            found.push(PickUp { newest: newest.clone(), fixes, path });
        }
    }
    found
}

/// What releases above `version` fix.
fn fixed_between(log_state: &LogState, version: &ReleaseVersion) -> BTreeSet<NoticeId> {
    let above = |other: &ReleaseVersion| other.compare(version).is_gt();
    let released = log_state.releases().filter(|release| above(&release.released.version));
    let recorded = released.flat_map(|release| release.released.fixed.iter().copied());
    let seen_later = log_state.all_opened().filter(|event| event.opened.fixed_in.as_ref().is_some_and(above));
    recorded.chain(seen_later.map(|event| event.opened.notice)).collect()
}
