//! The protocol between Concourse and a resource.

mod printable;
mod request;
mod version;

pub use printable::{printable, printable_lines, shortened};
pub use request::Request;
pub use version::{Given, NoticeVersion, ReleaseVersion};
