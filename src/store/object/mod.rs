//! A store in a bucket: Amazon S3 and what speaks as it does, and Google Cloud Storage.

mod advice;
mod bucket_keys;
mod failure;
mod gate;
mod gcs_keys;
mod place;
mod proof;
mod s3_keys;
mod wire;

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use object_store::list::PaginatedListOptions;
use object_store::path::Path;
use object_store::{Error, GetOptions, PutMode, PutOptions, PutPayload};
use tokio::runtime::Runtime;

use self::failure::{RequestSetback, told};
use self::gate::Gate;
pub(super) use self::gcs_keys::read as read_gcs;
pub use self::place::{AccessKeys, GcsPlace, S3Place};
use self::place::{Bucket, BucketPlace, Signed};
pub(super) use self::s3_keys::read as read_s3;
use self::wire::Connector;
use super::{Object, ReadLimits, Store, refuse_too_large};
use crate::http::Route;

/// How many objects are asked for at once.
const AT_ONCE: usize = 16;

/// How long to find out what became of a create. Within it a server may restart.
const LONGEST_CREATE: Duration = Duration::from_secs(60);

/// How many names a folder may have: the events of a log of centuries.
const MOST_NAMES: usize = 500_000;

/// The most bytes of all these names.
const MOST_OF_NAMES: usize = 32 << 20;

/// The longest token by which a server tells where the next page begins. S3's have some hundred bytes.
const LONGEST_TOKEN: usize = 8 << 10;

/// How long the pages of one list may take in all.
const LONGEST_LIST: Duration = Duration::from_secs(30);

/// Before something is tried again that `object_store` doesn't try again.
const PAUSE: Duration = Duration::from_millis(200);

/// A store in a bucket.
pub struct ObjectStore {
    place: BucketPlace,
    connector: Connector,
    bucket: Box<dyn Bucket>,
    /// Never dropped: that would wait for name look-ups that we no longer wait for, which know no limit.
    runtime: ManuallyDrop<Runtime>,
    proven: Cell<bool>,
    limits: ReadLimits,
}

impl ObjectStore {
    /// The store in S3, trusting these certificates besides the system's. Nothing is asked yet.
    ///
    /// # Errors
    /// If a certificate is none, or a proxy variable no address.
    pub fn s3(place: S3Place, ca_certs: &[String]) -> Result<ObjectStore> {
        ObjectStore::open(BucketPlace::S3(place), ca_certs)
    }

    /// The store in Google Cloud Storage, trusting these certificates besides the system's. Nothing is asked yet.
    ///
    /// # Errors
    /// If a certificate is none, a proxy variable no address, or the JSON key holds no key.
    pub fn gcs(place: GcsPlace, ca_certs: &[String]) -> Result<ObjectStore> {
        ObjectStore::open(BucketPlace::Gcs(place), ca_certs)
    }

    fn open(place: BucketPlace, ca_certs: &[String]) -> Result<ObjectStore> {
        let route = Route::new(&wire::limits(), ca_certs, |name| std::env::var(name).ok())?;
        let connector = Connector::new(route);
        let bucket = place.open(connector.clone(), Signed::All)?;
        // A step waits for one thing at a time; what runs at once are requests, not threads.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = ManuallyDrop::new(runtime.context("setting up the object store")?);
        Ok(ObjectStore { place, connector, bucket, runtime, proven: Cell::new(false), limits: ReadLimits::default() })
    }

    /// The same, of which no more is read than this.
    pub(super) fn within(self, limits: ReadLimits) -> ObjectStore {
        self.connector.hold_to(limits.object);
        ObjectStore { limits, ..self }
    }

    /// The path of a key; an empty one is the folder of all.
    fn path(&self, key: &str) -> object_store::Result<Path> {
        let prefix = self.place.prefix();
        let slash = if prefix.is_empty() || key.is_empty() { "" } else { "/" };
        Ok(Path::parse(format!("{prefix}{slash}{key}"))?)
    }

    async fn names(&self, folder: &str, after: &str) -> Result<Vec<String>> {
        let folder = self.path(folder)?;
        let within = if folder.as_ref().is_empty() { String::new() } else { format!("{folder}/") };
        let mut names = Vec::new();
        let (mut page_token, mut bytes): (Option<String>, usize) = (None, 0);
        let started = Instant::now();
        loop {
            // The folders in the folder come as one name each, and what is older than `after` not at all.
            let options = PaginatedListOptions {
                offset: Some(format!("{within}{after}")).filter(|_| !after.is_empty()),
                delimiter: Some("/".into()),
                page_token: page_token.clone(),
                ..PaginatedListOptions::default()
            };
            let prefix = Some(within.as_str()).filter(|within| !within.is_empty());
            let page = self.bucket.list_paginated(prefix, options).await;
            let page = told(page, &self.place, || "listing the tracker".to_owned())?;
            let objects = page.result.objects.into_iter().map(|object| object.location);
            for path in objects.chain(page.result.common_prefixes) {
                let name = path.as_ref().strip_prefix(&within).unwrap_or_default();
                if name > after {
                    bytes += name.len();
                    names.push(name.to_owned());
                }
            }
            if page.page_token.is_none() {
                return Ok(names);
            }
            let repeats = page.page_token == page_token
                || page.page_token.as_ref().is_some_and(|token| token.len() > LONGEST_TOKEN);
            let too_much = names.len() > MOST_NAMES || bytes > MOST_OF_NAMES;
            if repeats || too_much || started.elapsed() > LONGEST_LIST {
                bail!(
                    "listing the tracker in {}: the list doesn't end ({} names until now); is there another server in between?",
                    self.place.describe(),
                    names.len()
                );
            }
            page_token = page.page_token;
        }
    }

