//! The status with the products of partners: apart, and never in the way of the own ones.

use std::fs;

use davos::step::{check, fetch};
use serde_json::{Value, json};

use crate::support::partners::{FIXED, Houses, forge};

fn state(houses: &Houses, version: Value) -> Value {
    houses.run(check, "ours", "app", "status", ("version", version), &houses.path("build")).json()
}

/// The folder of a get of the status.
fn get(houses: &Houses, version: &Value) -> Result<std::path::PathBuf, String> {
    let folder = houses.path("build").join("status");
    fs::remove_dir_all(&folder).ok();
    let outcome = houses.run(fetch, "ours", "app", "status", ("version", version.clone()), &folder);
    if outcome.is_success() { Ok(folder) } else { Err(outcome.stderr) }
}

#[test]
fn products_of_partners_stand_apart_and_in_the_version() {
    let houses = Houses::new();
    let length = |house: &str, product: &str| houses.events(house, product).len().to_string();
    let first = state(&houses, Value::Null);
    assert_eq!(first, json!([{"foundation/rootfs": length("theirs", "rootfs")}]));
    houses.containing("ours", "app", "1.0.0", &["rootfs-1.290.0"]).json();
    let now = json!({"app": length("ours", "app"), "foundation/rootfs": length("theirs", "rootfs")});
    assert_eq!(state(&houses, first[0].clone()), json!([first[0], now]));
    assert_eq!(state(&houses, now.clone()), json!([now]));

    let folder = get(&houses, &now).expect("files");
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a file");
    let status: Value = serde_json::from_str(&read("status.json")).expect("JSON");
    let schema =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/status.schema.json")).expect("the schema");
    let schema = serde_json::from_str(&schema).expect("JSON");
    let mistakes: Vec<String> = jsonschema::validator_for(&schema)
        .expect("a schema")
        .iter_errors(&status)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(mistakes, [""; 0]);
    assert_eq!(status["products"].as_object().expect("products").keys().collect::<Vec<_>>(), ["app"]);
    let theirs = &status["partners"]["foundation/rootfs"];
    assert_eq!(theirs["release"]["version"], "1.297.0");
    assert_eq!(theirs["included_in"], json!([{"product": "app", "version": "1.290.0", "behind": true}]));
    let app = &status["products"]["app"];
    assert_eq!(app["includes"][0]["product"], "foundation/rootfs");
    assert_eq!(app["pick_ups"][0]["path"][0]["partner"], "foundation");
    // What is inside is open in the own product, and what is open in theirs alone is no open notice of ours.
    assert_eq!(app["open"]["total"], 4);
    assert_eq!(status["open"]["total"], 4);
    assert!(
        status["cves"]
            .as_object()
            .expect("CVEs")
            .values()
            .all(|cve| cve["products"].get("foundation/rootfs").is_none())
    );
    assert_eq!(read("open/app").lines().count(), 4);
    assert!(folder.join("open-partners/foundation/rootfs").is_file());
    let page = read("status.html");
    assert!(page.contains("id=\"partners\"") && page.contains("foundation/rootfs"), "{page}");
    // The same version gives the same files, whatever came later.
    let before = houses.bytes("build/status");
    houses.release("theirs", "rootfs", "1.298.0", json!({"packages_file": "cflinuxfs4-1.297.0.receipt"})).json();
    get(&houses, &now).expect("files");
    assert_eq!(houses.bytes("build/status"), before);
    let later = state(&houses, now.clone());
    assert_eq!(later[1]["foundation/rootfs"], length("theirs", "rootfs"));
}

