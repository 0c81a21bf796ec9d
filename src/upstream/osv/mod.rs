//! Notices in the form of OSV (<https://ossf.github.io/osv-schema/>): its records, and the databases that have them.

mod notice;
pub mod record;
pub mod source;

pub use notice::{OsvNotice, notice_of};
