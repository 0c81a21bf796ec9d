//! What GitHub's API sends, as far as it is read (docs.github.com/rest/issues).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::answers::command_line;
use super::super::marker::mark_of;
use super::super::{CloseReason, FoundComment, FoundIssue, FoundLabel, IssueState, OurPart};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WireUser {
    /// Stays, whatever the user is called.
    pub(super) id: u64,
    pub(super) login: String,
}

/// An issue, or a pull request, which the lists hold too.
#[derive(Debug, Deserialize)]
pub(super) struct WireIssue {
    pub(super) number: u64,
    html_url: String,
    title: String,
    pub(super) body: Option<String>,
    state: String,
    #[serde(default)]
    state_reason: Option<String>,
    #[serde(default)]
    labels: Vec<WireLabel>,
    pub(super) user: Option<WireUser>,
    pub(super) updated_at: Timestamp,
    #[serde(default)]
    comments: u64,
    pull_request: Option<serde::de::IgnoredAny>,
}

/// A label: an object, or in old answers its name.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum WireLabel {
    Object { name: Option<String> },
    Name(String),
}

impl WireLabel {
    fn name(self) -> Option<String> {
        match self {
            WireLabel::Object { name } => name,
            WireLabel::Name(name) => Some(name),
        }
    }
}

impl WireIssue {
    /// It, if our own user made it for davos.
    pub(super) fn ours(self, me: &WireUser) -> Option<FoundIssue> {
        let is_ours = self.user.as_ref().is_some_and(|user| user.id == me.id) && self.pull_request.is_none();
        let part = OurPart::find(self.body.as_deref()?).filter(|_| is_ours)?;
        let reason = match self.state_reason.as_deref() {
            Some("not_planned") => CloseReason::NotPlanned,
            Some("duplicate") => CloseReason::Duplicate,
            _ => CloseReason::Completed,
        };
        Some(FoundIssue {
            number: self.number,
            url: self.html_url,
            title: self.title,
            state: if self.state == "closed" { IssueState::Closed(reason) } else { IssueState::Open },
            labels: self.labels.into_iter().filter_map(WireLabel::name).collect(),
            updated: self.updated_at,
            comments: self.comments,
            part,
        })
    }
}

/// A comment.
#[derive(Debug, Deserialize)]
pub(super) struct WireComment {
    id: u64,
    html_url: String,
    #[serde(default)]
    body: Option<String>,
    user: Option<WireUser>,
}

impl WireComment {
    pub(super) fn found(self, me: &WireUser) -> FoundComment {
        let body = self.body.unwrap_or_default();
        let is_ours = self.user.as_ref().is_some_and(|user| user.id == me.id);
        FoundComment {
            id: self.id,
            // An account that was deleted.
            by: self.user.map_or_else(|| "ghost".to_owned(), |user| user.login),
            mark: mark_of(&body).filter(|_| is_ours),
            is_ours,
            command: command_line(&body),
            url: self.html_url,
        }
    }
}

/// An event of an issue.
#[derive(Debug, Deserialize)]
pub(super) struct WireEvent {
    id: u64,
    event: String,
    #[serde(default)]
    actor: Option<WireUser>,
    #[serde(default)]
    label: Option<WireLabel>,
}

impl WireEvent {
    /// The setting of a label, if that is what it is.
    pub(super) fn labelled(self, me: &WireUser, issue: &FoundIssue) -> Option<FoundLabel> {
        let label = self.label.and_then(WireLabel::name).filter(|_| self.event == "labeled")?;
        let is_ours = self.actor.as_ref().is_some_and(|user| user.id == me.id);
        let by = self.actor.map_or_else(|| "ghost".to_owned(), |user| user.login);
        Some(FoundLabel { id: self.id, by, is_ours, label, url: format!("{}#event-{}", issue.url, self.id) })
    }
}

/// What somebody may do in a repository.
#[derive(Debug, Deserialize)]
pub(super) struct WirePermission {
    #[serde(default)]
    permission: String,
    #[serde(default)]
    role_name: String,
    #[serde(default)]
    user: Option<WirePermitted>,
}

#[derive(Debug, Deserialize)]
struct WirePermitted {
    #[serde(default)]
    permissions: Option<WireRights>,
}

#[derive(Debug, Deserialize)]
struct WireRights {
    #[serde(default)]
    triage: Option<bool>,
}

impl WirePermission {
    /// Whether it is triage or more. `permission` takes triage for read, and a role that an organisation made has a name of its
    /// own; `user.permissions` knows both.
    pub(super) fn is_enough(&self) -> bool {
        let rights = self.user.as_ref().and_then(|user| user.permissions.as_ref());
        let by_role = matches!(self.role_name.as_str(), "admin" | "maintain" | "write" | "triage")
            || matches!(self.permission.as_str(), "admin" | "write");
        rights.and_then(|rights| rights.triage).unwrap_or(by_role)
    }
}

/// What comes with a refusal.
#[derive(Debug, Default, Deserialize)]
pub(super) struct WireRefusal {
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) errors: Vec<serde_json::Value>,
}
