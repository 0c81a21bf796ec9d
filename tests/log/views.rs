//! Whatever a log says, all views of it agree: status, the files of a release and a check say of each notice what somebody
//! concludes who reads the events one after the other, and what the packages of the release show.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use davos::step::{check, fetch, record};
use davos::store::FileStore;
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::log::conclusions::{Conclusions, times};
use crate::log::intents::{Intent, PRODUCT, intent};
use crate::support::steps::{Place, run};

/// The packages of the last release.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shipped {
    TooOld,
    Fixed,
    Absent,
    /// The package that all notices are about is another distribution's.
    NotUnderstood,
    Unknown,
}

struct House {
    folder: TempDir,
}

impl House {
    /// A house with the log that these intents come to.
    fn of(intents: &[Intent]) -> House {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let house = House { folder };
        for name in ["tracker", "tmp", "build", "kept", "api/page", "api/notices", "api/cves"] {
            fs::create_dir_all(house.path(name)).expect("a folder");
        }
        let at = "2027-01-15T12:00:00Z".parse().expect("a time");
        let store = FileStore::new(house.path("tracker"));
        intents.iter().for_each(|intent| intent.achieve(&store, &house.path("kept"), 1, at));
        // What a source tells that knows none of the notices of the log.
        let other = json!({"id": "USN-1-1", "type": "USN", "title": "another", "summary": "", "description": "Something.",
            "published": "2029-12-30T00:00:00", "cves_ids": [], "cves": [], "releases": [{"codename": "jammy"}],
            "release_packages": {"jammy": [
                {"name": "other", "version": "1", "is_source": false, "pocket": "security"}]}});
        house
            .write("api/page/notices.json", &json!({"notices": [other], "offset": 0, "limit": 20, "total_results": 1}));
        house.write("api/notices/USN-1-1.json", &other);
        house
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, value: &Value) {
        fs::write(self.path(name), value.to_string()).expect("written");
    }

    fn place<'a>(&'a self, temporary: &'a Path, folder: Option<&'a Path>) -> Place<'a> {
        Place { temporary, folder, job: folder.map(|_| "release"), now: times()[0] }
    }

    fn source(&self, emit: &str) -> Value {
        json!({"emit": emit, "os": "jammy", "priorities": ["medium", "high", "critical"], "product": PRODUCT,
            "tracker": {"driver": "file", "path": self.path("tracker")},
            "upstream": {"oval": false, "rss": false, "api": format!("file://{}/", self.path("api").display())}})
    }

    /// Puts the last release with these packages besides one that no notice is about; gives what was said.
    fn ships_these(&self, purls: &[&str]) -> String {
        let component = |purl: &&str| json!({"type": "library", "name": "x", "purl": purl});
        let all: Vec<Value> = purls.iter().chain(&["pkg:deb/ubuntu/bash@5.1?arch=amd64"]).map(component).collect();
        self.write("build/list.json", &json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": all}));
        self.put(&json!({"version": "1.9.0", "packages_file": "list.json"}))
    }

    /// Puts the last release; gives what was said.
    fn ships(&self, shipped: Shipped) -> String {
        match shipped {
            Shipped::TooOld => self.ships_these(&["pkg:deb/ubuntu/libc6@2.35-0ubuntu3.8"]),
            Shipped::Fixed => self.ships_these(&["pkg:deb/ubuntu/libc6@2.35-0ubuntu3.10"]),
            Shipped::Absent => self.ships_these(&[]),
            Shipped::NotUnderstood => self.ships_these(&["pkg:deb/debian/libc6@2.36-9"]),
            Shipped::Unknown => self.put(&json!({"version": "1.9.0"})),
        }
    }

    fn put(&self, params: &Value) -> String {
        let (tmp, build) = (self.path("tmp"), self.path("build"));
        let request = json!({"source": self.source("releases"), "params": params});
        let outcome = run(record, &request, self.place(&tmp, Some(&build)));
        outcome.json();
        outcome.stderr
    }

    fn get(&self, emit: &str, version: &Value) -> BTreeMap<String, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let tmp = self.path("tmp");
        let request = json!({"source": self.source(emit), "version": version});
        run(fetch, &request, self.place(&tmp, Some(folder.path()))).json();
        let mut files = BTreeMap::new();
        for below in ["", "csaf", "osv", "advisories"] {
            let Ok(entries) = fs::read_dir(folder.path().join(below)) else { continue };
            for path in entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file()) {
                let name = path.strip_prefix(folder.path()).expect("inside").display().to_string();
                files.insert(name, fs::read_to_string(path).expect("text"));
            }
        }
        files
    }

    fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        let folder = self.path("tracker").join(PRODUCT);
        let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
        let paths = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file());
        let name = |path: &Path| format!("{PRODUCT}/{}", path.file_name().expect("a name").to_string_lossy());
        paths.map(|path| (name(&path), fs::read(&path).expect("an event"))).collect()
    }

    fn length(&self) -> usize {
        self.objects().keys().filter(|key| key.ends_with(".json")).count()
    }

    /// What the team answered in the event with this number.
    fn answer(&self, seq: &str) -> String {
        let bytes = &self.objects()[&format!("{PRODUCT}/{seq:0>8}.json")];
        let event: Value = serde_json::from_slice(bytes).expect("an event");
        event["answered"]["status"].as_str().expect("a status").to_owned()
    }

    fn status(&self) -> Value {
        let version = json!({PRODUCT: self.length().to_string()});
        let mut source = self.source("status");
        for key in ["os", "priorities", "product", "upstream"] {
            source.as_object_mut().expect("keys").remove(key);
        }
        let folder = tempfile::tempdir().expect("a folder");
        let tmp = self.path("tmp");
        run(fetch, &json!({"source": source, "version": version}), self.place(&tmp, Some(folder.path()))).json();
        let status = fs::read(folder.path().join("status.json")).expect("a status");
        serde_json::from_slice(&status).expect("JSON")
    }
}

