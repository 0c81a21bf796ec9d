//! What a put records, refuses and answers.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::acceptance::product::Product;
use crate::acceptance::upstream::{api_of, notice, serve};
use crate::support::api::Api;
use crate::support::server::Server;

/// A product that has version 1 of a package which USN-9001-1 fixes in version 2.
fn with_one_open_notice() -> (Server, Product) {
    with_open_notices(&["USN-9001-1"])
}

fn with_open_notices(ids: &[&str]) -> (Server, Product) {
    let api = Api::default();
    api.rate("CVE-2026-1000", json!("high"), Some(8.1));
    ids.iter().for_each(|id| api.publish(notice(id, "2026-11-01T08:00:00")));
    let server = serve(&api);
    let product = Product::new(json!({"os": "jammy", "window": "2000d", "upstream": api_of(&server)}));
    product.release("1.0.0", "libexample1=1\n").succeeded();
    assert_eq!(product.check("notices", Value::Null).succeeded().notices(), ids);
    (server, product)
}

#[test]
fn the_same_release_again_is_a_success_that_changes_nothing() {
    let (_server, product) = with_one_open_notice();
    let first = product.release("1.1.0", "libexample1=2\n").succeeded();
    assert_eq!(first.fact("fixed").as_deref(), Some("USN-9001-1"));
    let log = product.log_files();
    let second = product.release("1.1.0", "libexample1=2\n").succeeded().says(&["already recorded"]);
    assert_eq!(second.stdout, first.stdout);
    assert_eq!(product.log_files(), log);
}

#[test]
fn the_same_release_with_other_packages_is_refused_with_the_difference() {
    let (_server, product) = with_one_open_notice();
    product.release("1.1.0", "bash=5\nlibexample1=2\n").succeeded();
    let log = product.log_files();
    let ran = product.release("1.1.0", "bash=5\nlibexample1=3\n").failed();
    ran.says(&["1.1.0", "already", "libexample1", "a release never changes"]);
    assert_eq!(product.log_files(), log);
}

#[test]
fn a_put_to_a_resource_that_emits_notices_answers_with_one_that_it_emitted() {
    let (_server, product) = with_one_open_notice();
    let params = json!({"version": "1.1.0"});
    let ran = product.put("notices", params).succeeded();
    assert_eq!(ran.json()["version"], json!({"notice": "USN-9001-1"}));
}

#[test]
fn a_put_where_nothing_was_emitted_is_refused_with_what_to_do_first() {
    let product = Product::new(json!({"os": "jammy"}));
    let ran = product.put("notices", json!({"version": "1.0.0"})).failed();
    ran.says(&["no notice yet", "run its check first"]);
    assert!(product.log_files().is_empty());
    let answer = json!({"answer": {"notice": "USN-1-1", "status": "under_investigation"}});
    product.put("releases", answer).failed().says(&["no release of cflinuxfs4 is recorded yet", "first"]);
}

/// Runs a put of a release, and the get that Concourse lets follow it: the version in its files.
fn put_and_get(product: &Product, version: &str, packages: &str) -> (Value, String) {
    let answered = product.release(version, packages).succeeded().json()["version"].clone();
    let (ran, files) = product.get("releases", answered.clone());
    ran.succeeded();
    (answered, String::from_utf8(files["version"].clone()).expect("text"))
}

#[test]
fn a_put_answers_with_the_release_that_it_recorded_also_late_and_again_in_any_spelling() {
    let product = Product::new(json!({}));
    for (version, packages) in
        [("1.9.0", "bash=1\n"), ("1.10.0", "bash=2\n"), ("1.9.5", "bash=1\n"), ("1.9.0", "bash=1\n")]
    {
        let (answered, got) = put_and_get(&product, version, packages);
        assert_eq!(answered, json!({"release": version}));
        assert_eq!(got.trim(), version, "the get behind the put has this release's files");
    }
    let again = product.release("v1.9", "bash=1\n").succeeded().says(&["already recorded"]);
    assert_eq!(again.json()["version"], json!({"release": "1.9.0"}), "as the log spells it");
    product.release("1.9.7", "bash=1\n").succeeded().says(&["warning:", "1.9.7 is lower than 1.10.0"]);
}

