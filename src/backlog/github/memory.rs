//! What a check saw of a repository, kept for the next one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::{Conversation, FoundIssue};
use super::wire::WireUser;

/// What was seen of a repository. All of it may be thrown away at any time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GithubMemory {
    pub(super) me: Option<WireUser>,
    /// When all issues were listed last.
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::optional")]
    pub(super) walked: Option<Timestamp>,
    pub(super) issues: BTreeMap<u64, FoundIssue>,
    /// Listing all issues, where that was broken off.
    pub(super) walk: Option<ListWalk>,
    /// From when on, by the server's clock, changes are not known.
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::optional")]
    pub(super) since: Option<Timestamp>,
    /// What the last answer to that question was recognised by.
    pub(super) etag: Option<String>,
    /// What was said at an issue that changed last at this time.
    pub(super) conversations: BTreeMap<u64, KnownConversation>,
}

/// Listing all issues, page by page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ListWalk {
    /// When it began.
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
    pub(super) begun: Timestamp,
    /// From when on, by the server's clock, changes are not known.
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
    pub(super) since: Timestamp,
    /// The address of the next page.
    pub(super) next: String,
    /// What was found until there.
    pub(super) issues: BTreeMap<u64, FoundIssue>,
}

/// What was said at an issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KnownConversation {
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
    pub(super) updated: Timestamp,
    pub(super) with_labels: bool,
    /// How many comments it had: two may come within the second that the time is told in.
    pub(super) comments: u64,
    pub(super) said: Conversation,
}
