//! What a product contains of others.

use crate::product::{ProductName, ReleaseVersion};
use crate::tracker::LogState;

/// A release of another product inside the highest release of one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Content<'a> {
    /// The other product.
    pub(super) product: &'a ProductName,
    /// Its release.
    pub(super) version: &'a ReleaseVersion,
    /// The newest release of it, where its log is known.
    pub(super) newest: Option<&'a ReleaseVersion>,
}

impl Content<'_> {
    /// Whether there is a newer one.
    pub(super) fn is_behind(&self) -> bool {
        self.newest.is_some_and(|newest| newest.compare(self.version).is_gt())
    }
}

/// What the highest release in a log contains.
pub(super) fn contents<'a>(
    log_state: &'a LogState,
    log_states: &impl Fn(&ProductName) -> Option<&'a LogState>,
) -> Vec<Content<'a>> {
    let highest = log_state.highest().into_iter();
    let content = |(product, version)| {
        let newest = log_states(product).and_then(LogState::highest).map(|release| &release.released.version);
        Content { product, version, newest }
    };
    highest.flat_map(|release| &release.released.includes).map(content).collect()
}
