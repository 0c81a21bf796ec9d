//! The compact cache of an OVAL file, which a later run reads instead of the file.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use anyhow::{Context, Error, Result, anyhow, ensure};
use jiff::Timestamp;

use super::build;
use super::cache_file::{self, Header, NoticeRow, Origin, cves_mark};
use super::notice_text::NoticeText;
use super::packages::AskedPackages;
use crate::cache::{self, FilePart};
use crate::files;
use crate::notice::{CveId, Fix, Notice, NoticeHeader, NoticeId, NoticeSummary, UbuntuRelease};

/// All notices of an OVAL file. The facts are in memory, a few dozen bytes a notice; packages and texts are read from the
/// folder when somebody asks for them.
#[derive(Debug)]
pub struct OvalCache {
    file: File,
    path: PathBuf,
    header: Header,
    facts: Vec<u8>,
    /// Where in `facts` the rows begin.
    rows: usize,
    /// Where in `facts` the row of each notice is; made when somebody first asks for one.
    places: OnceLock<HashMap<NoticeId, usize>>,
}

impl OvalCache {
    /// Opens the cache that is kept in `folder` of the file at `url`. `None` if there is none, or if it is damaged, of
    /// another format or of another file: then it has to be built again.
    pub fn open(folder: &Path, url: &str) -> Option<OvalCache> {
        let path = path(folder, url);
        let file = files::open(&path).ok()?;
        let cache = OvalCache::read(file, path).ok()?;
        (cache.header.origin.url == url).then_some(cache)
    }

    /// Reads an OVAL file, the `compressed` bytes of a `com.ubuntu.<codename>.usn.oval.xml.bz2`, and keeps its cache in
    /// `folder`, in place of an older one, which `had` so many notices. Whatever happens, the folder has the old one or the
    /// new.
    ///
    /// # Errors
    /// If the bytes are no such file, or not all of it; if it has no notices, or lost most of those it had; if it asks for
    /// too much, or isn't read before `until`; if the folder can't be written.
    pub fn build(
        compressed: &[u8],
        origin: &Origin,
        release: &UbuntuRelease,
        folder: &Path,
        had: usize,
        until: Instant,
    ) -> Result<OvalCache> {
        let path = path(folder, &origin.url);
        let file = build::build(compressed, origin, release, folder, &path, had, until)
            .map_err(|error| anyhow!("{} can't be used: {}", origin.url, causes(&error)))?;
        OvalCache::read(file, path.clone())
            .with_context(|| format!("reading {}, which was just written", path.display()))
    }

    fn read(file: File, path: PathBuf) -> Result<OvalCache> {
        let facts = cache_file::facts(&file)?;
        let (header, rest): (Header, _) = postcard::take_from_bytes(&facts)?;
        let rows = facts.len() - rest.len();
        let cache = OvalCache { file, path, header, facts, rows, places: OnceLock::new() };
        ensure!(cache.header.release.parse::<UbuntuRelease>().is_ok(), "it names no release");
        Ok(cache)
    }

    /// What the server said of the file.
    pub fn origin(&self) -> &Origin {
        &self.header.origin
    }

    /// When the file was made, by its own word.
    pub fn generated(&self) -> Option<Timestamp> {
        self.header.generated.and_then(|seconds| Timestamp::from_second(seconds).ok())
    }

    /// How many notices it has.
    pub fn count(&self) -> usize {
        self.header.count as usize
    }

    /// How many definitions of the file could not be read, and the first of them by name.
    pub fn unreadable(&self) -> (usize, &[String]) {
        (self.header.unreadable as usize, &self.header.unreadable_names)
    }

