//! What partners ship: apart from the own products, and without their events.

use std::fmt::Write;

use super::super::product::Product;
use super::super::state::StatusState;
use super::html::{date, text};
use super::table::{Cell, Table};
use crate::text::{count, some_of};

/// More rows are in `status.json`.
const MOST_ROWS: usize = 200;

const PARTNERS: Table = Table(&["product", "release", "recorded", "open there", "inside"]);

/// The products of partners; nothing where there are none.
pub(super) fn partners(page: &mut String, state: &StatusState<'_>) {
    if state.partners.is_empty() && state.unread.is_empty() {
        return;
    }
    page.push_str(
        "<section id=\"partners\" aria-labelledby=\"partners-title\">\n<h2 id=\"partners-title\">Partners</h2>\n",
    );
    PARTNERS.begin(
        page,
        "partners-table",
        "What the logs of partners say of their products; none of it is counted above",
    );
    for product in state.partners.iter().take(MOST_ROWS) {
        row(page, state, product);
    }
    for name in state.unread.iter().take(MOST_ROWS) {
        let nothing = || Cell::Short(String::new());
        let why = Cell::Short("<b class=\"late\">can't be read</b>".to_owned());
        PARTNERS.row(page, &[Cell::Head(text(name)), why, nothing(), nothing(), Cell::Wide("nothing here".to_owned())]);
    }
    Table::end(page);
    let more =
        [state.partners.len(), state.unread.len()].map(|rows| rows.saturating_sub(MOST_ROWS)).iter().sum::<usize>();
    if more > 0 {
        let _ = writeln!(page, "<p class=\"small\">{more} more are in status.json.</p>");
    }
    page.push_str("</section>\n");
}

fn row(page: &mut String, state: &StatusState<'_>, product: &Product<'_>) {
    let (release, at) = match product.highest {
        Some((moment, released)) => (text(&released.version), date(moment.at)),
        None => ("none".to_owned(), String::new()),
    };
    let within =
        state.products.iter().filter(|own| own.contents.iter().any(|content| content.product == *product.name()));
    let within = some_of(within.map(|own| own.name().to_string()).collect::<Vec<_>>().into_iter());
    let cells = [
        Cell::Head(text(product.name())),
        Cell::Short(release),
        Cell::Short(at),
        Cell::Short(count(state.count(product).open, "notice")),
        Cell::Wide(if within.is_empty() { "nothing here".to_owned() } else { text(within) }),
    ];
    PARTNERS.row(page, &cells);
}
