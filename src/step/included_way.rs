//! The way from a product to what it contains, which never leads back.

use anyhow::{Result, bail};

use crate::product::LogName;
use crate::tracker::Included;

/// How deep products may be within products: an image in an image in a distribution needs three.
pub(super) const DEEPEST: usize = 32;

/// A product that would contain itself is refused. `way` leads to where it was found.
pub(super) fn refuse_circle(owner: &LogName, way: &[Included], product: &LogName) -> Result<()> {
    if way.len() > DEEPEST {
        bail!(
            "{owner} would contain products within products, more than {DEEPEST} deep, down to {product}; include them directly"
        );
    }
    let outer = way.split_last().map_or(&[][..], |(_, outer)| outer);
    if product == owner || outer.iter().any(|inside| inside.log_name() == *product) {
        let again = if way.last().is_some_and(|last| last.log_name() == *product) {
            String::new()
        } else {
            format!(", which contains {product}")
        };
        bail!("a product can't contain itself: {owner} would contain {}{again}", names(way));
    }
    Ok(())
}

/// The way in words.
pub(super) fn names(way: &[Included]) -> String {
    way.iter().map(ToString::to_string).collect::<Vec<_>>().join(", which contains ")
}
