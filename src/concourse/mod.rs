//! The protocol between Concourse and a resource.
//!
//! [`run`] reads a [`Request`] from stdin and gives a step its [`Context`]; the step asks it for the [`Source`] and the
//! params, and answers with versions and [`Metadata`].

mod answer_params;
mod build_path;
mod environment;
mod escape;
mod fields;
mod import_params;
mod in_params;
mod log;
mod metadata;
mod params;
mod reading;
mod redactor;
mod request;
mod run;
mod secrets;
mod source;
mod stop;
mod tracker_config;
mod upstream_config;
mod version;
mod window;

pub use answer_params::AnswerParams;
pub use build_path::{BuildPath, inside};
pub use environment::{Build, Environment};
pub use import_params::ImportParams;
pub use in_params::InParams;
pub use log::{Log, columns};
pub use metadata::Metadata;
pub use params::{Named, OutParams, ReleaseParams, Written};
pub use redactor::{REDACTED, Redactor};
pub use request::Request;
pub use run::{Context, Step, World, run, run_in};
pub use source::{Common, NoticesSource, ReleasesSource, Source, StatusSource, Tracked};
pub use tracker_config::TrackerConfig;
pub use version::{Given, NoticeVersion, ReleaseVersion, StatusVersion};
pub use window::Window;
