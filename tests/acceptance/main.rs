//! What Concourse, upstream and a team see of the three binaries, run as processes.

mod again;
#[path = "../support/api.rs"]
mod api;
#[path = "../support/binary.rs"]
mod binary;
mod bombs;
mod bombs_in_files;
mod deadlines;
mod forty_notices;
mod kernel;
mod network;
mod outages;
mod product;
mod protocol;
mod put;
mod real_notices;
#[path = "../support/server.rs"]
mod server;
mod surroundings;
mod upstream;
mod writers;
mod wrong_input;
