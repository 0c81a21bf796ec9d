//! What must hold, whatever happens.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::model::concourse::Version;
use crate::model::record::{CachedNotice, Closing, Event, Opening, items, text};
use crate::model::team::{Team, version_of};
use crate::model::world::World;
use crate::support::upstream::{Notice, PRIORITIES};

impl World {
    /// A check's answer is what the log says, and what the check appended is true.
    pub(crate) fn judge_answer(&mut self, team: usize, answer: &[Version], before: &CachedNotice) {
        let (record, upstream, now) = (&self.record, &self.upstream, self.now);
        let team = &mut self.teams[team];
        let emissions = team.emissions(record);
        let given = team.concourse.given().map(|given| {
            let openings = record.openings.values().flatten();
            let opening = openings.into_iter().find(|opening| version_of(opening) == *given);
            opening.unwrap_or_else(|| panic!("Concourse knows {given:?}, and the log doesn't"))
        });
        let expected: Vec<Version> = match given {
            Some(given) => {
                let place = team.emitted(given).unwrap_or(&given.events[0]).seq;
                let later = emissions.iter().filter(|(seq, _)| *seq > place).map(|(_, opening)| version_of(opening));
                std::iter::once(version_of(given)).chain(later).collect()
            }
            None => {
                let last = emissions.last().map(|(seq, _)| *seq);
                let (told, bygone): (Vec<_>, Vec<_>) =
                    emissions.iter().partition(|(seq, opening)| is_open(record, opening, now) || Some(*seq) == last);
                team.bygone.extend(bygone.iter().map(|(_, opening)| version_of(opening)));
                told.iter().map(|(_, opening)| version_of(opening)).collect()
            }
        };
        assert_eq!(answer, expected, "given {:?}", team.concourse.given());
        let all_answer = !upstream.oval_is_down && !upstream.api_is_down;
        for event in &record.events[before.events.len()..] {
            let opened = event.value.get("opened").expect("a check only opens");
            if !opened["fixed_in"].is_null() {
                judge_fixed_in(record, event);
            } else if all_answer {
                let id = text(&opened["notice"]["id"]);
                let notice = upstream.notices.iter().find(|notice| notice.id == id).expect("one of ours");
                let installed = record.current().map(|(_, packages)| packages);
                let of_notice = || record.openings[id].iter().flat_map(|opening| &opening.events);
                let known = of_notice().filter(|known| known.seq < event.seq).max_by_key(|known| known.seq);
                if opened.get("shown").is_some() {
                    // Nobody is told, but the log is: of something that was not known yet.
                    assert!(known.is_some_and(|known| is_news(opened, &known.value["opened"])), "{id} was no news");
                    continue;
                }
                // A notice that no source tells today is judged as the log was told of it.
                let asks = team.asks_for(notice) || known.is_some_and(|known| team.matches_event(known));
                assert!(asks, "{id} was opened by a resource that doesn't ask for it");
                let can_fix = team.can_fix(&notice.told(), installed) || team.can_fix_event(event, installed);
                assert!(can_fix, "{id} was opened, and no rebuild would fix it");
            }
        }
    }

    /// Lets the world stand still: all sources answer, and each resource is checked once more. Then nothing that is
    /// actionable and within reach may be missing.
    pub(crate) fn settle(&mut self) {
        (self.upstream.oval_is_down, self.upstream.api_is_down) = (false, false);
        self.wait(2);
        if self.record.events.is_empty() {
            // The check said so: nothing is opened until a release is recorded.
            assert!(self.teams.iter().all(|team| team.concourse.given().is_none()));
            self.begins();
        }
        for team in 0..self.teams.len() {
            let within_reach = self.within_reach(team);
            self.check(team, false);
            for at in within_reach {
                self.is_taken_care_of(team, &self.upstream.notices[at]);
            }
        }
        // What one of them opened just now, an earlier one emits at its next check.
        (0..self.teams.len()).for_each(|team| self.check(team, false));
        self.teams.iter().for_each(|team| team.was_told_everything_once(&self.record));
        self.every_fix_is_shown();
    }

