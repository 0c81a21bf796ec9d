//! Products inside products: what a release inherits from the releases that it contains.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use davos::concourse::Step;
use davos::step::{check, fetch, record};
use serde_json::{Value, json};

use crate::support::steps::{Outcome, Place, run};

/// The notices that are open in 1.290.0 of the fixtures and fixed in 1.297.0.
const FIXED: [&str; 3] = ["USN-7945-1", "USN-7946-1", "USN-7951-1"];

/// One tracker with the logs of several products.
struct House {
    folder: tempfile::TempDir,
}

impl House {
    /// The root filesystem's releases 1.290.0 and 1.297.0 are recorded, and what the second one fixes was open.
    fn new() -> House {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["build", "tracker", "tmp"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let house = House { folder };
        for release in ["1.290.0", "1.297.0"] {
            let name = format!("cflinuxfs4-{release}.receipt");
            fs::copy(fixtures().join("receipts").join(&name), house.build().join(&name)).expect("copied");
            house.release("rootfs", release, json!({"packages_file": name})).json();
            house.check("rootfs", "notices").json();
            house.get("rootfs", release).json();
        }
        house
    }

    fn build(&self) -> std::path::PathBuf {
        self.folder.path().join("build")
    }

    fn run(&self, step: Step, product: &str, emit: &str, rest: (&str, Value), folder: &Path) -> Outcome {
        let file = |name: &str| format!("file://{}", fixtures().join(name).display());
        let mut request = json!({"source": {"emit": emit, "os": "jammy", "product": product, "window": "520w",
            "severities": ["high", "critical"], "priorities": ["high", "critical"],
            "tracker": {"driver": "file", "path": self.folder.path().join("tracker")},
            "upstream": {"oval": file("oval/"), "api": file("api/"), "rss": false}}});
        request[rest.0] = rest.1;
        let now = "2026-01-20T12:00:00Z".parse().expect("a time");
        let temporary = self.folder.path().join("tmp");
        run(step, &request, Place { temporary: &temporary, folder: Some(folder), job: Some("build"), now })
    }

    fn check(&self, product: &str, emit: &str) -> Outcome {
        self.run(check, product, emit, ("version", Value::Null), &self.build())
    }

    /// Records a release.
    fn release(&self, product: &str, version: &str, mut params: Value) -> Outcome {
        params["version"] = json!(version);
        self.run(record, product, "releases", ("params", params), &self.build())
    }

    /// Gets a release into the folder `<product>-<version>` of the build.
    fn get(&self, product: &str, version: &str) -> Outcome {
        let folder = self.build().join(format!("{product}-{version}"));
        self.run(fetch, product, "releases", ("version", json!({"release": version})), &folder)
    }

    /// Records a release of `product` that contains others, such as `rootfs-1.290.0`.
    fn containing(&self, product: &str, version: &str, others: &[&str]) -> Outcome {
        let split = |other: &&str| {
            let (name, _) = other.split_once('-').expect("a version");
            ((*name).to_owned(), json!(other))
        };
        let includes: serde_json::Map<String, Value> = others.iter().map(split).collect();
        let outcome = self.release(product, version, json!({"includes": includes}));
        if outcome.is_success() {
            self.get(product, version).json();
        }
        outcome
    }

    /// What a release fixes, as its get tells: the way that each fix came.
    fn fixed(&self, product: &str, version: &str) -> BTreeMap<String, Value> {
        let file = self.build().join(format!("{product}-{version}/release.json"));
        let release: Value = serde_json::from_slice(&fs::read(file).expect("a file")).expect("JSON");
        let fixed = release["fixed"].as_array().expect("a list").iter();
        fixed.map(|fixed| (fixed["notice"].as_str().expect("an id").to_owned(), fixed.clone())).collect()
    }

    /// A file of a get.
    fn file(&self, product: &str, version: &str, name: &str) -> String {
        fs::read_to_string(self.build().join(format!("{product}-{version}/{name}"))).expect("a file")
    }

    fn events(&self, product: &str) -> Vec<Value> {
        let mut files: Vec<_> = fs::read_dir(self.folder.path().join("tracker").join(product))
            .map(|entries| entries.map(|entry| entry.expect("an entry").path()).collect())
            .unwrap_or_default();
        files.retain(|file: &std::path::PathBuf| file.is_file());
        files.sort();
        files.iter().map(|file| serde_json::from_slice(&fs::read(file).expect("a file")).expect("JSON")).collect()
    }
}

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

#[test]
fn a_release_inherits_what_the_release_inside_it_fixes_with_its_evidence() {
    let house = House::new();
    house.containing("app", "1.0.0", &["rootfs-1.297.0"]).json();
    let fixed = house.fixed("app", "1.0.0");
    for id in FIXED {
        let fixed = &fixed[id];
        assert_eq!(fixed["via"], "rootfs", "{id}");
        assert_eq!(fixed["path"], json!([{"product": "rootfs", "version": "1.297.0"}]), "{id}");
        assert!(fixed["evidence"][0]["have"].is_string(), "{id} has no evidence: {fixed}");
    }
    // The log tells all of it by itself.
    let events = house.events("app");
    let opened: Vec<&Value> = events.iter().filter_map(|event| event.get("opened")).collect();
    assert_eq!(opened.len(), fixed.len());
    assert!(opened.iter().all(|opened| opened["fixed_in"]["version"] == "1.0.0"));
    let released = &events.last().expect("an event")["released"];
    assert_eq!(released["includes"], json!({"rootfs": "1.297.0"}));
    // Nobody is asked to look at what is fixed already.
    assert_eq!(house.check("app", "notices").json().as_array().map(Vec::len), Some(0));
}

#[test]
fn what_the_release_inside_leaves_open_is_not_inherited() {
    let house = House::new();
    house.containing("app", "1.0.0", &["rootfs-1.290.0"]).json();
    let fixed = house.fixed("app", "1.0.0");
    assert!(FIXED.iter().all(|id| !fixed.contains_key(*id)), "{fixed:?}");
    // With the next one it comes.
    house.containing("app", "1.1.0", &["rootfs-1.297.0"]).json();
    let fixed = house.fixed("app", "1.1.0");
    assert_eq!(fixed.keys().map(String::as_str).filter(|id| FIXED.contains(id)).collect::<Vec<_>>(), FIXED);
}

#[test]
fn a_fix_comes_through_any_number_of_products_and_its_whole_way_is_kept() {
    let house = House::new();
    house.containing("middle", "3", &["rootfs-1.297.0"]).json();
    house.containing("app", "1.0.0", &["middle-3"]).json();
    let way = json!([{"product": "middle", "version": "3"}, {"product": "rootfs", "version": "1.297.0"}]);
    for id in FIXED {
        let fixed = &house.fixed("app", "1.0.0")[id];
        assert_eq!((&fixed["via"], &fixed["path"]), (&json!("middle"), &way));
    }
}

#[test]
fn of_two_releases_inside_the_one_that_leaves_a_notice_open_counts() {
    let house = House::new();
    house.containing("middle", "3", &["rootfs-1.290.0"]).json();
    house.containing("app", "1.0.0", &["middle-3", "rootfs-1.297.0"]).json();
    let fixed = house.fixed("app", "1.0.0");
    assert!(FIXED.iter().all(|id| !fixed.contains_key(*id)), "{fixed:?}");
}

#[test]
fn the_packages_of_the_release_itself_have_the_first_word() {
    let house = House::new();
    let includes = json!({"rootfs": "rootfs-1.297.0"});
    let params = json!({"includes": includes, "packages_file": "cflinuxfs4-1.290.0.receipt"});
    house.release("app", "1.0.0", params).json();
    house.get("app", "1.0.0").json();
    let fixed = house.fixed("app", "1.0.0");
    assert!(FIXED.iter().all(|id| !fixed.contains_key(*id)), "{fixed:?}");
}

#[test]
fn a_named_notice_that_the_release_inside_fixes_is_settled_and_one_that_it_leaves_open_is_not() {
    let house = House::new();
    let params = |release: &str| json!({"includes": {"rootfs": release}, "notices": ["USN-7946-1"]});
    let refused = house.release("app", "1.0.0", params("rootfs-1.290.0"));
    assert!(!refused.is_success());
    for words in ["doesn't settle USN-7946-1", "too old inside rootfs 1.290.0", "gpgv"] {
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }
    assert!(house.events("app").is_empty());
    house.release("app", "1.0.0", params("rootfs-1.297.0")).json();
}

#[test]
fn the_same_release_again_is_a_success_and_with_another_inside_it_is_refused() {
    let house = House::new();
    let first = house.containing("app", "1.0.0", &["rootfs-1.297.0"]).json();
    let events = house.events("app");
    assert_eq!(house.containing("app", "1.0.0", &["rootfs-1.297.0"]).json()["version"], first["version"]);
    let other = house.containing("app", "1.0.0", &["rootfs-1.290.0"]);
    assert!(!other.is_success());
    assert!(other.stderr.contains("with rootfs 1.297.0 inside, and now it is rootfs 1.290.0"), "{}", other.stderr);
    assert_eq!(house.events("app"), events);
}

#[test]
fn a_release_inside_that_was_rolled_back_under_a_higher_number_earns_a_warning_that_names_what_it_takes_back() {
    let house = House::new();
    house.containing("app", "1.0.0", &["rootfs-1.297.0"]).json();
    house.release("rootfs", "1.298.0", json!({"packages_file": "rootfs-1.290.0/packages"})).json();
    house.get("rootfs", "1.298.0").json();
    let outcome = house.containing("app", "1.1.0", &["rootfs-1.298.0"]);
    assert!(outcome.is_success(), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("what is inside 1.1.0 takes back the fixes of"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("USN-7946-1 (rootfs 1.298.0)"), "{}", outcome.stderr);
    assert!(house.fixed("app", "1.1.0").is_empty());
    // Settled once in this product, and open again in what it contains: nothing may call it fixed or absent.
    let open = house.file("app", "1.1.0", "open");
    assert_eq!(open.lines().filter(|id| FIXED.contains(id)).count(), FIXED.len(), "{open}");
    let notes = house.file("app", "1.1.0", "release-notes.md");
    assert!(notes.contains("settled by 1.0.0, and taken back by this release"), "{notes}");
    let openvex = house.file("app", "1.1.0", "openvex.json");
    assert!(openvex.contains("\"under_investigation\"") && !openvex.contains("not_affected"), "{openvex}");
    assert!(!openvex.contains("\"fixed\""), "{openvex}");
}

#[test]
fn what_the_release_inside_leaves_open_is_told_by_the_put_and_by_every_file() {
    let house = House::new();
    let outcome = house.containing("middle", "3", &["rootfs-1.290.0"]);
    assert!(outcome.stderr.contains("recorded middle 3: nothing was open; 4 are open in what it contains (USN-"));
    house.containing("app", "1.0.0", &["middle-3"]).json();
    let release: Value = serde_json::from_str(&house.file("app", "1.0.0", "release.json")).expect("JSON");
    let inside = &release["open_inside"][0];
    let way = json!([{"product": "middle", "version": "3"}, {"product": "rootfs", "version": "1.290.0"}]);
    assert_eq!((&inside["notice"], &inside["path"]), (&json!("USN-7924-1"), &way));
    assert_eq!(house.file("app", "1.0.0", "open").lines().count(), 4);
    let notes = house.file("app", "1.0.0", "release-notes.md");
    let said = "None of its own is open. 4 are open in what it contains.";
    assert!(notes.contains(said) && notes.contains("In **middle 3**, which contains **rootfs 1.290.0**:"), "{notes}");
    let message = house.file("app", "1.0.0", "notification.txt");
    assert!(message.contains("app 1.0.0: 0 notices fixed, 4 open\nopen in what it contains: USN-7924-1"), "{message}");
    // Its own packages, and an answer of its own, have the first word.
    let own = json!({"includes": {"rootfs": "rootfs-1.290.0"}, "packages_file": "cflinuxfs4-1.297.0.receipt"});
    assert!(house.release("own", "1", own).stderr.contains("recorded own 1: nothing was open\n"));
    let answer = json!({"answer": {"notice": "USN-7946-1", "status": "affected", "statement": "We live with it."}});
    house.run(record, "app", "releases", ("params", answer), &house.build()).json();
    let outcome = house.containing("app", "1.1.0", &["middle-3"]);
    assert!(outcome.stderr.contains("3 are open in what it contains"), "{}", outcome.stderr);
}

#[test]
fn a_check_tells_what_is_still_to_be_picked_up_and_from_where() {
    let house = House::new();
    house.containing("middle", "3", &["rootfs-1.290.0"]).json();
    house.containing("app", "1.0.0", &["middle-3"]).json();
    let outcome = house.check("app", "releases");
    assert_eq!(outcome.json(), json!([{"release": "1.0.0"}]));
    let said = "app 1.0.0 contains middle 3, which contains rootfs 1.290.0, and 1.297.0 of that fixes";
    assert!(outcome.stderr.contains(said) && outcome.stderr.contains("USN-7946-1"), "{}", outcome.stderr);
    house.containing("middle", "4", &["rootfs-1.297.0"]).json();
    let outcome = house.check("app", "releases");
    assert!(outcome.stderr.contains("app 1.0.0 contains middle 3, and 4 of that fixes"), "{}", outcome.stderr);
    house.containing("app", "1.1.0", &["middle-4"]).json();
    assert!(!house.check("app", "releases").stderr.contains("contains"));
}

#[test]
fn circles_and_unknown_products_and_releases_are_refused_with_a_sentence() {
    let house = House::new();
    house.containing("middle", "3", &["rootfs-1.297.0"]).json();
    let circle = house.containing("rootfs", "1.298.0", &["middle-3"]);
    assert!(!circle.is_success());
    let said = "a product can't contain itself: rootfs would contain middle 3, which contains rootfs 1.297.0";
    assert!(circle.stderr.contains(said), "{}", circle.stderr);

    let artifact = |product: &str, version: &str| {
        let folder = house.build().join("other");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("release.json"), json!({"product": product, "version": version}).to_string())
            .expect("a file");
        let params = json!({"includes": {"rootfs": "other"}});
        let outcome = house.release("app", "1.0.0", params);
        assert!(!outcome.is_success());
        outcome.stderr
    };
    let said = artifact("rootfs", "1.999.0");
    assert!(said.contains("the log of rootfs has no release 1.999.0; record it there before"), "{said}");
    let said = artifact("middle", "3");
    assert!(said.contains("params.includes.rootfs \"other\" holds a release of middle"), "{said}");
    fs::remove_file(house.build().join("other/release.json")).expect("removed");
    let nothing = house.release("app", "1.0.0", json!({"includes": {"rootfs": "other"}}));
    assert!(nothing.stderr.contains("name the folder of a get of a resource with emit: releases"));

    fs::write(house.build().join("other/release.json"), json!({"product": "stack", "version": "1"}).to_string())
        .expect("a file");
    let unknown = house.release("app", "1.0.0", json!({"includes": {"stack": "other"}}));
    assert!(unknown.stderr.contains("the tracker has no log of stack"), "{}", unknown.stderr);
    assert!(house.events("app").is_empty());
}

#[test]
fn the_status_is_the_length_of_every_log_and_a_get_tells_what_was_so_then() {
    let house = House::new();
    let state = |version: Value| house.run(check, "rootfs", "status", ("version", version), &house.build()).json();
    let first = state(Value::Null);
    let length = house.events("rootfs").len().to_string();
    assert_eq!(first, json!([{"rootfs": length}]));
    house.containing("app", "1.0.0", &["rootfs-1.297.0"]).json();
    let both = json!({"rootfs": length, "app": house.events("app").len().to_string()});
    assert_eq!(state(first[0].clone()), json!([first[0], both]));
    assert_eq!(state(both.clone()), json!([both]));
    // A log that was cut off, or a version of another resource: today's state, and a warning.
    for strange in [json!({"rootfs": "9999"}), json!({"gone": "1"}), json!({"ref": "abc"})] {
        assert_eq!(state(strange), json!([both]));
    }

    let get = |version: &Value| {
        let folder = tempfile::tempdir().expect("a folder");
        let outcome = house.run(fetch, "rootfs", "status", ("version", version.clone()), folder.path());
        outcome.is_success().then(|| fs::read(folder.path().join("status.json")).expect("a file")).ok_or(outcome.stderr)
    };
    let before = get(&first[0]).expect("files");
    house.containing("app", "1.1.0", &["rootfs-1.297.0"]).json();
    assert_eq!(get(&first[0]).expect("files"), before);
    assert_ne!(get(&both).expect("files"), before);
    assert!(get(&json!({"rootfs": "9999"})).expect_err("too long").contains("and the version names 9999"));
    assert!(get(&json!({"ref": "abc"})).expect_err("strange").contains("is no state of logs"));
    let put = house.run(record, "rootfs", "status", ("params", json!({"version": "1"})), &house.build());
    assert!(put.stderr.contains("a put can't go to a resource with emit: status"), "{}", put.stderr);
}

#[test]
fn a_product_never_goes_back_on_what_it_contains() {
    let house = House::new();
    house.containing("app", "2.0.0", &["rootfs-1.297.0"]).json();
    let before = house.events("app").len();
    let refused = house.containing("app", "3.0.0", &["rootfs-1.290.0"]);
    assert!(!refused.is_success());
    for words in [
        "app 3.0.0 would go back on rootfs",
        "contains 1.290.0",
        "app 2.0.0 before it contains 1.297.0",
        "under a higher number",
    ] {
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }
    assert_eq!(house.events("app").len(), before, "nothing was recorded");
    // The same again, the same inside, and what is dropped altogether go back on nothing.
    house.containing("app", "2.0.0", &["rootfs-1.297.0"]).json();
    house.containing("app", "2.1.0", &["rootfs-1.297.0"]).json();
    // Neither does an older line: what it follows is the release below it.
    house.containing("app", "1.9.0", &["rootfs-1.290.0"]).json();
    house.containing("app", "1.9.5", &["rootfs-1.297.0"]).json();
    assert!(!house.containing("app", "1.9.9", &["rootfs-1.290.0"]).is_success());
    house.containing("app", "4.0.0", &[]).json();
    house.containing("app", "5.0.0", &["rootfs-1.290.0"]).json();
}

#[test]
fn products_within_products_go_only_so_deep() {
    let house = House::new();
    let product = |nth: usize| if nth == 0 { "rootfs-1.297.0".to_owned() } else { format!("layer{nth}-1") };
    let refused = (1..).find_map(|nth: usize| {
        let outcome = house.containing(&format!("layer{nth}"), "1", &[&product(nth - 1)]);
        if !outcome.is_success() {
            return Some((nth, outcome.stderr));
        }
        house.get(&format!("layer{nth}"), "1").json();
        None
    });
    let (nth, said) = refused.expect("an end");
    assert!(nth > 20 && said.contains("more than 32 deep"), "{nth}: {said}");
}
