//! The store in a git repository behind a real ssh server.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use davos::store::{Credentials, GitStore, Store};
use tempfile::TempDir;

use crate::stores::git::{object, open};
use crate::support::git_server::{git, has_git, repository};
use crate::support::sshd::{Sshd, strange_key};

/// A repository behind ssh.
struct Case {
    folder: TempDir,
    sshd: Sshd,
}

impl Case {
    fn new() -> Option<Case> {
        if !has_git() {
            return None;
        }
        let case = Case { folder: tempfile::tempdir().expect("a folder"), sshd: Sshd::start()? };
        repository(&case.path());
        std::fs::create_dir(case.folder.path().join("tmp")).expect("a folder");
        Some(case)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("log.git")
    }

    /// The store, for who has this key and knows the server by these lines.
    fn store(&self, key: String, known_hosts: Option<String>) -> GitStore {
        open(&self.sshd.url(&self.path()), &self.folder.path().join("tmp"), |config| {
            config.credentials = Credentials::PrivateKey(davos::text::Secret::new(key));
            config.known_hosts = known_hosts;
        })
    }

    /// The error of reading, which came at once and shows no key.
    #[track_caller]
    fn refused(&self, key: String, known_hosts: Option<String>) -> String {
        let started = Instant::now();
        let error = self.store(key.clone(), known_hosts).list("rootfs", "").expect_err("refused");
        let error = format!("{error:#}");
        assert!(started.elapsed() < Duration::from_secs(15), "{:?}: {error}", started.elapsed());
        let secret = key.lines().filter(|line| !line.starts_with("-----")).find(|line| error.contains(line));
        assert!(secret.is_none() && !error.contains('\n'), "{error}");
        println!("{error}");
        error
    }
}

#[track_caller]
fn says(error: &str, words: &[&str]) {
    words.iter().for_each(|words| assert!(error.contains(words), "{words:?} is not in: {error}"));
}

#[test]
fn a_log_is_written_and_read_over_ssh() {
    let Some(case) = Case::new() else { return };
    let known = Some(case.sshd.known_hosts());
    let store = case.store(case.sshd.key(), known.clone());
    assert!(store.list("rootfs", "").unwrap_or_else(|e| panic!("{e:#}: {}", case.sshd.log())).is_empty());
    assert_eq!(store.create(&[object("rootfs/1", "a"), object("rootfs/2", "b")]).expect("created"), 2);
    let other = case.store(case.sshd.key(), known);
    assert_eq!(other.create(&[object("rootfs/2", "c")]).expect("refused"), 0);
    assert_eq!(other.list("rootfs", "1").expect("a list"), ["2"]);
    assert_eq!(other.read(&["rootfs/2".to_owned()]).expect("one"), [Some(b"b".to_vec())]);
    assert_eq!(git(&case.path(), &["rev-list", "--count", "main"]), "1");
}

#[test]
fn a_key_that_the_server_does_not_know_is_refused() {
    let Some(case) = Case::new() else { return };
    let error = case.refused(strange_key(), Some(case.sshd.known_hosts()));
    says(
        &error,
        &["reading the tracker in ssh://", "Permission denied (publickey)", "check that private_key is whole"],
    );
}

#[test]
fn a_key_with_a_passphrase_is_refused() {
    let Some(case) = Case::new() else { return };
    let error = case.refused(case.sshd.locked_key(), Some(case.sshd.known_hosts()));
    says(&error, &["Permission denied (publickey)", "has no passphrase"]);
}

#[test]
fn a_server_that_known_hosts_does_not_name_is_refused() {
    let Some(case) = Case::new() else { return };
    let other = case.sshd.known_hosts().replace("127.0.0.1", "git.example.org");
    let error = case.refused(case.sshd.key(), Some(other));
    says(&error, &["Host key verification failed", "give the new one in known_hosts (as ssh-keyscan prints it)"]);
}

#[test]
fn a_server_with_another_key_than_in_known_hosts_is_refused() {
    let Some(case) = Case::new() else { return };
    let Some(other) = Sshd::start() else { return };
    let line = other.known_hosts().replace(&other.port().to_string(), &case.sshd.port().to_string());
    let error = case.refused(case.sshd.key(), Some(line));
    says(&error, &["Host key verification failed", "somebody may stand between"]);
}

/// docs/decisions/0007-git.md: without `known_hosts` a server is believed the first time, and held to it in this container.
#[test]
fn a_server_is_believed_the_first_time_and_may_not_change_its_key_then() {
    let Some(mut case) = Case::new() else { return };
    for _ in 0..2 {
        assert!(case.store(case.sshd.key(), None).list("rootfs", "").expect("believed").is_empty());
    }
    let port = case.sshd.port();
    let Some(other) = Sshd::start() else { return };
    case.sshd = other;
    // The same server takes another key: the old one has to be gone first.
    let Some(changed) = Sshd::start_at(port) else { return };
    case.sshd = changed;
    let error = case.refused(case.sshd.key(), None);
    says(&error, &["Host key verification failed", "is not the one that is known"]);
    assert!(!error.contains("ssh-keygen") && !error.contains("tmp/known_hosts"), "nothing to mend there: {error}");
}
