//! Years of the pipelines of this repository in a model of Concourse's scheduler: their jobs run, and the steps in them are
//! ours. Whatever goes wrong and whatever people run again, no notice stays without a build, none has two for the same reason,
//! no fix is claimed without evidence, and what is published under a version speaks of that version.
//!
//! A seed that fails is run again with `SCHEDULER_SEED=<seed> cargo test --test years`; `SCHEDULER_SEEDS` gives more.

mod build;
mod claims;
mod concourse;
mod distribution;
mod inputs;
mod issues;
mod others;
mod people;
mod plan;
mod resource;
mod runner;
mod stories;
mod tasks;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::{SignedDuration, Timestamp};

use runner::Runner;
use world::{TICK, World};

/// The pipelines of three products, of which the last contains the first.
const PIPELINES: [&str; 3] = ["rootfs", "stemcell", "dependents"];

/// So many days with so many notices.
fn live(names: &[&str], seed: u64, days: i64, notices: usize, start: Timestamp, runner: Runner) -> World {
    let mut world = World::new(names, seed, start, runner);
    // Unpaused at once, as it happens: there are notices, the logs are empty, and so nothing is opened and nothing built.
    let now = world.now;
    world.distribution.burst(now, 2.min(notices));
    (0..3).for_each(|_| world.tick());
    assert!(world.pipelines.iter().all(|pipeline| pipeline.builds.is_empty()), "a build before anything was recorded");
    world.record_what_runs_today();
    world.trouble = true;
    for tick in 0..days * 24 / TICK.as_hours() {
        // In bursts, as they come.
        let due = notices * usize::try_from(tick).expect("a number")
            / usize::try_from(days * 24 / TICK.as_hours()).expect("a number");
        if world.distribution.published < due && world.rng.u32(0..14) == 0 {
            let now = world.now;
            let count = due - world.distribution.published;
            world.distribution.burst(now, count);
        }
        world.tick();
    }
    let (now, rest) = (world.now, notices - world.distribution.published);
    world.distribution.burst(now, rest);
    // Long enough for reminders; the binaries' clock stands nearly still, so there are none.
    world.settle(if days > 30 { 45 } else { 12 });
    world
}

fn given(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Runs the first so many seeds, or the one that the environment names.
fn seeds(count: u64, live: impl Fn(u64) -> World + Sync) {
    let seeds: Vec<u64> = given("SCHEDULER_SEED").map_or_else(|| (1..=count).collect(), |seed| vec![seed]);
    let halves: Vec<&[u64]> = seeds.chunks(seeds.len().div_ceil(2).max(1)).collect();
    let live = &live;
    std::thread::scope(|scope| {
        for seeds in halves {
            scope.spawn(move || {
                for seed in seeds {
                    match catch_unwind(AssertUnwindSafe(|| live(*seed))) {
                        Ok(world) => println!("seed {seed}: {}", world.summary()),
                        Err(_) => panic!("run it again: SCHEDULER_SEED={seed} cargo test --test years"),
                    }
                }
            });
        }
    });
}

impl World {
    fn summary(&self) -> String {
        let builds: usize = self.pipelines.iter().map(|pipeline| pipeline.builds.len()).sum();
        format!(
            "{} notices, {} events, {builds} builds, {} published, {:?}",
            self.distribution.published,
            self.events(),
            self.published.len(),
            self.troubles
        )
    }
}

#[test]
fn a_year_of_trouble_loses_nothing_and_claims_nothing() {
    let start = "2026-01-01T00:00:00Z".parse().expect("a time");
    // A year takes a minute where the code is not optimised, so there are few; ci/test has fifty.
    seeds(given("SCHEDULER_SEEDS").unwrap_or(2), |seed| live(&PIPELINES, seed, 365, 1000, start, Runner::InProcess));
}

#[test]
fn months_of_trouble_lose_nothing_and_claim_nothing() {
    let start = "2026-01-01T00:00:00Z".parse().expect("a time");
    seeds(1, |seed| live(&["monthly"], seed, 120, 100, start, Runner::InProcess));
}

/// The binaries go by the real clock, so their week is the last one.
#[test]
fn a_week_of_the_binaries_loses_nothing_and_claims_nothing() {
    let start = Timestamp::now() - SignedDuration::from_hours(7 * 24);
    seeds(2, |seed| live(&PIPELINES, seed, 7, 60, start, Runner::Binaries));
}
