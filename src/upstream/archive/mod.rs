//! The archive that a product's packages are installed from: whether it has a fix yet. Signatures are apt's business: what is
//! learned here decides when to build, not what to trust.

mod client;
mod fetch;
mod index;
mod kept;
mod release_file;
mod scan;
mod unpack;
mod wanted;

use url::Url;

pub use client::ArchiveClient;
pub use index::PackageIndex;
pub use kept::kept_versions;
pub use release_file::ReleaseFile;
pub use wanted::{ArchiveAnswer, WantedPackage};

/// The archive that a product's packages are installed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// The folder that `dists` and `pool` are in; ends in `/`.
    pub url: Url,
    /// The suites, the one to ask first in front: `jammy-security`, `jammy-updates`.
    pub suites: Vec<String>,
    /// The components; all that a suite has if none is named.
    pub components: Vec<String>,
    /// The architectures, in each of which a package has to be.
    pub architectures: Vec<String>,
}

impl Archive {
    /// The address of a file, of which `path` is the place in the archive. It never leads out of it: parts that would are
    /// left out.
    fn file(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        // It fails only for addresses that have no path.
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(path.split('/').filter(|part| !part.is_empty()));
        }
        url
    }
}

#[cfg(test)]
mod tests;
