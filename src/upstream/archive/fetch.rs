//! What is fetched of an archive: the file at the top of a suite, an index, and whether a file is there.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::client::ArchiveClient;
use super::index::PackageIndex;
use super::kept::{KeptRelease, index_file, keep_index, kept_index, release_file};
use super::release_file::{ListedIndex, ReleaseFile};
use super::unpack::{Packing, unpack};
use crate::http::several::ask;
use crate::http::{Answer, Failure, Validators, shown};

/// The largest file at the top of a suite, in bytes. Ubuntu's have up to 256 kB.
const LARGEST_RELEASE: u64 = 4 << 20;

/// The largest index as it is sent, in bytes.
const LARGEST_INDEX: u64 = 64 << 20;

/// The most files that are asked for in one check. Of more, the indices alone are believed.
const MOST_FILES: usize = 400;

/// How far the clock of a server may be ahead.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

impl ArchiveClient<'_> {
    /// The file at the top of a suite.
    pub(super) fn release(&mut self, suite: &str) -> Result<ReleaseFile, String> {
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
    pub(super) fn index(
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
    pub(super) fn are_there(
        &mut self,
        files: &[String],
        ask_for_them: bool,
    ) -> BTreeMap<String, Result<bool, Failure>> {
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
