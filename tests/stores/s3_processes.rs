//! Several processes record into one log at the same moment, as pipelines on several workers do.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use davos::product::ProductName;
use davos::store::{ObjectStore, S3Place};
use davos::tracker::Log;

use crate::stores::git_processes::releases;
use crate::support::weed::{KEY, SECRET, Weed};

/// How many processes record at once; as many releases each as in the tests of git.
const PROCESSES: usize = 8;

fn all() -> usize {
    PROCESSES * releases()
}

fn source(place: &S3Place) -> serde_json::Value {
    serde_json::json!({"emit": "releases", "product": "cflinuxfs4", "tracker": {"driver": "s3", "bucket": place.bucket,
        "prefix": place.prefix, "endpoint": place.endpoint, "access_key_id": KEY, "secret_access_key": SECRET}})
}

fn put(place: &S3Place, folder: &Path, version: &str) -> Child {
    let mut out = Command::new(env!("CARGO_BIN_EXE_out"))
        .arg(folder)
        .env("TMPDIR", folder)
        .env("BUILD_JOB_NAME", version)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("out");
    let request = serde_json::json!({"source": source(place), "params": {"version": version}}).to_string();
    out.stdin.take().expect("a pipe").write_all(request.as_bytes()).expect("written");
    out
}

/// Eight processes at a time, one record each, until all are told; `meddle` may end a process. Tells which succeeded.
fn record(place: &S3Place, meddle: impl Fn(usize, &mut Child) + Sync) -> BTreeSet<String> {
    let (reported, done) = (Mutex::new(BTreeSet::new()), AtomicUsize::new(0));
    thread::scope(|scope| {
        for process in 0..PROCESSES {
            let (reported, done, meddle) = (&reported, &done, &meddle);
            scope.spawn(move || {
                let folder = tempfile::tempdir().expect("a folder");
                for record in 0..releases() {
                    let version = format!("{process}.{record}.0");
                    let mut out = put(place, folder.path(), &version);
                    meddle(done.fetch_add(1, Ordering::SeqCst), &mut out);
                    let ended = out.wait_with_output().expect("ended");
                    let words = String::from_utf8_lossy(&ended.stderr);
                    assert!(!words.contains(SECRET) && !words.contains(KEY), "{words}");
                    if ended.status.success() {
                        reported.lock().expect("no panic").insert(version);
                    } else if ended.status.code().is_some() {
                        eprintln!("{version}: {words}");
                    }
                }
            });
        }
    });
    reported.into_inner().expect("no panic")
}

/// The log read anew, which checks numbers and chain: every success that was reported is in it once.
fn whole(place: &S3Place, reported: &BTreeSet<String>) -> usize {
    let store = ObjectStore::s3(place.clone(), &[]).expect("a store");
    let folder = tempfile::tempdir().expect("a folder");
    let product: ProductName = "cflinuxfs4".parse().expect("a name");
    let log = Log::read(&store, &product, folder.path()).expect("a whole log");
    let releases: Vec<String> = log.state().releases().map(|release| release.released.version.to_string()).collect();
    let once: BTreeSet<String> = releases.iter().cloned().collect();
    assert_eq!(once.len(), releases.len(), "a release twice");
    let lost: Vec<_> = reported.difference(&once).collect();
    assert!(lost.is_empty(), "reported and lost: {lost:?}");
    assert_eq!(log.state().len() as usize, releases.len(), "no other events");
    releases.len()
}

#[test]
fn eight_processes_lose_nothing() {
    let Some(weed) = Weed::shared() else { return };
    let place = weed.place("processes");
    let reported = record(&place, |_, _| {});
    assert_eq!((reported.len(), whole(&place, &reported)), (all(), all()));
}

#[test]
fn killed_processes_leave_a_whole_log() {
    let Some(weed) = Weed::shared() else { return };
    let place = weed.place("killed");
    let reported = record(&place, |nth, out| {
        if nth % 3 == 0 {
            // Anywhere between the start and the end; a process takes some 50 to 500 ms.
            thread::sleep(Duration::from_millis((nth as u64 * 37) % 400));
            let _ = out.kill();
        }
    });
    let there = whole(&place, &reported);
    assert!(there >= reported.len() && reported.len() >= all() * 3 / 5, "{} reported, {there} there", reported.len());
}

#[test]
fn a_server_that_goes_away_and_comes_back_loses_nothing() {
    let Some(weed) = Weed::start() else { return };
    let place = weed.place("restarts");
    let weed = Mutex::new(weed);
    let reported = record(&place, |nth, _| {
        if nth == all() * 3 / 10 || nth == all() * 13 / 20 {
            let mut weed = weed.lock().expect("no panic");
            weed.kill();
            thread::sleep(Duration::from_secs(1));
            weed.run();
        }
    });
    let there = whole(&place, &reported);
    assert!(reported.len() >= all() * 3 / 4, "{} reported, {there} there", reported.len());
}
