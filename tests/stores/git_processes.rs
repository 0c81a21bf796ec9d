//! Many processes record into one product in a git repository served over HTTP: every success that was reported is in the
//! log once, whatever dies meanwhile.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use davos::store::{GitConfig, GitStore};
use davos::tracker::Log;
use serde_json::{Value, json};

use crate::support::git_server::{GitServer, PASSWORD, USER, git, has_git, repository};

/// How many workers record.
const WORKERS: usize = 8;

/// How many releases each of them records: enough in every run to meet the others, and more each night.
pub(crate) fn releases() -> usize {
    std::env::var("DAVOS_RECORDS").map_or(8, |text| text.parse().expect("DAVOS_RECORDS is a number"))
}

/// A put of a release, to be started with [`ask`].
pub(crate) fn put(temporary: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_out"));
    command.arg(temporary).env_clear().env("PATH", std::env::var("PATH").unwrap_or_default());
    command.env("TMPDIR", temporary).env("NO_COLOR", "1").stdin(Stdio::piped());
    command
}

/// Writes what Concourse would.
pub(crate) fn ask(child: &mut Child, tracker: &Value, version: &str) {
    let source = json!({"emit": "releases", "product": "rootfs", "tracker": tracker});
    let request = json!({"source": source, "params": {"version": version}}).to_string();
    child.stdin.take().expect("stdin").write_all(request.as_bytes()).expect("the request");
}

pub(crate) fn run(tracker: &Value, version: &str, temporary: &Path, kill_after: Option<Duration>) -> Output {
    let mut command = put(temporary);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("out");
    ask(&mut child, tracker, version);
    if let Some(after) = kill_after {
        thread::sleep(after);
        // SIGKILL; what it started goes on alone, as it would in a container.
        let _ = child.kill();
    }
    child.wait_with_output().expect("out")
}

/// A repository, its server, and a temporary folder for each worker, as for each worker of Concourse.
pub(crate) struct Stage {
    folder: tempfile::TempDir,
    server: GitServer,
}

impl Stage {
    pub(crate) fn new() -> Option<Stage> {
        if !has_git() {
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        repository(&folder.path().join("log.git"));
        let server = GitServer::start(folder.path());
        Some(Stage { folder, server })
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("log.git")
    }

    pub(crate) fn tracker(&self) -> Value {
        json!({"driver": "git", "uri": self.server.url("log.git"), "username": USER, "password": PASSWORD})
    }

    pub(crate) fn temporary(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(&path).expect("a folder");
        path
    }

    /// All workers at once; each puts its releases one after the other. Gives the versions that were reported as recorded.
    fn record(&self, kill: impl Fn(usize, usize) -> Option<Duration> + Sync) -> BTreeSet<String> {
        let kill = &kill;
        thread::scope(|scope| {
            let worker = |worker: usize| {
                scope.spawn(move || {
                    let temporary = self.temporary(&format!("worker-{worker}"));
                    let mut reported = Vec::new();
                    for nth in 0..releases() {
                        let version = format!("1.{worker}.{nth}");
                        let output = run(&self.tracker(), &version, &temporary, kill(worker, nth));
                        if output.status.success() {
                            reported.push(version);
                        } else if output.status.code().is_some() {
                            println!("{version}: {}", String::from_utf8_lossy(&output.stderr));
                        }
                    }
                    reported
                })
            };
            let workers: Vec<_> = (0..WORKERS).map(worker).collect();
            workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect()
        })
    }

    /// The recorded versions, after the log was read from its first event to its last: no gap, the chain whole.
    pub(crate) fn recorded(&self) -> Vec<String> {
        let path = self.path();
        git(&path, &["fsck", "--strict"]);
        let temporary = self.temporary("reader");
        let store =
            GitStore::new(GitConfig::new(path.display().to_string().parse().expect("a path")), &[], &temporary, 1);
        let log = Log::read(&store, &"rootfs".parse().expect("a product"), &temporary).expect("a whole log");
        let commits = git(&path, &["rev-list", "--count", "main"]);
        assert_eq!(commits, log.state().len().to_string(), "a commit for each event");
        log.state().releases().map(|release| release.released.version.to_string()).collect()
    }
}

#[track_caller]
pub(crate) fn once_each(recorded: &[String]) -> BTreeSet<String> {
    let set: BTreeSet<String> = recorded.iter().cloned().collect();
    assert_eq!(set.len(), recorded.len(), "a version is there twice");
    set
}

#[test]
fn all_that_many_processes_record_is_there_once() {
    let Some(stage) = Stage::new() else { return };
    let started = Instant::now();
    let reported = stage.record(|_, _| None);
    println!("{} recorded in {:?}", reported.len(), started.elapsed());
    assert_eq!(reported.len(), WORKERS * releases());
    assert_eq!(once_each(&stage.recorded()), reported);
}

#[test]
fn what_is_killed_is_there_or_not_and_the_rest_is_whole() {
    let Some(stage) = Stage::new() else { return };
    // A third dies, at moments spread over what a put takes.
    let kill = |worker: usize, nth: usize| {
        let n = worker * releases() + nth;
        n.is_multiple_of(3).then(|| Duration::from_millis((n * 7919 % 1500) as u64))
    };
    let reported = stage.record(kill);
    let killed = WORKERS * releases() - reported.len();
    println!("{killed} killed or failed");
    // Orphans of the killed may still push.
    thread::sleep(Duration::from_secs(2));
    let recorded = once_each(&stage.recorded());
    assert!(recorded.is_superset(&reported), "{:?}", reported.difference(&recorded));
    assert!(killed > 0 && reported.len() >= WORKERS * releases() * 3 / 5, "{killed}");
    // A retry adds what is missing, and nothing that is there.
    let temporary = stage.temporary("again");
    for version in (0..WORKERS).map(|worker| format!("1.{worker}.0")) {
        let output = run(&stage.tracker(), &version, &temporary, None);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let again = once_each(&stage.recorded());
    assert_eq!(
        again.difference(&recorded).count(),
        (0..WORKERS).filter(|w| !recorded.contains(&format!("1.{w}.0"))).count()
    );
}

#[test]
fn a_server_that_goes_and_comes_back_loses_nothing() {
    let Some(stage) = Stage::new() else { return };
    let done = AtomicBool::new(false);
    let reported = thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(1500));
                stage.server.away(true);
                thread::sleep(Duration::from_millis(400));
                stage.server.away(false);
            }
        });
        let reported = stage.record(|_, _| None);
        done.store(true, Ordering::SeqCst);
        reported
    });
    stage.server.away(false);
    let recorded = once_each(&stage.recorded());
    assert!(recorded.is_superset(&reported), "{:?}", reported.difference(&recorded));
    println!("{} of {} reported, {} recorded", reported.len(), WORKERS * releases(), recorded.len());
    assert!(reported.len() >= WORKERS * releases() * 2 / 3, "{}", reported.len());
}
