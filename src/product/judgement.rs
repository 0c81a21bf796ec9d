//! What a notice means for a product: the heart of a check.

use super::filter::Rating;
use super::{Comparison, Filter, Globs, Packages, Standing};
use crate::notice::Facts;

/// What a notice means for a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// Neither its priority nor its severity is listed, or it fixes none of the packages asked for.
    Unmatched,
    /// Something is missing to decide; to be looked at again.
    Undecided(Undecided),
    /// None of its packages is among the current packages.
    NotInstalled,
    /// Every installed one is at or above the version asked for.
    AlreadyFixed,
    /// All that is installed and too old is to be ignored.
    Ignored,
    /// What is installed and too old has its fix only in Ubuntu Pro, which the product may not install.
    ProOnly(Vec<Comparison>),
    /// A rebuild would fix it: what is installed and too old. Empty where the current packages are not known.
    Actionable(Vec<Comparison>),
}

/// What is missing to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecided {
    /// No CVE of it is rated yet.
    Rating,
    /// Nobody tells its packages.
    Packages,
}

/// What a notice means for a product whose current packages are `current`, where they are known. `pro` tells whether the
/// product may install fixes of Ubuntu Pro.
pub fn judge(facts: &Facts, filter: &Filter, pro: bool, current: Option<&Packages>) -> Judgement {
    let rating = filter.rate(facts.priority, facts.severity, facts.has_cves);
    let told = !facts.fixes.is_empty();
    if rating == Rating::NotListed || (told && !filter.asks_for(&facts.fixes)) {
        return Judgement::Unmatched;
    }
    if !told && (filter.packages.is_some() || current.is_some()) {
        return Judgement::Undecided(if rating == Rating::Undecided { Undecided::Rating } else { Undecided::Packages });
    }
    let judgement = match current {
        Some(packages) => against(facts, &filter.ignore_packages, pro, packages),
        None => unseen(facts, &filter.ignore_packages, pro),
    };
    match (rating, judgement) {
        // A rating decides nothing for a product that holds none of the packages.
        (Rating::Undecided, Judgement::NotInstalled) => Judgement::NotInstalled,
        (Rating::Undecided, _) => Judgement::Undecided(Undecided::Rating),
        (_, judgement) => judgement,
    }
}

/// Against known packages.
fn against(facts: &Facts, ignored: &Globs, pro: bool, packages: &Packages) -> Judgement {
    let installed = match Standing::of(&facts.fixes, packages) {
        None => return Judgement::Undecided(Undecided::Packages),
        Some(Standing::NotInstalled) => return Judgement::NotInstalled,
        Some(Standing::Fixed(_)) => return Judgement::AlreadyFixed,
        Some(Standing::Open(installed)) => installed,
    };
    let too_old: Vec<Comparison> =
        installed.into_iter().filter(|c| !c.is_fixed() && !ignored.matches(c.package.as_str())).collect();
    match too_old.iter().any(|c| pro || !c.pro) {
        _ if too_old.is_empty() => Judgement::Ignored,
        true => Judgement::Actionable(too_old),
        false => Judgement::ProOnly(too_old),
    }
}

/// For a product whose packages are not known: everything that it could install counts, and what nobody tells as well.
fn unseen(facts: &Facts, ignored: &Globs, pro: bool) -> Judgement {
    let mut wanted = facts.fixes.iter().filter(|fix| !ignored.matches(fix.package.as_str())).peekable();
    if facts.fixes.is_empty() || wanted.clone().any(|fix| pro || !fix.pro) {
        Judgement::Actionable(Vec::new())
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
    use crate::notice::{Fix, Priority};

    fn fix(package: &str, pro: bool) -> Fix {
        let (package, version) = (package.parse().expect("a name"), "2".parse().expect("a version"));
        Fix { package, version, pro }
    }

    #[test]
    fn what_only_pro_fixes_is_named_and_not_actionable() {
        let filter = Filter {
            priorities: [Priority::High].into(),
            severities: BTreeSet::new(),
            packages: None,
            ignore_packages: Globs::default(),
        };
        let packages = Packages::read(b"free=1\nesm=1\n").expect("packages");
        let judged = |fixes: Vec<Fix>, pro: bool, current: Option<&Packages>| {
            let (id, published) = ("USN-1-1".parse().expect("an id"), "2026-01-12".parse().expect("a day"));
            let facts = Facts { id, published, priority: Priority::High, severity: None, has_cves: true, fixes };
            judge(&facts, &filter, pro, current)
        };
        for current in [None, Some(&packages)] {
            assert!(matches!(judged(vec![fix("esm", true)], false, current), Judgement::ProOnly(_)));
            assert!(matches!(judged(vec![fix("esm", true)], true, current), Judgement::Actionable(_)));
            let both = vec![fix("esm", true), fix("free", false)];
            assert!(matches!(judged(both, false, current), Judgement::Actionable(_)));
        }
        // What else it fixes is not installed.
        let absent = vec![fix("absent", false), fix("esm", true)];
        assert!(matches!(judged(absent, false, Some(&packages)), Judgement::ProOnly(_)));
    }
}
