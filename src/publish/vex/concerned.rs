//! Which packages a notice is about in a release, and how many of them a document names.

use crate::product::{Comparison, Packages, Standing};
use crate::publish::notice_outcome::{NoticeOutcome, Verdict};
use crate::publish::purl::PurlPackage;
use crate::publish::release::RecordedRelease;

/// How many packages the statements of one document name, those of each name of the product counted apart: what a document
/// says is a product of CVEs, packages and names, and none of the three is small. 3,000 notices of three CVEs and three
/// packages each, in a product of two names, come to 81,000 and, as all of them have an epoch, to 30 MB.
const MOST_NAMED: usize = 100_000;

/// The packages that a notice is about in this release: of a fix those that show it, of what is open those that are too old;
/// else all that are installed, and where none is, all by their names alone.
pub(super) fn concerned(release: &RecordedRelease<'_>, outcome: &NoticeOutcome<'_>) -> Vec<PurlPackage> {
    let fixes = outcome.notice.map(|notice| notice.fixes.as_slice()).unwrap_or_default();
    let installed = |compared: &[Comparison]| {
        compared.iter().flat_map(|compared| versions(release.packages, outcome, compared)).collect::<Vec<_>>()
    };
    let known = match &outcome.verdict {
        Verdict::Fixed { evidence, .. } => return installed(evidence),
        Verdict::Open { too_old, .. } => installed(too_old),
        _ => Vec::new(),
    };
    if !known.is_empty() {
        return known;
    }
    let standing = release.packages.and_then(|packages| Standing::of(fixes, packages));
    let known = installed(&standing.map(Standing::compared).unwrap_or_default());
    if !known.is_empty() {
        return known;
    }
    fixes.iter().map(|fix| PurlPackage::by_name(&fix.package)).collect()
}

/// The package in each installed version that comes to the same: where the lists of several targets were put together, one
/// package has several, and only the lowest is compared.
fn versions(packages: Option<&Packages>, outcome: &NoticeOutcome<'_>, compared: &Comparison) -> Vec<PurlPackage> {
    let package = |version| PurlPackage::installed(outcome.notice, &compared.package, version);
    let mut all = vec![package(&compared.have)];
    let others = packages.into_iter().flat_map(|packages| packages.versions(&compared.package));
    let alike = others.filter(|version| version.reaches(&compared.need) == Some(compared.is_fixed()));
    all.extend(alike.filter(|version| **version != compared.have).map(package));
    all
}

/// What is left of the packages that a document may name.
pub(super) struct Budget {
    left: usize,
    /// By how many names the product goes, and one more for the packages themselves.
    times: usize,
}

impl Budget {
    pub(super) fn of(products: usize) -> Budget {
        Budget { left: MOST_NAMED, times: products + 1 }
    }

    /// Whether so many packages can be named, which then are taken from what is left.
    pub(super) fn take(&mut self, packages: usize) -> bool {
        let left = packages.checked_mul(self.times).and_then(|needed| self.left.checked_sub(needed));
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}
