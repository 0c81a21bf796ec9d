//! What the releases inside a product leave open. Who ships an old root filesystem is as open as that was, and a card that
//! said otherwise would be believed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;

use super::notice_timeline::{NoticeState, NoticeTimeline};
use super::product::Product;
use crate::notice::{NoticeId, Priority};
use crate::product::{LogName, ProductName, ReleaseVersion};
use crate::tracker::{Included, Moment, OpenInside, Released, included};

/// How many releases of partners are looked at in one product.
const MOST_RELEASES: usize = 1_000;

/// A notice that a release inside a product leaves open.
#[derive(Debug)]
struct InheritedOpen<'a> {
    case: NoticeTimeline<'a>,
    /// The way to that release.
    path: Vec<Included>,
}

/// Opens in each product what the releases inside its highest one leave open, unless the product itself says otherwise: its
/// own fix or answer counts, since it judged what it ships.
pub(super) fn open_inside(products: &mut [Product<'_>], now: Option<Timestamp>) {
    let found: Vec<BTreeMap<NoticeId, InheritedOpen<'_>>> =
        products.iter().map(|product| left_open_inside(products, product, now)).collect();
    for (product, found) in products.iter_mut().zip(found) {
        for (id, InheritedOpen { case, path }) in found {
            match product.cases.get_mut(&id) {
                None => drop(product.cases.insert(id, case)),
                // None of its packages is among those of the product itself; that says nothing of what is inside.
                Some(known) if known.standing == NoticeState::NotAffected && known.answer.is_none() => {
                    known.spans.extend(case.spans);
                    known.standing = NoticeState::Open;
                }
                Some(_) => continue,
            }
            product.inside.insert(id, path);
        }
    }
}

/// Each release is looked at once, by the shortest way to it, so the work is bounded whatever contains what.
fn left_open_inside<'a>(
    products: &[Product<'a>],
    outer: &Product<'a>,
    now: Option<Timestamp>,
) -> BTreeMap<NoticeId, InheritedOpen<'a>> {
    let mut found = BTreeMap::new();
    let Some((contained, highest)) = outer.highest else { return found };
    let mut seen: BTreeSet<Included> = BTreeSet::new();
    let mut waiting: VecDeque<(Vec<Included>, &'a Released)> = VecDeque::from([(Vec::new(), highest)]);
    let mut theirs = 0;
    while let Some((way, release)) = waiting.pop_front() {
        let owner = way.last().map_or(outer.name().partner.as_ref(), |inside| inside.partner.as_ref());
        for inside in included(owner, &release.includes, &release.partners) {
            let (name, version) = (inside.log_name(), inside.version.clone());
            let Some(inner) = products.iter().find(|product| *product.name() == name) else { continue };
            // What partners write may run in circles, and through any number of versions. What is left out of it is open in an own
            // product by its own log.
            let again = || way.iter().any(|outer| outer.log_name() == name);
            if name.partner.is_some() && (theirs == MOST_RELEASES || again()) {
                continue;
            }
            if name == *outer.name() || !seen.insert(inside.clone()) {
                continue;
            }
            theirs += usize::from(name.partner.is_some());
            let version = &version;
            let path: Vec<Included> = way.iter().cloned().chain([inside]).collect();
            let since = contains_since(outer, &path[0].product);
            let is_told = outer.name().partner.is_none() && name.partner.is_some();
            for case in left_open(inner, version, is_told) {
                let from = case.since().map_or(case.opened.at, |since| since.at).max(since.unwrap_or(contained.at));
                // A partner may have written any time; nothing is open from tomorrow on.
                let from = now.filter(|_| name.partner.is_some()).map_or(from, |now| from.min(now));
                let from = Moment { seq: contained.seq, at: from };
                found
                    .entry(case.id())
                    .or_insert_with(|| InheritedOpen { case: case.open_inside(from), path: path.clone() });
            }
            if let Some((_, release)) = inner.releases.iter().find(|(_, release)| release.version.is_same(version)) {
                waiting.push_back((path, release));
            }
        }
    }
    if outer.name().partner.is_none() {
        told_by_partners(products, outer, (contained, highest), &mut found);
    }
    found
}

/// Adds what was recorded as open in what is a partner's: their log may tell it no more, or never did, since it is of partners
/// of theirs.
fn told_by_partners<'a>(
    products: &[Product<'a>],
    outer: &Product<'a>,
    (contained, highest): (Moment, &'a Released),
    found: &mut BTreeMap<NoticeId, InheritedOpen<'a>>,
) {
    let log_state = |name: &LogName| Some(products.iter().find(|product| product.name() == name)?.history.state());
    for OpenInside { notice: id, path } in &highest.open_inside {
        let mut logs = path.iter().map(Included::log_name).chain([outer.name().clone()]);
        let is_withdrawn = logs.any(|name| log_state(&name).is_some_and(|log_state| log_state.is_withdrawn(*id)));
        if path.iter().all(|inside| inside.partner.is_none()) || found.contains_key(id) || is_withdrawn {
            continue;
        }
        let has_it = |released: &Released| released.open_inside.iter().any(|open| open.notice == *id);
        let first = outer.releases.iter().find(|(_, released)| has_it(released)).map_or(contained, |(first, _)| *first);
        let from = Moment { seq: contained.seq, at: first.at };
        let case = products.iter().find_map(|product| product.cases.get(id));
        let Some(case) = case.map(|case| case.open_inside(from)).or_else(|| {
            let notice = outer.history.told_alone(*id)?;
            Some(NoticeTimeline::open_from(notice, Priority::Unknown, None, from))
        }) else {
            continue;
        };
        found.insert(*id, InheritedOpen { case, path: path.clone() });
    }
}
/// When a product first contained another one: before that, nothing of it was open there.
fn contains_since(outer: &Product<'_>, inner: &ProductName) -> Option<Timestamp> {
    outer.releases.iter().find(|(_, release)| release.includes.contains_key(inner)).map(|(moment, _)| moment.at)
}

/// The notices that a release leaves open: those of which the last word up to this version is so, and those that only a
/// higher one fixes. The answers of `theirs` are not ours.
fn left_open<'p, 'a>(product: &'p Product<'a>, version: &ReleaseVersion, theirs: bool) -> Vec<&'p NoticeTimeline<'a>> {
    let mut releases: Vec<&Released> = product.releases.iter().map(|(_, release)| *release).collect();
    releases.retain(|release| release.version.compare(version).is_le());
    releases.sort_by(|a, b| a.version.compare(&b.version));
    let mut last: BTreeMap<NoticeId, bool> = BTreeMap::new();
    for release in releases {
        let settled = release.fixed.iter().map(|fixed| fixed.notice).chain(release.not_affected.iter().copied());
        last.extend(settled.map(|id| (id, false)));
        last.extend(release.open.iter().map(|id| (*id, true)));
    }
    let is_highest = product.highest.is_some_and(|(_, highest)| highest.version.is_same(version));
    let is_open = |case: &&NoticeTimeline<'_>| {
        let recorded = last.get(&case.id()).copied();
        match case.standing {
            NoticeState::Open | NoticeState::UnderInvestigation => is_highest || recorded.unwrap_or(true),
            NoticeState::Fixed => case.fixed.is_some_and(|fixed| fixed.version.compare(version).is_gt()),
            NoticeState::NotAffected | NoticeState::Affected if theirs && case.answer.is_some() => {
                recorded.unwrap_or(true)
            }
            NoticeState::NotAffected => case.answer.is_none() && recorded == Some(true),
            NoticeState::Affected => false,
        }
    };
    product.cases.values().filter(is_open).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::fixture::StatusFixture;
    use super::super::state::StatusState;
    use super::super::{Shipped, Targets};
    use crate::tracker::History;

    /// A log of a partner whose releases lead to all releases of another one, in turn.
    fn winding(name: &str, other: &str, step: usize) -> History {
        let fixture = StatusFixture::of(name).opened("USN-7946-1", "high", &[]);
        let releases = (0..1_500).fold(fixture, |fixture, version: usize| {
            fixture
                .released_as(json!({"version": version.to_string(), "includes": {other: (version + step).to_string()},
                "open": ["USN-7946-1"]}))
        });
        releases.history().of_partner("foundation".parse().expect("a name"))
    }

    #[test]
    fn logs_of_a_partner_that_lead_on_and_on_are_left_soon() {
        let released = |rest: Value| StatusFixture::of("app").released_as(rest).history();
        let app = released(json!({"version": "1", "includes": {"a": "0"}, "partners": {"a": "foundation"}}));
        let (shipped, targets) = (Shipped::new(), Targets::default());
        let histories = [app, winding("a", "b", 0), winding("b", "a", 1)];
        let state = StatusState::of(&histories, &shipped, &targets);
        assert_eq!(state.total().open, 1);
        let inside = state.products[0].inside.values().next().expect("a way");
        assert_eq!(inside.len(), 1);
    }
}
