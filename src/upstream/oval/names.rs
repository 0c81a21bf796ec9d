//! The package names and versions of a file, each kept once, up to a limit.

use anyhow::{Result, bail};

use crate::text;
pub(super) use crate::text::Name;

/// The most text that is kept, in bytes. A large real file needs less than 1 MB.
const LIMIT: usize = 16 << 20;

/// The texts of a file.
#[derive(Default)]
pub(super) struct NameTable(text::Names);

impl NameTable {
    /// The number of a text, which is kept if it is new.
    pub(super) fn keep(&mut self, text: &str) -> Result<Name> {
        if self.0.size() + text.len() > LIMIT {
            bail!("the file names more packages and versions than the {} MiB that are allowed", LIMIT >> 20);
        }
        Ok(self.0.keep(text))
    }

    /// The text with this number.
    pub(super) fn text(&self, name: Name) -> &str {
        self.0.text(name)
    }
}
