//! Markdown that ends where it would become too long, and says what it left out.

use std::collections::BTreeMap;

use crate::text::count;

/// Room for the last line.
const LAST_LINE: usize = 2_000;

/// What a block of the text is about, to be counted where it is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NotesBlock {
    /// A heading, or words that stand for no item.
    Text,
    /// A notice.
    Notice,
    /// A package that changed.
    Package,
}

/// Markdown, block by block. Nothing follows the first block that had no room.
#[derive(Debug)]
pub(super) struct Sheet {
    text: String,
    characters: usize,
    most: usize,
    left_out: BTreeMap<NotesBlock, usize>,
}

impl Sheet {
    /// An empty sheet for at most so many characters.
    pub(super) fn new(most: usize) -> Sheet {
        Sheet { text: String::new(), characters: 0, most: most.saturating_sub(LAST_LINE), left_out: BTreeMap::new() }
    }

    /// Adds a block.
    pub(super) fn add(&mut self, block: NotesBlock, text: impl AsRef<str>) {
        let text = text.as_ref();
        let characters = text.chars().count() + 1;
        if !self.left_out.is_empty() || self.characters + characters > self.most {
            *self.left_out.entry(block).or_default() += 1;
            return;
        }
        self.text.push_str(text);
        self.text.push('\n');
        self.characters += characters;
    }

    /// Adds a paragraph or a heading, with an empty line after it.
    pub(super) fn paragraph(&mut self, text: impl AsRef<str>) {
        self.add(NotesBlock::Text, format!("{}\n", text.as_ref()));
    }

    /// Ends a list or a table.
    pub(super) fn gap(&mut self) {
        self.add(NotesBlock::Text, "");
    }

    /// The text; where something was left out, with a line that says what and where it is.
    pub(super) fn finish(mut self, build: Option<&str>) -> String {
        let counted = |(block, noun): (NotesBlock, &str)| Some(count(*self.left_out.get(&block)?, noun));
        let items: Vec<String> = [(NotesBlock::Notice, "notice"), (NotesBlock::Package, "package")]
            .into_iter()
            .filter_map(counted)
            .collect();
        self.text.truncate(self.text.trim_end().len());
        self.text.push('\n');
        if self.left_out.is_empty() {
            return self.text;
        }
        let items = if items.is_empty() { "the rest".to_owned() } else { items.join(" and ") };
        let build =
            build.filter(|url| is_plain(url)).map(|url| format!(", and the build at <{url}>")).unwrap_or_default();
        self.text.push_str(&format!(
            "\n*Too long for one page, left out here: {items}. All of it is in `release.json` and `packages` of this release{build}.*\n"
        ));
        self.text
    }
}

/// Whether an address can stand between `<` and `>`.
pub(super) fn is_plain(url: &str) -> bool {
    let scheme = url.starts_with("https://") || url.starts_with("http://");
    scheme && url.len() < 1_000 && url.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_follows_what_had_no_room() {
        let mut sheet = Sheet::new(LAST_LINE + 20);
        sheet.paragraph("# One");
        sheet.add(NotesBlock::Notice, "x".repeat(20));
        sheet.add(NotesBlock::Notice, "short");
        sheet.add(NotesBlock::Package, "p");
        let text = sheet.finish(Some("https://ci.example/builds/1"));
        assert_eq!(
            text,
            "# One\n\n*Too long for one page, left out here: 2 notices and 1 package. All of it is in `release.json` and \
             `packages` of this release, and the build at <https://ci.example/builds/1>.*\n"
        );
    }
}
