//! Asking an archive: each suite and each index once in a check, and only those that may have what is wanted.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::Archive;
use super::index::PackageIndex;
use super::kept::{KeptRelease, index_file, keep_index, kept_index, release_file};
use super::release_file::{ListedIndex, ReleaseFile};
use super::scan::scan;
use super::unpack::{Packing, unpack};
use super::wanted::{ArchiveAnswer, WantedPackage};
use crate::http::several::ask;
use crate::http::{Answer, Failure, Http, Validators, shown};
use crate::notice::PackageVersion;

/// The largest file at the top of a suite, in bytes. Ubuntu's have up to 256 kB.
const LARGEST_RELEASE: u64 = 4 << 20;

/// The largest index as it is sent, in bytes.
const LARGEST_INDEX: u64 = 64 << 20;

/// The most files that are asked for in one check. Of more, the indices alone are believed.
const MOST_FILES: usize = 400;

/// How far the clock of a server may be ahead.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// Asks an archive, in one check.
pub struct ArchiveClient<'a> {
    archive: &'a Archive,
    http: &'a Http,
    folder: &'a Path,
    now: Timestamp,
    suites: BTreeMap<String, Result<ReleaseFile, String>>,
    /// The indices that can't be had, with why; `None` for those that the server doesn't carry.
    lacking: BTreeMap<(String, String), Option<String>>,
    /// The answers, by whether the files were asked for too.
    answers: BTreeMap<(bool, WantedPackage), Result<ArchiveAnswer, String>>,
    files: usize,
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
    pub fn new(archive: &'a Archive, http: &'a Http, folder: &'a Path, now: Timestamp) -> ArchiveClient<'a> {
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

    /// The file at the top of a suite.
    fn release(&mut self, suite: &str) -> Result<ReleaseFile, String> {
        if let Some(known) = self.suites.get(suite) {
            return known.clone();
        }
        let release = self.fetch_release(suite).map_err(|error| format!("{error:#}"));
        self.suites.insert(suite.to_owned(), release.clone());
        release
    }

    fn fetch_release(&mut self, suite: &str) -> Result<ReleaseFile> {
        let cache = release_file(self.folder, self.archive, suite);
        let kept: Option<KeptRelease> = cache.load().ok();
        for name in ["InRelease", "Release"] {
            let url = self.archive.file(&format!("dists/{suite}/{name}"));
            let validators = kept.as_ref().filter(|kept| kept.name == name).map(KeptRelease::validators);
            let answer = self.http.get(&url, &validators.unwrap_or_default(), LARGEST_RELEASE, |body| {
                let mut bytes = Vec::new();
                body.read_to_end(&mut bytes)?;
                ReleaseFile::read(&bytes)
            });
            let (file, validators) = match (answer, &kept) {
                (Ok(Answer::Fresh { value, validators, .. }), _) => (value, validators),
                (Ok(Answer::NotModified), Some(kept)) => return Ok(kept.file.clone()),
                (Ok(Answer::NotModified), None) => bail!("{} says that nothing changed, unasked", shown(&url)),
                (Err(failure), _) if failure.is_not_found() => continue,
                (Err(failure), _) => return Err(failure.into()),
            };
            if file.date > self.now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX) {
                bail!("{} is of {}, which is in the future", shown(&url), file.date);
            }
            // A mirror that fell back, or one of several behind a name that lags: what was seen counts.
            if let Some(kept) = kept.filter(|kept| kept.file.date > file.date) {
                self.warnings.push(format!(
                    "{} is of {}, older than what it was before ({}): the newer one counts",
                    shown(&url),
                    file.date,
                    kept.file.date
                ));
                return Ok(kept.file);
            }
            // What can't be kept is asked for in full again.
            let _ = cache.store(&KeptRelease::new(name, validators, file.clone()));
            return Ok(file);
        }
        bail!(
            "{} has no suite {suite}: see whether url is the folder above dists, and name its suites with upstream.archive.suites",
            shown(&self.archive.url)
        )
    }

    /// What an index names; `None` if the server doesn't carry it, though its suite lists it.
    fn index(
        &mut self,
        suite: &str,
        release: &ReleaseFile,
        index: &ListedIndex,
    ) -> Result<Option<PackageIndex>, String> {
        let cache = index_file(self.folder, self.archive, suite, index);
        if let Some(kept) = kept_index(&cache, index) {
            return Ok(Some(kept));
        }
        let name = (suite.to_owned(), index.path());
        match self.lacking.get(&name) {
            Some(Some(failure)) => return Err(failure.clone()),
            Some(None) => return Ok(None),
            None => {}
        }
        match self.fetch_index(suite, release, index) {
            Ok(Some(packages)) => {
                let _ = keep_index(&cache, index, &packages);
                Ok(Some(packages))
            }
            Ok(None) => {
                self.lacking.insert(name, None);
                Ok(None)
            }
            Err(error) => {
                let failure = format!("{error:#}");
                self.lacking.insert(name, Some(failure.clone()));
                Err(failure)
            }
        }
    }

    fn fetch_index(&self, suite: &str, release: &ReleaseFile, index: &ListedIndex) -> Result<Option<PackageIndex>> {
        let folder = format!("dists/{suite}/{}/binary-{}", index.component, index.architecture);
        let by_hash = index.files.first().filter(|_| release.by_hash);
        let by_hash = by_hash.map(|file| format!("{folder}/by-hash/SHA256/{}", file.digest));
        let by_name = index.files.iter().map(|file| format!("{folder}/Packages{}", file.packing.ending()));
        for path in by_hash.into_iter().chain(by_name) {
            let url = self.archive.file(&path);
            match self.fetch_packages(&url, index) {
                Ok(packages) => return Ok(Some(packages)),
                Err(error) if error.downcast_ref().is_some_and(Failure::is_not_found) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn fetch_packages(&self, url: &Url, index: &ListedIndex) -> Result<PackageIndex> {
        let until = self.http.until();
        let answer = self.http.get(url, &Validators::default(), LARGEST_INDEX, |body| {
            unpack(body, |unpacked| PackageIndex::read(unpacked, until))
        })?;
        let (packing, digest, packages) = answer.fresh().context("an answer without one")?;
        let listed = |packing: Packing| index.files.iter().find(|file| file.packing == packing);
        match listed(packing) {
            Some(file) if file.digest == digest => Ok(packages),
            _ => bail!("{} is not the file that its suite lists: is the mirror being updated?", shown(url)),
        }
    }

    /// Whether these files are there, each asked for once.
    fn are_there(&mut self, files: &[String], ask_for_them: bool) -> BTreeMap<String, Result<bool, Failure>> {
        let room = if ask_for_them { MOST_FILES.saturating_sub(self.files) } else { 0 };
        let mut files = files.to_vec();
        files.sort();
        files.dedup();
        let rest = files.split_off(room.min(files.len()));
        self.files += files.len();
        let answers = ask(&files, |file| self.http.exists(&self.archive.file(file)));
        files.into_iter().zip(answers).chain(rest.into_iter().map(|file| (file, Ok(true)))).collect()
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
    // One that no index of an architecture names needn't be there.
    if let Some(there) = of_one.iter().find_map(|one| one.there.clone()) {
        return Ok(there);
    }
    match of_one.iter().find_map(|one| one.not_carried.clone()) {
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
