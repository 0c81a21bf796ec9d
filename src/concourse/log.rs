//! The lines that people read in a build.

use std::fmt::Display;
use std::io::Write;

use owo_colors::OwoColorize as _;

use super::secrets::Redactor;
use crate::text::{printable, printable_lines};

/// Every line is a row in Concourse's database, and more than a screen is not read.
const MOST_LINES: usize = 30;

/// Lines on stderr, free of secrets and of control characters. There is no terminal in Concourse, yet its page shows
/// colours; so they are not guessed, but on or off.
pub struct Log<'a> {
    out: &'a mut dyn Write,
    redactor: Redactor,
    colour: bool,
    debug: bool,
    lines: usize,
    kept_back: usize,
}

impl<'a> Log<'a> {
    /// A log that writes here.
    pub fn new(out: &'a mut dyn Write, redactor: Redactor, colour: bool, debug: bool) -> Self {
        Log { out, redactor, colour, debug, lines: 0, kept_back: 0 }
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
        let text = text.to_string();
        let block = printable_lines(&self.redactor.redact(&text)).replace('\n', "\n  ");
        self.write(&format!("{label} {block}"));
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
        let text = text.to_string();
        let block = printable_lines(&self.redactor.redact(&text)).into_owned();
        block.lines().for_each(|line| self.line(line));
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

    fn clean(&self, text: impl Display) -> String {
        let text = text.to_string();
        printable(&self.redactor.redact(&text)).into_owned()
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

/// Rows as lines of columns, each cell whole and the last one not padded; for [`Log::table`] and for errors.
pub fn columns(rows: &[Vec<String>]) -> String {
    let clean: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| printable(cell).into_owned()).collect()).collect();
    let count = clean.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |nth: usize| clean.iter().filter_map(|row| row.get(nth)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    clean.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(colour: bool, debug: bool, write: impl FnOnce(&mut Log<'_>)) -> String {
        let mut out = Vec::new();
        let mut log = Log::new(&mut out, Redactor::of(["hunter22"]), colour, debug);
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
        let write = |log: &mut Log<'_>| {
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
    fn a_debug_line_is_silent_without_debug() {
        assert_eq!(logged(false, false, |log| log.debug("x")), "");
    }
}
