//! Where the notices come from.

use serde_json::Value;
use url::Url;

use super::fields::{Field, Fields};

/// Where the notices come from: the address of each source that is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamConfig {
    /// The folder of the OVAL files; ends in `/`.
    pub oval: Option<Url>,
    /// The folder of the security API; ends in `/`.
    pub api: Option<Url>,
    /// The RSS feed.
    pub rss: Option<Url>,
}

const OVAL: &str = "https://security-metadata.canonical.com/oval/";
const API: &str = "https://ubuntu.com/security/";
const RSS: &str = "https://ubuntu.com/security/notices/rss.xml";

impl Default for UpstreamConfig {
    fn default() -> Self {
        UpstreamConfig { oval: Url::parse(OVAL).ok(), api: Url::parse(API).ok(), rss: Url::parse(RSS).ok() }
    }
}

impl UpstreamConfig {
    /// Reads `source.upstream`.
    pub(super) fn read(field: Field<'_>) -> UpstreamConfig {
        let default = UpstreamConfig::default();
        let mut fields = field.object();
        let config = UpstreamConfig {
            oval: one(&mut fields, "oval", default.oval, true),
            api: one(&mut fields, "api", default.api, true),
            rss: one(&mut fields, "rss", default.rss, false),
        };
        fields.finish();
        config
    }

    /// Whether no source is on.
    pub fn is_off(&self) -> bool {
        self.oval.is_none() && self.api.is_none() && self.rss.is_none()
    }
}

fn one(fields: &mut Fields<'_>, key: &'static str, default: Option<Url>, folder: bool) -> Option<Url> {
    let Some(field) = fields.get(key) else { return default };
    match field.value() {
        Value::Bool(false) => None,
        Value::Bool(true) => default,
        Value::String(text) => address(text, folder).or_else(|| {
            field.wrong("an address that starts with https://, http:// or file:///, or false to switch it off");
            // A mistake is no switch: what follows from it would only be told on top.
            default
        }),
        _ => {
            field.wrong("an address, or false to switch it off");
            default
        }
    }
}

/// The address of a folder or of a file. Who configures `http` has a mirror of their own.
fn address(text: &str, folder: bool) -> Option<Url> {
    let mut url = Url::parse(text.trim()).ok()?;
    let whole = match url.scheme() {
        "http" | "https" => url.has_host(),
        "file" => url.host_str().is_none() && text.trim().to_ascii_lowercase().starts_with("file:///"),
        _ => false,
    };
    // What is joined to a folder would land behind its query.
    if !whole || url.fragment().is_some() || (folder && url.query().is_some()) {
        return None;
    }
    if folder && !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Some(url)
}
