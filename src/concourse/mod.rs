//! The protocol between Concourse and a resource.

mod fields;
mod printable;
mod request;
mod secrets;
mod source;
mod spelling;
mod tracker_config;
mod upstream_config;
mod version;
mod window;

pub use printable::{printable, printable_lines, shortened};
pub use request::Request;
pub use secrets::{REDACTED, Redactor};
pub use source::{Common, NoticesSource, ReleasesSource, Source, Tracked};
pub use tracker_config::TrackerConfig;
pub use upstream_config::UpstreamConfig;
pub use version::{Given, NoticeVersion, ReleaseVersion};
pub use window::Window;
