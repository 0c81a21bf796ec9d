//! A team's issues: what should be there by the log, what is there, and what people answered at them.
//!
//! The core is pure: [`stands`] tells from a log where each issue should stand, [`hear`] what
//! people said at those that are there, and [`plan()`] what is to be written. A [`Backlog`] is where the issues are; GitHub's is the only
//! one so far, and another one is a driver beside it.

mod answers;
mod config;
pub mod github;
mod hearing;
mod key;
mod marker;
mod pace;
mod plan;
mod sync;
mod text;
mod update;
mod wanted;
mod write;

use std::fmt;

use anyhow::Result;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::answers::{Command, command};
pub use self::config::{AnswerLabels, BacklogConfig, RepositoryName};
pub use self::hearing::{HeardIssue, Said, SaidBy, SaidVerdict, hear, needs_reading, unheard};
pub use self::key::IssueKey;
pub use self::marker::{OurPart, PartText, ToldIssue};
pub use self::pace::Pace;
pub use self::plan::{Action, PlanWords, Planned, needs_text, plan};
pub use self::sync::{Book, SyncLabels, SyncReport, dry_run, ours, sync};
pub use self::text::IssueText;
pub use self::wanted::{ClosingFacts, IssueFacts, PickUps, WantedIssue, WantedStand, notice_facts, stands};

/// Where a team keeps its issues. Only those that our own user made for davos are seen.
///
/// What is written may have been written although a call fails; so every call can be made again.
pub trait Backlog {
    /// Where it is, for people; without credentials.
    fn place(&self) -> String;

    /// The server's name: numbers of comments mean something only there.
    fn server(&self) -> String;

    /// The time there, as far as it is known.
    fn time(&self) -> Timestamp;

    /// All issues that our own user made with a mark of davos in their text, oldest first.
    ///
    /// # Errors
    /// If they can't all be listed.
    fn list(&self) -> Result<Vec<FoundIssue>>;

    /// What was said at an issue: its comments, and who set the labels that it has, where these are asked for.
    ///
    /// # Errors
    /// If that can't be read; [`IssueGone`] where there is no such issue any more.
    fn conversation(&self, issue: &FoundIssue, with_labels: bool) -> Result<Conversation>;

    /// Makes an issue, unless one with the same key was made meanwhile.
    ///
    /// # Errors
    /// If it can't be made.
    fn create(&self, draft: &IssueDraft) -> Result<FoundIssue>;

    /// Adds a comment, whose mark nobody sees: one with this mark is not added twice by one call. Tells whether it is there: some
    /// issues take none.
    ///
    /// # Errors
    /// If it can't be added; [`IssueGone`] where there is no such issue any more.
    fn comment(&self, number: u64, comment: &OwnComment) -> Result<bool>;

    /// Sets and removes labels. Tells whether all of them are as asked for: who may not set labels may still write issues.
    ///
    /// # Errors
    /// If the answer is neither; [`IssueGone`] where there is no such issue any more.
    fn label(&self, number: u64, add: &[String], remove: &[String]) -> Result<bool>;

    /// Closes an issue or opens it again, and writes our part of its text and its title. What others wrote stays.
    ///
    /// # Errors
    /// If it can't be written; [`IssueGone`] where there is no such issue any more.
    fn change(&self, number: u64, change: &IssueChange) -> Result<FoundIssue>;

    /// Whether somebody may answer: triage rights or more, as the server says.
    ///
    /// # Errors
    /// If the server doesn't say.
    fn may_answer(&self, user: &str) -> Result<bool>;
}

/// An issue of ours, as it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundIssue {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// Its title, as it is now.
    pub title: String,
    /// Whether it is open, or how it was closed.
    pub state: IssueState,
    /// Its labels.
    pub labels: Vec<String>,
    /// When anything of it changed last.
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
    pub updated: Timestamp,
    /// How many comments it has.
    pub comments: u64,
    /// What our part of its text says.
    pub part: OurPart,
    /// How many characters people wrote around that.
    pub around: usize,
}

/// Whether an issue is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IssueState {
    /// It is open.
    Open,
    /// It is closed.
    Closed(CloseReason),
}

impl IssueState {
    /// Whether it is open.
    pub fn is_open(self) -> bool {
        self == IssueState::Open
    }
}

/// How an issue was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CloseReason {
    /// Done.
    Completed,
    /// Nothing is going to be done.
    NotPlanned,
    /// Another issue is about the same.
    Duplicate,
}

/// An issue to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueDraft {
    /// Its title.
    pub title: String,
    /// Our part of its text, which is all of it.
    pub part: OurPart,
    /// Its labels.
    pub labels: Vec<String>,
}

/// What is to be changed of an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueChange {
    /// The title, where it is to be another one.
    pub title: Option<String>,
    /// Our part of the text.
    pub part: OurPart,
    /// Whether it is to be closed or opened.
    pub state: Option<IssueState>,
    /// What it is like before it is changed, as far as is known. Where it isn't like that, something was said meanwhile, and that
    /// it was heard must not be remembered.
    pub before: IssueBefore,
}

/// What an issue should be like before it is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueBefore {
    /// The labels that it may have.
    pub labels: Vec<String>,
    /// When it changed last, but for what we wrote since.
    pub updated: Timestamp,
}

/// A comment of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnComment {
    /// What it is about, once for each issue: nobody sees it.
    pub mark: String,
    /// What it says.
    pub text: String,
}

/// What was said at an issue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its comments, oldest first.
    pub comments: Vec<FoundComment>,
    /// Who set the labels that it has, oldest first.
    pub labelled: Vec<FoundLabel>,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundComment {
    /// Its number; a later comment has a higher one.
    pub id: u64,
    /// When it was written first.
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
    pub at: Timestamp,
    /// Who wrote it.
    pub by: String,
    /// The mark, where it is one of ours: our own user may be a person too, whose comments have none.
    pub mark: Option<String>,
    /// The line with a command, if there is one.
    pub command: Option<String>,
    /// Its page.
    pub url: String,
}

/// That somebody set a label which the issue still has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundLabel {
    /// The number of the event; a later one has a higher one.
    pub id: u64,
    /// When it was set.
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
    pub at: Timestamp,
    /// Who set it.
    pub by: String,
    /// The label.
    pub label: String,
    /// Where it can be seen.
    pub url: String,
}

/// That an issue was deleted, or moved elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssueGone {
    /// Its number.
    pub number: u64,
}

impl fmt::Display for IssueGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "issue #{} was deleted, or moved elsewhere", self.number)
    }
}

impl std::error::Error for IssueGone {}

/// That the server refused something about one issue, which says nothing of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueRefused {
    /// Its number.
    pub number: u64,
    /// Why, and what to do.
    pub why: String,
}

impl fmt::Display for IssueRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "issue #{}: {}", self.number, self.why)
    }
}

impl std::error::Error for IssueRefused {}
