//! The logs of twenty products over five years: 10,000 events, written as another program would, without a lock or a sync.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// How many products.
pub const PRODUCTS: usize = 20;
/// How many events all of them have.
pub const EVENTS: usize = 10_000;
/// The priorities, as they come.
const PRIORITIES: [&str; 10] =
    ["medium", "low", "high", "medium", "medium", "low", "negligible", "critical", "medium", "unknown"];

/// Numbers that look random and are the same every time.
pub struct Dice(u64);

impl Dice {
    /// The dice of this seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// One log in the making.
struct Writer<'a> {
    folder: &'a Path,
    product: String,
    count: usize,
    prev: Option<String>,
}

impl Writer<'_> {
    fn write(&mut self, at: Timestamp, key: &str, body: Value) {
        self.count += 1;
        let job = if key == "opened" { Value::Null } else { json!("rebuild") };
        let url =
            format!("https://ci.example.org/teams/main/pipelines/{}/jobs/rebuild/builds/{}", self.product, self.count);
        let mut by = json!({"team": "main", "pipeline": self.product});
        if !job.is_null() {
            by = json!({"team": "main", "pipeline": self.product, "job": job, "build": self.count.to_string(), "url": url});
        }
        let event = json!({"schema": 1, "seq": self.count, "at": at, "product": self.product, "by": by,
            "prev": self.prev, key: body});
        let bytes = serde_json::to_vec_pretty(&event).expect("JSON");
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        fs::write(self.folder.join(format!("{:08}.json", self.count)), bytes).expect("written");
        self.prev = Some(digest);
    }
}

/// A notice of about the size of a real one.
fn notice(number: usize, published: Timestamp) -> Value {
    let mut dice = Dice::new(number as u64);
    let source = ["openssl", "curl", "libxml2", "python3.10", "gnupg2", "vim", "linux", "systemd", "glibc", "krb5"];
    let source = source[usize::try_from(dice.roll(10)).expect("small")];
    let priority = PRIORITIES[number % PRIORITIES.len()];
    let cves: Vec<Value> = (0..1 + dice.roll(4))
        .map(|n| json!({"id": format!("CVE-{}-{}", 2021 + number / 500, 10_000 + number * 5 + usize::try_from(n).expect("small")), "priority": priority, "severity": "high"}))
        .collect();
    let packages: Vec<Value> = (0..2 + dice.roll(8))
        .map(|n| json!({"package": format!("lib{source}{n}"), "version": format!("{}.{}-1ubuntu0.{}", n, number, dice.roll(9)), "pro": false}))
        .collect();
    json!({"id": format!("USN-{}-1", 5000 + number), "release": "jammy", "title": format!("{source} vulnerabilities"),
        "summary": format!("Several security issues were fixed in {source}."),
        "description": "It was discovered that a length was trusted. An attacker could run programs. ".repeat(8),
        "published": published, "cves": cves, "references": [], "packages": packages})
}

fn compared(notice: &Value, fixed: bool) -> Value {
    let row = |fix: &Value| {
        let have = if fixed { fix["version"].clone() } else { json!("0.1-1") };
        json!({"package": fix["package"], "have": have, "need": fix["version"]})
    };
    notice["packages"].as_array().expect("packages").iter().map(row).collect()
}

/// Writes the logs below `tracker`, and tells how long each is.
pub fn write(tracker: &Path) -> BTreeMap<String, usize> {
    let start: Timestamp = "2021-01-04T08:00:00Z".parse().expect("a time");
    let mut lengths = BTreeMap::new();
    for n in 0..PRODUCTS {
        let product = if n == 0 { "rootfs".to_owned() } else { format!("product-{n:02}") };
        let folder = tracker.join(&product);
        fs::create_dir_all(&folder).expect("a folder");
        let mut log = Writer { folder: &folder, product: product.clone(), count: 0, prev: None };
        story(&mut log, n, start);
        lengths.insert(product, log.count);
    }
    assert_eq!(lengths.values().sum::<usize>(), EVENTS);
    lengths
}

/// Five years of one product: notices come, most are fixed by the next release, a few are answered, the last stay open.
fn story(log: &mut Writer<'_>, nth: usize, start: Timestamp) {
    let each = EVENTS / PRODUCTS;
    let mut dice = Dice::new(nth as u64 + 7);
    let step = SignedDuration::from_hours(5 * 365 * 24 / i64::try_from(each).expect("small"));
    let (mut at, mut open, mut release, mut number) = (start, Vec::new(), 0, nth);
    while log.count < each {
        at += step + SignedDuration::from_mins(i64::try_from(dice.roll(600)).expect("small"))
            - SignedDuration::from_mins(300);
        let full = open.len() as u64 > 1 + dice.roll(6);
        if full {
            release += 1;
            let keep = usize::from(dice.roll(3) == 0);
            let fixed: Vec<Value> = open
                .drain(keep.min(open.len())..)
                .map(|notice: Value| json!({"notice": notice["id"], "evidence": compared(&notice, true), "via": null}))
                .collect();
            let left: Vec<Value> = open.iter().map(|notice: &Value| notice["id"].clone()).collect();
            // Half of them ship a root filesystem that is a little old.
            let includes = if nth % 2 == 1 { json!({"rootfs": format!("1.{}.0", release.min(40))}) } else { json!({}) };
            log.write(
                at,
                "released",
                json!({"version": format!("1.{release}.0"), "packages": null, "includes": includes,
                "fixed": fixed, "not_affected": [], "open": left}),
            );
        } else if !open.is_empty() && dice.roll(12) == 0 {
            let notice: Value = open.remove(0);
            let until = (dice.roll(2) == 0).then(|| at + SignedDuration::from_hours(24 * 400));
            log.write(
                at,
                "answered",
                json!({"notice": notice["id"], "status": "not_affected",
                "justification": "vulnerable_code_not_in_execute_path",
                "statement": "The program that reads such files is not started by anything here.", "until": until}),
            );
        } else {
            number += 1 + usize::try_from(dice.roll(12)).expect("small");
            let published = at - SignedDuration::from_hours(i64::try_from(dice.roll(30)).expect("small"));
            let notice = notice(number, published);
            let priority = PRIORITIES[number % PRIORITIES.len()];
            log.write(
                at,
                "opened",
                json!({"notice": notice, "opening": 1, "priority": priority, "severity": "high",
                "packages": compared(&notice, false), "fixed_in": null}),
            );
            open.push(notice);
        }
    }
}
