//! A notice from an OSV record.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;

use super::record::{AffectedPackage, Interval, OsvRecord, RangeEvent, intervals};
use crate::notice::{
    AffectedRange, Cve, CveId, Fix, Notice, NoticeId, NoticeOrigin, PackageName, PackageVersion, Priority, Published,
    compare, ecosystem_of,
};
use crate::text::{count, quoted};

/// A notice, and what people should know of the record that it is from.
#[derive(Debug, Clone)]
pub struct OsvNotice {
    /// The notice.
    pub notice: Notice,
    /// What can't be taken from the record, a sentence each.
    pub left_out: Vec<String>,
}

/// The most ranges of one package.
const MOST_RANGES: usize = 2_000;

/// How many times a version that is named alone may be looked for in a list of ranges.
const MOST_COMPARED: usize = 1_000_000;

/// The id of the notice that a record tells of, or takes back.
///
/// # Errors
/// If it is that of one of Ubuntu's notices, which come from Ubuntu only.
pub(super) fn id_of(record: &OsvRecord) -> Result<NoticeId> {
    let id: NoticeId = record.id.parse()?;
    ensure!(
        !id.is_usn(),
        "{id} is a notice of Ubuntu, and those come from Ubuntu's own sources only; give the record an id of its own"
    );
    Ok(id)
}

/// The notice that a record tells of. One without dates counts as published `now`.
///
/// # Errors
/// If the record is one of Ubuntu's notices, which come from Ubuntu only, or names a package that can't be one.
pub fn notice_of(record: OsvRecord, by: NoticeOrigin, now: Timestamp) -> Result<OsvNotice> {
    let id = id_of(&record)?;
    let mut left_out = Vec::new();
    let mut ranges_by_package: BTreeMap<PackageName, Vec<AffectedRange>> = BTreeMap::new();
    let mut wrong = None;
    for affected in &record.affected {
        let read = package_of(affected).and_then(|package| {
            let ranges = ranges_of(affected, package.ecosystem(), &mut left_out)?;
            Ok((package, ranges))
        });
        match read.with_context(|| format!("{id}: {}", quoted(&affected.name))) {
            Ok((package, ranges)) => ranges_by_package.entry(package).or_default().extend(ranges),
            // A team can mend its own record; of another's, the other packages count.
            Err(error) if by == NoticeOrigin::Team => return Err(error),
            Err(error) => {
                left_out.push(format!("{error:#}"));
                wrong.get_or_insert(error);
            }
        }
    }
    if let Some(error) = wrong.filter(|_| ranges_by_package.is_empty()) {
        return Err(error);
    }
    let mut fixes = Vec::new();
    for (package, mut ranges) in ranges_by_package {
        ensure!(ranges.len() <= MOST_RANGES, "{id}: {package} has more than {MOST_RANGES} ranges");
        ranges.dedup();
        fixes.push(Fix::of_ranges(package, ranges));
    }
    fixes.sort();
    let published = record.published.or(record.modified).unwrap_or(now);
    let (priority, severity) = (record.priority, record.severity);
    let cve = |id: &String| -> Result<Cve> {
        Ok(Cve { id: id.parse::<CveId>()?, priority: priority.unwrap_or(Priority::Unknown), severity })
    };
    let cves = record.cves.iter().map(cve).collect::<Result<Vec<_>>>()?;
    // The rating is that of the flaw, by whichever of its ids.
    let own = cves.is_empty();
    let notice = Notice {
        by: Some(by),
        aliases: record.aliases.iter().filter_map(|alias| alias.parse().ok()).collect(),
        own_priority: priority.filter(|_| own),
        own_severity: severity.filter(|_| own),
        title: title(&record),
        description: record.details,
        cves,
        references: record.references,
        fixes,
        ..Notice::blank(id, Published::At(published))
    };
    Ok(OsvNotice { notice, left_out })
}

/// The summary, or where there is none the first line of the details.
fn title(record: &OsvRecord) -> String {
    let first = record.details.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let title = if record.summary.trim().is_empty() { first } else { record.summary.trim() };
    if title.is_empty() { format!("vulnerability {}", record.id) } else { title.to_owned() }
}

