//! What the three steps say of a source and params before they do anything.

use davos::concourse::{Context, Step, StepAnswer, World, run_in};
use serde_json::Value;

/// Judges the source of a check.
pub fn check(context: &mut Context<'_>) -> anyhow::Result<StepAnswer> {
    context.source().map(|_| StepAnswer::Versions(Vec::new()))
}

/// Judges the source and the params of a get.
pub fn get(context: &mut Context<'_>) -> anyhow::Result<StepAnswer> {
    context.source_and_in_params().map(|_| StepAnswer::Versions(Vec::new()))
}

/// Judges the source and the params of a put.
pub fn put(context: &mut Context<'_>) -> anyhow::Result<StepAnswer> {
    context.source_and_out_params().map(|_| StepAnswer::Versions(Vec::new()))
}

/// What a step says of a request; empty if it is right.
pub fn mistakes(step: Step, request: &Value) -> String {
    let (accepts, said) = judged(step, request);
    assert_eq!(accepts, said.is_empty(), "{said}");
    said
}

/// Whether a step accepts a request, and what it says of it.
pub fn judged(step: Step, request: &Value) -> (bool, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let request = request.to_string();
    let world = World {
        args: vec!["/tmp/build".into()],
        env: vec![("NO_COLOR".to_owned(), "1".to_owned())],
        stdin: &mut request.as_bytes(),
        stdout: &mut stdout,
        stderr: &mut stderr,
        now: "2026-01-19T12:00:00Z".parse().expect("a time"),
        clock: &davos::clock::RealTime,
        seed: 1,
    };
    let status = run_in(world, step);
    let said = String::from_utf8(stderr).expect("text");
    (status == 0, said)
}
