//! Forty real notices, the receipts of twenty real releases, and what follows from them.

use std::collections::BTreeMap;
use std::fs;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::acceptance::product::Product;
use crate::acceptance::upstream::{api_of, serve};
use crate::support::api::Api;
use crate::support::facts;
use crate::support::needs::{corpus, corpus_bytes};
use crate::support::server::Server;

const RATED: [&str; 5] = ["negligible", "low", "medium", "high", "critical"];
const ACTIONABLE: [&str; 7] =
    ["USN-7886-1", "USN-7899-1", "USN-7919-1", "USN-7924-1", "USN-7945-1", "USN-7946-1", "USN-7951-1"];

/// The forty notices and the releases: as they are in the corpus where it is at hand, and their facts in any case.
struct Forty {
    server: Server,
    receipt: fn(u32) -> Vec<u8>,
}

fn each() -> impl Iterator<Item = Forty> {
    let whole = whole_notices().map(|server| Forty { server, receipt: whole_receipt });
    whole.into_iter().chain([Forty { server: serve(&facts::api()), receipt: facts::receipt }])
}

/// The API with the notices of the corpus.
fn whole_notices() -> Option<Server> {
    static API: OnceLock<Option<Api>> = OnceLock::new();
    API.get_or_init(|| {
        let facts: Value = serde_json::from_slice(&corpus_bytes("facts/jammy-2025-11.json")?).expect("facts");
        let api = Api::default();
        for entry in fs::read_dir(corpus("api/notices")?).expect("notices") {
            let bytes = fs::read(entry.expect("an entry").path()).expect("a notice");
            api.publish(serde_json::from_slice(&bytes).expect("JSON"));
        }
        for cve in facts.as_object().expect("notices").values().flat_map(|notice| notice["cves"].as_array()).flatten() {
            let vectors = cve["cvss"].as_array().expect("vectors").iter().filter_map(Value::as_str);
            let highest =
                vectors.filter_map(base_score).fold(None, |a: Option<f64>, b| Some(a.map_or(b, |a| a.max(b))));
            api.rate(cve["id"].as_str().expect("an id"), cve["priority"].clone(), highest);
        }
        Some(api)
    })
    .as_ref()
    .map(serve)
}

/// The base score of a vector of CVSS 3.x (specification 3.1, section 7.1); `None` for other generations.
fn base_score(vector: &str) -> Option<f64> {
    let metrics: BTreeMap<&str, &str> =
        vector.strip_prefix("CVSS:3")?.split('/').filter_map(|m| m.split_once(':')).collect();
    let weight = |metric: &str, weights: &[(&str, f64)]| {
        weights.iter().find(|(value, _)| Some(value) == metrics.get(metric)).map(|(_, weight)| *weight)
    };
    let changed = metrics.get("S") == Some(&"C");
    let loss = |metric| weight(metric, &[("H", 0.56), ("L", 0.22), ("N", 0.0)]);
    let iss = 1.0 - (1.0 - loss("C")?) * (1.0 - loss("I")?) * (1.0 - loss("A")?);
    let impact = if changed { 7.52 * (iss - 0.029) - 3.25 * (iss - 0.02).powi(15) } else { 6.42 * iss };
    let (low, high) = if changed { (0.68, 0.5) } else { (0.62, 0.27) };
    let exploitability = 8.22
        * weight("AV", &[("N", 0.85), ("A", 0.62), ("L", 0.55), ("P", 0.2)])?
        * weight("AC", &[("L", 0.77), ("H", 0.44)])?
        * weight("PR", &[("N", 0.85), ("L", low), ("H", high)])?
        * weight("UI", &[("N", 0.85), ("R", 0.62)])?;
    let sum = if changed { 1.08 * (impact + exploitability) } else { impact + exploitability };
    Some(if impact <= 0.0 { 0.0 } else { (sum.min(10.0) * 10.0).ceil() / 10.0 })
}

fn whole_receipt(version: u32) -> Vec<u8> {
    corpus_bytes(&format!("receipts/cflinuxfs4-1.{version}.0.receipt")).expect("a receipt of the corpus")
}

