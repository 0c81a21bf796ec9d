//! The notices that are not Ubuntu's: from databases in the form of OSV, and of new versions of dependencies.

use jiff::Timestamp;

use crate::concourse::Context;
use crate::config::{Common, OsvSource};
use crate::http::several;
use crate::product::Packages;
use crate::step::upstream_client::UpstreamClient;
use crate::store::{GitStore, Store};
use crate::upstream::osv::source::{Component, OsvAnswers, OsvClient, OsvDatabase, ToldNotice, ask};

/// The most files of a repository that are read.
const MOST_FILES: usize = 10_000;

/// How many files are read at once.
const BATCH: usize = 200;

/// What asking all that is not Ubuntu's needs.
pub(super) struct OtherSources<'a> {
    common: &'a Common,
    client: &'a UpstreamClient,
    components: Vec<Component>,
    now: Timestamp,
    seed: u64,
}

impl<'a> OtherSources<'a> {
    /// Those that a source names, to be asked for the packages that the product has.
    pub(super) fn new(
        context: &Context<'_>,
        common: &'a Common,
        client: &'a UpstreamClient,
        current: Option<&Packages>,
    ) -> OtherSources<'a> {
        let components = current.map(|packages| packages.all_components().collect()).unwrap_or_default();
        OtherSources { common, client, components, now: context.now, seed: context.seed }
    }

    /// Asks them all. What fails is a warning; `answered` counts what didn't.
    pub(super) fn ask(&self) -> OsvAnswers {
        let OtherSources { common, client, components, now, .. } = self;
        let databases = several::each(&common.osv, |source| self.database(source));
        let asking = OsvClient { http: client.http(), folder: client.folder(), now: *now };
        let mut answers = ask(&databases, asking, components);
        let told = several::each(&common.dependencies, |dependency| {
            let of_it = components.iter().filter(|component| component.package == dependency.package);
            let installed: Vec<&str> = of_it.filter_map(|component| component.version.as_deref()).collect();
            dependency.ask(client.http(), client.folder(), &installed, *now)
        });
        for (dependency, answer) in common.dependencies.iter().zip(told) {
            match answer {
                Ok(answer) => {
                    answers.answered += 1;
                    answers.warnings.extend(answer.warnings);
                    answers.notices.extend(answer.notice.map(|notice| (notice.id, ToldNotice::of(notice))));
                }
                Err(error) => answers.warnings.push(format!("versions of {}: {error:#}", dependency.name)),
            }
        }
        // What one source took back and another still tells counts.
        let OsvAnswers { notices, withdrawn, .. } = &mut answers;
        withdrawn.retain(|id, _| !notices.contains_key(id));
        answers
    }

    fn database(&self, source: &OsvSource) -> OsvDatabase {
        match source {
            OsvSource::Api(url) => OsvDatabase::Api(url.clone()),
            OsvSource::Go(url) => OsvDatabase::Go(url.clone()),
            OsvSource::Folder(url) => OsvDatabase::Folder(url.clone()),
            OsvSource::Git(config) => {
                let ca_certs = &self.common.ca_certs;
                let store = GitStore::new(config.as_ref().clone(), ca_certs, self.client.folder(), self.seed);
                let store = store.called("the records");
                let files = files(&store).map_err(|error| format!("{error:#}"));
                OsvDatabase::Files { place: store.describe(), files }
            }
        }
    }
}

/// The files of the folder that end in `.json`, by name.
fn files(store: &dyn Store) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut names: Vec<String> = store.list("", "")?.into_iter().filter(|name| name.ends_with(".json")).collect();
    names.sort();
    anyhow::ensure!(
        !names.is_empty(),
        "there is no file that ends in .json: see whether branch and path name the folder with the records"
    );
    anyhow::ensure!(names.len() <= MOST_FILES, "there are more than {MOST_FILES} files");
    let mut files = Vec::new();
    for names in names.chunks(BATCH) {
        for (name, bytes) in names.iter().zip(store.read(names)?) {
            files.extend(bytes.map(|bytes| (name.clone(), bytes)));
        }
    }
    Ok(files)
}
