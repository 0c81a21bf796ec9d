//! A file that is either whole or absent: its first bytes name the layout, a checksum covers the rest, and it is replaced
//! in one step.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

/// Another number for another layout; a file of another one counts as none.
const LAYOUT: &[u8; 12] = b"davos api 3\n";
const CHECKSUM: usize = 32;
/// A window of years has a few MiB.
const LARGEST: u64 = 32 << 20;

/// What a file holds.
///
/// # Errors
/// If there is none or it isn't whole; the caller starts from nothing then.
pub(super) fn load<T: DeserializeOwned>(file: &Path) -> Result<T> {
    ensure!(fs::metadata(file)?.len() <= LARGEST, "it is too large to be ours");
    let bytes = fs::read(file)?;
    let rest = bytes.strip_prefix(LAYOUT).context("it has another layout")?;
    let (checksum, content) = rest.split_at_checked(CHECKSUM).context("it is cut short")?;
    ensure!(Sha256::digest(content).as_slice() == checksum, "it was damaged");
    Ok(postcard::from_bytes(content)?)
}

/// Replaces what a file holds.
pub(super) fn store<T: Serialize>(file: &Path, value: &T) -> Result<()> {
    let content = postcard::to_stdvec(value)?;
    let most = LARGEST - (LAYOUT.len() + CHECKSUM) as u64;
    ensure!(content.len() as u64 <= most, "it has more than {} MiB", LARGEST >> 20);
    let folder = file.parent().context("it has no folder")?;
    fs::create_dir_all(folder)?;
    let mut new = NamedTempFile::new_in(folder)?;
    new.write_all(LAYOUT)?;
    new.write_all(&Sha256::digest(&content))?;
    new.write_all(&content)?;
    // A folder in its place is damage, and would not be replaced.
    if file.is_dir() {
        let _ = fs::remove_dir_all(file);
    }
    new.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_whole_counts_as_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("missing").join("kept");
        store(&file, &vec!["one".to_owned(), "two".to_owned()]).expect("stored");
        assert_eq!(load::<Vec<String>>(&file).expect("whole"), ["one", "two"]);
        let whole = fs::read(&file).expect("the file");
        for length in 0..whole.len() {
            fs::write(&file, &whole[..length]).expect("written");
            assert!(load::<Vec<String>>(&file).is_err(), "{length} bytes were taken");
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&file, damaged).expect("written");
            assert!(load::<Vec<String>>(&file).is_err(), "damage at {at} was taken");
        }
    }
}
