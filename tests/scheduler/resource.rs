//! What Concourse keeps of a resource: its versions in check order (atc/db/resource_config_scope.go), the container of its
//! checks, and the cache of its gets.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;

/// A version: its JSON with sorted keys is its identity.
pub(crate) type Version = BTreeMap<String, String>;

/// How long the container of the checks lives. In Concourse that is an hour with a check a minute
/// (atc/db/container_owner.go); here there is a check in some hours, so it lives for about as many of them.
const CONTAINER: SignedDuration = SignedDuration::from_hours(5 * 24);

/// A resource of a pipeline.
pub(crate) struct Resource {
    /// The type.
    pub(crate) kind: String,
    pub(crate) source: Value,
    /// Checked for the job's sake only.
    pub(crate) never_checked: bool,
    /// By check order, the latest last.
    pub(crate) rows: Vec<Version>,
    /// All that were ever saved, resets included, in the order of their first saving.
    pub(crate) ever: Vec<Version>,
    pub(crate) pinned: Option<Version>,
    /// Whether something happened that a check would see; nothing else is worth the time of a check here.
    pub(crate) stale: bool,
    /// Whether the last check failed.
    pub(crate) red: bool,
    container: Option<(TempDir, Timestamp)>,
    /// The folders of gets by version and params; a get that is here does not run again.
    cache: BTreeMap<(Version, String), PathBuf>,
}

impl Resource {
    pub(crate) fn new(resource: &Value) -> Resource {
        Resource {
            kind: resource["type"].as_str().expect("a type").to_owned(),
            source: resource["source"].clone(),
            never_checked: resource["check_every"] == "never",
            rows: Vec::new(),
            ever: Vec::new(),
            pinned: None,
            stale: true,
            red: false,
            container: None,
            cache: BTreeMap::new(),
        }
    }

    /// The version that the next check is given.
    pub(crate) fn given(&self) -> Option<&Version> {
        self.pinned.as_ref().or(self.rows.last())
    }

    /// Saves what a check returned. If at least one is new, all that were returned move to the top in their order.
    pub(crate) fn save_check(&mut self, returned: &[Version]) {
        if returned.iter().all(|version| self.rows.contains(version)) {
            return;
        }
        for version in returned {
            self.rows.retain(|row| row != version);
            self.rows.push(version.clone());
            self.remember(version);
        }
    }

    /// Saves the version that a put answered with: an unknown one becomes the latest, a known one changes nothing.
    pub(crate) fn save_put(&mut self, version: &Version) {
        if !self.rows.contains(version) {
            self.rows.push(version.clone());
            self.remember(version);
        }
    }

    fn remember(&mut self, version: &Version) {
        if !self.ever.contains(version) {
            self.ever.push(version.clone());
        }
    }

    /// The source or the image of the type changed: the rows, the container and the cache are gone.
    pub(crate) fn reset(&mut self) {
        self.rows.clear();
        self.cache.clear();
        self.container = None;
        self.stale = true;
        // A pin is by version, and waits until that is there again.
    }

    /// The temporary folder of a check, which outlives it for an hour at most.
    pub(crate) fn temporary(&mut self, now: Timestamp) -> PathBuf {
        let alive = self.container.take().filter(|(_, born)| now.duration_since(*born) < CONTAINER);
        let (folder, born) = alive.unwrap_or_else(|| (scratch(), now));
        let path = folder.path().to_owned();
        self.container = Some((folder, born));
        path
    }

    /// Its worker went away.
    pub(crate) fn lose_container(&mut self) {
        self.container = None;
    }

    /// The folder of a get that ran before.
    pub(crate) fn cached(&self, version: &Version, params: &Value) -> Option<&PathBuf> {
        self.cache.get(&(version.clone(), params.to_string()))
    }

    pub(crate) fn cache(&mut self, version: &Version, params: &Value, folder: PathBuf) {
        self.cache.insert((version.clone(), params.to_string()), folder);
    }
}

/// A folder in memory, where there is such a place.
pub(crate) fn scratch() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}
