//! Whatever happens to writers, and in whatever order, readers conclude what somebody does who reads the files in order; and
//! retries and crashes leave no other log than a quiet day.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use davos::store::{FileStore, Store};
use davos::tracker::{Entry, Log};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::log::conclusions::Conclusions;
use crate::log::intents::{Intent, PRODUCT, intent};
use crate::log::stores::{Fault, Memory, Unlucky};

const WRITERS: usize = 3;

/// One writer's turn.
#[derive(Debug, Clone)]
struct Turn {
    writer: usize,
    intent: Intent,
    faults: Vec<Fault>,
    /// What the next writer does in the moment before the write.
    quicker: Option<Intent>,
    fate: Fate,
}

/// What becomes of what the writer keeps in its temporary folder.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Kept,
    Lost,
    /// Half of each file is gone.
    Cut,
    /// A bit is flipped at this place of each file.
    Flipped(usize),
    /// Another writer's is there.
    Swapped,
    /// It is as it was after the first turn.
    Old,
}

fn turn() -> impl Strategy<Value = Turn> {
    let fault = prop_oneof![
        1 => Just(Fault::List),
        1 => Just(Fault::Read),
        4 => (0..4_usize).prop_map(Fault::Create),
    ];
    let fate = prop_oneof![
        3 => Just(Fate::Kept),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Cut),
        1 => any::<usize>().prop_map(Fate::Flipped),
        1 => Just(Fate::Swapped),
        1 => Just(Fate::Old),
    ];
    let quicker = prop::option::weighted(0.4, intent());
    (0..WRITERS, intent(), prop::collection::vec(fault, 0..4), quicker, fate)
        .prop_map(|(writer, intent, faults, quicker, fate)| Turn { writer, intent, faults, quicker, fate })
}

/// The temporary folders of the writers, and a place for what they held once.
struct Folders {
    all: TempDir,
}

impl Folders {
    fn new() -> Folders {
        let all = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        (0..WRITERS).for_each(|writer| fs::create_dir(all.path().join(writer.to_string())).expect("a folder"));
        fs::create_dir(all.path().join("old")).expect("a folder");
        Folders { all }
    }

    fn of(&self, writer: usize) -> PathBuf {
        self.all.path().join((writer % WRITERS).to_string())
    }

    fn meet(&self, writer: usize, fate: Fate) {
        let folder = self.of(writer);
        for file in files(&folder) {
            let bytes = fs::read(&file).expect("a file");
            match fate {
                Fate::Kept | Fate::Swapped | Fate::Old => {}
                Fate::Lost => fs::remove_file(&file).expect("removed"),
                Fate::Cut => fs::write(&file, &bytes[..bytes.len() / 2]).expect("cut"),
                Fate::Flipped(place) => {
                    let mut bytes = bytes;
                    let at = place % bytes.len();
                    bytes[at] ^= 1 << (place % 8);
                    fs::write(&file, bytes).expect("flipped");
                }
            }
        }
        match fate {
            Fate::Swapped => copy(&self.of(writer + 1), &folder),
            Fate::Old => copy(&self.all.path().join("old"), &folder),
            _ => {}
        }
        if files(&self.all.path().join("old")).is_empty() {
            copy(&folder, &self.all.path().join("old"));
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        fs::copy(&file, to.join(file.file_name().expect("a name"))).expect("copied");
    }
}

fn time(turn: usize) -> Timestamp {
    // Clocks go wrong: order is by number alone.
    let minutes = [0, 90, -30][turn % 3] + turn as i64;
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(30_000_000 + minutes)
}

fn reading(store: &dyn Store, folder: &Path) -> (Conclusions, Vec<Entry>) {
    let log = Log::read(store, &PRODUCT.parse().expect("a product"), folder).expect("a whole log");
    for release in log.state().releases() {
        if let Some(digest) = release.released.packages {
            assert_eq!(log.packages(digest).expect("its packages").digest(), digest, "no event without its packages");
        }
    }
    (Conclusions::of(&log), log.state().entries().to_vec())
}

/// Plays the script with all that goes wrong. Tells after which turns the quicker writer had its turn, and how many attempts
/// were struck.
fn play(turns: &[Turn], store: &dyn Store, check: impl Fn(&Path)) -> (Vec<bool>, usize) {
    let folders = Folders::new();
    let (mut overtaken, mut struck) = (Vec::new(), 0);
    for (nth, turn) in turns.iter().enumerate() {
        let overtaking = std::cell::Cell::new(false);
        let quicker = turn.quicker.as_ref().map(|intent| -> Box<dyn FnOnce() + '_> {
            Box::new(|| {
                overtaking.set(true);
                intent.achieve(store, &folders.of(turn.writer + 1), turn.writer + 1, time(nth));
            })
        });
        let unlucky = Unlucky::new(store, &turn.faults, quicker);
        turn.intent.achieve(&unlucky, &folders.of(turn.writer), turn.writer, time(nth));
        struck += unlucky.struck.get();
        drop(unlucky);
        overtaken.push(overtaking.get());
        folders.meet(turn.writer, turn.fate);
        check(&folders.of(turn.writer));
    }
    (overtaken, struck)
}

