//! A year with people who answer, close, edit, label and delete at random, a server that fails now and then, and builds that are
//! killed: every notice has its issue, each answer is recorded once, and nothing oscillates.

use std::collections::BTreeSet;
use std::path::Path;

use davos::store::FileStore;
use davos::tracker::{Log, Stand};
use fastrand::Rng;
use serde_json::{Value, json};

use crate::backlog::team::{Team, time};
use crate::support::github::Mishap;
use crate::support::server::Reply;

struct Year {
    team: Team,
    random: Rng,
    opened: u32,
    /// The version of the last release, and of gorouter in it.
    release: (u32, u32),
    /// The comments that have to be recorded by the next synchronisation.
    expected: BTreeSet<u64>,
}

/// The notices that are open at this time, and those that are settled.
fn open_and_settled(tracker: &Path, day: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let store = FileStore::new(tracker.to_owned());
    let folder = tempfile::tempdir().expect("a folder");
    let log = Log::read(&store, &"rootfs".parse().expect("a name"), folder.path()).expect("a log");
    let now = time(day);
    let settled =
        log.state().timelines().iter().filter(|(_, timeline)| matches!(timeline.stand(now), Stand::Settled(_)));
    (log.state().open(now).map(|id| id.to_string()).collect(), settled.map(|(id, _)| id.to_string()).collect())
}

/// The notice of an issue, as its mark says.
fn key(body: &str) -> Option<String> {
    Some(body.split("<!-- davos rootfs ").nth(1)?.split(' ').next()?.to_owned())
}

impl Year {
    fn log_grows(&mut self, day: &str) {
        match self.random.u32(0..10) {
            0..3 => {
                self.opened += 1;
                let needed = self.release.1 + self.random.u32(1..4);
                let priority = if self.random.bool() { "high" } else { "critical" };
                self.team.open(&format!("x_N-{}", self.opened), priority, &format!("0.{needed}"));
            }
            3 => {
                self.release = (self.release.0 + 1, self.release.1 + self.random.u32(0..3));
                self.team.release(&format!("1.{}", self.release.0), &format!("0.{}", self.release.1), &Value::Null);
            }
            4 if self.opened > 0 => {
                let notice = format!("x_N-{}", self.random.u32(1..=self.opened));
                let (_, settled) = open_and_settled(&self.team.tracker(), day);
                if !settled.contains(&notice) {
                    let status = if self.random.bool() { "affected" } else { "under_investigation" };
                    self.team.answer(day, &json!({"notice": notice, "status": status, "statement": "in the pipeline"}));
                }
            }
            // It became graver.
            5 if self.opened > 0 => {
                let nth = self.random.u32(1..=self.opened);
                self.team.open(&format!("x_N-{nth}"), "critical", &format!("0.{}", self.release.1 + 2));
            }
            _ => {}
        }
    }

    fn people_act(&mut self, day: &str) {
        let (_, settled) = open_and_settled(&self.team.tracker(), day);
        let mut world = self.team.github.world();
        world.pass(60);
        for _ in 0..self.random.u32(0..4) {
            let numbers: Vec<u64> = world.issues.keys().copied().collect();
            let Some(&number) = numbers.get(self.random.usize(0..numbers.len().max(1))) else { return };
            let is_ours = world.issues[&number].by == "davos-bot";
            let notice = key(&world.issues[&number].body).filter(|_| is_ours);
            let counts = notice.as_ref().is_some_and(|notice| !settled.contains(notice));
            match self.random.u32(0..14) {
                0 | 1 => {
                    let ends = (time(day) + jiff::SignedDuration::from_hours(24 * self.random.i64(2..20)))
                        .strftime("%Y-%m-%d");
                    let until = if self.random.bool() { format!(" until {ends}") } else { String::new() };
                    let id = world.comment("alice", number, &format!("/davos not_affected: not run{until}"));
                    self.expected.extend(Some(id).filter(|_| counts));
                }
                2 => {
                    let id = world.comment("alice", number, "> quoted\n\n/davos under_investigation");
                    self.expected.extend(Some(id).filter(|_| counts));
                }
                3 => drop(world.comment("alice", number, "/davos what")),
                4 => drop(world.comment("mallory", number, "/davos wont_fix: mine")),
                5 => world.label("alice", number, "not affected"),
                6 => world.edit(number, |issue| issue.labels.clear()),
                7 => world.set_state(number, "closed", Some("completed")),
                8 => world.set_state(number, "open", None),
                9 => world
                    .edit(number, |issue| issue.body = format!("note\r\n{}\r\nmine", issue.body.replace('\n', "\r\n"))),
                10 => world.edit(number, |issue| issue.title = "ours".to_owned()),
                11 => {
                    // An edited or deleted comment.
                    let nth = self.random.usize(0..world.issues[&number].comments.len().max(1));
                    let expected = &mut self.expected;
                    world.edit(number, |issue| {
                        let Some(comment) = issue.comments.get_mut(nth) else { return };
                        expected.remove(&comment.id);
                        if comment.by != "davos-bot" && comment.id % 2 == 0 {
                            comment.body = "/davos wont_fix: edited".to_owned();
                        } else {
                            issue.comments.remove(nth);
                        }
                    });
                }
                12 => {
                    let gone = world.issues.remove(&number).expect("an issue");
                    self.expected.retain(|id| gone.comments.iter().all(|comment| comment.id != *id));
                }
                _ => {
                    let copied = world.issues[&number].clone();
                    let by = if self.random.bool() { "davos-bot" } else { "mallory" };
                    world.open(by, &copied.title, &copied.body, &["davos"]);
                }
            }
        }
    }

