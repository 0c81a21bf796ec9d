//! A gzip file of a list.

use std::io::Read;

use anyhow::{Context, Result, bail};
use flate2::read::MultiGzDecoder;

use super::LARGEST_LIST;

/// RFC 1952, 2.3.1: how each gzip file begins.
pub(super) fn is_such(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// What is inside.
pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(LARGEST_LIST + 1)
        .read_to_end(&mut unpacked)
        .context("the gzip file is damaged or cut short")?;
    if unpacked.len() as u64 > LARGEST_LIST {
        bail!("the gzip file unpacks to more than {} MiB: is it a list of packages?", LARGEST_LIST >> 20);
    }
    if is_such(&unpacked) {
        bail!("the gzip file holds another one; pack the list once");
    }
    Ok(unpacked)
}
