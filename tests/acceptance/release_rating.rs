//! A notice counts for a release by the CVEs that concern it, and Ubuntu's own words on what nobody fixes are told.

use std::fs;
use std::path::Path;
use std::time::Duration;

use davos::step::check;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::acceptance::product::Product;
use crate::acceptance::upstream::{api_of, fixture, pack, serve, static_file};
use crate::support::api::Api;
use crate::support::server::{Reply, Server};
use crate::support::steps::{self, Place};

const OVAL: &str = "oval/com.ubuntu.mantic.usn.oval.xml.bz2";
const PYTHON: &str = "USN-6891-1";

fn from(name: &str) -> Value {
    serde_json::from_slice(&fixture(&format!("in-release/{name}.json"))).expect("JSON")
}

/// The API with a real notice: the gravest of its CVEs concerns jammy and not mantic.
fn python() -> Api {
    let api = Api::default();
    api.publish(from(PYTHON));
    api.tell(from("CVE-2022-42919"));
    api.tell(from("CVE-2023-6507"));
    api
}

/// A product on a release of Ubuntu that ships old Pythons.
fn rootfs(server: &Server, os: &str, priorities: &[&str]) -> Product {
    let product =
        Product::new(json!({"os": os, "upstream": api_of(server), "window": "2000d", "priorities": priorities}));
    let old = "python3.10-minimal=3.10.1-1\npython3.11-minimal=3.11.0~a1-1\npython3.12-minimal=3.11.0-1\n";
    product.release("1.0.0", old).succeeded();
    server.take_count();
    product
}

/// How many CVEs the server was asked for since the last time.
fn cves_asked(server: &Server) -> usize {
    let asked = server.requests().iter().filter(|request| request.path.contains("/cves/")).count();
    server.take_count();
    asked
}

const GRAVE: [&str; 2] = ["high", "critical"];

#[test]
fn a_real_notice_is_medium_on_the_release_that_its_worst_cve_does_not_concern_and_high_on_the_other() {
    let server = serve(&python());
    let mantic = rootfs(&server, "mantic", &GRAVE);
    let ran = mantic.check("notices", Value::Null).succeeded();
    assert!(ran.notices().is_empty());
    ran.says(&["USN-6891-1 (high, but medium on mantic: CVE-2022-42919 doesn't concern it)", "not opened"]);
    assert_eq!(mantic.log().len(), 1, "the release alone");

    let jammy = rootfs(&server, "jammy", &GRAVE);
    assert_eq!(jammy.check("notices", Value::Null).succeeded().notices(), [PYTHON]);
    let opened = &jammy.log()[1]["opened"];
    assert_eq!((&opened["priority"], &opened["severity"]), (&json!("high"), &json!("high")));
    assert_eq!(opened["notice"]["in_release"]["unconcerned"], json!(["CVE-2023-6507"]), "that one doesn't rate it");
    let (_, files) = jammy.get("notices", json!({"notice": PYTHON}));
    let md = String::from_utf8(files["notice.md"].clone()).expect("text");
    assert!(md.contains("- Priority: **high**") && !md.contains("elsewhere"), "{md}");
}

#[test]
fn a_resource_for_what_is_medium_gets_what_is_less_grave_here_and_asks_for_the_rest_once_an_hour() {
    let server = serve(&python());
    let mantic = rootfs(&server, "mantic", &["low", "medium"]);
    assert_eq!(mantic.check("notices", Value::Null).succeeded().notices(), [PYTHON]);
    let opened = &mantic.log()[1]["opened"];
    assert_eq!(
        (&opened["priority"], &opened["notice"]["in_release"]["unconcerned"]),
        (&json!("medium"), &json!(["CVE-2022-42919"]))
    );

    let jammy = rootfs(&server, "jammy", &["low", "medium"]);
    assert!(jammy.check("notices", Value::Null).succeeded().notices().is_empty());
    assert!(cves_asked(&server) > 0);
    jammy.check("notices", Value::Null).succeeded();
    let asked: Vec<String> = server.requests().iter().map(|request| request.path.clone()).collect();
    assert!(!asked.iter().any(|path| path.contains("/cves/") || path.contains("/notices/USN")), "{asked:?}");
    assert_eq!(jammy.log().len(), 1, "it is high there");
}

