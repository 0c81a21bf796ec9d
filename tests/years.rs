//! The pipelines of this repository in a model of Concourse's scheduler, for years: a program of its own, since it takes long.

mod scheduler;
mod support;
