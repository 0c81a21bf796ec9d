//! Package names or patterns of them.

use anyhow::{Context, Result};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::notice::PackageName;

/// A set of package names or globs, such as `libpython3.*`.
#[derive(Debug, Clone, Default)]
pub struct Globs {
    written: Vec<String>,
    set: GlobSet,
}

impl Globs {
    /// Reads the patterns.
    ///
    /// # Errors
    /// If one is no valid glob.
    pub fn new(written: Vec<String>) -> Result<Globs> {
        let mut builder = GlobSetBuilder::new();
        for pattern in &written {
            let glob = GlobBuilder::new(pattern).literal_separator(false).build();
            builder.add(glob.with_context(|| format!("{pattern:?} is no package name or glob"))?);
        }
        Ok(Globs { set: builder.build()?, written })
    }

    /// Whether one of them matches.
    pub fn matches(&self, name: &PackageName) -> bool {
        self.set.is_match(name.as_str())
    }

    /// The patterns as they were written.
    pub fn written(&self) -> &[String] {
        &self.written
    }
}

impl PartialEq for Globs {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}
