//! Where secrets are not: in arguments, in what is said, in files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::stores::git_processes::put;
use crate::support::git_server::{GitServer, PASSWORD, USER, git, has_git, repository};
use crate::support::needs;

/// The spellings of a secret that a careless program would leave.
fn spellings(secret: &str) -> Vec<String> {
    let encoded = secret.replace('/', "%2F").replace('+', "%2B").replace('\n', "%0A");
    vec![secret.to_owned(), encoded, BASE64_STANDARD.encode(secret), BASE64_STANDARD.encode(format!("{USER}:{secret}"))]
}

#[track_caller]
fn has_none(what: &str, bytes: &[u8], secret: &str) {
    let text = String::from_utf8_lossy(bytes);
    for spelling in spellings(secret) {
        assert!(!text.contains(&spelling), "{what} has the secret: {text}");
    }
}

/// Adds all files below a folder.
pub(crate) fn all_files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { all_files(&path, found) } else { found.push(path) }
    }
}

/// Programs in a folder that write their arguments to a file before they do their work.
fn recording(folder: &Path, name: &str, work: &str) {
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$0 $*\" >> '{}/arguments'\n{work}\n", folder.display());
    fs::write(folder.join(name), script).expect("a program");
    fs::set_permissions(folder.join(name), PermissionsExt::from_mode(0o755)).expect("a program that runs");
}

/// `$PATH` with a folder before it.
fn path_with(folder: &Path) -> String {
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default())
}

#[test]
fn a_password_is_in_no_argument_no_file_and_nothing_said() {
    if !has_git() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (programs, temporary) = (folder.path().join("bin"), folder.path().join("tmp"));
    fs::create_dir(&programs).expect("a folder");
    fs::create_dir(&temporary).expect("a folder");
    repository(&folder.path().join("log.git"));
    recording(&programs, "git", "PATH=${PATH#*:}; exec git \"$@\"");
    let server = GitServer::start(folder.path());
    let encoded = PASSWORD.replace('/', "%2F").replace('+', "%2B");
    let in_address = server.url("log.git").replace("http://", &format!("http://{USER}:{encoded}@"));
    for (version, tracker) in [
        ("1.0.0", json!({"driver": "git", "uri": server.url("log.git"), "username": USER, "password": PASSWORD})),
        ("1.1.0", json!({"driver": "git", "uri": in_address})),
        ("1.2.0", json!({"driver": "git", "uri": server.url("none.git"), "username": USER, "password": PASSWORD})),
    ] {
        let mut child = put(&temporary);
        child.env("PATH", path_with(&programs)).env("GIT_TRACE_CURL", "1").env("GIT_CURL_VERBOSE", "1");
        let mut running = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("out");
        crate::stores::git_processes::ask(&mut running, &tracker, version);
        // All processes of the machine that can be seen meanwhile, ours among them.
        while running.try_wait().expect("out").is_none() {
            for process in fs::read_dir("/proc").expect("processes").flatten() {
                let arguments = fs::read(process.path().join("cmdline")).unwrap_or_default();
                has_none("an argument", &arguments, PASSWORD);
            }
            thread::sleep(Duration::from_millis(2));
        }
        let output = running.wait_with_output().expect("out");
        assert_eq!(output.status.success(), version != "1.2.0", "{}", String::from_utf8_lossy(&output.stderr));
        has_none("stdout", &output.stdout, PASSWORD);
        has_none("stderr", &output.stderr, PASSWORD);
    }
    let arguments = fs::read(programs.join("arguments")).expect("the arguments");
    assert!(String::from_utf8_lossy(&arguments).contains(" push --porcelain"));
    has_none("the arguments of git", &arguments, PASSWORD);
    let mut files = Vec::new();
    all_files(&temporary, &mut files);
    assert!(!files.is_empty());
    for file in files {
        has_none(&file.display().to_string(), &fs::read(&file).expect("a file"), PASSWORD);
    }
}

#[test]
fn a_private_key_reaches_ssh_and_nothing_else() {
    if !has_git() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (programs, temporary) = (folder.path().join("bin"), folder.path().join("tmp"));
    fs::create_dir(&programs).expect("a folder");
    fs::create_dir(&temporary).expect("a folder");
    let path = folder.path().join("log.git");
    repository(&path);
    // A stand-in for ssh: reads the key that its settings name, as ssh would, and runs what it was asked to run here.
    let work = format!(
        "key=$(sed -n 's/^IdentityFile //p' \"$2\")\ncat \"$key\" > '{0}/key'\nstat -L -c %a \"$key\" >> '{0}/mode'\n\
         for last; do :; done\neval \"$last\"",
        folder.path().display()
    );
    recording(&programs, "ssh", &work);
    let key =
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE\n-----END OPENSSH PRIVATE KEY-----";
    let tracker =
        json!({"driver": "git", "uri": format!("ssh://git@git.example{}", path.display()), "private_key": key});
    let mut child = put(&temporary);
    let mut running =
        child.env("PATH", path_with(&programs)).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("out");
    crate::stores::git_processes::ask(&mut running, &tracker, "1.0.0");
    let output = running.wait_with_output().expect("out");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(folder.path().join("key")).expect("the key").trim_end(), key);
    assert!(fs::read_to_string(folder.path().join("mode")).expect("modes").lines().all(|mode| mode == "600"));
    assert_eq!(git(&path, &["ls-tree", "-r", "--name-only", "main"]), "rootfs/00000001.json");
    let secret = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE";
    has_none("the arguments of ssh", &fs::read(programs.join("arguments")).expect("the arguments"), secret);
    has_none("stderr", &output.stderr, secret);
    let mut files = Vec::new();
    all_files(&temporary, &mut files);
    for file in files {
        has_none(&file.display().to_string(), &fs::read(&file).expect("a file"), secret);
    }
}

#[test]
fn a_real_key_is_read_by_the_real_ssh_keygen() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
    if !made.is_ok_and(|status| status.success()) {
        return needs::skipped("ssh-keygen is not installed");
    }
    // As the store keeps it: an open file without a name. ssh and ssh-keygen read keys alike, and judge their mode.
    let mut file = tempfile::tempfile_in(folder.path()).expect("a file");
    file.set_permissions(PermissionsExt::from_mode(0o600)).expect("permissions");
    std::io::Write::write_all(&mut file, &fs::read(&key).expect("the key")).expect("written");
    let path = format!("/proc/{}/fd/{}", std::process::id(), std::os::fd::AsRawFd::as_raw_fd(&file));
    let public = Command::new("ssh-keygen").args(["-y", "-f", &path]).output().expect("ssh-keygen");
    let expected = fs::read_to_string(folder.path().join("key.pub")).expect("the public key");
    let words = |text: &str| text.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&String::from_utf8_lossy(&public.stdout)), words(&expected));
}
