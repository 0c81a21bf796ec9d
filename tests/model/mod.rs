//! The steps against a model of Concourse: whatever happens upstream, nothing is lost and nothing comes twice.

mod apt_policy;
mod archive;
mod cases;
mod claims;
mod concourse;
mod day_by_day;
mod histories;
mod other_sources;
mod record;
mod team;
mod world;
