//! The packages of other ecosystems than Ubuntu's, beside the ranges of versions that a notice names.

use std::cmp::Ordering;

use super::comparison::Compared;
use super::{Comparison, NoOrder, NotComparable, Packages};
use crate::notice::{AffectedRange, Fix, OrderedVersion, PackageVersion};

impl Compared {
    /// Adds the installed versions of the package of a fix that is none of Ubuntu's. A version outside of all ranges, below
    /// where they begin, is in neither list: it never had the flaw.
    pub(super) fn add_components(&mut self, fix: &Fix, packages: &Packages) {
        for version in packages.components(&fix.package) {
            match version.map(|version| (version, place(fix, version))) {
                None => self.not_comparable.push(unclear(fix, "", NoOrder::NoVersion)),
                Some((have, None)) => self.not_comparable.push(unclear(fix, have.as_str(), NoOrder::Unknown)),
                Some((_, Some(Place::Before))) => {}
                Some((have, Some(Place::In(need)))) => self.compared.push((compared(fix, have, need), false)),
                Some((have, Some(Place::Above(need)))) => self.compared.push((compared(fix, have, need), true)),
            }
        }
    }
}

/// Where a version is among the ranges of a fix.
enum Place {
    /// In one of them: what it has to reach on its line of versions.
    In(PackageVersion),
    /// In none, and above some: what it has reached.
    Above(PackageVersion),
    /// Below all of them.
    Before,
}

