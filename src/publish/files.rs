//! A set of files, written as a whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Files to be written to one folder, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<String, Vec<u8>>);

/// What was made so far.
#[derive(Debug, Default)]
struct Made {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Files {
    /// Adds a file. Names are ours; nothing from outside becomes a path.
    pub fn add(&mut self, name: &str, contents: impl Into<Vec<u8>>) {
        self.0.insert(name.to_owned(), contents.into());
    }

    /// Adds a file with one line; an empty file if the line is empty.
    pub fn add_line(&mut self, name: &str, line: impl AsRef<str>) {
        self.add_lines(name, [line.as_ref()].into_iter().filter(|line| !line.is_empty()));
    }

    /// Adds a file of lines.
    pub fn add_lines<S: AsRef<str>>(&mut self, name: &str, lines: impl IntoIterator<Item = S>) {
        let contents: String = lines.into_iter().map(|line| format!("{}\n", line.as_ref())).collect();
        self.add(name, contents);
    }

    /// The files by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, contents)| (name.as_str(), contents.as_slice()))
    }

    /// Writes all of them to `folder`, which is made if it is missing, and so are the folders that names lead into.
    ///
    /// # Errors
    /// If a name could lead out of the folder; nothing is written then. If a file can't be written; those written before
    /// are removed.
    pub fn write(&self, folder: &Path) -> Result<()> {
        if let Some(name) = self.0.keys().find(|name| !is_inside(name)) {
            bail!("the file name {name:?} could lead out of its folder; this is a bug of davos");
        }
        let mut made = Made::default();
        let written = self.write_all(folder, &mut made);
        if written.is_err() {
            made.files.iter().for_each(|path| drop(fs::remove_file(path)));
            made.folders.iter().rev().for_each(|path| drop(fs::remove_dir(path)));
        }
        written
    }

    fn write_all(&self, folder: &Path, made: &mut Made) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
        for (name, contents) in &self.0 {
            let path = folder.join(name);
            for (end, _) in name.match_indices('/') {
                let below = folder.join(&name[..end]);
                if !below.is_dir() {
                    fs::create_dir(&below).with_context(|| format!("making the folder {}", below.display()))?;
                    made.folders.push(below);
                }
            }
            made.files.push(path.clone());
            fs::write(&path, contents).with_context(|| format!("writing {}; is the disk full?", path.display()))?;
        }
        Ok(())
    }
}

/// Whether a name stays in its folder: plain words with `/` between them.
fn is_inside(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-+".contains(&b);
    name.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_may_stand_in_folders_and_none_leads_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut files = Files::default();
        files.add_line("advisories/USN-1-1.md", "a");
        files.add_line("advisories/USN-2-1.md", "b");
        files.write(folder.path()).expect("written");
        assert_eq!(fs::read_to_string(folder.path().join("advisories/USN-2-1.md")).expect("a file"), "b\n");
        for wrong in ["../x", "/x", "a//b", "a/../b", "", "a/", ".git/config", "a\\b"] {
            let mut files = Files::default();
            files.add_line(wrong, "x");
            assert!(files.write(folder.path()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_cannot_be_written_whole_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("z/last")).expect("in the way");
        let mut files = Files::default();
        files.add_line("a", "x");
        files.add_line("b/c", "x");
        files.add_line("z/last", "x");
        assert!(files.write(folder.path()).is_err());
        assert!(!folder.path().join("a").exists() && !folder.path().join("b").exists());
        assert!(folder.path().join("z/last").is_dir(), "what was there stays");
    }
}
