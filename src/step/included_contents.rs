//! What is settled inside a release, and what is left open there.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;

use super::included_limits::refuse_overlong;

use crate::notice::NoticeId;
use crate::product::{Comparison, LogName, Packages, PartnerName, ReleaseVersion, Standing};
use crate::tracker::{Evidence, Included, LogState, Released, Stand};

/// What releases inside another one fix, and what they leave open.
#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    /// What they fix, if no other of them leaves it open.
    pub(super) fixed: BTreeMap<NoticeId, Inherited>,
    /// What at least one of them leaves open.
    pub(super) open: BTreeMap<NoticeId, LeftOpen>,
}

/// A fix that came with a release.
#[derive(Debug, Clone)]
pub(super) struct Inherited {
    /// What shows it.
    pub(super) evidence: Evidence,
    /// The way to the release that has it; never empty.
    pub(super) path: Vec<Included>,
    /// The log that tells it.
    pub(super) log: LogName,
}

/// A notice that a release leaves open.
#[derive(Debug, Clone)]
pub(super) struct LeftOpen {
    /// The packages that are too old, where they are known.
    pub(super) too_old: Vec<Comparison>,
    /// The way to the release that holds them; never empty.
    pub(super) path: Vec<Included>,
    /// The log that tells it.
    pub(super) log: LogName,
}

impl Contents {
    /// The same, told from the release on that contains it.
    pub(super) fn inside(mut self, release: &Included) -> Contents {
        let paths = self.fixed.values_mut().map(|fixed| &mut fixed.path);
        paths.chain(self.open.values_mut().map(|left| &mut left.path)).for_each(|path| path.insert(0, release.clone()));
        self
    }

    /// Takes more contents in. What one release leaves open, no other one fixes.
    pub(super) fn join(&mut self, other: Contents) {
        for (id, left) in other.open {
            self.open.entry(id).or_insert(left);
        }
        for (id, fixed) in other.fixed {
            self.fixed.entry(id).or_insert(fixed);
        }
        self.fixed.retain(|id, _| !self.open.contains_key(id));
    }
}

/// What a partner's release has from partners of theirs, whose logs we can't read: by its event alone, as it was recorded.
///
/// # Errors
/// If a way or what shows a fix is longer than any that davos writes.
pub(super) fn second_hand(
    name: &LogName,
    partner: &PartnerName,
    released: &Released,
    log_state: &LogState,
) -> Result<Contents> {
    let is_theirs = |path: &[Included]| path.first().is_some_and(|first| first.partner.is_some());
    // The way has to begin with what the event itself says that the release contains, and of whom.
    let is_inside = |path: &[Included]| {
        path.first().is_some_and(|first| {
            let inside = released.includes.get(&first.product);
            first.partner.as_ref() == released.partners.get(&first.product)
                && inside.is_some_and(|version| version.is_same(&first.version))
        })
    };
    // What tells it is the partner's log, whatever they call whom they have it from.
    let told = |path: &[Included]| -> Vec<Included> {
        path.iter().map(|inside| Included { partner: Some(partner.clone()), ..inside.clone() }).collect()
    };
    let counts = |id: NoticeId, path: &[Included]| is_theirs(path) && !log_state.is_withdrawn(id);
    let mut contents = Contents::default();
    for fixed in released.fixed.iter().filter(|fixed| counts(fixed.notice, &fixed.path)) {
        refuse_overlong(name, fixed.notice, &fixed.path, &fixed.evidence)?;
        let too_old = match &fixed.evidence {
            _ if !is_inside(&fixed.path) => Some(Vec::new()),
            // Packages that don't show the fix are no evidence, whatever was written beside them.
            Evidence::Packages(shown) if !fixed.evidence.shows_fix() => Some(shown.clone()),
            Evidence::Packages(_) | Evidence::None => None,
        };
        if let Some(mut too_old) = too_old {
            too_old.retain(Comparison::is_too_old);
            contents.open.insert(fixed.notice, LeftOpen { too_old, path: Vec::new(), log: name.clone() });
            continue;
        }
        let inherited = Inherited { evidence: fixed.evidence.clone(), path: told(&fixed.path), log: name.clone() };
        contents.fixed.insert(fixed.notice, inherited);
    }
    let open = released.open_inside.iter().filter(|open| counts(open.notice, &open.path) && is_inside(&open.path));
    for open in open {
        refuse_overlong(name, open.notice, &open.path, &Evidence::None)?;
        let left = LeftOpen { too_old: Vec::new(), path: told(&open.path), log: name.clone() };
        contents.open.insert(open.notice, left);
    }
    contents.join(Contents::default());
    Ok(contents)
}

/// What a release settles with its own packages; without any, by what was recorded. Paths are left empty.
pub(super) fn own(
    name: &LogName,
    log_state: &LogState,
    version: &ReleaseVersion,
    packages: Option<&Packages>,
    inner: &Contents,
    now: Timestamp,
) -> Contents {
    let mut own = Contents::default();
    let log = || name.clone();
    let recorded = |stand: Stand<'_>| match recorded(stand, version) {
        // What a partner lives with we may not.
        Recorded::Settled if matches!(stand, Stand::Answered { .. }) && name.partner.is_some() => Recorded::Open,
        recorded => recorded,
    };
    for (id, timeline) in log_state.timelines().iter() {
        // Of what was taken back nothing is stated, neither that it is open nor that it is fixed.
        if log_state.is_withdrawn(id) {
            continue;
        }
        let standing = packages.and_then(|packages| Standing::of(&log_state.fixes(id).unwrap_or_default(), packages));
        let (fixed, too_old) = match standing {
            Some(Standing::NotInstalled | Standing::OtherLine) => continue,
            Some(Standing::Fixed(evidence)) => (Some(Evidence::Packages(evidence)), Vec::new()),
            Some(Standing::Open(compared)) => (None, compared.into_iter().filter(Comparison::is_too_old).collect()),
            // Nothing shows the fix, whatever was recorded.
            Some(Standing::NotComparable(_)) => match recorded(timeline.stand(now)) {
                Recorded::Settled => continue,
                Recorded::Fixed | Recorded::Open => (None, Vec::new()),
            },
            None if inner.fixed.contains_key(&id) => continue,
            None => match recorded(timeline.stand(now)) {
                Recorded::Fixed => (Some(Evidence::None), Vec::new()),
                Recorded::Settled => continue,
                Recorded::Open => (None, Vec::new()),
            },
        };
        match fixed {
            Some(evidence) => drop(own.fixed.insert(id, Inherited { evidence, path: Vec::new(), log: log() })),
            None => drop(own.open.insert(id, LeftOpen { too_old, path: Vec::new(), log: log() })),
        }
    }
    own
}

/// What was recorded of a notice for a release without packages.
enum Recorded {
    /// This release or a lower one fixes it.
    Fixed,
    /// The team has answered it, or this release or a lower one doesn't hold what it is about.
    Settled,
    /// Neither.
    Open,
}

fn recorded(stand: Stand<'_>, version: &ReleaseVersion) -> Recorded {
    match stand {
        Stand::Open(_) => Recorded::Open,
        Stand::Answered { .. } => Recorded::Settled,
        Stand::Settled(by) => match by.iter().filter(|by| by.version.compare(version).is_le()).map(|by| by.fixes).max()
        {
            Some(true) => Recorded::Fixed,
            Some(false) => Recorded::Settled,
            None => Recorded::Open,
        },
    }
}
