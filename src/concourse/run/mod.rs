//! The outer shell of the three binaries: stdin to a step, and its one JSON value to stdout.

use std::ffi::OsString;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rustix::process::{Resource, Rlimit, setrlimit};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::build_output::BuildOutput;
use super::environment::Environment;
use super::metadata::Metadata;
use super::request::Request;
use super::stop;
use crate::clock::{RealTime, Waits};
use crate::config::{InParams, OutParams, Source};
use crate::fields::Mistakes;
use crate::publish::{APART, serve};
use crate::store::end_children;
use crate::text::Redactor;

/// A step: it tells people what it does, and answers.
pub type Step = fn(&mut Context<'_>) -> Result<StepAnswer>;

/// What a step answers with, the one JSON value on stdout.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum StepAnswer {
    /// The versions of a check, oldest first.
    Versions(Vec<Value>),
    /// The version of a get or a put, with facts for people.
    Version {
        /// The version; that of a get exactly as it was given.
        version: Box<RawValue>,
        /// The facts.
        metadata: Metadata,
    },
}

/// All that a step may see of the world.
pub struct World<'a> {
    /// The arguments after the program's name.
    pub args: Vec<OsString>,
    /// The environment.
    pub env: Vec<(String, String)>,
    /// Where the request comes from.
    pub stdin: &'a mut dyn Read,
    /// Where the answer goes.
    pub stdout: &'a mut dyn Write,
    /// Where the lines for people go.
    pub stderr: &'a mut dyn Write,
    /// The time of the step.
    pub now: Timestamp,
    /// What a step waits by.
    pub clock: &'a dyn Waits,
    /// Where random numbers start from.
    pub seed: u64,
}

/// What a step works with.
pub struct Context<'a> {
    /// What Concourse wrote to stdin.
    pub request: Request,
    /// What it tells in the environment.
    pub environment: Environment,
    /// The lines for people.
    pub output: BuildOutput<'a>,
    /// The time of the step.
    pub now: Timestamp,
    /// What a step waits by.
    pub clock: &'a dyn Waits,
    /// Where random numbers start from.
    pub seed: u64,
    /// This program, where it runs as a process of its own and can be started again.
    pub program: Option<PathBuf>,
    args: Vec<OsString>,
}

