//! A team's backlog: a check tells what a synchronisation would do, a put does it, and a get writes what should exist by the
//! log.

mod issues_file;
mod kept;
mod log_book;

use std::cell::RefCell;

use anyhow::{Context as _, Result, bail};
use jiff::{Timestamp, Unit};
use serde_json::Value;

use self::issues_file::issues_file;
use self::kept::{KeptBacklog, Seen};
pub use self::log_book::LogBook;
use super::open_tracker::{by, retry, store};
use super::partners::{Partners, Patience};
use super::upstream_client::folder;
use crate::backlog::github::{Github, GithubMemory};
use crate::backlog::{Backlog as _, Book as _, Pace, SyncLabels, dry_run, ours, sync};
use crate::concourse::{BacklogVersion, Context, Facts, GivenVersion};
use crate::config::{BacklogKeys, BacklogSource, Source};
use crate::publish::Files;
use crate::store::Store;
use crate::text::{Digest, count};
use crate::tracker::{History, Log};

/// How many lines of work are told.
const MOST_LINES: usize = 15;

fn labels(keys: &BacklogKeys) -> SyncLabels<'_> {
    SyncLabels { label: &keys.config.place.label, labels: &keys.config.labels }
}

/// Answers with the given version, and a new one if a synchronisation would do something.
pub(super) fn check(context: &mut Context<'_>, source: &BacklogSource) -> Result<Vec<Value>> {
    let given = match BacklogVersion::given(context.request.version.as_deref()) {
        GivenVersion::None => None,
        GivenVersion::Version(version) => Some(version),
        GivenVersion::Strange(version) => {
            context
                .output
                .warn(format!("the version {version} is no state of a backlog; going on as if there were none"));
            None
        }
    };
    let answer = |new: Option<BacklogVersion>| {
        let new = new.filter(|new| given.as_ref() != Some(new));
        given.iter().chain(&new).map(BacklogVersion::to_json).collect()
    };
    let store = store(context, &source.common, &source.tracked.tracker)?;
    let folder = folder(context)?;
    let mut log = Log::read(store.as_ref(), &source.tracked.product, &folder)?;
    if log.state().is_empty() {
        context.output.warn(format!(
            "the log of {} is empty, so there is nothing to make issues of: record the release that runs today first",
            source.tracked.product
        ));
        return Ok(answer(None));
    }
    let keys = &source.backlog;
    let kept = KeptBacklog::new(&folder, &context.request.source.to_string());
    let (memory, seen) = kept.load();
    let (before, known) = (memory.clone(), seen.as_ref().map(Seen::of));
    let pace = Pace::of_a_check(context.clock);
    let github = Github::new(keys.config.place.clone(), &source.common.ca_certs, pace, memory)?;
    let length = log.state().len();
    let partners = Partners::new(context, &source.common, Patience::OF_A_CHECK)?;
    let mut book = LogBook::new(&mut log, store.as_ref(), folder, &keys.filter, context.now).with(&partners);
    let looked = look(&github, &mut book, keys, seen.clone());
    // Also after a failure: the next check goes on from there.
    let memory = github.into_memory();
    let now_seen = looked.as_ref().ok().cloned().or(seen);
    if (memory != before || known != now_seen.as_ref().map(Seen::of))
        && let Err(error) = kept.keep(memory, now_seen)
    {
        context.output.warn(format!("{error:#}; the next check asks for more than it has to"));
    }
    let lines = looked?.lines;
    for warning in book.warnings() {
        context.output.warn(warning);
    }
    tell(context, keys, &lines);
    let new = (!lines.is_empty()).then(|| BacklogVersion { log: length, todo: todo(&lines, context.now) });
    Ok(answer(new))
}

/// What is to be done now; what was seen before, where that still holds.
fn look(github: &Github<'_>, book: &mut LogBook<'_, '_>, keys: &BacklogKeys, seen: Option<Seen>) -> Result<Seen> {
    let found = ours(github, book.product())?;
    let pick_ups = book.pick_ups()?;
    let state = Seen::state(book.state(), &found, &pick_ups);
    if let Some(seen) = seen.filter(|seen| seen.still_holds(state, book.now())) {
        return Ok(seen);
    }
    let lines = dry_run(github, book, &found, labels(keys))?;
    Ok(Seen::new(state, book.state(), book.now(), lines))
}