/// Which package is meant: by its package URL where there is one, else by its ecosystem and name.
fn package_of(affected: &AffectedPackage) -> Result<PackageName> {
    // Debian's package URLs don't tell the release, and the ecosystem does.
    if let Some(release) = affected.ecosystem.strip_prefix("Debian:") {
        return PackageName::of_debian_source(&affected.name, release);
    }
    if let Some(purl) = &affected.purl {
        return PackageName::of_purl(purl);
    }
    let ecosystem = affected.ecosystem.split(':').next().unwrap_or_default();
    match ecosystem {
        "Ubuntu" | "Debian" | "Alpine" => {
            bail!("packages of {ecosystem} are named by their package URL (pkg:deb/ubuntu/NAME): write it in `package`")
        }
        _ => {}
    }
    let kind = ecosystem_of(ecosystem).map_or_else(|| ecosystem.to_ascii_lowercase(), str::to_owned);
    PackageName::of(&kind, &affected.name)
        .context("give the package a package URL (`purl`), such as pkg:generic/gorouter, or an ecosystem of OSV's")
}

/// The versions that are affected.
fn ranges_of(affected: &AffectedPackage, ecosystem: &str, left_out: &mut Vec<String>) -> Result<Vec<AffectedRange>> {
    let version = |text: &String| PackageVersion::of_any(text);
    let mut ranges = Vec::new();
    let (mut ordered, mut all_ordered) = (Vec::new(), true);
    for events in &affected.ranges {
        let found = intervals(events, |one, other| compare(ecosystem, one, other));
        let Ok(found) = found else {
            all_ordered = false;
            left_out.push(format!(
                "the versions of {} ({ecosystem}) can't be ordered, so no release shows whether it has the fix",
                quoted(&affected.name)
            ));
            ranges.push(unordered(events)?);
            continue;
        };
        for range in &found {
            ranges.push(AffectedRange {
                introduced: range.introduced.as_ref().map(version).transpose()?,
                fixed: range.fixed.as_ref().map(version).transpose()?,
                last_affected: range.last_affected.as_ref().map(version).transpose()?,
            });
        }
        ordered.push(found);
    }
    if all_ordered {
        ranges.extend(one_by_one(affected, ecosystem, &ordered, left_out)?);
    }
    if ranges.is_empty() && affected.has_git_ranges {
        left_out.push(format!(
            "{} names commits only, which no list of packages has, so no release shows whether it has the fix",
            quoted(&affected.name)
        ));
        let commit = PackageVersion::of_any("a-commit")?;
        ranges.push(AffectedRange { introduced: None, fixed: Some(commit), last_affected: None });
    }
    if ranges.is_empty() {
        // Nothing is said of versions: any may have the flaw.
        ranges.push(AffectedRange { introduced: None, fixed: None, last_affected: None });
    }
    Ok(ranges)
}

/// The versions that are named one by one and are in none of these ranges: they are affected besides.
fn one_by_one(
    affected: &AffectedPackage,
    ecosystem: &str,
    ranges: &[Vec<Interval>],
    left_out: &mut Vec<String>,
) -> Result<Vec<AffectedRange>> {
    let order = |one: &str, other: &str| compare(ecosystem, one, other);
    let is_in = |version: &String, ranges: &Vec<Interval>| {
        let begins = |range: &Interval| {
            range.introduced.as_ref().is_none_or(|first| order(first, version).is_some_and(Ordering::is_le))
        };
        let Some(nearest) = ranges.partition_point(begins).checked_sub(1) else { return false };
        match (&ranges[nearest].fixed, &ranges[nearest].last_affected) {
            (Some(fixed), _) => order(version, fixed) == Some(Ordering::Less),
            (None, Some(last)) => order(version, last).is_some_and(Ordering::is_le),
            (None, None) => true,
        }
    };
    ensure!(
        ranges.len().saturating_mul(affected.versions.len()) <= MOST_COMPARED,
        "it has {} ranges and {} versions besides, more than can be compared with each other",
        ranges.len(),
        affected.versions.len()
    );
    // One that has no order would leave nobody able to tell whether anything has the fix.
    let (known, odd): (Vec<&String>, Vec<&String>) =
        affected.versions.iter().partition(|version| order(version, version).is_some() || ranges.is_empty());
    if let Some(first) = odd.first() {
        let more = count(odd.len(), "version");
        left_out.push(format!("{more} of {} have no order, such as {}", quoted(&affected.name), quoted(first)));
    }
    let besides: Vec<&String> =
        known.into_iter().filter(|version| !ranges.iter().any(|ranges| is_in(version, ranges))).collect();
    let range = |first: &str, last: &str| {
        let (first, last) = (Some(PackageVersion::of_any(first)?), Some(PackageVersion::of_any(last)?));
        Ok(AffectedRange { introduced: first, fixed: None, last_affected: last })
    };
    if besides.len() > MOST_RANGES {
        // More may be affected by this than are, never fewer.
        let of = |wanted: Ordering| {
            besides.iter().copied().reduce(|known, one| if order(one, known) == Some(wanted) { one } else { known })
        };
        if let (Some(first), Some(last)) = (of(Ordering::Less), of(Ordering::Greater)) {
            left_out.push(format!(
                "{} names {} one by one: all from {} to {} count",
                quoted(&affected.name),
                count(besides.len(), "version"),
                quoted(first),
                quoted(last)
            ));
            return Ok(vec![range(first, last)?]);
        }
    }
    besides.into_iter().map(|version| range(version, version)).collect()
}

