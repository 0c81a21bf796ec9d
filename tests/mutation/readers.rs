//! The readers: each takes any bytes.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Result, bail};
use davos::notice::{NoticeOrigin, PackageVersion};
use davos::product::{PackageList, ReleaseVersion, findings};
use davos::step::{check, fetch, record};
use davos::store::{Object, Store};
use davos::tracker::Log;
use davos::upstream::{archive, dependencies, osv};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::steps::{Outcome, Place, run, run_text};

/// Something that reads any bytes.
pub(crate) trait Reader {
    /// Reads them, and forgets what came of it.
    fn read(&mut self, bytes: &[u8]);
    /// How many inputs were accepted so far.
    fn accepted(&self) -> usize;
}

macro_rules! counted {
    ($($name:ident),*) => {$(
        impl Reader for $name {
            fn read(&mut self, bytes: &[u8]) {
                let accepted = self.accepts(bytes);
                self.accepted += usize::from(accepted);
            }

            fn accepted(&self) -> usize {
                self.accepted
            }
        }
    )*};
}

counted!(
    Packages,
    Upstream,
    Events,
    Requests,
    Answers,
    Records,
    Versions,
    Sources,
    Notices,
    ScannerReports,
    OsvRecords,
    VersionLists,
    Suites,
    PackageIndices
);

/// Lists of packages.
#[derive(Default)]
pub(crate) struct Packages {
    accepted: usize,
}

impl Packages {
    fn accepts(&mut self, bytes: &[u8]) -> bool {
        let Ok(list) = PackageList::read(bytes) else { return false };
        // What was read is kept, and has to be read again as it is.
        let kept = list.packages.to_lines();
        let again = davos::product::Packages::kept(kept.as_bytes()).expect("what is kept can be read");
        assert_eq!(again.to_lines(), kept);
        true
    }
}

/// Reports of scanners.
#[derive(Default)]
pub(crate) struct ScannerReports {
    accepted: usize,
}

impl ScannerReports {
    fn accepts(&mut self, bytes: &[u8]) -> bool {
        let Ok(report) = findings::read(bytes) else { return false };
        let lines = report.unreadable.iter().chain(report.findings.iter().map(|finding| &finding.version));
        assert!(lines.into_iter().all(|line| !line.contains(char::is_control)), "{report:?}");
        true
    }
}

/// OSV records, as notices.
#[derive(Default)]
pub(crate) struct OsvRecords {
    accepted: usize,
}

impl OsvRecords {
    fn accepts(&mut self, bytes: &[u8]) -> bool {
        let Ok(record) = osv::record::read(bytes) else { return false };
        let Ok(found) = osv::notice_of(record, NoticeOrigin::Osv, now()) else { return false };
        // What is kept of it is the same when it is read again.
        let kept = serde_json::to_string(&found.notice).expect("JSON");
        assert_eq!(serde_json::from_str::<davos::notice::Notice>(&kept).expect(&kept), found.notice);
        true
    }
}

/// Files at the top of a suite.
#[derive(Default)]
pub(crate) struct Suites {
    accepted: usize,
}

impl Suites {
    fn accepts(&mut self, bytes: &[u8]) -> bool {
        archive::ReleaseFile::read(bytes).is_ok()
    }
}

/// Indices of packages, unpacked.
#[derive(Default)]
pub(crate) struct PackageIndices {
    accepted: usize,
}

impl PackageIndices {
    fn accepts(&mut self, bytes: &[u8]) -> bool {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
        let Ok(index) = archive::PackageIndex::read(&mut &bytes[..], until) else { return false };
        // No more than there are fields of a name, each kept as it can be read again.
        let names = bytes.windows(8).filter(|word| word.eq_ignore_ascii_case(b"package:")).count();
        assert!(index.len() <= names, "{} packages of {names}", index.len());
        !index.is_empty()
    }
}

/// Lists of the versions of a dependency.
#[derive(Default)]
pub(crate) struct VersionLists {
    accepted: usize,
}

impl VersionLists {
    fn accepts(&mut self, bytes: &[u8]) -> bool {
        dependencies::read(bytes).is_ok_and(|told| !told.versions.is_empty())
    }
}

/// A folder in memory, as far as there is such a place.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}

fn now() -> jiff::Timestamp {
    "2026-01-20T12:00:00Z".parse().expect("a time")
}

/// One file of upstream, read by a check.
pub(crate) struct Upstream {
    folder: TempDir,
    file: &'static str,
    source: Value,
    accepted: usize,
}

