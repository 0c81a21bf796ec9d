//! A log for tests: what a root filesystem recorded in a fortnight, with something of everything.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::release::ReleaseFacts;
use crate::product::{Packages, ProductName, ReleaseVersion};
use crate::text::Digest;
use crate::tracker::{Body, By, Event, History};

/// A log in the making.
#[derive(Debug)]
pub(super) struct LogFixture {
    product: ProductName,
    at: Timestamp,
    events: Vec<Event>,
    packages: Vec<(ReleaseVersion, Packages)>,
}

impl LogFixture {
    pub(super) fn of(product: &str) -> LogFixture {
        let at = "2026-01-12T09:00:00Z".parse().expect("a time");
        LogFixture { product: product.parse().expect("a product"), at, events: Vec::new(), packages: Vec::new() }
    }

    /// The next event, a day after the last one.
    pub(super) fn then(mut self, body: Value) -> LogFixture {
        let by = By {
            job: Some("release".to_owned()),
            url: Some("https://ci.example.org/teams/main/pipelines/rootfs/jobs/release/builds/12".to_owned()),
            ..By::default()
        };
        let event = json!({"schema": 1, "seq": self.events.len() + 1, "at": self.at, "product": self.product,
            "by": by, "prev": null});
        let mut event = event.as_object().expect("an object").clone();
        event.extend(body.as_object().expect("an object").clone());
        self.events.push(serde_json::from_value(Value::Object(event)).expect("an event"));
        self.at += SignedDuration::from_hours(24);
        self
    }

    pub(super) fn opened(self, notice: Value) -> LogFixture {
        let opened = json!({"opened": {"notice": notice, "opening": 1, "priority": "medium", "severity": null,
            "packages": [], "fixed_in": null}});
        self.then(opened)
    }

    /// A release with these packages, and the rest of what it says.
    pub(super) fn released(mut self, version: &str, lines: Option<&str>, mut rest: Value) -> LogFixture {
        let packages = lines.map(|lines| Packages::read(lines.as_bytes()).expect("packages"));
        let digest = packages.as_ref().map(|packages| format!("sha256:{}", packages.digest()));
        for (key, value) in [("fixed", json!([])), ("not_affected", json!([])), ("open", json!([]))] {
            rest.as_object_mut().expect("an object").entry(key).or_insert(value);
        }
        rest["version"] = json!(version);
        rest["packages"] = json!(digest);
        self.packages.extend(packages.map(|packages| (version.parse().expect("a version"), packages)));
        self.then(json!({"released": rest}))
    }

    pub(super) fn history(&self) -> History {
        let last = self.events.iter().rposition(|event| matches!(event.body, Body::Released(_))).expect("a release");
        History::of(self.product.clone(), self.events[..=last].to_vec())
    }

    pub(super) fn facts<'a>(&self, history: &'a History) -> ReleaseFacts<'a> {
        let (_, released) = history.release().expect("a release");
        let kept = |digest: Digest| self.packages.iter().find(|(_, packages)| packages.digest() == digest).cloned();
        let packages = released.packages.map(|digest| kept(digest).expect("packages").1);
        let before = history.below().into_iter().find_map(|below| {
            Some((below.released.version.clone(), kept(below.released.packages?).expect("packages").1))
        });
        ReleaseFacts { history, timelines: history.before_release(), packages, before }
    }
}

/// A notice of jammy: its CVEs with their priorities, and its fixes, those that end in `!` only in Ubuntu Pro.
pub(super) fn notice(id: &str, title: &str, day: &str, cves: &[(&str, &str)], fixes: &[(&str, &str)]) -> Value {
    let cves: Vec<Value> =
        cves.iter().map(|(id, priority)| json!({"id": id, "priority": priority, "severity": "high"})).collect();
    let fix = |(package, version): &(&str, &str)| json!({"package": package, "version": version.trim_end_matches('!'), "pro": version.ends_with('!')});
    let fixes: Vec<Value> = fixes.iter().map(fix).collect();
    json!({"id": id, "release": "jammy", "title": title, "summary": "It could be made to run programs.",
        "description": "It was discovered that a length was trusted.\n\nAn attacker could run programs.",
        "published": day, "cves": cves, "references": ["https://launchpad.net/bugs/2141234"], "packages": fixes})
}

