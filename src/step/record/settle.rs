//! What a release settles: the heart of a put.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use jiff::Timestamp;

use crate::concourse::{BuildOutput, columns};
use crate::notice::{Fix, Notice, NoticeId};
use crate::product::{Comparison, NotComparable, Packages, ReleaseVersion, Standing};
use crate::step::included_products::{Contents, Inherited, LeftOpen, names};
use crate::step::our_facts::by_our_facts;
use crate::text::{are, some_of};
use crate::tracker::{Evidence, FixedIn, FixedNotice, LogState, OpenInside, ReleasedSummary, Stand};

/// What a release settles of the open notices, and of those that it was to settle.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub(super) fixed: Vec<FixedNotice>,
    pub(super) not_affected: Vec<NoticeId>,
    pub(super) open: Vec<NoticeId>,
    /// What releases inside this one leave open beside these.
    pub(super) open_inside: Vec<OpenInside>,
    /// What keeps open notices open.
    pub(super) rows: Vec<SettleRow>,
    /// The named notices that it doesn't settle.
    unsettled: Vec<NoticeId>,
    /// The named notices that it claims without evidence.
    claimed: Vec<NoticeId>,
}

/// A line of the table of what is not fixed.
#[derive(Debug)]
pub(super) struct SettleRow {
    notice: NoticeId,
    pub(super) package: String,
    have: String,
    pub(super) need: String,
    pub(super) why: String,
}

/// What a release is judged by.
pub(super) struct ReleaseContents<'a> {
    /// Its packages, if they are known.
    pub(super) packages: Option<&'a Packages>,
    /// Whether the product may install fixes of Ubuntu Pro.
    pub(super) pro: bool,
    /// What it must settle.
    pub(super) named: &'a BTreeSet<NoticeId>,
    /// Notices that the log may not hold yet.
    pub(super) looked_up: &'a BTreeMap<NoticeId, Notice>,
    /// What the releases inside it fix, and what they leave open.
    pub(super) contents: &'a Contents,
    /// What the notices that they leave open ask for, as far as the logs of their products tell.
    pub(super) asked_inside: &'a BTreeMap<NoticeId, Vec<Fix>>,
    /// The time of the put.
    pub(super) now: Timestamp,
}

/// Judges all open notices and the named ones by the facts in the log, never by a filter; and takes over what the releases
/// inside this one fix. The release's own packages have the first word.
pub(super) fn settle(log_state: &LogState, given: &ReleaseContents<'_>) -> Settled {
    let mut settled = Settled::default();
    let contents = by_our_facts(log_state, given.contents);
    let given = &ReleaseContents { contents: &contents, ..*given };
    let ReleaseContents { packages, pro, named, looked_up, contents, now, .. } = *given;
    let open: BTreeSet<NoticeId> = log_state.open(now).collect();
    // A release that shows the fix supersedes an answer.
    let answered = log_state.followed(now).filter(|id| !open.contains(id) && !log_state.is_withdrawn(*id));
    let answered: BTreeSet<NoticeId> = answered.collect();
    let new: BTreeSet<NoticeId> = looked_up.keys().copied().filter(|id| log_state.openings(*id).is_empty()).collect();
    let judged: BTreeSet<NoticeId> = open.iter().chain(&new).chain(named).chain(&answered).copied().collect();
    for id in judged {
        let inherited = contents.fixed.get(&id);
        // What is new by inheritance alone is no open notice of this product.
        let is_open = open.contains(&id) || (new.contains(&id) && (named.contains(&id) || inherited.is_none()));
        let is_named = named.contains(&id);
        let is_unsettled = is_open || answered.contains(&id) || new.contains(&id);
        let left = contents.open.get(&id);
        let asked = fixes(log_state, looked_up, id);
        let standing = packages.map(|packages| Standing::of(&asked, packages));
        let mut stays = |rows: Vec<SettleRow>| {
            if is_open {
                settled.open.push(id);
            }
            if is_named && !answered.contains(&id) {
                settled.unsettled.push(id);
            }
            if is_open || is_named {
                settled.rows.extend(rows);
            }
        };
        let rows = |standing: &Standing| match answered.contains(&id).then(|| log_state.last_answer(id)).flatten() {
            Some(answer) => vec![SettleRow::empty(id, format!("answered: {}", answer.status))],
            None => rows(id, standing, &asked, pro),
        };
        match (standing, inherited, left) {
            (Some(Some(Standing::Fixed(evidence))), _, _) if is_unsettled => {
                settled.fix(id, Evidence::Packages(evidence));
            }
            (Some(Some(standing @ (Standing::Open(_) | Standing::NotComparable(_)))), _, _) => {
                stays(rows(&standing));
            }
            (_, Some(inherited), _) if is_unsettled => settled.inherit(id, inherited),
            (_, None, Some(left)) if is_unsettled => stays(rows_inside(id, left)),
            (Some(Some(Standing::NotInstalled)), _, _) if is_unsettled => settled.not_affected.push(id),
            (Some(Some(Standing::Fixed(_) | Standing::NotInstalled)), _, _) => {}
            (Some(Some(standing @ Standing::OtherLine)), _, _) => stays(rows(&standing)),
            (Some(None), _, _) => stays(vec![SettleRow::empty(id, "its packages are unknown")]),
            (None, _, _) if is_named && is_open => {
                settled.claimed.push(id);
                settled.fix(id, Evidence::None);
            }
            (None, _, _) if is_open => settled.open.push(id),
            (None, _, _) => {}
        }
    }
    settled.open_inside = open_inside(log_state, given, &settled.open);
    settled
}

