//! What a store in a git repository says when it can't, each within seconds and with the server's own words.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use davos::store::{Credentials, GitStore, Store};
use tempfile::TempDir;

use crate::stores::git::{object, open, with_password};
use crate::stores::http::{answer, serve};
use crate::support::git_server::{GitServer, PASSWORD, USER, commit_to, git, has_git, hook, repository};

/// A served repository `log.git` with a commit on `main`.
struct Case {
    folder: TempDir,
    temporary: TempDir,
    server: GitServer,
}

impl Case {
    fn new() -> Option<Case> {
        if !has_git() {
            return None;
        }
        let (folder, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        repository(&folder.path().join("log.git"));
        commit_to(&folder.path().join("log.git"), "main", "README");
        let server = GitServer::start(folder.path());
        Some(Case { folder, temporary, server })
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("log.git")
    }

    fn store(&self) -> GitStore {
        open(&with_password(&self.server.url("log.git")), self.temporary.path(), |_| {})
    }
}

/// As long as a server that restarts takes, and some more.
const A_WHILE: Duration = Duration::from_secs(60);

/// The error of a call, which was not tried again: that goes on for twenty seconds.
#[track_caller]
fn soon<T: std::fmt::Debug>(call: impl FnOnce() -> anyhow::Result<T>) -> String {
    let started = Instant::now();
    let error = format!("{:#}", call().expect_err("an error"));
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}: {error}", started.elapsed());
    assert!(!error.contains('\n') && !error.contains(PASSWORD), "{error}");
    println!("{error}");
    error
}

#[track_caller]
fn says(error: &str, words: &[&str]) {
    for words in words {
        assert!(error.contains(words), "{words:?} is not in: {error}");
    }
}

#[test]
fn wrong_and_missing_passwords() {
    let Some(case) = Case::new() else { return };
    let wrong = open(&case.server.url("log.git"), case.temporary.path(), |config| {
        config.credentials =
            Credentials::Password { username: USER.to_owned(), password: davos::text::Secret::new("wr0ng-secret") };
    });
    let error = soon(|| wrong.list("rootfs", ""));
    says(&error, &["reading the tracker in http://127.0.0.1", "Authentication failed", "check username and password"]);
    assert!(!error.contains("wr0ng-secret"), "{error}");
    let none = open(&case.server.url("log.git"), case.temporary.path(), |_| {});
    says(&soon(|| none.list("rootfs", "")), &["could not read Username", "check username and password"]);
}

#[test]
fn a_repository_that_may_only_be_read() {
    let Some(case) = Case::new() else { return };
    git(&case.path(), &["config", "http.receivepack", "false"]);
    let store = case.store();
    assert!(store.list("rootfs", "").expect("reading works").is_empty());
    let error = soon(|| store.create(&[object("rootfs/1", "a")]));
    says(&error, &["writing to the tracker", "403", "may read and write the repository"]);
}

#[test]
fn a_hook_that_declines() {
    let Some(case) = Case::new() else { return };
    hook(&case.path(), "pre-receive", "echo 'Only on Tuesdays, says the gatekeeper.' >&2\nexit 1");
    let error = soon(|| case.store().create(&[object("rootfs/1", "a")]));
    says(&error, &["pre-receive hook declined", "Only on Tuesdays, says the gatekeeper.", "a rule of the server"]);
}

#[test]
fn a_server_that_takes_a_push_and_forgets_it() {
    let Some(case) = Case::new() else { return };
    hook(&case.path(), "post-receive", "read -r old new ref; git update-ref \"$ref\" \"$old\"");
    let error = soon(|| case.store().create(&[object("rootfs/00000001.json", "{}")]));
    says(&error, &["writing to the tracker in", "took the push but doesn't have it", "look at its history"]);
}

#[test]
fn a_protected_branch() {
    let Some(case) = Case::new() else { return };
    hook(
        &case.path(),
        "update",
        "[ \"$1\" = refs/heads/main ] && echo 'GH006: Protected branch update failed' >&2 && exit 1",
    );
    let error = soon(|| case.store().create(&[object("rootfs/1", "a")]));
    says(&error, &["hook declined", "GH006: Protected branch update failed", "name another branch"]);
    assert_eq!(git(&case.path(), &["rev-list", "--count", "main"]), "1");
}

#[test]
fn a_server_that_refuses_every_rewriting_takes_what_is_added() {
    let Some(case) = Case::new() else { return };
    git(&case.path(), &["config", "receive.denyNonFastForwards", "true"]);
    git(&case.path(), &["config", "receive.denyDeletes", "true"]);
    assert_eq!(case.store().create(&[object("rootfs/1", "a")]).expect("created"), 1);
}

#[test]
fn a_repository_that_is_not_there() {
    let Some(case) = Case::new() else { return };
    let store = open(&with_password(&case.server.url("none.git")), case.temporary.path(), |_| {});
    says(&soon(|| store.list("rootfs", "")), &["none.git", "not found", "check uri"]);
    let store = open("/nowhere/none.git", case.temporary.path(), |_| {});
    says(&soon(|| store.list("rootfs", "")), &["does not appear to be a git repository", "check uri"]);
}

#[test]
fn a_page_where_a_repository_should_be() {
    let Some(case) = Case::new() else { return };
    let server = serve(|_| answer(200, "Content-Type: text/html\r\n", "<html>\n<h1>Sign in</h1>\n</html>\n"));
    let store = open(&format!("http://{server}/log.git"), case.temporary.path(), |_| {});
    says(&soon(|| store.list("rootfs", "")), &["is this a git repository?", "check uri"]);
}

