//! The stores in buckets: against a real S3 server where `ci/servers` installed one, and against scripted ones.

mod conformance;
mod gcs;
mod http;
mod liars;
mod processes;
mod s3;
mod scripted;
mod weed;
