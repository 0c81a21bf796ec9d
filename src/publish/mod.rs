//! What people and tasks read.

mod files;
mod notice_files;
mod release_files;
mod status;
mod text;
mod usn_json;

pub use files::Files;
pub use notice_files::notice_files;
pub use release_files::{ReleaseFacts, release_files};
pub use status::{Targets, status_files};
pub use text::some_of;
