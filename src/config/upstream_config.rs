//! Where the notices come from.

use serde_json::Value;
use url::Url;

use super::archive_config::{ArchiveKeys, archive};
use super::osv_config::{OsvSource, databases};
use crate::fields::{Field, Fields};
use crate::upstream::Sources;

/// Reads `source.upstream`; what is left out stays at Canonical's servers.
pub(super) fn sources(field: Field<'_>) -> (Sources, Vec<OsvSource>, Option<ArchiveKeys>) {
    let default = Sources::default();
    let mut fields = field.object();
    let sources = Sources {
        oval: one(&mut fields, "oval", default.oval, true),
        api: one(&mut fields, "api", default.api, true),
        rss: one(&mut fields, "rss", default.rss, false),
    };
    let osv = fields.get("osv").map(|field| databases(&field)).unwrap_or_default();
    let archive = fields.get("archive").and_then(archive);
    fields.finish();
    (sources, osv, archive)
}

fn one(fields: &mut Fields<'_>, key: &'static str, default: Option<Url>, folder: bool) -> Option<Url> {
    let Some(field) = fields.get(key) else { return default };
    match field.value() {
        Value::Bool(false) => None,
        Value::Bool(true) => default,
        Value::String(text) => address(text, folder).or_else(|| {
            let folder = if folder { " of a folder, without a query," } else { "" };
            field.wrong(format!(
                "an address{folder} that starts with https://, http:// or file:///, or false to switch it off"
            ));
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
pub(super) fn address(text: &str, folder: bool) -> Option<Url> {
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
