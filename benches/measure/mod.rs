//! What one run of a program costs: it runs under a small process that does nothing but wait for it, so that the operating
//! system's account of the children is that of just this run.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// The first argument of the process that waits.
pub(crate) const WAIT: &str = "--wait-for";

/// What one run cost.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    /// Milliseconds of the clock.
    pub(crate) wall: f64,
    /// Milliseconds of the processors, in the program, in what it starts, and in the system for them.
    pub(crate) cpu: f64,
    /// The most memory that one process had at a time, in MiB.
    pub(crate) peak: f64,
}

/// Runs a command with the input in the file that the first argument names, and prints what it cost.
pub(crate) fn wait_for(arguments: &[String]) -> Result<()> {
    let [input, program, args @ ..] = arguments else { bail!("a file and a program are needed") };
    let mut command = Command::new(program);
    command.args(args).stdin(File::open(input)?).stdout(Stdio::null());
    let started = Instant::now();
    let status = command.status()?;
    let wall = started.elapsed();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    println!("{} {} {cpu} {}", status.success(), wall.as_micros(), usage.max_rss());
    Ok(())
}

/// What a run of this program with this input costs; `stdin` is the file for it.
pub(crate) fn run(
    program: &str,
    args: &[&str],
    input: &str,
    stdin: &Path,
    temporary: &Path,
    succeeds: bool,
) -> Result<Cost> {
    fs::write(stdin, input)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(WAIT).arg(stdin).arg(program).args(args);
    let output = command.env_clear().env("PATH", "/usr/bin:/bin").env("TMPDIR", temporary).output()?;
    let words = String::from_utf8(output.stdout)?;
    let mut words = words.split_whitespace();
    let succeeded = words.next() == Some("true");
    ensure!(succeeded == succeeds, "{program}: {}", String::from_utf8_lossy(&output.stderr));
    let mut number = || -> Result<f64> { Ok(words.next().context("a number is missing")?.parse()?) };
    Ok(Cost { wall: number()? / 1e3, cpu: number()? / 1e3, peak: number()? / 1024.0 })
}

/// The middle one of some values.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
