//! A year of the pipeline of a backlog: people answer, close, edit and delete at random, builds are stopped, and the server
//! fails now and then.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::runner::Runner;
use super::world::{TICK, World};
use super::{given, seeds};
use crate::support::github::{Comment, Issue, Mishap};
use crate::support::server::Reply;

const BOT: &str = "davos-bot";

/// What an issue is about, as its mark says.
fn key(issue: &Issue) -> Option<&str> {
    issue.body.split("<!-- davos cflinuxfs4 ").nth(1)?.split(' ').next()
}

fn is_ours(issue: &Issue) -> bool {
    issue.by == BOT && key(issue).is_some()
}

impl World {
    /// Somebody does something at an issue.
    fn people_act_on_issues(&mut self) {
        let mut github = self.github.world();
        github.now = github.now.max(self.now);
        if self.rng.u32(0..3) != 0 {
            return;
        }
        let numbers: Vec<u64> = github.issues.keys().copied().collect();
        let Some(&number) = numbers.get(self.rng.usize(0..numbers.len().max(1))) else { return };
        match self.rng.u32(0..14) {
            0 | 1 => {
                let until = (self.now + TICK * self.rng.i32(6..120)).strftime("%Y-%m-%d");
                github.comment("alice", number, &format!("/davos not_affected: not run until {until}"));
            }
            2 => _ = github.comment("alice", number, "/davos under_investigation"),
            3 => _ = github.comment("alice", number, "/davos what"),
            4 => _ = github.comment("mallory", number, "/davos wont_fix: mine"),
            5 => github.label("alice", number, "not affected"),
            6 => github.edit(number, |issue| issue.labels.clear()),
            7 => github.set_state(number, "closed", Some("completed")),
            8 => github.set_state(number, "open", None),
            9 => github
                .edit(number, |issue| issue.body = format!("note\r\n{}\r\nmine", issue.body.replace('\n', "\r\n"))),
            10 => github.edit(number, |issue| issue.title = "ours".to_owned()),
            11 => {
                let nth = self.rng.usize(0..github.issues[&number].comments.len().max(1));
                github.edit(number, |issue| {
                    if nth < issue.comments.len() {
                        issue.comments.remove(nth);
                    }
                });
            }
            12 => drop(github.issues.remove(&number)),
            _ => {
                let reply = Reply::new(502, "{}");
                let method = *self.rng.choice(&["POST", "PATCH"]).expect("a method");
                let is_done = self.rng.bool();
                github.mishaps.push_back(Mishap { method, path_ends: "", reply, is_done });
            }
        }
        drop(github);
        self.look_at_issues_again();
    }

    fn look_at_issues_again(&mut self) {
        let resources = self.pipelines.iter_mut().flat_map(|pipeline| pipeline.resources.values_mut());
        resources.filter(|resource| resource.source["emit"] == "backlog").for_each(|resource| resource.stale = true);
    }

    fn synchronisations(&self) -> usize {
        let builds = self.pipelines.iter().flat_map(|pipeline| &pipeline.builds);
        builds.filter(|build| build.job == "synchronise").count()
    }

    /// The notices that are open by the log.
    fn open_notices(&self) -> BTreeSet<String> {
        let store = davos::store::FileStore::new(self.tracker());
        let folder = tempfile::tempdir().expect("a folder");
        let product = "cflinuxfs4".parse().expect("a name");
        let log = davos::tracker::Log::read(&store, &product, folder.path()).expect("a log");
        log.state().open(self.now).map(|id| id.to_string()).collect()
    }

