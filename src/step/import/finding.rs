//! A team's claim beside what the packages of its releases show.

use crate::notice::Fix;
use crate::product::{Comparison, Packages, ReleaseVersion, Standing};

/// What the packages say to a claim.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ImportFinding {
    /// The release that was claimed to fix the notice, if one was.
    pub(super) claimed: Option<ReleaseVersion>,
    /// What goes into the log.
    pub(super) verdict: FindingVerdict,
}

/// What goes into the log of a notice.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FindingVerdict {
    /// The packages of this release are the first that show the fix.
    Fixed(ReleaseVersion, Vec<Comparison>),
    /// No packages show anything about the release that was claimed.
    Unproven(ReleaseVersion),
    /// The release that was claimed, or the highest, holds none of the packages.
    NotInstalled(ReleaseVersion),
    /// No packages show the fix, and the last that were looked at lack these.
    Open(Vec<Comparison>),
}

impl ImportFinding {
    /// Compares a claim with the packages of releases, lowest release first. Unknown packages show nothing.
    pub(super) fn of(
        fixes: &[Fix],
        claimed: Option<&ReleaseVersion>,
        receipts: &[(ReleaseVersion, Packages)],
    ) -> ImportFinding {
        let standings: Vec<(&ReleaseVersion, Standing)> =
            receipts.iter().filter_map(|(release, packages)| Some((release, Standing::of(fixes, packages)?))).collect();
        let verdict = match claimed {
            Some(claimed) => of_claim(claimed, &standings),
            None => of_nothing(&standings),
        };
        ImportFinding { claimed: claimed.cloned(), verdict }
    }

    /// Whether the packages contradict the claim.
    pub(super) fn disagrees(&self) -> bool {
        match (&self.claimed, &self.verdict) {
            (Some(claimed), FindingVerdict::Fixed(release, _)) => !claimed.is_same(release),
            (Some(_), FindingVerdict::Open(_)) => true,
            _ => false,
        }
    }

    /// The release that settles the notice, if one does.
    pub(super) fn settled_in(&self) -> Option<&ReleaseVersion> {
        match &self.verdict {
            FindingVerdict::Fixed(release, _)
            | FindingVerdict::Unproven(release)
            | FindingVerdict::NotInstalled(release) => Some(release),
            FindingVerdict::Open(_) => None,
        }
    }
}

fn of_claim(claimed: &ReleaseVersion, standings: &[(&ReleaseVersion, Standing)]) -> FindingVerdict {
    let before = |release: &ReleaseVersion| !release.is_same(claimed) && release.compare(claimed).is_lt();
    let since = standings.iter().filter(|(release, _)| !before(release));
    let fixed = first_fixed(standings);
    // Packages from the claimed release on that lack the fix contradict the claim. Packages of a later release that have it
    // do not, for the claimed one may have had it as well.
    let lacking = since.clone().find(|(_, standing)| matches!(standing, Standing::Open(_)));
    match fixed {
        Some((release, evidence)) if before(release) || release.is_same(claimed) => {
            return FindingVerdict::Fixed(release.clone(), evidence.clone());
        }
        Some((release, evidence)) if lacking.is_some_and(|(lacking, _)| lacking.compare(release).is_lt()) => {
            return FindingVerdict::Fixed(release.clone(), evidence.clone());
        }
        None if lacking.is_some() => return FindingVerdict::Open(last_lacking(standings)),
        _ => {}
    }
    let mut here = since.filter(|(release, _)| release.is_same(claimed));
    if here.any(|(_, standing)| *standing == Standing::NotInstalled) {
        return FindingVerdict::NotInstalled(claimed.clone());
    }
    FindingVerdict::Unproven(claimed.clone())
}

/// Of a notice that is in the record without a release.
fn of_nothing(standings: &[(&ReleaseVersion, Standing)]) -> FindingVerdict {
    match (first_fixed(standings), standings.last()) {
        (Some((release, evidence)), _) => FindingVerdict::Fixed(release.clone(), evidence.clone()),
        (None, Some((release, Standing::NotInstalled))) => FindingVerdict::NotInstalled((*release).clone()),
        _ => FindingVerdict::Open(last_lacking(standings)),
    }
}