    /// The same without a tracker, where each notice has one version, and being told `exactly` once takes memory.
    pub(crate) fn settle_untracked(&mut self, exactly: bool) {
        (self.upstream.oval_is_down, self.upstream.api_is_down) = (false, false);
        self.wait(2);
        self.check_untracked(0);
        let team = &self.teams[0];
        for notice in self.upstream.notices.iter().filter(|notice| notice.in_oval || notice.in_api) {
            let version = Version::from([("notice".to_owned(), notice.id.clone())]);
            let (times, _) = team.concourse.times_newest(&version);
            assert!(times <= 1, "{version:?} became the newest {times} times");
            let is_actionable = team.asks_for(notice) && team.can_fix(&notice.told(), None);
            assert!(times == 1 || !exactly || !is_actionable, "{version:?} never became the newest");
        }
        team.ran_no_job_twice();
    }

    /// The notices that a resource must not miss at its next check.
    fn within_reach(&self, team: usize) -> Vec<usize> {
        let team = &self.teams[team];
        let current = self.record.current().map(|(_, packages)| packages);
        // Who was never told of a notice has left no trace of when it looked.
        let looked = team
            .looked
            .filter(|_| team.concourse.given().is_some())
            .or_else(|| team.newest_opening(&self.record))
            .unwrap_or(self.now);
        let is_within_reach = |notice: &Notice| {
            let recent = notice.published.is_some_and(|published| published >= looked - team.window);
            let followed = self.record.openings.get(&notice.id).and_then(|openings| openings.last());
            let followed = followed.is_some_and(|last| !matches!(last.closing, Some(Closing::Release { .. })));
            let any_age = notice.in_oval && (current.is_some() || followed);
            let visible = notice.in_oval || notice.in_api;
            visible && (recent || any_age) && team.asks_for(notice) && team.can_fix(&notice.told(), current)
        };
        let notices = self.upstream.notices.iter().enumerate();
        notices.filter(|(_, notice)| is_within_reach(notice)).map(|(at, _)| at).collect()
    }

    /// An actionable notice is open and was emitted, unless an answer or a claim still holds.
    fn is_taken_care_of(&self, team: usize, notice: &Notice) {
        let (record, team) = (&self.record, &self.teams[team]);
        let last = record.openings.get(&notice.id).and_then(|openings| openings.last());
        let last = last.unwrap_or_else(|| panic!("{} was never opened", notice.id));
        match &last.closing {
            None => assert!(team.concourse.knows(&version_of(last)), "{} is open, and was not emitted", notice.id),
            Some(Closing::Answer { until }) => {
                assert!(until.is_none_or(|until| until > self.now), "the answer to {} ran out", notice.id);
                let asked = last.events.iter().any(|event| team.matches_event(event));
                assert!(asked, "{} was answered before it was grave, and was not opened since", notice.id);
            }
            Some(Closing::Release { version }) => {
                let contradicted = record.current().is_some_and(|(current, _)| {
                    crate::model::record::numbers(current) >= crate::model::record::numbers(version)
                });
                assert!(!contradicted, "{} is said to be fixed in {version}, and is not", notice.id);
            }
        }
    }

    /// A notice is never recorded as fixed without evidence.
    fn every_fix_is_shown(&self) {
        for (seq, released) in self.record.releases() {
            for fixed in items(&released["fixed"]) {
                let id = text(&fixed["notice"]);
                match self.record.packages_of(released) {
                    None => assert_eq!(fixed["evidence"], "none", "{id}"),
                    Some(_) => assert_eq!(standing(&self.record, seq, released, id), Some(true), "{id} in {released}"),
                }
            }
            for id in items(&released["not_affected"]).iter().map(text) {
                assert_eq!(standing(&self.record, seq, released, id), None, "{id} in {released}");
            }
            for id in items(&released["open"]).iter().map(text).filter(|_| !released["packages"].is_null()) {
                assert_eq!(standing(&self.record, seq, released, id), Some(false), "{id} in {released}");
            }
        }
    }
}

