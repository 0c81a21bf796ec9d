//! What a store may tell people of an event, such as in the message of a commit.

use super::{Body, Event};
use crate::store::Note;

/// More notices are counted, not named.
const MOST_NAMED: usize = 8;

/// What happened, in a few words, and the build that wrote it.
pub(super) fn note(event: &Event) -> Note {
    let text = match &event.body {
        Body::Opened(opened) if opened.opening > 1 => format!("opened {} again", opened.notice.id),
        Body::Opened(opened) => format!("opened {}", opened.notice.id),
        Body::Answered(answered) => format!("answered {} ({})", answered.notice, answered.status),
        Body::Released(released) if released.fixed.is_empty() => format!("released {}", released.version),
        Body::Released(released) => {
            let fixed: Vec<String> = released.fixed.iter().map(|fixed| fixed.notice.to_string()).collect();
            let more = fixed.len().saturating_sub(MOST_NAMED);
            let named = fixed[..fixed.len() - more].join(" ");
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("released {} (fixes {named}{more})", released.version)
        }
    };
    Note { text, url: event.by.url.clone() }
}