fn first_fixed<'a>(standings: &'a [(&ReleaseVersion, Standing)]) -> Option<(&'a ReleaseVersion, &'a Vec<Comparison>)> {
    standings.iter().find_map(|(release, standing)| match standing {
        Standing::Fixed(evidence) => Some((*release, evidence)),
        _ => None,
    })
}

/// What is too old in the last packages that have any of it.
fn last_lacking(standings: &[(&ReleaseVersion, Standing)]) -> Vec<Comparison> {
    let last = standings.iter().rev().find_map(|(_, standing)| match standing {
        Standing::Open(compared) => Some(compared),
        _ => None,
    });
    last.into_iter().flatten().filter(|compared| compared.is_too_old()).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What packages say to a claim of release `claimed`; each receipt is a release and the installed version, `-` for none.
    /// Version 5 has the fix.
    fn verdict(claimed: Option<&str>, receipts: &[(&str, &str)]) -> String {
        let version = |text: &str| text.parse::<ReleaseVersion>().expect(text);
        let name = || "foo".parse().expect("a name");
        let fix = Fix::deb(name(), "5".parse().expect("a version"), false);
        let receipts: Vec<(ReleaseVersion, Packages)> = receipts
            .iter()
            .map(|(release, have)| {
                let other = ("other".parse().expect("a name"), "1".parse().expect("a version"));
                let have = have.parse().ok().map(|have| (name(), have));
                (version(release), have.into_iter().chain([other]).collect())
            })
            .collect();
        let finding = ImportFinding::of(&[fix], claimed.map(version).as_ref(), &receipts);
        let disagrees = if finding.disagrees() { "no: " } else { "" };
        match finding.verdict {
            FindingVerdict::Fixed(release, evidence) => {
                format!("{disagrees}fixed in {release}, {} shown", evidence.len())
            }
            FindingVerdict::Unproven(release) => format!("{disagrees}said of {release}"),
            FindingVerdict::NotInstalled(release) => format!("{disagrees}not in {release}"),
            FindingVerdict::Open(too_old) => format!("{disagrees}open, {} too old", too_old.len()),
        }
    }

    #[test]
    fn a_claim_is_right_if_its_release_is_the_first_with_the_fix() {
        assert_eq!(verdict(Some("1.2"), &[("1.1", "4"), ("1.2", "5"), ("1.3", "5")]), "fixed in 1.2, 1 shown");
        assert_eq!(verdict(Some("v1.2.0"), &[("1.2", "5")]), "fixed in 1.2, 1 shown");
    }

    #[test]
    fn packages_that_contradict_a_claim_win() {
        assert_eq!(verdict(Some("1.2"), &[("1.1", "5"), ("1.2", "5")]), "no: fixed in 1.1, 1 shown");
        assert_eq!(verdict(Some("1.2"), &[("1.2", "4"), ("1.3", "5")]), "no: fixed in 1.3, 1 shown");
        assert_eq!(verdict(Some("1.2"), &[("1.1", "4"), ("1.2", "4"), ("1.3", "4")]), "no: open, 1 too old");
        assert_eq!(verdict(Some("1.2"), &[("1.3", "4")]), "no: open, 1 too old");
    }

    #[test]
    fn a_claim_about_a_release_whose_packages_are_missing_is_taken_as_said() {
        assert_eq!(verdict(Some("1.2"), &[]), "said of 1.2");
        assert_eq!(verdict(Some("1.2"), &[("1.1", "4"), ("1.3", "5")]), "said of 1.2");
        assert_eq!(verdict(Some("1.2"), &[("1.1", "4")]), "said of 1.2");
    }

    #[test]
    fn a_release_without_the_package_is_not_affected() {
        assert_eq!(verdict(Some("1.2"), &[("1.1", "-"), ("1.2", "-")]), "not in 1.2");
        assert_eq!(verdict(None, &[("1.1", "-"), ("1.2", "-")]), "not in 1.2");
    }

    #[test]
    fn what_is_not_claimed_goes_by_the_packages_alone() {
        assert_eq!(verdict(None, &[("1.1", "4"), ("1.2", "5")]), "fixed in 1.2, 1 shown");
        assert_eq!(verdict(None, &[("1.1", "4")]), "open, 1 too old");
        assert_eq!(verdict(None, &[]), "open, 0 too old");
    }
}