#[test]
fn the_facts_and_the_files_tell_both_ratings_and_why() {
    let server = serve(&python());
    let mantic = rootfs(&server, "mantic", &["medium", "high", "critical"]);
    assert_eq!(mantic.check("notices", Value::Null).succeeded().notices(), [PYTHON]);
    assert_eq!(cves_asked(&server), 2, "the answers that rate them tell their statuses too");
    let event = &mantic.log()[1];
    let opened = &event["opened"];
    assert_eq!(
        (&event["schema"], &opened["priority"], &opened["severity"]),
        (&json!(1), &json!("medium"), &json!("medium"))
    );
    let cves = opened["notice"]["cves"].as_array().expect("CVEs");
    assert_eq!(
        cves.iter().map(|cve| cve["priority"].as_str().expect("a word")).collect::<Vec<_>>(),
        ["high", "medium"]
    );
    let told = &opened["notice"]["in_release"];
    assert_eq!(told["unconcerned"], json!(["CVE-2022-42919"]));
    assert!(told["asked"].as_str().expect("a time").parse::<Timestamp>().is_ok());

    let (ran, files) = mantic.get("notices", json!({"notice": PYTHON}));
    assert_eq!(ran.succeeded().fact("priority").as_deref(), Some("medium"));
    let text = |name: &str| String::from_utf8(files[name].clone()).expect("text");
    assert_eq!((text("priority").trim(), text("severity").trim()), ("medium", "medium"));
    let md = text("notice.md");
    let why = "- **medium** (CVSS medium) on 23.10 (mantic), high (CVSS high) elsewhere: CVE-2022-42919 (high) doesn't concern it\n";
    assert!(md.contains(why) && md.contains("- Priority: **medium**, CVSS severity: medium\n"), "{md}");
    let json: Value = serde_json::from_str(&text("notice.json")).expect("JSON");
    assert_eq!(json["everywhere"], json!({"priority": "high", "severity": "high"}));
    assert_eq!((&json["priority"], &json["severity"]), (&json!("medium"), &json!("medium")));
    assert!(text("notification.txt").starts_with("USN-6891-1 (medium): "));
    let (_, files) = mantic.get("status", json!({"cflinuxfs4": "2"}));
    let status: Value = serde_json::from_slice(&files["status.json"]).expect("JSON");
    assert_eq!(status["products"]["cflinuxfs4"]["open_notices"][0]["priority"], "medium");
}

#[test]
fn nothing_is_asked_where_nothing_is_about_to_be_opened_or_no_answer_matters() {
    let api = python();
    let server = serve(&api);
    let jammy = rootfs(&server, "jammy", &GRAVE);
    jammy.check("notices", Value::Null).succeeded();
    server.take_count();
    jammy.check("notices", Value::Null).succeeded();
    assert_eq!(cves_asked(&server), 0);
    let all = rootfs(&server, "mantic", &["unknown", "negligible", "low", "medium", "high", "critical"]);
    all.check("notices", Value::Null).succeeded();
    assert_eq!(cves_asked(&server), 2, "their ratings, which only the API tells; listed is it anyway");
    assert_eq!(all.log()[1]["opened"]["priority"], "high");
    let fixed =
        Product::new(json!({"os": "mantic", "upstream": api_of(&server), "window": "2000d", "priorities": GRAVE}));
    fixed.release("1.0.0", "python3.11-minimal=3.11.6-3ubuntu0.1\n").succeeded();
    server.take_count();
    fixed.check("notices", Value::Null).succeeded();
    assert_eq!(cves_asked(&server), 2);
    assert_eq!(fixed.log()[1]["opened"]["fixed_in"]["version"], "1.0.0");
}

