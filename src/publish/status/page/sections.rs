//! The sections below the cards: search, open notices, answers, and what contains what.

use std::fmt::Write;

use super::super::answers::{GivenAnswer, Validity, answers};
use super::super::lacking::{Lacking, is_pro_only, lacking, ubuntu_says};
use super::super::notice_timeline::{NoticeState, NoticeTimeline};
use super::super::product::Product;
use super::super::state::StatusState;
use super::html::{date, length, text};
use super::table::{Cell, Table};
use crate::notice::{Notice, NoticeId};
use crate::product::LogName;
use crate::text::some_of;
use crate::tracker::{Included, Moment, PickUp, Released};

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
pub(super) fn open(page: &mut String, state: &StatusState<'_>) {
    let open = state.open();
    page.push_str("<section id=\"open\" aria-labelledby=\"open-title\">\n<h2 id=\"open-title\">Open notices</h2>\n");
    // By the reader's clock an answer may have run out since, so the table is there in any case.
    let (none, some) = if open.is_empty() { ("", " hidden") } else { (" hidden", "") };
    let _ = writeln!(
        page,
        "<p id=\"open-none\"{none}>None: nothing waits for a release or an answer.</p>\n<div id=\"open-list\"{some}>\n\
         <div id=\"filters\" class=\"filters\" role=\"group\" aria-label=\"Filter the open notices\" hidden></div>"
    );
    OPEN.begin(
        page,
        "open-table",
        "What is installed → what is needed, and the age against the target of the priority",
    );
    for (product, case) in open.iter().take(MOST_ROWS) {
        open_row(page, state, product, case);
    }
    Table::end(page);
    let more = open.len().saturating_sub(MOST_ROWS);
    let rest = if more > 0 { format!("{more} more are in status.json.") } else { String::new() };
    let _ = writeln!(page, "<p id=\"open-more\" class=\"small\">{rest}</p>\n</div>\n</section>");
}

/// The columns of the open notices; the script knows them by these names.
const OPEN: Table = Table(&["notice", "product", "priority", "packages", "age", "target", "event"]);

fn open_row(page: &mut String, state: &StatusState<'_>, product: &Product<'_>, case: &NoticeTimeline<'_>) {
    let (Some(since), Some(age)) = (case.since(), state.age(case)) else { return };
    let (id, name, priority) = (case.id(), text(product.name()), case.priority);
    let late = if state.is_late(case) { " <b class=\"late\">late</b>" } else { "" };
    let looked = match case.answer {
        _ if case.standing == NoticeState::UnderInvestigation => " <i>under investigation</i>",
        Some(_) => " <i>its answer ran out</i>",
        None => "",
    };
    let cves = case.notice.sorted_cves().into_iter().map(|cve| cve.id.to_string());
    let cves = some_of(cves.collect::<Vec<_>>().into_iter());
    let cves = if cves.is_empty() { cves } else { format!("<span class=\"cves\">{}</span>", text(cves)) };
    let inside = product.inside.get(&id).map(|path| format!("<span>inside {}</span>", text(way(path))));
    let head = format!("{}<span>{}{looked}</span>{cves}", link(id, case.notice.page()), text(&case.notice.title));
    let cells = [
        Cell::Head(head),
        Cell::Short(format!("{name}{}", inside.unwrap_or_default())),
        Cell::Short(format!("<b class=\"chip {priority}\">{priority}</b>")),
        Cell::Wide(packages(&lacking(product, case), case.notice)),
        Cell::Short(format!("{}{late}", length(age))),
        Cell::Short(length(state.targets.of(priority))),
        Cell::Short(format!("<a href=\"#/{name}/{0}\">{0}</a>", since.seq)),
    ];
    OPEN.row(page, &cells);
}

/// How many packages of a notice are shown in the table.
pub(super) const MOST_PACKAGES: usize = 3;

/// The packages that keep a notice open, a line each.
fn packages(lacking: &[Lacking], notice: &Notice) -> String {
    let pro_only = is_pro_only(lacking);
    let mut lines: Vec<String> = lacking
        .iter()
        .take(MOST_PACKAGES)
        .map(|Lacking { package, have, need, pro }| {
            let have = have.as_ref().map(|have| format!("{} → ", text(have))).unwrap_or_default();
            let pro = if *pro && !pro_only { " (Ubuntu Pro)" } else { "" };
            format!("<span><b>{}</b> {have}{}{pro}</span>", text(package), text(need))
        })
        .collect();
    if lacking.len() > MOST_PACKAGES {
        lines.push(format!("<span>and {} more</span>", lacking.len() - MOST_PACKAGES));
    }
    if lacking.is_empty() {
        lines.push("<span>not known</span>".to_owned());
    }
    if pro_only {
        lines.push("<span class=\"pro\">only Ubuntu Pro has the fix</span>".to_owned());
    }
    let said = ubuntu_says(lacking, notice);
    lines.extend(said.iter().take(MOST_PACKAGES).map(|line| format!("<span>Ubuntu: {}</span>", text(line))));
    if said.len() > MOST_PACKAGES {
        lines.push(format!("<span>and {} more in status.json</span>", said.len() - MOST_PACKAGES));
    }
    lines.concat()
}

/// The way to a release inside another one.
fn way(path: &[Included]) -> String {
    path.iter().map(ToString::to_string).collect::<Vec<_>>().join(" → ")
}

