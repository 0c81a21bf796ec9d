//! A resource of a pipeline: its filters, what Concourse knows of it, and its container.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::model::concourse::{Resource, Version};
use crate::model::record::{CachedNotice, Event, Opening, Packages, items, text};
use crate::support::upstream::{Fix, Notice, PRIORITIES, SEVERITIES};

/// What a resource asks for, in the words of its `source`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filters {
    pub(crate) priorities: Vec<&'static str>,
    pub(crate) severities: Vec<&'static str>,
    pub(crate) packages: Option<Vec<&'static str>>,
    pub(crate) ignored: Vec<&'static str>,
    pub(crate) pro: bool,
}

/// A resource that emits notices.
#[derive(Debug)]
pub(crate) struct Team {
    pub(crate) filters: Filters,
    pub(crate) concourse: Resource,
    pub(crate) window: SignedDuration,
    temporary: PathBuf,
    /// The archive that its product installs from, if it asks for fixes there.
    pub(crate) archive: Option<String>,
    /// The newest opening that was there when it last looked; unknown after a reset.
    pub(crate) looked: Option<Timestamp>,
    /// Whether the answer of its last check never reached Concourse.
    pub(crate) was_lost: bool,
    /// Openings that were closed while Concourse had no version to give: nobody will ever be told of them.
    pub(crate) bygone: Vec<Version>,
}

impl Team {
    pub(crate) fn new(filters: Filters, temporary: PathBuf) -> Team {
        let team = Team {
            filters,
            concourse: Resource::default(),
            window: SignedDuration::from_hours(10 * 24),
            temporary,
            archive: None,
            looked: None,
            was_lost: false,
            bygone: Vec::new(),
        };
        team.lose_container();
        team
    }

    /// The temporary folder.
    pub(crate) fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// The next check finds an empty temporary folder.
    pub(crate) fn lose_container(&self) {
        let _ = fs::remove_dir_all(&self.temporary);
        fs::create_dir_all(&self.temporary).expect("a folder");
    }

    /// Something in the source changed: Concourse forgets the versions, and starts a new container.
    pub(crate) fn reset(&mut self) {
        self.concourse.reset();
        self.looked = None;
        self.lose_container();
    }

    /// The `source`.
    pub(crate) fn source(&self, upstream: &Value, tracker: Option<&Path>) -> Value {
        let filters = &self.filters;
        let mut source = json!({
            "os": "jammy", "priorities": filters.priorities, "severities": filters.severities, "pro": filters.pro,
            "ignore_packages": filters.ignored, "window": format!("{}h", self.window.as_hours()), "upstream": upstream,
        });
        if let Some(packages) = &filters.packages {
            source["packages"] = json!(packages);
        }
        if let Some(archive) = &self.archive {
            source["upstream"]["archive"] = json!(archive);
        }
        if let Some(path) = tracker {
            source["product"] = json!("rootfs");
            source["tracker"] = json!({"driver": "file", "path": path});
        }
        source
    }

    /// Whether the filters match a notice with this rating and these packages.
    fn matches<'a>(&self, priority: &str, severity: &str, mut packages: impl Iterator<Item = &'a str>) -> bool {
        let Filters { priorities, severities, packages: asked, .. } = &self.filters;
        let listed = priorities.contains(&priority) || severities.contains(&severity);
        listed && asked.as_ref().is_none_or(|asked| packages.any(|package| asked.contains(&package)))
    }

    /// Whether it asks for the notice as upstream has it.
    pub(crate) fn asks_for(&self, notice: &Notice) -> bool {
        let packages = notice.fixes.iter().map(|fix| fix.package);
        self.matches(PRIORITIES[notice.priority], SEVERITIES[notice.severity].0, packages)
    }

    /// Whether a rebuild would fix it: of a product with these packages, or with packages that nobody knows.
    pub(crate) fn can_fix(&self, fixes: &[Fix], installed: Option<&Packages>) -> bool {
        let too_old = |fix: &Fix| match installed {
            Some(installed) => {
                let needed = fix.version.parse().expect("a Debian version");
                installed.get(fix.package).is_some_and(|have| *have < needed)
            }
            None => true,
        };
        let may = |fix: &&Fix| (self.filters.pro || !fix.pro) && !self.filters.ignored.contains(&fix.package);
        fixes.iter().filter(may).any(too_old)
    }

    /// The same of what an `opened` event tells.
    pub(crate) fn can_fix_event(&self, event: &Event, installed: Option<&Packages>) -> bool {
        let may = |fix: &&Value| {
            let ignored = self.filters.ignored.iter().any(|name| fix["package"] == **name);
            (self.filters.pro || fix["pro"] != true) && !ignored
        };
        let too_old = |fix: &Value| {
            let needed = text(&fix["version"]).parse().expect("a Debian version");
            installed.is_none_or(|installed| installed.get(text(&fix["package"])).is_some_and(|have| *have < needed))
        };
        items(&event.value["opened"]["notice"]["packages"]).iter().filter(may).any(too_old)
    }

    /// Whether an `opened` event matches.
    pub(crate) fn matches_event(&self, event: &Event) -> bool {
        let opened = &event.value["opened"];
        let packages = items(&opened["notice"]["packages"]).iter().map(|fix| text(&fix["package"]));
        self.matches(text(&opened["priority"]), opened["severity"].as_str().unwrap_or("unrated"), packages)
    }

    /// The first event of the opening that is put before this team.
    pub(crate) fn emitted<'a>(&self, opening: &'a Opening) -> Option<&'a Event> {
        let is_shown = |opened: &Value| opened["fixed_in"].is_null() && opened.get("shown").is_none();
        opening.events.iter().find(|event| is_shown(&event.value["opened"]) && self.matches_event(event))
    }

    /// The openings that are put before this team, in the order of the log, each with its place.
    pub(crate) fn emissions<'a>(&self, record: &'a CachedNotice) -> Vec<(u64, &'a Opening)> {
        let openings = record.openings.values().flatten();
        let mut emissions: Vec<_> =
            openings.filter_map(|opening| Some((self.emitted(opening)?.seq, opening))).collect();
        emissions.sort_by_key(|(seq, _)| *seq);
        emissions
    }

    /// When the newest opening was made that the filters match.
    pub(crate) fn newest_opening(&self, record: &CachedNotice) -> Option<Timestamp> {
        let events = record.openings.values().flatten().flat_map(|opening| &opening.events);
        events.filter(|event| self.matches_event(event)).max_by_key(|event| event.seq).map(|event| event.at)
    }
}

/// The version of an opening, the shape of which never changes.
pub(crate) fn version_of(opening: &Opening) -> Version {
    let mut version = Version::from([("notice".to_owned(), opening.notice.clone())]);
    if opening.number > 1 {
        version.insert("opening".to_owned(), opening.number.to_string());
    }
    version
}
