//! What writers want, and how they try until it is in the log.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use davos::notice::NoticeId;
use davos::product::Packages;
use davos::store::Store;
use davos::tracker::{Addition, Body, By, Log, Retry, Stand, Why};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

/// The product whose log it is.
pub(crate) const PRODUCT: &str = "rootfs";

/// What a writer wants to be in the log. Nothing is added for what is there already, as the steps do it.
#[derive(Debug, Clone)]
pub(crate) enum Intent {
    /// These notices put before the team, with this priority.
    Open(Vec<u8>, &'static str),
    /// A notice that the first release had fixed before it was seen.
    FixedBefore(u8),
    /// An answer to a notice, and when it runs out.
    Answer(u8, &'static str, Option<&'static str>),
    /// A notice that an import took over, with the release that it was not in.
    Imported(u8),
    /// A release with or without packages; it fixes the open notices whose bit is set in the first mask, and doesn't
    /// concern those in the second.
    Release { version: u8, packages: Option<u8>, fixes: u8, spares: u8, late: bool },
}

/// Any intent, on few enough notices and releases that intents meet.
pub(crate) fn intent() -> impl Strategy<Value = Intent> {
    let notice = 0..6_u8;
    let priority = prop::sample::select(vec!["medium", "high", "critical"]);
    let status = prop::sample::select(vec!["affected", "not_affected", "under_investigation"]);
    // Past when it is given, past when somebody asks late, or never.
    let until = prop::sample::select(vec![None, None, Some("1971-01-01T00:00:00Z"), Some("2035-01-01T00:00:00Z")]);
    prop_oneof![
        4 => (prop::collection::vec(notice.clone(), 1..4), priority).prop_map(|(n, p)| Intent::Open(n, p)),
        1 => notice.clone().prop_map(Intent::FixedBefore),
        1 => notice.clone().prop_map(Intent::Imported),
        4 => (notice, status, until).prop_map(|(notice, status, until)| Intent::Answer(notice, status, until)),
        3 => (0..5_u8, prop::option::of(0..3_u8), any::<u8>(), any::<u8>(), prop::bool::weighted(0.2)).prop_map(
            |(version, packages, fixes, spares, late)| Intent::Release { version, packages, fixes, spares, late }
        ),
    ]
}

fn id(notice: u8) -> NoticeId {
    format!("USN-{}-1", 7000 + u32::from(notice)).parse().expect("an id")
}

fn opened(notice: u8, opening: u32, priority: &str, fixed_in: Value) -> Body {
    let facts = json!({"id": id(notice), "release": "jammy", "title": "a vulnerability", "description": "words",
        "published": "2026-01-12", "cves": [], "packages": [{"package": "libc6", "version": "2.35-0ubuntu3.9"}]});
    let opened = json!({"notice": facts, "opening": opening, "priority": priority, "severity": null, "packages": [],
        "fixed_in": fixed_in});
    Body::Opened(serde_json::from_value(opened).expect("an opened event"))
}

impl Intent {
    /// What is missing in the log.
    fn addition(&self, log: &Log<'_>, at: Timestamp) -> Addition {
        let mut addition = Addition::default();
        match self {
            Intent::Open(notices, priority) => {
                let mut notices = notices.clone();
                notices.sort_unstable();
                notices.dedup();
                let events = notices.into_iter().filter_map(|notice| open(log, notice, priority));
                addition.events = events.collect();
            }
            Intent::FixedBefore(notice) => {
                if let (Some(first), []) = (log.state().releases().next(), log.state().openings(id(*notice))) {
                    let fixed_in = json!({"version": first.released.version, "evidence": []});
                    addition.events.push(opened(*notice, 1, "high", fixed_in));
                }
            }
            Intent::Imported(notice) => {
                if let (Some(first), []) = (log.state().releases().next(), log.state().openings(id(*notice))) {
                    let Body::Opened(mut taken) = opened(*notice, 1, "high", Value::Null) else { return addition };
                    taken.not_affected_in = Some(first.released.version.clone());
                    addition.events.push(Body::Opened(taken));
                }
            }
            Intent::Answer(notice, status, until) => {
                let answer = json!({"notice": id(*notice), "status": status, "statement": "so we say", "until": until});
                let answer = serde_json::from_value(answer).expect("an answer");
                let known = log.state().openings(id(*notice));
                if !known.is_empty() && log.state().last_answer(id(*notice)) != Some(&answer) {
                    addition.events.push(Body::Answered(answer));
                }
            }
            Intent::Release { version, packages, fixes, spares, late } => {
                let version = format!("1.{version}.0");
                if log.state().release(&version.parse().expect("a version")).is_none() {
                    let lines = packages.map(|n| format!("libc6=2.35-0ubuntu3.{n}\nlibxslt1.1=1.1.34-4\n"));
                    let packages = lines.map(|lines| Packages::read(lines.as_bytes()).expect("packages"));
                    let mut body = released(log, &version, packages.as_ref(), *fixes, *spares, at);
                    if let Body::Released(released) = &mut body {
                        released.late = *late;
                    }
                    addition.packages.extend(packages);
                    addition.events.push(body);
                }
            }
        }
        addition
    }

    /// Tries until it is in the log; each attempt is a process of its own, which finds in `folder` what the last one kept.
    pub(crate) fn achieve(&self, store: &dyn Store, folder: &Path, writer: usize, at: Timestamp) {
        let attempt = || -> Result<usize> {
            let mut log = Log::read(store, &PRODUCT.parse()?, folder)?;
            let by = By { job: Some(format!("writer-{writer}")), ..By::default() };
            let retry = Retry { budget: Duration::from_secs(60), seed: writer as u64 };
            log.append(&by, at, retry, |log| Ok(self.addition(log, at)))
        };
        let outcome = (0..20).map(|_| attempt()).find(Result::is_ok);
        assert!(outcome.is_some(), "never achieved: {self:?}: {:?}", attempt());
    }
}

/// The event that puts a notice before the team, unless it is there with that priority.
fn open(log: &Log<'_>, notice: u8, priority: &str) -> Option<Body> {
    let last = log.state().openings(id(notice)).last();
    let number = match last {
        None => 1,
        Some(last) if last.closing.is_some() || was_taken_back(log, notice) => last.number + 1,
        Some(last) => {
            let known = log.state().opened(last).next_back().map(|event| event.opened.priority.to_string());
            if known.as_deref() == Some(priority) {
                return None;
            }
            last.number
        }
    };
    Some(opened(notice, number, priority, Value::Null))
}

fn was_taken_back(log: &Log<'_>, notice: u8) -> bool {
    let stand = log.state().timeline(id(notice)).map(|timeline| timeline.stand(Timestamp::UNIX_EPOCH));
    matches!(stand, Some(Stand::Open(Why::TakenBack)))
}

fn released(log: &Log<'_>, version: &str, packages: Option<&Packages>, fixes: u8, spares: u8, at: Timestamp) -> Body {
    let (mut fixed, mut not_affected, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for notice in log.state().open(at) {
        let bit = (0..8).find(|bit| id(*bit) == notice).map_or(0, |bit| 1_u8 << bit);
        if fixes & bit != 0 {
            fixed.push(json!({"notice": notice, "evidence": "none", "via": null}));
        } else if spares & bit != 0 {
            not_affected.push(notice);
        } else {
            open.push(notice);
        }
    }
    let digest = packages.map(|packages| format!("sha256:{}", packages.digest()));
    let released = json!({"version": version, "packages": digest, "includes": {}, "fixed": fixed,
        "not_affected": not_affected, "open": open});
    Body::Released(serde_json::from_value(released).expect("a release"))
}