/// The answers that hold or have run out; those that others replaced are in the log.
pub(super) fn answers_of<'a>(state: &StatusState<'a>) -> Vec<(&'a LogName, GivenAnswer<'a>)> {
    let of = |product: &Product<'a>| {
        answers(state, product).into_iter().map(|given| (product.name(), given)).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = state.products.iter().flat_map(of).collect();
    all.retain(|(_, given)| given.validity != Validity::Replaced);
    // What ran out waits for somebody.
    all.sort_by_key(|(name, given)| (given.validity != Validity::Expired, std::cmp::Reverse(given.moment.at), *name));
    all
}

/// What teams answered instead of fixing.
pub(super) fn answers_table(page: &mut String, state: &StatusState<'_>) {
    page.push_str(
        "<section id=\"answers\" aria-labelledby=\"answers-title\">\n<h2 id=\"answers-title\">Answers</h2>\n",
    );
    let all = answers_of(state);
    if all.is_empty() {
        page.push_str("<p>None was given.</p>\n</section>\n");
        return;
    }
    ANSWERS.begin(page, "answers-table", "What was answered instead of a fix: what ran out first, then newest first");
    for (name, given) in all.iter().take(MOST_ROWS) {
        answer_row(page, name, given);
    }
    Table::end(page);
    let more = all.len().saturating_sub(MOST_ROWS);
    if more > 0 {
        let _ = writeln!(page, "<p class=\"small\">{more} more are in status.json.</p>");
    }
    page.push_str("</section>\n");
}

const ANSWERS: Table = Table(&["notice", "product", "answer", "reason", "until", "event"]);

fn answer_row(page: &mut String, name: &LogName, given: &GivenAnswer<'_>) {
    let answered = given.answered;
    let (name, seq) = (text(name), given.moment.seq);
    let reason = answered.justification.map(|word| format!("<i>{}</i> ", text(word.as_str().replace('_', " "))));
    let until = answered.until.map_or_else(|| "for good".to_owned(), date);
    let ran_out = if given.validity == Validity::Expired { " <b class=\"late\">ran out</b>" } else { "" };
    let statement = answered.statement.as_deref().map(text).unwrap_or_default();
    let cells = [
        Cell::Head(link(answered.notice, answered.notice.page())),
        Cell::Short(name.clone()),
        Cell::Short(text(answered.status.as_str().replace('_', " "))),
        Cell::Wide(format!("{}{statement}", reason.unwrap_or_default())),
        Cell::Short(format!("{until}{ran_out}")),
        Cell::Short(format!("<a href=\"#/{name}/{seq}\">{seq}</a>")),
    ];
    ANSWERS.row(page, &cells);
}

const CONTENTS: Table = Table(&["product", "release", "contains", "newest", "would fix"]);

/// Which product contains which, and what is old.
pub(super) fn contents(page: &mut String, state: &StatusState<'_>) {
    if state.products.iter().all(|product| product.contents.is_empty()) {
        return;
    }
    page.push_str("<section id=\"contents\" aria-labelledby=\"contents-title\">\n<h2 id=\"contents-title\">What contains what</h2>\n");
    CONTENTS.begin(page, "contents-table", "The releases of other products inside the highest release of each");
    for product in &state.products {
        let Some(highest) = product.highest else { continue };
        for content in &product.contents {
            let direct =
                product.pick_ups.iter().find(|up| up.path.len() == 1 && up.path[0].log_name() == content.product);
            let newest = match content.newest {
                Some(newest) if content.is_behind() => format!("<b class=\"late\">{}</b>", text(newest)),
                Some(_) => "this one".to_owned(),
                None => "no log".to_owned(),
            };
            let contains = format!("{} {}", text(&content.product), text(&content.version));
            contents_row(page, product.name(), highest, contains, newest, direct);
        }
        for up in product.pick_ups.iter().filter(|up| up.path.len() > 1) {
            let newest = format!("<b class=\"late\">{}</b>", text(&up.newest));
            contents_row(page, product.name(), highest, text(way(&up.path)), newest, Some(up));
        }
    }
    Table::end(page);
    page.push_str("</section>\n");
}

fn contents_row(
    page: &mut String,
    name: &LogName,
    (moment, released): (Moment, &Released),
    contains: String,
    newest: String,
    pick_up: Option<&PickUp>,
) {
    let fixes = pick_up.map(|up| some_of(up.fixes.iter().map(ToString::to_string)));
    let cells = [
        Cell::Head(text(name)),
        Cell::Short(format!("<a href=\"#/{}/{}\">{}</a>", text(name), moment.seq, text(&released.version))),
        Cell::Short(contains),
        Cell::Short(newest),
        Cell::Wide(fixes.map_or_else(|| "nothing".to_owned(), text)),
    ];
    CONTENTS.row(page, &cells);
}

/// The end of the page, and the dialog for what a number comes from.
pub(super) fn footer(page: &mut String, state: &StatusState<'_>) {
    let targets: Vec<String> = crate::notice::Priority::ALL
        .iter()
        .rev()
        .map(|priority| format!("{priority} {}", length(state.targets.of(*priority))))
        .collect();
    let _ = writeln!(
        page,
        "<footer>\n<p>Computed from the logs alone, by davos. Ages are told at the newest event, and by your clock where the script runs. Targets: {}.</p>\n\
         <p>The same numbers for machines are in <code>status.json</code>, and releases and answers in <code>feed.atom</code>, beside this page.</p>\n</footer>\n\
         <dialog id=\"dialog\" aria-labelledby=\"dialog-title\"></dialog>",
        targets.join(", ")
    );
}

/// A notice as a link to its page, or its id alone where it has none.
fn link(id: NoticeId, page: Option<String>) -> String {
    match page {
        Some(page) => format!("<a href=\"{}\" rel=\"noreferrer\">{id}</a>", text(page)),
        None => format!("<b>{id}</b>"),
    }
}
