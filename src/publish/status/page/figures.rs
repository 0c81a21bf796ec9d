//! What happened over time: each figure as a drawing and as a table.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::civil::Date;

use super::super::days::{month, open_by_day};
use super::super::fix_time::{FixTime, Spread};
use super::super::state::StatusState;
use super::calendar::Calendar;
use super::html::text;
use super::legs::legs;
use super::plot::{Bar, Caption, bars, steps};
use crate::text::count as counted;

/// The figures.
pub(super) fn figures(page: &mut String, state: &StatusState<'_>) {
    let Some(calendar) = Calendar::of(state) else { return };
    page.push_str(
        "<section aria-labelledby=\"time-title\">\n<h2 id=\"time-title\">Over time</h2>\n<div class=\"figures\">\n",
    );
    fix_times(page, state, &calendar);
    open(page, state, &calendar);
    releases(page, state, &calendar);
    legs(page, state);
    page.push_str("</div>\n</section>\n");
}

/// The place of a month in the calendar.
fn place(calendar: &Calendar, month: &str) -> Option<usize> {
    calendar.months.binary_search_by(|known| known.as_str().cmp(month)).ok()
}

fn days(hours: f64) -> f64 {
    (hours / 2.4).round() / 10.0
}

fn fix_times(page: &mut String, state: &StatusState<'_>, calendar: &Calendar) {
    let cases = state.products.iter().flat_map(|product| product.cases.values());
    let times: Vec<FixTime> = cases.filter_map(FixTime::of).collect();
    let by_month = Spread::of_each(times.iter().map(|time| (time.month.clone(), time.published)));
    page.push_str("<figure>\n<figcaption><h3>Time to fix</h3>\n");
    let Some(all) = Spread::of(times.iter().map(|time| time.published)) else {
        page.push_str("<p>No fix was recorded yet whose time is known. What an import took over is not counted.</p></figcaption>\n</figure>\n");
        return;
    };
    let opened = Spread::of(times.iter().filter_map(|time| time.opened));
    let opened = opened.map_or_else(String::new, |spread| {
        format!(", and from the opening {} and {} days", days(spread.median_hours), days(spread.p90_hours))
    });
    let _ = writeln!(
        page,
        "<p>Days from the notice to the release that fixes it: the bar is the median of a month, the mark its 90th percentile. \
         Of all, {}: {} and {} days{opened}.</p></figcaption>",
        counted(all.count, "fix"),
        days(all.median_hours),
        days(all.p90_hours)
    );
    let bar = |(month, spread): (&String, &Spread)| {
        let (median, p90) = (days(spread.median_hours), days(spread.p90_hours));
        let says =
            format!("{month}: median {median} days, 90th percentile {p90} days, {}", counted(spread.count, "fix"));
        Some(Bar {
            place: place(calendar, month)?,
            value: median,
            mark: Some(p90),
            says,
            link: format!("#/fixed/{month}"),
        })
    };
    let describes = "Bars by month of the days from a notice to its fix. The table below has the same numbers.";
    let drawn: Vec<Bar> = by_month.iter().filter_map(bar).collect();
    bars(page, Caption { id: "fig-fix", title: "Time to fix by month", describes }, calendar, &drawn);
    table(page, "Days from the notice to its fix, by month", &["month", "median", "90th percentile", "fixes"]);
    for (month, spread) in by_month.iter().rev() {
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">{month}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\"><a href=\"#/fixed/{month}\">{}</a></td></tr>",
            days(spread.median_hours),
            days(spread.p90_hours),
            spread.count
        );
    }
    page.push_str("</tbody></table></div></details>\n</figure>\n");
}

fn open(page: &mut String, state: &StatusState<'_>, calendar: &Calendar) {
    let cases = state.products.iter().flat_map(|product| product.cases.values());
    let days: BTreeMap<Date, usize> = open_by_day(cases.flat_map(|case| &case.spans));
    page.push_str("<figure>\n<figcaption><h3>Open notices</h3>\n<p>How many waited for a release or an answer at the end of each day, in all products.</p></figcaption>\n");
    let describes = "A line by day of the number of open notices. The table below has the last day of each month.";
    steps(page, Caption { id: "fig-open", title: "Open notices by day", describes }, calendar, &days);
    table(page, "Open notices at the end of each month", &["month", "open", "most on a day"]);
    let mut at_end = 0;
    let mut rows = Vec::new();
    for month in &calendar.months {
        let within = days.iter().filter(|(day, _)| format!("{:04}-{:02}", day.year(), day.month()) == *month);
        let (mut most, mut last) = (at_end, at_end);
        for (_, open) in within {
            most = most.max(*open);
            last = *open;
        }
        at_end = last;
        rows.push(format!(
            "<tr><th scope=\"row\">{month}</th><td class=\"n\"><a href=\"#/waiting/{month}\">{at_end}</a></td><td class=\"n\">{most}</td></tr>\n"
        ));
    }
    rows.iter().rev().for_each(|row| page.push_str(row));
    page.push_str("</tbody></table></div></details>\n</figure>\n");
}

fn releases(page: &mut String, state: &StatusState<'_>, calendar: &Calendar) {
    let mut by_month: BTreeMap<String, usize> = BTreeMap::new();
    for product in &state.products {
        for (moment, _) in product.releases.iter().filter(|(moment, _)| !product.imported.contains(&moment.seq)) {
            *by_month.entry(month(moment.at)).or_default() += 1;
        }
    }
    let imported: usize = state.products.iter().map(|product| product.imported.len()).sum();
    let imported = match imported {
        0 => String::new(),
        some => format!(" {} that an import took over are not counted.", counted(some, "release")),
    };
    let _ = writeln!(
        page,
        "<figure>\n<figcaption><h3>Releases</h3>\n<p>How many were recorded in each month, of all products.{imported}</p></figcaption>"
    );
    if by_month.is_empty() {
        return page.push_str("</figure>\n");
    }
    let bar = |(month, n): (&String, &usize)| {
        let value = f64::from(u32::try_from(*n).unwrap_or(u32::MAX));
        let (says, link) = (format!("{month}: {}", counted(*n, "release")), format!("#/released/{month}"));
        Some(Bar { place: place(calendar, month)?, value, mark: None, says, link })
    };
    let drawn: Vec<Bar> = by_month.iter().filter_map(bar).collect();
    let describes = "Bars by month of the number of releases. The table below has the same numbers.";
    bars(page, Caption { id: "fig-rel", title: "Releases by month", describes }, calendar, &drawn);
    table(page, "Releases by month", &["month", "releases"]);
    for (month, n) in by_month.iter().rev() {
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">{month}</th><td class=\"n\"><a href=\"#/released/{month}\">{n}</a></td></tr>"
        );
    }
    page.push_str("</tbody></table></div></details>\n</figure>\n");
}

/// The beginning of the table beside a drawing.
fn table(page: &mut String, caption: &str, columns: &[&str]) {
    let heads: String = columns.iter().map(|column| format!("<th scope=\"col\">{column}</th>")).collect();
    let _ = writeln!(
        page,
        "<details><summary>As a table</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table><caption>{0}</caption><thead><tr>{heads}</tr></thead><tbody>",
        text(caption)
    );
}
