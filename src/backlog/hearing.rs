//! What people said at an issue, and what it means: each label and each comment counts once ever.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::text::{may_not, nothing_to_answer, past, recorded, said_before, settled_already, wrong};
use super::{AnswerLabels, Command, Conversation, FoundIssue, OwnComment, WantedStand, command};
use crate::text::{cut, one_line};
use crate::tracker::{Answered, SaidAt, Status, Why};

/// The server may take a moment between telling the time and keeping what we wrote.
const SLACK: SignedDuration = SignedDuration::from_secs(10);

/// The longest reason that is recorded, in bytes.
const LONGEST_REASON: usize = 1500;

/// Something that may be an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who said it where.
    pub at: SaidAt,
    /// When.
    pub when: Timestamp,
    /// What it is.
    pub what: SaidBy,
    /// The mark of the comment that answers it.
    pub mark: String,
}

/// How something was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaidBy {
    /// By a comment with this line.
    Comment(String),
    /// By a label that means this.
    Label(Status, String),
}

/// What was said at an issue since it was last judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeardIssue {
    /// What is to be judged, in the order in which it counts.
    pub said: Vec<Said>,
    /// The marks of our own comments.
    pub marks: BTreeSet<String>,
    /// What we answer.
    pub replies: Vec<OwnComment>,
    /// The highest number of a comment.
    pub comment: u64,
    /// The highest number of a label's event.
    pub event: u64,
    /// How many comments there are.
    pub comments: u64,
    /// Whether anything was judged, which has to be remembered.
    pub is_judged: bool,
}

/// What is to be done about something that was said.
#[derive(Debug, Clone, PartialEq)]
pub enum SaidVerdict {
    /// It is an answer, to be recorded.
    Record(Answered),
    /// It is none; its author is told why.
    Reply(OwnComment),
}

/// Whether an issue has to be asked for what was said there, and whether for its labels too. What was read before is not read
/// again as long as nothing changed since we wrote last.
pub fn needs_reading(issue: &FoundIssue, labels: &AnswerLabels) -> Option<bool> {
    let told = &issue.part.told;
    let is_touched = told.at.is_none_or(|at| issue.updated > at.checked_add(SLACK).unwrap_or(at));
    let is_labelled = issue.labels.iter().any(|label| labels.status(label).is_some());
    let with_labels = is_labelled && (is_touched || !told.is_labelled);
    let with_comments = issue.comments > 0 && (is_touched || issue.comments != told.comments);
    (with_labels || with_comments).then_some(with_labels)
}

/// What of a conversation nobody has judged yet.
pub fn hear(issue: &FoundIssue, conversation: &Conversation, labels: &AnswerLabels, server: &str) -> HeardIssue {
    let told = &issue.part.told;
    let mut heard = HeardIssue { comments: conversation.comments.len() as u64, ..HeardIssue::default() };
    for label in issue.labels.iter().filter(|label| labels.status(label).is_some()) {
        let is_same = |name: &str| name.to_lowercase() == label.to_lowercase();
        let last = conversation.labelled.iter().rfind(|event| is_same(&event.label));
        let Some(event) = last.filter(|event| event.id > told.event) else { continue };
        heard.event = heard.event.max(event.id);
        let Some(status) = labels.status(label) else { continue };
        heard.said.push(Said {
            at: SaidAt { id: format!("{server} label {}", event.id), by: event.by.clone(), url: event.url.clone() },
            when: event.at,
            what: SaidBy::Label(status, label.clone()),
            mark: format!("re-label:{}", event.id),
        });
    }
    for comment in &conversation.comments {
        heard.marks.extend(comment.mark.clone());
        heard.comment = heard.comment.max(comment.id);
        let Some(line) = comment.command.as_ref().filter(|_| comment.mark.is_none() && comment.id > told.comment)
        else {
            continue;
        };
        heard.said.push(Said {
            at: SaidAt {
                id: format!("{server} comment {}", comment.id),
                by: comment.by.clone(),
                url: comment.url.clone(),
            },
            when: comment.at,
            what: SaidBy::Comment(line.clone()),
            mark: format!("re:{}", comment.id),
        });
    }
    // What was said last counts; within a second a comment, which says more than a label.
    heard.said.sort_by_key(|said| said.when);
    heard
}

