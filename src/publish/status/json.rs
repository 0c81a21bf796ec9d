//! `status.json`: the numbers, for machines. Its schema is `docs/status.schema.json`.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::answers::{GivenAnswer, Validity, answers};
use super::days::open_by_day;
use super::fix_time::hours;
use super::index::{CveEntry, NoticeEntry, cves, notices};
use super::lacking::{Lacking, is_pro_only, lacking, ubuntu_says};
use super::legs::Legs;
use super::product::Product;
use super::state::{Count, StatusState};
use super::times_json::TimesJson;
use crate::notice::{CveId, NoticeId, Priority, Severity};
use crate::product::{LogName, ReleaseVersion};
use crate::text::one_line;
use crate::tracker::{Included, Justification, Status};

/// The version of the form.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct StatusJson<'a> {
    schema: u32,
    now: Option<Timestamp>,
    target_hours: BTreeMap<Priority, i64>,
    open: CountJson,
    time_to_fix: TimesJson,
    products: BTreeMap<&'a LogName, ProductJson<'a>>,
    /// The products of partners.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    partners: BTreeMap<&'a LogName, ProductJson<'a>>,
    /// Those of their logs that can't be read.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    partners_unread: &'a [&'a LogName],
    notices: BTreeMap<NoticeId, NoticeEntry<'a>>,
    cves: BTreeMap<&'a CveId, CveEntry<'a>>,
}

#[derive(Serialize)]
struct CountJson {
    total: usize,
    late: usize,
    by_priority: BTreeMap<Priority, usize>,
}

#[derive(Serialize)]
struct ProductJson<'a> {
    events: u64,
    last_look: Option<LookJson>,
    release: Option<StatusRelease<'a>>,
    open: CountJson,
    open_notices: Vec<OpenJson<'a>>,
    answers: Vec<AnswerJson>,
    includes: Vec<IncludeJson<'a>>,
    included_in: Vec<OwnerJson<'a>>,
    pick_ups: Vec<PickUpJson<'a>>,
    time_to_fix: TimesJson,
    open_by_day: BTreeMap<Date, usize>,
    releases: Vec<StatusRelease<'a>>,
}

#[derive(Serialize)]
struct StatusRelease<'a> {
    version: &'a ReleaseVersion,
    at: Timestamp,
    seq: u64,
    fixed: usize,
    open: usize,
    imported: bool,
}

#[derive(Serialize)]
struct OpenJson<'a> {
    notice: NoticeId,
    priority: Priority,
    severity: Option<Severity>,
    under_investigation: bool,
    since: Timestamp,
    seq: u64,
    age_hours: f64,
    target_hours: i64,
    late: bool,
    cves: Vec<&'a CveId>,
    packages: Vec<PackageJson>,
    pro_only: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ubuntu_says: Vec<String>,
    inside: &'a [Included],
}

/// A package that keeps a notice open.
#[derive(Serialize)]
struct PackageJson {
    package: String,
    have: Option<String>,
    need: String,
    pro: bool,
}

#[derive(Serialize)]
struct AnswerJson {
    notice: NoticeId,
    status: Status,
    justification: Option<Justification>,
    statement: Option<String>,
    at: Timestamp,
    until: Option<Timestamp>,
    validity: Validity,
    seq: u64,
}

#[derive(Serialize)]
struct IncludeJson<'a> {
    product: &'a LogName,
    version: &'a ReleaseVersion,
    newest: Option<&'a ReleaseVersion>,
    behind: bool,
}

#[derive(Serialize)]
struct OwnerJson<'a> {
    product: &'a LogName,
    version: &'a ReleaseVersion,
    behind: bool,
}

#[derive(Serialize)]
struct PickUpJson<'a> {
    path: &'a [Included],
    newest: &'a ReleaseVersion,
    fixes: Vec<NoticeId>,
}

/// When a check last put anything into the log.
#[derive(Serialize)]
struct LookJson {
    at: Timestamp,
    seq: u64,
}

/// The file's bytes.
pub(super) fn status_json(state: &StatusState<'_>) -> Result<Vec<u8>> {
    let hours = |priority: &Priority| (*priority, state.targets.of(*priority).as_hours());
    let legs = Legs::of(&state.products, &state.partners);
    let products = state.products.iter().zip(&legs);
    let of_partners = Legs::of(&state.partners, &[]);
    let partners = state.partners.iter().zip(&of_partners);
    let json = StatusJson {
        schema: SCHEMA,
        now: state.now,
        target_hours: Priority::ALL.iter().map(hours).collect(),
        open: CountJson::of(state.total()),
        time_to_fix: TimesJson::of(&Legs::together(&legs)),
        products: products.map(|(product, legs)| (product.name(), ProductJson::of(state, product, legs))).collect(),
        partners: partners.map(|(product, legs)| (product.name(), ProductJson::of(state, product, legs))).collect(),
        partners_unread: &state.unread,
        notices: notices(state),
        cves: cves(state),
    };
    Ok([serde_json::to_vec(&json)?, b"\n".to_vec()].concat())
}

