//! Where the logs of the products are kept.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{FileStore, GcsPlace, GitConfig, GitStore, ObjectStore, ReadLimits, S3Place, Store, git, object};
use crate::fields::Field;
use crate::text::Secret;

/// Where the logs of the products are kept. A new store is one variant more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreConfig {
    /// A folder on this machine.
    File {
        /// The folder that holds a folder for each product.
        path: PathBuf,
    },
    /// A git repository.
    Git(Box<GitConfig>),
    /// A bucket of Amazon S3, or of a server that speaks as it does.
    S3(S3Place),
    /// A bucket of Google Cloud Storage.
    Gcs(GcsPlace),
}

/// The allowed words for `driver`.
const DRIVERS: &[&str] = &["file", "git", "s3", "gcs"];

impl StoreConfig {
    /// What of it is secret.
    pub(crate) fn secrets(&self) -> Vec<&Secret> {
        match self {
            StoreConfig::File { .. } => Vec::new(),
            StoreConfig::Git(config) => config.secrets(),
            StoreConfig::S3(place) => {
                let keys = place.keys.iter();
                keys.flat_map(|keys| [Some(&keys.id), Some(&keys.secret), keys.session_token.as_ref()])
                    .flatten()
                    .collect()
            }
            StoreConfig::Gcs(place) => place.json_key.iter().collect(),
        }
    }

    /// The store. `ca_certs` are PEM certificates to trust besides the system's; `folder` is for what the next step may find
    /// again, and `seed` is where random waits start from.
    ///
    /// # Errors
    /// If what the source says of it can't be used.
    pub fn open(&self, ca_certs: &[String], folder: &Path, seed: u64) -> Result<Box<dyn Store>> {
        self.open_within(ReadLimits::default(), ca_certs, folder, seed)
    }

    /// The same, of which no more is read than this.
    pub(super) fn open_within(
        &self,
        limits: ReadLimits,
        ca_certs: &[String],
        folder: &Path,
        seed: u64,
    ) -> Result<Box<dyn Store>> {
        Ok(match self {
            StoreConfig::File { path } => Box::new(FileStore::new(path.clone()).within(limits)),
            StoreConfig::Git(config) => {
                Box::new(GitStore::new(config.as_ref().clone(), ca_certs, folder, seed).within(limits))
            }
            StoreConfig::S3(place) => Box::new(ObjectStore::s3(place.clone(), ca_certs)?.within(limits)),
            StoreConfig::Gcs(place) => Box::new(ObjectStore::gcs(place.clone(), ca_certs)?.within(limits)),
        })
    }

    /// Whether both name one place, by whatever credentials.
    pub(crate) fn is_same_place(&self, other: &StoreConfig) -> bool {
        match (self, other) {
            (StoreConfig::File { path }, StoreConfig::File { path: theirs }) => {
                path.components().eq(theirs.components())
            }
            (StoreConfig::Git(git), StoreConfig::Git(theirs)) => git.is_same_place(theirs),
            (StoreConfig::S3(place), StoreConfig::S3(theirs)) => {
                let keyless =
                    |place: &S3Place| S3Place { keys: None, anonymous: false, path_style: false, ..place.clone() };
                keyless(place) == keyless(theirs)
            }
            (StoreConfig::Gcs(place), StoreConfig::Gcs(theirs)) => {
                (&place.bucket, &place.prefix) == (&theirs.bucket, &theirs.prefix)
            }
            _ => false,
        }
    }

    /// Reads `source.tracker`.
    pub(crate) fn read(field: Field<'_>) -> Option<StoreConfig> {
        let mut fields = field.object();
        match fields.driver(DRIVERS)? {
            "file" => {
                let path = fields.get("path");
                if path.is_none() {
                    fields.mistake_of("path", "needed; write the folder that holds the logs");
                }
                let path = path.and_then(|path| path.some_text()).map(PathBuf::from);
                fields.finish();
                Some(StoreConfig::File { path: path? })
            }
            "git" => git::read(fields).map(|config| StoreConfig::Git(Box::new(config))),
            "s3" => object::read_s3(fields).map(StoreConfig::S3),
            "gcs" => object::read_gcs(fields).map(StoreConfig::Gcs),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
