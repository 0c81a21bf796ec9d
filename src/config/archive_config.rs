//! The archive that the product's packages are installed from, where fixes are to be before a rebuild.

use serde_json::Value;
use url::Url;

use super::upstream_config::address;
use crate::fields::{Field, Fields};
use crate::notice::UbuntuRelease;
use crate::upstream::archive::Archive;

/// The most entries of one of the lists.
const MOST: usize = 20;

/// What is asked for unless others are named: what archive.ubuntu.com and its mirrors have.
const ARCHITECTURE: &str = "amd64";

/// What is said where nothing tells the suites.
pub(super) const NO_SUITES: &str =
    "without source.os it needs {url: …, suites: […]}: write the suites that the packages are installed from";

/// What is said where the archive can hold nothing back.
pub(super) const NO_GATE: &str =
    "upstream.archive has no effect without a tracker: only what the packages of a release lack is asked for";

/// What `source.upstream.archive` says; the suites may follow from the Ubuntu release.
pub(super) struct ArchiveKeys {
    url: Option<Url>,
    suites: Option<Vec<String>>,
    components: Vec<String>,
    architectures: Vec<String>,
}

/// Reads `source.upstream.archive`.
pub(super) fn archive(field: Field<'_>) -> Option<ArchiveKeys> {
    let amd64 = || vec![ARCHITECTURE.to_owned()];
    match field.value() {
        Value::Bool(false) => return None,
        Value::String(_) => {
            let url = base(&field);
            return Some(ArchiveKeys { url, suites: None, components: Vec::new(), architectures: amd64() });
        }
        Value::Object(_) => {}
        _ => {
            field.wrong("the address of an archive, {url, suites, components, architectures}, or false");
            return None;
        }
    }
    let mut fields = field.object();
    let url = fields.get("url");
    if url.is_none() {
        fields.mistake_of("url", "needed; write the address of the folder that dists is in");
    }
    let url = url.as_ref().and_then(base);
    let suites = names(&mut fields, "suites", "the name of a suite, such as jammy-security");
    let components = names(&mut fields, "components", "the name of a component, such as main");
    let architectures = names(&mut fields, "architectures", "the name of an architecture, such as amd64");
    fields.finish();
    Some(ArchiveKeys {
        url,
        suites,
        components: components.unwrap_or_default(),
        architectures: architectures.unwrap_or_else(amd64),
    })
}

/// The address of an archive.
fn base(field: &Field<'_>) -> Option<Url> {
    let url = field.some_text().and_then(|text| address(text, true));
    let is_above = |url: &Url| !url.path_segments().into_iter().flatten().any(|part| part == "dists" || part == "pool");
    let url = url.filter(is_above);
    if url.is_none() {
        field.wrong(
            "the address of the folder that dists and pool are in, without a query, that starts with https://, http:// or file:///",
        );
    }
    url
}

/// A list of names, each once, in its order.
fn names(fields: &mut Fields<'_>, key: &'static str, such: &str) -> Option<Vec<String>> {
    let field = fields.get(key)?;
    let items = field.list();
    if field.value().as_array().is_some_and(|items| items.is_empty() || items.len() > MOST) {
        field.mistake(format!("write one to {MOST}, or leave the key out"));
    }
    let mut names: Vec<String> = Vec::new();
    for item in items {
        let Some(name) = item.some_text().map(str::trim) else { continue };
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'+' | b'-' | b'~');
        let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain);
        if name.len() > 80 || !name.split('/').all(is_part) {
            item.wrong(such);
        } else if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Some(names)
}

impl ArchiveKeys {
    /// The archive; `None` after a mistake, or where nothing tells the suites.
    pub(super) fn archive(self, os: Option<&UbuntuRelease>) -> Option<Archive> {
        let of_release = |os: &UbuntuRelease| ["security", "updates"].map(|pocket| format!("{os}-{pocket}")).to_vec();
        let suites = self.suites.or_else(|| os.map(of_release))?;
        Some(Archive { url: self.url?, suites, components: self.components, architectures: self.architectures })
    }
}
