//! Where logs are kept: a folder, a git repository, or a bucket, behind one trait.

mod config;
mod file;
mod git;
mod object;
mod partner_store;

use anyhow::{Result, bail};

pub use self::config::StoreConfig;
pub use self::file::FileStore;
pub(crate) use self::git::read as read_git;
pub use self::git::{Branch, Committer, Credentials, GitConfig, GitStore, Remote, Transport, end_children};
pub use self::object::{AccessKeys, GcsPlace, ObjectStore, S3Place};
pub use self::partner_store::PartnerStore;

/// The most bytes that an object may have.
pub(crate) const LARGEST: usize = 64 << 20;

/// How much is read: what is more is refused before it is in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimits {
    /// The most bytes of one object.
    pub object: usize,
    /// The most bytes of all objects that are asked for at once.
    pub at_once: usize,
}

impl Default for ReadLimits {
    fn default() -> Self {
        ReadLimits { object: LARGEST, at_once: usize::MAX }
    }
}

impl ReadLimits {
    /// What is said of objects that have more.
    fn too_much(&self) -> String {
        format!("what is read at once has more than {} MiB", self.at_once >> 20)
    }
}

/// Bytes under a key such as `cflinuxfs4/00000001.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The key: names of folders and of the object, with `/` between them.
    pub key: String,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What to tell people of it, where the store can.
    pub note: Note,
}

impl Object {
    /// Bytes of which there is nothing to tell.
    pub fn new(key: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Object {
        Object { key: key.into(), bytes: bytes.into(), note: Note::default() }
    }
}

/// What the message of a commit says of an object that it creates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Note {
    /// What happened, such as `opened USN-7946-1`; empty where nothing is to be told.
    pub text: String,
    /// The build that wrote it.
    pub url: Option<String>,
}

/// What tells that an object is still the same: numbers that mean something to its store alone.
pub type ChangeToken = [u64; 4];

/// A place that keeps objects under keys. Objects are never changed and never removed.
///
/// The contract is atomicity: at any moment, whatever crashes, an object is there as a whole or not at all, and of several
/// writers that create the same key just one succeeds.
pub trait Store {
    /// Where it is, for people; without credentials.
    fn describe(&self) -> String;

    /// The names in a folder that come after `after` in the order of bytes, in any order; none where there is no such
    /// folder. This is the only call that must see what other writers did; [`read`](Self::read) may tell what was there at
    /// the last `list` or later.
    ///
    /// # Errors
    /// If the store can't be read.
    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>>;

    /// As [`list`](Self::list), but it may answer from the last `list`, or from what a `create` saw that another writer
    /// was quicker than, where a fresh listing costs a request.
    ///
    /// # Errors
    /// If the store can't be read.
    fn list_cached(&self, folder: &str, after: &str) -> Result<Vec<String>> {
        self.list(folder, after)
    }

    /// A token that changes with the object, if the store can give one cheaply: a log that was read before is read
    /// again where a token differs. `None` elsewhere, and where there is no such object.
    fn change_token(&self, _key: &str) -> Option<ChangeToken> {
        None
    }

    /// Says what is about to be read, all of it, so that a store which fetches can do that in one go. Nothing has to be there.
    ///
    /// # Errors
    /// If the store can't be read.
    fn announce(&self, _keys: &[String]) -> Result<()> {
        Ok(())
    }

    /// Says how many bytes an earlier step kept of a log, which are about to be used in place of its objects.
    ///
    /// # Errors
    /// If it is more than is borne of this store.
    fn count_kept(&self, _bytes: usize) -> Result<()> {
        Ok(())
    }

    /// The bytes of several objects, in the order asked for; `None` for one that isn't there.
    ///
    /// # Errors
    /// If the store can't be read.
    fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>>;

    /// Creates objects that must not be there yet, in this order, and tells how many it created: fewer than asked for mean
    /// that the next one exists, and that nothing after it was created. A store may be all or nothing.
    ///
    /// An object that is there with just these bytes, because an earlier try of ours got through without our knowing, counts
    /// as created.
    ///
    /// # Errors
    /// If the store can't be written. Those before the one that failed may be there.
    fn create(&self, objects: &[Object]) -> Result<usize>;
}

/// A store whose `list` is answered from the last real listing: for reading several logs with one request.
pub struct CachedListing<'a>(pub &'a dyn Store);

impl Store for CachedListing<'_> {
    fn describe(&self) -> String {
        self.0.describe()
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>> {
        self.0.list_cached(folder, after)
    }

    fn change_token(&self, key: &str) -> Option<ChangeToken> {
        self.0.change_token(key)
    }

    fn announce(&self, keys: &[String]) -> Result<()> {
        self.0.announce(keys)
    }

    fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        self.0.read(keys)
    }

    fn create(&self, objects: &[Object]) -> Result<usize> {
        self.0.create(objects)
    }
}

/// Refuses objects that are larger than a reader accepts.
fn refuse_too_large(objects: &[Object]) -> Result<()> {
    match objects.iter().find(|object| object.bytes.len() > LARGEST) {
        None => Ok(()),
        Some(object) => bail!(
            "{} would have {} MiB, and a tracker holds at most {} MiB in one object; record less at once",
            object.key,
            object.bytes.len().div_ceil(1 << 20),
            LARGEST >> 20
        ),
    }
}