impl CountJson {
    fn of(count: Count) -> CountJson {
        let of = |priority: &Priority| (*priority, count.by_priority.get(priority).copied().unwrap_or_default());
        CountJson { total: count.open, late: count.late, by_priority: Priority::ALL.iter().map(of).collect() }
    }
}

impl<'a> ProductJson<'a> {
    fn of(state: &'a StatusState<'_>, product: &'a Product<'_>, legs: &Legs) -> ProductJson<'a> {
        let release = |recorded| StatusRelease::of(product, recorded);
        let releases: Vec<StatusRelease<'a>> = product.releases.iter().map(release).collect();
        ProductJson {
            events: product.history.state().len(),
            last_look: product.last_look.map(|look| LookJson { at: look.at, seq: look.seq }),
            release: product.highest.as_ref().map(release),
            open: CountJson::of(state.count(product)),
            open_notices: open(state, product),
            answers: answers(state, product).into_iter().map(AnswerJson::of).collect(),
            includes: includes(product),
            included_in: owners(state, product),
            pick_ups: pick_ups(product),
            time_to_fix: TimesJson::of(legs),
            open_by_day: open_by_day(product.cases.values().flat_map(|case| &case.spans)),
            releases,
        }
    }
}

fn open<'a>(state: &'a StatusState<'_>, product: &'a Product<'_>) -> Vec<OpenJson<'a>> {
    let open = |case: &'a super::notice_timeline::NoticeTimeline<'_>| {
        let since = case.since()?;
        let lacking = lacking(product, case);
        Some(OpenJson {
            notice: case.id(),
            priority: case.priority,
            severity: case.severity,
            under_investigation: case.standing == super::notice_timeline::NoticeState::UnderInvestigation,
            since: since.at,
            seq: since.seq,
            age_hours: hours(state.age(case)?),
            target_hours: state.targets.of(case.priority).as_hours(),
            late: state.is_late(case),
            cves: case.notice.sorted_cves().into_iter().map(|cve| &cve.id).collect(),
            pro_only: is_pro_only(&lacking),
            ubuntu_says: ubuntu_says(&lacking, case.notice),
            packages: lacking.into_iter().map(PackageJson::of).collect(),
            inside: product.inside.get(&case.id()).map_or(&[], Vec::as_slice),
        })
    };
    product.cases.values().filter_map(open).collect()
}

fn includes<'a>(product: &'a Product<'_>) -> Vec<IncludeJson<'a>> {
    let include = |content: &'a super::contents::Content<'_>| IncludeJson {
        product: &content.product,
        version: &content.version,
        newest: content.newest,
        behind: content.is_behind(),
    };
    product.contents.iter().map(include).collect()
}

/// The products that contain this one.
fn owners<'a>(state: &'a StatusState<'_>, product: &Product<'_>) -> Vec<OwnerJson<'a>> {
    let within = |owner: &'a Product<'_>| {
        let content = owner.contents.iter().find(|content| content.product == *product.name())?;
        Some(OwnerJson { product: owner.name(), version: &content.version, behind: content.is_behind() })
    };
    state.products.iter().chain(&state.partners).filter_map(within).collect()
}

fn pick_ups<'a>(product: &'a Product<'_>) -> Vec<PickUpJson<'a>> {
    let pick_up = |pick_up: &'a crate::tracker::PickUp| PickUpJson {
        path: &pick_up.path,
        newest: &pick_up.newest,
        fixes: pick_up.fixes.iter().copied().collect(),
    };
    product.pick_ups.iter().map(pick_up).collect()
}

impl PackageJson {
    fn of(lacking: Lacking) -> PackageJson {
        let Lacking { package, have, need, pro } = lacking;
        PackageJson {
            package: package.to_string(),
            have: have.map(|version| version.to_string()),
            need: need.to_string(),
            pro,
        }
    }
}

impl<'a> StatusRelease<'a> {
    fn of(
        product: &Product<'_>,
        (moment, released): &(crate::tracker::Moment, &'a crate::tracker::Released),
    ) -> StatusRelease<'a> {
        let (fixed, open) = (released.fixed.len(), released.open.len());
        let imported = product.imported.contains(&moment.seq);
        StatusRelease { version: &released.version, at: moment.at, seq: moment.seq, fixed, open, imported }
    }
}

impl AnswerJson {
    fn of(given: GivenAnswer<'_>) -> AnswerJson {
        let answered = given.answered;
        AnswerJson {
            notice: answered.notice,
            status: answered.status,
            justification: answered.justification,
            statement: answered.statement.as_deref().map(one_line),
            at: given.moment.at,
            until: answered.until,
            validity: given.validity,
            seq: given.moment.seq,
        }
    }
}
