//! Whatever a partner recorded: what is inherited is just what their log and their packages show at that version.

use std::collections::BTreeMap;
use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::partners::Houses;

/// The packages of a partner's product, each with a notice that version 2 of it answers.
const PACKAGES: [&str; 3] = ["alpha", "beta", "gamma"];

/// What a partner does.
#[derive(Debug, Clone)]
enum Act {
    /// Records the next release with the packages in these versions; 0 is none.
    Release([u8; 3]),
    /// Opens the notice of a package.
    Open(usize),
    /// Answers it.
    Answer(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => [0u8..3, 0u8..3, 0u8..3].prop_map(Act::Release),
        3 => (0..3usize).prop_map(Act::Open),
        1 => (0..3usize).prop_map(Act::Answer),
    ]
}

fn id(nth: usize) -> String {
    format!("x_{}-1", PACKAGES[nth].to_uppercase())
}

fn write(houses: &Houses, name: &str, value: &Value) {
    fs::write(houses.path("build").join(name), value.to_string()).expect("a file");
}

/// The packages as an SBOM. One is always there, so that the list can tell of generic packages.
fn sbom(versions: [u8; 3]) -> Value {
    let installed = PACKAGES.iter().zip(versions).filter(|(_, version)| *version > 0);
    let all = installed.map(|(name, version)| (*name, version)).chain([("base", 1)]);
    let components: Vec<Value> = all
        .map(|(name, version)| {
            json!({"type": "library", "name": name, "version": version.to_string(), "purl": format!("pkg:generic/{name}@{version}")})
        })
        .collect();
    json!({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": components})
}

fn record_of(nth: usize) -> Value {
    let affected = json!([{"package": {"ecosystem": "generic", "name": PACKAGES[nth], "purl": format!("pkg:generic/{}", PACKAGES[nth])},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2"}]}]}]);
    json!({"schema_version": "1.7.0", "id": id(nth), "modified": "2026-01-10T00:00:00Z", "published": "2026-01-10T00:00:00Z",
        "summary": "A flaw", "details": "Told at length.", "affected": affected, "database_specific": {"priority": "high"}})
}

/// Does it all; the packages of each release, by version.
fn achieve(houses: &Houses, acts: &[Act]) -> BTreeMap<String, [u8; 3]> {
    let mut releases = BTreeMap::new();
    let release = |releases: &mut BTreeMap<String, [u8; 3]>, versions| {
        let version = format!("1.{}", releases.len());
        write(houses, "sbom.json", &sbom(versions));
        houses.release("theirs", "rootfs", &version, json!({"packages_file": "sbom.json"})).json();
        releases.insert(version, versions);
    };
    release(&mut releases, [1, 1, 1]);
    for act in acts {
        match act {
            Act::Release(versions) => release(&mut releases, *versions),
            Act::Open(nth) => {
                write(houses, "notice.json", &record_of(*nth));
                houses.put("theirs", "rootfs", json!({"open": "notice.json"})).json();
            }
            Act::Answer(nth) => {
                let answer = json!({"notice": id(*nth), "status": "affected", "statement": "We live with it."});
                // One that the log doesn't hold can't be answered.
                houses.put("theirs", "rootfs", json!({"answer": answer}));
            }
        }
    }
    releases
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_inherited_is_what_the_partners_log_shows_at_that_version(
        acts in proptest::collection::vec(act(), 1..8), later in proptest::collection::vec(act(), 0..4), chosen in any::<proptest::sample::Index>(),
    ) {
        let houses = Houses::empty();
        let releases = achieve(&houses, &acts);
        let opened: Vec<String> = houses.events("theirs", "rootfs").iter()
            .filter_map(|event| Some(event["opened"]["notice"]["id"].as_str()?.to_owned())).collect();
        let (version, versions) = releases.iter().nth(chosen.index(releases.len())).expect("a release");
        let folder = houses.artifact("rootfs", version);
        houses.release("ours", "app", "7", json!({"includes": {"rootfs": folder}})).json();
        houses.get("ours", "app", "7").json();

        let way = json!([{"product": "rootfs", "version": version, "partner": "foundation"}]);
        let known = |nth: &usize| opened.contains(&id(*nth));
        let of = |version: u8| (0..3).filter(|nth| versions[*nth] == version).filter(known).map(id).collect::<Vec<_>>();
        let fixed = houses.fixed("app", "7");
        prop_assert_eq!(fixed.keys().cloned().collect::<Vec<_>>(), of(2));
        for nth in (0..3).filter(|nth| versions[*nth] == 2).filter(known) {
            let fixed = &fixed[&id(nth)];
            prop_assert_eq!(&fixed["path"], &way);
            prop_assert_eq!(&fixed["evidence"][0]["have"], "2");
            prop_assert_eq!(&fixed["evidence"][0]["need"], "2");
        }
        let release: Value = serde_json::from_str(&houses.file("app", "7", "release.json")).expect("JSON");
        let inside = release["open_inside"].as_array().cloned().unwrap_or_default();
        let ids: Vec<&str> = inside.iter().filter_map(|open| open["notice"].as_str()).collect();
        prop_assert_eq!(ids, of(1));
        prop_assert!(inside.iter().all(|open| open["path"] == way));

        // What the partner does later changes nothing of what was recorded.
        let before = (houses.bytes("ours"), houses.bytes("build/app-7"));
        for act in later {
            if let Act::Open(nth) | Act::Answer(nth) = act {
                write(&houses, "notice.json", &record_of(nth));
                houses.put("theirs", "rootfs", json!({"open": "notice.json"})).json();
            }
        }
        houses.release("ours", "app", "7", json!({"includes": {"rootfs": folder}})).json();
        houses.get("ours", "app", "7").json();
        prop_assert_eq!(before, (houses.bytes("ours"), houses.bytes("build/app-7")));
    }
}
