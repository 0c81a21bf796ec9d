//! Histories that random ones hit too rarely, each of which lost a notice once or started a build for nothing.

use jiff::SignedDuration;

use crate::model::team::{Filters, Team};
use crate::model::world::World;
use crate::support::upstream::{Fix, Notice, PRIORITIES, Upstream};

/// A notice of `curl`, fixed in 1.5.
fn notice(id: &str) -> Notice {
    let fix = Fix { package: "curl", version: "1.5".to_owned(), pro: false };
    Notice {
        id: id.to_owned(),
        published: None,
        in_oval: false,
        in_api: false,
        priority: 0,
        severity: 0,
        fixes: vec![fix],
    }
}

/// Resources with these priorities, a window of ten days and four notices to come.
fn world(priorities: &[&[&'static str]]) -> World {
    let notices = ["USN-7001-1", "USN-7002-1", "USN-7003-1", "USN-7004-1"].map(notice).to_vec();
    let filters = |words: &[&'static str]| Filters { priorities: words.to_vec(), ..Filters::default() };
    let mut world = World::new(
        |folder| Upstream::new(folder, notices),
        |container| priorities.iter().enumerate().map(|(at, words)| Team::new(filters(words), container(at))).collect(),
    );
    world.begins();
    world
}

impl World {
    fn appears(&mut self, notice: usize, priority: &str) {
        self.upstream.notices[notice].published = Some(self.now - SignedDuration::from_hours(1));
        self.upstream.notices[notice].in_oval = true;
        self.is_rated(notice, priority);
    }

    fn is_rated(&mut self, notice: usize, priority: &str) {
        self.upstream.notices[notice].priority = PRIORITIES.iter().position(|word| *word == priority).expect("a word");
    }

    fn ships(&mut self, curl: &str) {
        let put = self.release(true, Some(&[("curl", curl.to_owned())]), &[], None);
        assert!(self.put(put));
    }

    fn has_emitted(&self, team: usize, notice: usize) -> bool {
        let version = [("notice".to_owned(), self.upstream.notices[notice].id.clone())].into();
        self.teams[team].concourse.knows(&version)
    }
}

#[test]
fn a_notice_that_is_open_for_others_is_emitted_when_it_becomes_graver_however_old() {
    let mut world = world(&[&["high"], &["medium"]]);
    world.appears(0, "medium");
    world.check(1, false);
    world.wait(20 * 24);
    world.is_rated(0, "high");
    world.settle();
    assert!(world.has_emitted(0, 0));
}

#[test]
fn an_answer_runs_out_however_old_the_notice_is() {
    let mut world = world(&[&["high"]]);
    world.appears(0, "high");
    world.check(0, false);
    let answer = world.answer("USN-7001-1", Some(20 * 24), Some(0));
    assert!(world.put(answer));
    world.wait(21 * 24);
    world.settle();
}

#[test]
fn another_resource_with_overlapping_filters_does_not_move_the_window_of_a_paused_one() {
    let mut world = world(&[&["high", "critical"], &["medium", "high"]]);
    world.appears(0, "high");
    world.check(0, false);
    world.wait(24);
    world.appears(1, "critical");
    world.wait(30 * 24);
    world.appears(2, "high");
    world.check(1, false);
    world.settle();
    assert!(world.has_emitted(0, 1));
}

#[test]
fn a_notice_that_is_known_as_fixed_beforehand_is_emitted_when_others_open_it_under_the_same_number() {
    let mut world = world(&[&["high"], &["medium"]]);
    world.ships("1.5");
    world.appears(0, "high");
    world.check(0, false);
    let answer = world.answer("USN-7001-1", None, None);
    assert!(world.put(answer));
    world.ships("1.4");
    world.is_rated(0, "medium");
    world.check(1, false);
    world.is_rated(0, "high");
    world.settle();
    assert!(world.has_emitted(0, 0));
}

#[test]
fn a_put_that_opens_a_notice_answers_with_one_that_concourse_knows() {
    let mut world = world(&[&["high"]]);
    world.appears(0, "high");
    world.check(0, false);
    world.appears(1, "high");
    for _ in 0..2 {
        let put = world.release(true, None, &["USN-7002-1".to_owned()], Some(0));
        assert!(world.put(put));
    }
    world.settle();
    assert!(!world.has_emitted(0, 1), "it was closed at once, so nobody need look at it");
}

#[test]
fn a_notice_that_a_put_opens_and_shows_fixed_is_put_before_nobody() {
    let mut world = world(&[&["high"]]);
    world.appears(0, "high");
    world.check(0, false);
    world.appears(1, "high");
    let put = world.release(true, Some(&[("curl", "1.5".to_owned())]), &["USN-7002-1".to_owned()], Some(0));
    assert!(world.put(put));
    world.settle();
    assert!(!world.has_emitted(0, 1));
}

#[test]
fn nothing_is_opened_in_an_empty_log() {
    let notices = vec![notice("USN-7001-1")];
    let mut world = World::new(
        |folder| Upstream::new(folder, notices),
        |container| vec![Team::new(Filters { priorities: vec!["high"], ..Filters::default() }, container(0))],
    );
    world.appears(0, "high");
    (0..3).for_each(|_| world.check(0, false));
    assert!(world.record.events.is_empty());
    world.begins();
    world.settle();
    assert!(world.has_emitted(0, 0));
}

#[test]
fn an_answer_that_is_taken_back_and_one_that_runs_out_open_what_no_source_tells_any_more() {
    for hours in [None, Some(30)] {
        let mut world = world(&[&["high"]]);
        world.appears(0, "high");
        world.check(0, false);
        let answer = world.answer("USN-7001-1", hours, None);
        assert!(world.put(answer));
        (world.upstream.notices[0].in_oval, world.upstream.notices[0].in_api) = (false, false);
        world.check(0, false);
        assert_eq!(world.record.openings["USN-7001-1"].len(), 1, "the answer holds");
        world.wait(40);
        if hours.is_none() {
            let put = world.takes_back("USN-7001-1");
            assert!(world.put(put));
        }
        world.settle();
        assert_eq!(world.record.openings["USN-7001-1"].len(), 2);
        world.settle();
        assert_eq!(world.record.openings["USN-7001-1"].len(), 2, "once");
    }
}

#[test]
fn sources_that_contradict_each_other_do_not_write_in_turns() {
    let mut world = world(&[&["high"], &["high"]]);
    world.ships("1.4");
    world.appears(0, "high");
    let mut lengths = Vec::new();
    for turn in 0..12 {
        world.upstream.notices[0].fixes[0].version = if turn % 2 == 0 { "1.5" } else { "1.3" }.to_owned();
        world.check(turn % 2, false);
        lengths.push(world.record.events.len());
        world.wait(2);
    }
    assert_eq!(lengths[4..], vec![lengths[4]; 8], "{lengths:?}");
}

#[test]
fn an_answer_runs_out_for_a_notice_that_the_list_holds_only_beyond_the_window() {
    let mut world = world(&[&["high"]]);
    world.appears(0, "high");
    (world.upstream.notices[0].in_oval, world.upstream.notices[0].in_api) = (false, true);
    world.check(0, false);
    let answer = world.answer("USN-7001-1", Some(20 * 24), None);
    assert!(world.put(answer));
    world.appears(1, "high");
    world.wait(21 * 24);
    world.teams[0].lose_container();
    world.settle();
    assert_eq!(world.record.openings["USN-7001-1"].len(), 2);
    let second = [("notice", "USN-7001-1"), ("opening", "2")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert!(world.teams[0].concourse.knows(&second.into()), "with the rating that the log was told");
}
