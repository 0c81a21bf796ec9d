//! Foreign text made fit for a terminal and for one line.

use std::borrow::Cow;

/// The text with everything escaped that a terminal or a reader could be fooled with: control characters (so also ANSI
/// escapes and new lines), text-direction overrides and invisible characters.
///
/// ```
/// use davos::text::printable;
/// assert_eq!(printable("plain"), "plain");
/// assert_eq!(printable("\u{1b}[31mred\nnext"), r"\u{1b}[31mred\nnext");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(unfit) {
        return Cow::Borrowed(text);
    }
    let mut fit = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if unfit(c) {
            fit.extend(c.escape_default());
        } else {
            fit.push(c);
        }
    }
    Cow::Owned(fit)
}

/// [`printable`], with new lines kept.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    if !text.contains(unfit) {
        return Cow::Borrowed(text);
    }
    let lines: Vec<_> = text.split('\n').map(|line| printable(line.strip_suffix('\r').unwrap_or(line))).collect();
    Cow::Owned(lines.join("\n"))
}

/// The text on one line.
pub fn one_line(text: &str) -> String {
    printable(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

/// At most so many characters of the text, made printable, with `…` for the rest.
pub fn shortened(text: &str, most: usize) -> String {
    let mut characters = text.chars();
    let head: String = characters.by_ref().take(most).collect();
    let rest = if characters.next().is_some() { "…" } else { "" };
    format!("{}{rest}", printable(&head))
}

/// The text in quotes, for an error that says what it isn't: as much of it as shows which one is meant.
pub fn quoted(text: &str) -> String {
    const MOST: usize = 80;
    let rest = if text.chars().nth(MOST).is_some() { "…" } else { "" };
    format!("{:?}", text.chars().take(MOST).collect::<String>() + rest)
}

/// At most so many bytes of the text, with `…` for the rest: before anything looks through what somebody else wrote.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let end = (0..=most.saturating_sub('…'.len_utf8())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    Cow::Owned(format!("{}…", &text[..end]))
}

fn unfit(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fools_a_reader_is_escaped() {
        assert_eq!(printable("a\u{202e}b\u{7f}\u{9b}"), r"a\u{202e}b\u{7f}\u{9b}");
        assert_eq!(printable("ü – 漢"), "ü – 漢");
        assert_eq!(printable_lines("a\r\nb\tc\u{7}"), "a\nb\\tc\\u{7}");
        assert_eq!(shortened("abcdef", 3), "abc…");
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(quoted("a\"b"), r#""a\"b""#);
        assert_eq!(quoted(&"x".repeat(1 << 20)), format!("\"{}…\"", "x".repeat(80)));
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abc…");
        assert_eq!(cut("äöüß", 6), "ä…", "never within a character");
        assert_eq!(cut("abcdef", 0), "…");
    }
}
