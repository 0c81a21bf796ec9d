//! `file:` addresses, for mirrors on disk: the query is ignored.

use std::fs::File;
use std::io;
use std::time::{Duration, UNIX_EPOCH};

use url::Url;

use super::body::Received;
use super::failure::TrySetback;
use super::{FailureKind, Validators};
use crate::files;

/// Opens a file, unless the validators tell that it is still the same.
pub(super) fn open(url: &Url, validators: &Validators) -> Result<Received<File>, TrySetback> {
    let path =
        url.to_file_path().map_err(|()| TrySetback::of(FailureKind::Refused, "this is no path of this machine"))?;
    let file = files::open(&path).map_err(|error| wrong(&error))?;
    let metadata = file.metadata().map_err(|error| wrong(&error))?;
    let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let etag = Some(format!("\"{}-{}\"", changed.as_nanos(), metadata.len()));
    if etag == validators.etag {
        return Ok(Received::NotModified);
    }
    Ok(Received::fresh((Validators { etag, last_modified: None }, Duration::ZERO), file))
}

fn wrong(error: &io::Error) -> TrySetback {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => FailureKind::NotFound,
        _ => FailureKind::Refused,
    };
    TrySetback::of(kind, error.to_string())
}
