//! The notices that are not Ubuntu's: from databases in the form of OSV, and of new versions of dependencies.

use crate::concourse::Context;
use crate::config::{Common, OsvSource};
use crate::product::Packages;
use crate::step::upstream_client::UpstreamClient;
use crate::store::{Store, StoreConfig};
use crate::upstream::osv::source::{Component, OsvAnswers, OsvClient, OsvDatabase, ask};

/// The most files of a repository that are read.
const MOST_FILES: usize = 10_000;

/// How many files are read at once.
const BATCH: usize = 200;

/// Asks all that the source names. What fails is a warning; `answered` counts what didn't.
pub(super) fn other_notices(
    context: &Context<'_>,
    common: &Common,
    client: &UpstreamClient,
    current: Option<&Packages>,
) -> OsvAnswers {
    let components: Vec<Component> = current.map(|packages| packages.all_components().collect()).unwrap_or_default();
    let databases: Vec<OsvDatabase> =
        common.osv.iter().map(|source| database(context, common, client, source)).collect();
    let asking = OsvClient { http: client.http(), folder: client.folder(), now: context.now };
    let mut answers = ask(&databases, asking, &components);
    for dependency in &common.dependencies {
        let installed: Vec<&str> = components
            .iter()
            .filter(|component| component.package == dependency.package)
            .filter_map(|component| component.version.as_deref())
            .collect();
        match dependency.ask(client.http(), client.folder(), &installed, context.now) {
            Ok(answer) => {
                answers.answered += 1;
                answers.warnings.extend(answer.warnings);
                answers.notices.extend(answer.notice.map(|notice| (notice.id, notice)));
            }
            Err(error) => answers.warnings.push(format!("versions of {}: {error:#}", dependency.name)),
        }
    }
    // What one source took back and another still tells counts.
    let OsvAnswers { notices, withdrawn, .. } = &mut answers;
    withdrawn.retain(|id, _| !notices.contains_key(id));
    answers
}

fn database(context: &Context<'_>, common: &Common, client: &UpstreamClient, source: &OsvSource) -> OsvDatabase {
    match source {
        OsvSource::Api(url) => OsvDatabase::Api(url.clone()),
        OsvSource::Go(url) => OsvDatabase::Go(url.clone()),
        OsvSource::Folder(url) => OsvDatabase::Folder(url.clone()),
        OsvSource::Git(config) => {
            let config = StoreConfig::Git(config.clone());
            let store = config.open(&common.ca_certs, client.folder(), context.seed);
            match store {
                Ok(store) => OsvDatabase::Files {
                    place: store.describe(),
                    files: files(store.as_ref()).map_err(|error| format!("{error:#}")),
                },
                Err(error) => OsvDatabase::Files { place: "git".to_owned(), files: Err(format!("{error:#}")) },
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
