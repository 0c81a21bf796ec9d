//! A git server over HTTP for tests: git's own `http-backend` behind a small CGI server, with basic authentication, which
//! can go away and come back.

use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::needs;
use super::server::{Reply, Request, Server};

/// The name that the server knows.
pub const USER: &str = "bot";
/// Its password, which looks like nothing else.
pub const PASSWORD: &str = "s3cr3t/Passw0rd+q9";

/// Whether the tests of git can run here; says so if not.
pub fn has_git() -> bool {
    let path = Command::new("git").arg("--exec-path").output().map(|output| output.stdout).unwrap_or_default();
    let backend = Path::new(String::from_utf8_lossy(&path).trim()).join("git-http-backend").exists();
    if !backend {
        needs::skipped("git with its http-backend is not installed");
    }
    backend
}

/// Runs git for a test, and gives what it wrote.
#[track_caller]
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(arguments).current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"] {
        git.env(who, "test");
    }
    let output = git.output().expect("git");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A new bare repository without a commit.
pub fn repository(path: &Path) {
    std::fs::create_dir_all(path).expect("a folder");
    git(path, &["init", "--quiet", "--bare", "--initial-branch=main"]);
}

/// A first commit on a branch.
pub fn commit_to(path: &Path, branch: &str, file: &str) {
    let input =
        format!("commit refs/heads/{branch}\ncommitter t <t> now\ndata 1\nx\nM 100644 inline {file}\ndata 1\nx\n");
    let mut git = Command::new("git");
    git.args(["fast-import", "--quiet", "--date-format=now"]).current_dir(path).stdin(Stdio::piped());
    let mut child = git.spawn().expect("git");
    child.stdin.take().expect("stdin").write_all(input.as_bytes()).expect("the stream");
    assert!(child.wait().expect("git").success());
}

/// A hook of a repository.
pub fn hook(path: &Path, name: &str, script: &str) {
    std::fs::create_dir_all(path.join("hooks")).expect("a folder");
    let file = path.join("hooks").join(name);
    std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("a hook");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).expect("a hook that runs");
}

/// A server of all repositories in a folder, until it is dropped.
pub struct GitServer {
    server: Server,
    away: Arc<AtomicBool>,
}

impl GitServer {
    /// Starts a server that wants to see [`USER`] and [`PASSWORD`].
    pub fn start(root: &Path) -> GitServer {
        GitServer::with(root, true)
    }

    /// Starts a server that serves everybody, and takes pushes where a repository allows them.
    pub fn open(root: &Path) -> GitServer {
        GitServer::with(root, false)
    }

    fn with(root: &Path, authenticated: bool) -> GitServer {
        let (root, away) = (root.to_owned(), Arc::new(AtomicBool::new(false)));
        let is_away = Arc::clone(&away);
        let server = Server::start(move |request| {
            let nothing = Reply::bare("");
            if is_away.load(Ordering::SeqCst) {
                return nothing;
            }
            let reply = backend(&root, authenticated, request);
            if is_away.load(Ordering::SeqCst) { nothing } else { reply }
        });
        GitServer { server, away }
    }

    /// The address of a repository.
    pub fn url(&self, repository: &str) -> String {
        self.server.url(&format!("/{repository}"))
    }

    /// `host:port`.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Goes away, or comes back. Who is being served is not answered, though what was asked may be done.
    pub fn away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }
}

/// What git's own backend answers, which is a program for CGI (RFC 3875).
fn backend(root: &Path, authenticated: bool, request: &Request) -> Reply {
    let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("{USER}:{PASSWORD}")));
    if authenticated && request.header("Authorization") != Some(&expected) {
        return Reply::new(401, "").header("WWW-Authenticate", "Basic realm=\"git\"");
    }
    let mut backend = Command::new("git");
    backend.arg("http-backend").env("GIT_PROJECT_ROOT", root).env("GIT_HTTP_EXPORT_ALL", "1");
    backend.env("GIT_CONFIG_GLOBAL", "/dev/null").env("REMOTE_ADDR", "127.0.0.1");
    backend.env("REQUEST_METHOD", &request.method).env("PATH_INFO", &request.path);
    backend.env("QUERY_STRING", &request.query).env("CONTENT_LENGTH", request.body.len().to_string());
    if authenticated {
        backend.env("REMOTE_USER", USER);
    }
    for (name, variable) in [
        ("Content-Type", "CONTENT_TYPE"),
        ("Content-Encoding", "HTTP_CONTENT_ENCODING"),
        ("Git-Protocol", "GIT_PROTOCOL"),
    ] {
        if let Some(value) = request.header(name) {
            backend.env(variable, value);
        }
    }
    let mut child =
        backend.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("git's backend");
    let (mut stdin, body) = (child.stdin.take().expect("stdin"), request.body.clone());
    let writing = thread::spawn(move || stdin.write_all(&body).ok());
    let output = child.wait_with_output().expect("git's backend").stdout;
    let _ = writing.join();
    let end = output.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(output.len());
    let said = String::from_utf8_lossy(&output[..end]).into_owned();
    let status = said.lines().find_map(|line| line.strip_prefix("Status: ")?.get(..3)?.parse().ok()).unwrap_or(200);
    let headers = said.lines().filter_map(|line| line.split_once(": ")).filter(|(name, _)| *name != "Status");
    let reply = Reply::new(status, output.get(end + 4..).unwrap_or_default());
    headers.fold(reply, |reply, (name, value)| reply.header(name, value))
}
