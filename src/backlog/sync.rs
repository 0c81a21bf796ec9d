//! A synchronisation: hear what people said, record it, and write what is missing, until nothing is.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::Timestamp;

use super::hearing::{acknowledged, nothing_recorded};
use super::plan::PlanWords;
use super::wanted::WantedIssue;
use super::write::write;
use super::{
    AnswerLabels, Backlog, FoundIssue, HeardIssue, IssueFacts, IssueGone, IssueKey, IssueText, PickUps, Planned,
    SaidVerdict, hear, needs_reading, needs_text, plan, stands, unheard,
};
use crate::product::{Filter, ProductName};
use crate::tracker::{Answered, EventSummary, LogState};

/// The log that a backlog is held against, and the way to record answers.
pub trait Book {
    /// The product whose log it is.
    fn product(&self) -> &ProductName;

    /// Which notices get an issue.
    fn filter(&self) -> &Filter;

    /// The time.
    fn now(&self) -> Timestamp;

    /// What follows from its events.
    fn state(&self) -> &LogState;

    /// What contained products offer.
    ///
    /// # Errors
    /// If that can't be told.
    fn pick_ups(&mut self) -> Result<PickUps>;

    /// All that the texts of these issues need.
    ///
    /// # Errors
    /// If the log can't be read.
    fn facts(&mut self, wanted: &BTreeMap<IssueKey, WantedIssue>) -> Result<Vec<IssueFacts>>;

    /// Appends answers, without those of which the log has one that was said at the same place.
    ///
    /// # Errors
    /// If the log can't be written.
    fn record(&mut self, answers: Vec<Answered>) -> Result<usize>;
}

/// How issues are labelled.
#[derive(Debug, Clone, Copy)]
pub struct SyncLabels<'a> {
    /// The label of all issues.
    pub label: &'a str,
    /// The labels that answer.
    pub labels: &'a AnswerLabels,
}

/// What a synchronisation did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Issues that were made.
    pub created: usize,
    /// Issues that were written to.
    pub updated: usize,
    /// Answers that were recorded.
    pub recorded: usize,
    /// Whether labels could not be set.
    pub labels_refused: bool,
    /// Whether there was still something to do in the end: people write at the same time.
    pub is_unfinished: bool,
}

/// How often to look again whether all is done.
const ROUNDS: usize = 4;
/// Makes a backlog be as the log wants it, and the log know what was answered there. Doing it again does nothing again; where
/// it was stopped, the next one goes on.
///
/// # Errors
/// If the server or the log can't be read or written. What was written until then stays.
pub fn sync(
    backlog: &dyn Backlog,
    book: &mut dyn Book,
    labels: SyncLabels<'_>,
    tell: &dyn Fn(String),
) -> Result<SyncReport> {
    let mut report = SyncReport::default();
    for round in 0..ROUNDS {
        let mut found = ours(backlog, book.product())?;
        let mut heard = listen(backlog, &mut found, labels)?;
        let Judged { recorded, waiting, error } = judge(backlog, book, &found, &mut heard, labels)?;
        report.recorded += recorded;
        let mut planned = planned(book, &found, &heard, labels)?;
        // What nobody could judge yet must not be taken for heard.
        planned.retain(|planned| !waiting.contains(&planned.key));
        if planned.is_empty() {
            return error.map_or(Ok(report), Err);
        }
        write(backlog, &planned, round, tell, &mut report)?;
    }
    report.is_unfinished = true;
    Ok(report)
}

/// What a synchronisation would do with the issues that were found: a line for each.
///
/// # Errors
/// If the server or the log can't be read.
pub fn dry_run(
    backlog: &dyn Backlog,
    book: &mut dyn Book,
    found: &[FoundIssue],
    labels: SyncLabels<'_>,
) -> Result<Vec<String>> {
    let mut found = found.to_vec();
    let heard = listen(backlog, &mut found, labels)?;
    Ok(planned(book, &found, &heard, labels)?.into_iter().map(|planned| planned.line).collect())
}

/// The issues of this product.
///
/// # Errors
/// If they can't be listed.
pub fn ours(backlog: &dyn Backlog, product: &ProductName) -> Result<Vec<FoundIssue>> {
    let mut found = backlog.list()?;
    found.retain(|issue| issue.part.product == *product);
    Ok(found)
}

