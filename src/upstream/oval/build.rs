//! Makes the edition of an OVAL file.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufRead;
use std::path::Path;

use anyhow::{Context, Result, bail};
use tempfile::NamedTempFile;

use super::definition::{Criterion, Definition};
use super::document::{self, Outline};
use super::file::{Draft, Header, Origin, Part, Row};
use super::packages::Packages;
use super::story::Story;
use super::unpack::unpack;
use crate::notice::{NoticeId, Priority, Published, Severity, UbuntuRelease};

/// Reads the file and puts its edition at `path` in `folder`, all of it or nothing.
pub(super) fn build(
    compressed: &[u8],
    origin: &Origin,
    release: &UbuntuRelease,
    folder: &Path,
    path: &Path,
    had: usize,
) -> Result<File> {
    let draft = unpack(compressed, |source| {
        let draft = NamedTempFile::new_in(folder).with_context(|| format!("writing to {}", folder.display()))?;
        write(source, origin, release, draft.as_file(), had)?;
        Ok(draft)
    })?;
    // What else may be there is damage: a file is replaced by this anyway, a folder is not.
    if path.is_dir() {
        let _ = std::fs::remove_dir_all(path);
    }
    draft.persist(path).with_context(|| format!("writing {}", path.display()))
}

/// Writes the edition of the OVAL file in `source`. Texts go to the file as they come.
fn write(source: &mut dyn BufRead, origin: &Origin, release: &UbuntuRelease, file: &File, had: usize) -> Result<()> {
    let mut draft = Draft::new(file);
    let (mut notices, mut bytes) = (Notices::default(), Vec::new());
    let outline = document::read(source, |definition| {
        bytes.clear();
        bytes = postcard::to_extend(&Story::of(definition), std::mem::take(&mut bytes))?;
        let story = draft.part(&bytes)?;
        notices.add(definition, story)
    })?;
    let has = notices.notices.len();
    if has == 0 {
        bail!("the file has no notices; see whether the address leads to the right server");
    }
    if has < had / 2 {
        bail!(
            "the file has {has} notices and had {had} before: it lost most of them, so it is not believed, and the next check asks again"
        );
    }
    draft.flush()?;
    let facts = notices.facts(&mut draft, file, &outline, origin, release)?;
    draft.finish(&facts)
}

/// The notices of a file, as far as they stay in memory.
#[derive(Default)]
struct Notices {
    notices: Vec<Short>,
    /// The tests of all notices, each with the notice's place.
    criteria: Vec<(u32, Criterion)>,
    places: HashMap<NoticeId, u32>,
}

/// A notice without its texts and packages.
struct Short {
    id: NoticeId,
    published: Published,
    priority: Priority,
    severity: Option<Severity>,
    has_cves: bool,
    story: Part,
}

impl Notices {
    /// Adds a notice. Of one that comes again only the tests are added: it can only concern more packages.
    fn add(&mut self, definition: &Definition, story: Part) -> Result<()> {
        let (id, published) = definition.identity()?;
        let place = *self.places.entry(id).or_insert_with(|| {
            self.notices.push(Short {
                id,
                published,
                priority: Priority::highest(definition.cves.iter().map(|cve| cve.priority)),
                severity: definition.cves.iter().filter_map(|cve| cve.severity).max(),
                has_cves: !definition.cves.is_empty(),
                story,
            });
            self.notices.len() as u32 - 1
        });
        self.criteria.extend(definition.criteria.iter().map(|&criterion| (place, criterion)));
        Ok(())
    }

    /// Joins the packages, adds them to the draft and gives the facts.
    fn facts(
        mut self,
        draft: &mut Draft<'_>,
        file: &File,
        outline: &Outline,
        origin: &Origin,
        release: &UbuntuRelease,
    ) -> Result<Vec<u8>> {
        self.criteria.sort_by_key(|(place, _)| *place);
        let header = Header {
            origin: origin.clone(),
            release: release.codename().to_owned(),
            generated: outline.generated.map(|generated| generated.as_second()),
            count: u32::try_from(self.notices.len())?,
        };
        let mut facts = postcard::to_stdvec(&header)?;
        let (mut criteria, mut bytes, mut next) = (Vec::new(), Vec::new(), self.criteria.iter().peekable());
        for (place, notice) in self.notices.iter().enumerate() {
            criteria.clear();
            while let Some((_, criterion)) = next.next_if(|(of, _)| *of as usize == place) {
                criteria.push(*criterion);
            }
            // Only here is it known which notices are about kernels, so their descriptions are read back.
            let kernels = Packages::asks_for_kernels(&outline.tables, &criteria);
            let story = if kernels {
                notice.story.read(file, &mut bytes)?;
                Some(Story::decode(&bytes)?)
            } else {
                None
            };
            let packages = Packages::join(&outline.tables, &criteria, story.map(|story| story.description));
            let row = Row {
                id: &notice.id.to_string(),
                published: &notice.published.to_string(),
                priority: notice.priority,
                severity: notice.severity,
                has_cves: notice.has_cves,
                story: notice.story,
                packages: draft.part(&packages.encode()?)?,
            };
            facts = postcard::to_extend(&row, facts)?;
        }
        Ok(facts)
    }
}
