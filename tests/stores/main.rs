//! What every store promises, for each of them, and what git adds.

mod conformance;
mod file;
mod git;
mod git_errors;
mod git_processes;
mod git_secrets;

#[path = "../support/git_server.rs"]
mod git_server;
