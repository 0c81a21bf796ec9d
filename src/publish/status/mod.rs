//! The status: where all products stand, as one page, as numbers and as a feed.

mod answers;
mod case;
mod contents;
mod days;
mod feed;
mod fix_time;
mod index;
mod json;
mod link;
mod page;
mod state;
mod targets;

use anyhow::Result;

use super::Files;
use crate::tracker::History;
use state::State;
pub use targets::Targets;

/// The files of the status, after the events of these logs.
///
/// # Errors
/// If it can't be written.
pub fn status_files(histories: &[History], targets: &Targets) -> Result<Files> {
    let state = State::of(histories, targets);
    let mut files = Files::default();
    files.add("status.json", json::status_json(&state)?);
    files.add("status.html", page::status_html(&state)?);
    files.add("feed.atom", feed::feed_atom(&state)?);
    for product in &state.products {
        let open = product.cases.values().filter(|case| case.is_open());
        files.add_lines(&format!("open/{}", product.name()), open.map(|case| case.id().to_string()));
    }
    Ok(files)
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
