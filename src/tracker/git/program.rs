//! The `git` program, run so that nothing but what we tell it counts.

use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::failure::Failure;

/// The longest that one run of git may take: a first fetch of a log of many years takes seconds.
const LONGEST: Duration = Duration::from_secs(180);

/// What is taken over from our own environment. Anything else, such as `GIT_TRACE_CURL`, could change what git does or
/// make it tell secrets.
const KEPT: &[&str] =
    &["PATH", "TMPDIR", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];

/// `git` with its environment.
pub(super) struct Git {
    folder: PathBuf,
    environment: Vec<(&'static str, OsString)>,
}

/// What a run of git left.
#[derive(Debug)]
pub(super) struct Output {
    /// How it ended, for people.
    pub(super) status: String,
    /// Whether it ended with 0.
    pub(super) success: bool,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
}

impl Git {
    /// git in this bare repository, with these variables besides.
    pub(super) fn new(folder: &Path, more: Vec<(&'static str, OsString)>) -> Git {
        let mut environment: Vec<(&'static str, OsString)> =
            KEPT.iter().filter_map(|&name| Some((name, std::env::var_os(name)?))).collect();
        // curl ignores the upper-case name, which a CGI script's caller could set.
        if let (None, Some(proxy)) = (std::env::var_os("http_proxy"), std::env::var_os("HTTP_PROXY")) {
            environment.push(("http_proxy", proxy));
        }
        environment.extend([
            ("GIT_DIR", folder.into()),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
            ("GIT_ATTR_NOSYSTEM", "1".into()),
            ("GIT_TERMINAL_PROMPT", "0".into()),
            ("GIT_LITERAL_PATHSPECS", "1".into()),
            ("LC_ALL", "C".into()),
        ]);
        environment.extend(more);
        Git { folder: folder.to_owned(), environment }
    }

    /// The same git with a variable more.
    pub(super) fn with(&self, name: &'static str, value: &str) -> Git {
        let mut environment = self.environment.clone();
        environment.push((name, value.into()));
        Git { folder: self.folder.clone(), environment }
    }

    /// Runs git, and gives what it left whatever its exit status.
    ///
    /// # Errors
    /// If it can't be started or doesn't end.
    pub(super) fn try_run(&self, arguments: &[&str], input: Vec<u8>) -> Result<Output, Failure> {
        let mut command = Command::new("git");
        command.args(arguments).env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.current_dir(&self.folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                Failure::Refused("the program git is not there".to_owned(), "install git in the image of the resource")
            }
            _ => Failure::Broken(format!("git can't be started: {error}")),
        })?;
        if let Some(mut stdin) = child.stdin.take() {
            // Who ends before reading all has said why on stderr.
            thread::spawn(move || stdin.write_all(&input).ok());
        }
        let (stdout, stderr) = (child.stdout.take().map(collected), child.stderr.take().map(collected));
        let deadline = Instant::now() + LONGEST;
        let (Some(stdout), Some(stderr)) = (within(stdout, deadline), within(stderr, deadline)) else {
            // What it started itself ends when it finds nobody at the other end.
            let _ = child.kill();
            let _ = child.wait();
            return Err(Failure::Outage(format!("git: no answer within {} s", LONGEST.as_secs())));
        };
        let status = child.wait().map_err(|error| Failure::Broken(format!("waiting for git: {error}")))?;
        let stderr = String::from_utf8_lossy(&stderr).into_owned();
        Ok(Output { status: status.to_string(), success: status.success(), stdout, stderr })
    }

    /// Runs git, and gives what it wrote to stdout.
    ///
    /// # Errors
    /// As [`try_run`](Self::try_run), and if it fails.
    pub(super) fn run(&self, arguments: &[&str], input: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let output = self.try_run(arguments, input)?;
        if output.success { Ok(output.stdout) } else { Err(Failure::of(&output)) }
    }
}

/// All that comes out of a pipe, read beside: a full pipe would stop git.
fn collected(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

fn within(pipe: Option<Receiver<Vec<u8>>>, deadline: Instant) -> Option<Vec<u8>> {
    pipe?.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()
}
