//! The notices that the findings of a scanner make: one for each flaw that has a fix.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::Timestamp;

use crate::notice::{
    AffectedRange, Cve, CveId, Fix, Notice, NoticeId, NoticeOrigin, PackageName, PackageVersion, Priority, Published,
    compare, ecosystem_of,
};
use crate::product::findings::{self, Finding, FindingsReport};
use crate::product::source_of_debian;
use crate::text::quoted;
use crate::upstream::osv::{notice_of, record};

/// What the findings of a report make.
#[derive(Debug, Default)]
pub(super) struct FoundNotices {
    /// The notices, by id.
    pub(super) notices: Vec<Notice>,
    /// What can't be taken, a sentence each; the first few, and how many more.
    pub(super) left_out: Vec<String>,
}

/// The most sentences on what can't be taken.
const MOST_SENTENCES: usize = 20;

/// The most packages of one flaw, and the most lines of versions of one package, that findings are joined for.
const MOST_LINES: usize = 100;

/// One notice for each id, of the findings that have a fix.
pub(super) fn found_notices(report: &FindingsReport, now: Timestamp) -> FoundNotices {
    let mut by_id: BTreeMap<NoticeId, Notice> = BTreeMap::new();
    let mut found = FoundNotices::default();
    let mut more = 0;
    for finding in &report.findings {
        match taken(finding, report.scanner, now) {
            Ok(None) => {}
            Ok(Some(notice)) => match by_id.get_mut(&notice.id) {
                Some(known) if has_too_many(known) => more += 1,
                Some(known) => known.join(notice),
                None => drop(by_id.insert(notice.id, notice)),
            },
            Err(error) if found.left_out.len() < MOST_SENTENCES => {
                found.left_out.push(format!("{}, {}: {error:#}", finding.place, finding.id));
            }
            Err(_) => more += 1,
        }
    }
    if more > 0 {
        found.left_out.push(format!("{more} further findings can't be taken either"));
    }
    found.notices = by_id.into_values().map(with_lines).collect();
    found
}

/// The notice of one finding; `None` if it has no fix.
fn taken(finding: &Finding, scanner: &str, now: Timestamp) -> Result<Option<Notice>> {
    if finding.fixed.is_empty() {
        return Ok(None);
    }
    let package = package(finding, scanner)?;
    // Whoever quotes the record of a flaw tells its ranges, which say more than one version.
    for json in &finding.records {
        let Ok(record) = record::read(json.as_bytes()) else { continue };
        let Ok(told) = notice_of(record, NoticeOrigin::Scanner, now) else { continue };
        let mut notice = told.notice;
        notice.fixes.retain(|fix| fix.package == package && !fix.version.is_none_yet());
        if notice.fixes.is_empty() {
            continue;
        }
        let id: NoticeId = finding.id.parse()?;
        let aliases = finding.aliases.iter().filter_map(|alias| alias.parse().ok()).chain([notice.id]);
        let aliases: Vec<NoticeId> = aliases.filter(|alias| *alias != id).collect();
        let missing: Vec<NoticeId> = aliases.into_iter().filter(|alias| !notice.aliases.contains(alias)).collect();
        notice.aliases.extend(missing);
        notice.aliases.retain(|alias| *alias != id);
        return Ok(Some(Notice { id, guessed: finding.by_cpe, ..notice }));
    }
    let id: NoticeId = finding.id.parse()?;
    let aliases: Vec<NoticeId> = finding.aliases.iter().filter_map(|alias| alias.parse().ok()).collect();
    let priority = finding.priority.unwrap_or(Priority::Unknown);
    let named = std::iter::once(&finding.id).chain(&finding.aliases);
    let cves: Vec<Cve> = named
        .filter_map(|id| id.parse::<CveId>().ok())
        .map(|id| Cve { id, priority, severity: finding.severity })
        .collect();
    let own = cves.is_empty();
    let title =
        if finding.title.is_empty() { finding.details.lines().next().unwrap_or_default() } else { &finding.title };
    Ok(Some(Notice {
        by: Some(NoticeOrigin::Scanner),
        aliases,
        own_priority: finding.priority.filter(|_| own),
        own_severity: finding.severity.filter(|_| own),
        guessed: finding.by_cpe,
        title: if title.is_empty() { format!("{id} in {}", package.shown()) } else { title.to_owned() },
        description: finding.details.clone(),
        cves,
        fixes: vec![fix(finding, package)?],
        ..Notice::blank(id, Published::At(now))
    }))
}

