//! Names of packages or globs over them.

use std::collections::BTreeSet;

use anyhow::{Result, anyhow, bail, ensure};
use glob::Pattern;

/// The most names and globs that one pattern can stand for by its braces.
const MOST_ALTERNATIVES: usize = 1000;

/// A set of package names and globs (`linux-*`, `lib[xz]*`, `{curl,wget}`). Two are equal if they were written alike.
#[derive(Debug, Clone, Default)]
pub struct Globs {
    patterns: Vec<String>,
    /// Those that stand for themselves.
    names: BTreeSet<String>,
    globs: Vec<Pattern>,
}

impl Globs {
    /// The set of these patterns.
    ///
    /// # Errors
    /// If one of them is no glob.
    pub fn new<I: IntoIterator<Item: Into<String>>>(patterns: I) -> Result<Globs> {
        let mut globs = Globs::default();
        for pattern in patterns {
            let pattern = pattern.into();
            if pattern.trim().is_empty() {
                return Err(anyhow!("{pattern:?} is no package name and no glob"));
            }
            globs.add(&pattern).map_err(|e| anyhow!("{pattern:?} is no glob: {e}"))?;
            globs.patterns.push(pattern);
        }
        Ok(globs)
    }

    fn add(&mut self, pattern: &str) -> Result<()> {
        ensure!(!pattern.contains('\\'), "no package has a backslash in its name");
        for alternative in alternatives(pattern)? {
            if alternative.contains(['*', '?', '[', ']']) {
                self.globs.push(Pattern::new(&respelt(&alternative)).map_err(|e| anyhow!(e.msg))?);
            } else {
                self.names.insert(alternative);
            }
        }
        Ok(())
    }

    /// Whether one of the patterns matches the whole name.
    pub fn matches(&self, package: &str) -> bool {
        self.names.contains(package) || self.globs.iter().any(|glob| glob.matches(package))
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

/// The glob as the library wants it, which knows `[!…]` only, and for which more than one star stands for folders.
fn respelt(glob: &str) -> String {
    let mut spelt = glob.replace("[^", "[!");
    while spelt.contains("**") {
        spelt = spelt.replace("**", "*");
    }
    spelt
}

/// What a pattern stands for, one for each alternative in its braces.
fn alternatives(pattern: &str) -> Result<Vec<String>> {
    let (mut whole, mut rest) = (Vec::new(), vec![pattern.to_owned()]);
    while let Some(pattern) = rest.pop() {
        match braces(&pattern)? {
            Some((before, inside, after)) => {
                rest.extend(inside.into_iter().map(|inside| format!("{before}{inside}{after}")));
            }
            None => whole.push(pattern),
        }
        ensure!(whole.len() + rest.len() <= MOST_ALTERNATIVES, "it has more than {MOST_ALTERNATIVES} alternatives");
    }
    Ok(whole)
}

/// What is before, in and after the first braces, if there are some. What is in them is split at their own commas.
fn braces(pattern: &str) -> Result<Option<(&str, Vec<&str>, &str)>> {
    let Some((before, inside)) = pattern.split_once('{') else {
        ensure!(!pattern.contains('}'), "`}}` without `{{`");
        return Ok(None);
    };
    ensure!(!before.contains('}'), "`}}` without `{{`");
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0);
    for (at, char) in inside.char_indices() {
        match char {
            '{' => depth += 1,
            ',' if depth == 0 => {
                parts.push(&inside[from..at]);
                from = at + 1;
            }
            '}' if depth == 0 => {
                parts.push(&inside[from..at]);
                return Ok(Some((before, parts, &inside[at + 1..])));
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    bail!("`{{` without `}}`")
}

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
        for wrong in ["[", "{a", "a}", "}a{", "{a,{b}", "{x,[}", "a\\b", "", " "] {
            assert!(Globs::new([wrong]).is_err(), "{wrong:?} was taken for a glob");
        }
    }

    #[test]
    fn braces_brackets_and_stars_are_those_of_a_shell() {
        for (pattern, matching, others) in [
            ("lib[xz]*", &["libx11-6", "libz"][..], &["liba", "xlibz"][..]),
            ("lib[!a-y]?", &["libz1"], &["libx1", "libz", "libz11"]),
            ("lib[^a-y]?", &["libz1"], &["libx1"]),
            ("{curl,wget}", &["curl", "wget"], &["curl,wget", "{curl"]),
            (
                "linux-{image,headers{,-extra}}-*",
                &["linux-image-a", "linux-headers-a", "linux-headers-extra-a"],
                &["linux-a", "linux-image"],
            ),
            ("**-dev", &["libc6-dev", "-dev"], &["libc6-dev-bin"]),
            ("a*b***c", &["abc", "a/b/c"], &["ab"]),
        ] {
            let globs = Globs::new([pattern]).expect(pattern);
            assert!(matching.iter().all(|name| globs.matches(name)), "{pattern}: {matching:?}");
            assert!(!others.iter().any(|name| globs.matches(name)), "{pattern}: {others:?}");
        }
    }

    #[test]
    fn braces_cannot_stand_for_more_than_memory_holds() {
        let error = Globs::new(["{a,b}".repeat(40)]).expect_err("2^40 names were taken");
        assert!(error.to_string().ends_with("it has more than 1000 alternatives"), "{error}");
    }
}