impl Context<'_> {
    /// The source, for a check. Its warnings go to the log.
    ///
    /// # Errors
    /// All mistakes at once.
    pub fn source(&mut self) -> Result<Source> {
        self.judged(|_, _| Some(())).map(|(source, ())| source)
    }

    /// The source and the params of a get. Warnings go to the log.
    ///
    /// # Errors
    /// All mistakes of both at once.
    pub fn source_and_in_params(&mut self) -> Result<(Source, InParams)> {
        self.judged(|params, mistakes| Some(InParams::read(params, mistakes)))
    }

    /// The source and the params of a put. Warnings go to the log.
    ///
    /// # Errors
    /// All mistakes of both at once.
    pub fn source_and_out_params(&mut self) -> Result<(Source, OutParams)> {
        self.judged(OutParams::read)
    }

    /// The folder that Concourse names as the only argument of a get (to write to) or of a put (the build folder).
    ///
    /// # Errors
    /// If there is none.
    pub fn folder(&self) -> Result<&Path> {
        let folder = self.args.first().filter(|folder| !folder.is_empty()).map(Path::new);
        folder.context("the folder is missing; Concourse gives it as the first argument")
    }

    /// What a get or a put answers with: the version, and facts for people.
    ///
    /// # Errors
    /// If the version can't be written as JSON.
    pub fn answer(
        &self,
        version: &impl Serialize,
        facts: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<StepAnswer> {
        let redactor = self.output.redactor();
        let metadata =
            facts.into_iter().fold(Metadata::new(), |metadata, (name, value)| metadata.with(redactor, name, value));
        Ok(StepAnswer::Version { version: to_raw_value(version)?, metadata })
    }

    fn judged<P>(&mut self, read: impl FnOnce(&Value, &Mistakes<'_>) -> Option<P>) -> Result<(Source, P)> {
        let mistakes = Mistakes::new(self.output.redactor());
        let source = Source::read(&self.request.source, &mistakes);
        let params = read(&self.request.params, &mistakes);
        mistakes.settle("the pipeline")?;
        let source = source.context("the source could not be read")?;
        let params = params.context("the params could not be read")?;
        self.output.know(source.secrets());
        source.common().warnings.iter().for_each(|warning| self.output.warn(warning));
        Ok((source, params))
    }
}

/// Runs a step as a process: reads stdin, and writes the answer to stdout as the last thing it does.
pub fn run(step: Step) -> ExitCode {
    // A backtrace helps nobody who reads a build, and a panic's words might hold a secret.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line())).unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "error: this is a bug of davos{place}; please report this line");
        std::process::exit(1);
    }));
    // What would be dumped holds secrets; children take the limit over. A program that takes dumps through a pipe gets them
    // whatever the limit is, unless it is 1 (do_coredump in fs/coredump.c of Linux); and no file is as small.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(1), maximum: Some(1) });
    if std::env::args_os().nth(1).is_some_and(|argument| argument == APART) {
        let served = serve(&mut std::io::stdin().lock(), &mut std::io::stdout());
        return if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let env = std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)));
    let env: Vec<(String, String)> = env.collect();
    stop::heed(!Environment::read(&env).no_colour);
    let world = World {
        args: std::env::args_os().skip(1).collect(),
        env,
        stdin: &mut std::io::stdin().lock(),
        stdout: &mut std::io::stdout(),
        stderr: &mut std::io::stderr(),
        now: Timestamp::now(),
        clock: &RealTime,
        seed: RandomState::new().hash_one(std::process::id()),
    };
    // By this path a process reaches what it runs, whatever became of the file.
    let status = run_as(Some("/proc/self/exe".into()), world, step);
    // What still runs was given up: nobody waits for a partner that doesn't answer.
    end_children();
    ExitCode::from(status)
}

/// Runs a step in this world, and gives its exit status: 0 if the answer was written, 1 with nothing on stdout if not.
pub fn run_in(world: World<'_>, step: Step) -> u8 {
    run_as(None, world, step)
}

fn run_as(program: Option<PathBuf>, world: World<'_>, step: Step) -> u8 {
    let environment = Environment::read(&world.env);
    let colour = !environment.no_colour;
    let request = match Request::read(world.stdin) {
        Ok(request) => request,
        Err(e) => {
            BuildOutput::new(world.stderr, Redactor::default(), colour, false).error(format!("{e:#}"));
            return 1;
        }
    };
    let redactor = Redactor::new(&request.source, environment.proxies.iter().map(String::as_str));
    let debug = request.source.get("debug") == Some(&Value::Bool(true));
    let output = BuildOutput::new(world.stderr, redactor, colour, debug);
    let mut context = Context {
        request,
        environment,
        output,
        now: world.now,
        clock: world.clock,
        seed: world.seed,
        program,
        args: world.args,
    };
    let outcome = step(&mut context).and_then(|answer| write_answer(world.stdout, &answer));
    context.output.close();
    match outcome {
        Ok(()) => 0,
        Err(e) => {
            context.output.error(format!("{e:#}"));
            1
        }
    }
}

/// Concourse reads only the first JSON value, and loses early output if it attaches to a running step again; so all is
/// written at once, at the end.
fn write_answer(stdout: &mut dyn Write, answer: &StepAnswer) -> Result<()> {
    let mut json = serde_json::to_string(answer).context("writing the answer as JSON")?;
    json.push('\n');
    stdout.write_all(json.as_bytes()).and_then(|()| stdout.flush()).context("writing the answer to stdout failed")
}

#[cfg(test)]
mod tests;
