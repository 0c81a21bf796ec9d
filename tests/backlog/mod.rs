//! A team's issues on a server that behaves as GitHub's API is documented to.

mod answers;
mod checks;
mod failures;
mod limits;
mod openings;
mod pick_ups;
mod slice;
mod team;
mod year;