/// The root file system as of release 1.290.0.
fn cflinuxfs4(forty: &Forty, priorities: &[&str], pro: bool) -> Product {
    let source = json!({"os": "jammy", "window": "2000d", "priorities": priorities, "pro": pro, "upstream": api_of(&forty.server)});
    let product = Product::new(source);
    product.release("1.290.0", (forty.receipt)(290)).succeeded();
    product
}

#[test]
fn seven_of_forty_notices_are_actionable_and_the_pro_only_one_is_named() {
    for forty in each() {
        for priorities in [RATED.to_vec(), [&RATED[..], &["unknown"]].concat()] {
            let product = cflinuxfs4(&forty, &priorities, false);
            let ran = product.check("notices", Value::Null).succeeded();
            let mut notices = ran.notices();
            notices.sort();
            assert_eq!(notices, ACTIONABLE, "{}", ran.stderr);
            let said = ran.said();
            let line = said.lines().find(|line| line.contains("actionable")).expect("the summary line");
            assert!(line.contains("USN-7952-1") && line.contains("Ubuntu Pro"), "{line}");
        }
    }
}

#[test]
fn a_product_with_pro_gets_the_pro_only_notice_too() {
    for forty in each() {
        let notices = cflinuxfs4(&forty, &RATED, true).check("notices", Value::Null).succeeded().notices();
        assert!(ACTIONABLE.iter().chain(&["USN-7952-1"]).all(|id| notices.contains(&(*id).to_owned())), "{notices:?}");
    }
}

#[test]
fn the_high_ones_alone_are_actionable_with_the_default_priorities() {
    for forty in each() {
        let product = cflinuxfs4(&forty, &["high", "critical"], false);
        assert_eq!(product.check("notices", Value::Null).succeeded().notices(), ["USN-7946-1"]);
    }
}

#[test]
fn each_notice_is_recorded_for_the_first_release_whose_receipt_shows_the_fix() {
    for forty in each() {
        let product = cflinuxfs4(&forty, &RATED, false);
        product.check("notices", Value::Null).succeeded();
        for version in 291..=309 {
            product.release(&format!("1.{version}.0"), (forty.receipt)(version)).succeeded();
        }
        let log = product.log();
        let fixed_in = |id: &str| {
            let fixes = |event: &&Value| {
                let fixed = event["released"]["fixed"].as_array();
                fixed
                    .is_some_and(|fixed| fixed.iter().any(|fixed| fixed["notice"] == id && fixed["evidence"] != "none"))
            };
            let mut releases = log.iter().filter(fixes).map(|event| event["released"]["version"].as_str());
            let first = releases.next().flatten();
            assert_eq!(releases.next(), None, "{id} is fixed once");
            first
        };
        let expected = ["1.291.0", "1.292.0", "1.296.0", "1.296.0", "1.297.0", "1.297.0", "1.297.0"];
        for (id, version) in ACTIONABLE.iter().zip(expected) {
            assert_eq!(fixed_in(id), Some(version), "{id}");
        }
        let after = product.check("notices", Value::Null).succeeded();
        assert_eq!(after.notices().len(), 1, "only the last opened: {:?}", after.notices());
    }
}

#[test]
fn a_put_that_names_a_notice_that_only_pro_fixes_fails_and_records_nothing() {
    for forty in each() {
        let product = cflinuxfs4(&forty, &RATED, false);
        product.check("notices", Value::Null).succeeded();
        let before = product.log_files();
        product.write("rootfs/receipt", (forty.receipt)(297));
        let params = json!({"version": "1.297.0", "packages_file": "rootfs/receipt", "notices": ["USN-7952-1"]});
        let ran = product.put("releases", params).failed();
        assert_eq!(product.log_files(), before, "no event is recorded");
        // On stderr as it is, with the colours: a version that they break up can't be copied.
        for whole in ["libheif1", "1.12.0-2build1", "1.12.0-2ubuntu0.1~esm2", "only Ubuntu Pro"] {
            assert!(ran.stderr.contains(whole), "{whole}: {}", ran.stderr);
        }
    }
}
