//! The comments that answer people.

use jiff::Timestamp;

use super::foreign::{code, day, foreign_words, user};
use crate::backlog::AnswerLabels;
use crate::product::ReleaseVersion;
use crate::tracker::{Answered, Justification, Status};

/// The comment when a notice became graver, or less so.
pub(in crate::backlog) fn escalated(before: &str, now: &str) -> String {
    format!("It is rated **{}** now; it was {}.", foreign_words(now, 40), foreign_words(before, 40))
}

/// The comment where people closed an issue whose notice is open.
pub(in crate::backlog) fn left(labels: &AnswerLabels) -> String {
    format!(
        "This was closed, and the notice stays open in the log: closing is no answer, and only a recorded release shows that it is fixed. It stays closed, and nothing more is said of it here unless something changes. If it doesn't concern you or won't be fixed, set the label {} or {}, or write `/davos not_affected: why`.",
        code(&labels.not_affected),
        code(&labels.wont_fix)
    )
}

/// The comment that closes an issue about the same.
pub(in crate::backlog) fn duplicate(of: u64) -> String {
    format!("Two builds made an issue for this at the same time; #{of} stays.")
}

pub(in crate::backlog) fn may_not(by: &str) -> String {
    format!(
        "{}: only people with triage rights or more in this repository can answer a notice, so nothing was recorded. Ask one of them to say it.",
        user(by)
    )
}

pub(in crate::backlog) fn nothing_to_answer(by: &str) -> String {
    format!("{}: there is no open notice here that could be answered, so nothing was recorded.", user(by))
}

pub(in crate::backlog) fn settled_already(by: &str, version: &ReleaseVersion) -> String {
    format!("{}: release {version} settles this already, so nothing was recorded.", user(by))
}

/// To who answered an opening that is over.
pub(in crate::backlog) fn said_before(by: &str, opened: Timestamp) -> String {
    format!(
        "{}: this was said before the notice was opened again ({}), so nothing was recorded. If it holds now too, say it again: in a new comment, or by taking the label away and setting it again.",
        user(by),
        day(opened)
    )
}

pub(in crate::backlog) fn past(by: &str, until: Timestamp) -> String {
    format!(
        "{}: {} is past, so the answer would never hold, and nothing was recorded. Write it again in a new comment, with a date that lies ahead.",
        user(by),
        day(until)
    )
}

pub(in crate::backlog) fn wrong(by: &str, why: &str, labels: &AnswerLabels) -> String {
    format!(
        "{}: nothing was recorded: {}. Write it again in a new comment; an edited one is not read again. Allowed are, in one line:\n\n\
         ```\n/davos not_affected <justification>: <reason> until <date>\n/davos wont_fix: <reason> until <date>\n/davos under_investigation: <reason>\n```\n\n\
         `until <date>` may be left out, and of the justification and the reason one. Justifications are {}. The labels {} and {} do as well.",
        user(by),
        foreign_words(why, 400),
        Justification::WORDS.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        code(&labels.not_affected),
        code(&labels.wont_fix)
    )
}

/// What is answered to an answer.
pub(in crate::backlog) fn recorded(answered: &Answered) -> String {
    let closes = match answered.status {
        Status::UnderInvestigation => {
            "An answer that held is taken back, and the notice is open as long as nothing else settles it."
        }
        _ if answered.until.is_some() => "This issue is closed until then, unless something opens the notice again.",
        _ => "This issue is closed, unless something opens the notice again.",
    };
    let by = answered.said.as_ref().map(|said| format!(", as said by {}", user(&said.by))).unwrap_or_default();
    format!("Recorded in the log{by}: {}. {closes}", answer_words(answered))
}

/// An answer in words.
pub(super) fn answer_words(answered: &Answered) -> String {
    let status = match answered.status {
        Status::NotAffected => "not affected",
        Status::Affected => "affected, and not going to be fixed by a rebuild",
        Status::UnderInvestigation => "under investigation",
    };
    let justification = answered.justification.map(|word| format!(" (`{word}`)")).unwrap_or_default();
    let statement =
        answered.statement.as_deref().map(|words| format!(" – {}", foreign_words(words, 500))).unwrap_or_default();
    let until = answered.until.map(|until| format!(", until {}", day(until))).unwrap_or_default();
    format!("{status}{justification}{until}{statement}")
}