/// A digest of the work and of the hour, so that work which failed is tried again.
fn todo(lines: &[String], now: Timestamp) -> String {
    let hour = now.round(jiff::TimestampRound::new().smallest(Unit::Hour).mode(jiff::RoundMode::Trunc)).unwrap_or(now);
    let hour = hour.to_string();
    Digest::of_lines(lines.iter().map(String::as_str).chain([hour.as_str()])).to_string()[..16].to_owned()
}

fn tell(context: &mut Context<'_>, keys: &BacklogKeys, lines: &[String]) {
    let place = keys.config.place.describe();
    if lines.is_empty() {
        context.output.info(format!("{place}: all issues are as the log wants them"));
        return;
    }
    context.output.info(format!("{place}: a synchronisation would write {}", count(lines.len(), "issue")));
    lines.iter().take(MOST_LINES).for_each(|line| context.output.info(line));
    if lines.len() > MOST_LINES {
        context.output.info(format!("and {} more", lines.len() - MOST_LINES));
    }
}

/// What should exist by the log of the version.
pub(super) fn fetch(context: &mut Context<'_>, source: &BacklogSource) -> Result<(Files, Facts)> {
    let version = match BacklogVersion::given(context.request.version.as_deref()) {
        GivenVersion::Version(version) => version,
        GivenVersion::None => bail!("there is no version to get; Concourse sends the one that a check found"),
        GivenVersion::Strange(version) => {
            bail!(
                "the version {version} is no state of a backlog; one looks like {{\"log\": \"120\", \"todo\": \"…\"}}"
            )
        }
    };
    let store = store(context, &source.common, &source.tracked.tracker)?;
    let log = Log::read(store.as_ref(), &source.tracked.product, &folder(context)?)?;
    if log.state().len() < version.log {
        bail!(
            "the log of {} in {} has {} events, and the version names {}: was it cut off, or the tracker of the source changed? Check the resource again and take its newest version",
            source.tracked.product,
            store.describe(),
            log.state().len(),
            version.log
        );
    }
    let history = History::read(&log, version.log)?;
    let (file, issues) = issues_file(&history, &source.tracked.product, &source.backlog)?;
    context.output.info(format!(
        "{}: {} by event {}",
        source.tracked.product,
        count(issues, "open issue"),
        version.log
    ));
    let mut files = Files::default();
    files.add("backlog.json", file);
    let facts = vec![
        ("product", source.tracked.product.to_string()),
        ("events", version.log.to_string()),
        ("issues", issues.to_string()),
    ];
    Ok((files, facts))
}

/// Where the issues are.
///
/// # Errors
/// If the source doesn't tell.
pub(super) fn keys(source: &Source) -> Result<&BacklogKeys> {
    source.common().backlog.as_deref().context(
        "source.backlog is needed for `backlog: sync`: it names the repository of the issues, such as {driver: github, repository: example-org/rootfs, token: …}",
    )
}

/// Synchronises the backlog of the source with the log.
pub(super) fn put(context: &mut Context<'_>, source: &Source, store: &dyn Store, log: &mut Log<'_>) -> Result<Facts> {
    let (common, keys) = (source.common(), keys(source)?);
    let product = log.product().to_string();
    let (by, retry, folder, now) = (by(context), retry(context), folder(context)?, context.now);
    let partners = Partners::new(context, common, Patience::OF_A_BUILD)?;
    let mut book = LogBook::new(log, store, folder, &keys.filter, now).by(by, retry).with(&partners);
    let output = RefCell::new(&mut context.output);
    let tell = |line: String| output.borrow_mut().info(line);
    let pace = Pace::patient(context.clock, tell);
    let github = Github::new(keys.config.place.clone(), &common.ca_certs, pace, GithubMemory::default())?;
    let report = sync(&github, &mut book, labels(keys), &tell)?;
    let place = github.place();
    drop(github);
    let warnings = book.warnings();
    let output = &mut context.output;
    warnings.iter().for_each(|warning| output.warn(warning));
    if report.labels_refused {
        output.warn(format!(
            "{place}: labels could not be set, since the token's user may not (triage rights are needed); issues are found without them"
        ));
    }
    if report.is_unfinished {
        output.warn(format!("{place}: somebody was writing at the same time; the next synchronisation goes on"));
    }
    let done = format!(
        "{} made, {} written to, {} recorded",
        count(report.created, "issue"),
        report.updated,
        count(report.recorded, "answer")
    );
    match (report.created, report.updated) {
        (0, 0) => output.info(format!("{place}: all issues are as the log wants them: nothing to do")),
        _ => output.success(format!("{place}: {done}")),
    }
    Ok(vec![("product", product), ("backlog", place), ("done", done)])
}
