//! What people and tasks read.
