//! Where the logs of the products are kept.

mod bucket;
mod gcs;
mod git;
mod s3;

use std::path::PathBuf;

use super::fields::Field;
use crate::text::Secret;
use crate::tracker::{Credentials, GcsPlace, GitConfig, S3Place};

/// Where the logs of the products are kept. A new store is one variant more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrackerConfig {
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

impl TrackerConfig {
    /// What of it is secret.
    pub(super) fn secrets(&self) -> Vec<&Secret> {
        match self {
            TrackerConfig::File { .. } => Vec::new(),
            TrackerConfig::Git(config) => match &config.credentials {
                Credentials::None => Vec::new(),
                Credentials::Password { password, .. } => vec![password],
                Credentials::PrivateKey(key) => vec![key],
            },
            TrackerConfig::S3(place) => {
                let keys = place.keys.iter();
                keys.flat_map(|keys| [Some(&keys.id), Some(&keys.secret), keys.session_token.as_ref()])
                    .flatten()
                    .collect()
            }
            TrackerConfig::Gcs(place) => place.json_key.iter().collect(),
        }
    }

    /// Reads `source.tracker`.
    pub(super) fn read(field: Field<'_>) -> Option<TrackerConfig> {
        let is_object = field.value().is_object();
        let mut fields = field.object();
        let Some(driver) = fields.get("driver") else {
            if is_object {
                fields.mistake_of("driver", format!("needed; allowed: {}", DRIVERS.join(", ")));
            }
            return None;
        };
        // Which other keys are allowed depends on the driver, so without one they are not judged.
        match driver.word(DRIVERS)? {
            "file" => {
                let path = fields.get("path");
                if path.is_none() {
                    fields.mistake_of("path", "needed; write the folder that holds the logs");
                }
                let path = path.and_then(|path| path.some_text()).map(PathBuf::from);
                fields.finish();
                Some(TrackerConfig::File { path: path? })
            }
            "git" => git::read(fields).map(|config| TrackerConfig::Git(Box::new(config))),
            "s3" => s3::read(fields).map(TrackerConfig::S3),
            "gcs" => gcs::read(fields).map(TrackerConfig::Gcs),
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "tracker_config/bucket_tests.rs"]
mod bucket_tests;