/// Which package is meant: by its package URL, or by what the scanner calls its kind.
fn package(finding: &Finding, scanner: &str) -> Result<PackageName> {
    if let Some(purl) = &finding.purl {
        // Debian's fixes are told by source packages. Grype names them as Syft does: only where they have another name.
        return match source_of_debian(purl, finding.source.as_deref()) {
            Some((source, is_named)) if is_named || scanner == findings::GRYPE => Ok(source),
            _ => PackageName::of_purl(purl),
        };
    }
    if ["deb", "ubuntu", "dpkg"].contains(&finding.kind.as_str()) {
        return finding.package.parse();
    }
    // OSV-Scanner adds the release: `Ubuntu:22.04:LTS`, `Debian:12`.
    let (kind_name, release) = finding.kind.split_once(':').unwrap_or((&finding.kind, ""));
    if kind_name.eq_ignore_ascii_case("ubuntu") {
        return finding.package.parse();
    }
    if kind_name.eq_ignore_ascii_case("debian") && !release.is_empty() {
        return PackageName::of_debian_source(finding.source.as_ref().unwrap_or(&finding.package), release);
    }
    let ecosystem = ecosystem_of(kind_name).with_context(|| {
        format!("{} is a kind of packages that has no package URL in the report", quoted(&finding.kind))
    })?;
    PackageName::of(ecosystem, &finding.package)
}

/// What the finding asks for: the lowest of the versions that carry the fix which is above the installed one.
fn fix(finding: &Finding, package: PackageName) -> Result<Fix> {
    let above = |version: &&String| compare(package.ecosystem(), version, &finding.version).is_none_or(Ordering::is_gt);
    let lowest = finding.fixed.iter().filter(above).reduce(|lowest, version| {
        match compare(package.ecosystem(), version, lowest) {
            Some(Ordering::Less) => version,
            _ => lowest,
        }
    });
    let need = lowest.or(finding.fixed.last()).context("it tells no version that carries the fix")?;
    let version = PackageVersion::of_any(need)?;
    if package.is_ubuntu() {
        return Ok(Fix::deb(
            PackageName::known(package.as_str())?,
            PackageVersion::recorded(need)?,
            need.contains("+esm") || need.contains("~esm"),
        ));
    }
    let range = AffectedRange { introduced: None, fixed: Some(version.clone()), last_affected: None };
    Ok(Fix { package, version, pro: false, ranges: vec![range] })
}

/// Whether findings of one flaw name more packages, or versions of one, than any flaw has.
fn has_too_many(notice: &Notice) -> bool {
    notice.fixes.len() > MOST_LINES || notice.fixes.iter().any(|fix| fix.ranges.len() > MOST_LINES)
}

