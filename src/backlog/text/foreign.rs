//! Foreign text that shows just its characters in GitHub's renderer, and calls nobody.

use jiff::Timestamp;

use crate::publish::text::{markdown, markdown_words};
use crate::text::{cut, shortened};

/// The longest description, in bytes.
const DESCRIPTION: usize = 2000;

/// Foreign text that neither calls nor links to anybody or anything: a zero-width space after what would begin that.
pub(super) fn tame(markdown: &str) -> String {
    let mut tame = String::with_capacity(markdown.len() + 16);
    let mut rest = markdown;
    // GitHub takes `Gh-12` for a link too.
    let lower = markdown.to_ascii_lowercase();
    let next = |from: usize| {
        let ends = ["&#64;", "\\#", "gh-"].iter().filter_map(|mark| Some(lower[from..].find(mark)? + mark.len()));
        ends.min()
    };
    while let Some(end) = next(markdown.len() - rest.len()) {
        tame.push_str(&rest[..end]);
        tame.push_str("&#8203;");
        rest = &rest[end..];
    }
    tame + rest
}

pub(super) fn foreign(text: &str) -> String {
    tame(&markdown(&cut(text, DESCRIPTION)))
}

pub(super) fn foreign_words(text: &str, most: usize) -> String {
    tame(&markdown_words(text, most))
}

/// What stands between backticks: nothing that ends it.
pub(super) fn code(text: &str) -> String {
    let safe: String =
        shortened(text, 100).chars().map(|c| if matches!(c, '`' | '|') { '\u{2032}' } else { c }).collect();
    if safe.trim().is_empty() { String::new() } else { format!("`{safe}`") }
}

/// A person by name, who is not called by it.
pub(super) fn user(name: &str) -> String {
    foreign_words(name, 60)
}

/// An address of the server, as one that ends no link.
pub(super) fn address(url: &str) -> String {
    url.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '(' | ')' | '<' | '>' | '"' | '\\')).take(500).collect()
}

/// A day for people.
pub(super) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_foreign_text_calls_or_links_in_whatever_case_it_is_written() {
        for text in ["GH-12", "gh-12", "Gh-12", "gH-12", "x Gh-12 and gH-7"] {
            let tamed = foreign_words(text, 100);
            assert!(!tamed.to_lowercase().replace("gh-&#8203;", "").contains("gh-"), "{tamed}");
            assert_eq!(tamed.replace("&#8203;", "").replace('\\', ""), text, "nothing else is another one");
        }
        assert!(foreign_words("@team #1", 100).contains("&#64;&#8203;team"), "{}", foreign_words("@team #1", 100));
    }
}
