//! Tests of what is stated: against the published schemas, and against the rules that no schema tells.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jsonschema::{Registry, Validator};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::random_log::{log, op};
use super::*;
use crate::publish::fixture::{Story, golden, notice, rootfs};
use crate::publish::osv::osv;
use crate::publish::publisher::Publisher;

struct Documents {
    openvex: Option<Value>,
    csaf: Option<Value>,
    osv: Vec<Value>,
}

fn documents(story: &Story) -> Documents {
    let history = story.history();
    let facts = story.facts(&history);
    let release = Release::of(&facts).expect("a release");
    let publisher = Publisher::of(&release);
    let read = |bytes: Option<Vec<u8>>| bytes.map(|bytes| serde_json::from_slice(&bytes).expect("JSON"));
    let openvex = openvex(&release, &publisher.name).expect("OpenVEX");
    assert_eq!(openvex, super::openvex(&release, &publisher.name).expect("OpenVEX"), "the same bytes each time");
    let records = osv(&release).expect("OSV").into_iter();
    Documents {
        openvex: read(openvex),
        csaf: read(csaf(&release, &publisher).expect("CSAF")),
        osv: records.map(|(_, bytes)| serde_json::from_slice(&bytes).expect("JSON")).collect(),
    }
}

fn statement<'a>(openvex: &'a Value, name: &str) -> &'a Value {
    let statements = openvex["statements"].as_array().expect("statements");
    statements.iter().find(|statement| statement["vulnerability"]["name"] == name).expect(name)
}

#[test]
fn the_documents_are_as_they_were_read_through() {
    let documents = documents(&rootfs());
    let text = |value: &Value| serde_json::to_string_pretty(value).expect("JSON") + "\n";
    golden("openvex.json", &text(&documents.openvex.expect("a document")));
    golden("csaf.json", &text(&documents.csaf.expect("a document")));
    golden("osv.USN-7951-1.json", &text(&documents.osv[2]));
}

#[test]
fn a_log_without_notices_has_nothing_to_state() {
    let documents = documents(&Story::of("p").released("1", Some("a=1\n"), json!({})));
    assert!(documents.openvex.is_none() && documents.csaf.is_none() && documents.osv.is_empty());
}

#[test]
fn of_notices_with_the_same_cve_the_worst_holds_and_names_stay_apart() {
    let cve = [("CVE-2026-0001", "high"), ("CVE-2026-0002", "high")];
    let story = Story::of("p")
        .opened(notice("USN-1-1", "a", "2026-01-01", &cve, &[("a", "5")]))
        .opened(notice("USN-2-1", "b", "2026-01-01", &cve[..1], &[("b", "5")]))
        .opened(notice("USN-3-1", "c", "2026-01-01", &cve[..1], &[("c", "5")]))
        .released("1", Some("a=5\nb=4\n"), json!({"open": ["USN-2-1"]}));
    let openvex = documents(&story).openvex.expect("a document");
    let first = statement(&openvex, "CVE-2026-0001");
    assert_eq!(
        (&first["status"], &first["vulnerability"]["aliases"]),
        (&json!("under_investigation"), &json!(["USN-2-1"]))
    );
    let notes = first["status_notes"].as_str().expect("notes");
    for line in [
        "USN-2-1: open: b 4 (needed: 5)",
        "USN-1-1: the fix is installed: a 5 (needed: 5)",
        "USN-3-1: none of its packages is installed",
    ] {
        assert!(notes.contains(line), "{notes}");
    }
    let second = statement(&openvex, "CVE-2026-0002");
    assert_eq!((&second["status"], &second["vulnerability"]["aliases"]), (&json!("fixed"), &json!(["USN-1-1"])));
}

#[test]
fn an_answer_is_stated_until_it_runs_out() {
    let story = |until: &str| {
        Story::of("p")
            .opened(notice("USN-1-1", "a", "2026-01-01", &[], &[("a", "5")]))
            .then(json!({"answered": {"notice": "USN-1-1", "status": "affected", "statement": "won't fix", "until": until}}))
            .released("1", Some("a=4\n"), json!({}))
    };
    let holds = documents(&story("2027-01-01T00:00:00Z"));
    let openvex = holds.openvex.expect("a document");
    assert_eq!(statement(&openvex, "USN-1-1")["action_statement"], "won't fix");
    assert_eq!(statement(&openvex, "USN-1-1")["timestamp"], "2026-01-13T09:00:00Z");
    let csaf = holds.csaf.expect("a document");
    assert_eq!(csaf["vulnerabilities"][0]["product_status"], json!({"known_affected": ["p-1"]}));
    let ran_out = documents(&story("2026-01-14T00:00:00Z")).openvex.expect("a document");
    assert_eq!(statement(&ran_out, "USN-1-1")["status"], "under_investigation");
}

