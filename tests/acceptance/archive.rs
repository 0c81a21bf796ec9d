//! A build waits until the archive that the product installs from has the fix.

use std::fs;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::acceptance::product::{Product, packages};
use crate::acceptance::upstream::{api_of, notice_about, serve};
use crate::support::api::Api;
use crate::support::archive::{ArchiveOnDisk, InPool, Layout, answer, in_pool, packed};
use crate::support::server::{Reply, Server};

const NOTICE: &str = "USN-7001-1";
const FIX: &str = "1:2.0-1ubuntu0.2";
const OLD: &str = "1:2.0-1ubuntu0.1";

/// A product with an old `libexample1`, an API that told a notice about it some hours ago, and an archive.
pub(crate) struct Scene {
    folder: tempfile::TempDir,
    pub(crate) product: Product,
    archive: ArchiveOnDisk,
    _api: Server,
    api_address: Value,
}

impl Scene {
    pub(crate) fn new(hours: i64) -> Scene {
        Scene::of(hours, &[("libexample1", FIX, "security")])
    }

    fn of(hours: i64, fixes: &[(&str, &str, &str)]) -> Scene {
        let api = Api::default();
        let published = Timestamp::now() - SignedDuration::from_hours(hours);
        api.publish(notice_about(NOTICE, &published.to_string(), &["CVE-2026-1000"], fixes));
        api.rate("CVE-2026-1000", json!("high"), Some(8.0));
        let server = serve(&api);
        let api_address = api_of(&server);
        let product = Product::new(json!({"os": "jammy", "window": "30d", "upstream": api_address}));
        product.release("1.0.0", packages(&[&format!("libexample1:amd64={OLD}"), "libother=1", "bash=5"])).succeeded();
        let folder = tempfile::tempdir().expect("a folder");
        let archive = ArchiveOnDisk::new(folder.path().join("ubuntu"));
        let scene = Scene { folder, product, archive, _api: server, api_address };
        scene.publish(&[in_pool("libexample1", OLD), in_pool("bash", "5")]);
        scene
    }

    /// The suites as they are now: `-security` has these packages, `-updates` nothing.
    fn publish(&self, packages: &[InPool]) {
        self.archive.publish("jammy-security", Timestamp::now(), packages);
        self.archive.publish("jammy-updates", Timestamp::now(), &[]);
    }

    /// The gate asks this archive.
    pub(crate) fn asks(&mut self, archive: Value) {
        self.product.source["upstream"] = self.api_address.clone();
        self.product.source["upstream"]["archive"] = archive;
    }

    fn asks_disk(&mut self) {
        let address = self.archive.address();
        self.asks(json!(address));
    }

    pub(crate) fn check(&self) -> crate::support::binary::Ran {
        self.product.check("notices", Value::Null).succeeded()
    }
}

#[test]
fn a_build_starts_when_the_archive_has_the_fix_and_not_before() {
    let mut scene = Scene::new(1);
    let server = scene.archive.serve();
    scene.asks(json!(server.url("/")));
    let waits = format!("{NOTICE} waits until the archive has libexample1 {FIX} (jammy-security has {OLD})");
    let ran = scene.check().says(&["0 actionable for jammy, 1 not in the archive (USN-7001-1)", &waits]);
    assert_eq!(ran.notices(), [""; 0]);
    // The two suites, and the one index of each that lists packages: main.
    let asked: Vec<String> = server.requests().iter().map(|request| request.path.clone()).collect();
    assert_eq!(asked.len(), 4, "{asked:?}");
    assert!(asked[1].starts_with("/dists/jammy-security/main/binary-amd64/by-hash/SHA256/"), "{asked:?}");
    server.take_count();
    assert_eq!(scene.check().notices(), [""; 0]);
    // The files at the top of the suites alone, under the condition that they changed.
    let asked = server.requests();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|request| request.header("If-None-Match").is_some()));
    assert_eq!(scene.product.log().len(), 1, "nothing is opened");

    scene.publish(&[in_pool("libexample1", FIX), in_pool("bash", "5")]);
    server.take_count();
    let ran = scene.check().says(&["1 actionable for jammy", "opened USN-7001-1"]);
    assert_eq!(ran.notices(), [NOTICE]);
    let asked: Vec<String> =
        server.requests().iter().map(|request| format!("{} {}", request.method, request.path)).collect();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(asked[2].starts_with("HEAD /pool/main/l/libexample1/libexample1_2.0"), "{asked:?}");
    server.take_count();
    assert_eq!(scene.check().notices(), [NOTICE]);
    assert_eq!(server.take_count(), 0, "where nothing is due, nothing is asked");
}

