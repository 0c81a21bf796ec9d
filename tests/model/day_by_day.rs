//! A real OVAL file as it grew day by day, through a check a day.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::Path;

use davos::step::{check, record};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::model::concourse::{Resource, Version, version};
use crate::support::facts::{self, Issued};
use crate::support::needs;
use crate::support::steps::{Place, run};
use crate::support::upstream::{Parts, pack};

/// The parts of an OVAL file, each packed as a stream of its own, since one after the other they are a packed file again:
/// what stands before and after its notices, and the notices of each day.
pub(crate) struct File {
    before: Vec<u8>,
    pub(crate) days: BTreeMap<Date, Vec<u8>>,
    after: Vec<u8>,
}

/// The file of the corpus; says so and gives `None` where there is none.
pub(crate) fn mantic() -> Option<File> {
    let packed = needs::corpus_bytes("oval/com.ubuntu.mantic.usn.oval.xml.bz2")?;
    let mut xml = String::new();
    bzip2::read::BzDecoder::new(&packed[..]).read_to_string(&mut xml).expect("a packed text");
    let end = "</definition>";
    let (start, stop) = (xml.find("<definition ")?, xml.rfind(end)? + end.len());
    let mut days: BTreeMap<Date, String> = BTreeMap::new();
    for definition in xml[start..stop].split_inclusive(end) {
        // The first is no notice, and stands in the file from the start.
        let issued = definition.split_once(r#"<issued date=""#).map_or("2023-10-01", |(_, rest)| &rest[..10]);
        days.entry(issued.parse().expect("a day")).or_default().push_str(definition);
    }
    let days = days.into_iter().map(|(day, definitions)| (day, pack(&definitions))).collect();
    Some(File { before: pack(&xml[..start]), days, after: pack(&xml[stop..]) })
}

impl File {
    /// The file as it was at the end of a day.
    pub(crate) fn until(&self, day: Date) -> Vec<u8> {
        let definitions = self.days.range(..=day).map(|(_, packed)| packed.as_slice());
        std::iter::once(&self.before[..]).chain(definitions).chain([&self.after[..]]).collect::<Vec<_>>().concat()
    }
}

/// A resource whose container is shared by others, so that they need not all unpack the same file.
struct Watcher {
    source: Value,
    concourse: Resource,
}

impl Watcher {
    fn new(folder: &Path, product: &str, filters: &[(&str, &[&str])]) -> Watcher {
        let mut source = json!({
            "os": "mantic", "window": "2000d", "product": product,
            "tracker": {"driver": "file", "path": folder.join("tracker")},
            "upstream": {"oval": format!("file://{}/oval", folder.display()), "api": false, "rss": false},
        });
        filters.iter().for_each(|(key, words)| source[*key] = json!(words));
        Watcher { source, concourse: Resource::default() }
    }

    /// Records the release that runs when the watch begins, whose packages nobody listed.
    fn records(&self, folder: &Path) {
        let mut source = self.source.clone();
        source["emit"] = json!("releases");
        let temporary = tempfile::tempdir().expect("a folder");
        let place = Place {
            temporary: temporary.path(),
            folder: Some(folder),
            job: Some("release"),
            now: "2023-01-01T00:00:00Z".parse().expect("an instant"),
        };
        let outcome = run(record, &json!({"source": source, "params": {"version": "1.0.0"}}), place);
        assert!(outcome.is_success(), "{}", outcome.stderr);
    }

    fn check(&mut self, container: &Path, now: Timestamp) {
        let mut request = json!({"source": self.source});
        if let Some(given) = self.concourse.given() {
            request["version"] = json!(given);
        }
        let outcome = run(check, &request, Place { temporary: container, folder: None, job: None, now });
        let answer: Vec<Version> = outcome.json().as_array().expect("a list").iter().map(version).collect();
        self.concourse.save_check(&answer);
    }

    /// How many versions became the newest, and how many different ones.
    fn newest(&self) -> (usize, usize) {
        let unique: BTreeSet<&Version> = self.concourse.newest().collect();
        (self.concourse.newest().count(), unique.len())
    }
}

/// The same of the project's own facts.
pub(crate) fn mantic_of_facts() -> File {
    let (mut days, mut rest): (BTreeMap<Date, String>, Parts) = Default::default();
    for notice in facts::mantic() {
        let before = rest.definitions.len();
        notice.add_to(&mut rest);
        days.entry(notice.day).or_default().push_str(&rest.definitions[before..].replace(".jammy:", ".mantic:"));
    }
    let days = days.into_iter().map(|(day, definitions)| (day, pack(&definitions))).collect();
    let before = r#"<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5" xmlns:oval="urn:o" xmlns:linux="urn:l"><definitions>"#;
    let Parts { tests, objects, states, variables, .. } = rest;
    let after = format!(
        "</definitions><tests>{tests}</tests><objects>{objects}</objects><states>{states}</states><variables>{variables}</variables></oval_definitions>"
    );
    File { before: pack(before), days, after: pack(&after.replace(".jammy:", ".mantic:")) }
}

/// Checks at the end of each day by priority alone, and by either; gives how many versions became the newest, and how many
/// different ones.
fn replayed(file: &File) -> [(usize, usize); 2] {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let (oval, container) = (folder.path().join("oval"), folder.path().join("container"));
    fs::create_dir(&oval).expect("a folder");
    let grave = ["high", "critical"];
    let mut by_priority = Watcher::new(folder.path(), "priority", &[]);
    let mut by_either = Watcher::new(folder.path(), "either", &[("priorities", &grave), ("severities", &grave)]);
    by_priority.records(folder.path());
    by_either.records(folder.path());
    for (count, &day) in file.days.keys().skip(1).enumerate() {
        if count % 3 == 0 {
            let _ = fs::remove_dir_all(&container);
            fs::create_dir(&container).expect("a folder");
        }
        fs::write(oval.join("com.ubuntu.mantic.usn.oval.xml.bz2"), file.until(day)).expect("written");
        let now = format!("{day}T23:59:00Z").parse().expect("an instant");
        by_priority.check(&container, now);
        by_either.check(&container, now);
    }
    [by_priority.newest(), by_either.newest()]
}

#[test]
fn each_of_the_29_or_147_grave_notices_of_a_real_file_becomes_the_newest_version_once() {
    let Some(file) = mantic() else { return };
    assert_eq!(replayed(&file), [(29, 29), (147, 147)]);
}

#[test]
fn each_of_the_29_or_147_grave_notices_of_the_facts_becomes_the_newest_version_once() {
    assert_eq!(replayed(&mantic_of_facts()), [(29, 29), (147, 147)]);
}

/// What the README says of a resource that goes on, in the order of the file, from the version that it is given.
#[test]
fn a_cursor_loses_12_of_147_grave_notices_of_the_facts() {
    let grave: Vec<Issued> = facts::mantic().into_iter().filter(Issued::is_grave).collect();
    let days: BTreeSet<Date> = grave.iter().map(|notice| notice.day).collect();
    let (mut emitted, mut cursor): (BTreeSet<&str>, Option<&str>) = Default::default();
    for day in days {
        let today: Vec<&str> =
            grave.iter().filter(|notice| notice.day <= day).map(|notice| notice.id.as_str()).collect();
        let from = today.iter().position(|id| Some(*id) == cursor).unwrap_or(0);
        emitted.extend(&today[from..]);
        cursor = today.last().copied();
    }
    let said = format!("{} of {}", grave.len() - emitted.len(), grave.len());
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("the README");
    assert!(said == "12 of 147" && readme.contains(&format!("lost: {said} in a replay")), "{said}");
}
