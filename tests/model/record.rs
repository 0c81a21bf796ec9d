//! The log as an outsider reads it: from the files, without a line of davos.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use debversion::Version;
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// One event.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) seq: u64,
    pub(crate) at: Timestamp,
    pub(crate) value: Value,
}

/// One time that a notice was put before the team, or was recorded as fixed beforehand.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    pub(crate) notice: String,
    pub(crate) number: u64,
    pub(crate) events: Vec<Event>,
    pub(crate) closing: Option<Closing>,
    /// What each answer since it was last opened or settled took the place of.
    before: Vec<Option<Closing>>,
}

/// What closed an opening.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Closing {
    Answer { until: Option<Timestamp> },
    Release { version: String },
}

/// The packages of a release by name.
pub(crate) type Packages = BTreeMap<String, Version>;

/// The log of a product.
#[derive(Debug, Default)]
pub(crate) struct CachedNotice {
    pub(crate) events: Vec<Event>,
    /// By notice, first to last.
    pub(crate) openings: BTreeMap<String, Vec<Opening>>,
    packages: BTreeMap<String, Packages>,
}

pub(crate) fn time(value: &Value) -> Timestamp {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value} is no time"))
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

pub(crate) fn items(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Opening {
    /// Whether the answer that closed it has run out by now.
    pub(crate) fn has_run_out(&self, now: Timestamp) -> bool {
        matches!(self.closing, Some(Closing::Answer { until: Some(until) }) if until <= now)
    }
}

impl CachedNotice {
    /// Reads the log, which must be dense and whose chain must hold.
    pub(crate) fn read(folder: &Path) -> CachedNotice {
        let mut record = CachedNotice::default();
        let Ok(entries) = fs::read_dir(folder) else { return record };
        let names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        let count = names.iter().filter(|name| name.ends_with(".json")).count() as u64;
        let mut prev = Value::Null;
        for seq in 1..=count {
            let bytes = fs::read(folder.join(format!("{seq:08}.json"))).expect("a log has no gap");
            let value: Value = serde_json::from_slice(&bytes).expect("an event is JSON");
            assert_eq!((&value["seq"], &value["prev"]), (&seq.into(), &prev), "event {seq}");
            prev = digest(&bytes).into();
            record.push(Event { seq, at: time(&value["at"]), value });
        }
        for name in fs::read_dir(folder.join("packages")).into_iter().flatten() {
            let path = name.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let bytes = fs::read(&path).expect("kept packages");
            assert_eq!(digest(&bytes), name);
            record.packages.insert(format!("sha256:{name}"), packages(&String::from_utf8_lossy(&bytes)));
        }
        record
    }

    fn push(&mut self, event: Event) {
        let value = &event.value;
        if let Some(opened) = value.get("opened") {
            let (notice, number) =
                (text(&opened["notice"]["id"]).to_owned(), opened["opening"].as_u64().expect("a number"));
            let openings = self.openings.entry(notice.clone()).or_default();
            if openings.last().is_none_or(|last| last.number != number) {
                assert_eq!(openings.len() as u64 + 1, number, "the openings of {notice} have no gap");
                openings.push(Opening { notice, number, events: Vec::new(), closing: None, before: Vec::new() });
            }
            let last = openings.last_mut().expect("one was just pushed");
            let version = opened["fixed_in"].get("version");
            last.closing = version.map(|version| Closing::Release { version: text(version).to_owned() });
            last.before.clear();
            last.events.push(event.clone());
        }
        if let Some(answered) = value.get("answered") {
            let last = self.openings.get_mut(text(&answered["notice"])).and_then(|openings| openings.last_mut());
            let last = last.expect("what is answered was opened");
            if last.has_run_out(event.at) {
                (last.closing, last.before) = (None, Vec::new());
            }
            let is_answered = matches!(last.closing, Some(Closing::Answer { .. }));
            if answered["status"] != "under_investigation" {
                let until = Some(&answered["until"]).filter(|until| !until.is_null()).map(time);
                last.before.push(last.closing.replace(Closing::Answer { until }));
            } else if is_answered {
                last.closing = last.before.pop().expect("an answer takes the place of something");
            }
        }
        // What a late release fixes stays open: another one is the product's current release.
        if let Some(released) = value.get("released").filter(|released| released.get("late").is_none()) {
            let fixed = items(&released["fixed"]).iter().map(|fixed| text(&fixed["notice"]));
            let settled = fixed.chain(items(&released["not_affected"]).iter().map(text));
            for notice in settled.map(str::to_owned).collect::<Vec<_>>() {
                self.close(&notice, Closing::Release { version: text(&released["version"]).to_owned() });
            }
        }
        self.events.push(event);
    }

    fn close(&mut self, notice: &str, closing: Closing) {
        let last = self.openings.get_mut(notice).and_then(|openings| openings.last_mut());
        let last = last.unwrap_or_else(|| panic!("{notice} was never opened"));
        (last.closing, last.before) = (Some(closing), Vec::new());
    }

    /// The packages that a release event names.
    pub(crate) fn packages_of(&self, released: &Value) -> Option<&Packages> {
        let digest = released["packages"].as_str()?;
        Some(self.packages.get(digest).unwrap_or_else(|| panic!("the packages {digest} were not kept")))
    }

    /// The releases in log order: the number of the event and its contents.
    pub(crate) fn releases(&self) -> impl Iterator<Item = (u64, &Value)> {
        self.events.iter().filter_map(|event| Some((event.seq, event.value.get("released")?)))
    }

    /// The highest release with packages. The releases of these tests are three numbers.
    pub(crate) fn current(&self) -> Option<(&str, &Packages)> {
        let with_packages =
            self.releases().filter_map(|(_, released)| Some((text(&released["version"]), self.packages_of(released)?)));
        with_packages.max_by_key(|(version, _)| numbers(version))
    }
}

/// The numbers of a release's version.
pub(crate) fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map(|number| number.parse().expect("a number")).collect()
}

fn packages(lines: &str) -> Packages {
    lines
        .lines()
        .map(|line| {
            let (name, version) = line.split_once('=').expect("name=version");
            (name.to_owned(), version.parse().expect("a Debian version"))
        })
        .collect()
}
