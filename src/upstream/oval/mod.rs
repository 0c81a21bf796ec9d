//! The USN OVAL file of a release, and the compact edition of it that a later run reads.
//!
//! OVAL is the one source that tells, in one answer, the priorities and severities of all notices of a release. Its file
//! is unpacked (`unpack`, `blocks`, `readers`), walked through (`xml`, `document`, `definition`, `tables`), joined (`packages`,
//! `kernel`, `description`) and kept (`build`, `file`, `edition`) without ever being in memory as a whole.

mod blocks;
mod build;
mod definition;
mod description;
mod document;
mod edition;
mod file;
mod kernel;
mod names;
mod packages;
mod readers;
mod refresh;
mod story;
mod tables;
mod unpack;
mod xml;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod real;
#[cfg(test)]
mod tests;

pub use edition::{Edition, Record};
pub use file::Origin;
pub use refresh::{refresh, url};
