//! Paths that params name, kept inside the build folder.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::fields::Field;
use crate::files;

/// The largest file that somebody writes by hand.
const LONGEST_TEXT: u64 = 1 << 20;

/// A relative path of params, in which no component leads out of the build folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildPath(String);

impl BuildPath {
    /// Reads the path in a field. `None` only after a mistake.
    pub(super) fn of(field: &Field<'_>) -> Option<BuildPath> {
        let path = BuildPath::new(field.some_text()?);
        path.map_err(|e| field.mistake(e)).ok()
    }

    /// Checks a path as it was written.
    ///
    /// # Errors
    /// If it is empty, absolute, or holds `..`.
    pub fn new(path: &str) -> Result<BuildPath> {
        if path.trim().is_empty() || path.contains('\0') {
            bail!("{path:?} is no path; write one that starts with the name of an artifact");
        }
        for component in Path::new(path).components() {
            match component {
                Component::Normal(_) | Component::CurDir => {}
                _ => bail!(
                    "{path:?} leads out of the build folder; write a relative path that starts with the name of an artifact"
                ),
            }
        }
        Ok(BuildPath(path.to_owned()))
    }

    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where it is in the build folder, links followed.
    ///
    /// # Errors
    /// If nothing is there, or if a link leads out of the build folder.
    pub fn inside(&self, build_folder: &Path) -> Result<PathBuf> {
        let root = build_folder
            .canonicalize()
            .with_context(|| format!("opening the build folder {} failed", build_folder.display()))?;
        let path = root.join(&self.0).canonicalize().map_err(|e| {
            let missing = e.kind() == std::io::ErrorKind::NotFound || e.kind() == std::io::ErrorKind::NotADirectory;
            if missing { self.missing(&root) } else { anyhow!("opening {:?} in the build folder failed: {e}", self.0) }
        })?;
        if !path.starts_with(&root) {
            bail!("{:?} is a link that leads out of the build folder; copy the file instead", self.0);
        }
        Ok(path)
    }

    /// The bytes of the regular file that it names, of which there may be so many.
    ///
    /// # Errors
    /// As [`inside`](Self::inside), and if it is something else than a regular file, or larger.
    pub fn read(&self, build_folder: &Path, most: u64) -> Result<Vec<u8>> {
        Ok(files::read(&self.inside(build_folder)?, most)?)
    }

    /// The text of a small file: one that a person or a step writes by hand.
    ///
    /// # Errors
    /// As [`read`](Self::read), and if it is no UTF-8.
    pub fn read_text(&self, build_folder: &Path) -> Result<String> {
        let path = self.inside(build_folder)?;
        let bytes = files::read(&path, LONGEST_TEXT).with_context(|| format!("reading {:?}", self.0))?;
        String::from_utf8(bytes).ok().with_context(|| format!("{:?} is no UTF-8 text", self.0))
    }

    /// Since v8.0 a put gets only the artifacts that its params name; what hides in a template or begins with `./`
    /// may go unseen, and then `inputs` must name it.
    fn missing(&self, root: &Path) -> anyhow::Error {
        let parts = Path::new(&self.0).components().find(|part| matches!(part, Component::Normal(_)));
        let artifact = parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).unwrap_or_default();
        if root.join(&artifact).is_dir() {
            anyhow!("the artifact {artifact:?} holds no {:?}; check the path, and what the step before wrote", self.0)
        } else {
            anyhow!(
                "{:?} doesn't exist: no artifact {artifact:?} came to this step; get it or name it as an output before, \
                 or add `inputs: [{artifact}]` to the put",
                self.0
            )
        }
    }
}

/// A path of params as a file of the build folder; see [`BuildPath`].
///
/// # Errors
/// If it leads out of the build folder, or if nothing is there.
pub fn inside(build_folder: &Path, path: &str) -> Result<PathBuf> {
    BuildPath::new(path)?.inside(build_folder)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn error(folder: &Path, path: &str) -> String {
        inside(folder, path).expect_err("a refusal").to_string()
    }

    #[test]
    fn a_file_of_an_artifact_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("rootfs")).expect("an artifact");
        fs::write(folder.path().join("rootfs/version"), "1").expect("a file");
        symlink("version", folder.path().join("rootfs/link")).expect("a link");
        for path in ["rootfs/version", "./rootfs/version", "rootfs/link", "rootfs//version"] {
            let found = inside(folder.path(), path).expect(path);
            assert_eq!(fs::read_to_string(found).expect("a file"), "1");
        }
    }

    #[test]
    fn no_path_leads_out_of_the_build_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        for wrong in ["/etc/passwd", "../x", "a/../../x", "a/..", "..", "", " "] {
            assert!(BuildPath::new(wrong).is_err(), "{wrong:?}");
        }
        symlink("/etc", folder.path().join("etc")).expect("a link");
        assert!(error(folder.path(), "etc/passwd").contains("a link that leads out"));
    }

    #[test]
    fn a_missing_file_names_its_artifact() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(error(folder.path(), "rootfs/version").contains("add `inputs: [rootfs]`"));
        assert!(error(folder.path(), "./rootfs/version").contains("add `inputs: [rootfs]`"));
        fs::create_dir(folder.path().join("rootfs")).expect("an artifact");
        assert!(error(folder.path(), "rootfs/version").contains("the artifact \"rootfs\" holds no \"rootfs/version\""));
    }
}
