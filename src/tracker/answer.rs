//! A team's answer to a notice.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::notice::NoticeId;

/// A team's answer to a notice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The notice.
    pub notice: NoticeId,
    /// Status.
    pub status: Status,
    /// Justification.
    pub justification: Option<Justification>,
    /// Statement.
    pub statement: Option<String>,
    /// Until.
    pub until: Option<Timestamp>,
}

/// Status
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// a
    Affected,
    /// b
    NotAffected,
    /// c
    UnderInvestigation,
}
/// J
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Justification {
    /// a
    ComponentNotPresent,
}
