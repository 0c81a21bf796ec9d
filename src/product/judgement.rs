//! What a notice means for a product: the heart of a check.

use super::comparison::{Compared, concerning};
use super::filter::Rating;
use super::{Comparison, Filter, Globs, NotComparable, Packages};
use crate::notice::{Fix, NoticeSummary, PackageName};

/// What a notice means for a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// Neither its priority nor its severity is listed, or it fixes none of the packages asked for.
    Unmatched,
    /// Something is missing to decide; to be looked at again.
    Undecided(Undecided),
    /// All its fixes are for builds of another line, such as those for FIPS, of which the product is not known to hold one.
    OtherLine,
    /// None of its packages is among the current packages.
    NotInstalled,
    /// Every installed one is at or above the version asked for.
    AlreadyFixed,
    /// All that is installed and too old is to be ignored.
    Ignored,
    /// What is installed and too old has its fix only in Ubuntu Pro, which the product may not install.
    ProOnly(Vec<Comparison>),
    /// What is installed and affected has no fix yet.
    NoFix(Vec<Comparison>),
    /// Nothing that is installed is known to be too old, and nothing shows that all of it is fixed, or absent: what can't be
    /// compared. Empty where nothing in the list can.
    NotComparable(Vec<NotComparable>),
    /// A rebuild would fix it: what is installed and too old. Empty where the current packages are not known.
    Actionable(Vec<Comparison>),
}

/// What is missing to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecided {
    /// No CVE of it is rated yet.
    Rating,
    /// Its packages are unknown.
    Packages,
}

/// What a notice means for a product whose current packages are `current`, where they are known. `pro` tells whether the
/// product may install fixes of Ubuntu Pro.
pub fn judge(facts: &NoticeSummary, filter: &Filter, pro: bool, current: Option<&Packages>) -> Judgement {
    judge_rated(facts, filter.rate(facts), filter, pro, current)
}

/// The same for a notice that counts as listed, whatever its rating.
pub fn judge_as_listed(facts: &NoticeSummary, filter: &Filter, pro: bool, current: Option<&Packages>) -> Judgement {
    judge_rated(facts, Rating::Listed, filter, pro, current)
}

fn judge_rated(
    facts: &NoticeSummary,
    rating: Rating,
    filter: &Filter,
    pro: bool,
    current: Option<&Packages>,
) -> Judgement {
    let fixes = concerning(&facts.fixes, current);
    let told = !facts.fixes.is_empty();
    let named = if fixes.is_empty() { &facts.fixes } else { fixes.as_ref() };
    if rating == Rating::NotListed || (told && !filter.asks_for(named)) {
        return Judgement::Unmatched;
    }
    if told && fixes.is_empty() {
        return Judgement::OtherLine;
    }
    if !told && (filter.packages.is_some() || current.is_some()) {
        return Judgement::Undecided(if rating == Rating::Undecided { Undecided::Rating } else { Undecided::Packages });
    }
    let judgement = match current {
        Some(packages) => against(&fixes, &filter.ignore_packages, pro, packages),
        None => unseen(&fixes, &filter.ignore_packages, pro),
    };
    let judgement = match judgement {
        // What a team wrote for its product concerns it, also where no list of packages can tell.
        Judgement::NotComparable(packages) if packages.is_empty() && facts.id.is_own() => {
            Judgement::Actionable(Vec::new())
        }
        judgement => judgement,
    };
    match (rating, judgement) {
        // A rating decides nothing for a product that holds none of the packages.
        (Rating::Undecided, Judgement::NotInstalled) => Judgement::NotInstalled,
        (Rating::Undecided, _) => Judgement::Undecided(Undecided::Rating),
        (_, judgement) => judgement,
    }
}

/// Against known packages.
fn against(fixes: &[Fix], ignored: &Globs, pro: bool, packages: &Packages) -> Judgement {
    let Compared { compared, not_comparable } = Compared::of(fixes, packages);
    let none_installed = compared.is_empty() && not_comparable.is_empty();
    let all_fixed = compared.iter().all(|(_, is_fixed)| *is_fixed) && not_comparable.is_empty();
    let counts = |package: &PackageName| !ignored.matches(&package.shown());
    let too_old = compared.into_iter().filter(|(compared, is_fixed)| !is_fixed && counts(&compared.package));
    let too_old: Vec<Comparison> = too_old.map(|(compared, _)| compared).collect();
    let not_comparable: Vec<_> = not_comparable.into_iter().filter(|c| counts(&c.package)).collect();
    let fixable = |c: &Comparison| !c.need.is_none_yet();
    if too_old.iter().any(|c| fixable(c) && (pro || !c.pro)) {
        Judgement::Actionable(too_old)
    } else if !too_old.is_empty() && !too_old.iter().any(fixable) {
        Judgement::NoFix(too_old)
    } else if !too_old.is_empty() {
        Judgement::ProOnly(too_old)
    } else if !not_comparable.is_empty() || (none_installed && !packages.show_absence_of(fixes)) {
        Judgement::NotComparable(not_comparable)
    } else if none_installed {
        Judgement::NotInstalled
    } else if all_fixed {
        Judgement::AlreadyFixed
    } else {
        Judgement::Ignored
    }
}

