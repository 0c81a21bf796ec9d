//! What a release states of each vulnerability, in the forms of VEX.

mod concerned;
mod conclusion;
mod csaf;
mod csaf_products;
mod openvex;
mod statement;

pub(super) use csaf::csaf;
pub(super) use openvex::{Reader, openvex};
pub(super) use statement::{Stated, Statement, Vulnerability, statements};

use super::product_url::ProductUrl;
use super::purl;
use super::release::RecordedRelease;

/// All that the documents of a release call it by: its own package URL first, and those that the pipeline gives.
pub(super) fn products(release: &RecordedRelease<'_>, given: &[ProductUrl]) -> Vec<String> {
    let mut products = vec![purl::of_release(release.product, release.version())];
    for url in given {
        if !products.iter().any(|known| known == url.as_str()) {
            products.push(url.to_string());
        }
    }
    products
}

#[cfg(test)]
mod random_log;
#[cfg(test)]
mod scanners;
#[cfg(test)]
mod scanners_tests;
#[cfg(test)]
mod size_tests;
#[cfg(test)]
mod tests;
