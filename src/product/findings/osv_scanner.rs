//! The JSON of OSV-Scanner (`osv-scanner --format json`): OSV records by package, grouped by flaw.
//!
//! (OSV-Scanner, `pkg/models/results.go`.) A group has all the ids under which databases know one flaw, so it is one finding.

use std::collections::HashMap;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Finding;
use super::collected::{Collected, MOST_FINDINGS};
use super::json::{self, FewOf, ReportKeys};
use super::osv_record::{QuotedRecord, add};
use super::rated::{Rater, rated};
use crate::text::quoted;

/// What people call it.
pub(super) const NAME: &str = "OSV-Scanner";

/// Whether a document is one. Many tools have `results`, so an empty list alone says nothing of who wrote it.
pub(super) fn is_such(document: &ReportKeys<'_>) -> bool {
    let first = json::first(document.get("results")).and_then(|first| json::entry::<ScannedSource<'_>>(first).ok());
    document.has(&["results", "experimental_config"]) || first.is_some_and(|first| first.packages.is_some())
}

/// Reads it.
///
/// # Errors
/// If the structure around the findings is not what it should be, or there are too many.
pub(super) fn read(document: &ReportKeys<'_>, collected: &mut Collected) -> Result<()> {
    json::each(document.get("results"), "results", |nth, source| {
        let place = format!("results[{nth}]");
        let source: ScannedSource<'_> = json::entry(source).with_context(|| place.clone())?;
        let place = format!("{place}.packages");
        json::each(source.packages, &place, |nth, package| {
            let place = format!("{place}[{nth}]");
            let found: FoundPackage<'_> = json::entry(package).with_context(|| place.clone())?;
            let package = found.package.unwrap_or_default();
            KnownRecord::read(found.vulnerabilities, &place, collected)?.take(found.groups, &package, &place, collected)
        })
    })
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct ScannedSource<'a> {
    #[serde(borrow)]
    packages: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct FoundPackage<'a> {
    package: Option<ScannedPackage>,
    #[serde(borrow)]
    vulnerabilities: Option<&'a RawValue>,
    #[serde(borrow)]
    groups: Option<&'a RawValue>,
}

/// The package: of a distribution, `name` is the source package and `os_package_name` the binary one.
#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct ScannedPackage {
    name: Option<String>,
    os_package_name: Option<String>,
    version: Option<String>,
    ecosystem: Option<String>,
    commit: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct Group {
    /// The one that OSV-Scanner shows is first.
    ids: FewOf<String>,
    /// These, and all that the records call aliases.
    aliases: FewOf<String>,
    /// A CVSS score as text, or empty.
    max_severity: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct RecordId {
    id: Option<String>,
}

/// The records of one package.
#[derive(Default)]
struct KnownRecord<'a> {
    /// Each with its id and its place, in the order of the report; None once a finding has it.
    records: Vec<(String, usize, Option<&'a RawValue>)>,
    by_id: HashMap<String, usize>,
}

impl<'a> KnownRecord<'a> {
    fn read(list: Option<&'a RawValue>, place: &str, collected: &mut Collected) -> Result<KnownRecord<'a>> {
        let mut known = KnownRecord::default();
        let place = format!("{place}.vulnerabilities");
        json::each(list, &place, |nth, record| {
            ensure!(nth < MOST_FINDINGS, "{place} has more than {MOST_FINDINGS} entries");
            match json::entry::<RecordId>(record).map(|record| record.id.unwrap_or_default()) {
                Ok(id) if known.by_id.contains_key(&id) => {
                    collected.unreadable(&format!("{place}[{nth}]"), "another record of the same package has its id");
                }
                Ok(id) => {
                    known.by_id.insert(id.clone(), known.records.len());
                    known.records.push((id, nth, Some(record)));
                }
                Err(error) => collected.unreadable(&format!("{place}[{nth}]"), &error.to_string()),
            }
            Ok(())
        })?;
        Ok(known)
    }

    /// Takes in the groups, and then the records that are in none, which old versions wrote.
    fn take(
        mut self,
        groups: Option<&'a RawValue>,
        package: &ScannedPackage,
        place: &str,
        into: &mut Collected,
    ) -> Result<()> {
        json::each(groups, &format!("{place}.groups"), |nth, group| {
            let finding = json::entry::<Group>(group).and_then(|group| self.finding(group, package));
            into.take(format!("{place}.groups[{nth}]"), finding)
        })?;
        for index in 0..self.records.len() {
            let Some((id, nth, Some(_))) = self.records.get(index) else { continue };
            let (group, nth) = (Group { ids: FewOf(vec![id.clone()]), ..Group::default() }, *nth);
            into.take(format!("{place}.vulnerabilities[{nth}]"), self.finding(group, package))?;
        }
        Ok(())
    }

    fn finding(&mut self, group: Group, package: &ScannedPackage) -> Result<Finding> {
        // All are taken, even where one can't be read: a flaw is not to be told a second time, by another id.
        let mut records = Vec::new();
        for id in &group.ids.0 {
            let known = self.by_id.get(id).and_then(|&index| self.records.get_mut(index));
            records.extend(known.and_then(|(id, _, record)| Some((id.clone(), record.take()?))));
        }
        let name = package.name.as_deref().unwrap_or_default();
        let installed = package.os_package_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(name);
        let of_commit = package.commit.as_deref().is_some_and(|commit| !commit.is_empty());
        ensure!(!(of_commit && installed.is_empty()), "it is of a commit in git, and names no package");
        let ecosystem = package.ecosystem.as_deref().unwrap_or_default();
        let told = group.max_severity.as_deref().unwrap_or_default().trim();
        let (severity, _) = rated(told, Rater::Other, told.parse().ok());
        let mut finding = Finding {
            package: installed.to_owned(),
            source: (installed != name).then(|| name.to_owned()),
            version: package.version.clone().unwrap_or_default(),
            kind: ecosystem.to_owned(),
            severity,
            ..Finding::default()
        };
        for (id, json) in records {
            let read = json::entry::<QuotedRecord<'_>>(json);
            let added = read.and_then(|record| record.add_to(&mut finding, &id, name, ecosystem));
            added.with_context(|| format!("its record {}", quoted(&id)))?;
            finding.records.push(json.get().to_owned());
        }
        let mut ids = group.ids.0.into_iter();
        finding.id = ids.next().unwrap_or_default();
        ids.chain(group.aliases.0).try_for_each(|id| add(&mut finding.aliases, id))?;
        Ok(finding)
    }
}
