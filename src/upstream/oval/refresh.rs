//! The OVAL file as a server has it.

use std::path::Path;

use anyhow::{Context, Result};
use url::Url;

use super::{Origin, OvalCache};
use crate::http::{Answer, Http, Validators, shown};
use crate::notice::UbuntuRelease;

/// The most that the compressed file may have. Today's largest has 1 MB.
const CAP: u64 = 16 << 20;

/// Where the file of a release is, in the folder `base`.
///
/// # Errors
/// If `base` can't be joined to.
pub fn url(base: &Url, release: &UbuntuRelease) -> Result<Url> {
    base.join(&format!("com.ubuntu.{release}.usn.oval.xml.bz2"))
        .with_context(|| format!("source.upstream.oval: {} is no address of a folder", shown(base)))
}

/// Asks for the file, under the condition that it changed since it was last read, and makes its cache anew if it did.
///
/// # Errors
/// If the server can't be asked, or what it answers is no such file, or not all of it.
pub fn refresh(http: &Http, base: &Url, release: &UbuntuRelease, folder: &Path) -> Result<OvalCache> {
    let url = url(base, release)?;
    let place = shown(&url).to_string();
    let known = OvalCache::open(folder, &place);
    let validators = known.as_ref().map(|cache| validators(cache.origin())).unwrap_or_default();
    let answer = http.get(&url, &validators, CAP, |body| {
        let mut compressed = Vec::new();
        body.read_to_end(&mut compressed)?;
        Ok(compressed)
    })?;
    match answer {
        Answer::NotModified => {
            known.context("the server says that the OVAL file did not change since it was never read")
        }
        Answer::Fresh { value, validators, .. } => {
            let origin = Origin { url: place, etag: validators.etag, last_modified: validators.last_modified };
            let had = known.as_ref().map_or(0, OvalCache::count);
            drop(known);
            OvalCache::build(&value, &origin, release, folder, had, http.until())
        }
    }
}

fn validators(origin: &Origin) -> Validators {
    Validators { etag: origin.etag.clone(), last_modified: origin.last_modified.clone() }
}