    /// Each notice that is open has one issue, which is open unless people closed it; each command has one answer, and each
    /// answer of the log was said once, by who may.
    fn issues_are_in_order(&self) {
        let github = self.github.world();
        let mut issues: BTreeMap<&str, Vec<&Issue>> = BTreeMap::new();
        for issue in github.issues.values().filter(|issue| is_ours(issue) && !issue.body.contains(" s=duplicate ")) {
            issues.entry(key(issue).expect("a key")).or_default().push(issue);
        }
        for (key, issues) in &issues {
            assert_eq!(issues.len(), 1, "{key} has several issues");
        }
        for open in self.open_notices() {
            assert!(issues.contains_key(open.as_str()), "{open} has no issue");
        }
        let mark =
            |comment: &Comment| comment.body.rsplit_once("<!-- davos: ").map(|(_, mark)| mark.replace(" -->", ""));
        for issue in github.issues.values().filter(|issue| is_ours(issue)) {
            let ours = issue.comments.iter().filter(|comment| comment.by == BOT);
            let marks: Vec<String> = ours.filter_map(mark).collect();
            let distinct: BTreeSet<&String> = marks.iter().collect();
            assert_eq!(marks.len(), distinct.len(), "#{}: something is said twice: {marks:?}", issue.number);
        }
        let said: Vec<String> = self
            .log("cflinuxfs4")
            .iter()
            .filter_map(|event| {
                let said = event["answered"].get("said")?;
                assert_eq!(said["by"], "alice", "only she may");
                Some(said["id"].to_string())
            })
            .collect();
        assert_eq!(said.len(), said.iter().collect::<BTreeSet<_>>().len(), "an answer was recorded twice");
    }

    /// A command of somebody who may is recorded or answered by the next synchronisations, whatever becomes of it.
    fn last_words_are_heard(&mut self) {
        let last: Vec<(u64, u64)> = {
            let mut github = self.github.world();
            github.now = github.now.max(self.now);
            let numbers: Vec<u64> =
                github.issues.values().filter(|issue| is_ours(issue)).map(|issue| issue.number).collect();
            numbers
                .into_iter()
                .map(|number| (number, github.comment("alice", number, "/davos affected: the last word")))
                .collect()
        };
        self.look_at_issues_again();
        (0..6).for_each(|_| self.tick());
        let github = self.github.world();
        for (number, id) in last {
            let is_answer = |comment: &Comment| comment.body.contains(&format!("<!-- davos: re:{id} -->"));
            let answers = github.issues[&number].comments.iter().filter(|comment| is_answer(comment)).count();
            assert_eq!(answers, 1, "#{number}");
        }
    }
}

fn live(seed: u64, days: i32) -> World {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    let mut world = World::new(&["rootfs", "backlog"], seed, start, Runner::InProcess);
    world.record_what_runs_today();
    let ticks = days * 24 / i32::try_from(TICK.as_hours()).expect("a number");
    for tick in 0..ticks {
        if world.rng.u32(0..12) == 0 {
            let (now, count) = (world.now, world.rng.usize(1..6));
            world.distribution.burst(now, count);
        }
        world.trouble = tick % 60 > 20;
        world.people_act_on_issues();
        world.tick();
    }
    world.trouble = false;
    world.github.world().mishaps.clear();
    // What people deleted is seen within the hour by a container that remembers, and at once by another one.
    world.look_at_issues_again();
    (0..30).for_each(|_| world.tick());
    world.issues_are_in_order();
    world.last_words_are_heard();
    world.issues_are_in_order();
    // Nothing oscillates. What runs out by itself may still be work.
    let builds = world.synchronisations();
    for _ in 0..12 {
        world.look_at_issues_again();
        world.tick();
    }
    let more = world.synchronisations() - builds;
    assert!(more <= 2, "{more} synchronisations without anything that happened");
    let (issues, answers) = {
        let log = world.log("cflinuxfs4");
        let answers = log.iter().filter(|event| !event["answered"]["said"].is_null()).count();
        (world.github.world().issues.len(), answers)
    };
    println!("{} synchronisations, {issues} issues, {answers} answers from issues", world.synchronisations());
    assert!(world.synchronisations() > 10 && issues > 10 && answers > 3, "there was something to do");
    world
}

#[test]
fn a_year_of_issues_loses_no_notice_and_no_answer() {
    let days = given("BACKLOG_DAYS").and_then(|days| i32::try_from(days).ok()).unwrap_or(365);
    // ci/nightly has fifty.
    seeds(given("SCHEDULER_SEEDS").unwrap_or(1), |seed| live(seed, days));
}
