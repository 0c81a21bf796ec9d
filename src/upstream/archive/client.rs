//! Asking an archive: each suite and each index once in a check, and only those that may have what is wanted.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::Archive;
use super::release_file::ReleaseFile;
use super::scan::scan;
use super::wanted::{ArchiveAnswer, WantedPackage};
use crate::http::Http;
use crate::notice::PackageVersion;

/// Asks an archive, in one check.
pub struct ArchiveClient<'a> {
    pub(super) archive: &'a Archive,
    pub(super) http: Http,
    pub(super) folder: &'a Path,
    pub(super) now: Timestamp,
    pub(super) suites: BTreeMap<String, Result<ReleaseFile, String>>,
    /// The indices that can't be had, with why; `None` for those that the server doesn't carry.
    pub(super) lacking: BTreeMap<(String, String), Option<String>>,
    /// The answers, by whether the files were asked for too.
    answers: BTreeMap<(bool, WantedPackage), Result<ArchiveAnswer, String>>,
    pub(super) files: usize,
    /// What people should know.
    pub warnings: Vec<String>,
}

/// What is known of a wanted package for one architecture.
#[derive(Default)]
struct OnArchitecture {
    there: Option<ArchiveAnswer>,
    newest: Option<(PackageVersion, String)>,
    without_file: bool,
    /// An index that may name it, and that the server doesn't carry.
    not_carried: Option<String>,
    failure: Option<String>,
}

impl<'a> ArchiveClient<'a> {
    /// Nothing is asked yet.
    pub fn new(archive: &'a Archive, http: Http, folder: &'a Path, now: Timestamp) -> ArchiveClient<'a> {
        ArchiveClient {
            archive,
            http,
            folder,
            now,
            suites: BTreeMap::new(),
            lacking: BTreeMap::new(),
            answers: BTreeMap::new(),
            files: 0,
            warnings: Vec::new(),
        }
    }

    /// What the archive says of these packages, in their order; with a sentence where it can't be asked. `with_files`: whether
    /// the file that an index names has to be there too.
    pub fn ask(&mut self, wanted: &[WantedPackage], with_files: bool) -> Vec<Result<ArchiveAnswer, String>> {
        let is_new = |one: &&WantedPackage| !self.answers.contains_key(&(with_files, (*one).clone()));
        let mut new: Vec<WantedPackage> = wanted.iter().filter(is_new).cloned().collect();
        new.sort();
        new.dedup();
        if !new.is_empty() {
            let of_all: Vec<Vec<OnArchitecture>> = (self.archive.architectures.iter())
                .map(|architecture| self.on(architecture, &new, with_files))
                .collect();
            let mut of_all: Vec<_> = of_all.into_iter().map(Vec::into_iter).collect();
            for one in new {
                let of_one = of_all.iter_mut().filter_map(Iterator::next).collect();
                self.answers.insert((with_files, one), combined(of_one));
            }
        }
        let answer = |one: &WantedPackage| self.answers.get(&(with_files, one.clone())).cloned();
        wanted.iter().map(|one| answer(one).unwrap_or_else(|| Err("it was not asked".to_owned()))).collect()
    }

    /// What is known for one architecture: suite after suite, as long as something is missing.
    fn on(&mut self, architecture: &str, wanted: &[WantedPackage], with_files: bool) -> Vec<OnArchitecture> {
        let mut found: Vec<OnArchitecture> = wanted.iter().map(|_| OnArchitecture::default()).collect();
        let archive = self.archive;
        for suite in &archive.suites {
            let mut unseen: Vec<usize> = (0..wanted.len())
                .filter(|number| found[*number].there.is_none() && found[*number].failure.is_none())
                .collect();
            if unseen.is_empty() {
                break;
            }
            let release = match self.release(suite) {
                Ok(release) => release,
                Err(failure) => {
                    unseen.iter().for_each(|number| found[*number].failure = Some(failure.clone()));
                    break;
                }
            };
            let indices = release.of(architecture, &archive.components);
            if indices.is_empty() {
                let failure = nothing_listed(suite, architecture, &release, &archive.components);
                unseen.iter().for_each(|number| found[*number].failure = Some(failure.clone()));
            }
            let mut named = Vec::new();
            for index in indices {
                if unseen.is_empty() {
                    break;
                }
                match self.index(suite, &release, index) {
                    Ok(Some(packages)) => {
                        let asked: Vec<_> = unseen.iter().map(|number| (*number, &wanted[*number])).collect();
                        let seen = scan(&packages, &asked);
                        unseen.retain(|number| !seen.contains_key(number));
                        named.extend(seen);
                    }
                    Ok(None) => {
                        let name = format!("{suite}/{}", index.path());
                        for number in &unseen {
                            found[*number].not_carried.get_or_insert_with(|| name.clone());
                        }
                    }
                    Err(failure) => {
                        unseen.drain(..).for_each(|number| found[number].failure = Some(failure.clone()));
                    }
                }
            }
            let files: Vec<String> = named.iter().filter_map(|(_, seen)| seen.file.clone()).collect();
            let files = self.are_there(&files, with_files);
            for (number, seen) in named {
                let one = &mut found[number];
                let is_higher = one.newest.as_ref().is_none_or(|(known, _)| seen.newest.compare(known).is_gt());
                if is_higher {
                    one.newest = Some((seen.newest, suite.clone()));
                }
                match seen.file.and_then(|file| files.get(&file)) {
                    Some(Ok(true)) => one.there = Some(ArchiveAnswer::There { phased: seen.phased }),
                    Some(Ok(false)) => one.without_file = true,
                    Some(Err(failure)) => one.failure = Some(failure.to_string()),
                    None => {}
                }
            }
        }
        found
    }
}

/// The answer for a package, from what is known for each architecture.
fn combined(of_one: Vec<OnArchitecture>) -> Result<ArchiveAnswer, String> {
    let is_older = |one: &&OnArchitecture| one.there.is_none() && one.failure.is_none() && one.newest.is_some();
    if let Some(older) = of_one.iter().find(is_older) {
        return Ok(ArchiveAnswer::NotThere { newest: older.newest.clone(), without_file: older.without_file });
    }
    if let Some(failure) = of_one.iter().find_map(|one| one.failure.clone()) {
        return Err(failure);
    }
    // One that no index of an architecture names needn't be there, if all indices were read.
    let not_carried = of_one.iter().filter(|one| one.there.is_none()).find_map(|one| one.not_carried.clone());
    if let (Some(there), None) = (of_one.iter().find_map(|one| one.there.clone()), &not_carried) {
        return Ok(there);
    }
    match not_carried {
        Some(index) => Err(format!(
            "the server doesn't carry {index}, though its suite lists it; name what it has with upstream.archive.components (archive.ubuntu.com has amd64 and i386 only, ports.ubuntu.com/ubuntu-ports the others)"
        )),
        None => Ok(ArchiveAnswer::NotThere { newest: None, without_file: false }),
    }
}

fn nothing_listed(suite: &str, architecture: &str, release: &ReleaseFile, components: &[String]) -> String {
    let all = release.of(architecture, &[]);
    if all.is_empty() {
        return format!("the suite {suite} has no packages for {architecture}; see upstream.archive.architectures");
    }
    let has: Vec<&str> = all.iter().map(|index| index.component.as_str()).take(5).collect();
    format!("the suite {suite} has none of the components {}; it has {}", components.join(", "), has.join(", "))
}