#[test]
fn a_check_lists_no_release_that_came_late() {
    let product = Product::new(json!({}));
    let check = |version: Value| product.check("releases", version).succeeded().json();
    let list = |versions: &[&str]| Value::from_iter(versions.iter().map(|version| json!({"release": version})));
    for version in ["1.0.0", "1.2.0", "1.1.5", "1.3.0", "1.2.9"] {
        product.release(version, "bash=1\n").succeeded();
    }
    assert_eq!(check(Value::Null), list(&["1.0.0", "1.2.0", "1.3.0"]));
    assert_eq!(check(json!({"release": "1.2.0"})), list(&["1.2.0", "1.3.0"]));
    assert_eq!(
        check(json!({"release": "1.1.5"})),
        list(&["1.1.5", "1.3.0"]),
        "what is given is answered, and what came after"
    );
    assert_eq!(check(json!({"release": "1.2.9"})), list(&["1.2.9"]));
    assert_eq!(check(json!({"release": "0.1.0"})), list(&["1.0.0", "1.2.0", "1.3.0"]), "nobody knows it");
    // A release can be got all the same.
    product.get("releases", json!({"release": "1.1.5"})).0.succeeded();
}

#[test]
fn the_version_of_a_release_may_stand_in_a_file() {
    let product = Product::new(json!({}));
    product.write("rootfs/version", "  1.2.3\n");
    let ran = product.put("releases", json!({"version_file": "rootfs/version"})).succeeded();
    assert_eq!(ran.json()["version"], json!({"release": "1.2.3"}));
    let both = json!({"version": "1.0.0", "version_file": "rootfs/version"});
    product.put("releases", both).failed().says(&["version_file"]);
    product.put("releases", json!({})).failed().says(&["version"]);
}

#[test]
fn of_several_packages_files_the_lowest_version_counts() {
    let (_server, product) = with_one_open_notice();
    product.write("aws/packages", "libexample1=2\n");
    product.write("gcp/packages", "libexample1=1\nonly-there=1\n");
    let files = json!(["aws/packages", "gcp/packages"]);
    let ran = product.put("releases", json!({"version": "1.1.0", "packages_file": files})).succeeded();
    assert_eq!(ran.fact("open").as_deref(), Some("USN-9001-1"));
    assert_eq!(ran.fact("packages").as_deref(), Some("2"));
    product.write("gcp/packages", "libexample1=2\n");
    let ran = product.put("releases", json!({"version": "1.2.0", "packages_file": files})).succeeded();
    assert_eq!(ran.fact("fixed").as_deref(), Some("USN-9001-1"));
}

#[test]
fn a_package_of_another_distribution_shows_neither_a_fix_nor_an_absence() {
    let (_server, product) = with_one_open_notice();
    let component = |purl: &str| json!({"type": "library", "purl": purl});
    let components = [component("pkg:deb/ubuntu/bash@5"), component("pkg:deb/debian/libexample1@9")];
    let sbom = json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components}).to_string();
    product.write("rootfs/packages", &sbom);
    let log = product.log_files();
    let named = json!({"version": "1.1.0", "packages_file": "rootfs/packages", "notices": ["USN-9001-1"]});
    let ran = product.put("releases", named).failed();
    ran.says(&["components[1].purl", "libexample1", "not comparable: a package of debian, not of Ubuntu"]);
    assert_eq!(product.log_files(), log);
    let ran = product.release("1.1.0", &sbom).succeeded().says(&["1 of the packages can't be compared"]);
    assert_eq!((ran.fact("open").as_deref(), ran.fact("fixed").as_deref()), (Some("USN-9001-1"), None));
    product.check("notices", Value::Null).succeeded().says(&["1 not comparable (USN-9001-1)"]);
    let (_, files) = product.get("releases", json!({"release": "1.1.0"}));
    let vex: Value = serde_json::from_slice(&files["openvex.json"]).expect("JSON");
    assert_eq!(vex["statements"][0]["status"], "under_investigation");
    assert!(vex["statements"][0].to_string().contains("a package of debian, not of Ubuntu"), "{vex}");
    let notes = String::from_utf8_lossy(&files["release-notes.md"]).into_owned();
    assert!(notes.contains("can't be compared: `libexample1`"), "{notes}");
    let packages = String::from_utf8_lossy(&files["packages"]).into_owned();
    assert_eq!(packages, "bash=5\npkg:deb/debian/libexample1@9\n");
    // Ubuntu's own in its place shows the fix.
    product.release("1.2.0", "libexample1=2\n").succeeded().says(&["1 fixed (USN-9001-1)"]);
}

