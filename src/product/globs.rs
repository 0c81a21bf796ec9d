//! Package names or patterns of them.

use anyhow::{Context, Result};
use globset::{Glob, GlobSet, GlobSetBuilder};

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
    pub fn new<S: Into<String>>(patterns: impl IntoIterator<Item = S>) -> Result<Globs> {
        let written: Vec<String> = patterns.into_iter().map(Into::into).collect();
        let mut builder = GlobSetBuilder::new();
        for pattern in &written {
            builder.add(Glob::new(pattern).with_context(|| format!("{pattern:?} is no package name or glob"))?);
        }
        Ok(Globs { set: builder.build()?, written })
    }

    /// Whether one of them matches.
    pub fn matches(&self, name: &PackageName) -> bool {
        self.set.is_match(name.as_str())
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
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
