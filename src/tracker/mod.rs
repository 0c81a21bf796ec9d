//! The log of a product, and what follows from its events.
//!
//! A log is one append-only sequence of events for each product: `<path>/<product>/00000001.json` and so on. Appending is
//! the atomic create of the next number.

mod answer;
mod change_tokens;
mod due;
mod emission;
mod event;
mod event_digest;
mod event_json;
mod event_names;
mod event_summary;
mod fixes;
mod history;
mod included;
mod log;
mod log_state;
mod note;
mod opening;
mod pick_up;
mod same_flaw;
mod snapshot;
mod timeline;
mod told;

pub use answer::{Answered, Justification, SaidAt, Status};
pub use due::{Due, due};
pub use emission::{Emission, MOST_VERSIONS, OpeningId, emit, last_emitted, last_look};
pub use event::{Body, By, Event, Evidence, FixedIn, FixedNotice, OpenInside, Opened, Released};
pub use event_names::lengths;
pub use event_summary::{Entry, EventSummary, OpenedSummary, ReleasedSummary};
pub use fixes::FixList;
pub use history::History;
pub use included::{Included, included};
pub use log::{Addition, Log, Retry};
pub use log_state::{LogState, OpenedEntry, Release};
pub use opening::{Closing, Moment, Opening, Settlement, Span, Stand, Why, lowest};
pub use pick_up::{PickUp, pick_ups};
pub use same_flaw::HeldFlaws;
pub use timeline::{Timeline, Timelines};
pub use told::{has_grown, with_earlier, with_news_only};
