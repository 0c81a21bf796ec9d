//! What a release says of each notice in its log: the account that all its documents are written from.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::notice::{Notice, NoticeId};
use crate::product::{Comparison, Packages, ProductName, ReleaseVersion, Standing, compare};
use crate::tracker::{Answered, Body, Event, Evidence, Released, Status};

/// What a release says of one notice.
#[derive(Debug)]
pub(super) struct Account<'a> {
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
    /// An answer that holds.
    Answered { answer: &'a Answered, at: Timestamp },
    /// A lower release settled it, and this one was recorded without packages.
    Earlier { version: &'a ReleaseVersion },
    /// Open, with what is installed and too old where that is known.
    Open { too_old: Vec<Comparison>, why: Reopened<'a> },
}

/// Why a notice that was closed once counts as open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reopened<'a> {
    /// It was not.
    Never,
    /// The answer ran out.
    RanOut(Timestamp),
    /// This release has an older package than the one that settled it.
    SetBack(&'a ReleaseVersion),
}

/// What came last of a notice before this release.
enum Last<'a> {
    Open,
    Answered { answer: &'a Answered, at: Timestamp },
    Settled { version: &'a ReleaseVersion, inherited: Option<Inherited<'a>> },
}

/// A fix that came by an included product.
struct Inherited<'a> {
    via: &'a ProductName,
    inside: Option<&'a ReleaseVersion>,
    evidence: &'a Evidence,
}

struct Track<'a> {
    notice: Option<&'a Notice>,
    last: Last<'a>,
    remark: Option<&'a Answered>,
}

/// The account of the release that the last of the `events` records, by id. Whatever the log said before counts, and the
/// release's own packages before all else.
pub(super) fn accounts<'a>(
    events: &'a [Event],
    released: &'a Released,
    packages: Option<&Packages>,
) -> Vec<Account<'a>> {
    let Some((event, before)) = events.split_last() else { return Vec::new() };
    let mut tracks: BTreeMap<NoticeId, Track<'a>> = BTreeMap::new();
    before.iter().for_each(|event| follow(&mut tracks, event));
    let recorded = released.fixed.iter().map(|fixed| fixed.notice).chain(released.not_affected.iter().copied());
    for id in recorded {
        tracks.entry(id).or_insert(Track { notice: None, last: Last::Open, remark: None });
    }
    let account = |(id, track): (NoticeId, Track<'a>)| {
        let verdict = recorded_verdict(id, released).unwrap_or_else(|| judged(&track, event.at, released, packages));
        Account { id, notice: track.notice, verdict, remark: track.remark }
    };
    tracks.into_iter().map(account).collect()
}

fn follow<'a>(tracks: &mut BTreeMap<NoticeId, Track<'a>>, event: &'a Event) {
    let mut settle = |id: NoticeId, last: Last<'a>| {
        let track = tracks.entry(id).or_insert(Track { notice: None, last: Last::Open, remark: None });
        (track.last, track.remark) = (last, None);
    };
    match &event.body {
        Body::Opened(opened) => {
            let last = match &opened.fixed_in {
                Some(fixed) => Last::Settled { version: &fixed.version, inherited: None },
                None => Last::Open,
            };
            tracks.insert(opened.notice.id, Track { notice: Some(&opened.notice), last, remark: None });
        }
        Body::Answered(answer) if answer.status == Status::UnderInvestigation => {
            if let Some(track) = tracks.get_mut(&answer.notice) {
                track.remark = Some(answer);
            }
        }
        Body::Answered(answer) => settle(answer.notice, Last::Answered { answer, at: event.at }),
        Body::Released(released) => {
            for fixed in &released.fixed {
                let inherited = fixed.via.as_ref().map(|via| {
                    let inside = released.includes.get(via);
                    Inherited { via, inside, evidence: &fixed.evidence }
                });
                settle(fixed.notice, Last::Settled { version: &released.version, inherited });
            }
            for id in &released.not_affected {
                settle(*id, Last::Settled { version: &released.version, inherited: None });
            }
        }
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
        Evidence::Packages(evidence) => Verdict::Fixed { evidence: evidence.clone(), via },
        Evidence::None => Verdict::Claimed { via },
    }
}

/// What follows for a notice that the release's event doesn't name as settled.
fn judged<'a>(track: &Track<'a>, at: Timestamp, released: &'a Released, packages: Option<&Packages>) -> Verdict<'a> {
    let fixes = track.notice.map(|notice| notice.fixes.as_slice()).unwrap_or_default();
    let standing = packages.and_then(|packages| Standing::of(fixes, packages));
    let inherited = match &track.last {
        Last::Settled { inherited: Some(inherited), .. } => still_inherited(inherited, released),
        _ => None,
    };
    match (standing, inherited, &track.last) {
        (Some(Standing::Fixed(evidence)), _, _) => Verdict::Fixed { evidence, via: None },
        (None | Some(Standing::NotInstalled), Some(inherited), _) => inherited,
        (_, _, Last::Answered { answer, at: since }) if answer.until.is_none_or(|until| until > at) => {
            Verdict::Answered { answer, at: *since }
        }
        (Some(Standing::NotInstalled), _, _) => Verdict::NotInstalled,
        (Some(Standing::Open(_)), _, last) => {
            let compared = packages.map(|packages| compare(fixes, packages)).unwrap_or_default();
            let too_old = compared.into_iter().filter(|compared| !compared.is_fixed()).collect();
            Verdict::Open { too_old, why: reopened(last) }
        }
        (None, _, Last::Settled { version, .. }) if version.compare(&released.version).is_lt() => {
            Verdict::Earlier { version }
        }
        (None, _, Last::Settled { .. }) => Verdict::Open { too_old: Vec::new(), why: Reopened::Never },
        (None, _, last) => Verdict::Open { too_old: Vec::new(), why: reopened(last) },
    }
}

/// The fix that an earlier release inherited, if this one has the included product at that release or above.
fn still_inherited<'a>(inherited: &Inherited<'a>, released: &Released) -> Option<Verdict<'a>> {
    let (then, now) = (inherited.inside?, released.includes.get(inherited.via)?);
    now.compare(then).is_ge().then(|| by_evidence(inherited.evidence, Some(inherited.via)))
}

fn reopened<'a>(last: &Last<'a>) -> Reopened<'a> {
    match last {
        Last::Open => Reopened::Never,
        Last::Answered { answer, .. } => answer.until.map_or(Reopened::Never, Reopened::RanOut),
        Last::Settled { version, .. } => Reopened::SetBack(version),
    }
}