    /// The facts of each notice, in the order of the file. They are decoded one by one, their packages only when asked
    /// for.
    ///
    /// # Errors
    /// If the cache is damaged.
    pub fn facts(&self) -> impl Iterator<Item = Result<CachedNotice<'_>>> {
        self.rows().map(|row| row.map(|(_, record)| record))
    }

    /// The facts of each notice, with their place in `facts`.
    fn rows(&self) -> impl Iterator<Item = Result<(usize, CachedNotice<'_>)>> {
        let mut at = self.rows;
        (0..self.header.count).map(move |_| {
            let (record, next) = self.row(at)?;
            Ok((std::mem::replace(&mut at, next), record))
        })
    }

    /// The facts at a place, and the place after them.
    fn row(&self, at: usize) -> Result<(CachedNotice<'_>, usize)> {
        let rest = self.facts.get(at..).unwrap_or_default();
        let (row, after) = postcard::take_from_bytes::<NoticeRow>(rest).context("the facts of a notice are damaged")?;
        Ok((CachedNotice { cache: self, row }, self.facts.len() - after.len()))
    }

    fn place(&self, id: NoticeId) -> Option<usize> {
        let places = || self.rows().map_while(Result::ok).map(|(at, record)| (record.id, at)).collect();
        self.places.get_or_init(places).get(&id).copied()
    }

    /// Whether it has a notice.
    pub fn contains(&self, id: NoticeId) -> bool {
        self.place(id).is_some()
    }

    /// Everything about a notice; `None` if the file has no such notice.
    ///
    /// # Errors
    /// If the cache is damaged.
    pub fn notice(&self, id: NoticeId) -> Result<Option<Notice>> {
        self.place(id).map(|at| self.row(at)?.0.notice()).transpose()
    }

    fn part(&self, part: FilePart) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let Err(error) = part.read(&self.file, &mut bytes) else { return Ok(bytes) };
        // Without it, the next refresh asks for the whole file.
        let _ = std::fs::remove_file(&self.path);
        Err(error).with_context(|| format!("{} is damaged; it was removed, to be made anew", self.path.display()))
    }
}

/// Where the cache of the file at `url` is.
fn path(folder: &Path, url: &str) -> PathBuf {
    folder.join(format!("oval-{}.cache", cache::name_of(url)))
}

/// A notice of the file; its packages are still to be read.
#[derive(Debug)]
pub struct CachedNotice<'a> {
    cache: &'a OvalCache,
    row: NoticeRow,
}

impl Deref for CachedNotice<'_> {
    type Target = NoticeHeader;

    fn deref(&self) -> &NoticeHeader {
        &self.row.header
    }
}

impl CachedNotice<'_> {
    /// The facts with the packages.
    ///
    /// # Errors
    /// If the cache is damaged.
    pub fn facts(&self) -> Result<NoticeSummary> {
        Ok(NoticeSummary { header: self.row.header, fixes: self.fixes()? })
    }

    /// Which of these CVEs the file doesn't name.
    ///
    /// # Errors
    /// If the cache is damaged.
    pub fn lacks(&self, cves: &[CveId]) -> Result<Vec<CveId>> {
        // The usual case is told without reading any texts.
        if cves.is_empty() || cves_mark(cves.iter().map(CveId::as_str)) == self.row.cves {
            return Ok(Vec::new());
        }
        let bytes = self.cache.part(self.row.text)?;
        let text = NoticeText::decode(&bytes)?;
        let named: BTreeSet<&str> = text.cves().collect();
        Ok(cves.iter().filter(|cve| !named.contains(cve.as_str())).cloned().collect())
    }

    /// Everything, with the texts and the CVEs.
    ///
    /// # Errors
    /// If the cache is damaged.
    pub fn notice(&self) -> Result<Notice> {
        let bytes = self.cache.part(self.row.text)?;
        let release = self.cache.header.release.parse()?;
        NoticeText::decode(&bytes)?.into_notice(self.id, release, self.published, self.fixes()?)
    }

    fn fixes(&self) -> Result<Vec<Fix>> {
        AskedPackages::decode(&self.cache.part(self.row.packages)?)
    }
}

/// The causes of an error, each once: the XML reader repeats those of the reader below it.
fn causes(error: &Error) -> String {
    let mut texts: Vec<String> = error.chain().map(ToString::to_string).collect();
    texts.reverse();
    texts.dedup_by(|outer, inner| outer.ends_with(inner.as_str()));
    texts.reverse();
    texts.join(": ")
}