#[test]
fn a_release_without_packages_shows_nothing() {
    let story = Story::of("p")
        .opened(notice("USN-1-1", "a", "2026-01-01", &[], &[("a", "5")]))
        .released("1", Some("a=5\n"), json!({"fixed": [{"notice": "USN-1-1", "via": null, "evidence": [{"package": "a", "have": "5", "need": "5"}]}]}))
        .released("2", None, json!({}));
    let openvex = documents(&story).openvex.expect("a document");
    let stated = statement(&openvex, "USN-1-1");
    assert_eq!(stated["status"], "under_investigation");
    assert!(stated["status_notes"].as_str().expect("notes").contains("settled by release 1;"), "{stated}");
}

#[test]
fn an_inherited_fix_lasts_as_long_as_the_product_inside_does() {
    let story = |inside: &str| {
        Story::of("p")
            .opened(notice("USN-1-1", "a", "2026-01-01", &[], &[("a", "5")]))
            .released(
                "1",
                Some("x=1\n"),
                json!({"includes": {"q": "1.1"}, "fixed": [
                {"notice": "USN-1-1", "via": "q", "evidence": [{"package": "a", "have": "5", "need": "5"}]}]}),
            )
            .released("2", Some("x=1\n"), json!({"includes": {"q": inside}}))
    };
    for (inside, status) in [("1.2", "fixed"), ("1.0", "not_affected")] {
        let openvex = documents(&story(inside)).openvex.expect("a document");
        assert_eq!(statement(&openvex, "USN-1-1")["status"], status, "{inside}");
    }
}

/// A schema of the corpus; `None` where that is absent.
fn schema(name: &str) -> Option<Validator> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/schemas");
    if !folder.is_dir() {
        println!("skipped: {} is absent", folder.display());
        return None;
    }
    let read =
        |path: PathBuf| -> Value { serde_json::from_slice(&std::fs::read(path).expect("a schema")).expect("JSON") };
    let mut registry = Registry::new();
    for cvss in ["cvss-v2.0.json", "cvss-v3.0.json", "cvss-v3.1.json"] {
        registry =
            registry.add(format!("https://www.first.org/cvss/{cvss}"), read(folder.join(cvss))).expect("a schema");
    }
    let registry = registry.prepare().expect("schemas");
    let options = jsonschema::options().with_registry(&registry).should_validate_formats(true);
    Some(options.build(&read(folder.join(name))).expect("a schema"))
}