/// Whether all installed packages of the notice reach what it asked for when the release was recorded; `None` if there are
/// none.
fn standing(record: &CachedNotice, seq: u64, released: &Value, id: &str) -> Option<bool> {
    let events = record.openings[id].iter().flat_map(|opening| &opening.events);
    let newest = events.filter(|event| event.seq < seq).max_by_key(|event| event.seq).expect("it was opened before");
    reaches(record, released, &newest.value["opened"]["notice"])
}

fn reaches(record: &CachedNotice, released: &Value, notice: &Value) -> Option<bool> {
    let packages = record.packages_of(released).expect("the release has packages");
    let reached: Vec<bool> = items(&notice["packages"])
        .iter()
        .filter_map(|fix| {
            let need = text(&fix["version"]).parse().expect("a Debian version");
            packages.get(text(&fix["package"])).map(|have| *have >= need)
        })
        .collect();
    (!reached.is_empty()).then(|| reached.iter().all(|reached| *reached))
}

/// What is recorded as fixed beforehand is fixed by that release, and by none that was recorded earlier.
fn judge_fixed_in(record: &CachedNotice, event: &Event) {
    let opened = &event.value["opened"];
    let earlier = record.releases().filter(|(seq, released)| *seq < event.seq && !released["packages"].is_null());
    let mut fixing = earlier.filter(|(_, released)| reaches(record, released, &opened["notice"]) == Some(true));
    let (_, first) = fixing.next().unwrap_or_else(|| panic!("no release fixes {opened}"));
    assert_eq!(first["version"], opened["fixed_in"]["version"]);
}

fn is_open(record: &CachedNotice, opening: &Opening, now: Timestamp) -> bool {
    let last = record.openings[&opening.notice].last().expect("a notice has an opening");
    last.number == opening.number && (last.closing.is_none() || last.has_run_out(now))
}

/// Whether an event tells a package, a higher version or a graver rating that the one before didn't.
fn is_news(opened: &Value, known: &Value) -> bool {
    let rank = |of: &Value| {
        let place = |words: &[&str], word: Option<&str>| words.iter().position(|known| Some(*known) == word);
        (place(&PRIORITIES, of["priority"].as_str()), of["severity"].is_null())
    };
    let needs = |of: &Value| -> BTreeMap<String, debversion::Version> {
        let needs = items(&of["notice"]["packages"]).iter();
        needs.map(|fix| (text(&fix["package"]).to_owned(), text(&fix["version"]).parse().expect("a version"))).collect()
    };
    let (now, before) = (needs(opened), needs(known));
    rank(opened) != rank(known)
        || opened["severity"] != known["severity"]
        || now.iter().any(|(package, need)| before.get(package).is_none_or(|before| before < need))
}

impl Team {
    /// Every opening that the filters match became the newest version exactly once, and no job ran twice for it.
    fn was_told_everything_once(&self, record: &CachedNotice) {
        for (_, opening) in self.emissions(record) {
            let version = version_of(opening);
            let (since, before) = self.concourse.times_newest(&version);
            let told = since + before > 0 || self.bygone.contains(&version);
            assert!(told, "{version:?} never became the newest");
            assert!(since <= 1, "{version:?} became the newest {since} times");
        }
        self.ran_no_job_twice();
        // The job that asks for every version passes none by, from its first build on.
        let missed = self.concourse.missed();
        assert!(missed.is_empty(), "no build with {missed:?}");
    }

    fn ran_no_job_twice(&self) {
        for job in ["latest", "every"] {
            let builds = self.concourse.builds(job);
            let repeated = builds.iter().enumerate().find(|(at, version)| builds[..*at].contains(version));
            assert!(repeated.is_none(), "{job} ran twice with {repeated:?}");
        }
    }
}
