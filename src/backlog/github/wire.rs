//! What GitHub's API sends, as far as it is read (docs.github.com/rest/issues).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::answers::command_line;
use super::super::marker::{characters_around, mark_of};
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
    pub(super) labels: Vec<WireLabel>,
    pub(super) user: Option<WireUser>,
    pub(super) updated_at: Timestamp,
    #[serde(default)]
    pub(super) comments: u64,
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
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            WireLabel::Object { name } => name.as_deref(),
            WireLabel::Name(name) => Some(name),
        }
    }
}

impl WireIssue {
    /// It, if our own user made it for davos.
    pub(super) fn ours(self, me: &WireUser) -> Option<FoundIssue> {
        let is_ours = self.user.as_ref().is_some_and(|user| user.id == me.id) && self.pull_request.is_none();
        let body = self.body.as_deref()?;
        let part = OurPart::find(body).filter(|_| is_ours)?;
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
            labels: self.labels.iter().filter_map(|label| label.name().map(str::to_owned)).collect(),
            updated: self.updated_at,
            comments: self.comments,
            around: characters_around(body),
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
    created_at: Timestamp,
}

impl WireComment {
    pub(super) fn found(self, me: &WireUser) -> FoundComment {
        let body = self.body.unwrap_or_default();
        let is_ours = self.user.as_ref().is_some_and(|user| user.id == me.id);
        FoundComment {
            id: self.id,
            at: self.created_at,
            // An account that was deleted.
            by: self.user.map_or_else(|| "ghost".to_owned(), |user| user.login),
            mark: mark_of(&body).filter(|_| is_ours),
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
    created_at: Timestamp,
}

impl WireEvent {
    /// The setting of a label, if that is what it is.
    pub(super) fn labelled(self, issue: &FoundIssue) -> Option<FoundLabel> {
        let label = self.label.as_ref().and_then(WireLabel::name).filter(|_| self.event == "labeled")?.to_owned();
        let by = self.actor.map_or_else(|| "ghost".to_owned(), |user| user.login);
        Some(FoundLabel {
            id: self.id,
            at: self.created_at,
            by,
            label,
            url: format!("{}#event-{}", issue.url, self.id),
        })
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::needs;

    fn recorded(name: &str) -> Option<Value> {
        Some(serde_json::from_slice(&needs::corpus_bytes(&format!("backlog/{name}"))?).expect("JSON"))
    }

    /// All objects of a document that look like issues or comments of issues.
    fn objects<'a>(value: &'a Value, has: &str, found: &mut Vec<&'a Value>) {
        if value.get(has).is_some() && value.get("html_url").is_some() {
            found.push(value);
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| objects(item, has, found)),
            Value::Object(keys) => keys.values().for_each(|value| objects(value, has, found)),
            _ => {}
        }
    }

    #[test]
    fn issues_and_comments_as_github_sent_them_are_read() {
        let (mut issues, mut comments) = (0, 0);
        for name in [
            "github-add-labels-to-issue.json",
            "github-search-issues.json",
            "github-webhook-issues-labeled.json",
            "github-webhook-issue-comment-created.json",
        ] {
            let Some(document) = recorded(name) else { return };
            let mut found = Vec::new();
            objects(&document, "comments_url", &mut found);
            for value in found.into_iter().filter(|value| value.get("number").is_some()) {
                let text = value.to_string();
                let issue: WireIssue = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
                let user = issue.user.clone().expect("an author");
                assert_eq!(value["number"], issue.number);
                assert_eq!(value["user"]["login"], user.login.as_str());
                assert!(issue.ours(&user).is_none(), "without our marks it isn't ours");
                let mut ours = value.clone();
                ours["body"] = "<!-- davos p USN-1-1 s=open:1:2 --><!-- /davos -->".into();
                let issue: WireIssue = serde_json::from_str(&ours.to_string()).expect("an issue");
                let found = issue.ours(&user).expect("ours");
                let labels = value["labels"].as_array().expect("labels").len();
                assert_eq!((found.labels.len(), found.state.is_open()), (labels, value["state"] == "open"), "{name}");
                issues += 1;
            }
            let mut found = Vec::new();
            objects(&document, "issue_url", &mut found);
            for value in found {
                let comment: WireComment = serde_json::from_str(&value.to_string()).expect(name);
                let me = WireUser { id: 0, login: "me".to_owned() };
                assert_eq!(comment.found(&me).by, value["user"]["login"].as_str().expect("a login"));
                comments += 1;
            }
        }
        assert!(issues >= 4 && comments >= 1, "{issues} issues, {comments} comments");
    }

    #[test]
    fn triage_is_enough_by_whatever_name_the_role_has() {
        for (json, enough) in [
            (r#"{"permission": "read", "role_name": "triage", "user": {"permissions": {"triage": true}}}"#, true),
            (
                r#"{"permission": "read", "role_name": "security-team", "user": {"permissions": {"triage": true}}}"#,
                true,
            ),
            (r#"{"permission": "read", "role_name": "read", "user": {"permissions": {"triage": false}}}"#, false),
            (r#"{"permission": "read", "role_name": "triage"}"#, true),
            (r#"{"permission": "write"}"#, true),
            (r#"{"permission": "none", "user": null}"#, false),
            ("{}", false),
        ] {
            let permission: WirePermission = serde_json::from_str(json).expect("JSON");
            assert_eq!(permission.is_enough(), enough, "{json}");
        }
    }
}
