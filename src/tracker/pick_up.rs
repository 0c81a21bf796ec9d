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
    // Of a partner's product the nearest release alone: how many ways and versions their logs make up is not for us to bear.
    let mut theirs = BTreeSet::new();
    let mut is_first = |inside: &Included| inside.partner.is_none() || theirs.insert(inside.log_name());
    let within = |owner: Option<&PartnerName>, released: &ReleasedSummary| {
        included(owner, &released.includes, &released.partners)
    };
    let highest = log_state.highest().into_iter().flat_map(|highest| within(owner, highest.released));
    waiting.extend(highest.filter(&mut is_first).map(|inside| vec![inside]));
    while let Some(path) = waiting.pop_front() {
        let Some(inside) = path.last().filter(|inside| seen.insert((*inside).clone())) else { continue };
        let Some(log_state) = log_states(&inside.log_name()) else { continue };
        if let Some(release) = log_state.release(&inside.version) {
            // No put records a circle; a log that somebody else wrote must not run in one.
            let is_new = |next: &Included| path.iter().all(|inside| inside.log_name() != next.log_name());
            let further = within(inside.partner.as_ref(), release.released).into_iter().filter(is_new);
            let further = further.filter(|next| next.partner.is_none() || log_states(&next.log_name()).is_some());
            let further: Vec<Included> = further.filter(&mut is_first).collect();
            waiting.extend(further.into_iter().map(|next| path.iter().cloned().chain([next]).collect::<Vec<_>>()));
        }
        let Some(newest) = log_state.highest().map(|highest| &highest.released.version) else { continue };
        let most = if inside.partner.is_some() { MOST_FIXES } else { usize::MAX };
        let fixes = fixed_between(log_state, &inside.version, most);
        if newest.compare(&inside.version).is_gt() && !fixes.is_empty() {
            found.push(PickUp { newest: newest.clone(), fixes, path });
        }
    }
    found
}

/// How many notices of a partner's newest release are named: the first ones, by id.
const MOST_FIXES: usize = 1_000;

/// What releases above `version` fix, of which so many at most.
fn fixed_between(log_state: &LogState, version: &ReleaseVersion, most: usize) -> BTreeSet<NoticeId> {
    let above = |other: &ReleaseVersion| other.compare(version).is_gt();
    let released = log_state.releases().filter(|release| above(&release.released.version));
    let recorded = released.flat_map(|release| release.released.fixed.iter().copied());
    let seen_later = log_state.all_opened().filter(|event| event.opened.fixed_in.as_ref().is_some_and(above));
    let mut fixed = BTreeSet::new();
    for id in recorded.chain(seen_later.map(|event| event.opened.notice)) {
        fixed.insert(id);
        if fixed.len() > most {
            fixed.pop_last();
        }
    }
    fixed
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;
    use crate::tracker::History;

    fn log(product: &str, releases: &[Value]) -> History {
        let event = |(nth, released): (usize, &Value)| {
            let mut released = released.clone();
            for (key, empty) in
                [("packages", Value::Null), ("fixed", json!([])), ("not_affected", json!([])), ("open", json!([]))]
            {
                released.as_object_mut().expect("an object").entry(key).or_insert(empty);
            }
            let event = json!({"schema": 2, "seq": nth + 1, "at": "2026-01-12T09:00:00Z", "product": product,
                "by": {}, "prev": null, "released": released});
            serde_json::from_value(event).expect("an event")
        };
        History::of(product.parse().expect("a name"), releases.iter().enumerate().map(event).collect())
    }

    /// A partner with so many products, each of whose releases contains all later products in all their versions' neighbours.
    fn partner_of_many(products: usize, releases: usize) -> BTreeMap<LogName, History> {
        let name = |nth: usize| format!("p{nth:03}");
        let log_of = |nth: usize| {
            let all: Vec<Value> = (0..releases)
                .map(|release| {
                    let includes: BTreeMap<String, String> = (nth + 1..products)
                        .map(|later| (name(later), (release * later % releases).to_string()))
                        .collect();
                    let fixed = json!({"notice": format!("USN-{}-1", 1000 + release), "evidence": "none", "via": null});
                    json!({"version": release.to_string(), "includes": includes, "fixed": [fixed]})
                })
                .collect();
            (format!("foundation/{}", name(nth)).parse().expect("a name"), log(&name(nth), &all))
        };
        (0..products).map(log_of).collect()
    }

    #[test]
    fn a_partners_product_is_picked_up_once_however_many_ways_lead_to_it() {
        let logs = partner_of_many(60, 20);
        let includes: BTreeMap<String, &str> = (0..60).map(|nth| (format!("p{nth:03}"), "0")).collect();
        let partners: BTreeMap<&String, &str> = includes.keys().map(|product| (product, "foundation")).collect();
        let own = log("app", &[json!({"version": "1", "includes": includes, "partners": partners})]);
        let found = pick_ups(None, own.state(), &|name| Some(logs.get(name)?.state()));
        assert_eq!(found.len(), 60);
        assert!(found.iter().all(|found| found.path.len() == 1 && found.fixes.len() == 19));
    }

    #[test]
    fn of_a_partners_fixes_so_many_are_named() {
        let fixed: Vec<Value> = (0..3_000)
            .map(|nth| json!({"notice": format!("USN-{}-{}", 1000 + nth / 90, 1 + nth % 90), "evidence": "none", "via": null}))
            .collect();
        let theirs = log(
            "rootfs",
            &[json!({"version": "1", "includes": {}}), json!({"version": "2", "includes": {}, "fixed": fixed})],
        );
        for (partners, named) in [(json!({"rootfs": "foundation"}), MOST_FIXES), (json!({}), 3_000)] {
            let own = log("app", &[json!({"version": "1", "includes": {"rootfs": "1"}, "partners": partners})]);
            let found = pick_ups(None, own.state(), &|_| Some(theirs.state()));
            assert_eq!(found[0].fixes.len(), named);
        }
    }
}
