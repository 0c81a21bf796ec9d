//! The built binaries, run the way Concourse runs them: a JSON object on stdin, `/` as the working directory, hardly any
//! environment.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The three steps.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// `/opt/resource/check`
    Check,
    /// `/opt/resource/in`
    In,
    /// `/opt/resource/out`
    Out,
}

/// A container: an environment and a temporary folder that lasts from one step to the next.
pub struct Container {
    /// Kept as long as the container, if it is its own.
    _own: Option<TempDir>,
    temporary: PathBuf,
    environment: Vec<(String, String)>,
    limits: Option<&'static str>,
}

/// What came of a step.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The exit status; `None` if a signal ended it.
    pub status: Option<i32>,
    /// What Concourse reads.
    pub stdout: String,
    /// What people read, colours included.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
}

impl Container {
    /// A fresh one.
    pub fn new() -> Container {
        let own = tempfile::tempdir().expect("a temporary folder");
        let temporary = own.path().to_owned();
        Container { _own: Some(own), temporary, environment: Vec::new(), limits: None }
    }

    /// One with this temporary folder.
    pub fn at(temporary: &Path) -> Container {
        Container { _own: None, temporary: temporary.to_owned(), environment: Vec::new(), limits: None }
    }

    /// The same with a variable more.
    pub fn with(mut self, name: &str, value: impl ToString) -> Container {
        self.environment.push((name.to_owned(), value.to_string()));
        self
    }

    /// The same with these commands of a shell before each step, such as `ulimit -t 50`.
    pub fn under(self, limits: &'static str) -> Container {
        Container { limits: Some(limits), ..self }
    }

    /// The temporary folder.
    pub fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Runs a check.
    pub fn check(&self, request: &Value) -> Ran {
        self.run(Step::Check, &request.to_string(), None)
    }

    /// Runs a get that writes into the folder.
    pub fn get(&self, request: &Value, folder: &Path) -> Ran {
        self.run(Step::In, &request.to_string(), Some(folder))
    }

    /// Runs a put in the build folder.
    pub fn put(&self, request: &Value, build: &Path) -> Ran {
        self.run(Step::Out, &request.to_string(), Some(build))
    }

    /// Runs a step to its end.
    pub fn run(&self, step: Step, stdin: &str, folder: Option<&Path>) -> Ran {
        let started = Instant::now();
        let output = self.start(step, stdin, folder).wait_with_output().expect("the step ends");
        Ran {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("stdout is text"),
            stderr: String::from_utf8(output.stderr).expect("stderr is text"),
            took: started.elapsed(),
        }
    }

    /// Starts a step.
    pub fn start(&self, step: Step, stdin: &str, folder: Option<&Path>) -> Child {
        let program = match step {
            Step::Check => env!("CARGO_BIN_EXE_check"),
            Step::In => env!("CARGO_BIN_EXE_in"),
            Step::Out => env!("CARGO_BIN_EXE_out"),
        };
        let mut command = match self.limits {
            None => Command::new(program),
            Some(limits) => {
                let mut shell = Command::new("/bin/sh");
                shell.args(["-c", &format!("{limits}; exec \"$0\" \"$@\""), program]);
                shell
            }
        };
        command.env_clear().current_dir("/").args(folder);
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("TMPDIR", &self.temporary).env("RUST_BACKTRACE", "1");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        // A step that fails before it has read all may close its stdin.
        let _ = child.stdin.take().expect("its stdin").write_all(stdin.as_bytes());
        child
    }
}

impl Ran {
    /// Asserts success: exactly one JSON value and a newline on stdout.
    #[track_caller]
    pub fn succeeded(self) -> Ran {
        assert_eq!(self.status, Some(0), "{}", self.stderr);
        assert!(self.stdout.ends_with('\n') && !self.stdout.trim_end().contains('\n'), "{:?}", self.stdout);
        serde_json::from_str::<Value>(&self.stdout).expect("one JSON value");
        self.on_one_screen()
    }

    /// Asserts failure as a release engineer wants it: one sentence, and nothing on stdout.
    #[track_caller]
    pub fn failed(self) -> Ran {
        assert_eq!((self.status, self.stdout.as_str()), (Some(1), ""), "{}", self.stderr);
        let errors = self.said().lines().filter(|line| line.starts_with("error: ")).count();
        assert_eq!(errors, 1, "one cause: {}", self.stderr);
        self.on_one_screen()
    }

    /// Asserts that stderr has all of these phrases.
    #[track_caller]
    pub fn says(self, phrases: &[&str]) -> Ran {
        let said = self.said();
        for phrase in phrases {
            assert!(said.contains(phrase), "{phrase:?} is not said: {said}");
        }
        self
    }

    /// Asserts that stderr has none of these phrases.
    #[track_caller]
    pub fn keeps_silent_on(self, phrases: &[&str]) -> Ran {
        let said = self.said();
        for phrase in phrases {
            assert!(!said.contains(phrase), "{phrase:?} is said: {said}");
        }
        self
    }

    #[track_caller]
    fn on_one_screen(self) -> Ran {
        assert!(self.stderr.lines().count() <= 32, "more than a screen: {}", self.stderr);
        self.keeps_silent_on(&["backtrace", "panicked", "bug of davos", "src/"])
    }

    /// Stderr without colours.
    pub fn said(&self) -> String {
        let mut parts = self.stderr.split("\u{1b}[");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
    }

    /// What a check answered, or what a get or a put did.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("JSON on stdout")
    }

    /// The versions of a check.
    pub fn versions(&self) -> Vec<Value> {
        self.json().as_array().expect("a list of versions").clone()
    }

    /// What the versions of a check have under a key.
    pub fn names(&self, key: &str) -> Vec<String> {
        self.versions().iter().map(|version| version[key].as_str().expect("a name").to_owned()).collect()
    }

    /// The notices that a check answered with.
    pub fn notices(&self) -> Vec<String> {
        self.names("notice")
    }

    /// The metadata of a get or a put under a name.
    pub fn fact(&self, name: &str) -> Option<String> {
        let json = self.json();
        let fact = json["metadata"].as_array().expect("metadata").iter().find(|fact| fact["name"] == name)?;
        fact["value"].as_str().map(ToOwned::to_owned)
    }
}
