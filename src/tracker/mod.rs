//! The log of a product, and what follows from its events.
//!
//! A log is one append-only sequence of events for each product: `<path>/<product>/00000001.json` and so on. Appending is
//! the atomic create of the next number.

mod answer;
mod brief;
mod due;
mod emission;
mod event;
mod fixes;
mod history;
mod ledger;
mod log;
mod marks;
mod note;
mod pick_up;
mod seal;
mod snapshot;
mod timeline;
mod told;

pub use answer::{Answered, Justification, Status};
pub use brief::{Brief, Entry, OpenedBrief, ReleasedBrief};
pub use due::{Due, due};
pub use emission::{Emission, MOST_VERSIONS, OpeningId, emit, last_emitted, last_look};
pub use event::{Body, By, Event, Evidence, FixedIn, FixedNotice, Included, OpenInside, Opened, Released};
pub use fixes::FixList;
pub use history::History;
pub use ledger::{Ledger, OpenedEntry, Release};
pub use log::{Addition, Log, Retry, lengths};
pub use pick_up::{PickUp, pick_ups};
pub use timeline::{Closing, Moment, Opening, Settlement, Span, Stand, Timeline, Timelines, Why, lowest};
pub use told::{with_earlier, with_news_only};
