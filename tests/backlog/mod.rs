//! A team's issues on a server that behaves as GitHub's API is documented to.

mod slice;
mod team;
