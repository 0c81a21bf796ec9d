//! A set of files, written as a whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Files to be written to one folder, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<String, Vec<u8>>);

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

    /// Writes all of them to `folder`, which is made if it is missing.
    ///
    /// # Errors
    /// If one can't be written; those written before are removed.
    pub fn write(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
        let mut written: Vec<PathBuf> = Vec::new();
        for (name, contents) in &self.0 {
            let path = folder.join(name);
            written.push(path.clone());
            if let Err(error) = fs::write(&path, contents) {
                written.iter().for_each(|path| drop(fs::remove_file(path)));
                return Err(error).with_context(|| format!("writing {}; is the disk full?", path.display()));
            }
        }
        Ok(())
    }
}
