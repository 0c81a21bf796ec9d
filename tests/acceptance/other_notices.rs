//! Notices that are not Ubuntu's, from every source, in one product with packages of every kind.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use davos::concourse::Step;
use davos::step::{check, fetch, record};
use serde_json::{Value, json};

use crate::support::git_server::{self, git, has_git};
use crate::support::server::{Reply, Server};
use crate::support::steps::{self, Place};

/// An image with `.deb`s, a Go binary and Python packages.
pub(super) struct Team {
    folder: tempfile::TempDir,
    now: String,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn address(name: &str) -> String {
    format!("file://{}", fixtures().join(name).display())
}

impl Team {
    pub(super) fn new() -> Team {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["build/notices", "tracker", "tmp", "osv"] {
            fs::create_dir_all(folder.path().join(name)).expect("a folder");
        }
        let team = Team { folder, now: "2026-01-19T12:00:00Z".to_owned() };
        for name in ["image-1.0.cdx.json", "image-1.1.cdx.json", "scan/grype.json"] {
            let to = Path::new(name).file_name().expect("a name");
            fs::copy(fixtures().join("other").join(name), team.path("build").join(to)).expect("copied");
        }
        team
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn write(&self, name: &str, value: &Value) {
        fs::write(self.path(name), value.to_string()).expect("a file");
    }

    /// Runs a step; the answer, and what was said.
    pub(super) fn run(&self, step: Step, mut request: Value, upstream: &Value) -> (Option<Value>, String) {
        let source = json!({"product": "image", "priorities": ["unknown", "high", "critical"], "window": "520w",
            "packages": ["gpgv", "stdlib", "flask", "gorouter", "requests"],
            "tracker": {"driver": "file", "path": self.path("tracker")}, "upstream": upstream});
        for (key, value) in source.as_object().expect("keys") {
            if request["source"][key].is_null() {
                request["source"][key] = value.clone();
            }
        }
        let (temporary, build) = (self.path("tmp"), self.path("build"));
        let now = self.now.parse().expect("a time");
        let outcome =
            steps::run(step, &request, Place { temporary: &temporary, folder: Some(&build), job: Some("job"), now });
        (outcome.is_success().then(|| outcome.json()), outcome.stderr)
    }

    pub(super) fn put(&self, params: Value) -> String {
        let (answer, said) = self.run(record, json!({"source": {"emit": "releases"}, "params": params}), &json!({}));
        answer.unwrap_or_else(|| panic!("{said}"));
        said
    }

    /// A check of Ubuntu and of databases in files: the ids that it answers with, and what it said.
    fn check(&self, osv: &Value) -> (Vec<String>, String) {
        let upstream = json!({"oval": address("oval/"), "api": address("api/"), "rss": false, "osv": osv});
        let (answer, said) = self.run(check, json!({"source": {"os": "jammy"}}), &upstream);
        (ids(&answer.unwrap_or_else(|| panic!("{said}"))), said)
    }

    /// The same without Ubuntu.
    pub(super) fn check_others(&self, osv: &Value) -> (Option<Vec<String>>, String) {
        let (answer, said) = self.run(check, json!({"source": {}}), &json!({"osv": osv}));
        (answer.map(|answer| ids(&answer)), said)
    }

    pub(super) fn events(&self) -> Vec<Value> {
        let names = (1..).map(|seq| self.path(&format!("tracker/image/{seq:08}.json")));
        names.map_while(|path| fs::read(path).ok()).map(|bytes| serde_json::from_slice(&bytes).expect("JSON")).collect()
    }

    pub(super) fn opened(&self) -> Vec<String> {
        let events = self.events();
        let ids = events.iter().filter_map(|event| event["opened"]["notice"]["id"].as_str());
        ids.map(str::to_owned).collect()
    }
}

fn ids(answer: &Value) -> Vec<String> {
    let versions = answer.as_array().expect("a list").iter();
    versions.map(|version| version["notice"].as_str().expect("an id").to_owned()).collect()
}

fn all_databases() -> Value {
    json!([{"go": address("other/go/")}, {"folder": address("other/own/")}])
}

#[test]
fn one_product_five_openings_and_an_sbom_closes_what_it_shows() {
    let team = Team::new();
    team.put(json!({"version": "1.0", "packages_file": "image-1.0.cdx.json"}));
    let (emitted, said) = team.check(&all_databases());
    assert_eq!(emitted, ["GHSA-m2qf-hxjv-5gpq", "GO-2025-3956", "USN-7946-1"], "{said}");
    assert!(said.contains("opened GO-2025-3956 (unknown): LookPath may find"), "{said}");

    fs::copy(fixtures().join("other/x_GOROUTER-2026-1.json"), team.path("build/notices/own.json")).expect("copied");
    let said = team.put(json!({"open": "notices/own.json"}));
    assert!(said.contains("x_GOROUTER-2026-1 (high): opened for image"), "{said}");
    let said = team.put(json!({"open": "notices"}));
    assert!(said.contains("the log of image has it already: nothing to do"), "{said}");

    let said = team.put(json!({"findings_file": "grype.json"}));
    for words in [
        "Grype: 4 findings, 1 opened (GHSA-9hjg-9r4m-mvj7)",
        "CVE-2025-68973 is USN-7946-1",
        "CVE-2025-47906 is GO-2025-3956",
        "1 without a fix (CVE-2023-0000: not-fixed)",
    ] {
        assert!(said.contains(words), "{words:?} is not in {said}");
    }
    let five = ["GHSA-m2qf-hxjv-5gpq", "GO-2025-3956", "USN-7946-1", "x_GOROUTER-2026-1", "GHSA-9hjg-9r4m-mvj7"];
    assert_eq!(team.opened(), five, "five openings, not seven");
    let (again, _) = team.check(&all_databases());
    assert_eq!(again, five[..4], "all that the filters match are emitted, in the order of the log; the last is medium");
    assert_eq!(team.opened(), five, "and a check adds nothing");

    let said = team.put(json!({"version": "1.1", "packages_file": "image-1.1.cdx.json"}));
    assert!(said.contains("3 fixed (USN-7946-1, GHSA-9hjg-9r4m-mvj7, GO-2025-3956)"), "{said}");
    assert!(said.contains("2 still open (GHSA-m2qf-hxjv-5gpq, x_GOROUTER-2026-1)"), "{said}");
    let schemas: Vec<u64> = team.events().iter().filter_map(|event| event["schema"].as_u64()).collect();
    assert_eq!(schemas, [1, 2, 2, 1, 2, 2, 2], "an older davos refuses just what it can't read");
    let released = &team.events()[6]["released"];
    let shown = released["fixed"].as_array().expect("fixes").iter().find(|fixed| fixed["notice"] == "GO-2025-3956");
    let evidence = json!([{"package": "stdlib", "ecosystem": "golang", "have": "v1.23.12", "need": "1.23.12"}]);
    assert_eq!(shown.expect("the fix")["evidence"], evidence);

    let request = json!({"source": {"emit": "releases"}, "version": {"release": "1.1"}});
    let (answer, said) = team.run(fetch, request, &json!({}));
    answer.unwrap_or_else(|| panic!("{said}"));
    let text = fs::read_to_string(team.path("build/openvex.json")).expect("a document");
    let vex: Value = serde_json::from_str(&text).expect("JSON");
    let stated: BTreeMap<&str, &str> = vex["statements"]
        .as_array()
        .expect("statements")
        .iter()
        .filter_map(|statement| Some((statement["vulnerability"]["name"].as_str()?, statement["status"].as_str()?)))
        .collect();
    let expected = [
        ("CVE-2023-30861", "under_investigation"),
        ("CVE-2024-47081", "fixed"),
        ("CVE-2025-47906", "fixed"),
        ("CVE-2025-68973", "fixed"),
        ("x_GOROUTER-2026-1", "under_investigation"),
    ];
    assert_eq!(stated, expected.into(), "{text}");
    assert!(text.contains("pkg:golang/stdlib@v1.23.12") && text.contains("pkg:pypi/requests@2.32.4"), "{text}");
    let notes = fs::read_to_string(team.path("build/release-notes.md")).expect("notes");
    assert!(notes.contains("[GO-2025-3956](https://pkg.go.dev/vuln/GO-2025-3956)"), "{notes}");
    assert!(notes.contains("**x_GOROUTER-2026-1: Routes of one space"), "{notes}");
    let advisory = fs::read_to_string(team.path("build/advisories/GO-2025-3956.md")).expect("an advisory");
    assert!(advisory.contains("- stdlib (golang; affected: below 1.23.12, 1.24.0 to below 1.24.6)"), "{advisory}");
}

#[test]
fn each_line_of_go_needs_its_own_fix() {
    let team = Team::new();
    for (version, go) in [("1.0", "1.23.4"), ("1.1", "1.24.1")] {
        let bom = json!({"bomFormat": "CycloneDX", "specVersion": "1.6",
            "components": [{"name": "stdlib", "purl": format!("pkg:golang/stdlib@v{go}")}]});
        team.write("build/sbom.json", &bom);
        team.put(json!({"version": version, "packages_file": "sbom.json"}));
        let (emitted, said) = team.check_others(&json!([{"go": address("other/go/")}]));
        assert_eq!(emitted.expect("an answer"), ["GO-2025-3956"], "{said}");
    }
    let first = &team.events()[1]["opened"]["packages"];
    assert_eq!(*first, json!([{"package": "stdlib", "ecosystem": "golang", "have": "v1.23.4", "need": "1.23.12"}]));
    let said = team
        .run(
            record,
            json!({"source": {"emit": "releases"}, "params":
        {"version": "1.2", "packages_file": "sbom.json", "notices": ["GO-2025-3956"]}}),
            &json!({}),
        )
        .1;
    assert!(said.contains("stdlib   v1.24.1  1.24.6  too old"), "{said}");
}

#[test]
fn what_is_withdrawn_is_closed_and_opened_again_when_it_comes_back() {
    let mut team = Team::new();
    team.put(json!({"version": "1.0", "packages_file": "image-1.0.cdx.json"}));
    let osv = json!([{"folder": format!("file://{}/", team.path("osv").display())}]);
    let mut record = json!({"id": "GHSA-m2qf-hxjv-5gpq", "modified": "2026-01-01T00:00:00Z", "published": "2026-01-01T00:00:00Z",
        "summary": "a flaw of Flask", "database_specific": {"severity": "HIGH"}, "affected": [{
            "package": {"ecosystem": "PyPI", "name": "flask"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.2.5"}]}]}]});
    let publish = |team: &Team, record: &Value| {
        team.write("osv/GHSA-m2qf-hxjv-5gpq.json", record);
        team.write("osv/index.json", &json!([{"id": "GHSA-m2qf-hxjv-5gpq", "modified": record["modified"]}]));
    };
    publish(&team, &record);
    assert_eq!(team.check_others(&osv).0.expect("an answer"), ["GHSA-m2qf-hxjv-5gpq"]);

    record["withdrawn"] = json!("2026-01-20T00:00:00Z");
    record["modified"] = json!("2026-01-20T00:00:00Z");
    record["summary"] = json!("no flaw after all");
    publish(&team, &record);
    team.now = "2026-01-20T12:00:00Z".to_owned();
    let (_, said) = team.check_others(&osv);
    assert!(said.contains("withdrawn, so closed: GHSA-m2qf-hxjv-5gpq"), "{said}");
    let answered = &team.events()[2];
    assert_eq!(answered["schema"], 2);
    assert_eq!(
        (&answered["answered"]["withdrawn"], &answered["answered"]["statement"]),
        (&json!(true), &json!("no flaw after all"))
    );
    let count = team.events().len();
    team.check_others(&osv);
    assert_eq!(team.events().len(), count, "once");

    record["withdrawn"] = Value::Null;
    record["modified"] = json!("2026-01-21T00:00:00Z");
    record["summary"] = json!("a flaw of Flask");
    publish(&team, &record);
    team.now = "2026-01-21T12:00:00Z".to_owned();
    team.check_others(&osv);
    let last = team.events().pop().expect("an event");
    assert_eq!(
        (&last["opened"]["opening"], &last["opened"]["notice"]["id"]),
        (&json!(2), &json!("GHSA-m2qf-hxjv-5gpq"))
    );
}

#[test]
fn a_database_that_fails_tells_what_it_last_told_and_is_never_no_notices() {
    let team = Team::new();
    team.put(json!({"version": "1.0", "packages_file": "image-1.0.cdx.json"}));
    let folder = team.path("osv");
    let osv = json!([{"folder": format!("file://{}/", folder.display())}]);
    for (index, said) in [
        ("<html>Not found</html>", "index.json is no list of objects"),
        ("[{\"id\": \"GHSA-m2qf-hxjv-5gpq\", \"modified\": \"x\"}]", "the record GHSA-m2qf-hxjv-5gpq"),
        ("[{\"id\": \"../etc\", \"modified\": \"x\"}]", "which is no id of a record"),
        (
            "[{\"id\": \"GHSA-1\", \"modified\": \"x\"}, {\"id\": \"GHSA-1\", \"modified\": \"y\"}]",
            "names GHSA-1 twice",
        ),
        ("", "answered with what can't be used: nothing"),
    ] {
        fs::write(folder.join("index.json"), index).expect("a file");
        let (answer, told) = team.check_others(&osv);
        assert!(
            answer.is_none() && told.contains("no source of notices answers") && told.contains(said),
            "{index}: {told}"
        );
    }
    fs::copy(fixtures().join("other/own/GHSA-m2qf-hxjv-5gpq.json"), folder.join("GHSA-m2qf-hxjv-5gpq.json"))
        .expect("copied");
    fs::copy(fixtures().join("other/own/index.json"), folder.join("index.json")).expect("copied");
    assert_eq!(team.check_others(&osv).0.expect("an answer"), ["GHSA-m2qf-hxjv-5gpq"]);
    // Beside one that answers it is a warning, and what it told counts.
    fs::write(folder.join("index.json"), "{").expect("a file");
    let both = json!([{"folder": format!("file://{}/", folder.display())}, {"go": address("other/go/")}]);
    let (answer, told) = team.check_others(&both);
    assert_eq!(answer.expect("an answer"), ["GHSA-m2qf-hxjv-5gpq", "GO-2025-3956"], "{told}");
    assert!(told.contains("what it last told counts"), "{told}");
}

#[test]
fn a_new_version_of_a_dependency_is_a_notice_for_who_ships_it_on_its_line() {
    let team = Team::new();
    team.put(json!({"version": "1.0", "packages_file": "image-1.0.cdx.json"}));
    let versions = json!([{"version": "go1.26rc1", "stable": false, "files": []}, {"version": "go1.24.6", "stable": true, "files": []},
        {"version": "go1.23.12", "stable": true, "files": []}]);
    team.write("osv/go.json", &versions);
    let releases = format!("file://{}", team.path("osv/go.json").display());
    let dependency =
        |line: Value| json!([{"name": "go", "purl": "pkg:golang/stdlib", "releases": releases, "line": line}]);
    let run = |dependencies: Value| {
        let (answer, said) = team.run(check, json!({"source": {"dependencies": dependencies}}), &json!({}));
        (ids(&answer.unwrap_or_else(|| panic!("{said}"))), said)
    };
    let (emitted, said) = run(dependency(json!("1.23")));
    assert_eq!(emitted, ["x_go-1.23.12"], "{said}");
    let (emitted, said) = run(dependency(Value::Null));
    assert_eq!(emitted, ["x_go-1.23.12", "x_go-1.24.6"], "never a pre-release: {said}");
    let (_, said) = run(dependency(json!("1.22")));
    assert!(said.contains("tells no version of the line 1.22"), "{said}");
}

#[test]
fn the_api_is_asked_with_the_packages_and_once_an_hour_at_most() {
    let mut team = Team::new();
    team.put(json!({"version": "1.0", "packages_file": "image-1.0.cdx.json"}));
    let record = fs::read(fixtures().join("other/own/GHSA-m2qf-hxjv-5gpq.json")).expect("a record");
    let server = Server::start(move |request| match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/v1/querybatch") => {
            let asked: Value = serde_json::from_slice(&request.body).expect("JSON");
            let results: Vec<Value> = asked["queries"]
                .as_array()
                .expect("queries")
                .iter()
                .map(|query| match query["package"]["purl"].as_str() {
                    Some("pkg:pypi/flask@2.2.4") => {
                        json!({"vulns": [{"id": "GHSA-m2qf-hxjv-5gpq", "modified": "2023-05-01T13:38:00Z"},
                            {"id": "USN-1-1", "modified": "2023-05-01T13:38:00Z"}]})
                    }
                    _ => json!({}),
                })
                .collect();
            Reply::ok(json!({"results": results}).to_string())
        }
        ("GET", "/v1/vulns/GHSA-m2qf-hxjv-5gpq") => Reply::ok(record.clone()),
        _ => Reply::not_found(),
    });
    let osv = json!([{"api": server.url("/")}]);
    let (emitted, said) = team.check_others(&osv);
    assert_eq!(emitted.expect("an answer"), ["GHSA-m2qf-hxjv-5gpq"], "{said}");
    let asked: Value = serde_json::from_slice(&server.requests()[0].body).expect("JSON");
    let purls: Vec<&str> = asked["queries"]
        .as_array()
        .expect("queries")
        .iter()
        .filter_map(|query| query["package"]["purl"].as_str())
        .collect();
    assert_eq!(
        purls,
        ["pkg:golang/stdlib@1.23.4", "pkg:pypi/flask@2.2.4", "pkg:pypi/requests@2.31.0"],
        "no .deb of Ubuntu"
    );
    server.take_count();
    team.check_others(&osv);
    assert_eq!(server.take_count(), 0, "nothing is asked again within the hour");
    team.now = "2026-01-19T13:30:00Z".to_owned();
    team.check_others(&osv);
    assert_eq!(server.take_count(), 1, "after it one question, and no record anew");
    team.put(json!({"version": "1.1", "packages_file": "image-1.1.cdx.json"}));
    team.check_others(&osv);
    assert_eq!(server.take_count(), 1, "other packages are asked for at once");
}

#[test]
fn answers_of_the_api_that_are_none_are_failures() {
    let team = Team::new();
    team.put(json!({"version": "1.0", "packages_file": "image-1.0.cdx.json"}));
    for (body, said) in [
        ("{}", "not what osv.dev's API gives"),
        ("<html>", "not what osv.dev's API gives"),
        (r#"{"results": []}"#, "3 packages were asked for, and 0 answers came"),
        (
            r#"{"results": [{"vulns": [{"id": "GHSA-m2qf-hxjv-5gpq", "modified": "x"}]}, {}, {}]}"#,
            "the record GHSA-m2qf-hxjv-5gpq",
        ),
    ] {
        let server = Server::start(move |request| match request.method.as_str() {
            "POST" => Reply::ok(body),
            _ => Reply::not_found(),
        });
        let (answer, told) = team.check_others(&json!([{"api": server.url("/")}]));
        assert!(answer.is_none() && told.contains(said), "{body}: {told}");
    }
}

#[test]
fn a_repository_of_records_is_a_database() {
    if !has_git() {
        return;
    }
    let team = Team::new();
    team.put(json!({"version": "1.0", "packages_file": "image-1.0.cdx.json"}));
    let repository = team.path("notices.git");
    git_server::repository(&repository);
    let work = team.path("work");
    git(team.folder.path(), &["clone", "-q", "notices.git", "work"]);
    fs::create_dir_all(work.join("open")).expect("a folder");
    fs::copy(fixtures().join("other/x_GOROUTER-2026-1.json"), work.join("open/x_GOROUTER-2026-1.json"))
        .expect("copied");
    git(&work, &["checkout", "-q", "-b", "main"]);
    git(&work, &["add", "."]);
    git(&work, &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "a notice"]);
    git(&work, &["push", "-q", "origin", "main"]);
    let osv = json!([{"git": {"uri": repository, "path": "open"}}]);
    let (emitted, said) = team.check_others(&osv);
    assert_eq!(emitted.expect("an answer"), ["x_GOROUTER-2026-1"], "{said}");
    for (wrong, said) in [
        (json!({"uri": repository, "path": "elsewhere"}), "there is no file that ends in .json"),
        (json!({"uri": repository, "branch": "no-such-branch"}), "the records in "),
        (json!({"uri": team.path("no.git")}), "reading the records in "),
    ] {
        let (answer, told) = team.check_others(&json!([{"git": wrong}]));
        assert!(answer.is_none() && told.contains(said) && !told.contains("tracker in"), "{told}");
    }
}

#[test]
fn a_product_on_debian_is_judged_by_its_release_and_its_source_packages() {
    let purl = |rest: &str| format!("pkg:deb/debian/{rest}");
    a_product_on_debian("as Syft lists it", |openssl| {
        json!([{"name": "libssl3", "purl": purl(&format!("libssl3@{openssl}?arch=amd64&distro=debian-12&upstream=openssl"))},
            {"name": "bash", "purl": purl("bash@5.2.15-2?arch=amd64&distro=debian-12")}])
    });
    a_product_on_debian("as Trivy lists it", |openssl| {
        let (version, release) = openssl.split_once('-').expect("a version of Debian");
        let of = |key: &str, value: &str| json!({"name": format!("aquasecurity:trivy:{key}"), "value": value});
        json!([{"name": "libssl3", "purl": purl(&format!("libssl3@{openssl}?arch=amd64&distro=debian-12.8")),
            "properties": [of("PkgType", "debian"), of("SrcName", "openssl"), of("SrcVersion", version), of("SrcRelease", release)]}])
    });
}

/// A DSA, of a product whose list of packages has these components with a version of OpenSSL.
fn a_product_on_debian(list: &str, components: impl Fn(&str) -> Value) {
    let team = Team::new();
    let bom =
        |openssl: &str| json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components(openssl)});
    team.write("build/sbom.json", &bom("3.0.16-1~deb12u1"));
    team.put(json!({"version": "1.0", "packages_file": "sbom.json"}));
    let affected = |release: &str, fixed: &str| {
        json!({"package": {"ecosystem": format!("Debian:{release}"), "name": "openssl", "purl": "pkg:deb/debian/openssl?arch=source"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]})
    };
    let record = json!({"id": "DSA-5978-1", "modified": "2026-01-01T00:00:00Z", "published": "2026-01-01T00:00:00Z",
        "summary": "openssl - security update", "upstream": ["CVE-2025-9230"],
        "affected": [affected("11", "1.1.1w-0+deb11u4"), affected("12", "3.0.17-1~deb12u3")]});
    team.write("osv/DSA-5978-1.json", &record);
    team.write("osv/index.json", &json!([{"id": "DSA-5978-1", "modified": "2026-01-01T00:00:00Z"}]));
    let osv = json!([{"folder": format!("file://{}/", team.path("osv").display())}]);
    let check = |version: Value| {
        let request = json!({"source": {"packages": ["openssl"]}, "version": version});
        let (answer, said) = team.run(check, request, &json!({"osv": osv}));
        (ids(&answer.unwrap_or_else(|| panic!("{said}"))), said)
    };
    let (emitted, said) = check(Value::Null);
    assert_eq!(emitted, ["DSA-5978-1"], "{list}: {said}");
    let opened = &team.events()[1]["opened"]["packages"];
    let purl = "pkg:deb/debian/openssl?arch=source&distro=debian-12";
    let expected = json!([{"package": "openssl", "ecosystem": "deb", "purl": purl,
        "have": "3.0.16-1~deb12u1", "need": "3.0.17-1~deb12u3"}]);
    assert_eq!(*opened, expected, "{list}: of the product's own release alone");
    team.write("build/sbom.json", &bom("3.0.17-1~deb12u3"));
    let said = team.put(json!({"version": "1.1", "packages_file": "sbom.json", "notices": ["DSA-5978-1"]}));
    assert!(said.contains("1 fixed (DSA-5978-1)"), "{list}: {said}");
}

/// A record about Flask, as a folder has it.
pub(super) fn flask(id: &str, changed: u32) -> Value {
    json!({"id": id, "modified": format!("2026-01-01T00:00:{changed:02}Z"), "published": "2026-01-01T00:00:00Z",
        "summary": format!("{id} of Flask"), "database_specific": {"severity": "HIGH"}, "affected": [{
            "package": {"ecosystem": "PyPI", "name": "flask"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.2.5"}]}]}]})
}

pub(super) fn publish(team: &Team, folder: &str, records: &[Value]) -> Value {
    fs::create_dir_all(team.path(folder)).expect("a folder");
    let entry = |record: &Value| json!({"id": record["id"], "modified": record["modified"]});
    team.write(&format!("{folder}/index.json"), &json!(records.iter().map(entry).collect::<Vec<_>>()));
    for record in records {
        team.write(&format!("{folder}/{}.json", record["id"].as_str().expect("an id")), record);
    }
    json!({"folder": format!("file://{}/", team.path(folder).display())})
}

#[test]
fn no_database_takes_back_a_notice_of_ubuntu() {
    let team = Team::new();
    team.put(json!({"version": "1.0", "packages_file": "image-1.0.cdx.json"}));
    team.check(&json!([]));
    let count = team.events().len();
    for id in ["USN-7946-1", "usn-7946-1"] {
        let mut record = flask(id, 1);
        record["withdrawn"] = record["modified"].clone();
        let osv = publish(&team, "osv", &[record]);
        let (_, said) = team.check(&json!([osv]));
        assert!(said.contains("those come from Ubuntu's own sources only"), "{said}");
        assert_eq!(team.events().len(), count, "{said}");
    }
}

#[test]
fn what_two_resources_are_told_otherwise_is_not_written_in_turns() {
    let team = Team::new();
    team.put(json!({"version": "1.0", "packages_file": "image-1.0.cdx.json"}));
    let told = flask("GHSA-m2qf-hxjv-5gpq", 1);
    let mut withdrawn = told.clone();
    withdrawn["withdrawn"] = told["modified"].clone();
    let (tells, takes_back) = (publish(&team, "osv", &[told]), publish(&team, "osv-2", &[withdrawn]));
    for _ in 0..4 {
        team.check_others(&json!([tells]));
        team.check_others(&json!([takes_back]));
    }
    // Opened, taken back, and opened again, which counts.
    assert_eq!(team.opened().len(), 2);
    assert_eq!(team.events().len(), 4);
    assert_eq!(team.check_others(&json!([takes_back, tells])).0.expect("an answer").len(), 1);
}

#[test]
fn a_record_that_is_damaged_or_gone_takes_nothing_with_it() {
    let team = Team::new();
    team.put(json!({"version": "1.0", "packages_file": "image-1.0.cdx.json"}));
    let (one, two) = (flask("GHSA-2222-2222-2222", 1), flask("GHSA-3333-3333-3333", 1));
    let osv = json!([publish(&team, "osv", &[one.clone(), two.clone()])]);
    fs::remove_file(team.path("osv/GHSA-3333-3333-3333.json")).expect("removed");
    let (emitted, said) = team.check_others(&osv);
    assert_eq!(emitted.expect("an answer"), ["GHSA-2222-2222-2222"], "{said}");
    assert!(said.contains("the record GHSA-3333-3333-3333 can't be had"), "{said}");
    // It is asked for again although the index is the same, and what was cut off is no record.
    fs::write(team.path("osv/GHSA-3333-3333-3333.json"), &two.to_string()[..100]).expect("written");
    let (_, said) = team.check_others(&osv);
    assert!(said.contains("the record GHSA-3333-3333-3333 can't be had"), "{said}");
    team.write("osv/GHSA-3333-3333-3333.json", &two);
    assert_eq!(team.check_others(&osv).0.expect("an answer").len(), 2);
    // What can't be read any more counts as it was told.
    let osv = json!([publish(&team, "osv", &[one, flask("GHSA-3333-3333-3333", 2)])]);
    let mut wrong = flask("GHSA-3333-3333-3333", 2);
    wrong["affected"] = json!("none");
    team.write("osv/GHSA-3333-3333-3333.json", &wrong);
    for _ in 0..2 {
        let (_, said) = team.check_others(&osv);
        assert!(said.contains("GHSA-3333-3333-3333 can't be read, and what it last told counts"), "{said}");
        assert_eq!(team.opened().len(), 2, "{said}");
    }
}

#[test]
fn what_is_no_id_in_an_answer_of_the_api_is_refused_and_livepatch_is_passed_over() {
    let team = Team::new();
    team.put(json!({"version": "1.0", "packages_file": "image-1.0.cdx.json"}));
    for (id, refused) in [("../../etc/passwd", true), ("", true), ("LSN-0100-1", false), ("UBUNTU-CVE-2026-1", false)] {
        let body = json!({"results": [{"vulns": [{"id": id, "modified": "x"}]}, {}, {}]}).to_string();
        let server = Server::start(move |request| match request.method.as_str() {
            "POST" => Reply::ok(body.clone()),
            _ => Reply::not_found(),
        });
        let (answer, told) = team.check_others(&json!([{"api": server.url("/")}]));
        assert_eq!(answer.is_none() && told.contains("which is no id"), refused, "{id}: {told}");
        assert_eq!(server.take_count(), 1, "{id}");
    }
}
