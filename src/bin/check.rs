//! The `check` step.

use std::process::ExitCode;

fn main() -> ExitCode {
    davos::concourse::run(davos::step::check)
}
