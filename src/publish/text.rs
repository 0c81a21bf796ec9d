//! Text from outside, made safe for where people read it.

use std::fmt::Display;

use crate::text::{printable_lines, shortened};

/// The text as Markdown that shows just these characters, wherever on a line it comes to stand.
pub(crate) fn markdown(text: &str) -> String {
    let text = printable_lines(text);
    let lines: Vec<String> = text.lines().map(|line| markdown_line(line.trim())).collect();
    lines.join("\n")
}

fn markdown_line(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len() + 16);
    for (at, c) in line.char_indices() {
        let before = &line[..at];
        let begins_block = match c {
            // A list, a rule, the line below a heading.
            '-' | '+' | '=' => before.is_empty(),
            '.' | ')' => {
                let ends = line[at + 1..].chars().next().is_none_or(char::is_whitespace);
                ends && !before.is_empty() && before.bytes().all(|b| b.is_ascii_digit())
            }
            _ => false,
        };
        // GitHub links bare addresses (GFM 0.29, 6.9), and sets what stands between dollars as formulas.
        let begins_link = match c {
            ':' => line[at..].starts_with("://"),
            '.' => before.len() >= 3 && before.as_bytes()[at - 3..].eq_ignore_ascii_case(b"www"),
            _ => false,
        };
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // A mention, such as @team, would call people.
            '@' => escaped.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '$' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c if begins_block || begins_link => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// A link of Markdown, or the text alone where there is no page.
pub(crate) fn link(text: impl Display, page: Option<String>) -> String {
    page.map_or_else(|| text.to_string(), |page| format!("[{text}]({page})"))
}

/// At most so many characters of the text, on one line, as Markdown.
pub(crate) fn markdown_words(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    markdown_line(&shortened(&text, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_shows_what_was_written() {
        assert_eq!(markdown("a <b> [x](y) *z* @all & `c`"), "a &lt;b&gt; \\[x\\](y) \\*z\\* &#64;all &amp; \\`c\\`");
    }

    #[test]
    fn no_line_begins_a_block_or_a_link_to_elsewhere() {
        let text = "- a\n1. b\n2) c\n1.5 d\n===\nsee https://x.example and www.x.example";
        let expected = "\\- a\n1\\. b\n2\\) c\n1.5 d\n\\===\nsee https\\://x.example and www\\.x.example";
        assert_eq!(markdown(text), expected);
    }
}
