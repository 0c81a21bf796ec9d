//! Upstream, a product and the resources that watch over it, through time.

use std::fs;
use std::path::PathBuf;

use davos::step::{check, record};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::model::concourse::{Version, version};
use crate::model::record::{CachedNotice, numbers};
use crate::model::team::Team;
use crate::support::steps::{Outcome, Place, run};
use crate::support::upstream::Upstream;

/// All that there is.
pub(crate) struct World {
    _folder: TempDir,
    root: PathBuf,
    pub(crate) now: Timestamp,
    pub(crate) upstream: Upstream,
    pub(crate) teams: Vec<Team>,
    pub(crate) record: CachedNotice,
    /// The versions of the releases so far.
    releases: Vec<String>,
}

/// What a put records.
#[derive(Debug, Clone)]
pub(crate) struct Put {
    params: Value,
    /// The resource that emits notices by which it is put; that for releases otherwise.
    by: Option<usize>,
}

impl World {
    /// A world with these resources, and nothing upstream yet.
    pub(crate) fn new(
        upstream: impl FnOnce(PathBuf) -> Upstream,
        teams: impl Fn(&dyn Fn(usize) -> PathBuf) -> Vec<Team>,
    ) -> World {
        // In memory, where there is such a place: a log is synced to the disk event by event.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let root = folder.path().to_owned();
        fs::create_dir_all(root.join("build")).expect("a folder");
        World {
            now: "2026-03-01T00:00:00Z".parse().expect("an instant"),
            upstream: upstream(root.join("upstream")),
            teams: teams(&|index| root.join(format!("container-{index}"))),
            record: CachedNotice::default(),
            releases: Vec::new(),
            _folder: folder,
            root,
        }
    }

    fn tracker(&self) -> PathBuf {
        self.root.join("tracker")
    }

    pub(crate) fn wait(&mut self, hours: i64) {
        self.now += SignedDuration::from_hours(hours);
    }

    /// Reads the log anew, and gives what it was before.
    fn reread(&mut self) -> CachedNotice {
        let now = CachedNotice::read(&self.tracker().join("rootfs"));
        std::mem::replace(&mut self.record, now)
    }

    /// One check of a resource. An answer that is `lost`, since the worker went away, never reaches Concourse.
    pub(crate) fn check(&mut self, team: usize, lost: bool) {
        self.upstream.publish();
        let source = self.teams[team].source(&self.upstream.addresses(), Some(&self.tracker()));
        let Some(answer) = self.ask(team, source) else { return };
        let before = self.reread();
        self.judge_answer(team, &answer, &before);
        self.teams[team].was_lost = lost;
        if !lost {
            self.teams[team].concourse.save_check(&answer);
            self.teams[team].looked = self.teams[team].newest_opening(&self.record);
        }
    }

    /// One check of a resource without a tracker.
    pub(crate) fn check_untracked(&mut self, team: usize) {
        self.upstream.publish();
        let source = self.teams[team].source(&self.upstream.addresses(), None);
        let Some(answer) = self.ask(team, source) else { return };
        self.teams[team].concourse.save_check(&answer);
    }

    fn ask(&self, team: usize, source: Value) -> Option<Vec<Version>> {
        let source_has_tracker = source.get("tracker").is_some();
        let mut request = json!({"source": source});
        if let Some(given) = self.teams[team].concourse.given() {
            request["version"] = json!(given);
        }
        let place = Place { temporary: self.teams[team].temporary(), folder: None, job: None, now: self.now };
        let outcome = run(check, &request, place);
        // Of an empty log nobody is asked.
        let is_empty = source_has_tracker && self.record.events.is_empty();
        let nobody_answers = self.upstream.oval_is_down && self.upstream.api_is_down && !is_empty;
        assert_eq!(outcome.is_success(), !nobody_answers, "{}", outcome.stderr);
        (!nobody_answers).then(|| outcome.json().as_array().expect("a list").iter().map(version).collect())
    }

    /// Records a release or an answer. A refused put must leave the log as it was.
    pub(crate) fn put(&mut self, put: Put) -> bool {
        self.upstream.publish();
        let mut source = self.teams[put.by.unwrap_or(0)].source(&self.upstream.addresses(), Some(&self.tracker()));
        if put.by.is_none() {
            source["emit"] = json!("releases");
        }
        let temporary = self.root.join("put");
        let _ = fs::remove_dir_all(&temporary);
        fs::create_dir_all(&temporary).expect("a folder");
        let build = self.root.join("build");
        let place = Place { temporary: &temporary, folder: Some(&build), job: Some("release"), now: self.now };
        let outcome = run(record, &json!({"source": source, "params": put.params}), place);
        let before = self.reread();
        if !outcome.is_success() {
            assert_eq!(before.events.len(), self.record.events.len(), "{}", outcome.stderr);
            return false;
        }
        let new: Vec<&Value> = self.record.events[before.events.len()..].iter().map(|event| &event.value).collect();
        self.releases
            .extend(new.iter().filter_map(|event| Some(event.get("released")?["version"].as_str()?.to_owned())));
        self.take_put(&put, &outcome);
        true
    }

    /// What Concourse makes of a put's answer: of a resource that emits releases, the one that was recorded, else the highest;
    /// of one that emits notices, one that it knows already.
    fn take_put(&mut self, put: &Put, outcome: &Outcome) {
        let answer = version(&outcome.json()["version"]);
        let Some(team) = put.by else {
            let highest = || self.releases.iter().max_by_key(|release| numbers(release)).expect("a release").clone();
            let release = put.params["version"].as_str().map_or_else(highest, ToOwned::to_owned);
            assert_eq!(answer, Version::from([("release".to_owned(), release)]));
            return;
        };
        assert!(self.teams[team].concourse.knows(&answer), "a put answered with {answer:?}, which triggers");
        self.teams[team].concourse.save_put(answer);
    }

    /// A release: the next higher one, or a lower one, with these packages or without a list of them, that is to settle
    /// these notices.
    pub(crate) fn release(
        &self,
        higher: bool,
        packages: Option<&[(&str, String)]>,
        notices: &[String],
        by: Option<usize>,
    ) -> Put {
        let count = self.releases.len() as u64 + 1;
        let highest = self.releases.iter().map(|release| numbers(release)[1]).max().unwrap_or(5);
        let release = if higher { format!("1.{}.0", highest + 1) } else { format!("1.{}.{count}", highest / 2) };
        let mut params = json!({"version": release});
        if !notices.is_empty() {
            params["notices"] = json!(notices);
        }
        if let Some(packages) = packages {
            let lines: String = packages.iter().map(|(name, version)| format!("{name}={version}\n")).collect();
            fs::write(self.root.join("build/packages"), lines).expect("written");
            params["packages_file"] = json!("packages");
        }
        Put { params, by }
    }

    /// The team records the release that runs today, whose packages nobody listed.
    pub(crate) fn begins(&mut self) {
        let put = self.release(true, None, &[], None);
        assert!(self.put(put));
    }

    /// The team takes its answer back.
    pub(crate) fn takes_back(&self, notice: &str) -> Put {
        Put { params: json!({"answer": {"notice": notice, "status": "under_investigation"}}), by: None }
    }

    /// An answer, for ever or for some hours.
    pub(crate) fn answer(&self, notice: &str, hours: Option<i64>, by: Option<usize>) -> Put {
        let mut answer = json!({"notice": notice, "status": "affected", "statement": "Won't fix."});
        if let Some(hours) = hours {
            answer["until"] = json!((self.now + SignedDuration::from_hours(hours)).to_string());
        }
        Put { params: json!({"answer": answer}), by }
    }
}
