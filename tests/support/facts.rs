//! The project's own part of the corpus: facts of real notices and releases, without their texts. With it, what the README
//! claims is tested in any clone; where the whole corpus is at hand, the same tests run on that too.
//!
//! `mantic.tsv` has the notices of Ubuntu 23.10 in the order of its OVAL file: id, day, gravest priority, gravest severity.
//! `notices.tsv` has forty notices of November 2025 to January 2026 as they concern jammy: id, time, CVEs with priority and
//! CVSS score where they are rated, and the packages that a root filesystem has of theirs. `cflinuxfs4.tsv` has those packages
//! with the releases in which their version changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::api::Api;
use super::upstream::Parts;

fn rows(name: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/facts").join(name);
    let text = fs::read_to_string(path).expect("the facts");
    text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// A notice of the OVAL file of Ubuntu 23.10.
pub(crate) struct Issued {
    pub(crate) id: String,
    pub(crate) day: Date,
    pub(crate) priority: String,
    pub(crate) severity: String,
}

impl Issued {
    /// Whether it is high or critical by its priority or its severity.
    pub(crate) fn is_grave(&self) -> bool {
        [&self.priority, &self.severity].iter().any(|word| ["high", "critical"].contains(&word.as_str()))
    }

    /// Adds the notice to the parts of an OVAL file, with a package of its own.
    pub(crate) fn add_to(&self, parts: &mut Parts) {
        let scores = [("none", "0.0"), ("low", "2.0"), ("medium", "5.0"), ("high", "8.0"), ("critical", "9.8")];
        let score = scores.iter().find(|(word, _)| *word == self.severity);
        let severity = score.map(|(word, score)| format!(r#" cvss_score="{score}" cvss_severity="{word}""#));
        let priority = if self.priority == "-" { "" } else { &self.priority };
        let day = self.day.to_string();
        parts.add(&self.id, &day, priority, &severity.unwrap_or_default(), &[("some-package", "1.0-2", false)]);
    }
}

/// The notices of Ubuntu 23.10, in the order of the OVAL file.
pub(crate) fn mantic() -> Vec<Issued> {
    let issued = |row: Vec<String>| {
        let [id, day, priority, severity] = row.try_into().expect("four columns");
        Issued { id, day: day.parse().expect("a day"), priority, severity }
    };
    rows("mantic.tsv").into_iter().map(issued).collect()
}

/// The API with the forty notices.
pub(crate) fn api() -> Api {
    let api = Api::default();
    for row in rows("notices.tsv") {
        let cell = |nth: usize| row.get(nth).map_or("", String::as_str);
        let mut cves = Vec::new();
        for cve in cell(2).split_whitespace() {
            let mut parts = cve.split(':');
            let id = parts.next().expect("an id");
            cves.push(id);
            if let Some(priority) = parts.next() {
                api.rate(id, json!(priority), parts.next().and_then(|score| score.parse().ok()));
            }
        }
        let packages = cell(3).split_whitespace().map(|package| {
            let pro = package.ends_with(":pro");
            let (name, version) = package.trim_end_matches(":pro").split_once('=').expect("a version");
            let pocket = if pro { "esm-apps" } else { "security" };
            json!({"name": name, "version": version, "is_source": false, "pocket": pocket})
        });
        let packages: Vec<Value> = packages.collect();
        let releases = if packages.is_empty() { json!([]) } else { json!([{"codename": "jammy"}]) };
        api.publish(json!({
            "id": cell(0), "type": "USN", "title": "some vulnerability", "summary": "Something.",
            "description": "Something.", "published": cell(1), "references": [], "cves_ids": cves,
            "releases": releases, "release_packages": {"jammy": packages},
        }));
    }
    api
}

/// The packages of release 1.`version`.0 of the root filesystem, a line each.
pub(crate) fn receipt(version: u32) -> Vec<u8> {
    let mut list = String::new();
    for row in rows("cflinuxfs4.tsv") {
        let changes = row[1].split_whitespace().map(|change| {
            let (release, version) = change.split_once('=').expect("a version");
            let minor = release.split('.').nth(1).and_then(|minor| minor.parse().ok()).expect("a release");
            (minor, version)
        });
        let changes: BTreeMap<u32, &str> = changes.collect();
        if let Some((_, version)) = changes.range(..=version).next_back() {
            list += &format!("{}={version}\n", row[0]);
        }
    }
    list.into_bytes()
}
