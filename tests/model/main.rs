//! The steps against a model of Concourse: whatever happens upstream, nothing is lost and nothing comes twice.

mod concourse;
