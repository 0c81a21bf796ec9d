//! Two houses: a foundation with a root filesystem, and a member that builds on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use davos::concourse::Step;
use davos::step::{check, fetch, record};
use serde_json::{Value, json};

use crate::support::steps::{Outcome, Place, run};

/// The notices that are open in 1.290.0 of the fixtures and fixed in 1.297.0.
pub(crate) const FIXED: [&str; 3] = ["USN-7945-1", "USN-7946-1", "USN-7951-1"];

/// A member, with the trackers of others beside its own.
pub(crate) struct Houses {
    folder: tempfile::TempDir,
    /// The member's `partners`.
    pub(crate) partners: Value,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

impl Houses {
    /// The foundation has recorded the root filesystem's releases 1.290.0 and 1.297.0, and what the second one fixes was open.
    pub(crate) fn new() -> Houses {
        let houses = Houses::empty();
        for release in ["1.290.0", "1.297.0"] {
            let name = format!("cflinuxfs4-{release}.receipt");
            fs::copy(fixtures().join("receipts").join(&name), houses.path("build").join(&name)).expect("copied");
            houses.release("theirs", "rootfs", release, json!({"packages_file": name})).json();
            houses.check("theirs", "rootfs", "notices").json();
            houses.get("theirs", "rootfs", release).json();
        }
        houses
    }

