//! Which bucket, where, and with whose keys.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use object_store::aws::AmazonS3Builder;
use object_store::client::HttpConnector;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::list::PaginatedListStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

use url::Url;

use crate::text::Secret;

/// The keys to S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKeys {
    /// Which key it is.
    pub id: Secret,
    /// What requests are signed with.
    pub secret: Secret,
    /// What temporary keys need besides.
    pub session_token: Option<Secret>,
}

/// A folder of a bucket of Amazon S3, or of a server that speaks as S3 does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Place {
    /// The bucket.
    pub bucket: String,
    /// The folder in it, without slashes at its ends; empty for the root.
    pub prefix: String,
    /// The server's address without a path; Amazon's where there is none.
    pub endpoint: Option<String>,
    /// The region; other servers often take any.
    pub region: String,
    /// Without keys, the role of the machine is asked for some.
    pub keys: Option<AccessKeys>,
    /// Whether requests are not signed at all: a public bucket may be read so.
    pub anonymous: bool,
    /// Whether the bucket stands in the path of an address rather than in front of the server's name.
    pub path_style: bool,
}

/// A folder of a bucket of Google Cloud Storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GcsPlace {
    /// The bucket.
    pub bucket: String,
    /// The folder in it, without slashes at its ends; empty for the root.
    pub prefix: String,
    /// The key of a service account as Google hands it out; without one, the machine's own account is asked.
    pub json_key: Option<Secret>,
    /// Whether nobody is asked for a token at all: a public bucket may be read so.
    pub anonymous: bool,
}

/// What an object store is asked for.
pub(super) trait Bucket: ObjectStore + PaginatedListStore {}

impl<T: ObjectStore + PaginatedListStore> Bucket for T {}

/// A place that an object store keeps.
pub(super) enum BucketPlace {
    /// S3.
    S3(S3Place),
    /// Google Cloud Storage.
    Gcs(GcsPlace),
}

impl BucketPlace {
    /// The folder that all keys are in.
    pub(super) fn prefix(&self) -> &str {
        match self {
            BucketPlace::S3(place) => &place.prefix,
            BucketPlace::Gcs(place) => &place.prefix,
        }
    }

    /// Where it is, without credentials.
    pub(super) fn describe(&self) -> String {
        let (scheme, bucket) = match self {
            BucketPlace::S3(place) => ("s3", &place.bucket),
            BucketPlace::Gcs(place) => ("gs", &place.bucket),
        };
        let slash = if self.prefix().is_empty() { "" } else { "/" };
        format!("{scheme}://{bucket}{slash}{} at {}", self.prefix(), self.server())
    }

    /// The server, for people.
    pub(super) fn server(&self) -> String {
        match self {
            BucketPlace::S3(S3Place { endpoint: Some(endpoint), .. }) => endpoint.clone(),
            BucketPlace::S3(place) => format!("https://s3.{}.amazonaws.com", place.region),
            BucketPlace::Gcs(place) => place.base_url().unwrap_or_else(|| "https://storage.googleapis.com".to_owned()),
        }
    }

    /// The condition of a create, as the server is told it.
    pub(super) fn condition(&self) -> &'static str {
        match self {
            BucketPlace::S3(_) => "If-None-Match",
            BucketPlace::Gcs(_) => "x-goog-if-generation-match",
        }
    }

    /// The way to it. Nothing is asked yet.
    pub(super) fn open(&self, connector: impl HttpConnector, signed: Signed) -> Result<Box<dyn Bucket>> {
        match self {
            BucketPlace::S3(place) => place.open(connector, signed),
            BucketPlace::Gcs(place) => place.open(connector),
        }
    }
}

/// What of a request to S3 is signed. Google's are not signed at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signed {
    /// Its head, and by its digest the body.
    All,
    /// Its head: the server may begin before it has the body.
    Head,
}

/// As many tries as fit into this time: a server that restarts takes about as long. The last try of a read may take another
/// 25 seconds, so a read stays under a minute.
fn retry() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(4),
            base: 2.,
        },
        max_retries: 50,
        retry_timeout: Duration::from_secs(20),
    }
}

impl S3Place {
    fn open(&self, connector: impl HttpConnector, signed: Signed) -> Result<Box<dyn Bucket>> {
        let mut builder = AmazonS3Builder::new()
            .with_http_connector(connector)
            .with_retry(retry())
            .with_unsigned_payload(signed == Signed::Head)
            .with_skip_signature(self.anonymous)
            .with_bucket_name(&self.bucket)
            .with_region(&self.region)
            .with_virtual_hosted_style_request(!self.path_style);
        if let Some(endpoint) = &self.endpoint {
            let address = self.address(endpoint);
            if Url::parse(&address).is_err() {
                bail!(
                    "{address} is no address: a bucket can't stand in front of the server's name there; set source.tracker.use_path_style to true"
                );
            }
            builder = builder.with_endpoint(address).with_allow_http(endpoint.starts_with("http://"));
        }
        if let Some(keys) = &self.keys {
            builder = builder.with_access_key_id(keys.id.reveal()).with_secret_access_key(keys.secret.reveal());
            if let Some(token) = &keys.session_token {
                builder = builder.with_token(token.reveal());
            }
        }
        Ok(Box::new(builder.build().context("setting up the object store")?))
    }

    /// object_store wants the bucket to stand in the endpoint already where it is part of the server's name.
    fn address(&self, endpoint: &str) -> String {
        match endpoint.split_once("://") {
            Some((scheme, host)) if !self.path_style => format!("{scheme}://{}.{host}", self.bucket),
            _ => endpoint.to_owned(),
        }
    }
}

impl GcsPlace {
    /// Another server than Google's, which `object_store` takes from the JSON key: an emulator, say.
    fn base_url(&self) -> Option<String> {
        let key: serde_json::Value = serde_json::from_str(self.json_key.as_ref()?.reveal()).ok()?;
        key["gcs_base_url"].as_str().map(ToOwned::to_owned)
    }

    fn open(&self, connector: impl HttpConnector) -> Result<Box<dyn Bucket>> {
        let http_allowed = self.base_url().is_some_and(|url| url.starts_with("http://"));
        let mut builder = GoogleCloudStorageBuilder::new()
            .with_http_connector(connector)
            .with_retry(retry())
            .with_client_options(ClientOptions::new().with_allow_http(http_allowed))
            .with_skip_signature(self.anonymous)
            .with_bucket_name(&self.bucket);
        if let Some(key) = &self.json_key {
            builder = builder.with_service_account_key(key.reveal());
        }
        // The error may quote the key.
        let built = builder.build().ok();
        let bucket = built.context("the JSON key of source.tracker can't be used: is its private_key whole?")?;
        Ok(Box::new(bucket))
    }
}
