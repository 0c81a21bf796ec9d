//! What a release says of each notice in its log: the outcome that all its documents are written from.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::notice::{Fix, Notice, NoticeId};
use crate::product::{Comparison, NotComparable, Packages, ProductName, ReleaseVersion, Standing};
use crate::tracker::{Answered, Body, Evidence, History, Released, Settlement, Stand, Timelines, Why};

/// What a release says of one notice.
#[derive(Debug)]
pub(super) struct NoticeOutcome<'a> {
    pub(super) id: NoticeId,
    /// The newest facts in the log; `None` where only an included product's log has them.
    pub(super) notice: Option<&'a Notice>,
    pub(super) verdict: Verdict<'a>,
    /// What the team said while it still looks into it.
    pub(super) remark: Option<&'a Answered>,
}

/// Where a notice stands in a release.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict<'a> {
    /// The packages show the fix, or those of the included product named `via`.
    Fixed { evidence: Vec<Comparison>, via: Option<&'a ProductName> },
    /// Somebody said that this release fixes it; no packages show that.
    Claimed { via: Option<&'a ProductName> },
    /// None of its packages is installed.
    NotInstalled,
    /// Its packages are installed in versions from before the flaw.
    BeforeTheFlaw,
    /// An answer that holds.
    Answered { answer: &'a Answered, at: Timestamp },
    /// A lower release settled it, and this one was recorded without packages.
    Earlier { version: &'a ReleaseVersion },
    /// Open, with what is installed and too old where that is known, or else what can't be compared.
    Open { too_old: Vec<Comparison>, not_comparable: Vec<NotComparable>, why: Reopened<'a> },
}

/// Why a notice that is not known to be too old, or was closed once, counts as open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reopened<'a> {
    /// It was not.
    Never,
    /// The answer ran out.
    RanOut(Timestamp),
    /// This release has an older package than the one that settled it.
    SetBack(&'a ReleaseVersion),
    /// What is installed can't be compared with what it asks for.
    NotComparable,
    /// Its fixes are for builds of another line, such as those for FIPS, of which none is installed.
    OtherLine,
}

/// What the log says of a notice before a release.
struct Known<'a> {
    history: &'a History,
    notice: Option<&'a Notice>,
    stand: Stand<'a>,
}

/// The outcome of the release that the history ends with, by id. Whatever the log said before counts, and the release's own
/// packages before all else. `before` is what the events before the release say of each notice.
pub(super) fn outcomes<'a>(
    history: &'a History,
    before: &'a Timelines,
    released: &'a Released,
    packages: Option<&Packages>,
) -> Vec<NoticeOutcome<'a>> {
    let Some(at) = history.events().last().map(|event| event.at) else { return Vec::new() };
    let mut outcomes: BTreeMap<NoticeId, NoticeOutcome<'a>> = BTreeMap::new();
    for (id, timeline) in before.iter() {
        let newest = timeline.opened_events().next_back();
        let notice = newest.and_then(|seq| history.opened(seq)).map(|opened| &opened.notice);
        let known = Known { history, notice, stand: timeline.stand(at) };
        // Of what was withdrawn nothing is stated.
        if known.answered().is_some_and(|(answer, _)| answer.withdrawn) {
            continue;
        }
        let recorded = recorded_verdict(id, released).filter(|recorded| {
            // What an older davos took for absent may be something that nobody understood.
            *recorded != Verdict::NotInstalled || !known.shows_nothing(packages)
        });
        let verdict = recorded.unwrap_or_else(|| known.judged(released, packages));
        let verdict = match verdict {
            // What was settled once, or isn't among its own packages, is open all the same in what it contains.
            Verdict::Fixed { via: Some(_), .. }
            | Verdict::Claimed { .. }
            | Verdict::NotInstalled
            | Verdict::Earlier { .. }
                if released.open_inside.iter().any(|inside| inside.notice == id) =>
            {
                open(known.reopened(&released.version))
            }
            Verdict::NotInstalled if packages.is_some_and(|packages| packages.name_any(known.fixes())) => {
                Verdict::BeforeTheFlaw
            }
            verdict => verdict,
        };
        let remark = timeline.remark(at).and_then(|seq| answer(history, seq)).map(|(answer, _)| answer);
        outcomes.insert(id, NoticeOutcome { id, notice, verdict, remark });
    }
    let recorded = released.fixed.iter().map(|fixed| fixed.notice).chain(released.not_affected.iter().copied());
    for id in recorded {
        let Some(verdict) = recorded_verdict(id, released) else { continue };
        outcomes.entry(id).or_insert(NoticeOutcome { id, notice: None, verdict, remark: None });
    }
    outcomes.into_values().collect()
}

fn answer(history: &History, seq: u64) -> Option<(&Answered, Timestamp)> {
    let event = history.event(seq)?;
    match &event.body {
        Body::Answered(answer) => Some((answer, event.at)),
        _ => None,
    }
}

/// What the release's own event says.
fn recorded_verdict<'a>(id: NoticeId, released: &'a Released) -> Option<Verdict<'a>> {
    if let Some(fixed) = released.fixed.iter().find(|fixed| fixed.notice == id) {
        return Some(by_evidence(&fixed.evidence, fixed.via.as_ref()));
    }
    released.not_affected.contains(&id).then_some(Verdict::NotInstalled)
}

