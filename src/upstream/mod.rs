//! Where notices come from: Canonical's OVAL files, security API and RSS feed, and their union.

pub mod http;
pub mod oval;
pub mod rss;
pub mod security_api;

#[cfg(test)]
#[path = "../../tests/support/server.rs"]
mod server;
