//! A bit that flips in any file of a log is noticed, and told with the name of the file.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use davos::store::FileStore;
use davos::tracker::{Log, lengths};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::log::conclusions::Conclusions;
use crate::log::intents::{Intent, PRODUCT};

/// Whether an event holds a digest of itself, so that the last one is covered too, on which no other follows.
const EVENTS_SEAL_THEMSELVES: bool = true;

/// A log with events of each kind, of which a reader that has read it before kept something.
struct Case {
    folder: TempDir,
}

impl Case {
    fn new() -> Case {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let case = Case { folder };
        fs::create_dir(case.kept()).expect("a folder");
        for intent in [
            Intent::Open(vec![1, 2], "high"),
            Intent::Answer(2, "affected", None),
            Intent::Release { version: 1, packages: Some(1), fixes: 2, spares: 0, late: false },
            Intent::FixedBefore(3),
        ] {
            intent.achieve(&case.store(), &case.kept(), 1, Timestamp::UNIX_EPOCH);
        }
        // The marks of a file come from a clock that may stand still for some milliseconds.
        std::thread::sleep(std::time::Duration::from_millis(50));
        case.read(&case.kept()).expect("a whole log");
        case
    }

    fn store(&self) -> FileStore {
        FileStore::new(self.folder.path().join("tracker"))
    }

    fn kept(&self) -> PathBuf {
        self.folder.path().join("kept")
    }

    /// The events, first to last.
    fn events(&self) -> Vec<PathBuf> {
        let file = |seq: u64| self.folder.path().join(format!("tracker/{PRODUCT}/{seq:08}.json"));
        (1..).map(file).take_while(|file| file.exists()).collect()
    }

    /// The conclusions of a reader, or what it refuses with.
    fn read(&self, kept: &Path) -> Result<Conclusions, String> {
        let store = self.store();
        let log =
            Log::read(&store, &PRODUCT.parse().expect("a product"), kept).map_err(|error| format!("{error:#}"))?;
        for release in log.state().releases() {
            let packages = release.released.packages.map(|digest| log.packages(digest)).transpose();
            packages.map_err(|error| format!("{error:#}"))?;
        }
        Ok(Conclusions::of(&log))
    }
}

/// Flips each bit of a file in turn, and puts it back as it was, with its time.
fn each_flip(file: &Path, mut look: impl FnMut(&str)) {
    let bytes = fs::read(file).expect("a file");
    let modified = fs::metadata(file).and_then(|found| found.modified()).expect("its time");
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            fs::write(file, &flipped).expect("flipped");
            look(&format!("bit {bit} of byte {at}: {}", String::from_utf8_lossy(&flipped[at.saturating_sub(9)..=at])));
        }
    }
    fs::write(file, &bytes).expect("put back");
    File::options().write(true).open(file).and_then(|file| file.set_modified(modified)).expect("its time again");
}

/// The file's name as an error has it, or that of the next, which no longer follows on it.
fn is_named(error: &str, events: &[PathBuf], nth: usize) -> bool {
    let name = |file: &PathBuf| format!("{PRODUCT}/{}", file.file_name().expect("a name").to_string_lossy());
    events[nth..].iter().take(2).any(|file| error.contains(&name(file)))
}

#[test]
fn a_flipped_bit_in_any_event_is_noticed_by_a_reader_who_comes_first() {
    let case = Case::new();
    let empty = tempfile::tempdir().expect("a folder");
    let events = case.events();
    let covered = events.len() - usize::from(!EVENTS_SEAL_THEMSELVES);
    assert!(covered >= 4);
    for (nth, event) in events.iter().enumerate().take(covered) {
        each_flip(event, |what| {
            let error = case.read(empty.path()).expect_err(what);
            assert!(is_named(&error, &events, nth), "{what}: {error}");
        });
    }
    case.read(empty.path()).expect("all is as it was");
}

#[test]
fn a_flipped_bit_in_any_event_is_noticed_by_a_reader_who_was_there_before() {
    let case = Case::new();
    let events = case.events();
    let covered = events.len() - usize::from(!EVENTS_SEAL_THEMSELVES);
    for (nth, event) in events.iter().enumerate().take(covered) {
        each_flip(event, |what| {
            let error = case.read(&case.kept()).expect_err(what);
            assert!(is_named(&error, &events, nth), "{what}: {error}");
        });
        case.read(&case.kept()).expect("all is as it was");
    }
}

#[test]
fn a_flipped_bit_in_kept_packages_is_noticed_by_whoever_needs_them() {
    let case = Case::new();
    let folder = case.folder.path().join("tracker").join(PRODUCT).join("packages");
    let file = fs::read_dir(folder).expect("packages").next().expect("one").expect("one").path();
    let name = file.file_name().expect("a name").to_string_lossy().into_owned();
    each_flip(&file, |what| {
        let error = case.read(&case.kept()).expect_err(what);
        assert!(error.contains(&format!("the packages {PRODUCT}/packages/{name}")), "{what}: {error}");
    });
    case.read(&case.kept()).expect("all is as it was");
}

#[test]
fn a_flipped_bit_in_what_a_reader_kept_changes_nothing() {
    let case = Case::new();
    let expected = case.read(&case.kept()).expect("a whole log");
    let kept: Vec<PathBuf> = fs::read_dir(case.kept()).expect("a folder").flatten().map(|file| file.path()).collect();
    assert_eq!(kept.len(), 1);
    each_flip(&kept[0], |what| assert_eq!(case.read(&case.kept()).expect(what), expected, "{what}"));
}

#[test]
fn an_event_that_is_lost_cut_emptied_or_swapped_is_noticed() {
    let case = Case::new();
    let events = case.events();
    let readers = [case.kept(), case.folder.path().join("cold")];
    fs::create_dir(&readers[1]).expect("a folder");
    for (nth, event) in events.iter().enumerate().take(events.len() - 1) {
        let bytes = fs::read(event).expect("an event");
        let after = fs::read(&events[nth + 1]).expect("an event");
        for damaged in [None, Some(&bytes[..bytes.len() / 2]), Some(b""), Some(&after)] {
            match damaged {
                Some(damaged) => fs::write(event, damaged).expect("damaged"),
                None => fs::remove_file(event).expect("lost"),
            }
            for reader in &readers {
                let error = case.read(reader).expect_err("damaged");
                assert!(is_named(&error, &events, nth), "{error}");
            }
        }
        fs::write(event, &bytes).expect("put back");
        readers.iter().for_each(|reader| assert!(case.read(reader).is_ok()));
    }
}

#[test]
fn a_log_that_does_not_begin_at_its_beginning_has_no_length() {
    for (name, missing) in [("20261128.json", "00000001.json"), ("99999999999999999999.json", "00000001.json")] {
        let case = Case::new();
        let other = case.folder.path().join("tracker/other");
        fs::create_dir(&other).expect("a folder");
        fs::write(other.join(name), "{}").expect("a file");
        // What is no folder is no log, and nothing has the number 0.
        fs::write(case.folder.path().join("tracker/notes"), "by hand").expect("a file");
        fs::write(case.folder.path().join(format!("tracker/{PRODUCT}/00000000.json")), "{}").expect("a file");
        let error = format!("{:#}", lengths(&case.store(), &BTreeMap::new()).expect_err(name));
        assert!(error.contains(&format!("other/{missing}")) && error.contains(name), "{error}");
        fs::remove_dir_all(other).expect("removed");
        let lengths = lengths(&case.store(), &BTreeMap::new()).expect("lengths");
        assert_eq!(lengths.into_values().collect::<Vec<_>>(), [case.events().len() as u64]);
    }
}
