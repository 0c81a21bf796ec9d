//! The lines that people read in a build.

use std::fmt::Display;
use std::io::Write;

use owo_colors::OwoColorize as _;

use crate::text::Redactor;
use crate::text::{Secret, cut, printable, printable_lines};

/// Every line is a row in Concourse's database, and more than a screen is not read.
const MOST_LINES: usize = 30;

/// The longest line, in bytes: longer than any path, address or sentence that somebody reads.
const LONGEST_LINE: usize = 4 << 10;

/// The longest text of several lines, in bytes: a table of a thousand rows.
const LONGEST_BLOCK: usize = 128 << 10;

/// The widest column of a table, in characters; a longer cell is shown, and what is beside it stands out of line.
const WIDEST: usize = 200;

/// Lines on stderr, free of secrets and of control characters. There is no terminal in Concourse, yet its page shows
/// colours; so they are not guessed, but on or off.
pub struct BuildOutput<'a> {
    out: &'a mut dyn Write,
    redactor: Redactor,
    colour: bool,
    debug: bool,
    lines: usize,
    kept_back: usize,
}

impl<'a> BuildOutput<'a> {
    /// A log that writes here.
    pub fn new(out: &'a mut dyn Write, redactor: Redactor, colour: bool, debug: bool) -> Self {
        BuildOutput { out, redactor, colour, debug, lines: 0, kept_back: 0 }
    }

    /// Something to know.
    pub fn info(&mut self, text: impl Display) {
        let line = self.clean(text);
        self.line(&line);
    }

    /// The title of what follows.
    pub fn heading(&mut self, text: impl Display) {
        let line = self.clean(text);
        let line = if self.colour { line.bold().to_string() } else { line };
        self.line(&line);
    }

    /// Something that went well.
    pub fn success(&mut self, text: impl Display) {
        let line = self.clean(text);
        let line = if self.colour { line.green().to_string() } else { line };
        self.line(&line);
    }

    /// Something that went wrong but stops nothing.
    pub fn warn(&mut self, text: impl Display) {
        let label = if self.colour { "warning:".yellow().to_string() } else { "warning:".to_owned() };
        let line = format!("{label} {}", self.clean(text));
        self.line(&line);
    }

    /// What the step failed of; never kept back, and over several lines where the cause has several.
    pub fn error(&mut self, text: impl Display) {
        let label = if self.colour { "error:".red().to_string() } else { "error:".to_owned() };
        self.write(&format!("{label} {}", self.clean_lines(text).replace('\n', "\n  ")));
    }

    /// Something that only `debug: true` shows.
    pub fn debug(&mut self, text: impl Display) {
        if self.debug {
            let line = self.clean(text);
            let line = if self.colour { line.dimmed().to_string() } else { line };
            self.line(&line);
        }
    }

    /// Lines as they stand, without colours in them: who copies a version from a table gets the whole of it.
    pub fn block(&mut self, text: impl Display) {
        self.clean_lines(text).lines().for_each(|line| self.line(line));
    }

    /// Rows in columns as wide as their widest cell; the first row is the heading.
    pub fn table(&mut self, rows: &[Vec<String>]) {
        self.block(columns(rows));
    }

    /// Says how many lines were kept back. Nothing more comes after it.
    pub(super) fn close(&mut self) {
        if self.kept_back > 0 {
            let more = std::mem::take(&mut self.kept_back);
            let lines = if more == 1 { "line" } else { "lines" };
            self.write(&format!("and {more} more {lines}; `debug: true` in the source shows them all"));
        }
    }

    /// Whether `debug` shows anything.
    pub fn is_debug(&self) -> bool {
        self.debug
    }

    /// What removes the secrets.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Removes these secrets too from now on.
    pub(super) fn know<'s>(&mut self, secrets: impl IntoIterator<Item = &'s Secret>) {
        self.redactor.know(secrets);
    }

    /// One line, shortened before anything looks through it: what a server says may be as long as it likes.
    fn clean(&self, text: impl Display) -> String {
        let text = text.to_string();
        let text = cut(&text, LONGEST_LINE);
        printable(&self.redactor.redact(&text)).into_owned()
    }

    /// Several lines, each shortened and all of them. They are looked through together: a secret may have several lines.
    fn clean_lines(&self, text: impl Display) -> String {
        let text = text.to_string();
        let lines: Vec<_> = text.split('\n').map(|line| cut(line, LONGEST_LINE)).collect();
        printable_lines(&self.redactor.redact(&cut(&lines.join("\n"), LONGEST_BLOCK))).into_owned()
    }

    fn line(&mut self, line: &str) {
        if self.lines < MOST_LINES || self.debug {
            self.lines += 1;
            self.write(line);
        } else {
            self.kept_back += 1;
        }
    }

    fn write(&mut self, line: &str) {
        // In one write, so that lines of others can't come between. Who can't be told can't be told that either.
        let _ = self.out.write_all(format!("{line}\n").as_bytes()).and_then(|()| self.out.flush());
    }
}

