//! Legs against stories that are told by hand, and against a plain calculation for any story.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::{StatusFixture, notice};
use super::legs::{LegTime, Legs};
use super::state::StatusState;
use super::{Shipped, Targets};
use crate::tracker::{Body, By, History};

/// A notice that comes out at this time.
fn published(id: &str, at: &str) -> Value {
    let mut told = notice(id, "a vulnerability", &[]);
    told["published"] = json!(at);
    told
}

fn legs(histories: &[History]) -> Vec<Legs> {
    Legs::of(&StatusState::of(histories, &Shipped::new(), &Targets::default()).products, &[])
}

fn hours(times: &[LegTime]) -> Vec<i64> {
    times.iter().map(|time| time.length.as_hours()).collect()
}

/// A log that began on the 12th, at nine.
fn begun() -> StatusFixture {
    StatusFixture::of("rootfs").released("1.0", &[])
}

#[test]
fn what_came_out_before_the_log_began_was_looked_for_by_nobody() {
    let story = begun().opened("USN-1-1", "high", &[]);
    let story = story.opened_as(published("USN-2-1", "2026-01-14T03:00:00Z"), json!({}));
    assert_eq!(hours(&legs(&[story.history()])[0].noticed), [6]);
}

#[test]
fn a_clock_that_is_behind_makes_no_length_below_zero() {
    let story = begun().opened_as(published("USN-1-1", "2027-01-01T00:00:00Z"), json!({})).after(-48);
    let legs = legs(&[story.released("1.1", &["USN-1-1"]).history()]);
    assert_eq!((hours(&legs[0].noticed), hours(&legs[0].published)), (vec![0], vec![0]));
    assert_eq!(hours(&legs[0].opened), [0_i64; 0], "an opening after the release is none that it closed");
}

#[test]
fn a_notice_that_comes_again_was_seen_once_and_is_fixed_since_its_last_opening() {
    let told = || published("USN-1-1", "2026-01-13T08:00:00Z");
    let story = begun()
        .opened_as(told(), json!({}))
        .released("1.1", &["USN-1-1"])
        .opened_as(told(), json!({"opening": 2}))
        .after(24)
        .released("1.2", &["USN-1-1"]);
    let legs = legs(&[story.history()]);
    assert_eq!((hours(&legs[0].noticed), hours(&legs[0].opened)), (vec![1], vec![48]));
}

#[test]
fn what_nobody_was_told_of_says_nothing_of_how_soon_one_looks() {
    let told = |id: &str| published(id, "2026-01-12T12:00:00Z");
    let fixed_in = json!({"version": "1.0", "evidence": []});
    let story = begun()
        .opened_as(told("USN-1-1"), json!({"shown": false}))
        .opened_as(told("USN-2-1"), json!({"fixed_in": fixed_in}))
        .opened_as(told("USN-3-1"), json!({"not_affected_in": "1.0"}))
        .opened_as(told("USN-4-1"), json!({"import_left": 0}))
        // It is put before the team only now, and was known before.
        .opened_as(told("USN-1-1"), json!({}));
    assert_eq!(legs(&[story.history()])[0].noticed, []);
}

#[test]
fn an_import_and_a_put_that_names_first_what_it_fixes_are_apart() {
    let told = || published("USN-1-1", "2026-01-13T08:00:00Z");
    let at_once = begun().opened_as(told(), json!({})).after(-24).released("1.1", &["USN-1-1"]);
    let found = &legs(&[at_once.history()])[0];
    assert_eq!((found.published.len(), found.opened.len(), found.untimed), (0, 0, 1));
    // Of older imports only the releases at one instant tell.
    let imported = begun().opened_as(told(), json!({})).after(-24).released("1.1", &["USN-1-1"]).after(-24);
    assert_eq!(legs(&[imported.released("1.2", &[]).history()])[0].noticed, []);
}

#[test]
fn what_was_answered_counts_once_a_release_fixes_it_and_what_was_withdrawn_never() {
    let told = |id: &str| published(id, "2026-01-13T08:00:00Z");
    let story = || begun().opened_as(told("USN-1-1"), json!({})).answered("USN-1-1", "affected", "never run", None);
    let found = &legs(&[story().history()])[0];
    assert_eq!((hours(&found.noticed), found.opened.len()), (vec![1], 0));
    let found = &legs(&[story().released("1.1", &["USN-1-1"]).history()])[0];
    let (opened, total) = (found.opened.len(), found.published.len());
    assert!(opened <= total, "{found:?}");
    let withdrawn = json!({"answered": {"notice": "USN-1-1", "status": "not_affected", "withdrawn": true,
        "justification": "component_not_present", "statement": "Taken back.", "until": null}});
    let story = begun().opened_as(told("USN-1-1"), json!({})).then(withdrawn);
    assert_eq!(legs(&[story.history()])[0], Legs::default());
}

