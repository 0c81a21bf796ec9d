//! How much is taken over of partners: what they write goes into our own log for good.

use anyhow::{Result, bail};

use super::included_contents::Contents;
use super::included_way::DEEPEST;
use crate::notice::NoticeId;
use crate::product::LogName;
use crate::tracker::{Evidence, Included};

/// The most notices that one put takes over as new, and that it names as open inside. Ubuntu publishes some 1,000 in a year.
const MOST_NOTICES: usize = 5_000;

/// The most notices in all releases of partners together that are looked at, counted anew in each that contains them.
const MOST_HELD: usize = 200_000;

/// The most releases of partners that are looked at, whatever is in them.
const MOST_RELEASES: usize = 1_000;

/// The most packages that show one fix. Those of a kernel are some hundreds.
const MOST_PACKAGES: usize = 5_000;

/// Refuses what a partner's event says of what it has from others, if no davos writes so much.
///
/// # Errors
/// If it is so.
pub(super) fn refuse_overlong(name: &LogName, id: NoticeId, path: &[Included], evidence: &Evidence) -> Result<()> {
    if path.len() > DEEPEST {
        bail!("by the log of {name}, {id} came a way through more than {DEEPEST} products; ask them about it");
    }
    if let Evidence::Packages(packages) = evidence
        && packages.len() > MOST_PACKAGES
    {
        bail!(
            "by the log of {name}, {} packages show the fix of {id}, more than {MOST_PACKAGES}; ask them about it",
            packages.len()
        );
    }
    Ok(())
}

/// Refuses more open notices of partners than a release can name.
///
/// # Errors
/// If there are so many.
pub(super) fn refuse_many_open(contents: &Contents) -> Result<()> {
    let open = contents.open.values().filter(|left| left.log.partner.is_some()).count();
    if open > MOST_NOTICES {
        bail!(
            "{open} notices are open in what is a partner's, and a release names at most {MOST_NOTICES}; include a newer one"
        );
    }
    Ok(())
}

/// Refuses to open more notices in our own log than anybody looks at.
///
/// # Errors
/// If there are so many.
pub(super) fn refuse_many_new(new: usize) -> Result<()> {
    if new > MOST_NOTICES {
        bail!(
            "{new} notices would be new here by what partners fix, and at most {MOST_NOTICES} are taken over at once; include an older release of theirs first, or ask them about it"
        );
    }
    Ok(())
}

/// Counts what is kept of one more release of a partner.
///
/// # Errors
/// If it is too much together.
pub(super) fn hold(held: &mut usize, name: &LogName, contents: &Contents) -> Result<()> {
    *held += (contents.fixed.len() + contents.open.len()).max(MOST_HELD / MOST_RELEASES);
    if *held > MOST_HELD {
        bail!(
            "{name} and what is beside and inside it are more than {MOST_RELEASES} releases of partners, or have more than {MOST_HELD} notices, each counted in every release that it is in; include less"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_of_partners_is_bounded_however_many_releases_it_comes_in() {
        let name: LogName = "foundation/rootfs".parse().expect("a name");
        let mut held = 0;
        let all = (0..).map(|_| hold(&mut held, &name, &Contents::default()));
        assert_eq!(all.take_while(Result::is_ok).count(), MOST_RELEASES);
    }
}
