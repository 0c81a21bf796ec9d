//! What Concourse does with the versions of a resource (atc/db/resource_config_scope.go, atc/db/versions_db.go).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A version: its JSON with sorted keys is its identity. All values are texts.
pub(crate) type Version = BTreeMap<String, String>;

/// The version in some JSON.
pub(crate) fn version(json: &Value) -> Version {
    serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{json} is no version: {error}"))
}

/// A resource as Concourse keeps it, with two jobs that its versions trigger.
#[derive(Debug, Default)]
pub(crate) struct Resource {
    /// By check order, the latest last.
    rows: Vec<Version>,
    /// Each version that was the newest when it was saved, since the last reset.
    newest: Vec<Version>,
    /// The same, of before the last reset.
    newest_before: Vec<Version>,
    /// What `version: latest` ran with; it outlives resets.
    latest: BTreeSet<Version>,
    /// What `version: every` ran with; it outlives resets.
    every: BTreeSet<Version>,
    /// What `every` passed by because none of the versions that it ran with was there: it starts at the latest then.
    passed_by: BTreeSet<Version>,
    /// All builds of both jobs.
    builds: Vec<(&'static str, Version)>,
}

impl Resource {
    /// What the next check is given.
    pub(crate) fn given(&self) -> Option<&Version> {
        self.rows.last()
    }

    /// Whether there is a row for this version.
    pub(crate) fn knows(&self, version: &Version) -> bool {
        self.rows.contains(version)
    }

    /// Saves what a check returned. If at least one is new, all that were returned move to the top in their order;
    /// otherwise nothing moves.
    pub(crate) fn save_check(&mut self, returned: &[Version]) {
        let last_known = returned.iter().rposition(|version| self.knows(version));
        let mut any_new = false;
        for (at, version) in returned.iter().enumerate() {
            if self.knows(version) || returned[..at].contains(version) {
                continue;
            }
            any_new = true;
            // One that lands below a known one never is the newest: the jobs pass it by.
            if last_known.is_none_or(|known| known < at) {
                self.newest.push(version.clone());
            }
        }
        if any_new {
            for version in returned {
                self.rows.retain(|row| row != version);
                self.rows.push(version.clone());
            }
        }
        self.schedule();
    }

    /// Saves the version that a put answered with: an unknown one becomes the latest, a known one changes nothing.
    pub(crate) fn save_put(&mut self, version: Version) {
        if !self.knows(&version) {
            self.rows.push(version.clone());
            self.newest.push(version);
        }
        self.schedule();
    }

    /// The source or the type's image changed: all rows are gone, and what the jobs ran with is not.
    pub(crate) fn reset(&mut self) {
        self.rows.clear();
        self.newest_before.append(&mut self.newest);
    }

    /// A build is made for a version that a job has not run with: the latest one, or each above the highest one used. The
    /// first build of a job starts at the latest.
    fn schedule(&mut self) {
        let Some(last) = self.rows.last() else { return };
        if self.latest.insert(last.clone()) {
            self.builds.push(("latest", last.clone()));
        }
        let used = self.rows.iter().rposition(|row| self.every.contains(row));
        let next = used.map_or(self.rows.len() - 1, |used| used + 1);
        if used.is_none() {
            self.passed_by.extend(self.rows[..next].iter().cloned());
        }
        for row in &self.rows[next..] {
            if self.every.insert(row.clone()) {
                self.builds.push(("every", row.clone()));
            }
        }
    }

    /// How often a version became the newest since the last reset, and before.
    pub(crate) fn times_newest(&self, version: &Version) -> (usize, usize) {
        let count = |versions: &[Version]| versions.iter().filter(|newest| *newest == version).count();
        (count(&self.newest), count(&self.newest_before))
    }

    /// All versions that became the newest, in that order, resets included.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &Version> {
        self.newest_before.iter().chain(&self.newest)
    }

    /// The versions that became the newest and that `every` should have run with, and didn't.
    pub(crate) fn missed(&self) -> Vec<&Version> {
        self.newest().filter(|version| !self.every.contains(*version) && !self.passed_by.contains(*version)).collect()
    }

    /// The builds of a job.
    pub(crate) fn builds(&self, job: &'static str) -> Vec<&Version> {
        self.builds.iter().filter(|(of, _)| *of == job).map(|(_, version)| version).collect()
    }
}

fn named(names: &str) -> Vec<Version> {
    names.split_whitespace().map(|name| Version::from([("notice".to_owned(), name.to_owned())])).collect()
}

#[test]
fn a_late_one_in_the_middle_of_an_answer_never_is_the_newest() {
    let mut resource = Resource::default();
    resource.save_check(&named("A C"));
    resource.save_check(&named("A B C"));
    assert_eq!(resource.rows, named("A B C"));
    assert_eq!(resource.newest, named("A C"));
}

#[test]
fn all_that_is_returned_moves_up_if_one_is_new_and_nothing_moves_otherwise() {
    let mut resource = Resource::default();
    resource.save_check(&named("A B C"));
    resource.save_check(&named("B A"));
    assert_eq!(resource.rows, named("A B C"));
    resource.save_check(&named("B D"));
    assert_eq!(resource.rows, named("A C B D"));
}

#[test]
fn a_put_of_an_unknown_version_makes_it_the_latest_and_that_of_a_known_one_nothing() {
    let mut resource = Resource::default();
    resource.save_check(&named("A B"));
    named("A C A").into_iter().for_each(|version| resource.save_put(version));
    assert_eq!(resource.rows, named("A B C"));
    assert_eq!(resource.builds("latest"), named("B C").iter().collect::<Vec<_>>());
}

#[test]
fn a_reset_runs_no_job_again_with_the_same_version() {
    let mut resource = Resource::default();
    resource.save_check(&named("A B"));
    resource.save_check(&named("B C D"));
    resource.reset();
    assert_eq!(resource.given(), None);
    resource.save_check(&named("B C D E"));
    assert_eq!(resource.builds("latest"), named("B D E").iter().collect::<Vec<_>>());
    assert_eq!(resource.builds("every"), named("B C D E").iter().collect::<Vec<_>>());
}