#[test]
fn what_the_archive_never_gets_is_opened_after_two_days_with_a_warning() {
    let mut scene = Scene::new(47);
    scene.asks_disk();
    assert_eq!(scene.check().notices(), [""; 0]);
    let mut scene = Scene::new(49);
    scene.asks_disk();
    let lacks = format!("though the archive lacks libexample1 {FIX} (jammy-security has {OLD})");
    let ran = scene.check().says(&["USN-7001-1 is opened more than two days after its publication", &lacks]);
    assert_eq!(ran.notices(), [NOTICE]);
    assert_eq!(scene.check().keeps_silent_on(&["archive"]).notices(), [NOTICE]);
}

#[test]
fn an_archive_that_cannot_be_asked_holds_nothing() {
    let mut scene = Scene::new(1);
    let root = scene.folder.path().join("ubuntu");
    let server = scene.archive.serve();
    let gone = {
        let short = Server::start(|_| Reply::not_found());
        short.url("/")
    };
    let mut said = |archive: Value, phrases: &[&str]| {
        scene.asks(archive);
        scene.product.container = crate::support::binary::Container::new();
        let ran = scene.check().says(&["opened without the archive's word, since it can't be asked: USN-7001-1; "]);
        assert_eq!(ran.clone().says(phrases).notices(), [NOTICE]);
        // The log is what it was.
        let log = scene.product.tracker().join("cflinuxfs4");
        fs::remove_file(log.join("00000002.json")).expect("the event");
    };
    said(json!(gone), &["connect"]);
    said(json!(server.url("/elsewhere/")), &["has no suite jammy-security", "url is the folder above dists"]);
    let url = server.url("/");
    said(json!({"url": url, "architectures": ["arm64"]}), &["has no packages for arm64"]);
    said(json!({"url": url, "components": ["mian"]}), &["none of the components mian; it has main"]);
    let broken = [
        ("text", "it has no Date"),
        ("Date: yesterday\n", "its Date \"yesterday\" is none"),
        ("Date: Thu, 21 Apr 2022 17:16:08 UTC\n", "it lists no files by SHA256"),
        ("Date: Mon, 21 Apr 2092 17:16:08 UTC\nSHA256:\n", "is in the future"),
    ];
    for (text, phrase) in broken {
        let server = Server::start(move |_| Reply::ok(text));
        said(json!(server.url("/")), &[phrase]);
    }
    // An index that is not the one that the suite lists.
    let path = root.join("dists/jammy-security/main/binary-amd64/by-hash");
    fs::remove_dir_all(&path).expect("removed");
    let other = packed(b"Package: x\nVersion: 1\nFilename: pool/x.deb\n", ".gz");
    fs::write(root.join("dists/jammy-security/main/binary-amd64/Packages.gz"), other).expect("written");
    said(json!(url), &["is not the file that its suite lists"]);
}

#[test]
fn a_listed_index_that_the_server_does_not_carry_is_no_reason_to_wait() {
    let mut scene = Scene::new(1);
    scene.archive.layout = Layout { architectures: vec!["amd64", "arm64"], ..Layout::default() };
    scene.publish(&[in_pool("libexample1", OLD)]);
    let url = scene.archive.address();
    scene.asks(json!({"url": url, "architectures": ["arm64"]}));
    let ran =
        scene.check().says(&["the server doesn't carry jammy-security/main/binary-arm64/Packages", "ports.ubuntu.com"]);
    assert_eq!(ran.notices(), [NOTICE]);
    // One that is named in an index that is carried waits, whatever others there are.
    let mut scene = Scene::new(1);
    scene.archive.layout = Layout { missing: vec!["universe"], ..Layout::default() };
    scene.publish(&[in_pool("libexample1", OLD)]);
    scene.asks_disk();
    assert_eq!(scene.check().notices(), [""; 0]);
    // And one that is in none may be in the one that isn't.
    scene.publish(&[]);
    assert_eq!(scene.check().says(&["doesn't carry jammy-security/universe"]).notices(), [NOTICE]);
}

#[test]
fn every_layout_of_an_archive_is_read() {
    let layouts = [
        Layout { by_hash: false, ..Layout::default() },
        Layout { packed: vec![".gz"], ..Layout::default() },
        Layout { packed: vec![".xz"], ..Layout::default() },
        Layout { packed: vec![""], by_hash: false, ..Layout::default() },
        Layout { packed: vec!["", ".xz"], ..Layout::default() },
        Layout { signed: false, ..Layout::default() },
    ];
    for layout in layouts {
        let mut scene = Scene::new(1);
        scene.archive.layout = layout.clone();
        scene.publish(&[in_pool("libexample1", OLD)]);
        scene.asks_disk();
        assert_eq!(scene.check().says(&["1 not in the archive"]).notices(), [""; 0], "{layout:?}");
        scene.publish(&[in_pool("libexample1", FIX)]);
        assert_eq!(scene.check().keeps_silent_on(&["warning"]).notices(), [NOTICE], "{layout:?}");
    }
}

