//! Where notices come from: Canonical's OVAL files, security API and RSS feed, and their union.

mod gather;
pub mod http;
pub mod oval;
pub mod rss;
pub mod security_api;
mod sources;
mod union;

#[cfg(test)]
#[path = "../../tests/support/server.rs"]
mod server;

pub use gather::{Gathered, Interest, Need, Outline, Upstream};
pub use sources::Sources;