/// A range whose versions have no order: what it is fixed in, as written last.
fn unordered(events: &[RangeEvent]) -> Result<AffectedRange> {
    let last = events.iter().rev().find(|event| !matches!(event, RangeEvent::Introduced(_)));
    let version = last.map(|event| PackageVersion::of_any(event.version())).transpose()?;
    let is_fix = matches!(last, Some(RangeEvent::Fixed(_)));
    Ok(AffectedRange {
        introduced: None,
        fixed: version.clone().filter(|_| is_fix),
        last_affected: version.filter(|_| !is_fix),
    })
}

#[cfg(test)]
mod tests {
    use super::super::record::read;
    use super::*;

    fn notice(json: &str) -> Notice {
        let record = read(json.as_bytes()).expect("a record");
        notice_of(record, NoticeOrigin::Osv, Timestamp::UNIX_EPOCH).expect("a notice").notice
    }

    fn shown(fix: &Fix) -> String {
        let end = |range: &AffectedRange| {
            format!("{}..{}", range.introduced.as_ref().map(PackageVersion::as_str).unwrap_or_default(), range.need())
        };
        let ranges: Vec<String> = fix.ranges.iter().map(end).collect();
        format!("{} {} [{}]", fix.package.as_str(), fix.version, ranges.join(", "))
    }

