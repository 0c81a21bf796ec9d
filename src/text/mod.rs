//! Text: counting words, printable foreign text, digests, and secrets and how they are taken out. It uses no other room.

mod count;
mod digest;
mod names;
mod printable;
mod redaction;
mod secret;
mod words;

pub use count::{are, count, some_of};
pub use digest::Digest;
pub(crate) use names::{Name, Names};
pub use printable::{cut, one_line, printable, printable_lines, quoted, shortened};
pub(crate) use redaction::is_secret_key;
pub use redaction::{REDACTED, Redactor};
pub use secret::Secret;
pub(crate) use words::{as_text, as_text_or, words};