/// What is to be done about something that was said of a notice that should stand like that. `may` tells whether its author may
/// answer.
pub fn unheard(
    issue: &FoundIssue,
    said: &Said,
    may: bool,
    stand: Option<&WantedStand>,
    now: Timestamp,
    labels: &AnswerLabels,
) -> SaidVerdict {
    let reply = |text: String| SaidVerdict::Reply(OwnComment { mark: said.mark.clone(), text });
    let by = said.at.by.as_str();
    if !may {
        let mark = format!("may-not:{}", one_line(by).replace(' ', "_"));
        return SaidVerdict::Reply(OwnComment { mark, text: may_not(by) });
    }
    let Some(notice) = issue.part.key.notice() else { return reply(nothing_to_answer(by)) };
    match stand {
        Some(WantedStand::Fixed { version, .. }) => return reply(settled_already(by, version)),
        // It was said of an earlier opening, of which it was true.
        Some(WantedStand::Open { opening: 2.., from, why: Why::Opened }) if said.when < from.at => {
            return reply(said_before(by, from.at));
        }
        Some(WantedStand::Open { .. } | WantedStand::Answered { .. } | WantedStand::Withdrawn { .. }) => {}
        _ => return reply(nothing_to_answer(by)),
    }
    let read = match &said.what {
        SaidBy::Label(status, label) => {
            let statement = format!("{by} set the label {label:?}: {}", said.at.url);
            Ok(Command { status: *status, justification: None, reason: Some(statement), until: None })
        }
        SaidBy::Comment(line) => command(line),
    };
    let Command { status, justification, reason, until } = match read {
        Ok(read) => read,
        Err(error) => return reply(wrong(by, &error.to_string(), labels)),
    };
    if let Some(until) = until.filter(|until| *until <= now) {
        return reply(past(by, until));
    }
    let statement = reason.map(|reason| cut(&reason, LONGEST_REASON).into_owned());
    match Answered::new(notice, status, justification, statement, until) {
        Ok(answered) => SaidVerdict::Record(Answered { said: Some(said.at.clone()), ..answered }),
        Err(error) => reply(wrong(by, &error.to_string(), labels)),
    }
}

/// What is answered where an answer stands in the log.
pub(super) fn acknowledged(said: &Said, answered: &Answered) -> OwnComment {
    OwnComment { mark: said.mark.clone(), text: recorded(answered) }
}

/// What is answered where the log took no answer, since it was settled meanwhile.
pub(super) fn nothing_recorded(said: &Said) -> OwnComment {
    OwnComment { mark: said.mark.clone(), text: nothing_to_answer(&said.at.by) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backlog::{IssueState, OurPart};

    fn issue(body: &str, updated: &str, comments: u64, labels: &[&str]) -> FoundIssue {
        FoundIssue {
            number: 1,
            url: "https://github.com/a/b/issues/1".to_owned(),
            title: "x".to_owned(),
            state: IssueState::Open,
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            updated: updated.parse().expect("a time"),
            comments,
            part: OurPart::find(body).expect("our part"),
            around: 0,
        }
    }

    #[test]
    fn an_issue_is_read_where_something_may_have_been_said_since_we_wrote() {
        let labels = AnswerLabels::default();
        let mark = |told: &str| format!("<!-- davos p USN-1-1 s=open:1:2 {told} -->");
        let quiet = mark("k=2 at=2026-01-19T12:00:00Z");
        for (body, updated, comments, set, read) in [
            (&quiet, "2026-01-19T12:00:05Z", 2, &[][..], None),
            // One more, one deleted and another one written, and a label.
            (&quiet, "2026-01-19T12:00:05Z", 3, &[], Some(false)),
            (&quiet, "2026-01-19T13:00:00Z", 2, &[], Some(false)),
            (&quiet, "2026-01-19T12:00:05Z", 2, &["Not Affected"], Some(true)),
            (&mark("k=2 a=1 at=2026-01-19T12:00:00Z"), "2026-01-19T12:00:05Z", 2, &["not affected"], None),
            // Nothing was ever said there.
            (&quiet, "2026-01-20T12:00:00Z", 0, &[], None),
            // What people made of our mark.
            (&mark(""), "2026-01-19T12:00:00Z", 1, &[], Some(false)),
            (&mark("k=1 at=9999-12-30T22:00:00.999999999Z"), "2026-01-19T12:00:00Z", 1, &[], None),
        ] {
            assert_eq!(
                needs_reading(&issue(body, updated, comments, set), &labels),
                read,
                "{body} {updated} {comments}"
            );
        }
    }
}