impl Upstream {
    pub(crate) fn new(file: &'static str, source: &str) -> Upstream {
        let folder = folder();
        let base = format!("file://{}/", folder.path().display());
        let mut upstream = json!({"oval": false, "api": false, "rss": false});
        upstream[source] = json!(match source {
            "oval" => format!("{base}oval/"),
            "api" => format!("{base}api/"),
            _ => format!("{base}rss.xml"),
        });
        for part in ["oval", "api/page", "api/notices", "api/cves", "tmp"] {
            fs::create_dir_all(folder.path().join(part)).expect("a folder");
        }
        let write = |name: &str, samples: Vec<Vec<u8>>| {
            fs::write(folder.path().join(name), &samples[0]).expect("written");
        };
        write("api/page/notices.json", crate::mutation::samples::api_list());
        write("api/notices/USN-7951-1.json", crate::mutation::samples::api_details());
        let source = json!({"os": "jammy", "priorities": ["unknown", "low", "medium", "high", "critical"],
            "window": "3000d", "upstream": upstream});
        Upstream { folder, file, source, accepted: 0 }
    }

    fn accepts(&mut self, bytes: &[u8]) -> bool {
        let path = self.folder.path().join(self.file);
        if self.file.ends_with(".bz2") {
            let mut packed = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            packed.write_all(bytes).expect("packed");
            fs::write(path, packed.finish().expect("packed")).expect("written");
        } else {
            fs::write(path, bytes).expect("written");
        }
        let tmp = self.folder.path().join("tmp");
        let _ = fs::remove_dir_all(&tmp);
        fs::create_dir_all(&tmp).expect("a folder");
        let place = Place { temporary: &tmp, folder: None, job: None, now: now() };
        is_orderly(&run(check, &json!({"source": self.source}), place))
    }
}

/// Whether the step succeeded; either way it has said what it has to say.
fn is_orderly(outcome: &Outcome) -> bool {
    assert!(!outcome.stderr.contains("a bug of davos"), "{}", outcome.stderr);
    assert!(outcome.status <= 1, "status {}: {}", outcome.status, outcome.stderr);
    if outcome.status == 0 {
        outcome.json();
    }
    outcome.is_success()
}

/// The first event of a log.
#[derive(Default)]
pub(crate) struct Events {
    accepted: usize,
}

struct One<'a>(&'a [u8]);

impl Store for One<'_> {
    fn describe(&self) -> String {
        "memory".to_owned()
    }

    fn list(&self, folder: &str, _after: &str) -> Result<Vec<String>> {
        Ok(vec![if folder.is_empty() { "rootfs" } else { "00000001.json" }.to_owned()])
    }

    fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        Ok(keys.iter().map(|_| Some(self.0.to_vec())).collect())
    }

    fn create(&self, _objects: &[Object]) -> Result<usize> {
        bail!("nothing is created here")
    }
}

impl Events {
    fn accepts(&mut self, bytes: &[u8]) -> bool {
        let kept = folder();
        let store = One(bytes);
        let product = "rootfs".parse().expect("a product");
        // Twice: the second reader finds what the first one kept.
        let read = || Log::read(&store, &product, kept.path());
        let (cold, warm) = (read(), read());
        assert_eq!(cold.is_ok(), warm.is_ok());
        let Ok(log) = cold else { return false };
        davos::tracker::History::read(&log, log.state().len()).expect("what was read before");
        true
    }
}

/// Requests, to each of the steps.
#[derive(Default)]
pub(crate) struct Requests {
    accepted: usize,
}

impl Requests {
    fn accepts(&mut self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        // Nothing outside of this machine is to be asked.
        if ["http", "git", "ssh", "s3", "gcs"].iter().any(|word| text.contains(word)) && !text.contains("no_such") {
            return false;
        }
        if !text.contains("\"/nowhere/davos\"") && !text.contains("no_such") {
            return false;
        }
        let tmp = folder();
        let place = |folder| Place { temporary: tmp.path(), folder, job: None, now: now() };
        let mut any = false;
        for (step, folder) in
            [(check as davos::concourse::Step, None), (fetch, Some(tmp.path())), (record, Some(tmp.path()))]
        {
            any |= is_orderly(&run_text(step, &text, place(folder)));
        }
        any
    }
}

/// A build folder and a tracker with one notice.
fn put(folder: &TempDir, params: &Value) -> Outcome {
    let api = format!("file://{}/api/", folder.path().display());
    let source = json!({"emit": "releases", "os": "jammy", "product": "rootfs",
        "tracker": {"driver": "file", "path": folder.path().join("tracker")},
        "upstream": {"oval": false, "rss": false, "api": api}});
    let (tmp, build) = (folder.path().join("tmp"), folder.path().join("build"));
    let place = Place { temporary: &tmp, folder: Some(&build), job: Some("release"), now: now() };
    run(record, &json!({"source": source, "params": params}), place)
}

fn prepared() -> TempDir {
    let folder = folder();
    for part in ["api/notices", "api/cves", "tmp", "build"] {
        fs::create_dir_all(folder.path().join(part)).expect("a folder");
    }
    fs::write(folder.path().join("api/notices/USN-7951-1.json"), &crate::mutation::samples::api_details()[0])
        .expect("written");
    folder
}