    /// Nobody has recorded anything.
    pub(crate) fn empty() -> Houses {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["build", "ours", "theirs", "tmp/ours", "tmp/theirs"] {
            fs::create_dir_all(folder.path().join(name)).expect("a folder");
        }
        let theirs = json!({"driver": "file", "path": folder.path().join("theirs")});
        Houses { folder, partners: json!([{"name": "foundation", "tracker": theirs}]) }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a step of one of the houses, which is named by the folder of its tracker.
    pub(crate) fn run(
        &self,
        step: Step,
        house: &str,
        product: &str,
        emit: &str,
        rest: (&str, Value),
        folder: &Path,
    ) -> Outcome {
        let file = |name: &str| format!("file://{}", fixtures().join(name).display());
        let mut request = json!({"source": {"emit": emit, "os": "jammy", "product": product, "window": "520w",
            "severities": ["high", "critical"], "priorities": ["high", "critical"],
            "tracker": {"driver": "file", "path": self.path(house)},
            "upstream": {"oval": file("oval/"), "api": file("api/"), "rss": false}}});
        if house == "ours" && !self.partners.is_null() {
            request["source"]["partners"] = self.partners.clone();
        }
        request[rest.0] = rest.1;
        let now = "2026-01-20T12:00:00Z".parse().expect("a time");
        let temporary = self.path(&format!("tmp/{house}"));
        fs::create_dir_all(&temporary).expect("a folder");
        run(step, &request, Place { temporary: &temporary, folder: Some(folder), job: Some("build"), now })
    }

    pub(crate) fn check(&self, house: &str, product: &str, emit: &str) -> Outcome {
        self.run(check, house, product, emit, ("version", Value::Null), &self.path("build"))
    }

    /// Records a release.
    pub(crate) fn release(&self, house: &str, product: &str, version: &str, mut params: Value) -> Outcome {
        params["version"] = json!(version);
        self.put(house, product, params)
    }

    pub(crate) fn put(&self, house: &str, product: &str, params: Value) -> Outcome {
        self.run(record, house, product, "releases", ("params", params), &self.path("build"))
    }

    /// A list of packages with one that the notice `x_ALPHA-1` is about.
    pub(crate) fn alpha(&self, house: &str, product: &str, release: &str, version: &str) {
        let components = [("alpha", version), ("base", "1")].map(|(name, version)| {
            json!({"type": "library", "name": name, "version": version, "purl": format!("pkg:generic/{name}@{version}")})
        });
        let sbom = json!({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": components});
        fs::write(self.path("build/sbom.json"), sbom.to_string()).expect("a file");
        self.release(house, product, release, json!({"packages_file": "sbom.json"})).json();
    }

    /// Puts the notice before a team: it is fixed in this version of alpha, as that house was told.
    pub(crate) fn open_alpha(&self, house: &str, product: &str, fixed: &str) {
        let affected = json!([{"package": {"ecosystem": "generic", "name": "alpha", "purl": "pkg:generic/alpha"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]}]);
        let notice = json!({"schema_version": "1.7.0", "id": "x_ALPHA-1", "modified": "2026-01-10T00:00:00Z",
            "published": "2026-01-10T00:00:00Z", "summary": "A flaw", "details": "Told at length.", "affected": affected,
            "database_specific": {"priority": "high"}});
        fs::write(self.path("build/notice.json"), notice.to_string()).expect("a file");
        self.put(house, product, json!({"open": "notice.json"})).json();
    }

    /// Gets a release into the folder `<product>-<version>` of the build.
    pub(crate) fn get(&self, house: &str, product: &str, version: &str) -> Outcome {
        let folder = self.path("build").join(format!("{product}-{version}"));
        self.run(fetch, house, product, "releases", ("version", json!({"release": version})), &folder)
    }

    /// Records a release that contains others, such as `rootfs-1.290.0`, whose folders are in the build; and gets it.
    pub(crate) fn containing(&self, house: &str, product: &str, version: &str, others: &[&str]) -> Outcome {
        let split = |other: &&str| {
            let (name, _) = other.split_once('-').expect("a version");
            ((*name).to_owned(), json!(other))
        };
        let includes: serde_json::Map<String, Value> = others.iter().map(split).collect();
        let outcome = self.release(house, product, version, json!({"includes": includes}));
        if outcome.is_success() {
            self.get(house, product, version).json();
        }
        outcome
    }

    /// The folder of a get that somebody else's resource left.
    pub(crate) fn artifact(&self, product: &str, version: &str) -> String {
        let name = format!("{product}-{version}");
        fs::create_dir_all(self.path("build").join(&name)).expect("a folder");
        let release = json!({"product": product, "version": version});
        fs::write(self.path("build").join(&name).join("release.json"), release.to_string()).expect("a file");
        name
    }

    /// What a release fixes, as its get tells, by notice.
    pub(crate) fn fixed(&self, product: &str, version: &str) -> BTreeMap<String, Value> {
        let release: Value = serde_json::from_str(&self.file(product, version, "release.json")).expect("JSON");
        let fixed = release["fixed"].as_array().expect("a list").iter();
        fixed.map(|fixed| (fixed["notice"].as_str().expect("an id").to_owned(), fixed.clone())).collect()
    }

    /// A file of a get.
    pub(crate) fn file(&self, product: &str, version: &str, name: &str) -> String {
        let path = self.path("build").join(format!("{product}-{version}/{name}"));
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The files of the events of a log.
    pub(crate) fn event_files(&self, house: &str, product: &str) -> Vec<PathBuf> {
        let names = (1..).map(|seq| self.path(&format!("{house}/{product}/{seq:08}.json")));
        names.take_while(|path| path.exists()).collect()
    }

    pub(crate) fn events(&self, house: &str, product: &str) -> Vec<Value> {
        let files = self.event_files(house, product);
        files.iter().map(|file| serde_json::from_slice(&fs::read(file).expect("a file")).expect("JSON")).collect()
    }

    /// All files below a folder with their bytes.
    pub(crate) fn bytes(&self, name: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let (mut folders, mut files) = (vec![self.path(name)], BTreeMap::new());
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.insert(path.clone(), fs::read(path).expect("a file"));
                }
            }
        }
        files
    }
}

/// Changes an event and makes a chain of the later ones again, as somebody would who owns the log. What another program wrote
/// has no digest of its own.
pub(crate) fn forge(files: &[PathBuf], nth: usize, change: impl FnOnce(&mut Value)) {
    let mut change = Some(change);
    let mut prev: Option<String> = None;
    for (at, file) in files.iter().enumerate() {
        let mut event: Value = serde_json::from_slice(&fs::read(file).expect("a file")).expect("JSON");
        if at == nth {
            change.take().into_iter().for_each(|change| change(&mut event));
        }
        if at >= nth {
            event["prev"] = json!(prev);
            event.as_object_mut().expect("an object").remove("digest");
            fs::write(file, serde_json::to_vec_pretty(&event).expect("JSON")).expect("written");
        }
        prev = Some(sha256(&fs::read(file).expect("a file")));
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes more events, with the last one's surroundings, as somebody would who owns the log.
pub(crate) fn append(houses: &Houses, house: &str, product: &str, bodies: impl IntoIterator<Item = Value>) {
    let folder = houses.path(house).join(product);
    let numbers = fs::read_dir(&folder).expect("a folder").filter_map(|entry| {
        entry.expect("an entry").file_name().to_string_lossy().strip_suffix(".json")?.parse::<u64>().ok()
    });
    let seq = numbers.max().expect("an event");
    let path = |seq: u64| folder.join(format!("{seq:08}.json"));
    let mut bytes = fs::read(path(seq)).expect("a file");
    let last: Value = serde_json::from_slice(&bytes).expect("JSON");
    for (body, seq) in bodies.into_iter().zip(seq + 1..) {
        let mut event = json!({"schema": 2, "seq": seq, "at": last["at"], "product": last["product"], "by": last["by"],
            "prev": sha256(&bytes)});
        event.as_object_mut().expect("an object").extend(body.as_object().expect("an object").clone());
        bytes = serde_json::to_vec(&event).expect("JSON");
        fs::write(path(seq), &bytes).expect("written");
    }
}
