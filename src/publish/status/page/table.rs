//! Tables that become cards where there is no room for columns.

use std::fmt::Write;

use super::html::text;

/// A table in the making. Each cell carries the name of its column, which a card shows beside it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table(pub(super) &'static [&'static str]);

/// A cell of a row, as HTML.
#[derive(Debug)]
pub(super) enum Cell {
    /// The name of the row.
    Head(String),
    /// A few words that stay on one line.
    Short(String),
    /// Sentences.
    Wide(String),
}

impl Table {
    /// Its beginning.
    pub(super) fn begin(self, page: &mut String, id: &str, caption: &str) {
        let heads: String = self.0.iter().map(|column| format!("<th scope=\"col\">{column}</th>")).collect();
        let _ = writeln!(
            page,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table id=\"{id}\" class=\"cardlike\"><caption>{0}</caption><thead><tr>{heads}</tr></thead><tbody>",
            text(caption)
        );
    }

    /// A row of it.
    pub(super) fn row(self, page: &mut String, cells: &[Cell]) {
        page.push_str("<tr>");
        for (cell, column) in cells.iter().zip(self.0) {
            let _ = match cell {
                Cell::Head(html) => write!(page, "<th scope=\"row\" data-label=\"{column}\">{html}</th>"),
                Cell::Short(html) => write!(page, "<td data-label=\"{column}\">{html}</td>"),
                Cell::Wide(html) => write!(page, "<td class=\"wide\" data-label=\"{column}\">{html}</td>"),
            };
        }
        page.push_str("</tr>\n");
    }

    /// Its end.
    pub(super) fn end(page: &mut String) {
        page.push_str("</tbody></table></div>\n");
    }
}
