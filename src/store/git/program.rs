//! The `git` program, run so that nothing but what we tell it counts.

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::capture::{Capture, Ends, Output, Start};
use super::children::ProcessGroup;
use super::failure::GitFailure;

/// The longest that one run of git may take: a first fetch of a log of many years takes seconds.
const LONGEST: Duration = Duration::from_secs(40);

/// The most that is kept of what git writes to stdout, where nobody knows how much it will be.
const MOST_OUTPUT: usize = 4 << 20;

/// The most that is kept of the start and of the end of stderr: a hook of the server may print without end.
const MOST_WORDS: usize = 64 << 10;

/// What is taken over from our own environment. Anything else, such as `GIT_TRACE_CURL`, could change what git does or
/// make it tell secrets.
const KEPT: &[&str] = &["PATH", "TMPDIR"];

/// `git` with its environment.
pub(super) struct Git {
    folder: PathBuf,
    environment: Vec<(&'static str, OsString)>,
}

impl Git {
    /// git in this bare repository, with these variables besides.
    pub(super) fn new(folder: &Path, more: Vec<(&'static str, OsString)>) -> Git {
        let mut environment: Vec<(&'static str, OsString)> =
            KEPT.iter().filter_map(|&name| Some((name, std::env::var_os(name)?))).collect();
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
    pub(super) fn try_run(&self, arguments: &[&str], input: Vec<u8>) -> Result<Output, GitFailure> {
        self.run_within(arguments, input, MOST_OUTPUT)
    }

    /// Runs git, and gives what it wrote to stdout, which is at most so much.
    ///
    /// # Errors
    /// As [`try_run`](Self::try_run), and if it fails.
    pub(super) fn run(&self, arguments: &[&str], input: Vec<u8>, most: usize) -> Result<Vec<u8>, GitFailure> {
        let output = self.run_within(arguments, input, most)?;
        if output.success { Ok(output.stdout) } else { Err(GitFailure::of(&output)) }
    }

    fn run_within(&self, arguments: &[&str], input: Vec<u8>, most: usize) -> Result<Output, GitFailure> {
        let mut command = Command::new("git");
        command.args(arguments).env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.current_dir(&self.folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // What it starts itself ends with it, whoever ends it.
        command.process_group(0);
        let (mut child, group) = ProcessGroup::start(&mut command).map_err(|error| match error.kind() {
            ErrorKind::NotFound => GitFailure::Refused(
                "the program git is not there".to_owned(),
                "install git in the image of the resource",
            ),
            _ => GitFailure::Outage(format!("git can't be started: {error}")),
        })?;
        if let Some(mut stdin) = child.stdin.take() {
            // Who ends before reading all has said why on stderr.
            thread::spawn(move || stdin.write_all(&input).ok());
        }
        let stdout = child.stdout.take().map(|pipe| collected(pipe, Start::new(most)));
        let stderr = child.stderr.take().map(|pipe| collected(pipe, Ends::new(MOST_WORDS)));
        let deadline = Instant::now() + LONGEST;
        let (Some(stdout), Some(stderr)) = (within(stdout, deadline), within(stderr, deadline)) else {
            group.kill();
            let _ = child.wait();
            return Err(GitFailure::Outage(format!("git: no answer within {} s", LONGEST.as_secs())));
        };
        let status = child.wait().map_err(|error| GitFailure::Outage(format!("waiting for git: {error}")))?;
        let stderr = String::from_utf8_lossy(&stderr).into_owned();
        Ok(Output { status: status.to_string(), success: status.success(), stdout, stderr })
    }
}

/// What is kept of all that comes out of a pipe, which is read beside and to its end: a full pipe would stop git.
fn collected(
    mut pipe: impl std::io::Read + Send + 'static,
    mut kept: impl Capture + Send + 'static,
) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        loop {
            match pipe.read(&mut buffer) {
                Ok(length @ 1..) => kept.take(&buffer[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                _ => break,
            }
        }
        let _ = sender.send(kept.all());
    });
    receiver
}

fn within(pipe: Option<Receiver<Vec<u8>>>, deadline: Instant) -> Option<Vec<u8>> {
    pipe?.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()
}
