//! All tests of the library and the programs from outside, in one program; the years of the scheduler have their own.

mod acceptance;
mod backlog;
mod house;
mod log;
mod model;
mod mutation;
mod pipelines;
mod readme;
mod schema;
mod stores;
mod support;
mod watch;
