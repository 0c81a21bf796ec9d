//! The openings of a notice, how each was closed, and where the notice stands.

use jiff::Timestamp;

use crate::notice::NoticeId;
use crate::product::ReleaseVersion;

/// One time that a notice was opened.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The notice.
    pub notice: NoticeId,
    /// Which time it is, from 1 on.
    pub number: u32,
    /// The numbers of its `opened` events: there are several where the facts had changed since.
    pub(super) events: Vec<u64>,
    /// What closed it, if something did. An answer that ran out is named here all the same.
    pub closing: Option<Closing>,
}

/// What closed an opening.
#[derive(Debug, Clone, PartialEq)]
pub enum Closing {
    /// The team's answer, until it runs out.
    Answered {
        /// When it runs out, if ever.
        until: Option<Timestamp>,
    },
    /// A release that fixes it, or that it doesn't concern: the lowest of them.
    Released {
        /// That release.
        version: ReleaseVersion,
    },
}

/// An event by its number, and a time: when it was written, or when the answer in it ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The number of the event in the log.
    pub seq: u64,
    /// The time.
    pub at: Timestamp,
}

/// A time during which a notice was open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The event that opened it.
    pub from: Moment,
    /// The event that closed it, if it is not open.
    pub to: Option<Moment>,
}

/// Where a notice stands at some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stand<'a> {
    /// It waits for a release or an answer.
    Open(Why),
    /// The team's answer holds.
    Answered {
        /// The event of the answer.
        seq: u64,
    },
    /// Releases settle it, in the order in which they were recorded; never none.
    Settled(&'a [Settlement]),
}

/// Why a notice is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It was opened, and nothing came since.
    Opened,
    /// The answer that closed it was taken back.
    TakenBack,
    /// The answer that closed it ran out.
    RanOut {
        /// The event of the answer.
        seq: u64,
        /// When it ran out.
        at: Timestamp,
    },
}

/// A release that settles a notice.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// The release.
    pub version: ReleaseVersion,
    /// Whether it fixes the notice. One that doesn't is not affected: it holds none of the packages.
    pub fixes: bool,
    /// The event that says so.
    pub told: Moment,
    /// The event that had opened the notice, if it was open until then.
    pub opened: Option<Moment>,
}

/// The one that tells since which release a notice is settled: a fix before an absence, and then the lowest release.
pub fn lowest(by: &[Settlement]) -> Option<&Settlement> {
    by.iter().min_by(|a, b| b.fixes.cmp(&a.fixes).then_with(|| a.version.compare(&b.version)))
}
