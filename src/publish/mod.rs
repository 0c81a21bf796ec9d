//! What people and tasks read.

mod advisory;
pub(crate) mod chat;
mod files;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod hostile_tests;
mod in_release;
mod notes;
mod notice_files;
mod notice_outcome;
mod osv;
mod product_url;
mod publisher;
mod purl;
mod release;
mod release_files;
mod release_notification;
mod status;
mod template;
pub(crate) mod text;
mod usn_json;
mod vex;

pub use files::Files;
pub use notes::Layout;
pub use notice_files::notice_files;
pub use product_url::{MOST_PRODUCTS, ProductUrl};
pub use publisher::Publisher;
pub use release::ReleaseFacts;
pub use release_files::{Wording, release_files};
pub use status::{Shipped, Targets, status_files};
pub(crate) use template::{APART, serve};
