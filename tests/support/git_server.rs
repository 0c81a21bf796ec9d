//! A git server over HTTP for tests: git's own `http-backend` behind a small CGI server, with basic authentication, which
//! can go away and come back.

// Compiled into several test crates, none of which uses all of it.
#![allow(dead_code, unreachable_pub)]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// The name that the server knows.
pub const USER: &str = "bot";
/// Its password, which looks like nothing else.
pub const PASSWORD: &str = "s3cr3t/Passw0rd+q9";

/// Whether the tests of git can run here; says so if not.
pub fn has_git() -> bool {
    let path = Command::new("git").arg("--exec-path").output().map(|output| output.stdout).unwrap_or_default();
    let backend = Path::new(String::from_utf8_lossy(&path).trim()).join("git-http-backend").exists();
    if !backend {
        println!("skipped: git with its http-backend is not installed");
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
    address: SocketAddr,
    desk: Arc<Desk>,
}

struct Desk {
    root: PathBuf,
    authenticated: bool,
    stopping: AtomicBool,
    away: AtomicBool,
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
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("the port");
        let (stopping, away) = (AtomicBool::new(false), AtomicBool::new(false));
        let desk = Arc::new(Desk { root: root.to_owned(), authenticated, stopping, away });
        let accepting = Arc::clone(&desk);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stopping.load(Ordering::SeqCst) {
                    return;
                }
                let desk = Arc::clone(&accepting);
                if let Ok(stream) = stream {
                    thread::spawn(move || desk.serve(stream).ok());
                }
            }
        });
        GitServer { address, desk }
    }

    /// The address of a repository.
    pub fn url(&self, repository: &str) -> String {
        format!("http://{}/{repository}", self.address)
    }

    /// `host:port`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Goes away, or comes back. Who is being served is not answered, though what was asked may be done.
    pub fn away(&self, away: bool) {
        self.desk.away.store(away, Ordering::SeqCst);
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        self.desk.stopping.store(true, Ordering::SeqCst);
        // Wakes the accepting thread.
        let _ = TcpStream::connect(self.address);
    }
}

impl Desk {
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let is_away = || self.away.load(Ordering::SeqCst);
        if is_away() {
            return Ok(());
        }
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut stream = stream;
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            match line.trim_end() {
                "" => break,
                line => head.push(line.to_owned()),
            }
        }
        let header = |name: &str| {
            let found = head.iter().skip(1).filter_map(|line| line.split_once(':'));
            found.clone().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
        };
        let body = if header("Transfer-Encoding").is_some() {
            chunked(&mut reader)?
        } else {
            let length = header("Content-Length").and_then(|length| length.parse().ok()).unwrap_or(0);
            let mut body = vec![0; length];
            reader.read_exact(&mut body)?;
            body
        };
        let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("{USER}:{PASSWORD}")));
        if self.authenticated && header("Authorization").as_deref() != Some(&expected) {
            let refusal = "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"git\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            return stream.write_all(refusal.as_bytes());
        }
        let mut words = head.first().map(String::as_str).unwrap_or_default().split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut backend = Command::new("git");
        backend.arg("http-backend").env("GIT_PROJECT_ROOT", &self.root).env("GIT_HTTP_EXPORT_ALL", "1");
        backend.env("GIT_CONFIG_GLOBAL", "/dev/null").env("REMOTE_ADDR", "127.0.0.1");
        backend.env("REQUEST_METHOD", method).env("PATH_INFO", path).env("QUERY_STRING", query);
        backend.env("CONTENT_LENGTH", body.len().to_string());
        if self.authenticated {
            backend.env("REMOTE_USER", USER);
        }
        for (name, variable) in [
            ("Content-Type", "CONTENT_TYPE"),
            ("Content-Encoding", "HTTP_CONTENT_ENCODING"),
            ("Git-Protocol", "GIT_PROTOCOL"),
        ] {
            if let Some(value) = header(name) {
                backend.env(variable, value);
            }
        }
        let mut child = backend.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut stdin = child.stdin.take().expect("stdin");
        let writing = thread::spawn(move || stdin.write_all(&body).ok());
        let output = child.wait_with_output()?.stdout;
        let _ = writing.join();
        if is_away() {
            return Ok(());
        }
        let end = output.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(output.len());
        let said = String::from_utf8_lossy(&output[..end]).into_owned();
        let body = output.get(end + 4..).unwrap_or_default();
        let status = said.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK");
        let mut answer = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        for line in said.lines().filter(|line| !line.starts_with("Status:") && !line.is_empty()) {
            answer += &format!("{line}\r\n");
        }
        stream.write_all(&[(answer + "\r\n").as_bytes(), body].concat())
    }
}

/// A body in chunks (RFC 9112, 7.1).
fn chunked(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk)?;
        if size == 0 {
            return Ok(body);
        }
        body.extend(&chunk[..size]);
    }
}