#[test]
fn the_folder_of_a_distroless_image_is_read_as_the_list_of_its_files() {
    let (_server, product) = with_one_open_notice();
    product.write("image/status.d/libexample1", "Package: libexample1\nVersion: 2\nDescription: x\n");
    product.write("image/status.d/libexample1.md5sums", "0  usr/lib/x\n");
    product.write("image/status.d/tzdata", "Package: tzdata\nVersion: 2025b\n");
    let files = json!(["image/status.d/tzdata", "image/status.d/libexample1"]);
    let ran = product.put("releases", json!({"version": "1.1.0", "packages_file": files})).succeeded();
    assert_eq!(ran.fact("fixed").as_deref(), Some("USN-9001-1"));
    let folder = json!({"version": "1.1.0", "packages_file": "image/status.d"});
    product.put("releases", folder).succeeded().says(&["already recorded"]);
}

#[test]
fn a_list_that_tells_no_state_earns_a_warning_and_one_that_does_none() {
    let (_server, product) = with_one_open_notice();
    let ran = product.release("1.1.0", "libexample1\t2\nbash\t5\n").succeeded();
    ran.says(&["removed packages", "${db:Status-Abbrev}"]);
    let ran = product.release("1.1.0", "ii \tlibexample1\t2\nrc \tzsh\t5\nii \tbash\t5\n").succeeded();
    ran.says(&["already recorded"]).keeps_silent_on(&["removed packages"]);
}

#[test]
fn a_file_that_is_no_list_of_packages_is_refused_with_the_forms_that_are() {
    let product = Product::new(json!({}));
    for wrong in [&b"not a list"[..], b"", b"bash\n", &[0, 159, 146, 150]] {
        let ran = product.release("1.0.0", wrong).failed();
        ran.says(&["params.packages_file \"rootfs/packages\"", "`dpkg -l`", "${db:Status-Abbrev}"]);
    }
    let folder = json!({"version": "1.0.0", "packages_file": "rootfs"});
    product.put("releases", folder).failed().says(&["it is a folder", "name the file in it"]);
    product.write("rootfs/version", " \n");
    product.put("releases", json!({"version_file": "rootfs/version"})).failed().says(&["rootfs/version", "is empty"]);
    let named = json!({"version": "1.0.0", "notices": ["rootfs"]});
    product.put("releases", named).failed().says(&["params.notices \"rootfs\"", "the folder of a get of a notice"]);
    assert!(product.log_files().is_empty());
}

#[test]
fn a_log_that_was_tampered_with_is_named_by_its_event() {
    let product = Product::new(json!({}));
    (1..=3).for_each(|n| drop(product.release(&format!("1.{n}.0"), format!("bash={n}\n")).succeeded()));
    let folder = product.tracker().join("cflinuxfs4");
    let (second, kept) = (folder.join("00000002.json"), folder.join("kept"));
    fs::rename(&second, &kept).expect("a gap");
    product.check("releases", Value::Null).failed().says(&["cflinuxfs4/00000002.json", "missing", "put it back"]);
    let event = fs::read_to_string(&kept).expect("the event");
    let changed = event.replace("1.2.0", "1.2.1");
    fs::write(&second, &changed).expect("a change");
    product.check("releases", Value::Null).failed().says(&["cflinuxfs4/00000002.json", "changed"]);
    // Who takes its own digest out as well is given away by the next event's `prev`.
    let (before, _) = changed.split_once(",\n  \"digest\"").expect("a digest at the end");
    fs::write(&second, format!("{before}\n}}\n")).expect("a change");
    product.check("releases", Value::Null).failed().says(&["cflinuxfs4/00000003.json", "changed"]);
    fs::write(&second, "").expect("damage");
    product.check("releases", Value::Null).failed().says(&["cflinuxfs4/00000002.json", "put the original back"]);
    fs::rename(&kept, &second).expect("repair");
    product.check("releases", Value::Null).succeeded();
}

