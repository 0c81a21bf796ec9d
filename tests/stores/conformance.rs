//! The contract of a store, as a specification that each of them runs.

use std::sync::Barrier;
use std::thread;

use davos::store::{Object, Store};

/// Opens the same store, as another process would.
pub(crate) type Open<'a> = &'a (dyn Fn() -> Box<dyn Store> + Sync);

/// All of it, on a store that is empty. `many` objects in one folder make its list have several pages, where lists have pages.
pub(crate) fn conforms(open: Open<'_>, many: usize) {
    what_is_not_there_is_no_error(open().as_ref());
    what_is_created_is_there_as_it_was(open);
    what_is_there_is_never_replaced(open);
    the_same_bytes_count_as_created(open().as_ref());
    a_batch_stops_at_the_first_that_exists(open);
    a_folder_lists_what_comes_after(open().as_ref());
    the_root_lists_the_folders(open().as_ref());
    objects_may_be_large_and_of_any_bytes(open);
    many_keys_are_read_in_the_order_asked_for(open().as_ref(), many);
    of_many_writers_just_one_creates(open);
    all_writers_get_through_with_keys_of_their_own(open);
}

fn object(key: &str, bytes: impl Into<Vec<u8>>) -> Object {
    Object::new(key, bytes)
}

#[track_caller]
fn read(store: &dyn Store, key: &str) -> Option<Vec<u8>> {
    let mut read = store.read(&[key.to_owned()]).expect("reading");
    assert_eq!(read.len(), 1);
    read.pop().flatten()
}

/// The names in a folder, sorted; without what a store may keep there for itself.
#[track_caller]
fn list(store: &dyn Store, folder: &str, after: &str) -> Vec<String> {
    let mut names = store.list(folder, after).expect("a list");
    names.retain(|name| !name.starts_with(".davos"));
    names.sort();
    names
}

fn what_is_not_there_is_no_error(store: &dyn Store) {
    assert!(!store.describe().is_empty());
    assert!(list(store, "nothing", "").is_empty());
    assert_eq!(store.read(&[]).expect("nothing"), Vec::<Option<Vec<u8>>>::new());
    assert_eq!(read(store, "nothing/1"), None);
    assert_eq!(store.create(&[]).expect("nothing"), 0);
}

fn what_is_created_is_there_as_it_was(open: Open<'_>) {
    let store = open();
    assert_eq!(store.create(&[object("whole/1", "one"), object("whole/2", "")]).expect("two"), 2);
    for store in [store.as_ref(), open().as_ref()] {
        assert_eq!(list(store, "whole", ""), ["1", "2"]);
        assert_eq!(read(store, "whole/1").as_deref(), Some(&b"one"[..]));
        assert_eq!(read(store, "whole/2").as_deref(), Some(&b""[..]));
        assert_eq!(read(store, "whole"), None, "a folder is no object");
    }
}

fn what_is_there_is_never_replaced(open: Open<'_>) {
    let (first, second) = (open(), open());
    assert!(list(second.as_ref(), "once", "").is_empty());
    assert_eq!(first.create(&[object("once/1", "first")]).expect("created"), 1);
    assert_eq!(second.create(&[object("once/1", "second")]).expect("refused"), 0);
    assert_eq!(first.create(&[object("once/1", "third")]).expect("refused"), 0);
    for store in [first.as_ref(), second.as_ref()] {
        assert_eq!(list(store, "once", ""), ["1"]);
        assert_eq!(read(store, "once/1").as_deref(), Some(&b"first"[..]));
    }
}

fn the_same_bytes_count_as_created(store: &dyn Store) {
    let both = [object("same/1", "one"), object("same/2", "two")];
    assert_eq!(store.create(&both[..1]).expect("created"), 1);
    assert_eq!(store.create(&both).expect("created"), 2);
    assert_eq!(store.create(&both).expect("created"), 2);
    assert_eq!(list(store, "same", ""), ["1", "2"]);
}

fn a_batch_stops_at_the_first_that_exists(open: Open<'_>) {
    let store = open();
    assert_eq!(store.create(&[object("batch/1", "1"), object("batch/2", "2")]).expect("created"), 2);
    let batch = [object("batch/1", "1"), object("batch/2", "other"), object("batch/3", "3")];
    assert_eq!(store.create(&batch).expect("one is there"), 1);
    let store = open();
    assert_eq!(list(store.as_ref(), "batch", ""), ["1", "2"]);
    assert_eq!(read(store.as_ref(), "batch/2").as_deref(), Some(&b"2"[..]));
}