/// A product that contains the root filesystem.
fn app(contained: &[&str]) -> StatusFixture {
    contained.iter().enumerate().fold(StatusFixture::of("app").after(12), |story, (n, version)| {
        story.released_as(json!({"version": format!("0.{n}"), "includes": {"rootfs": version}}))
    })
}

/// USN-1-1 is fixed in 1.1, on the 14th at nine.
fn fixed() -> StatusFixture {
    begun().opened_as(published("USN-1-1", "2026-01-13T08:00:00Z"), json!({})).released("1.1", &["USN-1-1"])
}

#[test]
fn a_release_picks_up_what_is_new_inside_it_and_only_once() {
    let picked_up = |contained: &[&str]| hours(&legs(&[app(contained).history(), fixed().history()])[0].picked_up);
    assert_eq!(picked_up(&["1.0", "1.0", "1.1"]), [12], "on the 14th at nine in the evening");
    assert_eq!(picked_up(&["1.0", "1.0", "1.0", "1.2"]), [36], "by a higher one");
    assert_eq!(picked_up(&["1.1", "1.0", "1.1"]), [0_i64; 0], "it was inside from the start");
    assert_eq!(picked_up(&["1.0", "1.1", "1.0", "1.1"]), [0], "before it was recorded, and not again after going back");
    assert_eq!(picked_up(&["1.0"]), [0_i64; 0]);
}

#[test]
fn nobody_waits_for_a_fix_before_its_notice_is_out() {
    let late = published("USN-1-1", "2026-01-14T20:00:00Z");
    let fixed_in = json!({"version": "1.1", "evidence": []});
    let story = begun().after(24).released("1.1", &[]).opened_as(late, json!({"fixed_in": fixed_in}));
    assert_eq!(hours(&legs(&[app(&["1.0", "1.0", "1.1"]).history(), story.history()])[0].picked_up), [1]);
}

#[test]
fn an_import_picks_up_nothing_and_nothing_is_picked_up_of_one() {
    let taken_over =
        |version: &str, left: u32| json!({"version": version, "includes": {"rootfs": version}, "import_left": left});
    let owner = StatusFixture::of("app").after(72).released_as(taken_over("1.0", 1)).released_as(taken_over("1.1", 0));
    assert_eq!(legs(&[owner.history(), fixed().history()])[0].picked_up, []);
    let rootfs = begun()
        .opened_as(published("USN-1-1", "2026-01-13T08:00:00Z"), json!({}))
        .released_as(json!({"version": "1.1", "import_left": 0, "fixed": [{"notice": "USN-1-1",
            "evidence": [], "via": null}]}));
    assert_eq!(legs(&[app(&["1.0", "1.0", "1.1"]).history(), rootfs.history()])[0].picked_up, []);
}

/// A log of any of these; the product may contain the other one.
fn story(product: &str, steps: &[(u8, u8, i64, bool)]) -> History {
    let contains = |n: u8| if product == "app" { json!({"rootfs": format!("1.{}", n % 9)}) } else { json!({}) };
    let mut told = StatusFixture::of(product);
    for (at, (kind, n, pause, odd)) in steps.iter().enumerate() {
        let id = format!("USN-{}-1", n % 5 + 1);
        let notice = published(&id, ["2026-01-12T10:00:00Z", "2026-01-15T00:00:00Z"][usize::from(*odd)]);
        told =
            told.after(*pause).by(if *odd { By::default() } else { By { job: Some("a".to_owned()), ..By::default() } });
        told = match kind % 5 {
            0 | 1 => told.opened_as(notice, json!({"opening": at + 1, "shown": n % 7 != 0, "priority": "low"})),
            2 => told.answered(&id, if *odd { "affected" } else { "under_investigation" }, "so", None),
            _ => {
                let fixed = json!([{"notice": id, "evidence": [], "via": null}]);
                told.released_as(json!({"version": format!("1.{at}"), "includes": contains(*n), "fixed": fixed}))
            }
        };
    }
    told.history()
}

