//! The log of a product, and what follows from its events.

mod answer;
pub use answer::{Answered, Justification, Status};
