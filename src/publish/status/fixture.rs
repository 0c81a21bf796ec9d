//! Logs for tests: a root filesystem and what is built on it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::tracker::{By, History};

/// A log in the making; each event comes a day after the one before.
#[derive(Debug)]
pub(super) struct StatusFixture {
    product: String,
    at: Timestamp,
    by: By,
    events: Vec<Value>,
}

impl StatusFixture {
    pub(super) fn of(product: &str) -> StatusFixture {
        let url = "https://ci.example.org/teams/main/pipelines/rootfs/jobs/rebuild/builds/12".to_owned();
        let by = By { job: Some("rebuild".to_owned()), build: Some("12".to_owned()), url: Some(url), ..By::default() };
        let at = "2026-01-12T09:00:00Z".parse().expect("a time");
        StatusFixture { product: product.to_owned(), at, by, events: Vec::new() }
    }

    /// Goes on so much later.
    pub(super) fn after(mut self, hours: i64) -> StatusFixture {
        self.at += SignedDuration::from_hours(hours);
        self
    }

    /// Goes on in another build.
    pub(super) fn by(mut self, by: By) -> StatusFixture {
        self.by = by;
        self
    }

    pub(super) fn then(mut self, body: Value) -> StatusFixture {
        let mut event = json!({"schema": 1, "seq": self.events.len() + 1, "at": self.at, "product": self.product,
            "by": self.by, "prev": null});
        event.as_object_mut().expect("an object").extend(body.as_object().expect("an object").clone());
        self.events.push(event);
        self.after(24)
    }

    pub(super) fn opened(self, id: &str, priority: &str, cves: &[&str]) -> StatusFixture {
        self.opened_as(notice(id, "a vulnerability", cves), json!({"priority": priority}))
    }

    /// The same with all facts; what `rest` says goes before the rule.
    pub(super) fn opened_as(self, notice: Value, rest: Value) -> StatusFixture {
        let packages = json!([{"package": "gpg", "have": "2.2.27-3ubuntu2.4", "need": "2.2.27-3ubuntu2.5"}]);
        let mut opened = json!({"notice": notice, "opening": 1, "priority": "high", "severity": null,
            "packages": packages, "fixed_in": null});
        opened.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
        self.then(json!({"opened": opened}))
    }

    pub(super) fn released(self, version: &str, fixed: &[&str]) -> StatusFixture {
        let evidence = json!([{"package": "gpg", "have": "2.2.27-3ubuntu2.5", "need": "2.2.27-3ubuntu2.5"}]);
        let fixed: Vec<Value> =
            fixed.iter().map(|id| json!({"notice": id, "evidence": evidence, "via": null})).collect();
        self.released_as(json!({"version": version, "fixed": fixed}))
    }

    pub(super) fn released_as(self, rest: Value) -> StatusFixture {
        let mut released = json!({"packages": null, "includes": {}, "fixed": [], "not_affected": [], "open": []});
        released.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
        self.then(json!({"released": released}))
    }

    pub(super) fn answered(self, id: &str, status: &str, statement: &str, until: Option<&str>) -> StatusFixture {
        self.then(json!({"answered": {"notice": id, "status": status, "statement": statement, "until": until}}))
    }

    pub(super) fn history(self) -> History {
        let events = self.events.into_iter().map(|event| serde_json::from_value(event).expect("an event")).collect();
        History::of(self.product.parse().expect("a product"), events)
    }
}

/// A notice of jammy, published three days before the stories begin.
pub(super) fn notice(id: &str, title: &str, cves: &[&str]) -> Value {
    let cves: Vec<Value> =
        cves.iter().map(|id| json!({"id": id, "priority": "high", "severity": "critical"})).collect();
    json!({"id": id, "release": "jammy", "title": title, "summary": "", "description": "Long.",
        "published": "2026-01-09T09:00:00Z", "cves": cves, "references": [],
        "packages": [{"package": "gpg", "version": "2.2.27-3ubuntu2.5", "pro": false}]})
}

/// One notice of each standing, and a product that ships an old root filesystem.
pub(super) fn house() -> Vec<History> {
    let rootfs = StatusFixture::of("rootfs")
        .released("1.296.0", &[])
        .opened("USN-7946-1", "high", &["CVE-2025-68973"])
        .opened("USN-7952-1", "medium", &["CVE-2025-68431"])
        .opened("USN-7953-1", "low", &["CVE-2026-0001"])
        .opened("USN-7954-1", "critical", &["CVE-2026-0002", "CVE-2026-0003"])
        .answered("USN-7952-1", "affected", "Only Ubuntu Pro has the fix.", None)
        .answered("USN-7953-1", "not_affected", "Never run.", Some("2026-01-19T12:00:00Z"))
        .answered("USN-7954-1", "under_investigation", "", None)
        .released("1.297.0", &["USN-7946-1"]);
    let evidence = json!([{"package": "gpg", "have": "2.2.27-3ubuntu2.5", "need": "2.2.27-3ubuntu2.5"}]);
    let fixed_in = json!({"version": "2.0.0", "evidence": evidence});
    let app = StatusFixture::of("app")
        .released_as(json!({"version": "2.0.0", "includes": {"rootfs": "1.296.0"}}))
        .opened_as(notice("USN-7946-2", "a regression", &["CVE-2025-68973"]), json!({"fixed_in": fixed_in}))
        .opened("USN-7946-1", "high", &["CVE-2025-68973"]);
    vec![rootfs.history(), app.history()]
}