/// Release 1.297.0 of a root filesystem: two fixes of its own, one that no packages show, one that it inherits, an answer,
/// one that nobody but Ubuntu Pro can fix, and one that doesn't concern it.
pub(super) fn rootfs() -> LogFixture {
    let python = "3.10.12-1~22.04.12";
    let evidence = |package: &str, have: &str, need: &str| json!({"package": package, "have": have, "need": need});
    let before = "gpg=2.2.27-3ubuntu2.4\ngpgv=2.2.27-3ubuntu2.4\nlibheif1=1.12.0-2build1\nlibpython3.10=3.10.12-1~22.04.11\nold=1\nlibvim=2:8.2-1\n";
    let after = format!(
        "gpg=2.2.27-3ubuntu2.5\ngpgv=2.2.27-3ubuntu2.5\nlibheif1=1.12.0-2build1\nlibpython3.10={python}\nnew=1\nlibvim=2:8.2-1\n"
    );
    LogFixture::of("cflinuxfs4")
        .released("1.296.0", Some(before), json!({}))
        .opened(notice(
            "USN-7946-1",
            "GnuPG vulnerability",
            "2026-01-09",
            &[("CVE-2025-68973", "high")],
            &[("gpg", "2.2.27-3ubuntu2.5"), ("gpgv", "2.2.27-3ubuntu2.5")],
        ))
        .opened(notice(
            "USN-7951-1",
            "Python vulnerabilities",
            "2026-01-13T01:03:59Z",
            &[("CVE-2025-12084", "medium"), ("CVE-2025-13836", "low")],
            &[("libpython3.10", python), ("libpython3.11", "3.11.0~rc1-1~22.04.1~esm6!")],
        ))
        .opened(notice(
            "USN-7952-1",
            "libheif vulnerabilities",
            "2026-01-13T02:00:00Z",
            &[("CVE-2025-68431", "medium")],
            &[("libheif1", "1.12.0-2ubuntu0.1~esm2!")],
        ))
        .opened(notice("USN-7953-1", "Vim regression", "2026-01-14", &[], &[("libvim", "2:8.2-2")]))
        .opened(notice(
            "USN-7954-1",
            "Apache vulnerability",
            "2026-01-14",
            &[("CVE-2026-0001", "low")],
            &[("apache2", "2")],
        ))
        .opened(notice("USN-7955-1", "Snap vulnerability", "2026-01-14", &[("CVE-2026-0002", "low")], &[]))
        .opened(notice(
            "USN-7956-1",
            "Bundler vulnerability",
            "2026-01-15",
            &[("CVE-2026-0003", "critical")],
            &[("bundler", "3")],
        ))
        .then(json!({"answered": {"notice": "USN-7953-1", "status": "not_affected",
            "justification": "vulnerable_code_not_in_execute_path", "statement": "Nothing here starts an *editor*.",
            "until": "2026-06-30T00:00:00Z"}}))
        .released(
            "1.297.0",
            Some(&after),
            json!({
                "includes": {"ruby-layer": "3.4.1"},
                "fixed": [
                    {"notice": "USN-7946-1", "via": null, "evidence": [
                        evidence("gpg", "2.2.27-3ubuntu2.5", "2.2.27-3ubuntu2.5"),
                        evidence("gpgv", "2.2.27-3ubuntu2.5", "2.2.27-3ubuntu2.5")]},
                    {"notice": "USN-7951-1", "via": null, "evidence": [evidence("libpython3.10", python, python)]},
                    {"notice": "USN-7955-1", "via": null, "evidence": "none"},
                    {"notice": "USN-7956-1", "via": "ruby-layer", "evidence": [evidence("bundler", "3.1", "3")]}],
                "not_affected": ["USN-7954-1"], "open": ["USN-7952-1"]}),
        )
}

/// Compares with the file in `tests/golden`, or writes it where `GOLDEN=write` says so.
pub(super) fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(&path, text).expect("written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{name} differs; GOLDEN=write writes it anew. It is now:\n{text}");
}
