//! The answer in large letters, and a card for each product.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::super::days::open_by_day;
use super::super::notice_timeline::NoticeState;
use super::super::product::Product;
use super::super::state::{Count, StatusState};
use super::calendar::Calendar;
use super::html::{date, text, time};
use super::plot::sparkline;
use crate::notice::Priority;
use crate::text::count as counted;

/// The top of the page.
pub(super) fn header(page: &mut String, state: &StatusState<'_>) {
    let now = state.now.map_or_else(|| "no event yet".to_owned(), |now| format!("as of {}", time(now)));
    let _ = writeln!(
        page,
        "<header class=\"top\">\n<p class=\"brand\">Security status</p>\n<p class=\"asof\">{now} <span id=\"ago\"></span></p>\n\
         <button type=\"button\" id=\"theme\" hidden>Theme: system</button>\n</header>"
    );
}

/// The answer in a few words.
pub(super) fn verdict(state: &StatusState<'_>) -> String {
    let total = state.total();
    match (total.open, total.late) {
        (0, _) if state.products.iter().all(|product| product.releases.is_empty()) => "Nothing recorded yet".to_owned(),
        (0, _) => "Nothing is open".to_owned(),
        (1, 0) => "1 open, within its target".to_owned(),
        (open, 0) => format!("{open} open, all within target"),
        (open, late) => format!("{open} open, {late} past {} target", if late == 1 { "its" } else { "their" }),
    }
}

/// What a card says of what is open.
fn says(count: &Count) -> String {
    if count.open == 0 {
        return "nothing open".to_owned();
    }
    let mut says = format!("{} open", count.open);
    if count.late > 0 {
        says.push_str(&format!(", {} late", count.late));
    }
    match count.inside {
        0 => {}
        inside if inside == count.open => says.push_str(", inside what it contains"),
        inside => says.push_str(&format!(", {inside} inside what it contains")),
    }
    says
}

/// How many notices stay unfixed because a team said so.
fn affected(state: &StatusState<'_>) -> usize {
    let cases = state.products.iter().flat_map(|product| product.cases.values());
    cases.filter(|case| case.standing == NoticeState::Affected).count()
}

/// The first thing that is read.
pub(super) fn answer(page: &mut String, state: &StatusState<'_>) {
    let total = state.total();
    let mood = match (total.open, total.late) {
        (0, _) => "good",
        (_, 0) => "fair",
        _ => "bad",
    };
    let _ = write!(
        page,
        "<section id=\"answer\" class=\"answer {mood}\" aria-labelledby=\"verdict\">\n<h1 id=\"verdict\">{}</h1>\n",
        text(verdict(state))
    );
    let events: u64 = state.products.iter().map(|product| product.history.state().len()).sum();
    let mut facts =
        vec![counted(state.products.len(), "product"), counted(usize::try_from(events).unwrap_or(0), "event")];
    if affected(state) > 0 {
        facts.push(format!("<a href=\"#answers\">{} left unfixed by decision</a>", counted(affected(state), "notice")));
    }
    let old =
        state.products.iter().filter(|product| product.contents.iter().any(|content| content.is_behind())).count();
    if old > 0 {
        facts.push(format!("<a href=\"#contents\">{} with an old release inside</a>", counted(old, "product")));
    }
    let _ = writeln!(page, "<p class=\"facts\">{}<span id=\"by-clock\"></span></p>", facts.join(" · "));
    let _ = writeln!(page, "<p class=\"chips\">{}</p>", chips(&total, None));
    page.push_str("</section>\n");
}

/// How many notices of each priority are open, gravest first.
fn chips(count: &Count, product: Option<&str>) -> String {
    let chip = |priority: &Priority| {
        let n = count.by_priority.get(priority)?;
        let product = product.map_or_else(|| "-".to_owned(), text);
        Some(format!("<a class=\"chip {priority}\" href=\"#/open/{product}/{priority}\"><b>{n}</b> {priority}</a>"))
    };
    Priority::ALL.iter().rev().filter_map(chip).collect::<Vec<_>>().join(" ")
}

/// A card for each product: those with late notices first, then those with open ones.
pub(super) fn products(page: &mut String, state: &StatusState<'_>) {
    page.push_str(
        "<section aria-labelledby=\"products-title\">\n<h2 id=\"products-title\">Products</h2>\n<ul class=\"cards\">\n",
    );
    let mut products: Vec<(&Product<'_>, Count)> = state.products.iter().map(|p| (p, state.count(p))).collect();
    products.sort_by_key(|(product, count)| {
        (std::cmp::Reverse(count.late), std::cmp::Reverse(count.open), product.name().clone())
    });
    let calendar = Calendar::of(state);
    for (product, count) in products {
        card(page, product, &count, calendar.as_ref());
    }
    page.push_str("</ul>\n</section>\n");
}

fn card(page: &mut String, product: &Product<'_>, count: &Count, calendar: Option<&Calendar>) {
    let name = text(product.name());
    let mood = match (count.open, count.late) {
        (0, _) => "good",
        (_, 0) => "fair",
        _ => "bad",
    };
    let says = says(count);
    let _ = writeln!(
        page,
        "<li class=\"card {mood}\" data-product=\"{name}\">\n<h3>{name}</h3>\n<p class=\"state\"><a href=\"#/open/{name}/-\">{says}</a></p>"
    );
    match product.highest {
        Some((moment, released)) => {
            let _ = writeln!(
                page,
                "<p class=\"release\"><a href=\"#/{name}/{}\">{}</a> <span>{}</span></p>",
                moment.seq,
                text(&released.version),
                date(moment.at)
            );
        }
        None => page.push_str("<p class=\"release\"><span>no release recorded</span></p>\n"),
    }
    let _ = writeln!(page, "<p class=\"chips\">{}</p>", chips(count, Some(&product.name().to_string())));
    if let Some(calendar) = calendar {
        let days = open_by_day(product.cases.values().flat_map(|case| &case.spans));
        sparkline(page, calendar, &days);
    }
    let mut standings: BTreeMap<NoticeState, usize> = BTreeMap::new();
    product.cases.values().for_each(|case| *standings.entry(case.standing).or_default() += 1);
    let told = |(standing, words): (NoticeState, &str)| Some(format!("{} {words}", standings.get(&standing)?));
    let mut facts: Vec<String> = [
        (NoticeState::Fixed, "fixed"),
        (NoticeState::NotAffected, "not affected"),
        (NoticeState::Affected, "left unfixed"),
    ]
    .into_iter()
    .filter_map(told)
    .collect();
    let events = usize::try_from(product.history.state().len()).unwrap_or(0);
    facts.push(format!("<a href=\"#/{name}\">{}</a>", counted(events, "event")));
    let look = match product.last_look {
        Some(look) => {
            format!("a check last put a notice here on <a href=\"#/{name}/{}\">{}</a>", look.seq, date(look.at))
        }
        None => "no check has put a notice here yet".to_owned(),
    };
    let _ = writeln!(page, "<p class=\"small\">{}</p>\n<p class=\"small\">{look}</p>\n</li>", facts.join(" · "));
}
