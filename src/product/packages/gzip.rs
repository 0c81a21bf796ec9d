//! A gzip file of a list.

use std::io::Read;

use anyhow::{Context, Result, bail};
use flate2::bufread::GzDecoder;

use super::LARGEST_LIST;

/// RFC 1952, 2.3.1: how each gzip file begins.
pub(super) fn is_such(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// A file may be several, one after the other, each of which takes time however little is in it. bgzip needs a thousand for the
/// largest list.
const MOST_MEMBERS: usize = 10_000;

/// What is inside.
pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<u8>> {
    let (mut unpacked, mut rest, mut members) = (Vec::new(), bytes, 0);
    while !rest.is_empty() {
        members += 1;
        if members > MOST_MEMBERS {
            bail!("the gzip file has more than {MOST_MEMBERS} parts; pack the list once");
        }
        let mut member = GzDecoder::new(rest);
        let room = LARGEST_LIST + 1 - unpacked.len() as u64;
        member
            .by_ref()
            .take(room)
            .read_to_end(&mut unpacked)
            .context("the gzip file is damaged or cut short; pack the list anew")?;
        if unpacked.len() as u64 > LARGEST_LIST {
            bail!("the gzip file unpacks to more than {} MiB: is it a list of packages?", LARGEST_LIST >> 20);
        }
        rest = member.into_inner();
    }
    if is_such(&unpacked) {
        bail!("the gzip file holds another one; pack the list once");
    }
    Ok(unpacked)
}
