//! What tests play with: the steps run in this process or as programs, servers, relays, and models.

// Two test programs are made of it, neither of which uses all of it.
#![allow(dead_code, unreachable_pub)]

pub(crate) mod api;
pub(crate) mod archive;
pub(crate) mod binary;
pub(crate) mod counting;
pub(crate) mod facts;
pub(crate) mod git_server;
pub(crate) mod github;
pub(crate) mod many_events;
pub(crate) mod needs;
pub(crate) mod partners;
pub(crate) mod pipeline;
pub(crate) mod relay;
pub(crate) mod server;
pub(crate) mod sshd;
pub(crate) mod steps;
pub(crate) mod upstream;
pub(crate) mod validation;
pub(crate) mod weed;
