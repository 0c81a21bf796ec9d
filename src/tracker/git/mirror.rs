//! The bare repository in the temporary folder, kept between checks so that only what is new is fetched.
//!
//! Whoever uses it has it alone: it is taken by renaming it to a name with the number of the process, which the file system
//! does for just one, and put back the same way. Two checks at once have one each. What a killed process left is taken over.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::access::Access;
use super::config::GitConfig;
use super::failure::Failure;
use super::program::Git;
use crate::product::Digest;

/// What makes a mirror.
pub(super) struct Plan {
    pub(super) config: GitConfig,
    pub(super) ca_certs: Vec<String>,
    /// The temporary folder, which nobody else may write.
    pub(super) folder: PathBuf,
}

/// A bare repository that is ours until it is dropped.
pub(super) struct Mirror {
    pub(super) git: Git,
    /// Whether it was made by this process, so that nothing in it can be damaged or foreign.
    pub(super) fresh: bool,
    path: PathBuf,
    home: PathBuf,
    _access: Access,
}

impl Mirror {
    /// The one that an earlier run left, or a new one.
    pub(super) fn take(plan: &Plan) -> Result<Mirror, Failure> {
        let told =
            |error: io::Error| Failure::Broken(format!("the temporary folder {}: {error}", plan.folder.display()));
        let (home, own) = plan.paths().map_err(told)?;
        if fs::symlink_metadata(&home).is_ok_and(|found| !found.is_dir()) {
            let _ = fs::remove_file(&home);
        }
        let taken = fs::rename(&home, &own).is_ok() || adopt(&home, &own).map_err(told)?;
        plan.open(own, home, taken)
    }

    /// A new one in place of this, which is thrown away.
    pub(super) fn renew(self, plan: &Plan) -> Result<Mirror, Failure> {
        let told =
            |error: io::Error| Failure::Broken(format!("the temporary folder {}: {error}", plan.folder.display()));
        let (home, own) = plan.paths().map_err(told)?;
        let path = self.path.clone();
        drop(self);
        for old in [&home, &path] {
            let _ = fs::remove_dir_all(old);
        }
        plan.open(own, home, false)
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        // A folder that is not empty is never replaced: where another check put its mirror back first, ours goes.
        if fs::rename(&self.path, &self.home).is_err() {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

impl Plan {
    /// Where a mirror rests, and an own name for one that is taken.
    fn paths(&self) -> io::Result<(PathBuf, PathBuf)> {
        let of = format!("{} {}", self.config.remote.address(), self.config.branch.as_str());
        let name = format!("git-{}", &Digest::of(of.as_bytes()).to_string()[..16]);
        // The random name exists as an empty folder from now on, so nobody else has it; a rename replaces it.
        let own =
            tempfile::Builder::new().prefix(&format!("{name}.{}.", std::process::id())).tempdir_in(&self.folder)?;
        Ok((self.folder.join(name), own.keep()))
    }

    fn open(&self, path: PathBuf, home: PathBuf, taken: bool) -> Result<Mirror, Failure> {
        let told = |error: io::Error| Failure::Broken(format!("writing to {}: {error}", path.display()));
        let whole = taken && path.join("HEAD").is_file() && path.join("objects").is_dir();
        if taken && !whole {
            let _ = fs::remove_dir_all(&path);
            fs::create_dir(&path).map_err(told)?;
        }
        // In use from now on, for who sweeps away what was left; and what a killed git was writing into it is no use.
        let _ = fs::File::open(&path).and_then(|folder| folder.set_modified(SystemTime::now()));
        for entry in fs::read_dir(path.join("objects/pack")).into_iter().flatten().flatten() {
            if entry.file_name().as_encoded_bytes().starts_with(b"tmp_") {
                let _ = fs::remove_file(entry.path());
            }
        }
        let access = Access::prepare(&self.config, &self.ca_certs, &path.join("davos"), &self.folder).map_err(told)?;
        let git = Git::new(&path, access.environment.clone());
        if !whole {
            git.run(&["init", "--quiet", "--bare", "--template="], Vec::new())?;
        }
        Ok(Mirror { git, fresh: !whole, path, home, _access: access })
    }
}

/// Takes over one mirror that a killed process left, and removes the others.
fn adopt(home: &Path, own: &Path) -> io::Result<bool> {
    let (Some(folder), Some(name)) = (home.parent(), home.file_name()) else { return Ok(false) };
    let prefix = format!("{}.", name.to_string_lossy());
    let mut adopted = false;
    for entry in fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()? {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(process) = name.strip_prefix(&prefix).and_then(|rest| rest.split('.').next()) else { continue };
        let lives = Path::new("/proc").join(process).exists() || !Path::new("/proc/self").exists();
        if lives || entry.path() == own {
            continue;
        }
        if adopted {
            let _ = fs::remove_dir_all(entry.path());
        } else {
            adopted = fs::rename(entry.path(), own).is_ok();
        }
    }
    Ok(adopted)
}
