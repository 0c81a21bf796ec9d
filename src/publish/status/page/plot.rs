//! Drawings: bars by month, steps by day.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::civil::Date;

use super::calendar::Calendar;
use super::html::text;

/// The drawing's size in its own units; it is scaled to the page.
const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 210.0;
/// Room for the scales.
const LEFT: f64 = 50.0;
const BOTTOM: f64 = 26.0;
const TOP: f64 = 12.0;

/// One bar of a month: its height, and a mark above it.
#[derive(Debug, Clone)]
pub(super) struct Bar {
    /// The month, by its place in the calendar.
    pub(super) place: usize,
    /// How high it is.
    pub(super) value: f64,
    /// Where the mark is, if it has one.
    pub(super) mark: Option<f64>,
    /// What it says.
    pub(super) says: String,
    /// Where a click leads.
    pub(super) link: String,
}

/// The name of a drawing, for those who can't see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caption<'a> {
    /// The id that the others are made of.
    pub(super) id: &'a str,
    /// A few words.
    pub(super) title: &'a str,
    /// What it shows, in a sentence.
    pub(super) describes: &'a str,
}

/// Bars by month.
pub(super) fn bars(page: &mut String, caption: Caption<'_>, calendar: &Calendar, bars: &[Bar]) {
    let most = bars.iter().map(|bar| bar.mark.unwrap_or(bar.value).max(bar.value)).fold(0.0, f64::max);
    let scale = Scale::of(most);
    begin(page, caption, calendar, &scale);
    let slot = (WIDTH - LEFT) / count(calendar.months.len());
    let wide = (slot * 0.72).clamp(1.0, 40.0);
    for bar in bars {
        let middle = LEFT + slot * (count(bar.place) + 0.5);
        let (y, base) = (scale.y(bar.value), scale.y(0.0));
        let high = (base - y).max(if bar.value > 0.0 { 1.0 } else { 0.0 });
        let _ = write!(page, "<g data-go=\"{}\"><title>{}</title>", text(&bar.link), text(&bar.says));
        if let Some(mark) = bar.mark {
            let y = scale.y(mark);
            let _ = write!(
                page,
                "<path class=\"mark\" d=\"M{middle:.1} {base:.1}V{y:.1}M{:.1} {y:.1}h{:.1}\"/>",
                middle - wide / 4.0,
                wide / 2.0
            );
        }
        let _ = write!(
            page,
            "<rect class=\"bar\" x=\"{:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\" rx=\"1.5\"/></g>",
            middle - wide / 2.0,
            base - high
        );
    }
    page.push_str("</svg>\n");
}

/// How many were open on each day.
pub(super) fn steps(page: &mut String, caption: Caption<'_>, calendar: &Calendar, days: &BTreeMap<Date, usize>) {
    let scale = Scale::of(count(days.values().copied().max().unwrap_or_default()));
    begin(page, caption, calendar, &scale);
    let x = |day: Date| LEFT + (WIDTH - LEFT) * f64::from(calendar.day(day)) / f64::from(calendar.days().max(1));
    let base = scale.y(0.0);
    let mut line = format!("M{LEFT:.1} {base:.1}");
    for (day, open) in days {
        let _ = write!(line, "H{:.1}V{:.1}", x(*day), scale.y(count(*open)));
    }
    let _ = writeln!(
        page,
        "<path class=\"area\" d=\"{line}H{WIDTH}V{base:.1}Z\"/><path class=\"line\" d=\"{line}H{WIDTH}\"/></svg>"
    );
}

/// A small one without scales, for a card; the numbers stand elsewhere.
pub(super) fn sparkline(page: &mut String, calendar: &Calendar, days: &BTreeMap<Date, usize>) {
    let most = count(days.values().copied().max().unwrap_or_default()).max(1.0);
    let x = |day: Date| 240.0 * f64::from(calendar.day(day)) / f64::from(calendar.days().max(1));
    let mut line = String::from("M0 31");
    for (day, open) in days {
        let _ = write!(line, "H{:.0}V{:.0}", x(*day), 31.0 - 28.0 * count(*open) / most);
    }
    let _ = writeln!(
        page,
        "<svg class=\"spark\" viewBox=\"0 0 240 32\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><path class=\"area\" d=\"{line}H240V31Z\"/><path class=\"line\" d=\"{line}H240\"/></svg>"
    );
}

fn begin(page: &mut String, caption: Caption<'_>, calendar: &Calendar, scale: &Scale) {
    let Caption { id, title, describes } = caption;
    let _ = write!(
        page,
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{}</desc>",
        text(describes)
    );
    for step in 0..=scale.steps {
        let value = scale.step * f64::from(step);
        let y = scale.y(value);
        let _ = write!(
            page,
            "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{WIDTH}\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
            LEFT - 7.0,
            y + 4.0
        );
    }
    let months = calendar.months.len();
    let every = [1, 2, 3, 6, 12, 24, 60, 120].into_iter().find(|every| months <= 6 * every).unwrap_or(120);
    let slot = (WIDTH - LEFT) / count(months);
    for (place, month) in calendar.months.iter().enumerate() {
        let nth: usize = month.rsplit('-').next().and_then(|nth| nth.parse().ok()).unwrap_or(1);
        let year: usize = month.split('-').next().and_then(|year| year.parse().ok()).unwrap_or_default();
        if (year * 12 + nth - 1).is_multiple_of(every) {
            let label = if every >= 12 { month.split('-').next().unwrap_or_default() } else { month };
            let _ = write!(page, "<text x=\"{:.1}\" y=\"{}\">{label}</text>", LEFT + slot * count(place), HEIGHT - 6.0);
        }
    }
}

/// The upright scale: steps of 1, 2 or 5 with zeros.
struct Scale {
    step: f64,
    steps: u32,
}

impl Scale {
    fn of(most: f64) -> Scale {
        let mut step = 1.0;
        for factor in [2.0, 2.5, 2.0].into_iter().cycle() {
            if most <= step * 5.0 {
                break;
            }
            step *= factor;
        }
        let mut steps = 1;
        while f64::from(steps) * step < most {
            steps += 1;
        }
        Scale { step, steps }
    }

    fn y(&self, value: f64) -> f64 {
        let share = value / (self.step * f64::from(self.steps));
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - share)
    }
}

/// Counts are small: nothing is lost.
fn count(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
