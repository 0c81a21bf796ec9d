//! `davos`: a Concourse resource type that turns Ubuntu Security Notices into patched releases, and proves it.
//!
//! Each top-level module, a room, uses only those that are listed below it here.

pub mod step;

pub mod concourse;

pub mod config;

pub mod publish;

pub mod tracker;

pub mod store;

pub mod product;

pub mod upstream;

pub mod http;

pub mod notice;

mod cache;

mod fields;

mod files;

pub mod text;

// What the tests here have in common with those in `tests`.
#[cfg(test)]
#[allow(dead_code)]
#[path = "../tests/support/needs.rs"]
mod needs;
#[cfg(test)]
#[allow(dead_code)]
#[path = "../tests/support/server.rs"]
mod server;
