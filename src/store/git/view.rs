//! What is in the branch at one commit, as far as it was looked at.

use std::collections::HashMap;
use std::rc::Rc;

use super::failure::GitFailure;
use super::mirror::{Extent, Mirror};
use super::tree::{Folder, TreeEntry, parse};
use crate::store::{Object, ReadLimits};

/// The largest list of a folder: hundreds of thousands of names.
const LARGEST_FOLDER: u64 = 32 << 20;

/// How many bytes are asked for at once, if one object alone isn't more.
const AT_ONCE: u64 = 16 << 20;

/// How an object that is to be created stands to what is in a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// Its key is free.
    Missing,
    /// It is there with the same bytes.
    Same,
    /// It is there with others.
    Other,
}

/// A commit of the branch.
pub(super) struct View {
    pub(super) commit: String,
    /// By the names of their lists. All that is ever looked at in one run are the folders of a few products.
    folders: HashMap<String, Rc<Folder>>,
    /// The list of the root, once it is known.
    root: Option<String>,
    /// The sizes of objects that our copy has.
    sizes: HashMap<String, u64>,
}

impl View {
    pub(super) fn new(commit: String) -> View {
        View { commit, folders: HashMap::new(), root: None, sizes: HashMap::new() }
    }

    /// The names in a folder; none where there is no such folder.
    pub(super) fn names(&mut self, mirror: &Mirror, path: &str) -> Result<Vec<String>, GitFailure> {
        Ok(self.folder(mirror, path)?.map(|folder| folder.keys().cloned().collect()).unwrap_or_default())
    }

    /// Gets whatever our copy lacks of these files and folders, all at once.
    pub(super) fn get(&mut self, mirror: &Mirror, paths: &[String]) -> Result<(), GitFailure> {
        let mut wanted = Vec::new();
        for path in paths {
            if let Some(TreeEntry::File(object) | TreeEntry::Folder(object)) = self.entry(mirror, path)? {
                wanted.push(object);
            }
        }
        self.have(mirror, &wanted)
    }

    /// The contents of the files at these paths; `None` where there is none.
    pub(super) fn contents(
        &mut self,
        mirror: &Mirror,
        paths: &[String],
        limits: ReadLimits,
    ) -> Result<Vec<Option<Vec<u8>>>, GitFailure> {
        let mut objects = Vec::new();
        for path in paths {
            objects.push(match self.entry(mirror, path)? {
                Some(TreeEntry::File(object)) => Some((path.as_str(), object)),
                _ => None,
            });
        }
        let wanted: Vec<String> = objects.iter().flatten().map(|(_, object)| object.clone()).collect();
        self.have(mirror, &wanted)?;
        for (path, object) in objects.iter().flatten() {
            self.holds_to(object, limits.object as u64, path)?;
        }
        if wanted.iter().map(|object| self.size(object)).sum::<u64>() > limits.at_once as u64 {
            return Err(GitFailure::Refused(limits.too_much(), "is that repository a tracker?"));
        }
        let mut read = self.read(mirror, &wanted)?.into_iter();
        Ok(objects.iter().map(|object| object.as_ref().and_then(|_| read.next())).collect())
    }

    /// How each object, under its path in the repository, stands to what is in the commit.
    pub(super) fn standing(
        &mut self,
        mirror: &Mirror,
        objects: &[(String, &Object)],
    ) -> Result<Vec<Presence>, GitFailure> {
        for (path, _) in objects {
            let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
            let mut in_the_way = None;
            for folder in folders {
                in_the_way = in_the_way.or(match self.entry(mirror, folder)? {
                    Some(TreeEntry::File(_) | TreeEntry::Submodule) => Some(folder),
                    _ => None,
                });
            }
            let ours = self.entry(mirror, path)?;
            // A commit would silently put the one in the place of the other.
            let in_the_way =
                in_the_way.or(matches!(ours, Some(TreeEntry::Folder(_) | TreeEntry::Submodule)).then_some(path));
            if let Some(in_the_way) = in_the_way {
                let words = format!("{in_the_way} is in the way of {path} in the repository");
                return Err(GitFailure::Refused(words, "name a folder of its own in tracker.path"));
            }
        }
        let paths: Vec<String> = objects.iter().map(|(path, _)| path.clone()).collect();
        let found = self.contents(mirror, &paths, ReadLimits::default())?;
        Ok(objects
            .iter()
            .zip(found)
            .map(|((_, object), found)| match found {
                None => Presence::Missing,
                Some(bytes) if bytes == object.bytes => Presence::Same,
                Some(_) => Presence::Other,
            })
            .collect())
    }