/// The same on a quiet day: one after the other, and nothing goes wrong.
fn play_quietly(turns: &[Turn], overtaken: &[bool], store: &dyn Store) {
    let folders = Folders::new();
    for (nth, (turn, overtaken)) in turns.iter().zip(overtaken).enumerate() {
        if let (Some(quicker), true) = (&turn.quicker, overtaken) {
            quicker.achieve(store, &folders.of(turn.writer + 1), turn.writer + 1, time(nth));
        }
        turn.intent.achieve(store, &folders.of(turn.writer), turn.writer, time(nth));
    }
}

fn events(objects: &BTreeMap<String, Vec<u8>>) -> BTreeMap<&str, &str> {
    let events = objects.iter().filter(|(key, _)| key.ends_with(".json"));
    events.map(|(key, bytes)| (key.as_str(), std::str::from_utf8(bytes).expect("text"))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 300, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn every_reader_concludes_what_the_files_say_in_order(turns in prop::collection::vec(turn(), 1..15)) {
        let store = Memory::default();
        play(&turns, &store, |warm| {
            let cold = tempfile::tempdir().expect("a folder");
            let (conclusions, entries) = reading(&store, cold.path());
            assert_eq!(conclusions, Conclusions::read(&store.objects()));
            assert_eq!(reading(&store, warm), (conclusions, entries));
        });
    }

    #[test]
    fn retries_and_crashes_leave_the_log_of_a_quiet_day(turns in prop::collection::vec(turn(), 1..15)) {
        let (store, quiet) = (Memory::default(), Memory::default());
        let (overtaken, _) = play(&turns, &store, |_| {});
        play_quietly(&turns, &overtaken, &quiet);
        assert_eq!(events(&store.objects()), events(&quiet.objects()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 100, ..ProptestConfig::with_cases(25) })]

    #[test]
    fn a_folder_of_files_holds_what_memory_does(turns in prop::collection::vec(turn(), 1..10)) {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let (file, memory) = (FileStore::new(folder.path().join("tracker")), Memory::default());
        play(&turns, &memory, |_| {});
        play(&turns, &file, |warm| {
            let cold = tempfile::tempdir().expect("a folder");
            assert_eq!(reading(&file, warm), reading(&file, cold.path()));
        });
        for (key, bytes) in memory.objects() {
            assert_eq!(file.read(&[key]).expect("readable"), [Some(bytes)]);
        }
        let cold = tempfile::tempdir().expect("a folder");
        assert_eq!(reading(&file, cold.path()), reading(&memory, cold.path()));
    }
}

#[test]
fn the_scripts_do_go_wrong() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let turns = prop::collection::vec(turn(), 200).new_tree(&mut runner).expect("a script").current();
    let store = Memory::default();
    let (overtaken, struck) = play(&turns, &store, |_| {});
    let overtaken = overtaken.into_iter().filter(|overtaken| *overtaken).count();
    assert!(overtaken > 20 && struck > 100, "{overtaken} overtaken, {struck} struck");
}
