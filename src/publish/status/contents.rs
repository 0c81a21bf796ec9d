//! What a product contains of others.

use crate::product::{LogName, ReleaseVersion};
use crate::tracker::{Included, LogState, included};

/// A release of another product inside the highest release of one.
#[derive(Debug, Clone)]
pub(super) struct Content<'a> {
    /// The other product.
    pub(super) product: LogName,
    /// Its release.
    pub(super) version: ReleaseVersion,
    /// The newest release of it, where its log is known.
    pub(super) newest: Option<&'a ReleaseVersion>,
}

impl Content<'_> {
    /// Whether there is a newer one.
    pub(super) fn is_behind(&self) -> bool {
        self.newest.is_some_and(|newest| newest.compare(&self.version).is_gt())
    }
}

/// What the highest release in a log of this name contains, as far as a log can tell of it.
pub(super) fn contents<'a>(
    name: &LogName,
    log_state: &LogState,
    log_states: &impl Fn(&LogName) -> Option<&'a LogState>,
) -> Vec<Content<'a>> {
    let highest = log_state.highest().into_iter();
    let inside = highest
        .flat_map(|release| included(name.partner.as_ref(), &release.released.includes, &release.released.partners));
    let content = |inside: Included| {
        let product = inside.log_name();
        let newest = log_states(&product).and_then(LogState::highest).map(|release| &release.released.version);
        Content { product, version: inside.version, newest }
    };
    inside.map(content).collect()
}
