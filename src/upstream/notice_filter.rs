//! What the one who asks wants to know of which notices.

use crate::notice::{NoticeId, NoticeSummary, Priority, Published, Severity};

/// What is known of a notice before its packages are looked at.
#[derive(Debug, Clone, Copy)]
pub struct NoticeHeader {
    /// The notice's id.
    pub id: NoticeId,
    /// When it was published.
    pub published: Published,
    /// The highest priority among its CVEs.
    pub priority: Priority,
    /// The highest severity among its CVEs.
    pub severity: Option<Severity>,
    /// Whether it names any CVE.
    pub has_cves: bool,
}

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

/// What the one who asks wants to know of which notices.
pub trait NoticeFilter {
    /// Whether the outline alone rules the notice out, so that nobody need look at its packages.
    fn rules_out(&mut self, outline: &NoticeHeader) -> bool;

    /// What is missing to decide about the notice.
    fn missing(&self, facts: &NoticeSummary) -> Missing;
}
