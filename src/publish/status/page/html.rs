//! Text from outside in a page of HTML.

use std::fmt;

use crate::text::one_line;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The text on one line, escaped for HTML: in an element and in a quoted attribute it shows just these characters.
pub(super) fn text(text: impl fmt::Display) -> String {
    let text = one_line(&text.to_string());
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The instant for people and for machines.
pub(super) fn time(at: Timestamp) -> String {
    shown(at, "%-d %b %Y, %H:%M UTC")
}

/// The day of the instant for people; machines are told all of it.
pub(super) fn date(at: Timestamp) -> String {
    shown(at, "%-d %b %Y")
}

fn shown(at: Timestamp, pattern: &str) -> String {
    let zoned = at.to_zoned(TimeZone::UTC);
    format!("<time datetime=\"{}\">{}</time>", zoned.strftime("%Y-%m-%dT%H:%M:%SZ"), zoned.strftime(pattern))
}
/// A length of time in hours, or from two days on in days.
pub(super) fn length(length: SignedDuration) -> String {
    let hours = length.as_hours();
    if hours < 48 { format!("{hours} h") } else { format!("{} d", hours / 24) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_one_that_html_allows() {
        // "Times" in HTML: one to three digits of a fraction; a second is enough here.
        let at: Timestamp = "2026-01-12T09:00:00.123456789Z".parse().expect("a time");
        assert_eq!(time(at), "<time datetime=\"2026-01-12T09:00:00Z\">12 Jan 2026, 09:00 UTC</time>");
        assert_eq!(date(at), "<time datetime=\"2026-01-12T09:00:00Z\">12 Jan 2026</time>");
    }

    #[test]
    fn nothing_that_means_something_to_html_is_left() {
        assert_eq!(
            text("<b title=\"x\" 'y'>&\u{202e}\n</b>"),
            "&lt;b title=&quot;x&quot; &#39;y&#39;&gt;&amp;\\u{202e} &lt;/b&gt;"
        );
    }
}