/// `None` if one of the versions has no order.
fn place(fix: &Fix, have: &PackageVersion) -> Option<Place> {
    let ecosystem = fix.package.ecosystem();
    let read = |version| OrderedVersion::read(ecosystem, PackageVersion::as_str(version));
    let have = read(have)?;
    let whole = [AffectedRange { introduced: None, fixed: Some(fix.version.clone()), last_affected: None }];
    let ranges = if fix.ranges.is_empty() { whole.as_slice() } else { fix.ranges.as_slice() };
    // The highest end of the ranges that it is in, and that of the nearest range below it.
    let mut inside: Option<(OrderedVersion<'_>, &AffectedRange)> = None;
    let mut passed: Option<(OrderedVersion<'_>, &AffectedRange)> = None;
    for range in ranges {
        if let Some(introduced) = &range.introduced
            && have.compare(&read(introduced)?)? == Ordering::Less
        {
            continue;
        }
        let (end, highest_inside) = match (&range.fixed, &range.last_affected) {
            (Some(fixed), _) => (read(fixed)?, Ordering::Less),
            (None, Some(last)) => (read(last)?, Ordering::Equal),
            (None, None) => return Some(Place::In(range.need())),
        };
        let highest = if have.compare(&end)? > highest_inside { &mut passed } else { &mut inside };
        let is_higher = match highest {
            Some((known, _)) => end.compare(known)? == Ordering::Greater,
            None => true,
        };
        if is_higher {
            *highest = Some((end, range));
        }
    }
    Some(match (inside, passed) {
        (Some((_, range)), _) => Place::In(range.need()),
        (None, Some((_, range))) => Place::Above(range.need()),
        (None, None) => Place::Before,
    })
}

fn compared(fix: &Fix, have: &PackageVersion, need: PackageVersion) -> Comparison {
    Comparison { package: fix.package.clone(), have: have.clone(), need, pro: fix.pro }
}

fn unclear(fix: &Fix, have: &str, why: NoOrder) -> NotComparable {
    NotComparable { package: fix.package.clone(), have: have.to_owned(), need: fix.version.clone(), why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::PackageName;
    use crate::product::Standing;

    fn version(text: &str) -> PackageVersion {
        PackageVersion::of_any(text).expect("a version")
    }

    /// A range, written as `from..fixed`, `from..=last` or `from..`.
    fn range(text: &str) -> AffectedRange {
        let (from, to) = text.split_once("..").expect("a range");
        let introduced = Some(from).filter(|from| !from.is_empty()).map(version);
        let last_affected = to.strip_prefix('=').map(version);
        let fixed = Some(to).filter(|to| !to.is_empty() && last_affected.is_none()).map(version);
        AffectedRange { introduced, fixed, last_affected }
    }

    fn standing(ecosystem: &str, name: &str, ranges: &[&str], kept: &str) -> String {
        let ranges: Vec<AffectedRange> = ranges.iter().map(|text| range(text)).collect();
        let package = PackageName::of(ecosystem, name).expect("a package");
        let version = ranges.last().expect("a range").need();
        let fixes = [Fix { package, version, pro: false, ranges }];
        let packages = Packages::kept(kept.as_bytes()).expect("kept lines");
        match Standing::of(&fixes, &packages).expect("it asks for something") {
            Standing::Fixed(compared) | Standing::Open(compared) => compared
                .iter()
                .map(|c| format!("{} {} {}", c.have, if c.is_fixed() { "has" } else { "needs" }, c.need))
                .collect::<Vec<_>>()
                .join(", "),
            Standing::NotComparable(unclear) => {
                format!("not comparable {}", unclear.iter().map(|c| c.why.to_string()).collect::<Vec<_>>().join(", "))
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn each_installed_version_needs_the_fix_of_its_own_line() {
        // GO-2025-3956.
        let of = |kept: &str| standing("golang", "stdlib", &["..1.23.12", "1.24.0..1.24.6"], kept);
        assert_eq!(of("pkg:golang/stdlib@v1.23.4\n"), "v1.23.4 needs 1.23.12");
        assert_eq!(of("pkg:golang/stdlib@1.24.1\n"), "1.24.1 needs 1.24.6");
        assert_eq!(of("pkg:golang/stdlib@1.23.12\n"), "1.23.12 has 1.23.12");
        assert_eq!(of("pkg:golang/stdlib@1.25.0\n"), "1.25.0 has 1.24.6");
        assert_eq!(
            of("pkg:golang/stdlib@1.23.4\npkg:golang/stdlib@1.24.6\n"),
            "1.23.4 needs 1.23.12, 1.24.6 has 1.24.6",
            "two binaries of one image"
        );
        assert_eq!(of("pkg:golang/golang.org/x/net@v0.1.0\n"), "NotInstalled");
        assert_eq!(of("bash=5\n"), "not comparable ", "a list without Go says nothing of it");
    }

    #[test]
    fn a_version_before_the_flaw_came_is_not_affected() {
        let of = |kept: &str| standing("pypi", "flask", &["2.0..2.2.5", "2.3.0..2.3.2"], kept);
        assert_eq!(of("pkg:pypi/flask@1.1\n"), "NotInstalled");
        assert_eq!(of("pkg:pypi/Flask@2.2.4\n"), "2.2.4 needs 2.2.5");
        assert_eq!(of("pkg:pypi/flask@2.3.0\n"), "2.3.0 needs 2.3.2");
        assert_eq!(of("pkg:pypi/flask@2.3\n"), "2.3 needs 2.3.2");
    }

    #[test]
    fn without_a_fix_the_last_affected_version_has_to_be_passed_and_else_nothing_is_one() {
        let of = |kept: &str| standing("npm", "left-pad", &["1.0.0..=1.3.0"], kept);
        assert_eq!(of("pkg:npm/left-pad@1.3.0\n"), "1.3.0 needs >1.3.0");
        assert_eq!(of("pkg:npm/left-pad@1.3.1\n"), "1.3.1 has >1.3.0");
        let never = |kept: &str| standing("npm", "left-pad", &["1.0.0.."], kept);
        assert_eq!(never("pkg:npm/left-pad@99.0.0\n"), "99.0.0 needs none-yet");
        assert_eq!(never("pkg:npm/left-pad@0.9.0\n"), "NotInstalled");
    }

    #[test]
    fn what_has_no_order_proves_neither_a_fix_nor_an_absence() {
        let of = |kept: &str| standing("golang", "github.com/a/b", &["..1.2.0"], kept);
        assert_eq!(of("pkg:golang/github.com/a/b\n"), "not comparable listed without a version");
        assert!(of("pkg:golang/github.com/a/b@(devel)\n").starts_with("not comparable "));
        let hex = standing("hex", "phoenix", &["..1.2.0"], "pkg:hex/phoenix@1.0\n");
        assert!(hex.starts_with("not comparable "), "{hex}");
    }
}
