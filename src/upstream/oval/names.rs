//! Texts that occur many times, kept once: package names and versions.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use anyhow::{Result, bail};

/// The most text that is kept, in bytes. A large real file needs less than 1 MB.
const LIMIT: usize = 16 << 20;

/// The number of a kept text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name(u32);

/// Texts, each kept once, one after the other.
#[derive(Default)]
pub(super) struct Names {
    text: String,
    ends: Vec<u32>,
    by_hash: HashMap<u64, Name>,
    hasher: RandomState,
}

impl Names {
    /// The number of a text, which is kept if it is new.
    pub(super) fn keep(&mut self, text: &str) -> Result<Name> {
        let mut hash = self.hasher.hash_one(text);
        while let Some(&name) = self.by_hash.get(&hash) {
            if self.text(name) == text {
                return Ok(name);
            }
            hash = hash.wrapping_add(1);
        }
        if self.text.len() + text.len() > LIMIT {
            bail!("the file names more packages and versions than the {} MiB that are allowed", LIMIT >> 20);
        }
        let name = Name(self.ends.len() as u32);
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        self.by_hash.insert(hash, name);
        Ok(name)
    }

    /// The text with this number.
    pub(super) fn text(&self, name: Name) -> &str {
        let end = |index: u32| self.ends.get(index as usize).map_or(0, |&end| end as usize);
        let start = name.0.checked_sub(1).map_or(0, end);
        self.text.get(start..end(name.0)).unwrap_or_default()
    }
}
