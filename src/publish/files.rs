//! A set of files, written as a whole or not at all.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tempfile::{Builder, NamedTempFile};

/// Files to be written to one folder, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<String, Vec<u8>>);

/// What was made so far that was not there before.
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

    /// Writes all of them to `folder`, which is made if it is missing, and so are the folders that names lead into. A file of
    /// a name that is there is replaced.
    ///
    /// # Errors
    /// If a name could lead out of the folder, by itself or because a link is in the way, or if a file can't be written. The
    /// folder is as it was then.
    pub fn write(&self, folder: &Path) -> Result<()> {
        if let Some(name) = self.0.keys().find(|name| !is_inside(name)) {
            bail!("the file name {name:?} could lead out of its folder; this is a bug of davos");
        }
        fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
        self.0.keys().try_for_each(|name| is_free(folder, name))?;
        let mut made = Made::default();
        let written = self.stage(folder).and_then(|staged| put_in_place(folder, staged, &mut made));
        if written.is_err() {
            made.files.iter().for_each(|path| drop(fs::remove_file(path)));
            made.folders.iter().rev().for_each(|path| drop(fs::remove_dir(path)));
        }
        written
    }

    /// The files under names that nobody asks for, which vanish with what is returned.
    fn stage(&self, folder: &Path) -> Result<Vec<(&str, NamedTempFile)>> {
        let stage = |(name, contents): (&'_ String, &Vec<u8>)| -> Result<NamedTempFile> {
            let mode = Permissions::from_mode(0o644);
            let writing = || format!("writing {}; is the disk full?", folder.join(name).display());
            let mut file = Builder::new().prefix(".davos-").tempfile_in(folder).with_context(writing)?;
            file.write_all(contents).with_context(writing)?;
            file.as_file().set_permissions(mode).with_context(writing)?;
            Ok(file)
        };
        self.0.iter().map(|(name, contents)| Ok((name.as_str(), stage((name, contents))?))).collect()
    }
}

/// Whether a file can have this name: on the way to it only folders are, and it replaces a file at most. No link is followed.
fn is_free(folder: &Path, name: &str) -> Result<()> {
    let ends = name.match_indices('/').map(|(end, _)| end).chain([name.len()]);
    for end in ends {
        let path = folder.join(&name[..end]);
        let Ok(found) = fs::symlink_metadata(&path) else { return Ok(()) };
        if found.is_symlink() {
            bail!("{} is a link, and none is followed in the folder of a get; remove it", path.display());
        }
        if end < name.len() && !found.is_dir() {
            bail!("{} is in the way, where a folder has to be; remove it", path.display());
        }
        if end == name.len() && !found.is_file() {
            bail!("{} is in the way, where a file has to be; remove it", path.display());
        }
    }
    Ok(())
}

fn put_in_place(folder: &Path, staged: Vec<(&str, NamedTempFile)>, made: &mut Made) -> Result<()> {
    for (name, file) in staged {
        for (end, _) in name.match_indices('/') {
            let below = folder.join(&name[..end]);
            if !below.is_dir() {
                fs::create_dir(&below).with_context(|| format!("making the folder {}", below.display()))?;
                made.folders.push(below);
            }
        }
        let path = folder.join(name);
        let is_new = !path.exists();
        file.persist(&path).with_context(|| format!("writing {}", path.display()))?;
        if is_new {
            made.files.push(path);
        }
    }
    Ok(())
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
    #[test]
    fn no_link_is_followed_and_what_was_there_stays_as_it_was() {
        for name in ["b/c", "d"] {
            let folder = tempfile::tempdir().expect("a folder");
            let (inside, outside) = (folder.path().join("get"), folder.path().join("outside"));
            fs::create_dir(&outside).expect("a folder");
            fs::create_dir(&inside).expect("a folder");
            fs::write(outside.join("file"), "theirs").expect("a file");
            fs::write(inside.join("a"), "there before").expect("a file");
            let target = if name == "d" { outside.join("file") } else { outside.clone() };
            std::os::unix::fs::symlink(target, inside.join(&name[..1])).expect("a link");
            let mut files = Files::default();
            files.add_line("a", "x");
            files.add_line(name, "x");
            files.add_line("z", "x");
            let error = files.write(&inside).expect_err(name).to_string();
            assert!(error.contains("is a link"), "{error}");
            assert_eq!(fs::read_to_string(inside.join("a")).expect("a file"), "there before");
            assert_eq!(fs::read_to_string(outside.join("file")).expect("a file"), "theirs");
            assert_eq!(fs::read_dir(&outside).expect("a folder").count(), 1);
            assert!(!inside.join("z").exists());
            let left = fs::read_dir(&inside).expect("a folder").count();
            assert_eq!(left, 2, "no file without a name that somebody asked for");
        }
    }

    #[test]
    fn a_file_that_was_there_is_replaced_and_one_that_is_in_the_way_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("a"), "old").expect("a file");
        let mut files = Files::default();
        files.add_line("a", "new");
        files.write(folder.path()).expect("written");
        assert_eq!(fs::read_to_string(folder.path().join("a")).expect("a file"), "new\n");
        let mode = fs::metadata(folder.path().join("a")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
        files.add_line("a/b", "x");
        assert!(files.write(folder.path()).expect_err("a file in the way").to_string().contains("is in the way"));
    }
}