/// What a document should say of a notice, by where it stood before the release and by what that ships.
fn stated(house: &House, stand: &str, shipped: Shipped) -> String {
    // What packages show goes before what the team said.
    match shipped {
        Shipped::Fixed => return "fixed".to_owned(),
        Shipped::Absent => return "not_affected".to_owned(),
        _ => {}
    }
    if let Some(seq) = stand.strip_prefix("answered by ") {
        return house.answer(seq);
    }
    "under_investigation".to_owned()
}

fn section<'a>(notes: &'a str, heading: &str) -> &'a str {
    let Some((_, rest)) = notes.split_once(&format!("\n## {heading}\n")) else { return "" };
    rest.split("\n## ").next().unwrap_or_default()
}

fn vex(document: &str) -> BTreeMap<String, BTreeSet<String>> {
    let document: Value = serde_json::from_str(document).expect("JSON");
    let mut statuses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for statement in document["statements"].as_array().expect("statements") {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        statuses.entry(text(&statement["vulnerability"]["name"])).or_default().insert(text(&statement["status"]));
    }
    statuses
}

fn agree(intents: &[Intent], shipped: Shipped) {
    let house = House::of(intents);
    let before = Conclusions::read(&house.objects());
    let said = house.ships(shipped);
    let after = Conclusions::read(&house.objects());
    let files = house.get("releases", &json!({"release": "1.9.0"}));
    let status = house.status();

    // The status says where each notice stands once all was recorded.
    for (notice, stand) in after.stands() {
        let told = &status["notices"][notice]["products"][PRODUCT];
        let (word, since) = match stand.split_once(" in ") {
            Some(("fixed", version)) => ("fixed".to_owned(), json!(version)),
            Some(("not", _)) => ("not_affected".to_owned(), Value::Null),
            _ if stand.starts_with("open") && stand.ends_with("looked into") => {
                ("under_investigation".to_owned(), Value::Null)
            }
            _ if stand.starts_with("open") => ("open".to_owned(), Value::Null),
            _ => (house.answer(stand.strip_prefix("answered by ").expect("an answer")), Value::Null),
        };
        assert_eq!((&told["status"], &told["since"]), (&json!(word), &since), "{notice}: {stand}");
    }

    // The documents of the release say what its packages show, and else what held before.
    let statements = files.get("openvex.json").map(|document| vex(document)).unwrap_or_default();
    let (open, fixed) = (lines(&files["open"]), lines(&files["fixed"]));
    for (notice, stand) in before.stands() {
        let expected = stated(&house, stand, shipped);
        assert_eq!(statements[notice], BTreeSet::from([expected.clone()]), "{notice}: {stand}, {shipped:?}");
        let notes = &files["release-notes.md"];
        let is_told_open = section(notes, "Still open").contains(&format!("[{notice}"));
        let was_settled = stand.starts_with("fixed in") || stand.starts_with("not in");
        let settled_earlier = was_settled && shipped == Shipped::Unknown;
        assert_eq!(is_told_open, expected == "under_investigation" && !settled_earlier, "{notice}: {stand}\n{notes}");
        let was_open = stand.starts_with("open");
        assert_eq!(open.contains(notice), was_open && expected == "under_investigation", "{notice}: {stand}");
        let newly = expected == "fixed" && !was_settled;
        assert_eq!(fixed.contains(notice), newly, "{notice}: {stand}");
        assert_eq!(files.contains_key(&format!("advisories/{notice}.md")), newly, "{notice}: {stand}");
        assert_eq!(files.contains_key(&format!("osv/{notice}.json")), newly, "{notice}: {stand}");
    }
    assert!(said.contains("recorded rootfs 1.9.0"), "{said}");

    // A check opens again what is open no more by an answer, or contradicted, and nothing else; and only once.
    let checked = |given: Value| {
        let tmp = house.path("tmp");
        let request = json!({"source": house.source("notices"), "version": given});
        run(check, &request, house.place(&tmp, None)).json()
    };
    checked(Value::Null);
    let again = Conclusions::read(&house.objects());
    for (notice, stand) in after.stands() {
        let numbers = |conclusions: &Conclusions| conclusions.openings(notice).len();
        let reopened = numbers(&again) > numbers(&after);
        let contradicted = shipped == Shipped::TooOld && (stand.starts_with("fixed in") || stand.starts_with("not in"));
        let let_go = stand.contains("taken back") || stand.contains("ran out");
        let expected = contradicted || (let_go && matches!(shipped, Shipped::TooOld));
        if shipped != Shipped::Unknown {
            assert_eq!(reopened, expected, "{notice}: {stand}, {shipped:?}");
        }
    }
    let length = house.length();
    checked(Value::Null);
    assert_eq!(house.length(), length, "a second check has nothing to add");
}