/// What was said at the issues of which that is not known. Those that are gone meanwhile are left out of what was found.
fn listen(
    backlog: &dyn Backlog,
    found: &mut Vec<FoundIssue>,
    labels: SyncLabels<'_>,
) -> Result<BTreeMap<u64, HeardIssue>> {
    let (mut heard, mut gone) = (BTreeMap::new(), BTreeSet::new());
    for issue in found.iter() {
        let Some(with_labels) = needs_reading(issue, labels.labels) else { continue };
        match backlog.conversation(issue, with_labels) {
            Ok(conversation) => {
                heard.insert(issue.number, hear(issue, &conversation, labels.labels, &backlog.server()));
            }
            Err(error) if error.is::<IssueGone>() => drop(gone.insert(issue.number)),
            Err(error) => return Err(error),
        }
    }
    found.retain(|issue| !gone.contains(&issue.number));
    Ok(heard)
}

/// What came of what people said.
#[derive(Default)]
struct Judged {
    /// How many answers were recorded.
    recorded: usize,
    /// The issues whose answers wait, since the server doesn't say whether their authors may answer.
    waiting: BTreeSet<IssueKey>,
    /// Why, of the first.
    error: Option<anyhow::Error>,
}

/// The answers of the log that were said in a backlog, by where.
fn said(log_state: &LogState) -> BTreeMap<&str, &Answered> {
    let answers = log_state.entries().iter().filter_map(|entry| match &entry.summary {
        EventSummary::Answered(answered) => Some((answered.said.as_ref()?.id.as_str(), answered)),
        _ => None,
    });
    answers.collect()
}

/// Records what is an answer, one after the other, and finds the words for what is none. What can't be judged waits.
fn judge(
    backlog: &dyn Backlog,
    book: &mut dyn Book,
    found: &[FoundIssue],
    heard: &mut BTreeMap<u64, HeardIssue>,
    labels: SyncLabels<'_>,
) -> Result<Judged> {
    let mut judged = Judged::default();
    for issue in found {
        let Some(heard) = heard.get_mut(&issue.number) else { continue };
        let there = BTreeSet::from([issue.part.key.clone()]);
        for said_here in std::mem::take(&mut heard.said) {
            heard.is_judged = true;
            if let Some(answered) = said(book.state()).get(said_here.at.id.as_str()) {
                heard.replies.push(acknowledged(&said_here, answered));
                continue;
            }
            let may = match backlog.may_answer(&said_here.at.by) {
                Ok(may) => may,
                Err(error) => {
                    judged.waiting.insert(issue.part.key.clone());
                    judged.error.get_or_insert(error);
                    continue;
                }
            };
            let wanted = stands(book.state(), book.filter(), book.now(), &PickUps::default(), &there);
            let stand = wanted.get(&issue.part.key).map(|wanted| &wanted.stand);
            match unheard(issue, &said_here, may, stand, book.now(), labels.labels) {
                SaidVerdict::Record(answered) => {
                    judged.recorded += book.record(vec![answered.clone()])?;
                    let is_there = said(book.state()).contains_key(said_here.at.id.as_str());
                    heard.replies.push(match is_there {
                        true => acknowledged(&said_here, &answered),
                        false => nothing_recorded(&said_here),
                    });
                }
                SaidVerdict::Reply(reply) => heard.replies.push(reply),
            }
        }
    }
    Ok(judged)
}

fn planned(
    book: &mut dyn Book,
    found: &[FoundIssue],
    heard: &BTreeMap<u64, HeardIssue>,
    labels: SyncLabels<'_>,
) -> Result<Vec<Planned>> {
    let pick_ups = book.pick_ups()?;
    let there = found.iter().map(|issue| issue.part.key.clone()).collect();
    let wanted = stands(book.state(), book.filter(), book.now(), &pick_ups, &there);
    let needed = needs_text(&wanted, found);
    let with_texts =
        wanted.iter().filter(|(key, _)| needed.contains(key)).map(|(key, wanted)| (key.clone(), wanted.clone()));
    let facts = book.facts(&with_texts.collect())?;
    let texts = facts.iter().map(|facts| (facts.key.clone(), IssueText::of(facts, labels.labels))).collect();
    let product = book.product().clone();
    let words = PlanWords { product: &product, label: labels.label, labels: labels.labels };
    Ok(plan(&words, &wanted, found, heard, &texts))
}