/// For a product whose packages are not known: everything that it could install counts, and what is unknown as well.
fn unseen(fixes: &[Fix], ignored: &Globs, pro: bool) -> Judgement {
    let mut wanted = fixes.iter().filter(|fix| !ignored.matches(&fix.package.shown())).peekable();
    let fixable = |fix: &&Fix| !fix.version.is_none_yet();
    if fixes.is_empty() || wanted.clone().any(|fix| fixable(&fix) && (pro || !fix.pro)) {
        Judgement::Actionable(Vec::new())
    } else if wanted.peek().is_some() && !wanted.clone().any(|fix| fixable(&fix)) {
        Judgement::NoFix(Vec::new())
    } else if wanted.peek().is_none() {
        Judgement::Ignored
    } else {
        Judgement::ProOnly(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::notice::{NoticeHeader, Priority};

    fn fix(package: &str, pro: bool) -> Fix {
        let (package, version) = (package.parse().expect("a name"), "2".parse().expect("a version"));
        Fix::deb(package, version, pro)
    }

    fn judged(fixes: Vec<Fix>, pro: bool, current: Option<&Packages>, ignored: &[&str]) -> Judgement {
        let filter = Filter {
            priorities: [Priority::High].into(),
            severities: BTreeSet::new(),
            packages: None,
            ignore_packages: Globs::new(ignored.iter().copied()).expect("names"),
        };
        let (id, published) = ("USN-1-1".parse().expect("an id"), "2026-01-12".parse().expect("a day"));
        let header = NoticeHeader { id, published, priority: Priority::High, severity: None, has_cves: true };
        let facts = NoticeSummary { header, fixes };
        judge(&facts, &filter, pro, current)
    }

    #[test]
    fn what_only_pro_fixes_is_named_and_not_actionable() {
        let packages = Packages::read(b"free=1\nesm=1\n").expect("packages");
        for current in [None, Some(&packages)] {
            assert!(matches!(judged(vec![fix("esm", true)], false, current, &[]), Judgement::ProOnly(_)));
            assert!(matches!(judged(vec![fix("esm", true)], true, current, &[]), Judgement::Actionable(_)));
            let both = vec![fix("esm", true), fix("free", false)];
            assert!(matches!(judged(both, false, current, &[]), Judgement::Actionable(_)));
        }
        // What else it fixes is not installed.
        let absent = vec![fix("absent", false), fix("esm", true)];
        assert!(matches!(judged(absent, false, Some(&packages), &[]), Judgement::ProOnly(_)));
    }

    #[test]
    fn a_fix_for_fips_is_neither_actionable_nor_only_in_pro_for_an_ordinary_product() {
        let packages = Packages::read(b"free=1\nother=1\n").expect("packages");
        let for_fips = || Fix { version: "2+Fips1".parse().expect("a version"), ..fix("free", true) };
        for pro in [false, true] {
            for current in [None, Some(&packages)] {
                assert_eq!(judged(vec![for_fips()], pro, current, &[]), Judgement::OtherLine);
                let both = vec![for_fips(), fix("other", false)];
                assert!(matches!(judged(both, pro, current, &[]), Judgement::Actionable(_)));
            }
        }
        let for_fips_installed = Packages::read(b"free=2+Fips0\n").expect("packages");
        assert!(matches!(judged(vec![for_fips()], true, Some(&for_fips_installed), &[]), Judgement::Actionable(_)));
    }

    #[test]
    fn what_is_not_comparable_yields_to_what_is_too_old_and_is_ignored_by_name() {
        let packages = Packages::kept(b"free=1\nnew=2\npkg:deb/debian/odd@9\n").expect("packages");
        let judged = |names: &[&str], ignored: &[&str]| {
            judged(names.iter().map(|name| fix(name, false)).collect(), false, Some(&packages), ignored)
        };
        assert!(matches!(judged(&["odd", "free"], &[]), Judgement::Actionable(too_old) if too_old.len() == 1));
        assert!(matches!(judged(&["odd", "new"], &[]), Judgement::NotComparable(odd) if odd.len() == 1));
        assert!(matches!(judged(&["odd", "free"], &["free"]), Judgement::NotComparable(_)));
        assert_eq!(judged(&["odd", "new"], &["odd"]), Judgement::Ignored);
        assert_eq!(judged(&["new"], &[]), Judgement::AlreadyFixed);
        assert_eq!(judged(&["absent"], &[]), Judgement::NotInstalled);
    }
}