    fn something_goes_wrong(&mut self) {
        let method = self.random.choice(["GET", "POST", "PATCH"]).expect("a method");
        let status = self.random.choice([502, 500, 429, 403, 401]).expect("a status");
        let reply = Reply::new(status, r#"{"message": "secondary rate limit, or something else"}"#);
        let mishap = Mishap { method, path_ends: "", reply, is_done: self.random.bool() };
        let mut world = self.team.github.world();
        match self.random.u32(0..4) {
            0 => world.mishaps.push_back(mishap),
            1 => world.stop_after = Some(self.random.usize(0..12)),
            _ => {}
        }
    }

    /// Synchronises until it works, and once more.
    fn synchronise(&mut self, day: &str) {
        self.something_goes_wrong();
        let first = self.team.sync(day);
        {
            let mut world = self.team.github.world();
            world.mishaps.clear();
            world.stop_after = None;
        }
        if first.result.is_err() {
            self.team.sync(day).report();
        }
        self.team.github.take_requests();
        let again = self.team.sync(day);
        again.report();
        let writes: Vec<String> =
            self.team.github.take_requests().into_iter().filter(|request| !request.starts_with("GET")).collect();
        assert_eq!(writes, [""; 0], "{day}: a second one does nothing: {:?}", again.lines);
        self.look(day);
    }

    fn look(&mut self, day: &str) {
        let (open, _) = open_and_settled(&self.team.tracker(), day);
        let world = self.team.github.world();
        let ours = world.issues.values().filter(|issue| issue.by == "davos-bot");
        let first: Vec<String> =
            ours.filter(|issue| !issue.body.contains(" s=duplicate ")).filter_map(|issue| key(&issue.body)).collect();
        let distinct: BTreeSet<String> = first.iter().cloned().collect();
        assert_eq!(first.len(), distinct.len(), "{day}: one issue each: {first:?}");
        assert!(open.is_subset(&distinct), "{day}: {open:?} without an issue of {distinct:?}");
        let said: Vec<Value> =
            self.team.answers().into_iter().filter_map(|answer| answer.get("said").cloned()).collect();
        let ids: BTreeSet<String> = said.iter().map(|said| said["id"].as_str().expect("an id").to_owned()).collect();
        assert_eq!(ids.len(), said.len(), "{day}: each once");
        assert!(said.iter().all(|said| said["by"] == "alice"), "{day}: only who may");
        for id in std::mem::take(&mut self.expected) {
            assert!(ids.iter().any(|known| known.ends_with(&format!(" comment {id}"))), "{day}: {id} is heard");
        }
    }
}

#[test]
fn a_year_with_people_who_do_what_they_like() {
    let days: i64 = std::env::var("BACKLOG_DAYS").ok().and_then(|days| days.parse().ok()).unwrap_or(30);
    let seed = std::env::var("BACKLOG_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    println!("BACKLOG_SEED={seed}");
    let team = Team::new();
    let mut year = Year { team, random: Rng::with_seed(seed), opened: 0, release: (0, 1), expected: BTreeSet::new() };
    let start = time("2026-01-20");
    for n in 0..days {
        let day = (start + jiff::SignedDuration::from_hours(24 * n)).to_string();
        year.log_grows(&day);
        if year.random.bool() {
            year.synchronise(&day);
        }
        year.people_act(&day);
        year.synchronise(&day);
    }
    assert!(!year.team.answers().is_empty());
}
