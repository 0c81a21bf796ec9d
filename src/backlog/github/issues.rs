//! GitHub's issues as a backlog.

use anyhow::{Result, anyhow, bail};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::super::marker::marked;
use super::super::{
    Backlog, CloseReason, Conversation, FoundComment, FoundIssue, FoundLabel, IssueChange, IssueDraft, IssueGone,
    IssueRefused, IssueState, OurPart, OwnComment, ToldIssue,
};
use super::memory::KnownConversation;
use super::refusal::{is_locked, refused, words};
use super::wire::{WireComment, WireEvent, WireIssue, WireLabel, WirePermission, WireUser};
use super::{Call, Github, SETTLES, Sent};
use crate::http::api::ApiReply;

/// How an issue is closed, in GitHub's words.
fn reason(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Completed => "completed",
        CloseReason::NotPlanned => "not_planned",
        CloseReason::Duplicate => "duplicate",
    }
}

/// Whether an issue is as it was when what people said there was read, but for what we wrote since, last at this time.
fn is_as_expected(there: &WireIssue, change: &IssueChange, written: Option<&Timestamp>) -> bool {
    let is_known = |name: &str| change.before.labels.iter().any(|label| label.to_lowercase() == name.to_lowercase());
    there.comments == change.part.told.comments
        && there.labels.iter().filter_map(WireLabel::name).all(is_known)
        && there.updated_at <= change.before.updated.max(written.copied().unwrap_or(Timestamp::MIN))
}

impl Github<'_> {
    /// An answer about an issue, which may be gone.
    fn of_issue(&self, number: u64, doing: &str, reply: ApiReply) -> Result<ApiReply> {
        match reply.status {
            // A moved issue leads to where it is now, which is another one's business.
            301 | 404 | 410 => {
                self.forget(number);
                Err(anyhow!(IssueGone { number }))
            }
            200..=299 => Ok(reply),
            403 | 422 => {
                let why = refused(&self.place, doing, &reply).to_string();
                Err(anyhow!(IssueRefused { number, why }))
            }
            _ => Err(refused(&self.place, doing, &reply)),
        }
    }

    fn comments(&self, number: u64, me: &WireUser) -> Result<Vec<FoundComment>> {
        let doing = "reading the comments of an issue";
        let number_text = number.to_string();
        let url = self.place.of_repository(&["issues", &number_text, "comments"], &[("per_page", "100")])?;
        match self.pages(Call::get(url, doing), |comment: WireComment| Some(comment.found(me))) {
            Ok(found) => Ok(found),
            Err(error) => self.gone_or(number, error),
        }
    }

    /// The error, or that the issue is gone.
    fn gone_or<T>(&self, number: u64, error: anyhow::Error) -> Result<T> {
        let doing = "reading an issue";
        let reply = self.ask(&Call::get(self.place.of_repository(&["issues", &number.to_string()], &[])?, doing))?;
        self.of_issue(number, doing, reply).and(Err(error))
    }

    fn events(&self, issue: &FoundIssue) -> Result<Vec<FoundLabel>> {
        let doing = "reading who set the labels of an issue";
        let number = issue.number.to_string();
        let url = self.place.of_repository(&["issues", &number, "events"], &[("per_page", "100")])?;
        match self.pages(Call::get(url, doing), |event: WireEvent| event.labelled(issue)) {
            Ok(found) => Ok(found),
            Err(error) => self.gone_or(issue.number, error),
        }
    }

    /// One of ours with this key, if it was made meanwhile.
    fn made(&self, part: &OurPart) -> Result<Option<FoundIssue>> {
        let same = |issue: &FoundIssue| issue.part.product == part.product && issue.part.key == part.key;
        Ok(self.newest()?.into_iter().find(same))
    }

    /// The part with the time until which everything said was heard, if it was.
    fn with_time(&self, part: &OurPart, is_heard: bool) -> OurPart {
        let at = is_heard.then(|| self.server_time());
        OurPart { told: ToldIssue { at, ..part.told.clone() }, ..part.clone() }
    }

    /// Whether somebody commented after what was heard, where that doesn't show by the time of the last change since it was ours.
    fn has_later(&self, there: &WireIssue, change: &IssueChange) -> Result<bool> {
        if there.comments == 0 || !self.written.borrow().contains_key(&there.number) {
            return Ok(false);
        }
        let comments = self.comments(there.number, &self.me()?)?;
        Ok(comments.iter().any(|comment| comment.mark.is_none() && comment.id > change.part.told.comment))
    }

    fn found(&self, doing: &str, reply: &ApiReply, part: &OurPart) -> Result<FoundIssue> {
        let issue: WireIssue = self.read(doing, reply)?;
        let number = issue.number;
        let found = issue.ours(&self.me()?).ok_or_else(|| {
            anyhow!(
                "{doing} in {}: issue #{number} about {} doesn't show what was written; is something else editing it?",
                self.place.describe(),
                part.key
            )
        })?;
        self.remember(&found);
        Ok(found)
    }
}

