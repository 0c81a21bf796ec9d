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
use super::failure::GitFailure;
use super::program::Git;
use crate::store::ReadLimits;
use crate::text::Digest;

/// What makes a mirror.
pub(super) struct MirrorPlan {
    pub(super) config: GitConfig,
    pub(super) ca_certs: Vec<String>,
    /// The temporary folder, which nobody else may write.
    pub(super) folder: PathBuf,
    /// How much of the branch is read.
    pub(super) limits: ReadLimits,
}

/// How much is fetched: as little as the server can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// The newest commit, and of its files those that are asked for.
    Asked,
    /// The newest commit with all its files.
    Newest,
    /// All commits.
    All,
}

impl Extent {
    /// The next larger one.
    pub(super) fn larger(self) -> Option<Extent> {
        match self {
            Extent::Asked => Some(Extent::Newest),
            Extent::Newest => Some(Extent::All),
            Extent::All => None,
        }
    }

    /// As the mirror remembers it from run to run.
    fn name(self) -> &'static str {
        match self {
            Extent::Asked => "asked",
            Extent::Newest => "newest",
            Extent::All => "all",
        }
    }
}

/// What a mirror is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MirrorKind {
    pub(super) extent: Extent,
    /// Whether names of objects are SHA-256, rather than SHA-1.
    pub(super) sha256: bool,
}

impl MirrorKind {
    /// What most repositories need.
    pub(super) const USUAL: MirrorKind = MirrorKind { extent: Extent::Asked, sha256: false };

    /// The kind of a mirror that is there. One that an earlier version left holds all commits with all files.
    fn of(mirror: &Path) -> MirrorKind {
        let name = fs::read_to_string(mirror.join(EXTENT)).unwrap_or_default();
        let extent = [Extent::Asked, Extent::Newest].into_iter().find(|extent| extent.name() == name);
        let config = fs::read_to_string(mirror.join("config")).unwrap_or_default();
        MirrorKind { extent: extent.unwrap_or(Extent::All), sha256: config.contains("sha256") }
    }
}

/// The file in a mirror that names its extent.
const EXTENT: &str = "davos-extent";

/// A bare repository that is ours until it is dropped.
pub(super) struct Mirror {
    pub(super) git: Git,
    pub(super) kind: MirrorKind,
    /// Whether it was made by this process, so that nothing in it can be damaged or foreign.
    pub(super) fresh: bool,
    pub(super) path: PathBuf,
    /// What makes the server the remote `tracker` of a command.
    pub(super) remote: Vec<String>,
    home: PathBuf,
    _access: Access,
}

impl Mirror {
    /// The one that an earlier run left, or a new one.
    pub(super) fn take(plan: &MirrorPlan) -> Result<Mirror, GitFailure> {
        let refused = |error: io::Error| plan.refused(&error);
        let (home, own) = plan.paths().map_err(refused)?;
        if fs::symlink_metadata(&home).is_ok_and(|found| !found.is_dir()) {
            let _ = fs::remove_file(&home);
        }
        if fs::rename(&home, &own).is_err() && !adopt(&home, &own).map_err(refused)? {
            return plan.make(own, home, MirrorKind::USUAL);
        }
        if own.join("HEAD").is_file() && own.join("objects").is_dir() {
            let kind = MirrorKind::of(&own);
            return plan.open(own, home, kind, false);
        }
        let _ = fs::remove_dir_all(&own);
        plan.make(own, home, MirrorKind::USUAL)
    }

    /// A new one of this kind in place of this, which is thrown away.
    pub(super) fn renew(self, plan: &MirrorPlan, kind: MirrorKind) -> Result<Mirror, GitFailure> {
        let (home, own) = plan.paths().map_err(|error| plan.refused(&error))?;
        let path = self.path.clone();
        drop(self);
        for old in [&home, &path] {
            let _ = fs::remove_dir_all(old);
        }
        plan.make(own, home, kind)
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

impl MirrorPlan {
    /// Where a mirror rests, and an own name for one that is taken.
    fn paths(&self) -> io::Result<(PathBuf, PathBuf)> {
        let of = format!("{} {}", self.config.remote.address(), self.config.branch.as_str());
        let name = format!("git-{}", &Digest::of(of.as_bytes()).to_string()[..16]);
        // The random name exists as an empty folder from now on, so nobody else has it; a rename replaces it.
        let own =
            tempfile::Builder::new().prefix(&format!("{name}.{}.", std::process::id())).tempdir_in(&self.folder)?;
        Ok((self.folder.join(name), own.keep()))
    }

    fn refused(&self, error: &io::Error) -> GitFailure {
        let words = format!("the temporary folder {}: {error}", self.folder.display());
        GitFailure::Refused(words, "this user has to be able to write there; TMPDIR may name another folder")
    }

    /// A new mirror.
    fn make(&self, path: PathBuf, home: PathBuf, kind: MirrorKind) -> Result<Mirror, GitFailure> {
        fs::create_dir_all(&path).map_err(|error| self.refused(&error))?;
        fs::write(path.join(EXTENT), kind.extent.name()).map_err(|error| self.refused(&error))?;
        let mirror = self.open(path, home, kind, true)?;
        let format = if kind.sha256 { "--object-format=sha256" } else { "--object-format=sha1" };
        mirror.git.run(&["init", "--quiet", "--bare", "--template=", format], Vec::new(), 0)?;
        Ok(mirror)
    }

    fn open(&self, path: PathBuf, home: PathBuf, kind: MirrorKind, fresh: bool) -> Result<Mirror, GitFailure> {
        // In use from now on, for who sweeps away what was left; and what a killed git was writing into it is no use.
        let _ = fs::File::open(&path).and_then(|folder| folder.set_modified(SystemTime::now()));
        for entry in fs::read_dir(path.join("objects/pack")).into_iter().flatten().flatten() {
            if entry.file_name().as_encoded_bytes().starts_with(b"tmp_") {
                let _ = fs::remove_file(entry.path());
            }
        }
        let access = Access::prepare(&self.config, &self.ca_certs, &path.join("davos"), &self.folder);
        let access = access.map_err(|error| self.refused(&error))?;
        let git = Git::new(&path, access.environment.clone());
        let remote = remote(self.config.remote.address(), kind.extent);
        Ok(Mirror { git, kind, fresh, path, remote, home, _access: access })
    }
}

/// What makes the server of this address the remote `tracker` of a command.
fn remote(address: &str, extent: Extent) -> Vec<String> {
    let mut settings = vec![format!("remote.tracker.url={address}")];
    if extent == Extent::Asked {
        settings.push("remote.tracker.promisor=true".to_owned());
        // Neither folders nor files, but for those that are named.
        settings.push("remote.tracker.partialclonefilter=tree:0".to_owned());
    }
    settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]).collect()
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