#[test]
fn what_is_listed_counts_when_its_file_is_there_in_whichever_suite() {
    let mut scene = Scene::new(1);
    scene.asks_disk();
    let fix = in_pool("libexample1", FIX);
    scene.publish(&[InPool { has_file: false, ..fix.clone() }]);
    let ran = scene.check().says(&["(named in jammy-security, but the file isn't there)"]);
    assert_eq!(ran.notices(), [""; 0]);
    // A newer one in the other suite, of which apt gives it to some machines only.
    let newer = InPool { phased: Some(20), component: "universe", ..in_pool("libexample1", "1:2.0-1ubuntu0.3") };
    scene.archive.publish("jammy-updates", Timestamp::now(), &[newer]);
    let phased = format!("1 phased in the archive (USN-7001-1: libexample1 {FIX} 20 %)");
    assert_eq!(scene.check().says(&[&phased]).notices(), [NOTICE]);
}

#[test]
fn each_package_that_is_too_old_has_to_be_there_and_those_of_pro_and_others_need_not() {
    let fixes = [
        ("libexample1", FIX, "security"),
        ("libother", "2", "security"),
        ("absent", "2", "security"),
        ("bash", "6", "esm-infra"),
    ];
    let mut scene = Scene::of(1, &fixes);
    scene.asks_disk();
    scene.publish(&[in_pool("libexample1", FIX)]);
    let ran = scene.check().says(&["waits until the archive has libother 2 (no suite has any)"]);
    assert_eq!(ran.notices(), [""; 0]);
    scene.publish(&[in_pool("libexample1", FIX), InPool { component: "universe", ..in_pool("libother", "2") }]);
    assert_eq!(scene.check().notices(), [NOTICE]);
    // Of Pro alone nothing is asked.
    let mut scene = Scene::of(1, &[("libexample1", FIX, "esm-apps")]);
    scene.product.source["pro"] = json!(true);
    scene.asks(json!("http://127.0.0.1:9/"));
    assert_eq!(scene.check().keeps_silent_on(&["archive"]).notices(), [NOTICE]);
}

#[test]
fn without_current_packages_nothing_is_asked() {
    let mut scene = Scene::new(1);
    let product = Product::new(scene.product.source.clone());
    product.put("releases", json!({"version": "1.0.0"})).succeeded();
    scene.product = product;
    scene.asks(json!("http://127.0.0.1:9/"));
    assert_eq!(scene.check().keeps_silent_on(&["archive"]).notices(), [NOTICE]);
}

#[test]
fn an_archive_that_falls_back_is_not_believed() {
    let mut scene = Scene::new(1);
    let server = scene.archive.serve();
    scene.asks(json!(server.url("/")));
    scene.publish(&[in_pool("libexample1", OLD)]);
    assert_eq!(scene.check().notices(), [""; 0]);
    let before = Timestamp::now() - SignedDuration::from_hours(5);
    scene.archive.publish("jammy-security", before, &[in_pool("libexample1", FIX)]);
    let ran = scene.check().says(&["older than what it was before", "the newer one counts"]);
    assert_eq!(ran.notices(), [""; 0]);
}

#[test]
fn a_server_without_conditional_answers_is_asked_for_no_index_twice() {
    let mut scene = Scene::new(1);
    let root = Arc::new(Mutex::new(scene.folder.path().join("ubuntu")));
    let server = Server::start(move |request| {
        let mut plain = request.clone();
        plain.headers.clear();
        let reply = answer(&root.lock().expect("a path"), &plain);
        if plain.method == "HEAD" { reply } else { reply.header("Cache-Control", "no-cache") }
    });
    scene.asks(json!(server.url("/")));
    scene.check();
    server.take_count();
    scene.check();
    assert_eq!(server.take_count(), 2);
}

#[test]
fn a_put_that_settles_nothing_tells_what_the_archive_had() {
    let mut scene = Scene::new(49);
    scene.asks_disk();
    assert_eq!(scene.check().notices(), [NOTICE]);
    scene.product.write("rootfs/packages", format!("libexample1={OLD}\nbash=5\n"));
    let params = json!({"version": "1.1.0", "packages_file": "rootfs/packages", "notices": [NOTICE]});
    let has = format!("too old; the archive has {OLD}");
    scene.product.put("releases", params).failed().says(&["doesn't settle USN-7001-1", &has]);
}