#[test]
fn one_that_is_away_keeps_its_last_known_length() {
    let mut houses = Houses::new();
    houses.containing("ours", "app", "1.0.0", &["rootfs-1.290.0"]).json();
    let known = state(&houses, Value::Null)[0].clone();
    let here = houses.partners.clone();
    houses.partners[0]["tracker"] = json!({"driver": "git", "uri": "http://127.0.0.1:1/theirs.git"});
    let outcome = houses.run(check, "ours", "app", "status", ("version", known.clone()), &houses.path("build"));
    assert_eq!(outcome.json(), json!([known]));
    assert!(outcome.stderr.contains("the tracker of the partner foundation can't be read"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("its logs stay as long as they were"), "{}", outcome.stderr);
    // The own logs go on meanwhile.
    houses.release("ours", "app", "1.1.0", json!({})).json();
    let on = state(&houses, known.clone());
    assert_eq!((&on[0], &on[1]["foundation/rootfs"]), (&known, &known["foundation/rootfs"]));
    assert_ne!(on[1]["app"], known["app"]);
    // What isn't there can't be told where it is inside of ours.
    let said = get(&houses, &known).expect_err("app 1.0.0 contains it");
    assert!(said.contains("rootfs of the partner foundation can't be read"), "{said}");
    // Back again, nothing is new; and whoever is no partner any more is gone without a false alarm.
    houses.partners = here;
    assert_eq!(state(&houses, on[1].clone()), json!([on[1]]));
    houses.partners = json!([]);
    let outcome = houses.run(check, "ours", "app", "status", ("version", on[1].clone()), &houses.path("build"));
    assert_eq!(outcome.json(), json!([on[1], {"app": on[1]["app"]}]));
    assert!(!outcome.stderr.contains("cut off"), "{}", outcome.stderr);
}

#[test]
fn a_partners_log_that_was_cut_is_told_and_its_clock_is_none_of_ours() {
    let houses = Houses::new();
    houses.containing("ours", "app", "1.0.0", &["rootfs-1.290.0"]).json();
    let files = houses.event_files("theirs", "rootfs");
    forge(&files, 0, |event| event["at"] = json!("9999-01-01T00:00:00Z"));
    let nth = files.len() - 2;
    forge(&files, nth, |event| event["at"] = json!("9999-01-01T00:00:00Z"));
    let now = state(&houses, Value::Null)[0].clone();
    let folder = get(&houses, &now).expect("files");
    let status: Value = serde_json::from_slice(&fs::read(folder.join("status.json")).expect("a file")).expect("JSON");
    assert_eq!(status["now"], "2026-01-20T12:00:00Z");
    let ages = status["products"]["app"]["open_notices"].as_array().expect("a list");
    assert!(ages.iter().all(|open| open["age_hours"].as_f64().expect("a number") >= 0.0), "{ages:?}");
    assert!(FIXED.iter().all(|id| ages.iter().any(|open| open["notice"] == *id)));
    fs::remove_file(files.last().expect("a file")).expect("removed");
    let outcome = houses.run(check, "ours", "app", "status", ("version", now.clone()), &houses.path("build"));
    assert!(
        outcome.stderr.contains("the log of foundation/rootfs is shorter than in the given version"),
        "{}",
        outcome.stderr
    );
}

fn status_of(houses: &Houses) -> (Value, std::path::PathBuf) {
    let versions = state(houses, Value::Null);
    let folder = get(houses, versions.as_array().and_then(|all| all.last()).expect("a version")).expect("files");
    let status = serde_json::from_slice(&fs::read(folder.join("status.json")).expect("a file")).expect("JSON");
    (status, folder)
}

#[test]
fn what_a_partner_answered_is_open_in_ours_until_we_answer_it() {
    let houses = Houses::empty();
    let affected = |house: &str, product: &str, id: &str| {
        let answer = json!({"notice": id, "status": "affected", "statement": "We live with it."});
        houses.put(house, product, json!({"answer": answer})).json();
    };
    let id = "x_ALPHA-1";
    let is_open = |product: &str| {
        let (status, folder) = status_of(&houses);
        let listed = fs::read_to_string(folder.join("open").join(product)).expect("a file").contains(id);
        assert_eq!(status["products"][product]["open"]["total"], u64::from(listed));
        listed
    };
    // Judged by their packages, and without any by what they recorded.
    houses.alpha("theirs", "base", "1", "1");
    houses.release("theirs", "plain", "1", json!({})).json();
    for inner in ["base", "plain"] {
        houses.open_alpha("theirs", inner, "2");
        let folder = houses.artifact(inner, "1");
        let outer = format!("with-{inner}");
        houses.release("ours", &outer, "1", json!({"includes": {inner: folder}})).json();
        assert!(is_open(&outer), "{inner}");
        affected("theirs", inner, id);
        assert!(is_open(&outer), "{inner}: it is they who live with it");
        houses.release("ours", &outer, "2", json!({"includes": {inner: folder}})).json();
        let event = houses.events("ours", &outer).pop().expect("an event");
        assert_eq!(event["released"]["open_inside"][0]["notice"], id, "{inner}: {event:#}");
        assert!(is_open(&outer), "{inner}");
    }
    // An answer of our own is one.
    houses.open_alpha("ours", "with-base", "2");
    affected("ours", "with-base", id);
    assert!(!is_open("with-base") && is_open("with-plain"));
}

#[test]
fn what_a_partner_has_open_from_partners_of_theirs_is_open_in_ours() {
    let mut houses = Houses::new();
    houses.containing("ours", "stack", "4", &["rootfs-1.290.0"]).json();
    fs::rename(houses.path("ours"), houses.path("middle")).expect("moved");
    fs::create_dir_all(houses.path("ours")).expect("a folder");
    houses.partners = json!([{"name": "vendor", "tracker": {"driver": "file", "path": houses.path("middle")}}]);
    houses.containing("ours", "app", "1", &["stack-4"]).json();
    let (status, folder) = status_of(&houses);
    let app = &status["products"]["app"];
    assert_eq!(app["open"]["total"], 4, "{app:#}");
    assert!(FIXED.iter().all(|id| fs::read_to_string(folder.join("open/app")).expect("a file").contains(id)));
    let page = fs::read_to_string(folder.join("status.html")).expect("a file");
    assert!(page.contains("vendor/stack 4 → vendor/rootfs 1.290.0"), "{page}");
}

#[test]
fn a_log_of_theirs_that_we_do_not_contain_stops_no_status() {
    let houses = Houses::new();
    houses.containing("ours", "app", "1.0.0", &["rootfs-1.290.0"]).json();
    houses.release("theirs", "other", "1", json!({})).json();
    houses.release("theirs", "other", "2", json!({})).json();
    let files = houses.event_files("theirs", "other");
    forge(&files[..1], 0, |event| event["by"] = json!({}));
    let (status, folder) = status_of(&houses);
    assert_eq!(status["partners_unread"], json!(["foundation/other"]));
    assert_eq!(status["partners"].as_object().expect("products").keys().collect::<Vec<_>>(), ["foundation/rootfs"]);
    assert_eq!(status["products"]["app"]["open"]["total"], 4);
    let page = fs::read_to_string(folder.join("status.html")).expect("a file");
    assert!(page.contains("foundation/other") && page.contains("can't be read"), "{page}");
}

#[test]
fn a_product_with_a_partners_name_is_in_nobodys_way() {
    let houses = Houses::new();
    houses.release("ours", "foundation", "1", json!({})).json();
    let (_, folder) = status_of(&houses);
    assert!(folder.join("open/foundation").is_file() && folder.join("open-partners/foundation/rootfs").is_file());
}