/// What releases inside this one leave open, unless the product itself says otherwise: by its own packages, or by an answer.
fn open_inside(log_state: &LogState, given: &ReleaseContents<'_>, open: &[NoticeId]) -> Vec<OpenInside> {
    let ReleaseContents { packages, contents, asked_inside, now, .. } = *given;
    let settles_itself = |id: NoticeId| {
        let answered = log_state.timeline(id).is_some_and(|known| matches!(known.stand(now), Stand::Answered { .. }));
        let fixes = log_state.fixes(id).or_else(|| asked_inside.get(&id).cloned()).unwrap_or_default();
        let standing = packages.and_then(|packages| Standing::of(&fixes, packages));
        answered || matches!(standing, Some(Standing::Fixed(_)))
    };
    let left = contents.open.iter().filter(|(id, _)| !open.contains(id) && !settles_itself(**id));
    left.map(|(id, left)| OpenInside { notice: *id, path: left.path.clone() }).collect()
}

/// Why a package keeps a notice open that has a fix.
pub(super) const TOO_OLD: &str = "too old";

/// How many packages of a notice are shown of which the list can't tell anything.
const MOST_ROWS: usize = 5;

/// The fixes of a notice, by the newest facts in the log.
fn fixes(log_state: &LogState, looked_up: &BTreeMap<NoticeId, Notice>, id: NoticeId) -> Vec<Fix> {
    log_state.fixes(id).or_else(|| looked_up.get(&id).map(|notice| notice.fixes.clone())).unwrap_or_default()
}

fn rows(id: NoticeId, standing: &Standing, fixes: &[Fix], pro: bool) -> Vec<SettleRow> {
    let why = |compared: &Comparison| match compared.pro && !pro {
        true => "only Ubuntu Pro has the fix",
        false if compared.need.is_none_yet() => "no version has the fix yet",
        false => TOO_OLD,
    };
    match standing {
        Standing::Open(compared) => {
            let too_old = compared.iter().filter(|compared| compared.is_too_old());
            too_old.map(|compared| SettleRow::new(id, compared, why(compared).to_owned())).collect()
        }
        Standing::NotComparable(none) if none.is_empty() => {
            let others = fixes.iter().filter(|fix| !fix.package.is_ubuntu());
            let row = |fix: &Fix| SettleRow {
                notice: id,
                package: fix.package.to_string(),
                have: "-".to_owned(),
                need: fix.version.to_string(),
                why: format!("the list names no package of its kind ({}), so it can't tell", fix.package.ecosystem()),
            };
            let rows: Vec<SettleRow> = others.take(MOST_ROWS).map(row).collect();
            if rows.is_empty() { vec![SettleRow::empty(id, "nothing in the list can be compared")] } else { rows }
        }
        Standing::NotComparable(packages) => {
            packages.iter().map(|package| SettleRow::not_comparable(id, package)).collect()
        }
        Standing::OtherLine => vec![SettleRow::empty(id, "only for FIPS builds, of which none is installed")],
        Standing::Fixed(_) | Standing::NotInstalled => Vec::new(),
    }
}

/// What keeps a notice open in a release inside this one.
fn rows_inside(id: NoticeId, left: &LeftOpen) -> Vec<SettleRow> {
    let why = format!("inside {}", names(&left.path));
    match left.too_old.as_slice() {
        [] => vec![SettleRow::empty(id, format!("open {why}"))],
        too_old => too_old.iter().map(|compared| SettleRow::new(id, compared, format!("too old {why}"))).collect(),
    }
}

impl SettleRow {
    fn new(notice: NoticeId, compared: &Comparison, why: String) -> SettleRow {
        let Comparison { package, have, need, .. } = compared;
        SettleRow { notice, package: package.to_string(), have: have.to_string(), need: need.to_string(), why }
    }

