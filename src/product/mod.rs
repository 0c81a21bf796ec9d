//! What a team ships: its packages, its releases, and which notices concern them.

mod filter;
mod globs;
mod name;

pub use filter::Filter;
pub use globs::Globs;
pub use name::ProductName;
