//! What a step keeps in the temporary folder for the next one. All of it can be lost at any time and is never believed
//! unseen: a file is whole, of the layout that is asked for, and with the checksum that it names, or it counts as absent.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::files;
use crate::text::Digest;

/// The bytes of a CRC-32: against damage, not against forgery. SHA-256 over thousands of records would cost as much as reading
/// them, where the processor has no instruction for it.
const CHECKSUM: usize = 4;

/// A file of the temporary folder: its layout in words, the checksum of the contents, and the contents.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CacheFile {
    path: PathBuf,
    layout: &'static str,
    most: u64,
}

impl CacheFile {
    /// The file at this path. Another `layout` is needed for every change of what is in it; `most` is how many bytes it may
    /// have in all.
    pub(crate) fn new(path: PathBuf, layout: &'static str, most: u64) -> CacheFile {
        CacheFile { path, layout, most }
    }

    /// Where it is.
    #[cfg(test)]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes there are; none if there is no such file.
    pub(crate) fn size(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |file| file.len())
    }

    /// The contents.
    ///
    /// # Errors
    /// If there is no such file, or it isn't whole; the caller starts from nothing then.
    pub(crate) fn read(&self) -> Result<Vec<u8>> {
        let mut bytes = files::read(&self.path, self.most)?;
        let rest = bytes.strip_prefix(self.layout.as_bytes()).context("it has another layout")?;
        let (checksum, contents) = rest.split_at_checked(CHECKSUM).context("it is cut short")?;
        ensure!(crc32fast::hash(contents).to_le_bytes() == checksum, "it was damaged");
        bytes.drain(..self.layout.len() + CHECKSUM);
        Ok(bytes)
    }

    /// The contents as a value.
    ///
    /// # Errors
    /// As [`read`](Self::read), or if the contents are no such value.
    pub(crate) fn load<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(postcard::from_bytes(&self.read()?)?)
    }

    /// Replaces the contents.
    ///
    /// # Errors
    /// If there are too many, or the folder can't be written; the file is what it was then.
    pub(crate) fn write(&self, contents: &[u8]) -> Result<()> {
        self.replace(contents).with_context(|| format!("keeping {} for the next step", self.path.display()))
    }

    fn replace(&self, contents: &[u8]) -> Result<()> {
        let most = self.most - (self.layout.len() + CHECKSUM) as u64;
        ensure!(contents.len() as u64 <= most, "it has more than {} MiB", self.most >> 20);
        let folder = self.path.parent().context("it has no folder")?;
        fs::create_dir_all(folder)?;
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(self.layout.as_bytes())?;
        file.write_all(&crc32fast::hash(contents).to_le_bytes())?;
        file.write_all(contents)?;
        put_in_place(file, &self.path)?;
        Ok(())
    }

    /// Replaces the contents by a value.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub(crate) fn store<T: Serialize>(&self, value: &T) -> Result<()> {
        self.write(&postcard::to_stdvec(value)?)
    }
}

/// A part of a file that is too large to be read whole, such as the texts of one notice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FilePart {
    start: u64,
    length: u32,
    /// A CRC-32, as above.
    checksum: u32,
}

/// The most bytes of a part.
const LARGEST_PART: usize = 64 << 20;

impl FilePart {
    /// These bytes, which stand in a file from `start` on.
    ///
    /// # Errors
    /// If there are too many.
    pub(crate) fn of(start: u64, bytes: &[u8]) -> Result<FilePart> {
        ensure!(bytes.len() <= LARGEST_PART, "it has more than {} MiB", LARGEST_PART >> 20);
        Ok(FilePart { start, length: u32::try_from(bytes.len())?, checksum: crc32fast::hash(bytes) })
    }

    /// Reads the part into `bytes`, in place of what they held.
    ///
    /// # Errors
    /// If the file can't be read there, or has something else there.
    pub(crate) fn read(self, file: &File, bytes: &mut Vec<u8>) -> Result<()> {
        ensure!(self.length as usize <= LARGEST_PART, "it asks for too much memory");
        bytes.resize(self.length as usize, 0);
        file.read_exact_at(bytes, self.start)?;
        ensure!(crc32fast::hash(bytes) == self.checksum, "a checksum doesn't match");
        Ok(())
    }
}

/// Puts a file that was written beside it in the place of whatever is at this path, in one step.
///
/// # Errors
/// If that can't be done; what was there is there then, unless it was a folder.
pub(crate) fn put_in_place(file: NamedTempFile, path: &Path) -> Result<File> {
    // A folder in its place is damage, and would not be replaced.
    if path.is_dir() {
        let _ = fs::remove_dir_all(path);
    }
    Ok(file.persist(path)?)
}

/// The name of the file that is kept about something, such as an address.
pub(crate) fn name_of(what: &str) -> String {
    Digest::of(what.as_bytes()).to_string()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_whole_counts_as_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("missing").join("kept");
        let file = CacheFile::new(path.clone(), "davos test 1\n", 1 << 10);
        file.store(&vec!["one".to_owned(), "two".to_owned()]).expect("stored");
        assert_eq!(file.load::<Vec<String>>().expect("whole"), ["one", "two"]);
        let whole = fs::read(&path).expect("the file");
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).expect("written");
            assert!(file.load::<Vec<String>>().is_err(), "{length} bytes were taken");
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, damaged).expect("written");
            assert!(file.load::<Vec<String>>().is_err(), "damage at {at} was taken");
        }
    }

    #[test]
    fn a_folder_in_its_place_is_replaced_and_what_is_too_large_is_not_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("kept");
        fs::create_dir_all(path.join("inner")).expect("a folder");
        let file = CacheFile::new(path.clone(), "davos test 1\n", 1 << 10);
        assert!(file.read().is_err());
        file.write(b"contents").expect("written");
        assert_eq!(file.read().expect("whole"), b"contents");
        assert!(file.write(&[0; 1 << 10]).is_err());
        assert_eq!(file.read().expect("whole"), b"contents");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing else is left");
    }

    #[test]
    fn another_layout_counts_as_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("kept");
        CacheFile::new(path.clone(), "davos test 1\n", 1 << 10).write(b"contents").expect("written");
        assert!(CacheFile::new(path, "davos test 2\n", 1 << 10).read().is_err());
    }
}
