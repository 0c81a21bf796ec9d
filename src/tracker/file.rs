//! A store in a folder of the file system.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Created, Store};

/// A store in a folder of the file system, which all writers see as the same file system.
#[derive(Debug)]
pub struct FileStore {
    root: PathBuf,
}

impl FileStore {
    /// The store in `root`. The folder is made when something is written.
    pub fn new(root: PathBuf) -> FileStore {
        FileStore { root }
    }
}

impl Store for FileStore {
    fn describe(&self) -> String {
        self.root.display().to_string()
    }

    fn list(&self, folder: &str) -> Result<Vec<String>> {
        let path = self.root.join(folder);
        let reading = || format!("reading the tracker's folder {}", path.display());
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.with_context(reading)?,
        };
        entries.map(|entry| Ok(entry.with_context(reading)?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn read(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let path = self.root.join(key);
        match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            bytes => bytes.map(Some).with_context(|| format!("reading {} of the tracker", path.display())),
        }
    }

    fn create(&self, key: &str, bytes: &[u8]) -> Result<Created> {
        let path = self.root.join(key);
        let folder = path.parent().unwrap_or(&self.root);
        create(&path, folder, bytes).with_context(|| {
            format!("writing {} of the tracker; is the folder there, and may this user write in it?", path.display())
        })
    }
}

/// The bytes are whole and on the disk before the name appears, and the name appears only if it is free: a crash leaves a
/// temporary file at worst, and its name is none that a log reads.
fn create(path: &Path, folder: &Path, bytes: &[u8]) -> Result<Created> {
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".davos-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    // tempfile makes files that only their owner can read; a tracker is shared.
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file().set_permissions(permissions)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => {}
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => return Ok(Created::Exists),
        Err(error) => return Err(error.error.into()),
    }
    fs::File::open(folder)?.sync_all()?;
    Ok(Created::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_created_once_and_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FileStore::new(folder.path().join("tracker"));
        assert_eq!(store.list("jammy").expect("a list"), Vec::<String>::new());
        assert_eq!(store.read("jammy/1").expect("no object"), None);
        assert_eq!(store.create("jammy/1", b"first").expect("a create"), Created::Done);
        assert_eq!(store.create("jammy/1", b"second").expect("a create"), Created::Exists);
        assert_eq!(store.read("jammy/1").expect("an object").as_deref(), Some(&b"first"[..]));
        assert_eq!(store.list("jammy").expect("a list"), ["1"]);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        fs::write(&file, "in the way").expect("a file");
        let error = FileStore::new(file).create("jammy/1", b"x").expect_err("no folder");
        assert!(format!("{error:#}").contains("file/jammy/1"), "{error:#}");
    }
}