impl Backlog for Github<'_> {
    fn place(&self) -> String {
        self.place.describe()
    }

    fn server(&self) -> String {
        self.place.server().to_owned()
    }

    fn time(&self) -> Timestamp {
        self.server_time()
    }

    fn list(&self) -> Result<Vec<FoundIssue>> {
        self.listed()
    }

    fn conversation(&self, issue: &FoundIssue, with_labels: bool) -> Result<Conversation> {
        if let Some(known) = self.memory.borrow().conversations.get(&issue.number)
            && known.updated == issue.updated
            && known.comments == issue.comments
            && (known.with_labels || !with_labels)
        {
            return Ok(known.said.clone());
        }
        let me = self.me()?;
        let mut said = Conversation::default();
        if issue.comments > 0 {
            said.comments = self.comments(issue.number, &me)?;
            said.comments.sort_by_key(|comment| comment.id);
        }
        if with_labels {
            said.labelled = self.events(issue)?;
            said.labelled.sort_by_key(|event| event.id);
        }
        let known =
            KnownConversation { updated: issue.updated, with_labels, comments: issue.comments, said: said.clone() };
        self.memory.borrow_mut().conversations.insert(issue.number, known);
        Ok(said)
    }

    fn create(&self, draft: &IssueDraft) -> Result<FoundIssue> {
        let doing = "making an issue";
        let url = self.place.of_repository(&["issues"], &[])?;
        for failed in 1.. {
            let part = self.with_time(&draft.part, true);
            let body = json!({"title": draft.title, "body": part.write(), "labels": draft.labels});
            let call = Call { creates: true, ..Call::write(Method::POST, url.clone(), &body, doing)? };
            match self.send(&call)? {
                Sent::Reply(reply) => return self.found(doing, &reply, &draft.part),
                Sent::Lost(error) => {
                    // It may be there all the same.
                    self.pace.again(failed, error)?;
                    self.pace.settle(SETTLES);
                    if let Some(issue) = self.made(&draft.part)? {
                        self.remember(&issue);
                        return Ok(issue);
                    }
                }
            }
        }
        Err(anyhow!("an issue was tried to be made without end"))
    }

    fn comment(&self, number: u64, comment: &OwnComment) -> Result<bool> {
        let doing = "commenting on an issue";
        let url = self.place.of_repository(&["issues", &number.to_string(), "comments"], &[])?;
        let body = json!({"body": marked(&comment.mark, &comment.text)});
        let me = self.me()?;
        for failed in 1.. {
            let call = Call { creates: true, ..Call::write(Method::POST, url.clone(), &body, doing)? };
            match self.send(&call)? {
                // Nobody can be told anything there.
                Sent::Reply(reply) if reply.status == 403 && is_locked(&reply) => return Ok(false),
                Sent::Reply(reply) => {
                    self.wrote(number);
                    return self.of_issue(number, doing, reply).map(|_| true);
                }
                Sent::Lost(error) => {
                    self.pace.again(failed, error)?;
                    self.pace.settle(SETTLES);
                    let is_it = |found: &FoundComment| found.mark.as_deref() == Some(&comment.mark);
                    if self.comments(number, &me)?.iter().any(is_it) {
                        self.wrote(number);
                        return Ok(true);
                    }
                }
            }
        }
        Err(anyhow!("a comment was tried to be made without end"))
    }

    fn label(&self, number: u64, add: &[String], remove: &[String]) -> Result<bool> {
        let doing = "labelling an issue";
        let issue = number.to_string();
        let mut all = true;
        if !add.is_empty() {
            let url = self.place.of_repository(&["issues", &issue, "labels"], &[])?;
            let reply = self.ask(&Call::write(Method::POST, url, &json!({"labels": add}), doing)?)?;
            // Who may write issues but has no triage rights.
            match reply.status {
                403 | 404 => all = false,
                _ => drop(self.of_issue(number, doing, reply)?),
            }
        }
        for label in remove {
            let url = self.place.of_repository(&["issues", &issue, "labels", label], &[])?;
            let reply = self.ask(&Call { method: Method::DELETE, ..Call::get(url, doing) })?;
            match reply.status {
                403 => all = false,
                // Somebody was quicker.
                404 => {}
                _ => drop(self.of_issue(number, doing, reply)?),
            }
        }
        self.wrote(number);
        Ok(all)
    }

    fn change(&self, number: u64, change: &IssueChange) -> Result<FoundIssue> {
        let doing = "writing an issue";
        let url = self.place.of_repository(&["issues", &number.to_string()], &[])?;
        let reply = self.ask(&Call::get(url.clone(), doing))?;
        let there: WireIssue = self.read(doing, &self.of_issue(number, doing, reply)?)?;
        let mut body = Map::new();
        let is_heard =
            is_as_expected(&there, change, self.written.borrow().get(&number)) && !self.has_later(&there, change)?;
        let text = self.with_time(&change.part, is_heard).put_into(there.body.as_deref().unwrap_or_default());
        body.insert("body".to_owned(), text.into());
        body.extend(change.title.iter().map(|title| ("title".to_owned(), title.as_str().into())));
        match change.state {
            Some(IssueState::Open) => drop(body.insert("state".to_owned(), "open".into())),
            Some(IssueState::Closed(why)) => {
                body.insert("state".to_owned(), "closed".into());
                body.insert("state_reason".to_owned(), reason(why).into());
            }
            None => {}
        }
        let mut reply = self.ask(&Call::write(Method::PATCH, url.clone(), &Value::Object(body.clone()), doing)?)?;
        if reply.status == 422 && change.state == Some(IssueState::Closed(CloseReason::Duplicate)) {
            // A server that doesn't know this reason yet.
            body.insert("state_reason".to_owned(), reason(CloseReason::NotPlanned).into());
            reply = self.ask(&Call::write(Method::PATCH, url, &Value::Object(body), doing)?)?;
        }
        let reply = self.of_issue(number, doing, reply)?;
        self.found(doing, &reply, &change.part)
    }

    fn may_answer(&self, user: &str) -> Result<bool> {
        if let Some(may) = self.may.borrow().get(user) {
            return Ok(*may);
        }
        let doing = "asking what somebody may do";
        let url = self.place.of_repository(&["collaborators", user, "permission"], &[])?;
        let reply = self.ask(&Call::get(url, doing))?;
        let may = match reply.status {
            // No user of this name, such as an app.
            404 => false,
            403 => bail!(
                "{doing} in {}: the token's user may not ask what {user} may do there, so what {user} said waits; give it the role write, and the token `Metadata: read`{}",
                self.place.describe(),
                words(&reply)
            ),
            _ => self.read::<WirePermission>(doing, &reply)?.is_enough(),
        };
        self.may.borrow_mut().insert(user.to_owned(), may);
        Ok(may)
    }
}
