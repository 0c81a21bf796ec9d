//! Where notices come from: Canonical's OVAL files, security API and RSS feed, and their union; and databases in the form of OSV.
//! And where their fixes come from.

pub mod archive;
pub mod dependencies;
mod feed;
mod gather;
mod gathered;
mod notice_filter;
pub mod osv;
pub mod oval;
mod release_rating;
pub mod rss;
pub mod security_api;
mod sources;
mod union;

pub use gather::Upstream;
pub use gathered::Gathered;
pub use notice_filter::{Missing, NoticeFilter};
pub use release_rating::{Lowered, RatingQuestion};
pub use sources::Sources;