    #[test]
    fn a_record_of_go_has_its_two_lines_and_the_cve_its_rating() {
        // The facts of GO-2025-3956.
        let notice = notice(
            r#"{"id": "GO-2025-3956", "modified": "0001-01-01T00:00:00Z", "published": "0001-01-01T00:00:00Z",
                "aliases": ["CVE-2025-47906", "CVE-2025-47906"], "summary": "Unexpected paths in os/exec",
                "affected": [{"package": {"name": "stdlib", "ecosystem": "Go"}, "ranges": [{"type": "SEMVER",
                  "events": [{"introduced": "0"}, {"fixed": "1.23.12"}, {"introduced": "1.24.0"}, {"fixed": "1.24.6"}]}]}]}"#,
        );
        assert_eq!(
            notice.fixes.iter().map(shown).collect::<Vec<_>>(),
            ["pkg:golang/stdlib 1.24.6 [..1.23.12, 1.24.0..1.24.6]"]
        );
        assert_eq!(notice.published, Published::At(Timestamp::UNIX_EPOCH), "the year 1 is none");
        assert_eq!(notice.cves.len(), 1);
        assert_eq!((notice.priority(), notice.severity()), (Priority::Unknown, None));
    }

    #[test]
    fn a_notice_of_ones_own_may_name_any_package_by_its_purl() {
        let notice = notice(
            r#"{"id": "x_GOROUTER-2026-1", "summary": "Routes leak", "database_specific": {"priority": "high"},
                "affected": [{"package": {"ecosystem": "generic", "name": "gorouter", "purl": "pkg:generic/gorouter"},
                  "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "0.300.0"}]}]}]}"#,
        );
        assert_eq!(notice.fixes.iter().map(shown).collect::<Vec<_>>(), ["pkg:generic/gorouter 0.300.0 [..0.300.0]"]);
        assert_eq!((notice.priority(), notice.own_priority), (Priority::High, Some(Priority::High)));
    }

    #[test]
    fn what_names_versions_or_commits_or_nothing_of_them() {
        let of = |affected: &str| {
            let json = format!(
                r#"{{"id": "x_A-1", "affected": [{{"package": {{"ecosystem": "npm", "name": "a"}}, {affected}}}]}}"#
            );
            shown(&notice(&json).fixes[0])
        };
        assert_eq!(of(r#""versions": ["1.0.0", "1.1.0"]"#), "pkg:npm/a >1.1.0 [1.0.0..>1.0.0, 1.1.0..>1.1.0]");
        assert_eq!(
            of(r#""ranges": [{"type": "SEMVER", "events": [{"introduced": "1.0.0"}, {"last_affected": "2.0.0"}]}]"#),
            "pkg:npm/a >2.0.0 [1.0.0..>2.0.0]"
        );
        assert_eq!(
            of(r#""ranges": [{"type": "GIT", "repo": "https://example.com/a", "events": [{"introduced": "0"}]}]"#),
            "pkg:npm/a a-commit [..a-commit]"
        );
        assert_eq!(of(r#""ranges": []"#), "pkg:npm/a none-yet [..none-yet]");
    }

    #[test]
    fn versions_named_beside_ranges_are_affected_too() {
        let of = |affected: &str| {
            let json = format!(
                r#"{{"id": "GHSA-2222-2222-2222", "affected": [{{"package": {{"ecosystem": "PyPI", "name": "a"}},
                  "ranges": [{{"type": "ECOSYSTEM", "events": [{{"introduced": "2.0"}}, {{"fixed": "2.2"}}]}}], {affected}}}]}}"#
            );
            shown(&notice(&json).fixes[0])
        };
        assert_eq!(of(r#""versions": ["2.0", "2.1.9"]"#), "pkg:pypi/a 2.2 [2.0..2.2]");
        assert_eq!(of(r#""versions": ["1.5", "2.1", "no version"]"#), "pkg:pypi/a 2.2 [2.0..2.2, 1.5..>1.5]");
        let many: Vec<String> = (0..3_000).map(|nth| format!("\"0.{nth}\"")).collect();
        assert_eq!(of(&format!(r#""versions": [{}]"#, many.join(","))), "pkg:pypi/a 2.2 [2.0..2.2, 0.0..>0.2999]");
    }

    #[test]
    fn a_package_that_has_no_name_takes_no_other_of_anothers_record_with_it() {
        let json = r#"{"id": "GHSA-2222-2222-2222", "affected": [
            {"package": {"ecosystem": "Alpine:v3.20", "name": "a"}}, {"package": {"ecosystem": "npm", "name": "a"}}]}"#;
        let record = || read(json.as_bytes()).expect("a record");
        let told = notice_of(record(), NoticeOrigin::Osv, Timestamp::UNIX_EPOCH).expect("a notice");
        assert_eq!(told.notice.fixes.iter().map(shown).collect::<Vec<_>>(), ["pkg:npm/a none-yet [..none-yet]"]);
        assert_eq!(told.left_out.len(), 1, "{:?}", told.left_out);
        assert!(notice_of(record(), NoticeOrigin::Team, Timestamp::UNIX_EPOCH).is_err(), "a team can mend it");
    }

    #[test]
    fn a_notice_of_ubuntu_comes_from_ubuntu_only() {
        let record = read(br#"{"id": "USN-1-1"}"#).expect("a record");
        let error = notice_of(record, NoticeOrigin::Team, Timestamp::UNIX_EPOCH).expect_err("a USN").to_string();
        assert!(error.contains("Ubuntu's own sources only"), "{error}");
        let deb = r#"{"id": "x_A-1", "affected": [{"package": {"ecosystem": "Debian", "name": "openssl"}}]}"#;
        let error = notice_of(read(deb.as_bytes()).expect("a record"), NoticeOrigin::Team, Timestamp::UNIX_EPOCH);
        assert!(format!("{:#}", error.expect_err("no purl")).contains("by their package URL"));
    }
}