#[test]
fn a_product_without_the_package_is_not_affected() {
    let (_server, product) = with_one_open_notice();
    product.release("1.1.0", "bash=5\n").succeeded();
    let log = product.log();
    assert_eq!(log.last().expect("an event")["released"]["not_affected"], json!(["USN-9001-1"]));
}

#[test]
fn a_named_notice_that_is_not_fixed_fails_the_put_with_a_table() {
    let (_server, product) = with_one_open_notice();
    let log = product.log_files();
    product.write("rootfs/packages", "libexample1=1.5\n");
    product.write("usn/id", "USN-9001-1\n");
    for named in ["USN-9001-1", "usn"] {
        let params = json!({"version": "1.1.0", "packages_file": "rootfs/packages", "notices": [named]});
        let ran = product.put("releases", params).failed();
        ran.says(&["USN-9001-1", "libexample1", "1.5", "too old", "nothing was recorded"]);
        assert_eq!(product.log_files(), log);
    }
}

#[test]
fn without_packages_only_the_named_notices_are_claimed_and_marked_so() {
    let (_server, product) = with_open_notices(&["USN-9001-1", "USN-9002-1"]);
    let params = json!({"version": "1.1.0", "notices": ["USN-9001-1"]});
    product.put("releases", params).succeeded().says(&["warning:", "no evidence"]);
    let log = product.log();
    let released = &log.last().expect("an event")["released"];
    assert_eq!(released["fixed"], json!([{"notice": "USN-9001-1", "evidence": "none", "via": null}]));
    assert_eq!(released["open"], json!(["USN-9002-1"]));
}

#[test]
fn a_path_that_leads_out_of_the_build_folder_is_refused() {
    let product = Product::new(json!({}));
    product.write("rootfs/version", "1.0.0");
    symlink("/etc", product.build().join("etc")).expect("a link");
    for path in ["/etc/hostname", "../tracker/x", "rootfs/../../x", "etc/hostname"] {
        for params in [json!({"version_file": path}), json!({"version": "1", "packages_file": path})] {
            product.put("releases", params).failed().says(&["out of the build folder"]);
        }
    }
    assert!(product.log_files().is_empty());
}

