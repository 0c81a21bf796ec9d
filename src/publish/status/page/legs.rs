//! How soon: each leg of the way from a notice to those who run its fix, as a table.

use std::fmt::Write;

use super::super::fix_time::Spread;
use super::super::legs::{LegTime, Legs, spread, spreads};
use super::super::state::StatusState;
use crate::notice::Priority;
use crate::text::count as counted;

/// The lengths of one leg.
type LengthsOf = fn(&Legs) -> &[LegTime];

/// The legs in their order, each with what it is called and what it goes from and to.
const LEGS: [(&str, &str, LengthsOf); 3] = [
    ("published → opened", "until it was put before you", |legs| &legs.noticed),
    ("opened → recorded", "until the release that fixes it was recorded", |legs| &legs.opened),
    ("recorded → picked up", "until a product that contains it shipped that", |legs| &legs.picked_up),
];

/// The table of the legs, and behind it those by priority and by month.
pub(super) fn legs(page: &mut String, state: &StatusState<'_>) {
    let legs = Legs::together(&Legs::of(&state.products, &state.partners));
    page.push_str("<figure class=\"across\">\n<figcaption><h3>How soon</h3>\n");
    let apart = match legs.untimed {
        0 => String::new(),
        some => format!(
            " {} without a time are apart: an import took them over, or the put that recorded them was the first to name them.",
            counted(some, "fix")
        ),
    };
    if LEGS.iter().all(|(_, _, times)| times(&legs).is_empty()) {
        let _ = writeln!(
            page,
            "<p>No notice went from one step to the next yet in a way that the logs can time.{apart}</p></figcaption>\n</figure>"
        );
        return;
    }
    let _ = writeln!(
        page,
        "<p>Each leg of the way, of all products. Half of the notices took no longer than the median, nine of ten no longer \
         than the 90th percentile; of fewer than ten that is the longest.{apart}</p></figcaption>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"By leg\"><table><caption>By leg</caption><thead><tr>\
         <th scope=\"col\">leg</th><th scope=\"col\">median</th><th scope=\"col\">90 %</th><th scope=\"col\">notices</th></tr></thead><tbody>"
    );
    for (name, until, times) in LEGS {
        let head = format!("{name}<span>{until}</span>");
        row(page, &[&head], spread(times(&legs)).as_ref());
    }
    page.push_str("</tbody></table></div>\n");
    if let Some(first) = spread(&legs.noticed) {
        let _ = writeln!(
            page,
            "<p class=\"small\">The first leg is what a webhook, or a shorter <code>check_every</code>, would bring: half of the \
             notices were seen within {}.</p>",
            length(first.median_hours)
        );
    }
    begin(page, "By priority", "priority");
    for (name, _, times) in LEGS {
        for (priority, spread) in spreads(times(&legs), |time| time.priority).iter().rev() {
            row(page, &[name, &chip(*priority)], Some(spread));
        }
    }
    page.push_str("</tbody></table></div></details>\n");
    begin(page, "By month in which the leg ended", "month");
    for (name, _, times) in LEGS {
        for (month, spread) in spreads(times(&legs), |time| time.month.clone()).iter().rev() {
            row(page, &[name, month], Some(spread));
        }
    }
    page.push_str("</tbody></table></div></details>\n</figure>\n");
}

/// The beginning of a table that can be opened.
fn begin(page: &mut String, title: &str, kind: &str) {
    let _ = writeln!(
        page,
        "<details><summary>{title}</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{title}\"><table><caption>{title}</caption>\
         <thead><tr><th scope=\"col\">leg</th><th scope=\"col\">{kind}</th><th scope=\"col\">median</th><th scope=\"col\">90 %</th>\
         <th scope=\"col\">notices</th></tr></thead><tbody>"
    );
}

fn chip(priority: Priority) -> String {
    format!("<b class=\"chip {priority}\">{priority}</b>")
}

/// A row: its heads, which are HTML, and the numbers, or dashes where there are none.
fn row(page: &mut String, heads: &[&str], spread: Option<&Spread>) {
    let (first, rest) = heads.split_first().unwrap_or((&"", &[]));
    let rest: String = rest.iter().map(|head| format!("<td>{head}</td>")).collect();
    let numbers = spread.map_or_else(
        || ["–".to_owned(), "–".to_owned(), "0".to_owned()],
        |spread| [length(spread.median_hours), length(spread.p90_hours), spread.count.to_string()],
    );
    let numbers: String = numbers.iter().map(|number| format!("<td class=\"n\">{number}</td>")).collect();
    let _ = writeln!(page, "<tr><th scope=\"row\">{first}</th>{rest}{numbers}</tr>");
}

/// Hours, or from two days on days, with one decimal.
fn length(hours: f64) -> String {
    if hours < 48.0 { format!("{hours:.1} h") } else { format!("{:.1} d", hours / 24.0) }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{StatusFixture, notice};
    use super::super::super::{Shipped, Targets};
    use super::*;
    use serde_json::json;

    fn figure(story: StatusFixture) -> String {
        let (histories, shipped, targets) = ([story.history()], Shipped::new(), Targets::default());
        let mut page = String::new();
        legs(&mut page, &StatusState::of(&histories, &shipped, &targets));
        page
    }

    #[test]
    fn the_first_leg_says_what_a_webhook_would_bring() {
        let mut later = notice("USN-1-1", "a vulnerability", &[]);
        later["published"] = json!("2026-01-13T06:30:00Z");
        let story = StatusFixture::of("rootfs").released("1.0", &[]).opened_as(later, json!({}));
        let page = figure(story.released("1.1", &["USN-1-1"]));
        assert!(page.contains("half of the notices were seen within 2.5 h"), "{page}");
        assert!(page.contains("<td class=\"n\">24.0 h</td>"), "{page}");
        assert!(page.contains("<td class=\"n\">–</td><td class=\"n\">–</td><td class=\"n\">0</td>"), "{page}");
    }

    #[test]
    fn without_times_it_says_so() {
        assert!(figure(StatusFixture::of("rootfs")).contains("No notice went from one step to the next yet"));
    }

    #[test]
    fn lengths_are_told_in_hours_and_then_in_days() {
        assert_eq!([length(0.0), length(0.2), length(47.9), length(48.0)], ["0.0 h", "0.2 h", "47.9 h", "2.0 d"]);
    }
}
