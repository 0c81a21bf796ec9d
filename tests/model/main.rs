//! The steps against a model of Concourse: whatever happens upstream, nothing is lost and nothing comes twice.

mod cases;
mod claims;
mod concourse;
mod day_by_day;
mod histories;
mod record;
#[path = "../support/steps.rs"]
mod steps;
mod team;
mod upstream;
mod world;
