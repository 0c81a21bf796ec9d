//! A team's own record, taken over together with the receipts of its releases.

use std::fs;
use std::path::{Path, PathBuf};

use davos::concourse::Step;
use davos::step::{fetch, record};
use serde_json::{Value, json};

use crate::support::needs;
use crate::support::steps::{self, Place};

/// A build folder, a tracker, and sources of notices as folders.
struct Team {
    folder: tempfile::TempDir,
}

impl Team {
    fn new() -> Team {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["build/record", "tracker", "tmp", "api/notices", "api/cves"] {
            fs::create_dir_all(folder.path().join(name)).expect("a folder");
        }
        Team { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn notice(&self, id: &str, published: &str, package: &str, version: &str) {
        let notice = json!({"id": id, "title": "a vulnerability", "published": published, "cves_ids": [],
            "release_packages": {"jammy": [
                {"name": package, "version": version, "is_source": false, "pocket": "security"}]}});
        self.write(&format!("api/notices/{id}.json"), &notice.to_string());
    }

    /// A put with these params: the answer, and what was said.
    fn put(&self, params: &Value) -> (Option<Value>, String) {
        let api = format!("file://{}/", self.path("api").display());
        let source = json!({"emit": "releases", "os": "jammy", "product": "cflinuxfs4",
            "tracker": {"driver": "file", "path": self.path("tracker")},
            "upstream": {"oval": false, "api": api, "rss": false}});
        let request = json!({"source": source, "params": params});
        self.run(record, &request, &self.path("build"))
    }

    /// The documents of a release.
    fn get(&self, version: &str) -> std::collections::BTreeMap<String, String> {
        let source = json!({"emit": "releases", "product": "cflinuxfs4",
            "tracker": {"driver": "file", "path": self.path("tracker")}});
        let request = json!({"source": source, "version": {"release": version}});
        let folder = tempfile::tempdir().expect("a folder");
        let (answer, said) = self.run(fetch, &request, folder.path());
        answer.expect(&said);
        let mut files = std::collections::BTreeMap::new();
        for below in ["", "advisories", "osv"] {
            let Ok(entries) = fs::read_dir(folder.path().join(below)) else { continue };
            for path in entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file()) {
                let name = path.strip_prefix(folder.path()).expect("inside").display().to_string();
                files.insert(name, fs::read_to_string(path).expect("a file"));
            }
        }
        files
    }

    /// Where each notice stands, and since which release.
    fn stands(&self) -> Vec<(String, Value, Value, Value)> {
        let length = self.events().len().to_string();
        let source = json!({"emit": "status", "tracker": {"driver": "file", "path": self.path("tracker")}});
        let request = json!({"source": source, "version": {"cflinuxfs4": length}});
        let folder = tempfile::tempdir().expect("a folder");
        let (answer, said) = self.run(fetch, &request, folder.path());
        answer.expect(&said);
        let status = fs::read(folder.path().join("status.json")).expect("a status");
        let status: Value = serde_json::from_slice(&status).expect("JSON");
        let notices = status["notices"].as_object().expect("notices").iter();
        let stand = |(id, notice): (&String, &Value)| {
            let stand = &notice["products"]["cflinuxfs4"];
            (id.clone(), stand["status"].clone(), stand["since"].clone(), stand["evidence"].clone())
        };
        notices.map(stand).collect()
    }

    /// A check for notices of all priorities.
    fn check(&self) -> (Option<Value>, String) {
        self.check_at("2026-02-19T12:00:00Z")
    }

    fn check_at(&self, now: &str) -> (Option<Value>, String) {
        let other = json!({"id": "USN-99-1", "type": "USN", "title": "another", "published": "2026-01-01T00:00:00",
            "summary": "", "description": "", "cves_ids": [], "releases": [{"codename": "jammy"}]});
        let page = json!({"notices": [other], "offset": 0, "limit": 20, "total_results": 1});
        self.write("api/page/notices.json", &page.to_string());
        self.notice("USN-99-1", "2026-01-01T00:00:00", "other", "1");
        let api = format!("file://{}/", self.path("api").display());
        let source = json!({"os": "jammy", "product": "cflinuxfs4", "priorities": ["unknown", "high", "critical"],
            "tracker": {"driver": "file", "path": self.path("tracker")},
            "upstream": {"oval": false, "api": api, "rss": false}});
        self.run_at(davos::step::check, &json!({"source": source}), &self.path("build"), now)
    }

    fn run(&self, step: Step, request: &Value, folder: &Path) -> (Option<Value>, String) {
        self.run_at(step, request, folder, "2026-02-19T12:00:00Z")
    }

    fn run_at(&self, step: Step, request: &Value, folder: &Path, now: &str) -> (Option<Value>, String) {
        let (temporary, now) = (self.path("tmp"), now.parse().expect("a time"));
        let outcome = steps::run(step, request, Place { temporary: &temporary, folder: Some(folder), job: None, now });
        (outcome.is_success().then(|| outcome.json()), outcome.stderr)
    }

    fn import(&self) -> (Option<Value>, String) {
        self.put(&json!({"import": {"record": "record/releases.yml", "packages": "receipts"}}))
    }

    /// The events of the log, in order.
    fn events(&self) -> Vec<Value> {
        let folder = self.path("tracker/cflinuxfs4");
        let Ok(entries) = fs::read_dir(&folder) else { return Vec::new() };
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        files.iter().map(|path| serde_json::from_slice(&fs::read(path).expect("an event")).expect("JSON")).collect()
    }

    fn releases(&self) -> Vec<Value> {
        self.events().iter().filter_map(|event| event.get("released")).cloned().collect()
    }
}

/// Three releases, of which the first has no receipt; `a` is fixed in 1.10, `b` never, `c` was claimed of 1.9.
fn team() -> Team {
    let team = Team::new();
    team.notice("USN-1-1", "2026-01-03T00:00:00", "a", "5");
    team.notice("USN-2-1", "2026-01-02T00:00:00", "b", "5");
    team.notice("USN-3-1", "2026-01-01T00:00:00", "c", "5");
    team.notice("USN-4-1", "2026-01-04T00:00:00", "absent", "5");
    let claim = |id: &str, release: &str| format!("- title: '{id}: x'\n  stack_release: {release}\n");
    let claims = [
        claim("USN-1-1", "1.11.0"),
        claim("USN-2-1", "1.11.0"),
        claim("USN-3-1", "1.9.0"),
        claim("USN-4-1", "1.11.0"),
        claim("USN-9-1", "1.9.0"),
    ];
    team.write("build/record/releases.yml", &claims.concat());
    team.write("build/receipts/cflinuxfs4-1.10.0.receipt", "a=5\nb=4\nc=5\n");
    team.write("build/receipts/cflinuxfs4-1.11.0.receipt", "a=5\nb=4\nc=5\n");
    team.write("build/receipts/README.md", "Receipts.\n");
    team
}

#[test]
fn the_log_takes_what_the_receipts_show() {
    let team = team();
    let (answer, said) = team.import();
    let answer = answer.expect(&said);
    assert_eq!(answer["version"], json!({"release": "1.11.0"}));
    let opened: Vec<Value> = team.events().iter().filter_map(|event| event.get("opened")).cloned().collect();
    let ids: Vec<&Value> = opened.iter().map(|opened| &opened["notice"]["id"]).collect();
    assert_eq!(ids, ["USN-3-1", "USN-2-1", "USN-1-1", "USN-4-1"], "in the order of publication");
    assert_eq!(opened[0]["fixed_in"]["version"], "1.9.0");
    assert_eq!(opened[1]["fixed_in"], Value::Null);
    assert_eq!(opened[1]["packages"], json!([{"package": "b", "have": "4", "need": "5"}]));

    let [first, second, third] = team.releases().try_into().expect("three releases");
    assert_eq!(first["fixed"], json!([{"notice": "USN-3-1", "evidence": "none", "via": null}]));
    assert_eq!((&first["packages"], &first["open"]), (&Value::Null, &json!([])));
    let evidence = json!([{"package": "a", "have": "5", "need": "5"}]);
    assert_eq!(second["fixed"], json!([{"notice": "USN-1-1", "evidence": evidence, "via": null}]));
    assert_eq!(second["open"], json!(["USN-2-1"]));
    assert_eq!((&third["fixed"], &third["not_affected"]), (&json!([]), &json!(["USN-4-1"])));
    assert_eq!(third["open"], json!(["USN-2-1"]));

    for line in [
        "0 claims agree with the packages, 2 disagree, 1 have no evidence, 1 are of packages not installed (USN-4-1)",
        "USN-1-1  1.11.0    fixed in 1.10.0  a        5     5",
        "USN-2-1  1.11.0    never fixed      b        4     5",
        "no source knows USN-9-1: left out",
        "not named by a release, left out: README.md",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
}

#[test]
fn a_get_writes_the_same_bytes_whatever_came_later() {
    let team = team();
    team.import().0.expect("imported");
    let before = team.get("1.10.0");
    let names: Vec<&str> = before.keys().map(String::as_str).collect();
    let expected = [
        "advisories/USN-1-1.md",
        "fixed",
        "notification.txt",
        "open",
        "openvex-scan.json",
        "openvex.json",
        "osv/USN-1-1.json",
        "packages",
        "release-notes.md",
        "release.json",
        "version",
    ];
    assert_eq!(names, expected);
    let json: Value = serde_json::from_str(&before["release.json"]).expect("JSON");
    assert_eq!(json["includes"], json!({}));
    let answer = json!({"notice": "USN-2-1", "status": "affected", "statement": "won't fix"});
    team.put(&json!({"answer": answer})).0.expect("answered");
    team.write("build/receipt", "a=4\nb=4\nc=5\n");
    for version in ["1.12.0", "1.9.5"] {
        team.put(&json!({"version": version, "packages_file": "receipt"})).0.expect("recorded");
    }
    assert_eq!(team.get("1.10.0"), before);
    assert!(team.get("1.12.0")["release-notes.md"].contains("won't fix"));
}

#[test]
fn a_release_below_the_fix_says_still_open() {
    let team = team();
    team.write("build/receipts/cflinuxfs4-1.8.0.receipt", "a=4\nb=4\nc=4\nabsent=4\n");
    team.import().0.expect("imported");
    let files = team.get("1.8.0");
    let (notes, vex) = (&files["release-notes.md"], &files["openvex.json"]);
    let open = notes.split("## Still open").nth(1).expect("open notices").split("\n## ").next().expect("a section");
    for id in ["USN-1-1", "USN-2-1", "USN-3-1", "USN-4-1"] {
        assert!(open.contains(id), "{id}: {notes}");
    }
    assert!(!notes.contains("taken back") && !vex.contains("taken back"), "{notes}\n{vex}");
    let later = &team.get("1.10.0")["release-notes.md"];
    assert!(!later.contains("taken back"), "{later}");
}

#[test]
fn a_later_import_completes_what_the_sources_did_not_know_at_first() {
    // Fixed in 1.10.0, not in any release, never fixed, and said of a release without packages.
    let late = [("USN-5-1", "a"), ("USN-6-1", "absent"), ("USN-7-1", "b"), ("USN-8-1", "unseen")];
    let of = |late: &[(&str, &str)], whole: bool| {
        let team = team();
        let claims = |release: &str, id: &str| format!("- title: '{id}: x'\n  stack_release: {release}\n");
        let record = fs::read_to_string(team.path("build/record/releases.yml")).expect("a record");
        let more = late.iter().map(|(id, _)| claims(if *id == "USN-8-1" { "1.9.0" } else { "1.11.0" }, id));
        team.write("build/record/releases.yml", &(record + &more.collect::<String>()));
        let publish = || late.iter().for_each(|(id, package)| team.notice(id, "2026-01-02T00:00:00", package, "5"));
        if whole {
            publish();
        }
        let said = team.import().1;
        assert!(said.contains("import again: that completes the record"), "{said}");
        publish();
        assert!(team.import().0.is_some());
        team
    };
    for count in 1..=late.len() {
        for late in late.windows(count) {
            let (completed, whole) = (of(late, false), of(late, true));
            for version in ["1.9.0", "1.10.0", "1.11.0"] {
                let (completed, whole) = (completed.get(version), whole.get(version));
                for name in ["fixed", "open", "openvex.json", "openvex-scan.json", "release-notes.md"] {
                    assert_eq!(completed.get(name), whole.get(name), "{version} {name} {late:?}");
                }
            }
            assert_eq!(completed.stands(), whole.stands(), "{late:?}");
        }
    }
}

#[test]
fn what_an_import_opened_is_history_and_only_what_a_rebuild_would_fix_is_shown_by_the_next_check() {
    let team = team();
    // Open after the import: `b` can be fixed by a rebuild, `libheif1` only with Ubuntu Pro.
    team.notice("USN-10-1", "2026-01-06T00:00:00", "libheif1", "5");
    let notice = fs::read_to_string(team.path("api/notices/USN-10-1.json")).expect("a notice");
    team.write("api/notices/USN-10-1.json", &notice.replace("\"security\"", "\"esm-apps\""));
    let record = fs::read_to_string(team.path("build/record/releases.yml")).expect("a record");
    team.write("build/record/releases.yml", &(record + "- title: 'USN-10-1: x'\n  stack_release: 1.11.0\n"));
    for release in ["1.10.0", "1.11.0"] {
        team.write(&format!("build/receipts/cflinuxfs4-{release}.receipt"), "a=5\nb=4\nc=5\nlibheif1=4\n");
    }
    team.import().0.expect("imported");
    let whole = team.events();
    let shown: Vec<&Value> = whole.iter().filter_map(|event| event.get("opened")).collect();
    assert!(shown.iter().all(|opened| !opened["fixed_in"].is_null()
        || opened.get("not_affected_in").is_some()
        || opened["shown"] == json!(false)));

    // A check in the midst of it opens nothing, however far it is; it may go on to settle what is open now.
    let file = |seq: usize| team.path(&format!("tracker/cflinuxfs4/{seq:08}.json"));
    let kept: Vec<Vec<u8>> = (1..=whole.len()).map(|seq| fs::read(file(seq)).expect("an event")).collect();
    for length in (1..whole.len()).rev() {
        fs::remove_file(file(length + 1)).expect("removed");
        let _ = fs::remove_dir_all(team.path("tmp/davos"));
        let (answer, said) = team.check();
        assert_eq!(answer, Some(json!([])), "{said}");
        let left = whole.len() - length;
        assert!(said.contains(&format!("an import is being recorded, {left} event")), "{said}");
        assert_eq!(team.events().len(), length);
    }
    (0..whole.len()).for_each(|nth| fs::write(file(nth + 1), &kept[nth]).expect("written"));
    let _ = fs::remove_dir_all(team.path("tmp/davos"));

    let (answer, said) = team.check();
    assert_eq!(answer, Some(json!([{"notice": "USN-2-1"}])), "{said}");
    assert_eq!(team.check().0, answer);
}

#[test]
fn an_import_that_was_stopped_holds_up_nobody_for_more_than_an_hour() {
    let team = team();
    team.import().0.expect("imported");
    let last = team.events().len();
    fs::remove_file(team.path(&format!("tracker/cflinuxfs4/{last:08}.json"))).expect("removed");
    let _ = fs::remove_dir_all(team.path("tmp/davos"));
    assert!(team.check().1.contains("an import is being recorded, 1 event"));
    let (answer, said) = team.check_at("2026-02-19T13:00:01Z");
    assert_eq!(answer, Some(json!([{"notice": "USN-2-1"}])), "{said}");
}

#[test]
fn a_second_import_adds_nothing_and_one_that_was_interrupted_goes_on() {
    let team = team();
    team.import().0.expect("imported");
    let whole = team.events();
    let (answer, said) = team.import();
    assert!(answer.is_some() && said.contains("nothing to do"), "{said}");
    assert_eq!(team.events(), whole);
    for kept in 0..whole.len() {
        for seq in kept + 1..=whole.len() {
            fs::remove_file(team.path(&format!("tracker/cflinuxfs4/{seq:08}.json"))).expect("removed");
        }
        let _ = fs::remove_dir_all(team.path("tmp/davos"));
        let (answer, said) = team.import();
        answer.expect(&said);
        assert_eq!(team.events(), whole, "{kept} events were there");
    }
}

#[test]
fn nothing_is_recorded_of_a_record_that_cannot_be_read() {
    let team = team();
    team.write("build/record/releases.yml", "- title: 'USN-1-1: x'\n  stack_release: 1.10\n");
    let (answer, said) = team.import();
    assert!(answer.is_none() && said.contains("quote it"), "{said}");
    team.write("build/record/releases.yml", "- title: 'USN-1-1: x'\n  stack_release: 1.10.0\n");
    team.write("build/receipts/cflinuxfs4-1.10.0.receipt", "a\n");
    let (answer, said) = team.import();
    assert!(answer.is_none() && said.contains("cflinuxfs4-1.10.0.receipt"), "{said}");
    assert!(team.events().is_empty());
}

#[test]
fn a_release_that_takes_a_package_back_says_so() {
    let team = team();
    team.import().0.expect("imported");
    team.write("build/receipt", "a=4\nb=5\nc=5\n");
    let (answer, said) = team.put(&json!({"version": "v1.12", "packages_file": "receipt"}));
    assert!(answer.is_some(), "{said}");
    assert!(said.contains("v1.12 takes packages back below a fix: USN-1-1 will be open again"), "{said}");
    assert!(said.contains("USN-1-1  a        4     5     1.10.0"), "{said}");
    let again = team.put(&json!({"version": "1.12.0", "packages_file": "receipt"}));
    assert!(again.1.contains("cflinuxfs4 v1.12 is already recorded"), "one release in two spellings: {}", again.1);
    team.write("build/receipt", "a=3\nb=5\nc=5\n");
    let lower = team.put(&json!({"version": "1.8.0", "packages_file": "receipt"}));
    assert!(lower.0.is_some() && !lower.1.contains("takes packages back"), "no check judges by it: {}", lower.1);
}

/// The eight notices of which the ratings and packages are known from another source.
const JUDGED: [&str; 8] =
    ["USN-7886-1", "USN-7899-1", "USN-7919-1", "USN-7924-1", "USN-7945-1", "USN-7946-1", "USN-7951-1", "USN-7952-1"];

#[test]
fn the_record_of_the_rootfs_team_is_right_for_six_of_eight_notices() {
    let Some(corpus) = needs::corpus("") else { return };
    let team = Team::new();
    let copy = |from: &str, to: &str| {
        fs::create_dir_all(team.path(to)).expect("a folder");
        for entry in fs::read_dir(corpus.join(from)).expect(from) {
            let entry = entry.expect("an entry");
            fs::copy(entry.path(), team.path(to).join(entry.file_name())).expect("copied");
        }
    };
    copy("api/notices", "api/notices");
    copy("receipts", "build/receipts");
    fs::copy(corpus.join("tracking/cflinuxfs4-stack-releases.yml"), team.path("build/record/releases.yml"))
        .expect("copied");
    let facts = fs::read(corpus.join("facts/jammy-2025-11.json")).expect("facts");
    let facts: Value = serde_json::from_slice(&facts).expect("JSON");
    for cve in facts.as_object().expect("notices").values().flat_map(|notice| notice["cves"].as_array().expect("CVEs"))
    {
        let id = cve["id"].as_str().expect("an id");
        let rated = json!({"id": id, "priority": cve["priority"], "cvss3": null});
        team.write(&format!("api/cves/{id}.json"), &rated.to_string());
    }

    let (answer, said) = team.import();
    let answer = answer.expect(&said);
    let metadata = answer["metadata"].as_array().expect("metadata");
    let fact = |name: &str| metadata.iter().find(|fact| fact["name"] == name).map(|fact| fact["value"].clone());
    assert_eq!(fact("disagree"), Some(json!("USN-7899-1, USN-7952-1")), "{said}");
    assert_eq!(fact("agree"), Some(json!("6")), "{said}");
    let row = |id: &str| said.lines().find(|line| line.trim_start().starts_with(id)).expect(id).to_owned();
    assert!(row("USN-7899-1 ").contains("1.293.0") && row("USN-7899-1 ").contains("fixed in 1.292.0"), "{said}");
    assert!(row("USN-7952-1 ").contains("never fixed, only in Ubuntu Pro"), "{said}");
    assert!(row("USN-7952-1 ").contains("libheif1") && row("USN-7952-1 ").contains("1.12.0-2build1"), "{said}");

    let releases = team.releases();
    for id in JUDGED {
        let fixed = releases
            .iter()
            .filter(|release| release["fixed"].as_array().expect("a list").iter().any(|f| f["notice"] == id));
        assert_eq!(fixed.count(), usize::from(id != "USN-7952-1"), "{id}");
    }
    let notes = &team.get("1.297.0")["release-notes.md"];
    let (fixed, rest) = notes.split_once("\n## Still open").expect("an open notice");
    for (id, package) in [("USN-7945-1", "`libxslt1.1`"), ("USN-7946-1", "`gpgv`"), ("USN-7951-1", "`libpython3.10")] {
        let item = fixed.split("- **[").find(|item| item.starts_with(id)).unwrap_or_else(|| panic!("{id}\n{notes}"));
        assert!(item.contains(package), "{item}");
    }
    assert!(!fixed.contains("USN-7952-1") && rest.contains("USN-7952-1"), "{notes}");
    assert!(!team.get("1.297.0").contains_key("advisories/USN-7952-1.md"));

    let count = team.events().len();
    let (answer, said) = team.import();
    assert!(answer.is_some() && said.contains("nothing to do"), "{said}");
    assert_eq!(team.events().len(), count);
    assert!(said.lines().count() < 30, "a screen: {said}");
    println!("{count} events, {} releases", releases.len());
}
