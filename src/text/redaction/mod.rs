//! What is secret, in whatever spelling it stands in a text, and how it is taken out.

mod digits;
mod escape;
mod reading;
mod redactor;
mod secrets;

pub use redactor::{REDACTED, Redactor};
pub(crate) use secrets::is_secret_key;

#[cfg(test)]
mod tests;
