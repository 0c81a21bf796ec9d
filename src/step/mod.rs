//! The three steps, each told from top to bottom.

mod backlog;
mod check;
mod evidence;
mod fetch;
mod found_notices;
mod import;
mod included_contents;
mod included_limits;
mod included_products;
mod included_way;
mod open_notices;
mod open_tracker;
mod other_notices;
mod our_facts;
mod partners;
mod record;
mod status;
mod upstream_client;

pub use backlog::LogBook;
pub use check::check;
pub use fetch::fetch;
pub use record::record;
