//! Random histories of notices, releases, answers and mishaps.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};

use crate::model::team::{Filters, Team};
use crate::model::world::World;
use crate::support::upstream::{Fix, Notice, Upstream};

pub(crate) const PACKAGES: [&str; 3] = ["libssl3", "curl", "python3"];
pub(crate) const NOTICES: usize = 6;

/// Something that happens. Numbers stand for notices and resources, modulo how many there are.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    Hours(i64),
    /// A pipeline that is paused, say.
    Weeks(i64),
    /// A notice becomes visible, hours after it was published if it is its first time.
    Appears {
        notice: usize,
        late: i64,
        in_oval: bool,
        in_api: bool,
    },
    Vanishes(usize),
    Rated {
        notice: usize,
        priority: usize,
        severity: usize,
    },
    /// The notice asks for another version of its first package.
    Corrected {
        notice: usize,
        version: u8,
    },
    Check {
        team: usize,
        lost: bool,
    },
    AllCheck,
    Reset {
        team: usize,
        days: Option<i64>,
    },
    ContainersAreLost,
    Release {
        higher: bool,
        packages: Option<[u8; 3]>,
        named: Option<usize>,
        by: usize,
    },
    Answered {
        notice: usize,
        hours: Option<i64>,
        by: usize,
    },
    TakenBack(usize),
    Upstream {
        oval_is_down: bool,
        api_is_down: bool,
    },
}

pub(crate) fn happening() -> impl Strategy<Value = Happening> {
    use Happening::*;
    let notice = || 0..NOTICES;
    prop_oneof![
        4 => (1..40i64).prop_map(Hours),
        1 => (1..5i64).prop_map(Weeks),
        10 => (notice(), 0..100i64, 1..4u8).prop_map(|(notice, late, sources)| {
            Appears { notice, late, in_oval: sources & 1 > 0, in_api: sources & 2 > 0 }
        }),
        2 => notice().prop_map(Vanishes),
        4 => (notice(), 2..6usize, 0..5usize).prop_map(|(notice, priority, severity)| Rated { notice, priority, severity }),
        1 => (notice(), 1..5u8).prop_map(|(notice, version)| Corrected { notice, version }),
        8 => (0..3usize, prop::bool::weighted(0.1)).prop_map(|(team, lost)| Check { team, lost }),
        4 => Just(AllCheck),
        1 => (0..3usize, prop::option::of(1..30i64)).prop_map(|(team, days)| Reset { team, days }),
        2 => Just(ContainersAreLost),
        5 => (any::<bool>(), prop::option::weighted(0.7, prop::array::uniform3(0..5u8)), prop::option::weighted(0.3, notice()), 0..6usize)
            .prop_map(|(higher, packages, named, by)| Release { higher, packages, named, by }),
        2 => (notice(), prop::option::of(-5..200i64), 0..6usize).prop_map(|(notice, hours, by)| Answered { notice, hours, by }),
        2 => notice().prop_map(TakenBack),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(oval_is_down, api_is_down)| Upstream { oval_is_down, api_is_down }),
    ]
}

/// A notice as it will be when it appears.
fn notice() -> impl Strategy<Value = Notice> {
    let fixes = vec((0..PACKAGES.len(), 1..5u8, prop::bool::weighted(0.15)), 1..3);
    (prop_oneof![1 => 0..3usize, 4 => 3..6usize], 0..5usize, fixes).prop_map(|(priority, severity, fixes)| {
        let mut fixes: Vec<Fix> = fixes
            .into_iter()
            .map(|(package, version, pro)| Fix { package: PACKAGES[package], version: written(version), pro })
            .collect();
        fixes.sort_by_key(|fix| fix.package);
        fixes.dedup_by_key(|fix| fix.package);
        Notice { id: String::new(), published: None, in_oval: false, in_api: false, priority, severity, fixes }
    })
}

pub(crate) fn written(version: u8) -> String {
    format!("1.{version}-1ubuntu0.{version}")
}

/// Notices whose numbers don't follow the order in which they appear.
pub(crate) fn notices() -> impl Strategy<Value = Vec<Notice>> {
    (vec(notice(), NOTICES), Just((0..NOTICES).collect::<Vec<_>>()).prop_shuffle()).prop_map(|(mut notices, order)| {
        for (notice, number) in notices.iter_mut().zip(order) {
            notice.id = format!("USN-{}-1", 7990 + 3 * number);
        }
        notices
    })
}

