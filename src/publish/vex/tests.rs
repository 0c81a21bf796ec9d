//! Tests of what is stated: against the published schemas, and against the rules that no schema tells.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jsonschema::{Registry, Validator};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::random_log::{log, op};
use crate::needs;
use crate::publish::fixture::{LogFixture, golden, notice, rootfs};
use crate::publish::{Wording, release_files};

pub(super) struct Documents {
    pub(super) openvex: Option<Value>,
    pub(super) scan: Option<Value>,
    pub(super) csaf: Option<Value>,
    pub(super) osv: Vec<Value>,
}

/// The documents of a product that goes by the names which an image has.
pub(super) fn documents(story: &LogFixture) -> Documents {
    let history = story.history();
    let images = ["@sha256:00", "?tag=1"].map(|image| format!("pkg:oci/{}{image}", history.product()));
    let products = images.iter().map(|url| url.parse().expect("a product")).collect();
    let wording = Wording { products, ..Wording::default() };
    let files = || release_files(&story.facts(&history), &wording).expect("files");
    let files = (files(), files());
    assert_eq!(files.0, files.1, "the same bytes each time");
    let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("JSON");
    let all =
        |of: fn(&str) -> bool| files.0.iter().filter(move |(name, _)| of(name)).map(move |(_, bytes)| read(bytes));
    let one = |of| all(of).next();
    Documents {
        openvex: one(|name| name == "openvex.json"),
        scan: one(|name| name == "openvex-scan.json"),
        csaf: one(|name| name.starts_with("csaf/")),
        osv: all(|name| name.starts_with("osv/")).collect(),
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
    golden("openvex-scan.json", &text(&documents.scan.expect("a document")));
    golden("csaf.json", &text(&documents.csaf.expect("a document")));
    let of_python = documents.osv.iter().find(|record| record["id"] == "x_cflinuxfs4-USN-7951-1");
    golden("osv.USN-7951-1.json", &text(of_python.expect("a record")));
}

/// A log in which each status comes from each reason, some of one CVE: `CVE-2026-000n` is the n-th here.
fn every_end() -> LogFixture {
    let cve = |n: u32| format!("CVE-2026-{n:04}");
    let opened = |story: LogFixture, id: u32, cves: &[u32], fixes: &[(&str, &str)]| {
        let cves: Vec<String> = cves.iter().map(|n| cve(*n)).collect();
        let cves: Vec<(&str, &str)> = cves.iter().map(|cve| (cve.as_str(), "high")).collect();
        story.opened(notice(&format!("USN-{id}-1"), "A vulnerability", "2026-01-01", &cves, fixes))
    };
    let answered = |story: LogFixture, id: u32, status: &str, justification: Option<&str>, statement: Option<&str>| {
        story.then(
            json!({"answered": {"notice": format!("USN-{id}-1"), "status": status, "justification": justification,
            "statement": statement}}),
        )
    };
    let mut story = LogFixture::of("p");
    // Fixed, beside a package with the same CVE that is open, and one that the team answered.
    story = opened(story, 1, &[1, 2], &[("a", "1:5")]);
    story = opened(story, 2, &[1], &[("b", "5")]);
    story = opened(story, 3, &[2], &[("c", "5")]);
    story = answered(story, 3, "not_affected", Some("inline_mitigations_already_exist"), Some("Nobody calls it."));
    // Affected; not affected in words only; neither packages nor an answer; not installed.
    story = opened(story, 4, &[3], &[("c", "6"), ("d", "1")]);
    story = answered(story, 4, "affected", None, Some("Won't fix."));
    story = opened(story, 5, &[4], &[]);
    story = answered(story, 5, "not_affected", None, Some("It isn't called."));
    story = opened(story, 6, &[5], &[]);
    story = opened(story, 7, &[6], &[("e", "1"), ("f", "1")]);
    story.released("1.0+dev.3", Some("a=1:5\nb=4\nc=4\n"), json!({"not_affected": ["USN-7-1"]}))
}

#[test]
fn the_documents_of_every_end_are_as_they_were_read_through() {
    let documents = documents(&every_end());
    let text = |value: &Value| serde_json::to_string_pretty(value).expect("JSON") + "\n";
    golden("openvex.every-end.json", &text(&documents.openvex.expect("a document")));
    golden("openvex-scan.every-end.json", &text(&documents.scan.expect("a document")));
    golden("csaf.every-end.json", &text(&documents.csaf.expect("a document")));
}

#[test]
fn a_log_without_notices_has_nothing_to_state() {
    let documents = documents(&LogFixture::of("p").released("1", Some("a=1\n"), json!({})));
    assert!(documents.openvex.is_none() && documents.csaf.is_none() && documents.osv.is_empty());
}

#[test]
fn of_notices_with_the_same_cve_the_worst_holds_and_names_stay_apart() {
    let cve = [("CVE-2026-0001", "high"), ("CVE-2026-0002", "high")];
    let story = LogFixture::of("p")
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
        LogFixture::of("p")
            .opened(notice("USN-1-1", "a", "2026-01-01", &[("CVE-2026-0001", "high")], &[("a", "5")]))
            .then(json!({"answered": {"notice": "USN-1-1", "status": "affected", "statement": "won't fix", "until": until}}))
            .released("1", Some("a=4\n"), json!({}))
    };
    let holds = documents(&story("2027-01-01T00:00:00Z"));
    let openvex = holds.openvex.expect("a document");
    assert_eq!(statement(&openvex, "CVE-2026-0001")["action_statement"], "won't fix");
    assert_eq!(statement(&openvex, "CVE-2026-0001")["timestamp"], "2026-01-13T09:00:00Z");
    let csaf = holds.csaf.expect("a document");
    assert_eq!(
        csaf["vulnerabilities"][0]["product_status"],
        json!({"known_affected": [
        "p-1:pkg:deb/ubuntu/a@4?distro=ubuntu-22.04", "pkg:oci/p@sha256:00:pkg:deb/ubuntu/a@4?distro=ubuntu-22.04",
        "pkg:oci/p?tag=1:pkg:deb/ubuntu/a@4?distro=ubuntu-22.04"]})
    );
    let ran_out = documents(&story("2026-01-14T00:00:00Z")).openvex.expect("a document");
    assert_eq!(statement(&ran_out, "CVE-2026-0001")["status"], "under_investigation");
}

