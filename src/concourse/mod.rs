//! The protocol between Concourse and a resource.

mod answer_params;
mod build_path;
mod fields;
mod params;
mod printable;
mod request;
mod secrets;
mod source;
mod spelling;
mod tracker_config;
mod upstream_config;
mod version;
mod window;

pub use answer_params::AnswerParams;
pub use build_path::{BuildPath, inside};
pub use params::{InParams, Named, OutParams, ReleaseParams, Written};
pub use printable::{printable, printable_lines, shortened};
pub use request::Request;
pub use secrets::{REDACTED, Redactor};
pub use source::{Common, NoticesSource, ReleasesSource, Source, Tracked};
pub use tracker_config::TrackerConfig;
pub use upstream_config::UpstreamConfig;
pub use version::{Given, NoticeVersion, ReleaseVersion};
pub use window::Window;
