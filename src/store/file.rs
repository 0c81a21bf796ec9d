//! A store in a folder of the file system.

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use super::{ChangeToken, Object, ReadLimits, Store, refuse_too_large};
use crate::files;

/// How the name of a file begins that is not whole yet.
const PREFIX: &str = ".davos-";

/// A store in a folder of the file system, which all writers see as the same file system.
#[derive(Debug)]
pub struct FileStore {
    root: PathBuf,
    limits: ReadLimits,
}

impl FileStore {
    /// The store in `root`. The folder is made when something is written.
    pub fn new(root: PathBuf) -> FileStore {
        FileStore { root, limits: ReadLimits::default() }
    }

    /// The same, of which no more is read than this.
    pub(super) fn within(self, limits: ReadLimits) -> FileStore {
        FileStore { limits, ..self }
    }

    fn read_one(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let path = self.root.join(key);
        match files::read(&path, self.limits.object as u64) {
            // A folder is no object.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => Ok(None),
            bytes => bytes.map(Some).with_context(|| format!("reading {} of the tracker", path.display())),
        }
    }
}

impl Store for FileStore {
    fn describe(&self) -> String {
        self.root.display().to_string()
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>> {
        let path = self.root.join(folder);
        let reading = || {
            format!(
                "reading the tracker's folder {}; does source.tracker.path name a folder that may be read?",
                path.display()
            )
        };
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            // A file beside the products is no folder with events, as in the other stores; one in the place of the tracker is
            // a mistake.
            Err(error) if error.kind() == ErrorKind::NotADirectory && fs::metadata(&path).is_ok() => {
                return Ok(Vec::new());
            }
            entries => entries.with_context(reading)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.with_context(reading)?.file_name();
            if name.as_encoded_bytes() > after.as_bytes() {
                names.push(name.to_string_lossy().into_owned());
            }
        }
        Ok(names)
    }

    fn change_token(&self, key: &str) -> Option<ChangeToken> {
        let found = fs::metadata(self.root.join(key)).ok()?;
        Some([found.ino(), found.len(), found.mtime().cast_unsigned(), found.mtime_nsec().cast_unsigned()])
    }

    fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        let mut left = self.limits.at_once;
        let mut read = Vec::with_capacity(keys.len());
        for key in keys {
            let bytes = self.read_one(key)?;
            let size = bytes.as_ref().map_or(0, Vec::len);
            let Some(rest) = left.checked_sub(size) else {
                bail!("reading {key} of the tracker in {}: {}", self.describe(), self.limits.too_much());
            };
            left = rest;
            read.push(bytes);
        }
        Ok(read)
    }

    fn create(&self, objects: &[Object]) -> Result<usize> {
        refuse_too_large(objects)?;
        let mut swept = BTreeSet::new();
        for (created, object) in objects.iter().enumerate() {
            let path = self.root.join(&object.key);
            let folder = path.parent().unwrap_or(&self.root);
            if swept.insert(folder.to_owned()) {
                files::sweep(folder, |name| name.starts_with(PREFIX), SystemTime::now());
            }
            let done = create(&path, folder, &object.bytes).with_context(|| {
                format!(
                    "writing {} of the tracker; is the folder there, and may this user write in it?",
                    path.display()
                )
            })?;
            if done {
                continue;
            }
            match self.read_one(&object.key)? {
                Some(bytes) if bytes == object.bytes => {}
                Some(_) => return Ok(created),
                // No writer leaves that, so waiting doesn't help.
                None => bail!(
                    "writing {} of the tracker: what is there is no file, but a folder or a link to nothing; remove it",
                    path.display()
                ),
            }
        }
        Ok(objects.len())
    }
}

/// Tells whether the name was free. The bytes are whole and on the disk before the name appears: a crash leaves a temporary
/// file at worst, and its name is none that a log reads.
fn create(path: &Path, folder: &Path, bytes: &[u8]) -> Result<bool> {
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder)?;
    file.write_all(bytes)?;
    // tempfile makes files that only their owner can read; a tracker is shared.
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file().set_permissions(permissions)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => {}
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(error.error.into()),
    }
    fs::File::open(folder)?.sync_all()?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_way_of_a_file_is_named_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("jammy/1")).expect("a folder");
        std::os::unix::fs::symlink("nowhere", folder.path().join("jammy/2")).expect("a link");
        for key in ["jammy/1", "jammy/2"] {
            let object = Object::new(key.to_owned(), b"x".to_vec());
            let error = FileStore::new(folder.path().to_owned()).create(&[object]).expect_err("in the way").to_string();
            assert!(error.contains(key) && error.contains("remove it"), "{error}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        fs::write(&file, "in the way").expect("a file");
        let object = Object::new("jammy/1", b"x");
        let error = FileStore::new(file).create(&[object]).expect_err("no folder");
        assert!(format!("{error:#}").contains("file/jammy/1"), "{error:#}");
    }
}
