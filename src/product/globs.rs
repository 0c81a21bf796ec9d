//! Names of packages or globs over them.

use anyhow::{Result, anyhow};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// A set of package names and globs (`linux-*`, `lib[xz]*`). Two are equal if they were written alike.
#[derive(Debug, Clone, Default)]
pub struct Globs {
    patterns: Vec<String>,
    set: GlobSet,
}

impl Globs {
    /// The set of these patterns.
    ///
    /// # Errors
    /// If one of them is no glob.
    pub fn new<I: IntoIterator<Item: Into<String>>>(patterns: I) -> Result<Globs> {
        let patterns: Vec<String> = patterns.into_iter().map(Into::into).collect();
        let mut set = GlobSetBuilder::new();
        for pattern in &patterns {
            if pattern.trim().is_empty() {
                return Err(anyhow!("{pattern:?} is no package name and no glob"));
            }
            let glob = GlobBuilder::new(pattern).build();
            set.add(glob.map_err(|e| anyhow!("{pattern:?} is no glob: {}", e.kind()))?);
        }
        Ok(Globs { set: set.build()?, patterns })
    }

    /// Whether one of the patterns matches the whole name.
    pub fn matches(&self, package: &str) -> bool {
        !self.patterns.is_empty() && self.set.is_match(package)
    }

    /// The patterns as they were written.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether there is no pattern, so that nothing matches.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }
}

impl PartialEq for Globs {
    fn eq(&self, other: &Self) -> bool {
        self.patterns == other.patterns
    }
}

impl Eq for Globs {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_the_whole_name() {
        let globs = Globs::new(["linux-image-*", "openssl", "libstdc++6"]).expect("globs");
        assert!(globs.matches("linux-image-generic") && globs.matches("openssl") && globs.matches("libstdc++6"));
        // What `grep -q "$name$"` got wrong.
        assert!(!globs.matches("python3-openssl") && !globs.matches("openssl-dev"));
        assert!(!Globs::default().matches("openssl"));
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        for wrong in ["[", "{a", "", " "] {
            assert!(Globs::new([wrong]).is_err(), "{wrong:?} was taken for a glob");
        }
    }
}