fn hold(validator: Option<&Validator>, document: &Value) {
    let Some(validator) = validator else { return };
    let errors: Vec<String> = validator.iter_errors(document).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{}\n{document:#}", errors.join("\n"));
}

/// The rules of OpenVEX 0.2.0 that its schema doesn't tell: a name of a vulnerability stands with one status for one
/// product, a justification only with `not_affected`, and times are not after the document's.
fn check_openvex(openvex: &Value) {
    let mut known: BTreeMap<String, &Value> = BTreeMap::new();
    assert!(openvex["@id"].as_str().expect("an id").starts_with("https://openvex.dev/docs/public/vex-"));
    for statement in openvex["statements"].as_array().expect("statements") {
        let status = &statement["status"];
        let vulnerability = &statement["vulnerability"];
        let aliases = vulnerability["aliases"].as_array().cloned().unwrap_or_default();
        for name in aliases.iter().chain([&vulnerability["name"]]) {
            let before = known.insert(name.to_string(), status);
            assert!(before.is_none_or(|before| before == status), "{name} is {before:?} and {status}");
        }
        let has = |key: &str| statement.get(key).is_some();
        assert_eq!(has("action_statement"), status == "affected", "{statement}");
        assert_eq!(has("justification") || has("impact_statement"), status == "not_affected", "{statement}");
        assert!(!has("timestamp") || statement["timestamp"].as_str() <= openvex["timestamp"].as_str());
        let product = &statement["products"][0];
        assert_eq!(product["@id"], product["identifiers"]["purl"]);
        assert!(status != "fixed" || !product["subcomponents"].as_array().expect("evidence").is_empty());
    }
}

/// The mandatory tests of CSAF 2.0 that apply to what we write; the numbers are the standard's.
fn check_csaf(csaf: &Value) {
    let document = &csaf["document"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    assert_eq!(document["category"], "csaf_vex");
    // 6.1.1, 6.1.2, 6.1.27.4: there are products, each defined once.
    let products: Vec<Value> =
        list(&csaf["product_tree"]["full_product_names"]).iter().map(|p| p["product_id"].clone()).collect();
    assert!(products.len() == 1, "{products:?}");
    // 6.1.13: a package URL.
    let helper = &csaf["product_tree"]["full_product_names"][0]["product_identification_helper"];
    assert!(helper["purl"].as_str().expect("a purl").starts_with("pkg:generic/"));
    // 6.1.14, 6.1.16 to 6.1.22, 6.1.30: the history has one revision, which is the version, and integers number it.
    let tracking = &document["tracking"];
    let history = list(&tracking["revision_history"]);
    assert!(history.len() == 1 && history[0]["number"] == tracking["version"] && tracking["version"] == "1");
    assert_eq!(tracking["status"], "final");
    assert_eq!(history[0]["date"], tracking["current_release_date"]);
    // 6.1.23: each CVE once. 6.1.27.11: there are vulnerabilities.
    let vulnerabilities = list(&csaf["vulnerabilities"]);
    let mut cves: Vec<String> = vulnerabilities.iter().filter_map(|v| Some(v["cve"].as_str()?.to_owned())).collect();
    let count = cves.len();
    cves.sort();
    cves.dedup();
    assert!(count == cves.len() && !vulnerabilities.is_empty());
    for vulnerability in &vulnerabilities {
        // 6.1.27.5, 6.1.27.8: notes, and a name.
        assert!(!list(&vulnerability["notes"]).is_empty());
        assert!(vulnerability.get("cve").is_some() || !list(&vulnerability["ids"]).is_empty());
        // 6.1.6, 6.1.27.7: one status of those that the profile knows.
        let status = vulnerability["product_status"].as_object().expect("a status");
        let (kind, of) = status.iter().next().expect("a status");
        assert!(status.len() == 1 && list(of) == products);
        assert!(["fixed", "known_affected", "known_not_affected", "under_investigation"].contains(&kind.as_str()));
        let about = |key: &str| list(&vulnerability[key]).into_iter().filter(|it| list(&it["product_ids"]) == products);
        // 6.1.27.9: why it is not affected. 6.1.33: one reason.
        let impacts = about("threats").filter(|threat| threat["category"] == "impact").count();
        assert!(kind != "known_not_affected" || about("flags").count() + impacts > 0, "{vulnerability}");
        assert!(about("flags").count() <= 1);
        // 6.1.27.10: what to do.
        assert!(kind != "known_affected" || about("remediations").count() > 0, "{vulnerability}");
        // 6.1.29, 6.1.32: each is about the product.
        for key in ["remediations", "flags", "threats"] {
            assert_eq!(list(&vulnerability[key]).len(), about(key).count());
        }
    }
}

#[test]
fn the_documents_of_any_log_keep_to_their_schemas_and_rules() {
    let (openvex, csaf, osv) =
        (schema("openvex-0.2.0.schema.json"), schema("csaf-2.0.schema.json"), schema("osv.schema.json"));
    let config = Config { cases: 1_000, failure_persistence: None, ..Config::default() };
    let run = TestRunner::new(config).run(&proptest::collection::vec(op(), 0..14), |ops| {
        let documents = documents(&log(&ops));
        if let Some(document) = &documents.openvex {
            hold(openvex.as_ref(), document);
            check_openvex(document);
        }
        if let Some(document) = &documents.csaf {
            hold(csaf.as_ref(), document);
            check_csaf(document);
        }
        documents.osv.iter().for_each(|record| hold(osv.as_ref(), record));
        Ok(())
    });
    if let Err(error) = run {
        panic!("{error}");
    }
}
