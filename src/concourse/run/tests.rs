//! The shell around a step, without a process.

use anyhow::{anyhow, bail};
use proptest::prelude::*;

use super::*;

/// The exit status, stdout and stderr of a step with this stdin.
fn run_with(stdin: &[u8], step: Step) -> (u8, String, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let world = World {
        args: vec!["/tmp/build/get".into()],
        env: vec![("NO_COLOR".to_owned(), "1".to_owned())],
        stdin: &mut &stdin[..],
        stdout: &mut stdout,
        stderr: &mut stderr,
        now: Timestamp::UNIX_EPOCH,
        clock: &crate::clock::RealTime,
        seed: 0,
    };
    let status = run_in(world, step);
    (status, String::from_utf8(stdout).expect("text"), String::from_utf8(stderr).expect("text"))
}

/// No versions.
fn nothing() -> Result<StepAnswer> {
    Ok(StepAnswer::Versions(Vec::new()))
}

fn out(context: &mut Context<'_>) -> Result<StepAnswer> {
    let (source, params) = context.source_and_out_params()?;
    context.output.info(format!("{source:?} {params:?}"));
    nothing()
}

#[test]
fn the_answer_is_the_only_thing_on_stdout() {
    let step: Step = |context| {
        context.output.info(context.folder()?.display().to_string());
        nothing()
    };
    assert_eq!(run_with(b"{}", step), (0, "[]\n".to_owned(), "/tmp/build/get\n".to_owned()));
}

#[test]
fn a_failure_is_one_clear_cause_and_nothing_on_stdout() {
    let step: Step = |_| Err(anyhow!("connection refused").context("reading https://x failed"));
    let cause = "error: reading https://x failed: connection refused\n".to_owned();
    assert_eq!(run_with(b"{}", step), (1, String::new(), cause));
}

#[test]
fn a_closed_stdout_is_a_failure() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut stderr = Vec::new();
    let (stdin, stdout) = (&mut &b"{}"[..], &mut Closed);
    let world = World {
        args: vec![],
        env: vec![],
        stdin,
        stdout,
        stderr: &mut stderr,
        now: Timestamp::UNIX_EPOCH,
        clock: &crate::clock::RealTime,
        seed: 0,
    };
    assert_eq!(run_in(world, |_| nothing()), 1);
    assert!(String::from_utf8_lossy(&stderr).contains("writing the answer to stdout failed"));
}

#[test]
fn mistakes_of_source_and_params_are_told_together() {
    let stdin = br#"{"source": {"os": "jammy", "debgu": true}, "params": {"versoin": "1"}}"#;
    let (status, stdout, stderr) = run_with(stdin, out);
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert!(
        stderr.starts_with("error: the pipeline has mistakes:\n  source.debgu: unknown key, did you mean `debug`?")
    );
    assert!(stderr.contains("\n  params.versoin: unknown key, did you mean `version`?"), "{stderr}");
}

#[test]
fn warnings_of_the_source_are_printed() {
    let (status, _, stderr) = run_with(br#"{"source": {"os": "jammy", "priorities": ["high"]}}"#, |context| {
        context.source()?;
        nothing()
    });
    assert_eq!(status, 0);
    assert!(stderr.starts_with("warning: source.priorities lists `high` without `critical`"), "{stderr}");
}

#[test]
fn no_secret_of_a_source_that_is_refused_is_printed() {
    let stdin = br#"{"source": {"os": "hunter22", "password": "hunter22", "emit": "hunter22"}}"#;
    let (status, _, stderr) = run_with(stdin, |context| {
        context.source()?;
        bail!("not reached")
    });
    assert_eq!(status, 1);
    assert!(!stderr.contains("hunter22"), "{stderr}");
}

proptest! {
    #[test]
    fn no_stdin_makes_a_step_panic(source in "(\\{\"(os|tracker|upstream|params)\":.{0,20}\\}|.{0,20})", params in ".{0,30}") {
        let stdin = format!("{{\"source\": {source}, \"params\": {params}}}");
        let (status, stdout, _) = run_with(stdin.as_bytes(), out);
        prop_assert_eq!(stdout.is_empty(), status != 0);
    }
}
