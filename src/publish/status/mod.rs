//! The status: where all products stand, as one page, as numbers and as a feed.

mod answers;
mod contents;
mod days;
mod feed;
mod fix_time;
mod imports;
mod index;
mod inside;
mod json;
mod lacking;
mod legs;
mod link;
mod notice_timeline;
mod page;
mod product;
mod state;
mod targets;
mod times_json;

use anyhow::Result;
use url::Url;

use super::Files;
use crate::tracker::History;
pub use state::Shipped;
use state::StatusState;
pub use targets::Targets;

/// The files of the status, after the events of these logs. `address` is where the files are going to be served, if that is
/// told.
///
/// # Errors
/// If it can't be written.
pub fn status_files(
    histories: &[History],
    shipped: &Shipped,
    targets: &Targets,
    address: Option<&Url>,
) -> Result<Files> {
    let state = StatusState::of(histories, shipped, targets);
    let mut files = Files::default();
    files.add("status.json", json::status_json(&state)?);
    files.add("status.html", page::status_html(&state)?);
    files.add("feed.atom", feed::feed_atom(&state, address)?);
    for product in state.products.iter().chain(&state.partners) {
        let open = product.cases.values().filter(|case| case.is_open());
        // A product of ours may be called like a partner.
        let folder = if product.name().partner.is_none() { "open" } else { "open-partners" };
        files.add_lines(&format!("{folder}/{}", product.name()), open.map(|case| case.id().to_string()));
    }
    Ok(files)
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod legs_tests;
#[cfg(test)]
mod reader_tests;
#[cfg(test)]
mod tests;
