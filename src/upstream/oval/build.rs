//! Makes the cache of an OVAL file.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use tempfile::NamedTempFile;

use super::cache_file::{Draft, Header, NoticeRow, Origin, cves_mark};
use super::definition::{Criterion, Definition};
use super::document::{self, DocumentSummary};
use super::notice_text::NoticeText;
use super::packages::{AskedPackages, PackageBudget};
use super::unpack::unpack;
use crate::cache::FilePart;
use crate::cache::put_in_place;
use crate::notice::{NoticeHeader, NoticeId, Priority, UbuntuRelease};

/// The most tests of all notices. A large real file has 6,000.
const TESTS_LIMIT: usize = 500_000;

/// Reads the file and puts its cache at `path` in `folder`, all of it or nothing.
pub(super) fn build(
    compressed: &[u8],
    origin: &Origin,
    release: &UbuntuRelease,
    folder: &Path,
    path: &Path,
    had: usize,
    until: Instant,
) -> Result<File> {
    let draft = unpack(compressed, until, |source| {
        let draft = NamedTempFile::new_in(folder).with_context(|| format!("writing to {}", folder.display()))?;
        let task = Task { origin, release, had, until };
        task.write(source, draft.as_file())?;
        Ok(draft)
    })?;
    put_in_place(draft, path).with_context(|| format!("writing {}", path.display()))
}

/// What is to be made of a file.
struct Task<'a> {
    origin: &'a Origin,
    release: &'a UbuntuRelease,
    had: usize,
    until: Instant,
}

impl Task<'_> {
    /// Writes the cache of the OVAL file in `source`. Texts go to the file as they come.
    fn write(&self, source: &mut dyn BufRead, file: &File) -> Result<()> {
        let mut draft = Draft::new(file);
        let (mut notices, mut bytes) = (Notices::default(), Vec::new());
        let document = document::read(source, |definition| {
            bytes.clear();
            bytes = postcard::to_extend(&NoticeText::of(definition), std::mem::take(&mut bytes))?;
            let text = draft.part(&bytes)?;
            notices.add(definition, text)
        })?;
        self.believe(notices.notices.len(), &document)?;
        draft.flush()?;
        let facts = self.facts(notices, &mut draft, file, &document)?;
        draft.finish(&facts)
    }

    /// Checks that a file with so many notices may be what it should be.
    fn believe(&self, has: usize, document: &DocumentSummary) -> Result<()> {
        if document.unreadable > has {
            let first = document.unreadable_names.first().map(String::as_str).unwrap_or_default();
            bail!(
                "most of its definitions can't be read, {} of {}: {first}",
                document.unreadable,
                has + document.unreadable
            );
        }
        if has == 0 {
            bail!("the file has no notices; see whether the address leads to the right server");
        }
        let had = self.had;
        if has < had / 2 {
            bail!(
                "the file has {has} notices and had {had} before: it lost most of them, so it is not believed, and the next check asks again"
            );
        }
        Ok(())
    }

    /// Joins the packages, adds them to the draft and gives the facts.
    fn facts(
        &self,
        notices: Notices,
        draft: &mut Draft<'_>,
        file: &File,
        document: &DocumentSummary,
    ) -> Result<Vec<u8>> {
        let Notices { notices, mut criteria, .. } = notices;
        criteria.sort_by_key(|(place, _)| *place);
        let header = Header {
            origin: self.origin.clone(),
            release: self.release.codename().to_owned(),
            generated: document.generated.map(|generated| generated.as_second()),
            count: u32::try_from(notices.len())?,
            unreadable: u32::try_from(document.unreadable)?,
            unreadable_names: document.unreadable_names.clone(),
        };
        let mut facts = postcard::to_stdvec(&header)?;
        let (mut budget, mut bytes, mut rest) = (PackageBudget::of_a_file(), Vec::new(), criteria.as_slice());
        for (place, notice) in notices.iter().enumerate() {
            ensure!(Instant::now() < self.until, "reading it takes longer than a step may take");
            let count = rest.iter().take_while(|(of, _)| *of as usize == place).count();
            let (criteria, after) = rest.split_at(count);
            rest = after;
            let packages = notice.packages(criteria, document, file, &mut bytes, &mut budget);
            let packages = draft.part(&packages.with_context(|| notice.header.id.to_string())?)?;
            let row = NoticeRow { packages, ..*notice };
            facts = postcard::to_extend(&row, facts)?;
        }
        Ok(facts)
    }
}

/// The notices of a file, as far as they stay in memory.
#[derive(Default)]
struct Notices {
    /// Their packages are still to be joined.
    notices: Vec<NoticeRow>,
    /// The tests of all notices, each with the notice's place.
    criteria: Vec<(u32, Criterion)>,
    places: HashMap<NoticeId, u32>,
}

impl Notices {
    /// Adds a notice. Of one that comes again only the tests are added: it can only concern more packages.
    fn add(&mut self, definition: &Definition, text: FilePart) -> Result<()> {
        let (id, published) = definition.identity()?;
        let place = *self.places.entry(id).or_insert_with(|| {
            let header = NoticeHeader {
                id,
                published,
                priority: Priority::highest(definition.cves.iter().map(|cve| cve.priority)),
                severity: definition.cves.iter().filter_map(|cve| cve.severity).max(),
                has_cves: !definition.cves.is_empty(),
            };
            let cves = cves_mark(definition.cves.iter().map(|cve| cve.id.as_str()));
            self.notices.push(NoticeRow { header, cves, text, packages: FilePart::default() });
            self.notices.len() as u32 - 1
        });
        if self.criteria.len() + definition.criteria.len() > TESTS_LIMIT {
            bail!("the notices up to {id} refer to more than {TESTS_LIMIT} tests");
        }
        self.criteria.extend(definition.criteria.iter().map(|&criterion| (place, criterion)));
        Ok(())
    }
}

impl NoticeRow {
    /// The packages that its tests ask for, as a cache keeps them.
    fn packages(
        &self,
        criteria: &[(u32, Criterion)],
        document: &DocumentSummary,
        file: &File,
        bytes: &mut Vec<u8>,
        budget: &mut PackageBudget,
    ) -> Result<Vec<u8>> {
        let asked = AskedPackages::asked(&document.tables, criteria.iter().map(|(_, criterion)| *criterion));
        // Only here is it known which notices are about kernels, so their descriptions are read back.
        let text = if AskedPackages::asks_for_kernels(&asked) {
            self.text.read(file, bytes)?;
            Some(NoticeText::decode(bytes)?)
        } else {
            None
        };
        AskedPackages::join(&document.tables, &asked, text.map(|text| text.description), budget)?.encode()
    }
}