/// The resources on one log.
pub(crate) fn teams() -> impl Strategy<Value = Vec<Filters>> {
    let only = |priorities: &[&'static str]| Filters { priorities: priorities.to_vec(), ..Filters::default() };
    let grave = only(&["high", "critical"]);
    prop_oneof![
        Just(vec![grave.clone()]),
        Just(vec![grave.clone(), only(&["low", "medium"])]),
        Just(vec![
            grave.clone(),
            Filters { packages: Some(vec!["curl", "python3"]), ..only(&["medium", "high"]) },
            Filters { severities: vec!["critical"], ignored: vec!["curl"], pro: true, ..only(&["low"]) },
        ]),
        Just(vec![only(&["unknown", "high"]), Filters { severities: vec!["high", "critical"], ..grave.clone() }]),
    ]
}

pub(crate) fn world(filters: Vec<Filters>, notices: Vec<Notice>) -> World {
    World::new(
        |folder| Upstream::new(folder, notices.clone()),
        |container| filters.iter().enumerate().map(|(at, filters)| Team::new(filters.clone(), container(at))).collect(),
    )
}

impl World {
    pub(crate) fn happens(&mut self, happening: &Happening) {
        let count = self.teams.len();
        let now = self.now;
        match *happening {
            Happening::Hours(hours) => self.wait(hours),
            Happening::Weeks(weeks) => self.wait(weeks * 7 * 24),
            Happening::Appears { notice, late, in_oval, in_api } => {
                let notice = &mut self.upstream.notices[notice];
                notice.published.get_or_insert(now - jiff::SignedDuration::from_hours(late));
                (notice.in_oval, notice.in_api) = (in_oval, in_api);
            }
            Happening::Vanishes(notice) => {
                let notice = &mut self.upstream.notices[notice];
                (notice.in_oval, notice.in_api) = (false, false);
            }
            Happening::Rated { notice, priority, severity } => {
                let notice = &mut self.upstream.notices[notice];
                (notice.priority, notice.severity) = (priority, severity);
            }
            Happening::Corrected { notice, version } => {
                self.upstream.notices[notice].fixes[0].version = written(version);
            }
            Happening::Check { team, lost } => self.check(team % count, lost),
            Happening::AllCheck => (0..count).for_each(|team| self.check(team, false)),
            Happening::Reset { team, days } => {
                let team = &mut self.teams[team % count];
                team.window = days.map_or(team.window, |days| jiff::SignedDuration::from_hours(days * 24));
                team.reset();
            }
            Happening::ContainersAreLost => self.teams.iter().for_each(Team::lose_container),
            Happening::Release { higher, packages, named, by } => {
                let packages = packages.map(installed);
                let named: Vec<String> = named.map(|at| self.upstream.notices[at].id.clone()).into_iter().collect();
                let put = self.release(higher, packages.as_deref(), &named, self.emitter(by));
                self.put(put);
            }
            Happening::Answered { notice, hours, by } => {
                let notice = self.upstream.notices[notice].id.clone();
                let put = self.answer(&notice, hours, self.emitter(by));
                self.put(put);
            }
            Happening::TakenBack(notice) => {
                let notice = self.upstream.notices[notice].id.clone();
                if self.record.openings.contains_key(&notice) && self.record.releases().next().is_some() {
                    let put = self.takes_back(&notice);
                    self.put(put);
                }
            }
            Happening::Upstream { oval_is_down, api_is_down } => {
                (self.upstream.oval_is_down, self.upstream.api_is_down) = (oval_is_down, api_is_down);
            }
        }
    }

    /// The resource to put by: one that emits releases, as is usual, or a lonely one that emits notices. With several on one
    /// log, what one of them opened is not known yet to Concourse as a version of the others.
    fn emitter(&self, by: usize) -> Option<usize> {
        // Nor is what a lost answer told.
        (by == 0 && self.teams.len() == 1 && !self.teams[0].was_lost && self.teams[0].concourse.given().is_some())
            .then_some(0)
    }
}

fn installed(versions: [u8; 3]) -> Vec<(&'static str, String)> {
    let present = PACKAGES.into_iter().zip(versions).filter(|(_, version)| *version > 0);
    present.map(|(name, version)| (name, written(version))).chain([("base-files", "12".to_owned())]).collect()
}

/// Runs a property with cases that are the same each time. `MODEL_SEED` gives others, `MODEL_CASES` more.
pub(crate) fn holds<S: Strategy>(cases: u32, seed: u64, strategy: &S, property: impl Fn(S::Value)) {
    let given = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = given("MODEL_SEED").unwrap_or(seed);
    let cases = given("MODEL_CASES").map_or(cases, |cases| cases as u32);
    println!("{cases} cases from MODEL_SEED={seed}");
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 3000,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(strategy, |value| {
        property(value);
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, history)) => panic!("MODEL_SEED={seed}: {why}\nin {history:?}"),
        Err(failure) => panic!("MODEL_SEED={seed}: {failure}"),
    }
}

#[test]
fn with_a_tracker_every_opening_becomes_the_newest_version_exactly_once() {
    let histories = (teams(), notices(), vec(happening(), 20..70));
    holds(120, 1, &histories, |(filters, notices, happenings)| {
        let mut world = world(filters, notices);
        // Most teams record first what runs today; until one does, its log is empty.
        if happenings.len() % 4 > 0 {
            world.begins();
        }
        happenings.iter().for_each(|happening| world.happens(happening));
        world.settle();
    });
}

/// The same without what only a tracker knows.
fn without_tracker(containers_are_lost: bool) -> impl Fn((Vec<Notice>, Vec<Happening>)) {
    move |(notices, happenings)| {
        let filters = Filters { priorities: vec!["high", "critical"], ..Filters::default() };
        let mut world = world(vec![filters], notices);
        world.teams[0].window = jiff::SignedDuration::from_hours(10_000 * 24);
        for happening in &happenings {
            match happening {
                Happening::Check { .. } | Happening::AllCheck => world.check_untracked(0),
                Happening::ContainersAreLost if !containers_are_lost => {}
                Happening::Release { .. }
                | Happening::Answered { .. }
                | Happening::TakenBack(_)
                | Happening::Reset { .. } => {}
                other => world.happens(other),
            }
        }
        world.settle_untracked(!containers_are_lost);
    }
}

#[test]
fn without_a_tracker_every_notice_becomes_the_newest_version_once_as_long_as_the_container_lives() {
    holds(60, 2, &(notices(), vec(happening(), 20..60)), without_tracker(false));
}

#[test]
fn without_a_tracker_and_with_a_lost_container_no_job_runs_twice() {
    holds(40, 3, &(notices(), vec(happening(), 20..60)), without_tracker(true));
}
