//! The protocol between Concourse and a resource.
//!
//! [`run`] reads a [`Request`] from stdin and gives a step its [`Context`]; the step asks it for the [`Source`](crate::config::Source) and the
//! params, and answers with versions and [`Metadata`].

mod build_output;
mod environment;
mod metadata;
mod request;
mod run;
mod stop;
mod version;

pub use build_output::{BuildOutput, columns};
pub use environment::{Build, Environment};
pub use metadata::{Facts, Metadata};
pub use request::Request;
pub use run::{Context, Step, StepAnswer, World, run, run_in};
pub use version::{BacklogVersion, GivenVersion, NoticeVersion, ReleaseRef, StatusVersion};
