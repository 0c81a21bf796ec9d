//! Text from outside, made safe for where people read it.

/// How many items a line for people names before it only counts them.
const MOST_NAMED: usize = 5;

/// The text without what could change how a terminal, a browser or an editor shows the rest: control characters but line
/// breaks, and marks that turn the direction of writing or take no room.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if is_hidden(c) { '\u{fffd}' } else { c }).collect()
}

/// The text on one line.
pub(super) fn one_line(text: &str) -> String {
    printable(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The text as Markdown that shows just these characters.
pub(super) fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in printable(text).chars() {
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

fn is_hidden(c: char) -> bool {
    let direction =
        matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}');
    let no_room = matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{2028}' | '\u{2029}');
    (c.is_control() && c != '\n' && c != '\t') || direction || no_room
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
    fn hidden_characters_become_visible() {
        assert_eq!(printable("a\u{1b}[31mb\u{202e}c\nd"), "a\u{fffd}[31mb\u{fffd}c\nd");
        assert_eq!(chat("<!channel> @here\nnow"), "‹!channel› ＠here now");
    }
}
