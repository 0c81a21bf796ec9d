//! The three steps, each told from top to bottom.

mod check;
mod emitted_order;
mod evidence;
mod fetch;
mod import;
mod neighbours;
mod opened_lines;
mod record;
mod sight;
mod sources;
mod status;
mod tracked;

pub use check::check;
pub use fetch::fetch;
pub use record::record;
