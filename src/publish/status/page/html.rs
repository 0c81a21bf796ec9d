//! Text from outside in a page of HTML.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::publish::text::one_line;

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
    let zoned = at.to_zoned(TimeZone::UTC);
    format!("<time datetime=\"{at}\">{}</time>", zoned.strftime("%-d %b %Y, %H:%M UTC"))
}

/// The day of the instant for people and for machines.
pub(super) fn date(at: Timestamp) -> String {
    let zoned = at.to_zoned(TimeZone::UTC);
    format!("<time datetime=\"{at}\">{}</time>", zoned.strftime("%-d %b %Y"))
}

/// A length of time in hours, or from two days on in days.
pub(super) fn length(length: SignedDuration) -> String {
    let hours = length.as_hours();
    if hours < 48 { format!("{hours} h") } else { format!("{} d", hours / 24) }
}

/// `1 notice`, `2 notices`.
pub(super) fn plural(count: usize, noun: &str) -> String {
    let digits = count.to_string();
    let group = |(place, digit): (usize, char)| {
        let left = digits.len() - place;
        [(place > 0 && left.is_multiple_of(3)).then_some(','), Some(digit)]
    };
    let grouped: String = digits.chars().enumerate().flat_map(group).flatten().collect();
    format!("{grouped} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        assert_eq!(plural(1, "event"), "1 event");
        assert_eq!(plural(999, "event"), "999 events");
        assert_eq!(plural(1_234_567, "event"), "1,234,567 events");
    }

    #[test]
    fn nothing_that_means_something_to_html_is_left() {
        assert_eq!(
            text("<b title=\"x\" 'y'>&\u{202e}\n</b>"),
            "&lt;b title=&quot;x&quot; &#39;y&#39;&gt;&amp;\\u{202e} &lt;/b&gt;"
        );
    }
}