fn a_folder_lists_what_comes_after(store: &dyn Store) {
    let names = ["00000009.json", "00000010.json", "00000011.json", "packages/sha", "packages/deep/er"];
    let objects: Vec<Object> = names.iter().map(|name| object(&format!("listed/{name}"), *name)).collect();
    assert_eq!(store.create(&objects).expect("created"), names.len());
    assert_eq!(store.create(&[object("listed-too/1", "x")]).expect("created"), 1);
    assert_eq!(list(store, "listed", "00000009.json"), ["00000010.json", "00000011.json", "packages"]);
    assert_eq!(list(store, "listed", "00000010.jso"), ["00000010.json", "00000011.json", "packages"]);
    assert_eq!(list(store, "listed", "packages"), Vec::<String>::new());
    assert_eq!(list(store, "listed/packages", ""), ["deep", "sha"]);
    assert_eq!(list(store, "list", ""), Vec::<String>::new());
    assert_eq!(read(store, "listed/packages/deep/er").as_deref(), Some(&b"packages/deep/er"[..]));
}

fn the_root_lists_the_folders(store: &dyn Store) {
    assert_eq!(store.create(&[object("a-product/1", "x"), object("b-product/1", "x")]).expect("created"), 2);
    let names = list(store, "", "");
    assert!(["a-product", "b-product"].iter().all(|name| names.iter().any(|found| found == name)), "{names:?}");
}

fn objects_may_be_large_and_of_any_bytes(open: Open<'_>) {
    // What neither compresses nor repeats: a linear congruential generator.
    let mut state = 1_u32;
    let mut byte = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let large: Vec<u8> = (0..1 << 20).map(|_| byte()).collect();
    assert_eq!(open().create(&[object("large/1", large.clone()), object("large/2", "\n\r\0\n")]).expect("created"), 2);
    let store = open();
    assert!(read(store.as_ref(), "large/1").is_some_and(|bytes| bytes == large));
    assert_eq!(read(store.as_ref(), "large/2").as_deref(), Some(&b"\n\r\0\n"[..]));
}

fn many_keys_are_read_in_the_order_asked_for(store: &dyn Store, many: usize) {
    let key = |n: usize| format!("many/{n:08}.json");
    let objects: Vec<Object> = (0..many).map(|n| object(&key(n), format!("event {n}"))).collect();
    assert_eq!(store.create(&objects).expect("created"), many);
    assert_eq!(list(store, "many", "").len(), many);
    assert_eq!(list(store, "many", &format!("{:08}.json", many - 2)), [format!("{:08}.json", many - 1)]);
    let keys: Vec<String> = (0..=many).rev().map(key).collect();
    let read = store.read(&keys).expect("reading");
    assert_eq!(read[0], None);
    for (n, bytes) in (0..many).rev().zip(&read[1..]) {
        assert_eq!(bytes.as_deref(), Some(format!("event {n}").as_bytes()));
    }
}

fn of_many_writers_just_one_creates(open: Open<'_>) {
    for round in 0..3 {
        let (key, start) = (format!("race/{round}"), Barrier::new(8));
        let created: Vec<usize> = thread::scope(|scope| {
            let write = |n: usize| {
                let start = &start;
                let objects = [object(&key, format!("writer {n}")), object(&format!("race-of-{n}/{round}"), "x")];
                scope.spawn(move || {
                    let store = open();
                    start.wait();
                    store.create(&objects).expect("created or not")
                })
            };
            let writers: Vec<_> = (0..8).map(write).collect();
            writers.into_iter().map(|writer| writer.join().expect("a writer")).collect()
        });
        let winners: Vec<usize> = (0..8).filter(|n| created[*n] == 2).collect();
        assert_eq!(winners.len(), 1, "{created:?}");
        assert_eq!(created.iter().sum::<usize>(), 2, "{created:?}");
        let store = open();
        // A store may be asked for the first time by a read.
        assert_eq!(read(store.as_ref(), &key), Some(format!("writer {}", winners[0]).into_bytes()));
        let beside = (0..8).filter(|n| read(store.as_ref(), &format!("race-of-{n}/{round}")).is_some());
        assert_eq!(beside.collect::<Vec<_>>(), winners, "nothing after the first that exists");
    }
}

fn all_writers_get_through_with_keys_of_their_own(open: Open<'_>) {
    thread::scope(|scope| {
        for n in 0..4 {
            scope.spawn(move || {
                let store = open();
                for round in 0..2 {
                    let key = format!("own-{n}/{round}");
                    assert_eq!(store.create(&[object(&key, key.as_str())]).expect("created"), 1, "{key}");
                }
            });
        }
    });
    let store = open();
    for n in 0..4 {
        assert_eq!(list(store.as_ref(), &format!("own-{n}"), ""), ["0", "1"]);
    }
}