/// A product, its clock and an upstream on disk.
struct World {
    folder: tempfile::TempDir,
    now: Timestamp,
    keys: Value,
}

impl World {
    fn new(keys: Value) -> World {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["oval", "api/page", "api/notices", "api/cves", "build", "tmp"] {
            fs::create_dir_all(folder.path().join(name)).expect("a folder");
        }
        let world = World { folder, now: "2024-07-11T12:00:00Z".parse().expect("a time"), keys };
        world.publish(&[from(PYTHON)]);
        fs::write(world.path(OVAL), pack(&python_in_oval())).expect("written");
        world.tell(&from("CVE-2022-42919"));
        world.tell(&from("CVE-2023-6507"));
        world
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn publish(&self, notices: &[Value]) {
        for notice in notices {
            let path = self.path(&format!("api/notices/{}.json", notice["id"].as_str().expect("an id")));
            fs::write(path, notice.to_string()).expect("written");
        }
        let page = json!({"notices": notices, "total_results": notices.len(), "limit": 20, "offset": 0});
        fs::write(self.path("api/page/notices.json"), page.to_string()).expect("written");
    }

    fn tell(&self, cve: &Value) {
        let path = self.path(&format!("api/cves/{}.json", cve["id"].as_str().expect("an id")));
        fs::write(path, cve.to_string()).expect("written");
    }

    /// The gravest CVE, with this status of each of its packages in mantic.
    fn tell_status(&self, status: &str) {
        let mut cve = from("CVE-2022-42919");
        for package in cve["packages"].as_array_mut().expect("packages") {
            for row in package["statuses"].as_array_mut().expect("statuses") {
                if row["release_codename"] == "mantic" {
                    row["status"] = json!(status);
                }
            }
        }
        self.tell(&cve);
    }

    fn source(&self, emit: &str, tracker: bool) -> Value {
        let api = format!("file://{}", self.path("api").display());
        let mut source = json!({"emit": emit, "os": "mantic", "window": "30d", "priorities": GRAVE,
            "upstream": {"oval": format!("file://{}", self.path("oval").display()), "api": api, "rss": false}});
        if tracker {
            source["product"] = json!("rootfs");
            source["tracker"] = json!({"driver": "file", "path": self.path("tracker")});
        }
        source.as_object_mut().expect("keys").extend(self.keys.as_object().expect("keys").clone());
        source
    }

    fn place(&self) -> (std::path::PathBuf, std::path::PathBuf) {
        (self.path("tmp"), self.path("build"))
    }

    fn release(&self, packages: &str) {
        fs::write(self.path("build/packages"), packages).expect("written");
        let (temporary, build) = self.place();
        let place = Place { temporary: &temporary, folder: Some(&build), job: Some("job"), now: self.now };
        let params = json!({"version": "1.0.0", "packages_file": "packages"});
        steps::run(davos::step::record, &json!({"source": self.source("releases", true), "params": params}), place)
            .json();
    }

    fn check_as(&self, tracker: bool) -> (Vec<String>, String) {
        let (temporary, _) = self.place();
        let place = Place { temporary: &temporary, folder: None, job: None, now: self.now };
        let outcome = steps::run(check, &json!({"source": self.source("notices", tracker)}), place);
        let ids = outcome
            .json()
            .as_array()
            .expect("versions")
            .iter()
            .map(|version| version["notice"].as_str().expect("an id").to_owned())
            .collect();
        (ids, outcome.stderr)
    }

    fn check(&self) -> Vec<String> {
        self.check_as(true).0
    }

    fn later(&mut self, hours: i64) {
        self.now += SignedDuration::from_hours(hours);
    }

    fn lose_container(&self) {
        fs::remove_dir_all(self.path("tmp")).expect("removed");
        fs::create_dir(self.path("tmp")).expect("a folder");
    }

    fn events(&self) -> Vec<Value> {
        let Ok(files) = fs::read_dir(self.path("tracker/rootfs")) else { return Vec::new() };
        let mut names: Vec<_> = files.map(|file| file.expect("a file").path()).filter(|path| path.is_file()).collect();
        names.sort();
        let parse = |path: &Path| serde_json::from_slice(&fs::read(path).expect("a file")).expect("an event");
        names.iter().map(|path| parse(path)).collect()
    }
}

const OLD: &str = "python3.11-minimal=3.11.0-1\npython3.12-minimal=3.11.0-1\n";

#[test]
fn a_notice_that_was_held_back_is_opened_once_its_status_says_that_it_concerns_the_release() {
    for lost in [false, true] {
        for tracker in [true, false] {
            let mut world = World::new(json!({}));
            world.release(OLD);
            assert!(world.check_as(tracker).0.is_empty());
            world.tell_status("needed");
            world.later(1);
            if lost {
                world.lose_container();
            }
            assert_eq!(world.check_as(tracker).0, [PYTHON], "{lost} {tracker}");
            world.later(1);
            assert_eq!(world.check_as(tracker).0, [PYTHON]);
            // What was put before somebody stays there, whatever is said of it later.
            world.tell_status("not-affected");
            world.later(30);
            assert_eq!(world.check_as(tracker).0, [PYTHON], "{lost} {tracker}");
            assert_eq!(world.events().len(), if tracker { 2 } else { 1 });
        }
    }
}

#[test]
fn who_asks_for_what_is_less_grave_is_reminded_and_told_again_when_an_answer_ran_out() {
    for priorities in [json!(["low", "medium"]), json!(["unknown", "low", "medium"])] {
        let mut world = World::new(json!({"priorities": priorities, "remind": "7d"}));
        world.release(OLD);
        // It was published long before the window.
        world.later(24 * 90);
        assert_eq!(world.check(), [PYTHON], "{priorities}");
        world.later(1);
        world.check();
        assert_eq!(world.events().len(), 2);
        world.later(24 * 8);
        world.check();
        assert_eq!(world.events().len(), 3, "a reminder");
        let (temporary, build) = world.place();
        let until = (world.now + SignedDuration::from_hours(48)).to_string();
        let answer = json!({"notice": PYTHON, "status": "not_affected", "statement": "not run", "until": until,
            "justification": "vulnerable_code_not_in_execute_path"});
        let place = Place { temporary: &temporary, folder: Some(&build), job: Some("job"), now: world.now };
        let request = json!({"source": world.source("releases", true), "params": {"answer": answer}});
        steps::run(davos::step::record, &request, place).json();
        world.later(1);
        world.check();
        assert_eq!(world.events().len(), 4, "the answer holds");
        world.later(49);
        world.check();
        let last = world.events().pop().expect("an event");
        assert_eq!((&last["opened"]["opening"], &last["opened"]["priority"]), (&json!(3), &json!("medium")));
        // And when it turns out to concern the release after all, that is told once, as it is now.
        world.tell_status("needed");
        world.later(24 * 8);
        world.check();
        let count = world.events().len();
        assert_eq!(world.events().pop().expect("an event")["opened"]["priority"], "high");
        world.later(24);
        world.check();
        assert_eq!(world.events().len(), count);
    }
}

#[test]
fn what_is_held_back_is_asked_for_again_once_an_hour_and_later_once_a_day() {
    let mut world = World::new(json!({}));
    world.release(OLD);
    assert!(world.check().is_empty());
    world.tell_status("needed");
    world.now += SignedDuration::from_mins(59);
    assert!(world.check().is_empty(), "what was asked less than an hour ago isn't asked again");
    world.tell_status("not-affected");
    world.later(10 * 24);
    assert!(world.check().is_empty());
    world.tell_status("needed");
    world.later(23);
    assert!(world.check().is_empty(), "it is older than a week");
    world.later(1);
    assert_eq!(world.check(), [PYTHON], "at most a day later");
}

#[test]
fn an_outage_opens_nothing_that_was_held_back() {
    let mut world = World::new(json!({}));
    world.release(OLD);
    assert!(world.check().is_empty());
    for name in ["cves", "notices", "page"] {
        // Folders can't be read as files: no answer, and no 404 either.
        fs::rename(world.path(&format!("api/{name}")), world.path(&format!("api/no-{name}"))).expect("renamed");
    }
    for hours in [1, 24, 24 * 7] {
        world.later(hours);
        let (ids, said) = world.check_as(true);
        assert!(ids.is_empty() && said.contains("warning: API:"), "{hours} {said}");
    }
    world.later(24 * 30);
    assert_eq!(world.check(), [PYTHON], "for how long it stands in has an end");
}

/// The notice as OVAL tells it.
fn python_in_oval() -> String {
    let cve = |id: &str, priority: &str, score: &str, severity: &str| {
        format!(r#"<cve priority="{priority}" cvss_score="{score}" cvss_severity="{severity}">{id}</cve>"#)
    };
    let cves = cve("CVE-2022-42919", "high", "7.8", "high") + &cve("CVE-2023-6507", "medium", "4.9", "medium");
    format!(
        r#"<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5" xmlns:oval="urn:o" xmlns:linux="urn:l">
<definitions><definition id="oval:com.ubuntu.mantic:def:1" class="patch"><metadata><title>USN-6891-1 -- Python vulnerabilities</title>
<reference source="USN" ref_id="USN-6891-1" ref_url="https://ubuntu.com/security/notices/USN-6891-1"/><description>Something.</description>
<advisory><issued date="2024-07-11"/>{cves}</advisory></metadata><criteria><criteria operator="OR">
<criterion test_ref="oval:com.ubuntu.mantic:tst:1" comment="Interim Release"/></criteria></criteria></definition></definitions>
<tests><linux:dpkginfo_test id="oval:com.ubuntu.mantic:tst:1"><linux:object object_ref="oval:com.ubuntu.mantic:obj:1"/><linux:state state_ref="oval:com.ubuntu.mantic:ste:1"/></linux:dpkginfo_test></tests>
<objects><linux:dpkginfo_object id="oval:com.ubuntu.mantic:obj:1"><linux:name var_ref="oval:com.ubuntu.mantic:var:1" var_check="at least one"/></linux:dpkginfo_object></objects>
<states><linux:dpkginfo_state id="oval:com.ubuntu.mantic:ste:1"><linux:evr datatype="debian_evr_string" operation="less than">0:3.12.0-1ubuntu0.1</linux:evr></linux:dpkginfo_state></states>
<variables><constant_variable id="oval:com.ubuntu.mantic:var:1" datatype="string"><value>python3.12-minimal</value></constant_variable></variables></oval_definitions>"#
    )
}

#[test]
fn what_is_not_known_counts_as_it_did_before() {
    let whole = from("CVE-2022-42919").to_string();
    let huge = format!(r#"{},"x":"{}"}}"#, &whole[..whole.len() - 1], "y".repeat(2 << 20));
    let without = |key: &str| {
        let mut cve = from("CVE-2022-42919");
        cve.as_object_mut().expect("keys").remove(key);
        cve.to_string()
    };
    let other_release = whole.replace("mantic", "noble");
    let one_source = whole.replace("python3.12", "python3.13");
    let wrong: Vec<(&str, Reply)> = vec![
        ("no such CVE", Reply::not_found()),
        ("HTML", Reply::ok("<!doctype html><title>Sorry</title>")),
        ("half of the body", Reply::ok(whole.clone()).half()),
        ("half of the text", Reply::ok(whole[..whole.len() / 2].to_owned())),
        ("a reset", Reply::reset()),
        ("an error", Reply::new(500, "<h1>500</h1>")),
        ("too long", Reply::ok(huge)),
        ("no packages", Reply::ok(without("packages"))),
        ("the release isn't listed", Reply::ok(other_release)),
        ("one source isn't named", Reply::ok(one_source)),
        ("another CVE", Reply::ok(from("CVE-2023-6507").to_string())),
        ("nothing", Reply::ok("")),
        ("no end", Reply::ok(" ".repeat(1 << 16)).endless()),
    ];
    for (what, reply) in wrong {
        let (api, oval) = (python(), pack(&python_in_oval()));
        let server = Server::start(move |request| match request.path.as_str() {
            "/security/cves/CVE-2022-42919.json" => reply.clone(),
            path if path.starts_with("/oval/") => static_file(request, &oval),
            _ => api.answer(request),
        });
        let mut product = rootfs(&server, "mantic", &GRAVE);
        product.source["upstream"]["oval"] = json!(server.url("/oval/"));
        let ran = product.check("notices", Value::Null).succeeded();
        assert_eq!(ran.notices(), [PYTHON], "{what}: {}", ran.stderr);
        assert!(cves_asked(&server) > 0 && ran.took < Duration::from_secs(45), "{what}");
        let opened = &product.log()[1]["opened"];
        assert_eq!((&opened["priority"], &opened["notice"]["in_release"]), (&json!("high"), &Value::Null), "{what}");
    }
}

#[test]
fn a_check_asks_for_a_hundred_cves_at_most_and_says_so() {
    let api = Api::default();
    let numbers = 1000..1150;
    for number in numbers.clone() {
        let (id, cve) = (format!("USN-{number}-1"), format!("CVE-2024-{number}"));
        let mut notice = from(PYTHON);
        notice["id"] = json!(id);
        notice["cves_ids"] = json!([cve]);
        notice["cves"] = json!([{"id": cve, "notices_ids": [id]}]);
        api.publish(notice);
        let mut told = from("CVE-2022-42919");
        told["id"] = json!(cve);
        api.tell(told);
    }
    // The ratings come from OVAL, so that each request is about a status.
    let definition = |number: usize| {
        let oval = python_in_oval().replace("USN-6891-1", &format!("USN-{number}-1"));
        let oval = oval.replace("CVE-2022-42919", &format!("CVE-2024-{number}"));
        let (from, to) = (oval.find("<definition ").expect("one"), oval.find("</definitions>").expect("an end"));
        oval[from..to]
            .replace("def:1\"", &format!("def:{number}\""))
            .replace("CVE-2023-6507", &format!("CVE-2023-{number}"))
    };
    let all: String = numbers.clone().map(definition).collect();
    let one = python_in_oval();
    let (from, to) = (one.find("<definition ").expect("one"), one.find("</definitions>").expect("an end"));
    let oval = pack(&format!("{}{all}{}", &one[..from], &one[to..]));
    let server = Server::start(move |request| match request.path.starts_with("/oval/") {
        true => static_file(request, &oval),
        false => api.answer(request),
    });
    let mut product = rootfs(&server, "mantic", &GRAVE);
    product.source["upstream"]["oval"] = json!(server.url("/oval/"));
    let ran = product.check("notices", Value::Null).succeeded();
    assert_eq!(cves_asked(&server), 100);
    assert_eq!(ran.notices().len(), 50, "what wasn't asked for counts for what it is rated");
    ran.says(&["a check asks for the status of 100 CVEs at most, so each of 50 more counts"]);
    product.check("notices", Value::Null).succeeded();
    assert!(cves_asked(&server) <= 100);
}

/// A product with one package that is free and another that only Ubuntu Pro mends.
fn mixed(reason: &str) -> Api {
    let api = Api::default();
    let mut notice = from(PYTHON);
    let jammy = notice["release_packages"]["jammy"].take();
    notice["release_packages"] = json!({"jammy": jammy});
    api.publish(notice);
    let mut cve = from("CVE-2022-42919");
    cve["packages"][1]["statuses"][0] =
        json!({"release_codename": "jammy", "status": "ignored", "description": reason, "pocket": "security"});
    api.tell(cve);
    let mut other = from("CVE-2023-6507");
    other["packages"][1]["statuses"][0] =
        json!({"release_codename": "jammy", "status": "deferred", "description": "2024-07-01", "pocket": "security"});
    api.tell(other);
    api
}

#[test]
fn ubuntus_own_words_stand_beside_a_notice_that_waits_for_ubuntu_pro() {
    let api = mixed("end of standard support, was needs-triage");
    let server = serve(&api);
    let jammy = rootfs(&server, "jammy", &GRAVE);
    assert_eq!(jammy.check("notices", Value::Null).succeeded().notices(), [PYTHON]);
    let words = json!([
        {"cve": "CVE-2022-42919", "package": "python3.11", "status": "ignored",
            "reason": "end of standard support, was needs-triage"},
        {"cve": "CVE-2023-6507", "package": "python3.11", "status": "deferred", "reason": "2024-07-01"},
    ]);
    assert_eq!(jammy.log()[1]["opened"]["notice"]["in_release"]["unfixed"], words);
    let (_, files) = jammy.get("notices", json!({"notice": PYTHON}));
    let json: Value = serde_json::from_slice(&files["notice.json"]).expect("JSON");
    assert_eq!(json["in_release"]["unfixed"], words);
    let md = String::from_utf8(files["notice.md"].clone()).expect("text");
    assert!(md.contains("## What Ubuntu says\n\n- CVE-2022-42919 in python3.11: ignored (end of standard support, was needs-triage)\n"), "{md}");
    // What is free gets fixed; what is left waits for Pro.
    jammy.release("1.0.1", "python3.10-minimal=3.10.12-1~22.04.4\npython3.11-minimal=3.11.0~a1-1\n").succeeded();
    let (_, files) = jammy.get("status", json!({"cflinuxfs4": "3"}));
    let status: Value = serde_json::from_slice(&files["status.json"]).expect("JSON");
    let open = &status["products"]["cflinuxfs4"]["open_notices"][0];
    assert_eq!(open["pro_only"], true);
    assert_eq!(
        open["ubuntu_says"][0],
        "CVE-2022-42919 in python3.11: ignored (end of standard support, was needs-triage)"
    );
    let page = String::from_utf8(files["status.html"].clone()).expect("text");
    assert!(page.contains("Ubuntu: CVE-2022-42919 in python3.11: ignored (end of standard support, was needs-triage)"));
}

#[test]
fn foreign_words_are_short_and_end_nothing() {
    let hostile = "\u{1b}[31m</td><script>alert(1)</script>\n# x `y` [z](https://evil.example)".repeat(300);
    let api = mixed(&hostile);
    let server = serve(&api);
    let jammy = rootfs(&server, "jammy", &GRAVE);
    jammy.check("notices", Value::Null).succeeded();
    let (_, notice) = jammy.get("notices", json!({"notice": PYTHON}));
    let (_, status) = jammy.get("status", json!({"cflinuxfs4": "2"}));
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    let md = text(&notice["notice.md"]);
    let said = md.split("## What Ubuntu says").nth(1).expect("a section");
    assert!(said.len() < 4000 && !said.contains("<script") && !said.contains("[z](https"), "{said}");
    assert!(!text(&status["status.html"]).contains("<script>alert"), "escaped");
    for file in [md, text(&status["status.html"]), text(&notice["notice.json"]), text(&status["status.json"])] {
        assert!(!file.contains('\u{1b}'));
    }
}

#[test]
fn no_words_are_asked_for_where_nothing_will_wait() {
    for pro in [true, false] {
        let api = mixed("end of life");
        let server = serve(&api);
        let mut product = rootfs(&server, "jammy", &GRAVE);
        product.source["pro"] = json!(pro);
        product.check("notices", Value::Null).succeeded();
        let words = product.log()[1]["opened"]["notice"]["in_release"]["unfixed"].as_array().map_or(0, Vec::len);
        // With Pro all can be fixed: what the answer that decided said is kept, and nobody is asked for more.
        assert_eq!(words, if pro { 1 } else { 2 });
    }
}

/// Numbers that look random, always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("a number") % sides
    }
}

#[test]
fn a_notice_is_held_back_only_if_all_that_lists_it_is_said_not_to_concern_the_release() {
    const STATUSES: [&str; 7] = ["not-affected", "DNE", "needed", "released", "ignored", "", "not-affected"];
    let mut dice = Dice(7);
    let (mut held, mut opened) = (0, 0);
    for round in 0..40 {
        let world = World::new(json!({}));
        world.release(OLD);
        // Both CVEs list it now, in half of the rounds.
        let both = dice.roll(2) == 0;
        let oval = python_in_oval()
            .replace("priority=\"medium\"", if both { "priority=\"critical\"" } else { "priority=\"medium\"" });
        fs::write(world.path(OVAL), pack(&oval)).expect("written");
        let mut clear = [true; 2];
        for (at, id) in ["CVE-2022-42919", "CVE-2023-6507"].into_iter().enumerate() {
            let mut cve = from(id);
            for name in [1, 2] {
                let sides = if dice.roll(2) == 0 { 2 } else { 7 };
                let status = STATUSES[dice.roll(sides)];
                let row = json!({"release_codename": "mantic", "status": status, "description": ""});
                let rows = match dice.roll(8) {
                    0 => json!([]),
                    1 => json!([{"release_codename": "jammy", "status": "DNE"}]),
                    2 => json!([row, {"release_codename": "mantic", "status": "needed"}]),
                    _ => json!([{"release_codename": "jammy", "status": "needed"}, row]),
                };
                let ours: Vec<&Value> =
                    rows.as_array().expect("rows").iter().filter(|row| row["release_codename"] == "mantic").collect();
                clear[at] &= !ours.is_empty()
                    && ours.iter().all(|row| row["status"] == "not-affected" || row["status"] == "DNE");
                cve["packages"][name]["statuses"] = rows;
            }
            world.tell(&cve);
        }
        let concerns = !clear[0] || (both && !clear[1]);
        let ids = world.check();
        assert_eq!(ids.len(), usize::from(concerns), "round {round}: {clear:?} {both}");
        assert_eq!(world.check_as(false).0, ids, "without a tracker too");
        if concerns {
            let priority = &world.events()[1]["opened"]["priority"];
            let worst = if both && !clear[1] { "critical" } else { "high" };
            assert_eq!(priority, worst, "round {round}: {clear:?} {both}");
            opened += 1;
        } else {
            held += 1;
        }
    }
    assert!(held > 5 && opened > 5, "{held} {opened}");
}

#[test]
fn whatever_happens_a_notice_that_concerns_the_release_is_opened_within_a_day_and_once() {
    let mut dice = Dice(3);
    let mut held = 0;
    for history in 0..12 {
        let mut world = World::new(json!({}));
        world.release(OLD);
        let mut opened = false;
        for _ in 0..10 {
            match dice.roll(5) {
                0 => world.tell_status("needed"),
                1 => world.lose_container(),
                2 => fs::write(world.path("api/cves/CVE-2022-42919.json"), "<html>").expect("written"),
                _ => world.tell_status("not-affected"),
            }
            world.later(i64::try_from(dice.roll(40)).expect("hours"));
            let ids = world.check();
            assert!(!opened || ids == [PYTHON], "history {history}: what was opened stays");
            opened = !ids.is_empty();
            held += usize::from(!opened);
        }
        world.tell_status("needed");
        world.later(24);
        assert_eq!(world.check(), [PYTHON], "history {history}");
        assert_eq!(world.events().len(), 2, "history {history}: it was opened once");
    }
    assert!(held > 12, "many checks held it back: {held}");
}