/// What a release claims to be fixed or absent, in each of its documents.
fn claims(house: &House) -> BTreeSet<(String, String, String)> {
    let files = house.get("releases", &json!({"release": "1.9.0"}));
    let mut claims = BTreeSet::new();
    for name in ["openvex.json", "openvex-scan.json"] {
        let Some(document) = files.get(name) else { continue };
        let document: Value = serde_json::from_str(document).expect("JSON");
        for statement in document["statements"].as_array().expect("statements") {
            let absent = statement["justification"] == "component_not_present";
            if statement["status"] == "fixed" || absent {
                let of = statement["vulnerability"]["name"].as_str().expect("a name");
                claims.insert((name.to_owned(), of.to_owned(), statement["status"].to_string()));
            }
        }
    }
    claims.extend(lines(&files["fixed"]).into_iter().map(|id| ("fixed".to_owned(), id, String::new())));
    let status = house.status();
    for (id, notice) in status["notices"].as_object().expect("notices") {
        let told = &notice["products"][PRODUCT];
        if told["status"] == "fixed" && told["evidence"] == "packages" {
            claims.insert(("status".to_owned(), id.clone(), "fixed".to_owned()));
        }
    }
    claims
}

/// Rows of packages that are understood, and rows that aren't.
fn rows() -> (impl Strategy<Value = Vec<&'static str>>, impl Strategy<Value = &'static str>) {
    let understood =
        ["pkg:deb/ubuntu/libc6@2.35-0ubuntu3.8", "pkg:deb/ubuntu/libc6@2.35-0ubuntu3.10", "pkg:npm/libc6@9"];
    let odd = [
        "pkg:deb/debian/libc6@2.36-9",
        "pkg:deb/ubuntu/libc6@latest",
        "pkg:deb/ubuntu/libc6",
        "pkg:deb/ubuntu/libc6@2.35-0ubuntu3.10+Fips1",
        "pkg:deb/debian/other@1",
        "pkg:deb/ubuntu/other@all",
    ];
    (prop::sample::subsequence(understood.to_vec(), 0..=3), prop::sample::select(odd.to_vec()))
}

fn lines(text: &str) -> BTreeSet<String> {
    text.lines().map(ToOwned::to_owned).collect()
}

fn shipped() -> impl Strategy<Value = Shipped> {
    use Shipped::*;
    prop::sample::select(vec![TooOld, Fixed, Absent, NotUnderstood, Unknown])
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 400, failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn status_documents_and_checks_say_what_the_events_do(
        intents in prop::collection::vec(intent(), 1..14),
        shipped in shipped(),
    ) {
        agree(&intents, shipped);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 400, failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn a_row_that_is_not_understood_adds_no_claim(
        intents in prop::collection::vec(intent(), 1..10),
        understood in rows().0,
        odd in rows().1,
    ) {
        let (without, with) = (House::of(&intents), House::of(&intents));
        without.ships_these(&understood);
        with.ships_these(&[&understood[..], &[odd]].concat());
        let (without, with) = (claims(&without), claims(&with));
        prop_assert!(with.is_subset(&without), "{odd} adds {:?}", with.difference(&without).collect::<Vec<_>>());
    }
}
