//! The cellar: words and how they are shown. Everybody may use it, and it knows nobody.

mod printable;
mod words;

pub use printable::{printable, printable_lines, shortened};
pub(crate) use words::{as_text, words};
