//! `status.json` as the get before the task leaves it.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::watch::concourse::now;

/// An instant as the log has it.
pub(super) fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds).expect("a time").to_string().replace('Z', ".125Z")
}

/// A notice of high priority that is open for so many hours, and some minutes.
pub(super) fn open(id: &str, hours: i64) -> Value {
    json!({"notice": id, "priority": "high", "severity": null, "under_investigation": false, "since": time(now() - hours * 3600 - 90),
        "seq": 2, "age_hours": 0.0, "target_hours": 48, "late": false, "cves": [], "packages": [], "pro_only": false,
        "inside": []})
}

/// The status of one product in which these are open.
pub(super) fn status(open: &[Value]) -> Value {
    let by_priority = json!({"unknown": 0, "negligible": 0, "low": 0, "medium": 0, "high": open.len(), "critical": 0});
    let count = json!({"total": open.len(), "late": 0, "by_priority": by_priority});
    let none = json!({"all": null, "by_month": {}, "by_priority": {}, "by_month_and_priority": {}});
    let times = json!({"noticed": none, "opened": none, "picked_up": none, "published": none, "untimed": 0});
    let targets = json!({"unknown": 720, "negligible": 720, "low": 720, "medium": 720, "high": 48, "critical": 48});
    let product = json!({"events": 3, "last_look": {"at": time(now() - 60 * 3600), "seq": 2}, "release": null, "open": count,
        "open_notices": open, "answers": [], "includes": [], "included_in": [], "pick_ups": [], "time_to_fix": times,
        "open_by_day": {}, "releases": []});
    let status = json!({"schema": 1, "now": time(now() - 3600), "target_hours": targets, "open": count, "time_to_fix": times,
        "products": {"cflinuxfs4": product}, "notices": {}, "cves": {}});
    let schema = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/status.schema.json")).expect("the schema");
    let validator = jsonschema::validator_for(&serde_json::from_slice(&schema).expect("JSON")).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(&status).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    status
}
