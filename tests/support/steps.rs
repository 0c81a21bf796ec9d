//! Runs a step in this process, as Concourse would run its binary.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::time::Duration;

use davos::clock::Waits;
use davos::concourse::{Step, World, run_in};
use jiff::Timestamp;
use serde_json::Value;

/// What came of a step.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The exit status.
    pub(crate) status: u8,
    /// What Concourse would read.
    pub(crate) stdout: String,
    /// What people would read.
    pub(crate) stderr: String,
}

impl Outcome {
    /// The JSON value on stdout.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.status, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {:?}", self.stdout))
    }

    /// Whether the step succeeded; if it didn't, there must be nothing on stdout.
    pub(crate) fn is_success(&self) -> bool {
        assert!(self.status == 0 || self.stdout.is_empty(), "status {}: {:?}", self.status, self.stdout);
        self.status == 0
    }
}

/// Where and when a step runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The container's temporary folder.
    pub(crate) temporary: &'a Path,
    /// The folder of a get or a put.
    pub(crate) folder: Option<&'a Path>,
    /// The job, which a check has not.
    pub(crate) job: Option<&'a str>,
    /// The time.
    pub(crate) now: Timestamp,
}

/// A clock that waits in no time.
pub(crate) struct FakeClock {
    now: Cell<Timestamp>,
    /// All waits.
    pub(crate) waits: RefCell<Vec<Duration>>,
}

impl FakeClock {
    pub(crate) fn at(now: Timestamp) -> FakeClock {
        FakeClock { now: Cell::new(now), waits: RefCell::default() }
    }
}

impl Waits for FakeClock {
    fn now(&self) -> Timestamp {
        self.now.get()
    }

    fn wait(&self, length: Duration) {
        self.now.set(self.now.get() + length);
        self.waits.borrow_mut().push(length);
    }
}

/// Runs a step with this request on stdin.
pub(crate) fn run(step: Step, request: &Value, place: Place<'_>) -> Outcome {
    run_text(step, &request.to_string(), place)
}

/// The same with any text on stdin.
pub(crate) fn run_text(step: Step, request: &str, place: Place<'_>) -> Outcome {
    let mut env = vec![
        ("TMPDIR".to_owned(), place.temporary.display().to_string()),
        ("NO_COLOR".to_owned(), "1".to_owned()),
        ("BUILD_TEAM_NAME".to_owned(), "main".to_owned()),
        ("BUILD_PIPELINE_NAME".to_owned(), "rootfs".to_owned()),
    ];
    env.extend(place.job.map(|job| ("BUILD_JOB_NAME".to_owned(), job.to_owned())));
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let world = World {
        args: place.folder.map(|folder| folder.as_os_str().to_owned()).into_iter().collect(),
        env,
        stdin: &mut request.as_bytes(),
        stdout: &mut stdout,
        stderr: &mut stderr,
        now: place.now,
        clock: &FakeClock::at(place.now),
        seed: 1,
    };
    let status = run_in(world, step);
    let text = |bytes| String::from_utf8(bytes).expect("a step prints UTF-8");
    Outcome { status, stdout: text(stdout), stderr: text(stderr) }
}
