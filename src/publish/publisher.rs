//! Who publishes the documents of a release.

use url::Url;

use super::release::RecordedRelease;

/// Who publishes the documents of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// The name, such as that of a company.
    pub name: String,
    /// An address that belongs to them and tells them apart from others of that name.
    pub namespace: String,
}

impl Publisher {
    /// What is known without being told: the product, and the Concourse that recorded the release.
    pub(super) fn of(release: &RecordedRelease<'_>) -> Publisher {
        let name = release.product.to_string();
        let build = release.event.by.url.as_deref().and_then(|url| Url::parse(url).ok());
        let origin = build.map(|url| url.origin()).filter(url::Origin::is_tuple);
        let namespace = origin.map_or_else(|| format!("urn:davos:{name}"), |origin| origin.ascii_serialization());
        Publisher { name, namespace }
    }
}