/// Rows as lines of columns, each cell whole and the last one not padded; for [`BuildOutput::table`] and for errors.
pub fn columns(rows: &[Vec<String>]) -> String {
    let clean: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| printable(cell).into_owned()).collect()).collect();
    let count = clean.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |nth: usize| clean.iter().filter_map(|row| row.get(nth)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |row: &Vec<String>| {
        // `format!` refuses widths that don't fit into 16 bits.
        let padding = |cell: &str, width: usize| " ".repeat(width.min(WIDEST).saturating_sub(cell.chars().count()));
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell}{}", padding(cell, width)));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    clean.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(colour: bool, debug: bool, write: impl FnOnce(&mut BuildOutput<'_>)) -> String {
        let mut out = Vec::new();
        let mut log = BuildOutput::new(&mut out, Redactor::of(["hunter22"]), colour, debug);
        write(&mut log);
        log.close();
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn lines_hold_no_secret_and_no_control_character() {
        let text = logged(false, true, |log| {
            log.info("a hunter22 \u{1b}[2J\nb");
            log.warn("b hunter22");
            log.error("c hunter22\n\u{1b}d");
            log.debug("d hunter22");
            log.block("e hunter22\n\u{202e}f");
        });
        let expected = "a [redacted] \\u{1b}[2J\\nb\nwarning: b [redacted]\nerror: c [redacted]\n  \\u{1b}d\n\
                        d [redacted]\ne [redacted]\n\\u{202e}f\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn colours_are_forced_and_never_within_a_table() {
        let text = logged(true, false, |log| {
            log.heading("h");
            log.success("s");
            log.warn("w");
            log.error("e");
            log.table(&[
                vec!["package".into(), "need".into()],
                vec!["libxslt1.1".into(), "1.1.34-4ubuntu0.22.04.5".into()],
            ]);
        });
        assert!(
            text.contains("\u{1b}[1mh") && text.contains("\u{1b}[33mwarning:") && text.contains("\u{1b}[31merror:")
        );
        assert!(text.contains("\u{1b}[32ms"));
        assert!(text.ends_with("package     need\nlibxslt1.1  1.1.34-4ubuntu0.22.04.5\n"));
        let plain = logged(false, false, |log| log.heading("h"));
        assert_eq!(plain, "h\n");
    }

    #[test]
    fn no_more_than_thirty_lines_are_written_but_always_the_error() {
        let write = |log: &mut BuildOutput<'_>| {
            (0..40).for_each(|n| log.info(n));
            log.block("x\ny");
            log.error("the cause");
        };
        let text = logged(false, false, write);
        assert_eq!(text.lines().count(), 32);
        assert!(text.ends_with("error: the cause\nand 12 more lines; `debug: true` in the source shows them all\n"));
        assert_eq!(logged(false, true, write).lines().count(), 43);
    }

    #[test]
    fn no_line_is_longer_than_a_screen_and_none_takes_time_for_what_is_not_shown() {
        let long = "\\".repeat(2 << 20);
        let text = logged(false, true, |log| {
            log.info(&long);
            log.error(format!("a\n{long}\nb"));
            log.block("row\n".repeat(1 << 20));
            log.info(format!("{}hunter22", "x".repeat(LONGEST_LINE - 7)));
        });
        assert!(text.lines().all(|line| line.len() <= LONGEST_LINE + 20), "no line is too long");
        assert!(text.len() <= LONGEST_BLOCK + 8 * LONGEST_LINE, "{}", text.len());
        assert!(text.contains("\n  b\nrow\n") && text.ends_with("x[redacted]…\n"), "what was cut is removed too");
    }

    #[test]
    fn a_cell_may_be_as_long_as_it_likes() {
        let rows = |cell: String| vec![vec!["a".to_owned(), "b".to_owned()], vec![cell, "c".to_owned()]];
        let table = columns(&rows("x".repeat(100_000)));
        assert_eq!(table.lines().next().map(str::len), Some(WIDEST + 3));
        assert!(table.ends_with("x  c"));
    }

    #[test]
    fn a_debug_line_is_silent_without_debug() {
        assert_eq!(logged(false, false, |log| log.debug("x")), "");
    }
}
