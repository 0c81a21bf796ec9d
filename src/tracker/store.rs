//! What a log asks of the place where it is kept.

use anyhow::Result;

/// What became of a create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// The object is there now, whole, with these bytes.
    Done,
    /// It was there before; nothing was changed.
    Exists,
}

/// A place that keeps objects under keys such as `cflinuxfs4/00000001.json`. Objects are never changed and never removed.
///
/// The contract is atomicity: at any moment, whatever crashes, an object is there as a whole or not at all, and of several
/// writers that create the same key just one is told [`Created::Done`].
pub trait Store {
    /// Where it is, for people.
    fn describe(&self) -> String;

    /// The names in a folder, in any order; none where there is no such folder.
    ///
    /// # Errors
    /// If the store can't be read.
    fn list(&self, folder: &str) -> Result<Vec<String>>;

    /// The bytes of an object, if it is there.
    ///
    /// # Errors
    /// If the store can't be read.
    fn read(&self, key: &str) -> Result<Option<Vec<u8>>>;

    /// Creates an object that must not be there yet.
    ///
    /// # Errors
    /// If the store can't be written; the object is not there then.
    fn create(&self, key: &str, bytes: &[u8]) -> Result<Created>;
}
