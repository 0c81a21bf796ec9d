//! The data that the page's script reads: every event, each text once.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::fix_time::{FixTime, hours};
use super::super::index::telling;
use super::super::lacking::{Lacking, is_pro_only, lacking, ubuntu_says};
use super::super::link::web_address;
use super::super::notice_timeline::NoticeTimeline;
use super::super::product::Product;
use super::super::state::StatusState;
use super::sections::MOST_PACKAGES;
use crate::notice::{Notice, NoticeId, Priority};
use crate::product::Comparison;
use crate::text::one_line;
use crate::tracker::{Body, By, Event, Evidence};

/// Longer evidence is cut; the log has all of it.
const MOST_COMPARED: usize = 40;

/// What several events share, each once, told by its place.
#[derive(Debug, Default)]
struct Shared<'a> {
    strings: Interned<String>,
    tables: Interned<Vec<usize>>,
    builds: Interned<Value>,
    notices: BTreeMap<NoticeId, usize>,
    told: Vec<(&'a Notice, Priority)>,
}

/// Values by the place of their first appearance.
#[derive(Debug)]
struct Interned<T> {
    places: std::collections::HashMap<T, usize>,
    values: Vec<T>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Interned { places: Default::default(), values: Vec::new() }
    }
}

impl<T: std::hash::Hash + Eq + Clone> Interned<T> {
    fn place(&mut self, value: T) -> usize {
        let next = self.values.len();
        if let Some(place) = self.places.get(&value) {
            return *place;
        }
        self.values.push(value.clone());
        self.places.insert(value, next);
        next
    }
}

#[derive(Serialize)]
struct Data {
    now: i64,
    targets: Vec<i64>,
    products: Vec<Value>,
    notices: Vec<Value>,
    builds: Vec<Value>,
    tables: Vec<Vec<usize>>,
    strings: Vec<String>,
}

/// The data as JSON that can stand in an element of HTML.
pub(super) fn data(state: &StatusState<'_>) -> Result<String> {
    let mut shared = Shared::default();
    let products = state.products.iter().map(|product| shared.product(product)).collect();
    let notices =
        std::mem::take(&mut shared.told).into_iter().map(|(n, priority)| shared.notice(n, priority)).collect();
    let data = Data {
        now: state.now.map_or(0, Timestamp::as_second),
        targets: Priority::ALL.iter().map(|priority| state.targets.of(*priority).as_secs()).collect(),
        products,
        notices,
        builds: shared.builds.values,
        tables: shared.tables.values,
        strings: shared.strings.values,
    };
    Ok(in_script(&serde_json::to_string(&data)?))
}

/// JSON that no parser of HTML or of JavaScript mistakes for anything else.
fn in_script(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                safe.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => safe.push(c),
        }
    }
    safe
}

impl<'a> Shared<'a> {
    fn text(&mut self, text: &str) -> usize {
        self.strings.place(one_line(text))
    }

    fn known(&mut self, notice: &'a Notice, priority: Priority) -> usize {
        let next = self.told.len();
        let place = *self.notices.entry(notice.id).or_insert(next);
        if place == next {
            self.told.push((notice, priority));
        }
        place
    }

    /// A notice by its id: its place, or the id where no log has its facts.
    fn named(&self, id: NoticeId) -> Value {
        self.notices.get(&id).map_or_else(|| json!(id), |place| json!(place))
    }

    fn notice(&mut self, notice: &Notice, priority: Priority) -> Value {
        let cves: Vec<usize> = notice.sorted_cves().iter().map(|cve| self.text(cve.id.as_str())).collect();
        json!([notice.id, self.text(&notice.title), notice.published.day(), rank(priority), cves])
    }

    fn product(&mut self, product: &Product<'a>) -> Value {
        let cases: Vec<Value> = product.cases.values().map(|case| self.case(product, case)).collect();
        let events: Vec<Value> = product.history.events().iter().map(|event| self.event(event)).collect();
        json!({"name": product.name(), "events": events, "cases": cases, "imported": product.imported})
    }

    fn case(&mut self, product: &Product<'a>, case: &NoticeTimeline<'a>) -> Value {
        let notice = self.known(case.notice, case.priority);
        let fixed = case.fixed.as_ref().filter(|_| case.standing == super::super::notice_timeline::NoticeState::Fixed);
        let since = fixed.map(|fixed| self.text(fixed.version.as_str()));
        let seconds = |at: Timestamp| at.as_second();
        let spans: Vec<i64> =
            case.spans.iter().flat_map(|s| [seconds(s.from.at), s.to.map_or(0, |to| seconds(to.at))]).collect();
        let opened = case.since().map_or(0, |moment| moment.seq);
        let took = FixTime::of(case).map(|time| json!([time.month, hours(time.published)]));
        let (seq, _) = telling(case);
        let inside = product.inside.get(&case.id()).map(|path| {
            let path: Vec<String> = path.iter().map(ToString::to_string).collect();
            self.text(&path.join(" → "))
        });
        let lacking = may_be_open(case).then(|| self.lacking(&lacking(product, case), case.notice));
        let priority = rank(case.priority);
        json!([notice, case.standing as u8, seq, since, priority, opened, spans, case.events, took, inside, lacking])
    }

