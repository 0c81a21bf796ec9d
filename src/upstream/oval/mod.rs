//! The USN OVAL file of a release, and the compact cache of it that a later run reads.
//!
//! OVAL is the one source that tells, in one answer, the priorities and severities of all notices of a release. Its file
//! is unpacked (`unpack`, `blocks`, `readers`), walked through (`xml`, `document`, `definition`, `tables`), joined (`packages`,
//! `kernel`, `description`, `names`) and kept (`build`, `notice_text`, `cache_file`, `oval_cache`), all without ever being in memory as a whole.

mod blocks;
mod build;
mod cache_file;
mod definition;
mod description;
mod document;
mod kernel;
mod names;
mod notice_text;
mod oval_cache;
mod packages;
mod readers;
mod refresh;
mod tables;
mod unpack;
mod xml;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod real;
#[cfg(test)]
mod tests;

pub use cache_file::Origin;
pub use oval_cache::{CachedNotice, OvalCache};
pub use refresh::{refresh, url};