#[test]
fn a_page_that_git_takes_for_an_empty_repository() {
    let Some(case) = Case::new() else { return };
    let server = serve(|_| answer(200, "Content-Type: text/html\r\n", "<html>Sign in</html>"));
    let store = open(&format!("http://{server}/log.git"), case.temporary.path(), |_| {});
    says(&soon(|| store.list("rootfs", "")), &["no git server, but some page", "check uri", "page to sign in on"]);
}

#[test]
fn a_branch_that_is_not_there() {
    let Some(case) = Case::new() else { return };
    let store = open(&with_password(&case.server.url("log.git")), case.temporary.path(), |config| {
        config.branch = "trackers".parse().expect("a branch");
    });
    for error in [soon(|| store.list("rootfs", "")), soon(|| store.create(&[object("rootfs/1", "a")]))] {
        says(&error, &["has no branch trackers (it has main)", "name the right one in tracker.branch"]);
    }
}

#[test]
fn a_working_copy() {
    let Some(case) = Case::new() else { return };
    let copy = case.folder.path().join("copy");
    git(case.folder.path(), &["clone", "--quiet", "log.git", "copy"]);
    let store = open(&copy.display().to_string(), case.temporary.path(), |_| {});
    let error = soon(|| store.create(&[object("rootfs/1", "a")]));
    says(&error, &["branch is currently checked out", "push to a bare one"]);
}

#[test]
fn a_file_in_the_way() {
    let Some(case) = Case::new() else { return };
    let error = soon(|| case.store().create(&[object("README/1", "a")]));
    says(&error, &["README is in the way of README/1", "tracker.path"]);
}

#[test]
fn a_folder_that_may_not_be_written() {
    let Some(case) = Case::new() else { return };
    // Root may write everywhere, so a file is put where git wants a folder.
    let heads = case.path().join("refs/heads");
    git(&case.path(), &["pack-refs", "--all"]);
    fs::remove_dir_all(&heads).expect("removed");
    fs::write(&heads, "").expect("a file");
    let store = case.store();
    let started = Instant::now();
    let error = format!("{:#}", store.create(&[object("rootfs/1", "a")]).expect_err("no folder"));
    // The server says nothing that is surely final, so it is asked again, for a while.
    assert!(started.elapsed() < Duration::from_secs(60), "{error}");
    assert!(error.contains("remote rejected") || error.contains("Unable to create"), "{error}");
}

#[test]
fn a_server_that_is_away_and_comes_back() {
    let Some(case) = Case::new() else { return };
    let store = case.store();
    assert!(store.list("rootfs", "").expect("a list").is_empty());
    case.server.away(true);
    std::thread::scope(|scope| {
        let creating = scope.spawn(|| store_of(&case.server, case.temporary.path()).create(&[object("rootfs/1", "a")]));
        std::thread::sleep(Duration::from_millis(1500));
        case.server.away(false);
        assert_eq!(creating.join().expect("a thread").expect("created"), 1);
    });
    assert_eq!(store.list("rootfs", "").expect("a list"), ["1"]);
}

#[test]
fn a_server_that_goes_in_the_middle_for_good() {
    let Some(case) = Case::new() else { return };
    let store = case.store();
    assert!(store.list("rootfs", "").expect("a list").is_empty());
    case.server.away(true);
    let started = Instant::now();
    let error = format!("{:#}", store.create(&[object("rootfs/1", "a")]).expect_err("gone"));
    assert!(started.elapsed() < A_WHILE, "{:?}: {error}", started.elapsed());
    says(&error, &["writing to the tracker in http://", "doesn't answer as it should, try again later"]);
    case.server.away(false);
    assert!(store.list("rootfs", "").expect("there again").is_empty());
}

#[test]
fn a_server_that_is_away_is_waited_for_and_then_named() {
    let Some(case) = Case::new() else { return };
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
    for (address, words) in [
        (format!("http://{nobody}/log.git"), "Failed to connect to 127.0.0.1"),
        ("http://git.invalid/log.git".to_owned(), "Could not resolve host: git.invalid"),
    ] {
        let started = Instant::now();
        let error =
            format!("{:#}", open(&address, case.temporary.path(), |_| {}).list("rootfs", "").expect_err("away"));
        assert!(started.elapsed() < A_WHILE, "{:?}: {error}", started.elapsed());
        says(&error, &["reading the tracker in http://", words, "is the address in uri right, and the server up?"]);
    }
}

#[test]
fn an_empty_repository_is_an_empty_log_and_the_first_record_makes_the_branch() {
    let Some(case) = Case::new() else { return };
    repository(&case.folder.path().join("empty.git"));
    let store = open(&with_password(&case.server.url("empty.git")), case.temporary.path(), |config| {
        config.branch = "trackers".parse().expect("a branch");
    });
    assert!(store.list("rootfs", "").expect("a list").is_empty());
    assert_eq!(store.create(&[object("rootfs/1", "a")]).expect("created"), 1);
    assert_eq!(git(&case.folder.path().join("empty.git"), &["rev-list", "--count", "trackers"]), "1");
}

fn store_of(server: &GitServer, temporary: &Path) -> GitStore {
    open(&with_password(&server.url("log.git")), temporary, |_| {})
}