#[test]
fn an_answer_closes_a_notice_and_one_that_runs_out_opens_it_again() {
    let (_server, product) = with_one_open_notice();
    let answer = |rest: Value| {
        let mut answer = json!({"notice": "USN-9001-1"});
        answer.as_object_mut().expect("keys").extend(rest.as_object().expect("keys").clone());
        product.put("releases", json!({"answer": answer}))
    };
    answer(json!({"status": "fixed"})).failed().says(&["record the release"]);
    answer(json!({"status": "affected"})).failed().says(&["statement"]);
    let not_affected = json!({"status": "not_affected", "justification": "vulnerable_code_not_present"});
    let ran = answer(not_affected.clone()).succeeded();
    assert_eq!(ran.json()["version"], json!({"release": "1.0.0"}), "the highest release");
    let log = product.log_files();
    answer(not_affected).succeeded().says(&["nothing to do"]);
    assert_eq!(product.log_files(), log, "the same answer twice is one event");

    let past = answer(json!({"status": "affected", "statement": "after the freeze", "until": "2026-01-01"})).failed();
    past.says(&["answer.until", "2026-01-01", "ahead"]);
    assert_eq!(product.log_files(), log);
    answer(json!({"status": "affected", "statement": "for good", "until": "9999-12-31"})).succeeded();
    assert_eq!(product.log().last().expect("an event")["answered"]["until"], Value::Null);
    let given = json!({"notice": "USN-9001-1"});
    assert_eq!(product.check("notices", given.clone()).succeeded().versions(), std::slice::from_ref(&given));

    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(1500);
    answer(json!({"status": "affected", "statement": "for a moment", "until": until.to_string()})).succeeded();
    while jiff::Timestamp::now() <= until {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let again = product.check("notices", given.clone()).succeeded();
    assert_eq!(again.versions(), [given, json!({"notice": "USN-9001-1", "opening": "2"})]);
}

#[test]
fn an_answer_that_is_taken_back_opens_the_notice_again() {
    let (_server, product) = with_one_open_notice();
    let answer = |rest: Value| {
        let mut answer = json!({"notice": "USN-9001-1"});
        answer.as_object_mut().expect("keys").extend(rest.as_object().expect("keys").clone());
        product.put("releases", json!({"answer": answer})).succeeded()
    };
    let given = json!({"notice": "USN-9001-1"});
    answer(json!({"status": "affected", "statement": "won't fix"}));
    assert_eq!(product.check("notices", given.clone()).succeeded().versions(), std::slice::from_ref(&given));
    answer(json!({"status": "under_investigation"}));
    let again = product.check("notices", given.clone()).succeeded();
    let second = json!({"notice": "USN-9001-1", "opening": "2"});
    assert_eq!(again.versions(), [given, second.clone()]);
    assert_eq!(product.check("notices", second.clone()).succeeded().versions(), [second]);
}

#[test]
fn what_nobody_was_shown_is_answered_without_a_build() {
    let api = Api::default();
    api.rate("CVE-2026-1000", json!("high"), Some(8.1));
    api.publish(notice("USN-9001-1", "2026-11-01T08:00:00"));
    let server = serve(&api);
    let product = Product::new(json!({"os": "jammy", "window": "2000d", "upstream": api_of(&server)}));
    product.release("1.0.0", "libexample1=1\n").succeeded();
    assert_eq!(product.check("notices", Value::Null).succeeded().notices(), ["USN-9001-1"]);
    api.publish(notice("USN-9002-1", "2026-11-02T08:00:00"));
    let given = json!({"notice": "USN-9001-1"});
    let before = product.log().len();
    let answer = json!({"notice": "USN-9002-1", "status": "affected", "statement": "won't fix"});
    product.put("releases", json!({"answer": answer})).succeeded();
    assert_eq!(product.log()[before]["opened"]["shown"], json!(false));
    assert_eq!(product.check("notices", given.clone()).succeeded().versions(), std::slice::from_ref(&given));
    let everything = product.check("notices", Value::Null).succeeded();
    assert_eq!(everything.versions(), [given], "nor after a reset");
}

#[test]
fn a_release_that_is_to_settle_a_notice_has_to_become_the_current_one() {
    let (_server, product) = with_one_open_notice();
    product.write("rootfs/packages", "libexample1=2\n");
    let put = |version: &str, notices: Value| {
        product.put("releases", json!({"version": version, "packages_file": "rootfs/packages", "notices": notices}))
    };
    let log = product.log_files();
    put("0.9.0", json!(["USN-9001-1"])).failed().says(&["0.9.0", "higher release 1.0.0", "nothing was recorded"]);
    assert_eq!(product.log_files(), log);
    // A late one is recorded, and closes nothing: what ships is 1.0.0.
    put("0.9.1", json!([])).succeeded().says(&["lower than 1.0.0", "stays open there"]);
    let given = json!({"notice": "USN-9001-1"});
    for _ in 0..2 {
        assert_eq!(product.check("notices", given.clone()).succeeded().versions(), std::slice::from_ref(&given));
    }
    let got = product.get("releases", json!({"release": "0.9.1"})).1;
    assert_eq!(got["fixed"], b"USN-9001-1\n");
    put("1.1.0", json!(["USN-9001-1"])).succeeded();
    put("1.1.0", json!(["USN-9001-1"])).succeeded().says(&["already recorded"]);
}

#[test]
fn an_answer_may_stand_in_a_file() {
    let (_server, product) = with_one_open_notice();
    product.write("triage/answer.json", r#"{"notice": "USN-9001-1", "status": "affected", "statement": "won't fix"}"#);
    product.put("releases", json!({"answer_file": "triage/answer.json"})).succeeded();
    assert_eq!(product.log().last().expect("an event")["answered"]["statement"], "won't fix");
}

#[test]
fn a_named_notice_that_the_log_does_not_hold_is_looked_up_upstream() {
    let (_server, product) = with_one_open_notice();
    product.write("rootfs/packages", "libexample1=2\n");
    let params = |id: &str| json!({"version": "1.1.0", "packages_file": "rootfs/packages", "notices": [id]});
    product.put("releases", params("USN-4711-1")).failed().says(&["USN-4711-1", "is the id right?"]);
    product.put("releases", params("USN-9001-1")).succeeded();
}