/// Where several versions of a package are installed, each has the fix of its own line.
fn with_lines(mut notice: Notice) -> Notice {
    for Fix { package, ranges, .. } in &mut notice.fixes {
        // Of two that begin before everything, the one with the lower end is of the lower line; the other begins after it.
        ranges.sort_by(|a, b| match (&a.fixed, &b.fixed) {
            (Some(a), Some(b)) => compare(package.ecosystem(), a.as_str(), b.as_str()).unwrap_or(Ordering::Equal),
            _ => Ordering::Equal,
        });
        let mut before: Option<PackageVersion> = None;
        for range in ranges {
            if range.introduced.is_none() {
                range.introduced = before.clone();
            }
            before = range.fixed.clone().or(before);
        }
    }
    notice
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::Severity;

    fn finding(id: &str, purl: &str, version: &str, fixed: &[&str]) -> Finding {
        Finding {
            id: id.to_owned(),
            purl: Some(purl.to_owned()),
            version: version.to_owned(),
            fixed: fixed.iter().map(|&fixed| fixed.to_owned()).collect(),
            severity: Some(Severity::High),
            place: "matches[0]".to_owned(),
            ..Finding::default()
        }
    }

    fn notices(findings: Vec<Finding>) -> Vec<String> {
        let report = FindingsReport { scanner: "Grype", findings, unreadable: Vec::new(), unreadable_count: 0 };
        let found = found_notices(&report, Timestamp::UNIX_EPOCH);
        assert!(found.left_out.is_empty(), "{:?}", found.left_out);
        let shown = |fix: &Fix| {
            let range = |range: &AffectedRange| {
                format!("{}..{}", range.introduced.as_ref().map(|from| from.as_str()).unwrap_or_default(), range.need())
            };
            format!(
                "{} {:?}",
                if fix.package.distribution().is_some() { fix.package.as_str().into() } else { fix.package.shown() },
                fix.ranges.iter().map(range).collect::<Vec<_>>()
            )
        };
        let told = |notice: &Notice| {
            let fixes: Vec<String> = notice.fixes.iter().map(shown).collect();
            format!("{} {}", notice.id, fixes.join(", "))
        };
        found.notices.iter().map(told).collect()
    }

    #[test]
    fn findings_of_one_flaw_are_one_notice_and_what_has_no_fix_is_none() {
        let told = notices(vec![
            finding("CVE-2025-1", "pkg:golang/a@1.2.0", "1.2.0", &["1.2.5"]),
            finding("CVE-2025-1", "pkg:golang/b@0.1.0", "0.1.0", &["0.2.0"]),
            finding("CVE-2025-2", "pkg:golang/b@0.1.0", "0.1.0", &[]),
        ]);
        assert_eq!(told, [r#"CVE-2025-1 a ["..1.2.5"], b ["..0.2.0"]"#]);
    }

    #[test]
    fn of_several_fixes_the_next_one_is_needed_and_two_installed_versions_have_a_line_each() {
        let fixes = &["3.1.0", "2.6.9"];
        let low = || finding("CVE-2025-1", "pkg:npm/a@2.6.1", "2.6.1", fixes);
        let high = || finding("CVE-2025-1", "pkg:npm/a@3.0.1", "3.0.1", fixes);
        assert_eq!(notices(vec![low()]), [r#"CVE-2025-1 a ["..2.6.9"]"#]);
        for order in [vec![low(), high()], vec![high(), low()]] {
            assert_eq!(notices(order), [r#"CVE-2025-1 a ["..2.6.9", "2.6.9..3.1.0"]"#]);
        }
    }

    #[test]
    fn a_package_of_debian_stands_for_its_source_of_its_release() {
        let of = |purl: &str| notices(vec![finding("CVE-2025-1", purl, "3.0.15-1~deb12u1", &["3.0.17-1~deb12u3"])]);
        let told = |source: &str| {
            vec![format!(r#"CVE-2025-1 pkg:deb/debian/{source}?arch=source&distro=debian-12 ["..3.0.17-1~deb12u3"]"#)]
        };
        let purl = "pkg:deb/debian/libssl3@3.0.15-1~deb12u1?arch=amd64&distro=debian-12.8&upstream=openssl";
        assert_eq!(of(purl), told("openssl"));
        assert_eq!(of("pkg:deb/debian/bash@3.0.15-1~deb12u1?arch=amd64&distro=debian-12"), told("bash"));
        // Trivy tells it beside the package URL.
        let beside = Finding {
            source: Some("openssl".to_owned()),
            ..finding("CVE-2025-1", &purl.replace("&upstream=openssl", ""), "3.0.15-1~deb12u1", &["3.0.17-1~deb12u3"])
        };
        assert_eq!(notices(vec![beside]), told("openssl"));
        // OSV-Scanner has no package URL, and the release in the kind.
        let without = |package: &str, source: Option<&str>| Finding {
            purl: None,
            kind: "Debian:12".to_owned(),
            package: package.to_owned(),
            source: source.map(str::to_owned),
            ..finding("CVE-2025-1", "", "3.0.15-1~deb12u1", &["3.0.17-1~deb12u3"])
        };
        assert_eq!(notices(vec![without("libssl3", Some("openssl"))]), told("openssl"));
        assert_eq!(notices(vec![without("bash", None)]), told("bash"));
    }

    #[test]
    fn what_more_versions_than_any_package_has_is_told_and_quickly() {
        let of = |nth: usize| finding("CVE-2025-1", "pkg:npm/a@1.0.0", "1.0.0", &[&format!("1.0.{nth}")]);
        let findings: Vec<Finding> = (1..=5_000).map(of).collect();
        let report = FindingsReport { scanner: "Grype", findings, unreadable: Vec::new(), unreadable_count: 0 };
        let found = found_notices(&report, Timestamp::UNIX_EPOCH);
        assert_eq!(found.notices[0].fixes[0].ranges.len(), MOST_LINES + 1);
        assert_eq!(found.left_out, ["4899 further findings can't be taken either"]);
    }

    #[test]
    fn a_kind_without_a_package_url_is_named() {
        let odd = Finding {
            purl: None,
            kind: "conda".to_owned(),
            package: "a".to_owned(),
            ..finding("CVE-2025-1", "", "1", &["2"])
        };
        let report =
            FindingsReport { scanner: "Trivy", findings: vec![odd], unreadable: Vec::new(), unreadable_count: 0 };
        let found = found_notices(&report, Timestamp::UNIX_EPOCH);
        assert!(found.notices.is_empty() && found.left_out[0].contains("\"conda\""), "{:?}", found.left_out);
    }
}