    async fn read_one(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path(key)?;
        let doing = || format!("reading {key} of the tracker");
        let found = match self.bucket.get_opts(&path, GetOptions::default()).await {
            Err(Error::NotFound { .. }) => return Ok(None),
            found => told(found, &self.place, doing)?,
        };
        let bytes = told(found.bytes().await, &self.place, doing)?;
        Ok(Some(bytes.into()))
    }

    /// Tells whether the object is there with these bytes now, by our doing or as if by ours.
    async fn create_one(&self, object: &Object) -> Result<bool> {
        let started = Instant::now();
        loop {
            let put = self.put_new(&object.key, &object.bytes).await;
            if told(put, &self.place, || format!("writing {} of the tracker", object.key))? == Put::Created {
                return Ok(true);
            }
            // It may be ours: of an earlier try that got through without our knowing, here or within object_store.
            if let Some(bytes) = self.read_one(&object.key).await? {
                return Ok(bytes == object.bytes);
            }
            // S3 refuses with 409 while another create of the key is under way, which may yet come to nothing.
            if started.elapsed() > LONGEST_CREATE {
                bail!(
                    "writing {} of the tracker in {}: it is refused as if it were there, and it is not; try again later",
                    object.key,
                    self.place.describe()
                );
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Only what the server gives out again is recorded.
    async fn read_back(&self, objects: &[Object]) -> Result<()> {
        let reads = stream::iter(objects).map(|object| async move { (object, self.read_one(&object.key).await) });
        let mut reads = reads.buffered(AT_ONCE);
        while let Some((object, read)) = reads.next().await {
            match read? {
                Some(bytes) if bytes == object.bytes => {}
                Some(_) => bail!(
                    "writing {} of the tracker in {}: another writer's object took the place of ours, so the server doesn't heed conditional writes ({}); use another store, and see what the log lost",
                    object.key,
                    self.place.describe(),
                    self.place.condition()
                ),
                None => return Err(self.lost(&object.key)),
            }
        }
        Ok(())
    }

    fn lost(&self, key: &str) -> anyhow::Error {
        anyhow!(
            "writing {key} of the tracker in {}: the server took it and doesn't have it; use another store, or look whether something removes objects from the bucket",
            self.place.describe()
        )
    }

    /// Creates an object unless one is there. Repeated until it is clear what became of it; so a refusal may be for our own.
    async fn put_new(&self, key: &str, bytes: &[u8]) -> object_store::Result<Put> {
        let started = Instant::now();
        loop {
            match put_once(&*self.bucket, &self.path(key)?, bytes, None).await {
                Err(error) => {
                    let unclear = RequestSetback::of(&error).is_some_and(RequestSetback::is_unclear);
                    if !unclear || started.elapsed() > LONGEST_CREATE {
                        return Err(error);
                    }
                }
                put => return put,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Creates an object unless one is there, in one request, which may have to wait at a gate.
async fn put_once(bucket: &dyn Bucket, path: &Path, bytes: &[u8], gate: Option<Gate>) -> object_store::Result<Put> {
    let mut options = PutOptions::from(PutMode::Create);
    if let Some(gate) = gate {
        options.extensions.insert(gate);
    }
    match bucket.put_opts(path, PutPayload::from(bytes.to_vec()), options).await {
        Ok(_) => Ok(Put::Created),
        Err(Error::AlreadyExists { .. }) => Ok(Put::Refused),
        Err(error) => Err(error),
    }
}

/// What became of a create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Put {
    Created,
    /// An object is there.
    Refused,
}

impl Store for ObjectStore {
    fn describe(&self) -> String {
        self.place.describe()
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>> {
        self.runtime.block_on(self.names(folder, after))
    }

    fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        self.runtime.block_on(async {
            let mut reads = stream::iter(keys).map(|key| self.read_one(key)).buffered(AT_ONCE);
            let (mut read, mut left) = (Vec::with_capacity(keys.len()), self.limits.at_once);
            while let Some(bytes) = reads.try_next().await? {
                let Some(rest) = left.checked_sub(bytes.as_ref().map_or(0, Vec::len)) else {
                    bail!("reading the tracker in {}: {}", self.describe(), self.limits.too_much());
                };
                left = rest;
                read.push(bytes);
            }
            Ok(read)
        })
    }

    fn create(&self, objects: &[Object]) -> Result<usize> {
        refuse_too_large(objects)?;
        let Some(first) = objects.first() else { return Ok(0) };
        self.runtime.block_on(async {
            self.prove(&first.key, &first.bytes).await?;
            for (created, object) in objects.iter().enumerate() {
                if !self.create_one(object).await? {
                    self.read_back(&objects[..created]).await?;
                    return Ok(created);
                }
            }
            self.read_back(objects).await?;
            Ok(objects.len())
        })
    }
}
