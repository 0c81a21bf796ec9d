//! What every store promises, for each of them: in a folder, in a git repository, in a bucket of a real S3 server (where
//! `ci/servers` installed one), in a scripted bucket of Google; and what each adds.

mod anonymous;
mod conformance;
mod file;
mod gcs;
mod git;
mod git_errors;
mod git_processes;
mod git_secrets;
mod git_ssh;
mod git_ways;
mod http;
mod liars;
mod real_liars;
mod s3;
mod s3_errors;
mod s3_processes;
mod scripted;
mod secrets;
mod stopping;
mod ways;
