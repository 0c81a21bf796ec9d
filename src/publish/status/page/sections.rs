//! The sections below the cards: search, open notices, answers, and what contains what.

use std::fmt::Write;

use super::super::answers::{Given, Validity, answers};
use super::super::case::{Case, Standing};
use super::super::state::{Product, State};
use super::html::{date, length, text};

/// More rows are shown only by the script, from the data of the page.
const MOST_ROWS: usize = 200;

/// The search, which needs the script.
pub(super) fn search(page: &mut String) {
    page.push_str(
        "<search id=\"search\" hidden>\n<form>\n<label for=\"q\">Are we patched against …</label>\n\
         <input id=\"q\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" placeholder=\"CVE-2025-68973, USN-7946-1, GnuPG\" aria-describedby=\"q-help\">\n\
         <p id=\"q-help\" class=\"small\">A CVE, a notice, or words of its title.</p>\n</form>\n\
         <div id=\"found\" role=\"status\" aria-live=\"polite\"></div>\n</search>\n\
         <noscript><p class=\"note\">Search, filters and the events behind each number need JavaScript; \
         <code>status.json</code> beside this page has all of it.</p></noscript>\n",
    );
}

/// The open notices: late ones first.
pub(super) fn open(page: &mut String, state: &State<'_>) {
    let open = state.open();
    page.push_str("<section id=\"open\" aria-labelledby=\"open-title\">\n<h2 id=\"open-title\">Open notices</h2>\n");
    if open.is_empty() {
        page.push_str("<p>None: nothing waits for a release or an answer.</p>\n</section>\n");
        return;
    }
    page.push_str(
        "<div id=\"filters\" class=\"filters\" role=\"group\" aria-label=\"Filter the open notices\" hidden></div>\n",
    );
    table(
        page,
        "open-table",
        "Open notices with their age against the target of their priority",
        &["notice", "product", "priority", "age", "target", "event"],
    );
    for (product, case) in open.iter().take(MOST_ROWS) {
        open_row(page, state, product, case);
    }
    page.push_str("</tbody></table></div>\n");
    let more = open.len().saturating_sub(MOST_ROWS);
    let rest = if more > 0 { format!("{more} more are in status.json.") } else { String::new() };
    let _ = writeln!(page, "<p id=\"open-more\" class=\"small\">{rest}</p>\n</section>");
}

fn open_row(page: &mut String, state: &State<'_>, product: &Product<'_>, case: &Case<'_>) {
    let (Some(since), Some(age)) = (case.since(), state.age(case)) else { return };
    let (id, name, priority) = (case.id(), text(product.name()), case.priority);
    let late = if state.is_late(case) { "<b class=\"late\">late</b>" } else { "" };
    let looked = if case.standing == Standing::UnderInvestigation { " <i>under investigation</i>" } else { "" };
    let _ = writeln!(
        page,
        "<tr><th scope=\"row\"><a href=\"{}\" rel=\"noreferrer\">{id}</a><span>{}{looked}</span></th><td>{name}</td>\
         <td><b class=\"chip {priority}\">{priority}</b></td><td>{} {late}</td><td>{}</td>\
         <td><a href=\"#/{name}/{}\">{}</a></td></tr>",
        case.notice.url(),
        text(&case.notice.title),
        length(age),
        length(state.targets.of(priority)),
        since.seq,
        since.seq,
    );
}

/// The answers that hold or have run out; those that others replaced are in the log.
pub(super) fn answers_of<'a>(state: &State<'a>) -> Vec<(&'a crate::product::ProductName, Given<'a>)> {
    let of = |product: &Product<'a>| {
        answers(state, product).into_iter().map(|given| (product.name(), given)).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = state.products.iter().flat_map(of).collect();
    all.retain(|(_, given)| given.validity != Validity::Replaced);
    all.sort_by_key(|(name, given)| (std::cmp::Reverse(given.moment.at), *name));
    all
}