/// The same by looking through everything for each notice.
fn plainly(state: &StatusState<'_>, which: usize) -> (Vec<SignedDuration>, Vec<SignedDuration>) {
    let product = &state.products[which];
    let events = product.history.events();
    let released: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.body {
            Body::Released(released) => Some((event, released)),
            _ => None,
        })
        .collect();
    let of_one_import = |at: Timestamp, by: &By| released.iter().filter(|(e, _)| e.at == at && e.by == *by).count() > 1;
    let length = |from: Timestamp, to: Timestamp| to.duration_since(from).max(SignedDuration::ZERO);
    let mut noticed = Vec::new();
    for case in product.cases.values() {
        let first = events.iter().find_map(|event| match &event.body {
            Body::Opened(opened) if opened.notice.id == case.id() => Some((event, opened)),
            _ => None,
        });
        let Some((event, opened)) = first else { continue };
        let out = case.notice.published.instant();
        if opened.shown && out >= events[0].at && !of_one_import(event.at, &event.by) {
            noticed.push(length(out, event.at));
        }
    }
    let mut picked_up = Vec::new();
    for inner in state.products.iter().filter(|inner| inner.name() != product.name()) {
        let with: Vec<_> =
            released.iter().filter_map(|(e, r)| Some((*e, r.includes.get(&inner.name().product)?))).collect();
        for case in inner.cases.values() {
            let Some(fixed) = case.fixed else { continue };
            let is_imported = |(moment, released): &(crate::tracker::Moment, &crate::tracker::Released)| {
                released.version == *fixed.version && inner.imported.contains(&moment.seq)
            };
            let first = with.iter().position(|(_, version)| version.compare(fixed.version).is_ge());
            if let (Some(at), Some(recorded)) = (first.filter(|at| *at > 0), fixed.released)
                && !inner.releases.iter().any(is_imported)
                && !of_one_import(with[at].0.at, &with[at].0.by)
            {
                picked_up.push(length(recorded.max(case.notice.published.instant()), with[at].0.at));
            }
        }
    }
    (noticed, picked_up)
}

proptest! {
    #[test]
    fn the_legs_of_any_story_are_those_of_a_plain_calculation(
        rootfs in prop::collection::vec((any::<u8>(), any::<u8>(), -30_i64..40, any::<bool>()), 0..25),
        app in prop::collection::vec((any::<u8>(), any::<u8>(), -30_i64..40, any::<bool>()), 0..25),
    ) {
        let histories = [story("rootfs", &rootfs), story("app", &app)];
        let (shipped, targets) = (Shipped::new(), Targets::default());
        let state = StatusState::of(&histories, &shipped, &targets);
        let found = Legs::of(&state.products, &state.partners);
        for (which, legs) in found.iter().enumerate() {
            let sorted = |times: &[LegTime]| {
                let mut lengths: Vec<SignedDuration> = times.iter().map(|time| time.length).collect();
                lengths.sort();
                lengths
            };
            let (mut noticed, mut picked_up) = plainly(&state, which);
            noticed.sort();
            picked_up.sort();
            prop_assert_eq!(sorted(&legs.noticed), noticed);
            prop_assert_eq!(sorted(&legs.picked_up), picked_up);
            // Whoever was put before the team and is fixed has a time in all.
            prop_assert!(legs.opened.len() <= legs.published.len());
        }
        prop_assert_eq!(&Legs::of(&state.products, &state.partners), &found);
    }

    #[test]
    fn half_took_no_longer_than_the_median_and_nine_of_ten_no_longer_than_the_ninetieth_percentile(
        minutes in prop::collection::vec(0_i64..100_000, 1..200),
    ) {
        let spread = super::fix_time::Spread::of(minutes.iter().map(|m| SignedDuration::from_mins(*m * 6))).expect("some");
        // The length is the shortest that so many tenths of all don't exceed.
        let naive = |tenths: usize| minutes.iter().copied().filter(|bound| {
            minutes.iter().filter(|one| *one <= bound).count() * 10 >= minutes.len() * tenths
        }).min();
        let exact = |hours: f64| (hours * 10.0).round();
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let expected = [5, 9].map(|tenths| naive(tenths).expect("some") as f64);
        prop_assert_eq!([exact(spread.median_hours), exact(spread.p90_hours)], expected);
        prop_assert_eq!(spread.count, minutes.len());
    }
}
