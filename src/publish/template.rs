//! Documents by a template that a pipeline gives: with a bound on work, on length and on memory.
//!
//! The steps of a template can be counted, but a single `*` or `replace` can make as much as it likes; so it runs in a
//! process of its own with a limit of memory.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context as _, Result, anyhow, bail};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

use super::text::markdown;

/// The argument of a program that writes documents for another one.
pub(crate) const APART: &str = "--write-by-template";

/// The longest template, in bytes.
const LONGEST_TEMPLATE: usize = 64 << 10;

/// How much work one document may be. The default template needs a few thousand for a notice with a hundred CVEs.
const FUEL: u64 = 1_000_000;

/// The longest document, in bytes.
const LONGEST: usize = 1 << 20;

/// The longest that all documents may be together, in bytes.
const LONGEST_IN_ALL: usize = 32 << 20;

/// How much memory a template may use besides what it is given, in bytes.
const MOST_MEMORY: u64 = 96 << 20;

/// How long the processor may work for all documents, in seconds.
const MOST_SECONDS: u64 = 20;

/// A template, and what it can use, by the name of the document.
#[derive(Serialize, Deserialize)]
pub(super) struct Work {
    pub(super) template: String,
    pub(super) documents: BTreeMap<String, serde_json::Value>,
}

/// The documents by name, or what is wrong with the template.
type Done = std::result::Result<BTreeMap<String, String>, String>;

impl Work {
    /// Writes the documents.
    ///
    /// # Errors
    /// If the template can't be used; the error names its line.
    pub(super) fn done(&self) -> Result<BTreeMap<String, String>> {
        if self.template.len() > LONGEST_TEMPLATE {
            bail!("params.advisory_template is longer than {} KiB; shorten it", LONGEST_TEMPLATE >> 10);
        }
        let mut environment = environment();
        environment.add_template("template", &self.template).map_err(|error| explained(&error))?;
        let template = environment.get_template("template").map_err(|error| explained(&error))?;
        let mut written = BTreeMap::new();
        let mut length = 0;
        for (name, variables) in &self.documents {
            let text = template.render(value(variables)).map_err(|error| explained(&error));
            let mut text = text.with_context(|| format!("writing the advisory of {name}"))?;
            if text.len() > LONGEST {
                bail!("the advisory of {name} is longer than 1 MiB; shorten params.advisory_template");
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
            length += text.len();
            if length > LONGEST_IN_ALL {
                bail!(
                    "the advisories are longer than {} MiB together; shorten params.advisory_template",
                    LONGEST_IN_ALL >> 20
                );
            }
            written.insert(name.clone(), text);
        }
        Ok(written)
    }

    /// Has this program write the documents, in a process that can't take our memory.
    ///
    /// # Errors
    /// As [`done`](Self::done), and if it needs too much.
    pub(super) fn done_apart(&self, program: &Path) -> Result<BTreeMap<String, String>> {
        let input = serde_json::to_vec(self)?;
        let mut command = Command::new(program);
        command.arg(APART).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().context("starting the process that writes advisories")?;
        if let Some(mut stdin) = child.stdin.take() {
            // Who ends before reading all is found out by its answer.
            thread::spawn(move || stdin.write_all(&input).ok());
        }
        let mut answer = Vec::new();
        // JSON may write a character as six.
        let most = LONGEST_IN_ALL as u64 * 6;
        child.stdout.take().map(|stdout| stdout.take(most).read_to_end(&mut answer)).transpose()?;
        let status = child.wait()?;
        let done = serde_json::from_slice::<Done>(&answer).ok().filter(|_| status.success());
        done.with_context(|| {
            format!(
                "params.advisory_template can't be used: it needs more than {} MiB of memory or {MOST_SECONDS} seconds ({status}); does a text in it grow and grow?",
                MOST_MEMORY >> 20
            )
        })?
        .map_err(|error| anyhow!(error))
    }
}

/// Writes the documents that another process asks for on stdin, and answers on stdout.
///
/// # Errors
/// If it isn't asked as [`Work::done_apart`] asks, or nobody takes the answer. Too much memory or time ends the process.
pub(crate) fn serve(stdin: &mut dyn Read, stdout: &mut dyn Write) -> Result<()> {
    let mut input = Vec::new();
    stdin.read_to_end(&mut input)?;
    let work: Work = serde_json::from_slice(&input)?;
    drop(input);
    // What is mapped, in pages: the first number there (proc(5)). The limit counts the same.
    let mapped = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let mapped = mapped.split(' ').next().and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(1 << 14);
    limit(Resource::As, mapped * rustix::param::page_size() as u64 + MOST_MEMORY)?;
    limit(Resource::Cpu, MOST_SECONDS)?;
    let done: Done = work.done().map_err(|error| format!("{error:#}"));
    Ok(serde_json::to_writer(stdout, &done)?)
}

/// Lowers a limit; one that is lower stays.
fn limit(resource: Resource, most: u64) -> Result<()> {
    let Rlimit { current, maximum } = getrlimit(resource);
    let most = [current, maximum].into_iter().flatten().fold(most, u64::min);
    Ok(setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}

/// Every value is escaped as Markdown, and nothing in a template can undo that.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("markdown".into()));
    environment.set_formatter(|out, _, value| {
        let written = match value.as_str() {
            _ if value.is_undefined() => {
                return Err(minijinja::Error::from(minijinja::ErrorKind::UndefinedError));
            }
            _ if value.is_none() => Ok(()),
            Some(text) if value.is_safe() => out.write_str(text),
            Some(text) => out.write_str(&markdown(text)),
            None => out.write_str(&markdown(&value.to_string())),
        };
        written.map_err(minijinja::Error::from)
    });
    for filter in ["safe", "escape", "e"] {
        environment.remove_filter(filter);
    }
    environment
}

/// The same as a value of a template. What stands under `url` is ours, so it stays as it is.
fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Object(keys) => {
            let entry = |(key, json): (&String, &serde_json::Value)| match (key.as_str(), json) {
                ("url", serde_json::Value::String(url)) => (key.clone(), Value::from_safe_string(url.clone())),
                _ => (key.clone(), value(json)),
            };
            Value::from_pairs(keys.iter().map(entry))
        }
        serde_json::Value::Array(items) => items.iter().map(value).collect(),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Bool(yes) => Value::from(*yes),
        serde_json::Value::Number(number) => number.as_i64().map_or_else(|| number.as_f64().into(), Value::from),
        serde_json::Value::Null => Value::from(()),
    }
}

fn explained(error: &minijinja::Error) -> anyhow::Error {
    let what = match error.kind() {
        minijinja::ErrorKind::UndefinedError => "it uses a variable that there is not".to_owned(),
        minijinja::ErrorKind::OutOfFuel => "it is too much work; does a loop run too often?".to_owned(),
        kind => error.detail().map_or_else(|| kind.to_string(), ToOwned::to_owned),
    };
    let line = error.line().map(|line| format!("line {line}: ")).unwrap_or_default();
    anyhow!("params.advisory_template can't be used: {line}{what}")
}
