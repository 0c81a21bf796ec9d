//! Text from outside, made safe for where people read it.

use crate::text::{printable, printable_lines};

/// How many items a line for people names before it only counts them.
const MOST_NAMED: usize = 5;

/// The text on one line.
pub(super) fn one_line(text: &str) -> String {
    printable(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

/// The text as Markdown that shows just these characters.
pub(super) fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in printable_lines(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // A mention, such as @team, would call people.
            '@' => escaped.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '#' | '|' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// The text for a chat message, on one line: what would be markup or a mention there shows as other characters.
pub(super) fn chat(text: &str) -> String {
    one_line(text).replace('<', "‹").replace('>', "›").replace('@', "＠")
}

/// The first few items, and how many more there are.
pub fn some_of(items: impl ExactSizeIterator<Item = String>) -> String {
    let more = items.len().saturating_sub(MOST_NAMED);
    let shown = items.take(MOST_NAMED).collect::<Vec<_>>().join(", ");
    one_line(&if more > 0 { format!("{shown} and {more} more") } else { shown })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_shows_what_was_written() {
        assert_eq!(
            markdown("a <b> [x](y) *z* @all & `c`"),
            "a &lt;b&gt; \\[x\\]\\(y\\) \\*z\\* &#64;all &amp; \\`c\\`"
        );
    }

    #[test]
    fn a_chat_message_mentions_nobody() {
        assert_eq!(chat("<!channel> @here\nnow"), "‹!channel› ＠here now");
    }
}
