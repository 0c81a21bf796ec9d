//! The databases that have OSV records: osv.dev's API, the Go database, and folders and repositories of one's own.
//!
//! Each keeps what it fetched and asks for what changed since. One that fails is named, and tells what it last told: an answer
//! that isn't its format, or an index without its records, is never "no notices".

mod api;
mod fetch;
mod folder;
mod go;
mod kept;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use foldhash::HashSet;
use jiff::Timestamp;
use url::Url;

use self::fetch::{fetch, read_record, refuse_loss, take_in};
use self::kept::{KeptRecords, RecordTold};
pub use self::told::{ToldNotice, ToldText};
use crate::http::{Http, several, shown};
use crate::notice::{NoticeId, NoticeOrigin, PackageName};
use crate::text::Digest;

/// The most records that one database may have for us.
const MOST_RECORDS: usize = 50_000;

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OsvDatabase {
    /// osv.dev's API: asked with the packages of the product.
    Api(Url),
    /// The database of Go's vulnerabilities, by modules.
    Go(Url),
    /// A folder with `index.json` and a file for each record.
    Folder(Url),
    /// Files that somebody else fetched, such as those of a git repository, by name.
    Files {
        /// Where they are, for people.
        place: String,
        /// The names and contents, or why there are none.
        files: std::result::Result<Vec<(String, Vec<u8>)>, String>,
    },
}

/// A package of the product as a database is asked for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Component {
    /// Which package.
    pub package: PackageName,
    /// Its installed version, if it has one.
    pub version: Option<String>,
}

/// How to ask.
#[derive(Clone, Copy)]
pub struct OsvClient<'a> {
    /// The way to servers.
    pub http: &'a Http,
    /// Where to keep what a later run can use.
    pub folder: &'a Path,
    /// The time of this run.
    pub now: Timestamp,
}

/// What the databases told.
#[derive(Debug, Default)]
pub struct OsvAnswers {
    /// The notices.
    pub notices: BTreeMap<NoticeId, ToldNotice>,
    /// The records that were withdrawn, with their own words; another source may still tell one.
    pub withdrawn: BTreeMap<NoticeId, String>,
    /// What people should know: databases that failed, and records that can't be read.
    pub warnings: Vec<String>,
    /// How many databases answered.
    pub answered: usize,
}

/// Asks all databases for what concerns these packages. Files and folders of one's own are taken whole, since a notice of one's
/// own may be about what no list of packages names.
pub fn ask(databases: &[OsvDatabase], client: OsvClient<'_>, components: &[Component]) -> OsvAnswers {
    let mut answers = OsvAnswers::default();
    let mut all_told = true;
    let names: HashSet<&str> = components.iter().map(|component| component.package.as_str()).collect();
    // All at once, since one that keeps silent has the time of all.
    let asked = several::each(databases, |database| {
        let place = database.place();
        let mut kept = KeptRecords::open(client.folder, &place);
        let asked = match database {
            OsvDatabase::Api(base) => api::refresh(base, client, components, &mut kept),
            OsvDatabase::Go(base) => go::refresh(base, client, components, &mut kept),
            OsvDatabase::Folder(base) => folder::refresh(base, client, &mut kept),
            OsvDatabase::Files { files, .. } => take_files(files, client.now, &mut kept),
        };
        (place, kept, asked)
    });
    for (place, mut kept, asked) in asked {
        match asked {
            Ok(warnings) => {
                answers.answered += 1;
                answers.warnings.extend(warnings.into_iter().map(|warning| format!("OSV, {place}: {warning}")));
            }
            Err(error) => {
                all_told &= !kept.records().is_empty();
                let last = if kept.records().is_empty() { "" } else { "; what it last told counts" };
                answers.warnings.push(format!("OSV, {place}: {error:#}{last}"));
            }
        }
        // Also after a failure: what was fetched until then need not be fetched again.
        if let Err(error) = kept.keep() {
            answers.warnings.push(format!("OSV, {place}: {error:#}"));
        }
        answers.take(kept, &place, &names);
    }
    // What one took back may be told by one that can't be heard.
    if !all_told {
        answers.withdrawn.clear();
    }
    answers
}

impl OsvDatabase {
    /// Where it is, fit to be shown.
    fn place(&self) -> String {
        match self {
            OsvDatabase::Api(url) | OsvDatabase::Go(url) | OsvDatabase::Folder(url) => shown(url).to_string(),
            OsvDatabase::Files { place, .. } => place.clone(),
        }
    }
}

impl OsvAnswers {
    /// Takes the records in, of which those count that name one of these packages, and those of a team's own, which may be about
    /// what no list of packages names.
    fn take(&mut self, mut kept: KeptRecords, place: &str, names: &HashSet<&str>) {
        let records = kept.take_records();
        let kept = Arc::new(kept);
        let (mut unreadable, mut new) = (Vec::new(), Vec::new());
        for (id, record) in records {
            let (facts, place) = match record.told {
                RecordTold::Notice(facts, place) => (facts, place),
                RecordTold::Withdrawn(id, words) => {
                    self.withdrawn.insert(id, words);
                    continue;
                }
                RecordTold::Unreadable(why) => {
                    unreadable.push(why);
                    continue;
                }
            };
            if !facts.fixes.iter().any(|fix| names.contains(fix.package.as_str())) && !facts.id.is_own() {
                continue;
            }
            let notice = facts.id;
            let told = ToldNotice::kept(facts, &kept, id, place);
            // The same record in two databases: the union counts.
            let told = match self.notices.get(&notice) {
                Some(known) => known.joined(&told),
                None => Ok(told),
            };
            match told {
                Ok(told) => new.push((notice, told)),
                Err(error) => unreadable.push(format!("{error:#}")),
            }
        }
        self.notices.append(&mut new.into_iter().collect());
        if let Some(first) = unreadable.first() {
            let more = match unreadable.len() - 1 {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            self.warnings.push(format!("OSV, {place}: {first}{more}"));
        }
    }
}

/// The records in files that somebody fetched.
fn take_files(
    files: &std::result::Result<Vec<(String, Vec<u8>)>, String>,
    now: Timestamp,
    kept: &mut KeptRecords,
) -> Result<Vec<String>> {
    let files = files.as_ref().map_err(|error| anyhow!("{error}"))?;
    let (mut wanted, mut warnings) = (BTreeSet::new(), Vec::new());
    for (name, bytes) in files {
        let id = name.trim_end_matches(".json").rsplit('/').next().unwrap_or_default();
        let mark = Digest::of(bytes).to_string();
        if kept.records().get(id).is_none_or(|known| known.modified != mark) {
            warnings.extend(take_in(kept, id, &mark, read_record(bytes, id, NoticeOrigin::Team, now)));
        }
        wanted.insert(id);
    }
    kept.retain(|id| wanted.contains(id));
    Ok(warnings)
}

/// Whether an id can be a part of an address and a name of a record.
fn is_id(id: &str) -> bool {
    id.parse::<NoticeId>().is_ok()
}
