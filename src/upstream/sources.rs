//! The addresses of the sources.

use url::Url;

/// The addresses of the sources; one that is `None` is off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// The folder of the OVAL files; ends in `/`.
    pub oval: Option<Url>,
    /// The folder of the security API; ends in `/`.
    pub api: Option<Url>,
    /// The RSS feed.
    pub rss: Option<Url>,
}

impl Default for Sources {
    /// Canonical's servers.
    fn default() -> Self {
        Sources {
            oval: Url::parse("https://security-metadata.canonical.com/oval/").ok(),
            api: Url::parse("https://ubuntu.com/security/").ok(),
            rss: Url::parse("https://ubuntu.com/security/notices/rss.xml").ok(),
        }
    }
}

impl Sources {
    /// Whether no source is on.
    pub fn is_off(&self) -> bool {
        self.oval.is_none() && self.api.is_none() && self.rss.is_none()
    }
}
