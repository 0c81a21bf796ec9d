//! `davos`: a Concourse resource type that turns Ubuntu Security Notices into patched releases, and proves it.
//!
//! Each top-level module, a room, uses only those that are listed below it here.

pub mod step; // check, in and out, each told top to bottom

pub mod concourse; // the protocol: requests, versions, the environment, what people read in a build

pub mod config; // `source` and params as types; all mistakes at once

pub mod backlog; // a team's issues: what should be there, what is there, and the drivers

pub mod publish; // the files of a get

pub mod tracker; // the log: its events, what follows from them, what a check emits

pub mod store; // where a log is kept: a folder, git, a bucket

pub mod product; // packages and their forms, judgement, versions of releases

pub mod upstream; // where notices come from

pub mod http; // client, retries, deadline, caps, proxies, certificates

pub mod notice; // a notice, its id, its CVEs, what it asks for

pub mod clock; // the time of what waits

mod cache; // files that are kept in the temporary folder

mod fields; // the reader of keys, which collects all mistakes

mod files; // files that somebody else may have put there

pub mod text; // printable text, digests, secrets and how they are taken out

// What the tests here have in common with those in `tests`.
#[cfg(test)]
#[allow(dead_code)]
#[path = "../tests/support/needs.rs"]
mod needs;
#[cfg(test)]
#[allow(dead_code)]
#[path = "../tests/support/server.rs"]
mod server;
