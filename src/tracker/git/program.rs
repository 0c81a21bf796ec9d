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

/// The most that git may write to stdout: more than any answer that we ask for has.
const LONGEST_OUTPUT: usize = 64 << 20;

/// How much is kept of the beginning and of the end of what git writes to stderr, which is a server's words mostly.
const KEPT_WORDS: usize = 32 << 10;

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
        let stdout = child.stdout.take().map(|pipe| collected(pipe, whole));
        let stderr = child.stderr.take().map(|pipe| collected(pipe, both_ends));
        let deadline = Instant::now() + LONGEST;
        let (Some(stdout), Some(stderr)) = (within(stdout, deadline), within(stderr, deadline)) else {
            // What it started itself ends when it finds nobody at the other end.
            let _ = child.kill();
            let _ = child.wait();
            return Err(Failure::Outage(format!("git: no answer within {} s", LONGEST.as_secs())));
        };
        let Some(stdout) = stdout else {
            let _ = child.kill();
            let _ = child.wait();
            let words = format!("git wrote more than {} MiB", LONGEST_OUTPUT >> 20);
            return Err(Failure::Refused(words, "look at what is in the repository: is it the right one?"));
        };
        let status = child.wait().map_err(|error| Failure::Broken(format!("waiting for git: {error}")))?;
        let stderr = String::from_utf8_lossy(&stderr.unwrap_or_default()).into_owned();
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

/// What is read out of a pipe, beside: a full pipe would stop git.
fn collected<P: Read + Send + 'static>(pipe: P, read: fn(P) -> Option<Vec<u8>>) -> Receiver<Option<Vec<u8>>> {
    let (sender, receiver) = channel();
    thread::spawn(move || sender.send(read(pipe)));
    receiver
}

/// All of it; nothing if it is too much.
fn whole(pipe: impl Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let _ = pipe.take(LONGEST_OUTPUT as u64 + 1).read_to_end(&mut bytes);
    (bytes.len() <= LONGEST_OUTPUT).then_some(bytes)
}

/// Its beginning and its end, where the cause stands; what is between is read and forgotten.
fn both_ends(mut pipe: impl Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let _ = pipe.by_ref().take(KEPT_WORDS as u64).read_to_end(&mut bytes);
    let (mut end, mut chunk) = (Vec::new(), [0; 8 << 10]);
    let mut between = false;
    while let Ok(count @ 1..) = pipe.read(&mut chunk) {
        end.extend_from_slice(&chunk[..count]);
        let more = end.len().saturating_sub(KEPT_WORDS);
        end.drain(..more);
        between |= more > 0;
    }
    if between {
        bytes.extend_from_slice("…\n".as_bytes());
    }
    bytes.append(&mut end);
    Some(bytes)
}

/// What was read, if that is done by then.
fn within(pipe: Option<Receiver<Option<Vec<u8>>>>, deadline: Instant) -> Option<Option<Vec<u8>>> {
    pipe?.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_child_writes_without_end_is_kept_in_part() {
        let endless = || std::io::repeat(b'x').take(LONGEST_OUTPUT as u64 * 2);
        assert_eq!(whole(endless()), None);
        assert_eq!(whole(&b"short"[..]).as_deref(), Some(&b"short"[..]));
        let words = b"first".chain(std::io::repeat(b'x').take(1 << 20)).chain(&b"fatal: last"[..]);
        let kept = both_ends(words).expect("words");
        assert!(kept.starts_with(b"first") && kept.ends_with(b"fatal: last") && kept.len() < 2 * KEPT_WORDS + 8);
        assert_eq!(both_ends(&b"short"[..]).as_deref(), Some(&b"short"[..]));
    }
}