    fn not_comparable(notice: NoticeId, installed: &NotComparable) -> SettleRow {
        let NotComparable { package, have, need, why } = installed;
        let have = if have.is_empty() { "-" } else { have }.to_owned();
        let why = format!("not comparable: {why}");
        SettleRow { notice, package: package.to_string(), have, need: need.to_string(), why }
    }

    fn empty(notice: NoticeId, why: impl Into<String>) -> SettleRow {
        let nothing = || "-".to_owned();
        SettleRow { notice, package: nothing(), have: nothing(), need: nothing(), why: why.into() }
    }
}

impl Settled {
    fn fix(&mut self, notice: NoticeId, evidence: Evidence) {
        self.fixed.push(FixedNotice { notice, evidence, via: None, path: Vec::new() });
    }

    fn inherit(&mut self, notice: NoticeId, inherited: &Inherited) {
        let Inherited { evidence, path, .. } = inherited.clone();
        let via = path.first().map(|inside| inside.product.clone());
        self.fixed.push(FixedNotice { notice, evidence, via, path });
    }

    /// This release as `fixed_in` of a notice that was never emitted, if its packages show the fix.
    pub(super) fn shows_fixed(&self, version: &ReleaseVersion, notice: NoticeId) -> Option<FixedIn> {
        let fixed = self.fixed.iter().find(|fixed| fixed.notice == notice)?;
        let evidence = match &fixed.evidence {
            Evidence::Packages(evidence) => evidence.clone(),
            Evidence::None if fixed.via.is_some() => Vec::new(),
            Evidence::None => return None,
        };
        Some(FixedIn { version: version.clone(), evidence })
    }

    /// What came of it, in one line.
    pub(super) fn line(&self) -> String {
        let inside = match self.open_inside.as_slice() {
            [] => String::new(),
            inside => {
                let names = some_of(inside.iter().map(|inside| inside.notice.to_string()));
                format!("; {} open in what it contains ({names})", are(inside.len()))
            }
        };
        if self.fixed.is_empty() && self.not_affected.is_empty() && self.open.is_empty() {
            return format!("nothing was open{inside}");
        }
        let part = |what: &str, ids: Vec<NoticeId>| {
            let names = if ids.is_empty() {
                String::new()
            } else {
                format!(" ({})", some_of(ids.iter().map(ToString::to_string)))
            };
            format!("{} {what}{names}", ids.len())
        };
        [
            part("fixed", self.fixed.iter().map(|fixed| fixed.notice).collect()),
            part("not affected", self.not_affected.clone()),
            part("still open", self.open.clone()),
        ]
        .join(", ")
            + &inside
    }

    /// Prints what keeps notices open, one package of each.
    pub(super) fn table(&self, output: &mut BuildOutput<'_>) {
        let mut seen = BTreeSet::new();
        let first: Vec<&SettleRow> = self.rows.iter().filter(|row| seen.insert(row.notice)).collect();
        if !first.is_empty() {
            output.block(table(first));
        }
    }

    /// Fails if a named notice isn't settled.
    pub(super) fn refuse(&self, version: &ReleaseVersion) -> Result<()> {
        if self.unsettled.is_empty() {
            return Ok(());
        }
        let rows: Vec<&SettleRow> = self.rows.iter().filter(|row| self.unsettled.contains(&row.notice)).collect();
        bail!(
            "release {version} doesn't settle {}, so nothing was recorded; ship the packages that are needed, or answer the notice\n{}",
            some_of(self.unsettled.iter().map(ToString::to_string)),
            table(rows)
        )
    }

    /// Fails if a named notice isn't settled, or is claimed anew by a release that was recorded without it.
    pub(super) fn refuse_unrecorded(&self, recorded: &ReleasedSummary) -> Result<()> {
        self.refuse(&recorded.version)?;
        if !self.claimed.is_empty() {
            bail!(
                "release {} is recorded already, without {}; a release never changes, so give its packages in a release of its own, or answer the notice",
                recorded.version,
                some_of(self.claimed.iter().map(ToString::to_string))
            );
        }
        Ok(())
    }
}

/// A table with every version whole, and without colours that would break it up.
fn table<'a>(rows: impl IntoIterator<Item = &'a SettleRow>) -> String {
    let heading = ["notice", "package", "have", "need", "why"].map(str::to_owned).to_vec();
    let rows = rows.into_iter().map(|row| {
        vec![row.notice.to_string(), row.package.clone(), row.have.clone(), row.need.clone(), row.why.clone()]
    });
    columns(&std::iter::once(heading).chain(rows).collect::<Vec<_>>())
}
