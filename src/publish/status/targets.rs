//! How long a notice may stay open.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::notice::Priority;

/// How long a notice of each priority may stay open before it is late: by default 48 hours for critical and high ones, and
/// 30 days for the rest.
///
/// ```
/// use davos::{notice::Priority, publish::Targets};
/// assert_eq!(Targets::default().of(Priority::High).as_hours(), 48);
/// assert_eq!(Targets::default().of(Priority::Low).as_hours(), 720);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets(BTreeMap<Priority, SignedDuration>);

impl Targets {
    /// The same with another target for this priority.
    #[must_use]
    pub fn with(mut self, priority: Priority, length: SignedDuration) -> Targets {
        self.0.insert(priority, length);
        self
    }

    /// How long a notice of this priority may stay open.
    pub fn of(&self, priority: Priority) -> SignedDuration {
        self.0.get(&priority).copied().unwrap_or_else(|| match priority {
            Priority::Critical | Priority::High => SignedDuration::from_hours(48),
            _ => SignedDuration::from_hours(30 * 24),
        })
    }
}
