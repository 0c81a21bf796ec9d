//! The store in a folder.

use std::fs;
use std::path::Path;
use std::time::Duration;

use davos::product::ProductName;
use davos::store::FileStore;
use davos::tracker::{Addition, Body, By, Entry, Log, Released, Retry};

use crate::stores::conformance::conforms;

#[test]
fn it_conforms() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("tracker");
    conforms(&|| Box::new(FileStore::new(root.clone())), 300);
}

fn product() -> ProductName {
    "rootfs".parse().expect("a name")
}

fn append(store: &FileStore, folder: &Path, versions: &[&str]) {
    let retry = Retry { budget: Duration::from_secs(5), seed: 1 };
    let now = "2026-01-02T03:04:05.678Z".parse().expect("a time");
    let mut events = versions
        .iter()
        .map(|version| {
            Body::Released(Released {
                version: version.parse().expect("a version"),
                packages: None,
                includes: Default::default(),
                partners: Default::default(),
                fixed: Vec::new(),
                not_affected: vec!["USN-7412-10".parse().expect("an id")],
                open: Vec::new(),
                open_inside: Vec::new(),
                late: false,
                import_left: None,
            })
        })
        .collect();
    let mut log = Log::read(store, &product(), folder).expect("a log");
    let decide = |_: &Log<'_>| Ok(Addition { packages: Vec::new(), events: std::mem::take(&mut events) });
    log.append(&By::default(), now, retry, decide).expect("appended");
}

fn entries(store: &FileStore, folder: &Path) -> Vec<Entry> {
    Log::read(store, &product(), folder).expect("a log").state().entries().to_vec()
}

#[test]
fn what_was_kept_of_a_log_is_made_anew_when_it_is_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = FileStore::new(folder.path().join("tracker"));
    append(&store, folder.path(), &["1.0.0", "1.1.0"]);
    let known = entries(&store, folder.path());
    assert_eq!(known.len(), 2);
    let mut files = fs::read_dir(folder.path()).expect("a folder").filter_map(|entry| Some(entry.ok()?.path()));
    let kept = files.find(|path| path.is_file()).expect("what is kept of the log");
    let whole = fs::read(&kept).expect("a file");
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x20;
        fs::write(&kept, &damaged).expect("written");
        assert_eq!(entries(&store, folder.path()), known, "damage at {at}");
        assert_eq!(fs::read(&kept).expect("a file"), whole, "damage at {at} was left");
    }
    append(&store, folder.path(), &["1.2.0"]);
    let more = entries(&store, folder.path());
    assert_eq!((more.len(), &more[..2]), (3, &known[..]));
    assert_eq!(entries(&store, folder.path()), more);
}

#[test]
fn an_old_event_that_was_changed_is_found_out_though_it_was_read_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = FileStore::new(folder.path().join("tracker"));
    append(&store, folder.path(), &["1.0.0", "1.1.0", "1.2.0"]);
    assert_eq!(entries(&store, folder.path()).len(), 3);
    let event = folder.path().join("tracker/rootfs/00000002.json");
    let changed = fs::read_to_string(&event).expect("a file").replace("1.1.0", "1.1.1");
    fs::write(&event, changed).expect("written");
    let error = Log::read(&store, &product(), folder.path()).err().expect("a failure");
    assert!(format!("{error:#}").contains("rootfs/00000002.json"), "{error:#}");
}