/// What teams answered instead of fixing.
pub(super) fn answers_table(page: &mut String, state: &State<'_>) {
    page.push_str(
        "<section id=\"answers\" aria-labelledby=\"answers-title\">\n<h2 id=\"answers-title\">Answers</h2>\n",
    );
    let all = answers_of(state);
    if all.is_empty() {
        page.push_str("<p>None was given.</p>\n</section>\n");
        return;
    }
    table(
        page,
        "answers-table",
        "What was answered instead of a fix, newest first",
        &["notice", "product", "answer", "reason", "until", "event"],
    );
    for (name, given) in all.iter().take(MOST_ROWS) {
        let answered = given.answered;
        let (name, seq) = (text(name), given.moment.seq);
        let reason = answered.justification.map(|word| format!("<i>{}</i> ", text(word.as_str().replace('_', " "))));
        let until = answered.until.map_or_else(|| "for good".to_owned(), date);
        let ran_out = if given.validity == Validity::Expired { " <b class=\"late\">ran out</b>" } else { "" };
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\"><a href=\"{}\" rel=\"noreferrer\">{}</a></th><td>{name}</td><td>{}</td><td class=\"wide\">{}{}</td>\
             <td>{until}{ran_out}</td><td><a href=\"#/{name}/{seq}\">{seq}</a></td></tr>",
            answered.notice.url(),
            answered.notice,
            text(answered.status.as_str().replace('_', " ")),
            reason.unwrap_or_default(),
            answered.statement.as_deref().map(text).unwrap_or_default(),
        );
    }
    page.push_str("</tbody></table></div>\n");
    let more = all.len().saturating_sub(MOST_ROWS);
    if more > 0 {
        let _ = writeln!(page, "<p class=\"small\">{more} more are in status.json.</p>");
    }
    page.push_str("</section>\n");
}

/// Which product contains which, and what is old.
pub(super) fn contents(page: &mut String, state: &State<'_>) {
    if state.products.iter().all(|product| product.contents.is_empty()) {
        return;
    }
    page.push_str("<section id=\"contents\" aria-labelledby=\"contents-title\">\n<h2 id=\"contents-title\">What contains what</h2>\n");
    table(
        page,
        "contents-table",
        "The releases of other products inside the highest release of each",
        &["product", "release", "contains", "newest", "would fix"],
    );
    for product in &state.products {
        let Some((moment, released)) = product.highest else { continue };
        for content in &product.contents {
            let name = text(product.name());
            let direct =
                product.pick_ups.iter().find(|up| up.path.len() == 1 && up.path[0].product == *content.product);
            let fixes: Vec<String> =
                direct.into_iter().flat_map(|up| up.fixes.iter().map(ToString::to_string)).collect();
            let (state, newest) = match content.newest {
                Some(newest) if content.is_behind() => ("old", format!("<b class=\"late\">{}</b>", text(newest))),
                Some(_) => ("", "this one".to_owned()),
                None => ("", "no log".to_owned()),
            };
            let _ = writeln!(
                page,
                "<tr class=\"{state}\"><th scope=\"row\">{name}</th><td><a href=\"#/{name}/{}\">{}</a></td><td>{} {}</td><td>{newest}</td><td class=\"wide\">{}</td></tr>",
                moment.seq,
                text(&released.version),
                text(content.product),
                text(content.version),
                text(crate::publish::some_of(fixes.into_iter())),
            );
        }
        for up in product.pick_ups.iter().filter(|up| up.path.len() > 1) {
            let way = up.path.iter().map(ToString::to_string).collect::<Vec<_>>().join(" → ");
            let fixes = up.fixes.iter().map(ToString::to_string);
            let _ = writeln!(
                page,
                "<tr class=\"old\"><th scope=\"row\">{}</th><td><a href=\"#/{}/{}\">{}</a></td><td>{}</td><td><b class=\"late\">{}</b></td><td class=\"wide\">{}</td></tr>",
                text(product.name()),
                text(product.name()),
                moment.seq,
                text(&released.version),
                text(way),
                text(&up.newest),
                text(crate::publish::some_of(fixes)),
            );
        }
    }
    page.push_str("</tbody></table></div>\n</section>\n");
}

/// The end of the page, and the dialog for what a number comes from.
pub(super) fn footer(page: &mut String, state: &State<'_>) {
    let targets: Vec<String> = crate::notice::Priority::ALL
        .iter()
        .rev()
        .map(|priority| format!("{priority} {}", length(state.targets.of(*priority))))
        .collect();
    let _ = writeln!(
        page,
        "<footer>\n<p>Computed from the logs alone, by davos. Ages are told at the newest event. Targets: {}.</p>\n\
         <p>The same numbers for machines are in <code>status.json</code>, and releases and answers in <code>feed.atom</code>, beside this page.</p>\n</footer>\n\
         <dialog id=\"dialog\" aria-labelledby=\"dialog-title\"></dialog>",
        targets.join(", ")
    );
}

/// The beginning of a table that may be wider than a phone.
fn table(page: &mut String, id: &str, caption: &str, columns: &[&str]) {
    let heads: String = columns.iter().map(|column| format!("<th scope=\"col\">{column}</th>")).collect();
    let _ = writeln!(
        page,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table id=\"{id}\"><caption>{0}</caption><thead><tr>{heads}</tr></thead><tbody>",
        text(caption)
    );
}