    /// What is at a path that isn't the root.
    fn entry(&mut self, mirror: &Mirror, path: &str) -> Result<Option<TreeEntry>, GitFailure> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        Ok(self.folder(mirror, folder)?.and_then(|folder| folder.get(name).cloned()))
    }

    /// The folder at a path; `None` where there is none.
    fn folder(&mut self, mirror: &Mirror, path: &str) -> Result<Option<Rc<Folder>>, GitFailure> {
        let mut folder = self.root(mirror)?;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            match folder.get(name) {
                Some(TreeEntry::Folder(object)) => folder = self.listed(mirror, &object.clone(), path)?,
                _ => return Ok(None),
            }
        }
        Ok(Some(folder))
    }

    fn root(&mut self, mirror: &Mirror) -> Result<Rc<Folder>, GitFailure> {
        let root = match &self.root {
            Some(root) => root.clone(),
            None => {
                let commit = self.commit.clone();
                self.have(mirror, std::slice::from_ref(&commit))?;
                self.holds_to(&commit, LARGEST_FOLDER, "its newest commit")?;
                let bytes = self.read(mirror, &[commit])?.pop().unwrap_or_default();
                // A commit begins with `tree <object>`.
                let start = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
                let start = String::from_utf8_lossy(start).into_owned();
                let tree = start.strip_prefix("tree ").map(str::to_owned);
                let tree = tree.ok_or_else(|| GitFailure::Damaged(format!("{} is no commit", self.commit)))?;
                self.root.insert(tree).clone()
            }
        };
        self.listed(mirror, &root, "the root")
    }

    fn listed(&mut self, mirror: &Mirror, object: &String, path: &str) -> Result<Rc<Folder>, GitFailure> {
        if let Some(folder) = self.folders.get(object) {
            return Ok(Rc::clone(folder));
        }
        self.have(mirror, std::slice::from_ref(object))?;
        self.holds_to(object, LARGEST_FOLDER, path)?;
        let bytes = self.read(mirror, std::slice::from_ref(object))?.pop().unwrap_or_default();
        let folder = parse(&bytes, mirror.kind.sha256);
        let folder = Rc::new(folder.ok_or_else(|| GitFailure::Damaged(format!("{path} is no folder in our copy")))?);
        self.folders.insert(object.clone(), Rc::clone(&folder));
        Ok(folder)
    }

    /// Sees to it that our copy has these objects.
    fn have(&mut self, mirror: &Mirror, objects: &[String]) -> Result<(), GitFailure> {
        let unknown: Vec<&str> =
            objects.iter().filter(|object| !self.sizes.contains_key(*object)).map(String::as_str).collect();
        let mut missing = self.size_up(mirror, &unknown)?;
        if !missing.is_empty() && mirror.kind.extent == Extent::Asked {
            mirror.fetch_objects(&missing)?;
            missing = self.size_up(mirror, &missing.clone())?;
        }
        match missing.first() {
            None => Ok(()),
            Some(first) => Err(GitFailure::Damaged(format!("{first} is missing in our copy of the repository"))),
        }
    }

    /// Asks our copy for the sizes of these objects; gives those that it hasn't.
    fn size_up<'a>(&mut self, mirror: &Mirror, objects: &[&'a str]) -> Result<Vec<&'a str>, GitFailure> {
        if objects.is_empty() {
            return Ok(Vec::new());
        }
        // `<object> <type> <size>`, or `<object> missing`: a type and a size in decimal have less than 32 bytes.
        let most = objects.iter().map(|object| object.len() + 32).sum();
        let told = mirror.git.run(&["cat-file", "--batch-check"], lines(objects), most)?;
        let told = String::from_utf8_lossy(&told).into_owned();
        let mut missing = Vec::new();
        let mut answers = told.lines();
        for object in objects {
            let mut words = answers.next().ok_or_else(odd)?.split(' ').skip(1);
            match (words.next(), words.next().map(str::parse)) {
                (Some("missing"), _) => missing.push(*object),
                (Some(_), Some(Ok(size))) => drop(self.sizes.insert((*object).to_owned(), size)),
                _ => return Err(odd()),
            }
        }
        Ok(missing)
    }

    fn size(&self, object: &str) -> u64 {
        self.sizes.get(object).copied().unwrap_or_default()
    }

    /// What is too large is refused before it is read.
    fn holds_to(&self, object: &str, most: u64, what: &str) -> Result<(), GitFailure> {
        let size = self.size(object);
        if size <= most {
            return Ok(());
        }
        let words = format!("{what} has {} MiB, and is read up to {} MiB", size.div_ceil(1 << 20), most >> 20);
        Err(GitFailure::Refused(words, "a tracker holds nothing that large; is this its repository?"))
    }

    /// The contents of objects that our copy has.
    fn read(&self, mirror: &Mirror, objects: &[String]) -> Result<Vec<Vec<u8>>, GitFailure> {
        let mut contents = Vec::with_capacity(objects.len());
        let mut rest = objects;
        while !rest.is_empty() {
            let mut sum = 0;
            let fitting = rest.iter().take_while(|object| {
                sum += self.size(object);
                sum <= AT_ONCE
            });
            let (now, later) = rest.split_at(fitting.count().max(1));
            self.read_at_once(mirror, now, &mut contents)?;
            rest = later;
        }
        Ok(contents)
    }

    fn read_at_once(&self, mirror: &Mirror, objects: &[String], contents: &mut Vec<Vec<u8>>) -> Result<(), GitFailure> {
        let names: Vec<&str> = objects.iter().map(String::as_str).collect();
        let most = objects.iter().map(|object| object.len() + 34 + self.size(object) as usize).sum();
        let output = mirror.git.run(&["cat-file", "--batch"], lines(&names), most)?;
        let mut rest = output.as_slice();
        for object in objects {
            let end = rest.iter().position(|&byte| byte == b'\n').ok_or_else(odd)?;
            let size = std::str::from_utf8(&rest[..end]).ok().and_then(|head| head.rsplit(' ').next()?.parse().ok());
            let (bytes, after) = rest[end + 1..].split_at_checked(size.ok_or_else(odd)?).ok_or_else(odd)?;
            if bytes.len() as u64 != self.size(object) {
                return Err(odd());
            }
            contents.push(bytes.to_vec());
            rest = after.strip_prefix(b"\n").ok_or_else(odd)?;
        }
        Ok(())
    }
}

fn lines(names: &[&str]) -> Vec<u8> {
    names.iter().flat_map(|name| [name, "\n"]).collect::<String>().into_bytes()
}

/// git says one thing and does another: what it reads is damaged.
fn odd() -> GitFailure {
    GitFailure::Damaged("git cat-file wrote something else than it says".to_owned())
}
