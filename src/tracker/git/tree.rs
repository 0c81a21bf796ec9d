//! What is in a commit.

use std::collections::BTreeMap;

use super::failure::Failure;
use super::program::Git;
use crate::tracker::Object;

/// How an object that is to be created stands to what is in a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Its key is free.
    Missing,
    /// It is there with the same bytes.
    Same,
    /// It is there with others.
    Other,
}

/// An entry of a tree: its type, such as `blob`, and the name of its contents.
type Entries = BTreeMap<String, (String, String)>;

/// How many paths are given to one process.
const MOST_ARGUMENTS: usize = 1000;

/// The names in a folder.
pub(super) fn names(git: &Git, commit: &str, folder: &str) -> Result<Vec<String>, Failure> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let mut arguments = vec!["ls-tree", "-z", "--full-tree", "--name-only", commit];
    if !prefix.is_empty() {
        arguments.extend(["--", &prefix]);
    }
    let listed = git.run(&arguments, Vec::new())?;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    Ok(listed
        .split('\0')
        .filter_map(|path| path.strip_prefix(&prefix))
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect())
}

/// The entries at these paths, and on the way there.
fn entries(git: &Git, commit: &str, paths: &[&str]) -> Result<Entries, Failure> {
    let mut entries = Entries::new();
    for paths in paths.chunks(MOST_ARGUMENTS) {
        let arguments = [&["ls-tree", "-t", "-z", "--full-tree", commit, "--"], paths].concat();
        let listed = git.run(&arguments, Vec::new())?;
        for entry in String::from_utf8_lossy(&listed).split('\0').filter(|entry| !entry.is_empty()) {
            let parsed = entry.split_once('\t').and_then(|(facts, path)| {
                let mut facts = facts.split(' ').skip(1).map(str::to_owned);
                Some((path.to_owned(), (facts.next()?, facts.next()?)))
            });
            entries.extend([parsed.ok_or_else(|| Failure::Broken(format!("git ls-tree wrote {entry:?}")))?]);
        }
    }
    Ok(entries)
}

/// The contents of the files at these paths; `None` where there is none.
pub(super) fn contents(git: &Git, commit: &str, paths: &[String]) -> Result<Vec<Option<Vec<u8>>>, Failure> {
    let contents = blobs(git, paths.iter().map(|path| format!("{commit}:{path}")))?;
    // git calls a file missing as well when its contents are lost, which a damaged copy must not pass for.
    let missing = paths.iter().zip(&contents).filter(|(_, contents)| contents.is_none());
    let missing: Vec<&str> = missing.map(|(path, _)| path.as_str()).collect();
    if !missing.is_empty() {
        let entries = entries(git, commit, &missing)?;
        if let Some(path) = missing.iter().find(|path| entries.get(**path).is_some_and(|(kind, _)| kind == "blob")) {
            return Err(Failure::Broken(format!("the contents of {path} are lost")));
        }
    }
    Ok(contents)
}

/// The contents of what is named; `None` for what is no file.
fn blobs(git: &Git, names: impl Iterator<Item = String>) -> Result<Vec<Option<Vec<u8>>>, Failure> {
    let names: Vec<String> = names.collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let input = names.iter().flat_map(|name| [name.as_str(), "\n"]).collect::<String>();
    let output = git.run(&["cat-file", "--batch"], input.into_bytes())?;
    let broken = || Failure::Broken("git cat-file wrote something else than it says".to_owned());
    let mut rest = output.as_slice();
    let mut blobs = Vec::new();
    for _ in &names {
        let end = rest.iter().position(|&byte| byte == b'\n').ok_or_else(broken)?;
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        rest = &rest[end + 1..];
        // `<name> <type> <size>`, or `<what was asked> missing`.
        let words: Vec<&str> = head.rsplitn(3, ' ').collect();
        let size = match words.as_slice() {
            ["missing", ..] => None,
            [size, _, _] => Some(size.parse::<usize>().map_err(|_| broken())?),
            _ => return Err(broken()),
        };
        let Some(size) = size else {
            blobs.push(None);
            continue;
        };
        let (bytes, after) = rest.split_at_checked(size).ok_or_else(broken)?;
        rest = after.strip_prefix(b"\n").ok_or_else(broken)?;
        blobs.push((words[1] == "blob").then(|| bytes.to_vec()));
    }
    Ok(blobs)
}

/// How each object stands to what is in the commit.
pub(super) fn standing(git: &Git, commit: &str, objects: &[(String, &Object)]) -> Result<Vec<Standing>, Failure> {
    let mut asked: Vec<&str> = Vec::new();
    for (path, _) in objects {
        asked.extend(path.match_indices('/').map(|(at, _)| &path[..at]).chain([path.as_str()]));
    }
    asked.sort_unstable();
    asked.dedup();
    let entries = entries(git, commit, &asked)?;
    let is = |path: &str, kind: &str| entries.get(path).is_some_and(|(found, _)| found == kind);
    // A commit would silently put the one in the place of the other.
    for (path, _) in objects {
        let file = path.match_indices('/').map(|(at, _)| &path[..at]).find(|folder| is(folder, "blob"));
        if let Some(in_the_way) = file.or(Some(path.as_str()).filter(|path| is(path, "tree"))) {
            let words = format!("{in_the_way} is in the way of {path} in the repository");
            return Err(Failure::Refused(words, "name a folder of its own in tracker.path"));
        }
    }
    let found: Vec<_> = objects.iter().map(|(path, _)| entries.get(path).map(|(_, name)| name.clone())).collect();
    let mut blobs = blobs(git, found.iter().flatten().cloned())?.into_iter();
    let mut standing = Vec::new();
    for (found, (path, object)) in found.iter().zip(objects) {
        standing.push(match found.as_ref().map(|_| blobs.next().flatten()) {
            None => Standing::Missing,
            Some(Some(bytes)) if bytes == object.bytes => Standing::Same,
            Some(Some(_)) => Standing::Other,
            Some(None) => return Err(Failure::Broken(format!("the contents of {path} are lost"))),
        });
    }
    Ok(standing)
}
