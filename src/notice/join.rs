//! The union of what two sources tell of one notice.

use super::{Fix, Notice, NoticeId};

impl Notice {
    /// Adds what another source tells of the same notice: packages, versions, ids, CVEs, and the graver rating of each.
    pub fn join(&mut self, other: Notice) {
        for fix in other.fixes {
            match self.fixes.iter_mut().find(|told| told.package == fix.package) {
                Some(told) => told.join(fix),
                None => self.fixes.push(fix),
            }
        }
        self.fixes.sort();
        self.own_priority = self.own_priority.max(other.own_priority);
        self.own_severity = self.own_severity.max(other.own_severity);
        for cve in other.cves {
            match self.cves.iter_mut().find(|told| told.id == cve.id) {
                Some(told) => {
                    told.priority = told.priority.max(cve.priority);
                    told.severity = told.severity.max(cve.severity);
                }
                None => self.cves.push(cve),
            }
        }
        let is_missing = |id: &NoticeId| *id != self.id && !self.aliases.contains(id);
        let missing: Vec<NoticeId> = other.aliases.into_iter().filter(is_missing).collect();
        self.aliases.extend(missing);
        // What one of them is sure of is no guess.
        self.guessed &= other.guessed;
    }
}

impl Fix {
    /// Adds what another source tells of the same package: further ranges, or the higher version where there are none.
    fn join(&mut self, other: Fix) {
        if !self.ranges.is_empty() || !other.ranges.is_empty() {
            self.add_ranges(other.ranges);
        } else if self.version.reaches(&other.version) == Some(false) {
            *self = other;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::notice::{AffectedRange, Cve, PackageName, PackageVersion, Priority, Published, Severity};

    use super::*;

    fn notice(ranges: &[(&str, &str)], severity: Severity, aliases: &[&str]) -> Notice {
        let version = |text: &str| PackageVersion::of_any(text).expect("a version");
        let range = |(from, to): &(&str, &str)| AffectedRange {
            introduced: (!from.is_empty()).then(|| version(from)),
            fixed: Some(version(to)),
            last_affected: None,
        };
        let package = PackageName::of_purl("pkg:pypi/flask").expect("a name");
        Notice {
            aliases: aliases.iter().map(|id| id.parse().expect("an id")).collect(),
            cves: vec![Cve {
                id: "CVE-2026-27205".parse().expect("an id"),
                priority: Priority::Unknown,
                severity: Some(severity),
            }],
            fixes: vec![Fix::of_ranges(package, ranges.iter().map(range).collect())],
            ..Notice::blank("GHSA-68rp-wp8r-4726".parse().expect("an id"), Published::At(jiff::Timestamp::UNIX_EPOCH))
        }
    }

    #[test]
    fn two_sources_of_one_notice_are_their_union_and_the_graver_rating() {
        let mut known = notice(&[("", "2.3.9")], Severity::Medium, &["CVE-2026-27205"]);
        let id = known.id.to_string();
        known.join(notice(&[("", "2.3.9"), ("3.0.0", "3.1.3")], Severity::High, &["PYSEC-2026-1", &id]));
        assert_eq!(known.severity(), Some(Severity::High));
        assert_eq!(known.fixes[0].ranges.len(), 2, "{:?}", known.fixes);
        assert_eq!(known.fixes[0].version.as_str(), "3.1.3", "the highest that carries the fix");
        let aliases: Vec<String> = known.aliases.iter().map(ToString::to_string).collect();
        assert_eq!(aliases, ["CVE-2026-27205", "PYSEC-2026-1"], "its own id is no other");
        let once = known.clone();
        known.join(once.clone());
        assert_eq!(known, once, "telling it twice adds nothing");
    }
}
