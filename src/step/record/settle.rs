//! What a release settles: the heart of a put.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use jiff::Timestamp;

use crate::concourse::{Log as Lines, columns};
use crate::notice::{Fix, Notice, NoticeId};
use crate::product::{Comparison, Packages, ReleaseVersion, Standing};
use crate::publish::some_of;
use crate::tracker::{Closing, Evidence, FixedIn, FixedNotice, Ledger, ReleasedBrief};

/// What a release settles of the open notices, and of those that it was to settle.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub(super) fixed: Vec<FixedNotice>,
    pub(super) not_affected: Vec<NoticeId>,
    pub(super) open: Vec<NoticeId>,
    /// What keeps open notices open.
    rows: Vec<Row>,
    /// The named notices that it doesn't settle.
    unsettled: Vec<NoticeId>,
    /// The named notices that it claims without evidence.
    claimed: Vec<NoticeId>,
}

/// A line of the table of what is not fixed.
#[derive(Debug)]
struct Row {
    notice: NoticeId,
    package: String,
    have: String,
    need: String,
    why: &'static str,
}

/// Judges all open notices and the `named` ones by the facts in the log, never by a filter.
pub(super) fn settle(
    ledger: &Ledger,
    packages: Option<&Packages>,
    pro: bool,
    named: &BTreeSet<NoticeId>,
    looked_up: &BTreeMap<NoticeId, Notice>,
    now: Timestamp,
) -> Settled {
    let mut settled = Settled::default();
    let open: BTreeSet<NoticeId> =
        ledger.open().map(|opening| opening.notice).chain(looked_up.keys().copied()).collect();
    // A release that shows the fix supersedes an answer.
    let answered: BTreeSet<NoticeId> = ledger
        .last_openings()
        .filter(|opening| matches!(opening.closing, Some(Closing::Answered { .. })))
        .map(|opening| opening.notice)
        .collect();
    let judged: BTreeSet<NoticeId> = open.iter().chain(named).chain(&answered).copied().collect();
    for id in judged {
        let (is_open, is_named) = (open.contains(&id), named.contains(&id));
        let is_unsettled = is_open || answered.contains(&id);
        let standing = packages.map(|packages| Standing::of(&fixes(ledger, looked_up, id), packages));
        match standing {
            Some(Some(Standing::Fixed(evidence))) if is_unsettled => settled.fix(id, Evidence::Packages(evidence)),
            Some(Some(Standing::NotInstalled)) if is_unsettled => settled.not_affected.push(id),
            Some(Some(Standing::Fixed(_) | Standing::NotInstalled)) => {}
            None if is_named && is_open => {
                settled.claimed.push(id);
                settled.fix(id, Evidence::None);
            }
            None if is_open => settled.open.push(id),
            None => {}
            Some(standing) => {
                if is_open {
                    settled.open.push(id);
                }
                if is_named && !is_answered(ledger, id, now) {
                    settled.unsettled.push(id);
                }
                if is_open || is_named {
                    settled.rows.extend(rows(id, standing, pro));
                }
            }
        }
    }
    settled
}

/// The fixes of a notice, by the newest facts in the log.
fn fixes(ledger: &Ledger, looked_up: &BTreeMap<NoticeId, Notice>, id: NoticeId) -> Vec<Fix> {
    ledger.fixes(id).or_else(|| looked_up.get(&id).map(|notice| notice.fixes.clone())).unwrap_or_default()
}

fn is_answered(ledger: &Ledger, id: NoticeId, now: Timestamp) -> bool {
    let closing = ledger.openings(id).last().and_then(|opening| opening.closing.as_ref());
    matches!(closing, Some(Closing::Answered { until }) if until.is_none_or(|until| until > now))
}

fn rows(id: NoticeId, standing: Option<Standing>, pro: bool) -> Vec<Row> {
    let Some(Standing::Open(compared)) = standing else {
        let nothing = || "-".to_owned();
        let why = "nobody tells its packages";
        return vec![Row { notice: id, package: nothing(), have: nothing(), need: nothing(), why }];
    };
    let why = |compared: &Comparison| if compared.pro && !pro { "only Ubuntu Pro has the fix" } else { "too old" };
    let row = |compared: &Comparison| Row {
        notice: id,
        package: compared.package.to_string(),
        have: compared.have.to_string(),
        need: compared.need.to_string(),
        why: why(compared),
    };
    compared.iter().filter(|compared| !compared.is_fixed()).map(row).collect()
}

impl Settled {
    fn fix(&mut self, notice: NoticeId, evidence: Evidence) {
        self.fixed.push(FixedNotice { notice, evidence, via: None });
    }

    /// The release as the one that fixes a notice which nobody was shown before, if its packages show that: it is recorded
    /// then, and put before nobody.
    pub(super) fn shows_fixed(&self, version: &ReleaseVersion, notice: NoticeId) -> Option<FixedIn> {
        let fixed = self.fixed.iter().find(|fixed| fixed.notice == notice)?;
        match &fixed.evidence {
            Evidence::Packages(evidence) => Some(FixedIn { version: version.clone(), evidence: evidence.clone() }),
            Evidence::None => None,
        }
    }

    /// What came of it, in one line.
    pub(super) fn line(&self) -> String {
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
    }

    /// Prints what keeps notices open, one package of each.
    pub(super) fn table(&self, log: &mut Lines<'_>) {
        let mut seen = BTreeSet::new();
        let first: Vec<&Row> = self.rows.iter().filter(|row| seen.insert(row.notice)).collect();
        if !first.is_empty() {
            log.block(table(first));
        }
    }

    /// Fails if a named notice isn't settled.
    pub(super) fn refuse(&self, version: &ReleaseVersion) -> Result<()> {
        if self.unsettled.is_empty() {
            return Ok(());
        }
        let rows: Vec<&Row> = self.rows.iter().filter(|row| self.unsettled.contains(&row.notice)).collect();
        bail!(
            "release {version} doesn't settle {}, so nothing was recorded; ship the packages that are needed, or answer the notice\n{}",
            some_of(self.unsettled.iter().map(ToString::to_string)),
            table(rows)
        )
    }

    /// Fails if a named notice isn't settled, or is claimed anew by a release that was recorded without it.
    pub(super) fn refuse_unrecorded(&self, recorded: &ReleasedBrief) -> Result<()> {
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
fn table<'a>(rows: impl IntoIterator<Item = &'a Row>) -> String {
    let heading = ["notice", "package", "have", "need", "why"].map(str::to_owned).to_vec();
    let rows = rows.into_iter().map(|row| {
        vec![row.notice.to_string(), row.package.clone(), row.have.clone(), row.need.clone(), row.why.to_owned()]
    });
    columns(&std::iter::once(heading).chain(rows).collect::<Vec<_>>())
}
