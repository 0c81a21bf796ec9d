//! Runs the steps: in this process with the world's clock, or as binaries with the real one.

use std::path::Path;

use davos::step::{check, fetch, record};
use jiff::Timestamp;
use serde_json::Value;

use crate::scheduler::resource::scratch;
use crate::support::binary::Container;
use crate::support::steps::{Place, run};

/// The answer, or what was said on stderr.
pub(crate) type Ran = Result<Value, String>;

/// How steps run.
pub(crate) enum Runner {
    InProcess,
    Binaries,
}

impl Runner {
    /// A check in the container with this temporary folder.
    pub(crate) fn check(&self, request: &Value, temporary: &Path, now: Timestamp) -> Ran {
        match self {
            Runner::InProcess => in_process("check", request, Place { temporary, folder: None, job: None, now }),
            Runner::Binaries => told(Container::at(temporary).check(request)),
        }
    }

    /// A get or a put, for which there is always a fresh container.
    pub(crate) fn step(&self, step: &str, request: &Value, folder: &Path, job: &str, now: Timestamp) -> Ran {
        let fresh = scratch();
        match self {
            Runner::InProcess => {
                let place = Place { temporary: fresh.path(), folder: Some(folder), job: Some(job), now };
                in_process(step, request, place)
            }
            Runner::Binaries => {
                let container = Container::at(fresh.path()).with("BUILD_JOB_NAME", job);
                told(if step == "in" { container.get(request, folder) } else { container.put(request, folder) })
            }
        }
    }
}

fn in_process(step: &str, request: &Value, place: Place<'_>) -> Ran {
    let step = match step {
        "check" => check,
        "in" => fetch,
        _ => record,
    };
    let outcome = run(step, request, place);
    if outcome.is_success() { Ok(outcome.json()) } else { Err(outcome.stderr) }
}

fn told(ran: crate::support::binary::Ran) -> Ran {
    if ran.status == Some(0) { Ok(serde_json::from_str(&ran.stdout).expect("JSON")) } else { Err(ran.stderr) }
}