#[test]
fn a_release_without_packages_shows_nothing() {
    let story = LogFixture::of("p")
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
        LogFixture::of("p")
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
    let folder = needs::corpus("schemas")?;
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
/// product, a justification only with `not_affected`, and times are not after the document's. And ours: a product stands with
/// what is inside of it.
fn check_openvex(openvex: &Value) {
    let mut known: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    let text = |value: &'_ Value| value.as_str().expect("text").to_owned();
    assert!(openvex["@id"].as_str().expect("an id").starts_with("https://openvex.dev/docs/public/vex-"));
    for statement in list(&openvex["statements"]) {
        let status = statement["status"].as_str().expect("a status");
        let vulnerability = &statement["vulnerability"];
        let names = list(&vulnerability["aliases"]).iter().chain([&vulnerability["name"]]);
        let products = list(&statement["products"]);
        let ids: BTreeSet<String> = products.iter().map(|product| text(&product["@id"])).collect();
        assert!(ids.len() == products.len() && !ids.is_empty(), "{statement}");
        for name in names.map(|name| name.as_str().expect("a name")) {
            for product in products.iter().map(|product| product["@id"].as_str().expect("an id")) {
                let before = known.insert((name, product), status);
                assert!(before.is_none_or(|before| before == status), "{name} in {product} is {before:?} and {status}");
            }
        }
        let has = |key: &str| statement.get(key).is_some();
        assert_eq!(has("action_statement"), status == "affected", "{statement}");
        assert_eq!(has("justification") || has("impact_statement"), status == "not_affected", "{statement}");
        assert!(!has("timestamp") || statement["timestamp"].as_str() <= openvex["timestamp"].as_str());
        for product in products {
            assert_eq!(product["@id"], product["identifiers"]["purl"]);
            let is_package = text(&product["@id"]).starts_with("pkg:deb/");
            assert_ne!(is_package, product.get("subcomponents").is_some(), "{product}");
            let mut inside = list(&product["subcomponents"]).iter().map(|part| text(&part["@id"]));
            assert!(status != "fixed" || is_package || inside.any(|id| id.contains('@')), "{product}");
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The mandatory tests of CSAF 2.0 that apply to what we write; the numbers are the standard's.
fn check_csaf(csaf: &Value) {
    let document = &csaf["document"];
    assert_eq!(document["category"], "csaf_vex");
    // 6.1.1, 6.1.2: what is referred to is there, and each id is defined once.
    let tree = &csaf["product_tree"];
    let parts = list(&tree["relationships"]);
    let alone: Vec<&Value> = list(&tree["full_product_names"]).iter().collect();
    let defined = alone.iter().copied().chain(parts.iter().map(|part| &part["full_product_name"]));
    let mut ids: Vec<&str> = defined.clone().filter_map(|product| product["product_id"].as_str()).collect();
    for part in parts {
        for end in ["product_reference", "relates_to_product_reference"] {
            assert!(alone.iter().any(|product| product["product_id"] == part[end]), "{part}");
        }
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    // 6.1.13: package URLs. Of a part there is none, since that would be taken for the package wherever it is.
    for product in defined {
        let helper = &product["product_identification_helper"];
        let purl = helper["purl"].as_str();
        assert!(purl.is_none_or(|purl| purl.parse::<packageurl::PackageUrl<'_>>().is_ok()), "{product}");
        assert!(purl.is_some() != helper.get("x_generic_uris").is_some(), "{product}");
    }
    // 6.1.14, 6.1.16 to 6.1.22, 6.1.30: the history has one revision, which is the version, and integers number it.
    let tracking = &document["tracking"];
    let history = list(&tracking["revision_history"]);
    assert!(history.len() == 1 && history[0]["number"] == tracking["version"] && tracking["version"] == "1");
    assert_eq!(tracking["status"], "final");
    assert_eq!(history[0]["date"], tracking["current_release_date"]);
    // 6.1.23: each CVE once. 6.1.27.11: there are vulnerabilities.
    let vulnerabilities = list(&csaf["vulnerabilities"]);
    let mut cves: Vec<&str> = vulnerabilities.iter().map(|v| v["cve"].as_str().expect("a CVE")).collect();
    cves.sort_unstable();
    cves.dedup();
    assert!(cves.len() == vulnerabilities.len() && !cves.is_empty());
    for vulnerability in vulnerabilities {
        // 6.1.27.5: notes.
        assert!(!list(&vulnerability["notes"]).is_empty());
        // 6.1.6, 6.1.27.7: each product in one status of those that the profile knows.
        let statuses = vulnerability["product_status"].as_object().expect("a status");
        let all: Vec<&str> = statuses.values().flat_map(list).filter_map(Value::as_str).collect();
        let different: BTreeSet<&str> = all.iter().copied().collect();
        assert!(different.len() == all.len() && all.iter().all(|id| ids.binary_search(id).is_ok()), "{vulnerability}");
        for (kind, of) in statuses {
            assert!(["fixed", "known_affected", "known_not_affected", "under_investigation"].contains(&kind.as_str()));
            assert!(!list(of).is_empty());
            // Of packages alone only that they are fixed.
            let is_alone = |id: &Value| alone.iter().any(|product| product["product_id"] == *id);
            assert!(kind == "fixed" || !list(of).iter().any(is_alone), "{vulnerability}");
            let about = |key: &str| list(&vulnerability[key]).iter().filter(|it| it["product_ids"] == *of).count();
            let impacts =
                list(&vulnerability["threats"]).iter().filter(|threat| threat["category"] == "impact").count();
            // 6.1.27.9: why it is not affected. 6.1.33: one reason.
            assert!(kind != "known_not_affected" || about("flags") + impacts > 0, "{vulnerability}");
            assert!(about("flags") <= 1);
            // 6.1.27.10: what to do.
            assert!(kind != "known_affected" || about("remediations") > 0, "{vulnerability}");
        }
        // 6.1.29, 6.1.32: each is about products that have a status.
        for key in ["remediations", "flags", "threats"] {
            for product in list(&vulnerability[key]).iter().flat_map(|it| list(&it["product_ids"])) {
                assert!(all.contains(&product.as_str().expect("an id")));
            }
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
        for document in documents.openvex.iter().chain(&documents.scan) {
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