    /// The packages that keep a notice open: four places each, how many more there are, and Ubuntu's words where there are some.
    fn lacking(&mut self, lacking: &[Lacking], notice: &Notice) -> Value {
        let mut row = |lacking: &Lacking| {
            let have = lacking.have.as_ref().map(|have| self.text(&have.to_string()));
            json!([self.text(lacking.package.as_str()), have, self.text(&lacking.need.to_string()), lacking.pro])
        };
        let rows: Vec<Value> = lacking.iter().take(MOST_PACKAGES).map(&mut row).collect();
        let (more, pro_only) = (lacking.len().saturating_sub(MOST_PACKAGES), is_pro_only(lacking));
        let said = ubuntu_says(lacking, notice);
        if said.is_empty() {
            return json!([rows, more, pro_only]);
        }
        let shown: Vec<usize> = said.iter().take(MOST_PACKAGES).map(|line| self.text(line)).collect();
        json!([rows, more, pro_only, shown, said.len().saturating_sub(MOST_PACKAGES)])
    }

    fn event(&mut self, event: &'a Event) -> Value {
        let (at, by) = (event.at.as_second(), self.build(&event.by));
        match &event.body {
            Body::Opened(opened) => {
                let notice = self.known(&opened.notice, opened.priority);
                let fixed_in = opened.fixed_in.as_ref().map(|fixed| self.text(fixed.version.as_str()));
                let compared = opened.fixed_in.as_ref().map_or(&opened.packages, |fixed| &fixed.evidence);
                let severity = opened.severity.map(|severity| self.text(severity.as_str()));
                let table = self.table(compared);
                json!([0, at, by, notice, opened.opening, rank(opened.priority), severity, table, fixed_in])
            }
            Body::Answered(answered) => {
                let status = self.text(answered.status.as_str());
                let justification = answered.justification.map(|word| self.text(word.as_str()));
                let statement = answered.statement.as_deref().map(|statement| self.text(statement));
                let until = answered.until.map(Timestamp::as_second);
                json!([1, at, by, self.named(answered.notice), status, justification, statement, until])
            }
            Body::Released(released) => {
                let fixed: Vec<Value> = released
                    .fixed
                    .iter()
                    .map(|fixed| {
                        let table = match &fixed.evidence {
                            Evidence::Packages(compared) => self.table(compared),
                            Evidence::None => None,
                        };
                        let way = fixed.path.iter().map(ToString::to_string).collect::<Vec<_>>().join(" → ");
                        let way = (!way.is_empty()).then(|| self.text(&way));
                        json!([self.named(fixed.notice), table, way])
                    })
                    .collect();
                let names =
                    |shared: &Self, ids: &[NoticeId]| ids.iter().map(|id| shared.named(*id)).collect::<Vec<_>>();
                let (spared, open) = (names(self, &released.not_affected), names(self, &released.open));
                let inside: Vec<usize> =
                    released.includes.iter().map(|(name, version)| self.text(&format!("{name} {version}"))).collect();
                let version = self.text(released.version.as_str());
                json!([2, at, by, version, fixed, spared, open, inside, released.packages.is_some()])
            }
        }
    }

    /// Packages beside what is needed: three places each.
    fn table(&mut self, compared: &[Comparison]) -> Option<usize> {
        if compared.is_empty() {
            return None;
        }
        let mut table = Vec::new();
        for row in compared.iter().take(MOST_COMPARED) {
            let (have, need) = (row.have.to_string(), row.need.to_string());
            table.extend([self.text(row.package.as_str()), self.text(&have), self.text(&need)]);
        }
        if compared.len() > MOST_COMPARED {
            table.push(compared.len() - MOST_COMPARED);
        }
        Some(self.tables.place(table))
    }

    /// Who wrote an event: a name, the build, and the address of its page, cut in two because most begin alike.
    fn build(&mut self, by: &By) -> usize {
        let names: Vec<&str> = [&by.team, &by.pipeline, &by.job].into_iter().flatten().map(String::as_str).collect();
        let name = if by.job.is_none() { format!("{} (check)", names.join("/")) } else { names.join("/") };
        let name = self.text(name.trim());
        let build = by.build.as_deref().map(one_line);
        let address = by.url.as_deref().and_then(web_address);
        let address = address.map(|url| {
            let cut = url.rfind('/').map_or(0, |at| at + 1);
            (self.strings.place(url[..cut].to_owned()), url[cut..].to_owned())
        });
        self.builds.place(json!([name, build, address]))
    }
}

/// Whether a notice is open, or will be by the reader's clock when its answer runs out.
fn may_be_open(case: &NoticeTimeline<'_>) -> bool {
    case.is_open() || case.answer.is_some_and(|(_, answered)| answered.until.is_some())
}

/// The place of a priority among all.
fn rank(priority: Priority) -> usize {
    Priority::ALL.iter().position(|one| *one == priority).unwrap_or_default()
}
