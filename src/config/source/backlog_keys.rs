//! The backlog of a source, and the source of a resource that emits what is to be done there.

use super::{Common, Tracked};
use crate::backlog::BacklogConfig;
use crate::fields::Fields;
use crate::product::Filter;

/// The source of a resource that emits that a backlog is to be synchronised.
#[derive(Debug, Clone, PartialEq)]
pub struct BacklogSource {
    /// The product and its log.
    pub tracked: Tracked,
    /// The backlog.
    pub backlog: BacklogKeys,
    /// Keys that every `emit` shares.
    pub common: Common,
}

/// A backlog, and which notices get an issue there.
#[derive(Debug, Clone, PartialEq)]
pub struct BacklogKeys {
    /// Where the issues are.
    pub config: BacklogConfig,
    /// Which notices get one.
    pub filter: Filter,
}

/// Reads `source.backlog`; `emits` tells whether the resource emits what is to be done there.
pub(super) fn backlog(
    fields: &mut Fields<'_>,
    emits: bool,
    has_tracker: bool,
    matches_nothing: bool,
) -> Option<BacklogConfig> {
    let given = fields.get("backlog");
    if emits && given.is_none() {
        fields.mistake_of("backlog", "needed with `emit: backlog`; it names the repository of the issues");
    }
    if emits && !has_tracker {
        fields.mistake_of("tracker", "needed with `emit: backlog`; it holds the log");
    }
    if given.is_some() && matches_nothing {
        fields.mistake("`priorities` and `severities` are both empty, so no notice would get an issue; name some");
    }
    given.and_then(BacklogConfig::read)
}
