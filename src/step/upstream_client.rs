//! The way to the sources of notices that a source names.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;

use crate::concourse::Context;
use crate::config::Common;
use crate::files;
use crate::http::{Http, Limits};
use crate::notice::UbuntuRelease;
use crate::upstream::Upstream;

/// What a step needs to ask upstream.
pub(super) struct UpstreamClient {
    http: Http,
    folder: PathBuf,
}

impl UpstreamClient {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// If a certificate of the source is none, or the temporary folder can't be used.
    pub(super) fn new(context: &Context<'_>, common: &Common) -> Result<UpstreamClient> {
        Ok(UpstreamClient {
            http: Http::new(Limits::default(), &common.ca_certs, context.seed)?,
            folder: folder(context)?,
        })
    }

    /// The way to Ubuntu's sources, for one of its releases.
    pub(super) fn upstream<'a>(
        &'a self,
        context: &Context<'_>,
        common: &'a Common,
        release: Option<&'a UbuntuRelease>,
    ) -> Upstream<'a> {
        Upstream { sources: &common.upstream, release, http: &self.http, folder: &self.folder, now: context.now }
    }

    /// The way to servers.
    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    /// The way to the archive that a product installs from: less patient, for it comes last, and a check can do without.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(super) fn archive_http(&self, context: &Context<'_>, common: &Common) -> Result<Http> {
        let limits = Limits {
            read: Duration::from_secs(5),
            whole: Duration::from_secs(15),
            tries: 2,
            total: self.http.remaining().min(Duration::from_secs(20)),
            ..Limits::default()
        };
        Http::new(limits, &common.ca_certs, context.seed)
    }

    /// Where a later run finds what this one kept.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Our own folder in the temporary one, which nobody else may write: what is found there is believed.
pub(super) fn folder(context: &Context<'_>) -> Result<PathBuf> {
    own_folder(context.environment.temporary_folder.join("davos"), context.now)
}

/// A folder that is ours alone, made if it is missing.
pub(super) fn own_folder(path: PathBuf, now: Timestamp) -> Result<PathBuf> {
    match DirBuilder::new().mode(0o700).create(&path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(error).with_context(|| {
                format!(
                    "making the temporary folder {}; see whether TMPDIR is right, and may be written to",
                    path.display()
                )
            });
        }
        _ => {}
    }
    let found = fs::symlink_metadata(&path).with_context(|| format!("looking at {}", path.display()))?;
    let ours = fs::metadata("/proc/self").map(|me| me.uid() == found.uid()).unwrap_or(true);
    if !found.is_dir() || !ours || found.mode() & 0o022 != 0 {
        bail!("{} is not a folder that only this user can write; remove it, or set TMPDIR", path.display());
    }
    // What interrupted steps left: files that they were writing, and repositories that they had taken for themselves.
    let is_nobodys = |process: &str| !Path::new("/proc").join(process).exists();
    let is_left = |name: &str| {
        let taken_by = name.strip_prefix("git-").and_then(|name| name.split('.').nth(1));
        name.starts_with(".tmp") || taken_by.is_some_and(is_nobodys)
    };
    files::sweep(&path, is_left, now.into());
    Ok(path)
}