fn empty(folder: &TempDir) {
    let _ = fs::remove_dir_all(folder.path().join("tracker"));
    let _ = fs::remove_dir_all(folder.path().join("tmp"));
    fs::create_dir_all(folder.path().join("tmp")).expect("a folder");
}

/// Answers in a file.
pub(crate) struct Answers {
    folder: TempDir,
    accepted: usize,
}

impl Answers {
    pub(crate) fn new() -> Answers {
        let folder = prepared();
        assert!(put(&folder, &json!({"version": "1.0"})).is_success());
        Answers { folder, accepted: 0 }
    }

    fn accepts(&mut self, bytes: &[u8]) -> bool {
        fs::write(self.folder.path().join("build/answer.json"), bytes).expect("written");
        let log: PathBuf = self.folder.path().join("tracker/rootfs");
        let accepted = is_orderly(&put(&self.folder, &json!({"answer_file": "answer.json"})));
        // The log is short again, so that each answer meets the same one.
        for seq in 2..9 {
            let _ = fs::remove_file(log.join(format!("{seq:08}.json")));
        }
        let _ = fs::remove_dir_all(self.folder.path().join("tmp"));
        fs::create_dir_all(self.folder.path().join("tmp")).expect("a folder");
        accepted
    }
}

/// Records to be imported.
pub(crate) struct Records {
    folder: TempDir,
    accepted: usize,
}

impl Records {
    pub(crate) fn new() -> Records {
        Records { folder: prepared(), accepted: 0 }
    }

    fn accepts(&mut self, bytes: &[u8]) -> bool {
        empty(&self.folder);
        fs::write(self.folder.path().join("build/record.yml"), bytes).expect("written");
        is_orderly(&put(&self.folder, &json!({"import": {"record": "record.yml"}})))
    }
}

/// Versions of packages and of releases.
#[derive(Default)]
pub(crate) struct Versions {
    accepted: usize,
    last: Option<(PackageVersion, ReleaseVersion)>,
}

impl Versions {
    fn accepts(&mut self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        let (Ok(package), Ok(release)) = (PackageVersion::recorded(&text), text.parse::<ReleaseVersion>()) else {
            return false;
        };
        assert!(package.compare(&package).is_eq() && release.compare(&release).is_eq());
        if let Some((earlier, before)) = &self.last {
            assert_eq!(package.compare(earlier), earlier.compare(&package).reverse());
            assert_eq!(release.compare(before), before.compare(&release).reverse());
        }
        self.last = Some((package, release));
        true
    }
}

/// Sources with mistakes in them, which are told without the secrets.
#[derive(Default)]
pub(crate) struct Sources {
    accepted: usize,
}

impl Sources {
    fn accepts(&mut self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        if !text.contains("\"no_such_key\"") {
            return false;
        }
        let tmp = folder();
        let place = Place { temporary: tmp.path(), folder: None, job: None, now: now() };
        let outcome = run_text(check, &text, place);
        assert!(!is_orderly(&outcome), "{text}");
        // What is accepted here is to be refused for the right reason.
        let parsed = serde_json::from_str::<Value>(&text).ok();
        let password = parsed.as_ref().and_then(|request| request["source"]["tracker"]["password"].as_str());
        if let Some(secret) = password.filter(|secret| secret.len() > 7 && secret.trim() == *secret) {
            assert!(!outcome.stderr.contains(secret), "{secret:?} in {}", outcome.stderr);
        }
        outcome.stderr.contains("no_such_key")
    }
}

/// What people read of a notice with any texts.
pub(crate) struct Notices {
    folder: TempDir,
    accepted: usize,
}

impl Notices {
    pub(crate) fn new() -> Notices {
        Notices { folder: prepared(), accepted: 0 }
    }

    fn accepts(&mut self, bytes: &[u8]) -> bool {
        empty(&self.folder);
        fs::write(self.folder.path().join("api/notices/USN-7951-1.json"), bytes).expect("written");
        let get = self.folder.path().join("get");
        let _ = fs::remove_dir_all(&get);
        fs::create_dir_all(&get).expect("a folder");
        let api = format!("file://{}/api/", self.folder.path().display());
        let source = json!({"os": "jammy", "upstream": {"oval": false, "rss": false, "api": api}});
        let tmp = self.folder.path().join("tmp");
        let place = Place { temporary: &tmp, folder: Some(&get), job: None, now: now() };
        let accepted = is_orderly(&run(fetch, &json!({"source": source, "version": {"notice": "USN-7951-1"}}), place));
        if accepted {
            let markdown = fs::read_to_string(get.join("notice.md")).expect("a text");
            let html = |event: &pulldown_cmark::Event<'_>| {
                matches!(event, pulldown_cmark::Event::Html(_) | pulldown_cmark::Event::InlineHtml(_))
            };
            assert!(!pulldown_cmark::Parser::new(&markdown).any(|event| html(&event)), "{markdown}");
        }
        accepted
    }
}
