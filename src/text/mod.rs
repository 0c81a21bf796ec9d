//! The cellar: words and how they are shown. Everybody may use it, and it knows nobody.

mod count;
mod names;
mod printable;
mod secret;
mod words;

pub use count::{are, count};
pub(crate) use names::{Name, Names};
pub use printable::{cut, printable, printable_lines, quoted, shortened};
pub use secret::Secret;
pub(crate) use words::{as_text, as_text_or, words};
