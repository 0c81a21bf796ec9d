//! The protocol between Concourse and a resource.

mod printable;
mod request;
mod secrets;
mod spelling;
mod version;

pub use printable::{printable, printable_lines, shortened};
pub use request::Request;
pub use secrets::{REDACTED, Redactor};
pub use version::{Given, NoticeVersion, ReleaseVersion};