fn by_evidence<'a>(evidence: &Evidence, via: Option<&'a ProductName>) -> Verdict<'a> {
    match evidence {
        Evidence::Packages(compared) if evidence.shows_fix() => Verdict::Fixed { evidence: compared.clone(), via },
        Evidence::Packages(_) | Evidence::None => Verdict::Claimed { via },
    }
}

/// Open, and no package is known to be too old.
fn open(why: Reopened<'_>) -> Verdict<'_> {
    Verdict::Open { too_old: Vec::new(), not_comparable: Vec::new(), why }
}

impl<'a> Known<'a> {
    fn fixes(&self) -> &'a [Fix] {
        self.notice.map(|notice| notice.fixes.as_slice()).unwrap_or_default()
    }

    /// Whether these packages say nothing of the notice, since what they hold can't be compared.
    fn shows_nothing(&self, packages: Option<&Packages>) -> bool {
        let standing = packages.and_then(|packages| Standing::of(self.fixes(), packages));
        matches!(standing, Some(Standing::NotComparable(_) | Standing::OtherLine))
    }

    /// What follows for a notice that the release's event doesn't name as settled.
    fn judged(&self, released: &'a Released, packages: Option<&Packages>) -> Verdict<'a> {
        let standing = packages.and_then(|packages| Standing::of(self.fixes(), packages));
        match (standing, self.inherited(released), self.answered(), self.settled_by(&released.version)) {
            (Some(Standing::Fixed(evidence)), ..) => Verdict::Fixed { evidence, via: None },
            (None | Some(Standing::NotInstalled | Standing::OtherLine), Some(inherited), ..) => inherited,
            (_, _, Some((answer, at)), _) => Verdict::Answered { answer, at },
            (Some(Standing::NotInstalled), ..) => Verdict::NotInstalled,
            (Some(Standing::Open(compared)), ..) => {
                let too_old = compared.into_iter().filter(Comparison::is_too_old).collect();
                Verdict::Open { too_old, not_comparable: Vec::new(), why: self.reopened(&released.version) }
            }
            (Some(Standing::NotComparable(not_comparable)), ..) => {
                Verdict::Open { too_old: Vec::new(), not_comparable, why: Reopened::NotComparable }
            }
            (Some(Standing::OtherLine), ..) => open(Reopened::OtherLine),
            (None, _, _, Some(version)) => Verdict::Earlier { version },
            (None, ..) => open(self.reopened(&released.version)),
        }
    }

    fn answered(&self) -> Option<(&'a Answered, Timestamp)> {
        match self.stand {
            Stand::Answered { seq } => answer(self.history, seq),
            _ => None,
        }
    }

    /// The releases up to this version that settle it. What settled a higher one says nothing of this one.
    fn settlements(&self, version: &ReleaseVersion) -> impl Iterator<Item = &'a Settlement> {
        let by: &'a [Settlement] = match self.stand {
            Stand::Settled(by) => by,
            _ => &[],
        };
        by.iter().filter(move |settled| settled.version.compare(version).is_le())
    }

    /// The lowest of them.
    fn settled_by(&self, version: &ReleaseVersion) -> Option<&'a ReleaseVersion> {
        self.settlements(version).map(|settled| &settled.version).min_by(|a, b| a.compare(b))
    }

    /// The fix that an earlier release inherited, if this one has the included product at that release or above.
    fn inherited(&self, released: &Released) -> Option<Verdict<'a>> {
        self.settlements(&released.version).find_map(|settled| {
            let Body::Released(earlier) = &self.history.event(settled.told.seq)?.body else { return None };
            let fixed = earlier.fixed.iter().find(|fixed| Some(fixed.notice) == self.notice.map(|notice| notice.id))?;
            let via = fixed.via.as_ref()?;
            let (then, now) = (earlier.includes.get(via)?, released.includes.get(via)?);
            now.compare(then).is_ge().then(|| by_evidence(&fixed.evidence, Some(via)))
        })
    }

    fn reopened(&self, version: &ReleaseVersion) -> Reopened<'a> {
        match self.stand {
            Stand::Open(Why::RanOut { at, .. }) => Reopened::RanOut(at),
            _ => self.settled_by(version).map_or(Reopened::Never, Reopened::SetBack),
        }
    }
}
