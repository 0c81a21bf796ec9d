//! What every store promises.

use std::sync::Barrier;
use std::thread;

use davos::tracker::{Object, Store};

fn object(key: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Object {
    Object { key: key.into(), bytes: bytes.into() }
}

fn one(store: &dyn Store, key: &str) -> Option<Vec<u8>> {
    store.read(&[key.to_owned()]).expect("readable").pop().expect("an answer")
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

/// All promises, of the store that `open` opens anew for each writer. `many` objects make a list have several pages.
pub(crate) fn holds<S: Store>(open: impl Fn() -> S + Sync, many: usize) {
    let store = open();
    what_was_never_written_is_not_there(&store);
    created_once_and_read_back(&store);
    a_batch_stops_at_the_first_that_exists(&store);
    lists_what_comes_after(&store);
    keeps_large_objects(&store);
    keeps_many_objects(&store, many);
    of_eight_writers_one_wins(&open);
}

fn what_was_never_written_is_not_there(store: &dyn Store) {
    assert_eq!(store.list("nobody", "").expect("readable"), Vec::<String>::new());
    assert_eq!(one(store, "nobody/00000001.json"), None);
}

fn created_once_and_read_back(store: &dyn Store) {
    let first = object("once/00000001.json", "first");
    assert_eq!(store.create(std::slice::from_ref(&first)).expect("created"), 1);
    assert_eq!(store.create(&[object("once/00000001.json", "other")]).expect("refused"), 0);
    assert_eq!(store.create(std::slice::from_ref(&first)).expect("as if by us"), 1);
    assert_eq!(one(store, "once/00000001.json").as_deref(), Some(&b"first"[..]));
    assert_eq!(store.create(&[object("once/00000002.json", "")]).expect("created"), 1);
    assert_eq!(one(store, "once/00000002.json").as_deref(), Some(&b""[..]));
}

fn a_batch_stops_at_the_first_that_exists(store: &dyn Store) {
    assert_eq!(store.create(&[object("batch/00000003.json", "theirs")]).expect("created"), 1);
    let ours: Vec<Object> = (1..=4).map(|n| object(format!("batch/0000000{n}.json"), "ours")).collect();
    let created = store.create(&ours).expect("created in part");
    assert!(created == 2 || created == 0, "{created}");
    assert_eq!(one(store, "batch/00000003.json").as_deref(), Some(&b"theirs"[..]));
    assert_eq!(one(store, "batch/00000004.json"), None);
    assert_eq!(one(store, "batch/00000002.json").is_some(), created == 2);
}

fn lists_what_comes_after(store: &dyn Store) {
    let objects = ["list/00000001.json", "list/00000002.json", "list/00000003.json", "list/packages/abc"];
    let objects: Vec<Object> = objects.into_iter().map(|key| object(key, key)).collect();
    assert_eq!(store.create(&objects).expect("created"), 4);
    let list = |folder, after| {
        let names = store.list(folder, after).expect("readable");
        sorted(names.into_iter().filter(|name| !name.starts_with(".davos")).collect())
    };
    assert_eq!(list("list", ""), ["00000001.json", "00000002.json", "00000003.json", "packages"]);
    assert_eq!(list("list", "00000002.json"), ["00000003.json", "packages"]);
    assert_eq!(list("list", "packages"), Vec::<String>::new());
    assert_eq!(list("list/packages", ""), ["abc"]);
    assert!(list("", "").contains(&"list".to_owned()), "{:?}", list("", ""));
    let keys = ["list/00000003.json", "list/00000009.json", "list/packages/abc"].map(ToOwned::to_owned);
    let read = store.read(&keys).expect("readable");
    assert_eq!(read[0].as_deref(), Some(&b"list/00000003.json"[..]));
    assert_eq!((read[1].clone(), read[2].as_deref()), (None, Some(&b"list/packages/abc"[..])));
}

fn keeps_large_objects(store: &dyn Store) {
    let large: Vec<u8> = (0..1_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    assert_eq!(store.create(&[object("large/00000001.json", large.clone())]).expect("created"), 1);
    assert_eq!(one(store, "large/00000001.json"), Some(large));
}

fn keeps_many_objects(store: &dyn Store, many: usize) {
    let objects: Vec<Object> = (1..=many).map(|n| object(format!("many/{n:08}.json"), format!("{n}"))).collect();
    assert_eq!(store.create(&objects).expect("created"), many);
    let names = sorted(store.list("many", "").expect("readable"));
    let names: Vec<&String> = names.iter().filter(|name| name.ends_with(".json")).collect();
    assert_eq!(names.len(), many);
    let keys: Vec<String> = objects.iter().map(|object| object.key.clone()).collect();
    let read = store.read(&keys).expect("readable");
    assert!(read.iter().zip(&objects).all(|(read, object)| read.as_ref() == Some(&object.bytes)));
    assert_eq!(store.list("many", &format!("{:08}.json", many - 1)).expect("readable"), [format!("{many:08}.json")]);
}

fn of_eight_writers_one_wins<S: Store>(open: &(impl Fn() -> S + Sync)) {
    for round in 1..=10 {
        let key = format!("race/{round:08}.json");
        let barrier = Barrier::new(8);
        let won: usize = thread::scope(|scope| {
            let writer = |n: usize| {
                let (key, barrier) = (&key, &barrier);
                scope.spawn(move || {
                    let store = open();
                    barrier.wait();
                    store.create(&[object(key, format!("writer {n}"))]).expect("created or refused")
                })
            };
            let writers: Vec<_> = (0..8).map(writer).collect();
            writers.into_iter().map(|writer| writer.join().expect("a writer")).sum()
        });
        assert_eq!(won, 1, "round {round}");
    }
}
