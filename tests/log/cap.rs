//! One answer has no more than a thousand versions, and the next goes on from there.

use std::collections::BTreeSet;
use std::time::Duration;

use davos::notice::{NoticeId, Priority};
use davos::product::{Filter, Globs};
use davos::store::FileStore;
use davos::tracker::{Addition, Body, By, Log, MOST_VERSIONS, OpeningId, Retry, emit};
use jiff::Timestamp;
use serde_json::json;

fn id(nth: usize) -> NoticeId {
    format!("USN-{nth}-1").parse().expect("an id")
}

#[test]
fn an_answer_is_capped_and_the_next_one_goes_on_from_there() {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let store = FileStore::new(folder.path().join("tracker"));
    let mut log = Log::read(&store, &"p".parse().expect("a product"), folder.path()).expect("a log");
    let opened = |nth: usize| {
        let notice = json!({"id": id(nth), "release": "jammy", "title": "t", "description": "d", "published": "2026-01-12",
            "cves": [], "packages": [{"package": "a", "version": "1"}]});
        let opened = json!({"notice": notice, "opening": 1, "priority": "high", "severity": null, "packages": [],
            "fixed_in": null});
        Body::Opened(serde_json::from_value(opened).expect("an opened event"))
    };
    let all = MOST_VERSIONS + 5;
    let retry = Retry { budget: Duration::from_secs(60), seed: 1 };
    let append = log.append(&By::default(), Timestamp::UNIX_EPOCH, retry, |log| {
        let events = if log.state().is_empty() { (1..=all).map(opened).collect() } else { Vec::new() };
        Ok(Addition { packages: Vec::new(), events })
    });
    assert_eq!(append.expect("appended"), all);

    let filter = Filter {
        priorities: [Priority::High].into(),
        severities: BTreeSet::new(),
        packages: None,
        ignore_packages: Globs::default(),
    };
    let now = Timestamp::UNIX_EPOCH;
    let first = emit(log.state(), &filter, None, now).openings;
    assert_eq!(first.len(), MOST_VERSIONS);
    let last = *first.last().expect("one");
    assert_eq!(last, OpeningId { notice: id(MOST_VERSIONS), number: 1 });
    let rest: Vec<NoticeId> =
        emit(log.state(), &filter, Some(last), now).openings.iter().map(|opening| opening.notice).collect();
    assert_eq!(rest, (MOST_VERSIONS..=all).map(id).collect::<Vec<_>>());
}
