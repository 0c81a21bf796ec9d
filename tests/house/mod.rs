//! The house itself: which room uses which, how long a file is, and that no name means two things.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A file has at most so many lines before its tests.
const LONGEST_FILE: usize = 300;

/// A file of the library: its path in `src`, and what it says before its tests.
struct Source {
    path: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut sources) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        let (within, files): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
        folders.extend(within);
        for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
            let path = file.strip_prefix(&root).expect("a file of src").display().to_string();
            let text = fs::read_to_string(file).expect("a file");
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
            sources.push(Source { path, text });
        }
    }
    sources
}

/// The rooms, the highest first, as `src/lib.rs` lists them.
fn rooms() -> Vec<String> {
    let library = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("the library");
    let product = library.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
    let modules = product.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "));
    modules.filter_map(|name| Some(name.split_once(';')?.0.to_owned())).collect()
}

#[test]
fn a_room_uses_only_rooms_below_it() {
    let rooms = rooms();
    assert!(rooms.len() > 10 && rooms[0] == "step", "{rooms:?}");
    let height = |name: &str| rooms.iter().position(|room| room == name);
    for Source { path, text } in sources() {
        let room = path.split('/').next().unwrap_or_default().trim_end_matches(".rs");
        let Some(own) = height(room) else { continue };
        for used in text.split("crate::").skip(1) {
            let used: String = used.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            assert!(height(&used).is_none_or(|used| used >= own), "{path} uses {used}, which is above {room}");
        }
    }
}

#[test]
fn no_file_is_longer_than_somebody_reads() {
    let too_long: Vec<String> = sources()
        .iter()
        .filter(|source| !source.path.ends_with("tests.rs") && !source.path.contains("/tests/"))
        .map(|source| (source.text.lines().count(), &source.path))
        .filter(|(lines, _)| *lines > LONGEST_FILE)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    assert_eq!(too_long, [""; 0]);
}

#[test]
fn every_file_says_first_what_it_is_for() {
    for Source { path, text } in sources() {
        assert!(text.starts_with("//! ") || path.ends_with("tests.rs"), "{path}");
    }
}

/// Types of one name in two places make people read the wrong one. What a trait or a macro names is its own affair.
#[test]
fn no_type_has_the_name_of_another() {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Source { path, text } in sources() {
        for line in text.lines() {
            let scoped = line.strip_prefix("pub(").and_then(|rest| rest.split_once(") ")).map(|(_, rest)| rest);
            let line = scoped.or_else(|| line.strip_prefix("pub ")).unwrap_or(line);
            for kind in ["struct ", "enum ", "trait ", "type "] {
                let Some(rest) = line.strip_prefix(kind) else { continue };
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                places.entry(name).or_default().insert(path.clone());
            }
        }
    }
    places.retain(|_, places| places.len() > 1);
    assert!(places.is_empty(), "{places:?}");
}
