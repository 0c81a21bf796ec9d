//! The caller's filter: lets `gather` skip notices, and ask for what is missing.

use crate::notice::{NoticeHeader, NoticeSummary};

/// What more to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// What is known is enough.
    Nothing,
    /// The packages with their pockets.
    Details,
    /// The ratings of its CVEs.
    Ratings,
}

/// The caller's filter: lets `gather` skip notices, and ask for what is missing.
pub trait NoticeFilter {
    /// Whether the header alone rules the notice out, so that nobody need look at its packages.
    fn rules_out(&mut self, header: &NoticeHeader) -> bool;

    /// What is missing to decide about the notice.
    fn missing(&self, facts: &NoticeSummary) -> Missing;
}
