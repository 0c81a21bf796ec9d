//! `driver: s3`, with the keys of Concourse's semver-resource.

use url::Url;

use super::bucket_keys::{anonymous, bucket, prefix};
use super::place::{AccessKeys, S3Place};
use crate::fields::Fields;
use crate::text::Secret;

/// Where Amazon keeps what names no region.
const REGION: &str = "us-east-1";

/// Reads the keys beside `driver`.
pub(in crate::store) fn read(mut fields: Fields<'_>) -> Option<S3Place> {
    let bucket = bucket(&mut fields);
    let prefix = prefix(&mut fields);
    let endpoint = endpoint(&mut fields);
    let region = match fields.get("region_name") {
        None => Some(REGION.to_owned()),
        Some(field) => field.some_text().and_then(|text| {
            let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if !plain {
                field.wrong("a region such as eu-central-1");
            }
            plain.then(|| text.to_owned())
        }),
    };
    let keys = access_keys(&mut fields);
    let anonymous = anonymous(&mut fields, &["access_key_id", "secret_access_key", "session_token"]);
    // Most servers besides Amazon's know a bucket only in the path; Amazon wants it in the name, but its certificate
    // covers no name with more dots.
    let dotted = bucket.as_ref().is_some_and(|bucket| bucket.contains('.'));
    let path_style = fields.flag("use_path_style", dotted || !matches!(endpoint, Some(None)));
    fields.finish();
    Some(S3Place {
        bucket: bucket?,
        prefix: prefix?,
        endpoint: endpoint?,
        region: region?,
        keys: keys?,
        anonymous,
        path_style,
    })
}

/// The server's address, with `http` only where that is written. The inner `None` is Amazon.
fn endpoint(fields: &mut Fields<'_>) -> Option<Option<String>> {
    let Some(field) = fields.get("endpoint") else { return Some(None) };
    let text = field.some_text()?.trim();
    // The semver-resource takes a bare host.
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&whole).ok().filter(|url| {
        ["http", "https"].contains(&url.scheme())
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
    });
    if url.is_none() {
        field.wrong("the server's address without a path, such as https://s3.example.com:9000 (http:// only if meant)");
    }
    url.map(|url| Some(url.as_str().trim_end_matches('/').to_owned()))
}

/// Both keys or none of them. The inner `None` is the role of the machine.
fn access_keys(fields: &mut Fields<'_>) -> Option<Option<AccessKeys>> {
    let mut given = |key| match fields.get(key) {
        None => Some(None),
        Some(field) => field.some_text().map(|text| Some(Secret::new(text.trim()))),
    };
    let (id, secret, session_token) = (given("access_key_id"), given("secret_access_key"), given("session_token"));
    // What is written and wrong is a mistake already.
    match (id?, secret?, session_token?) {
        (Some(id), Some(secret), session_token) => Some(Some(AccessKeys { id, secret, session_token })),
        (None, None, None) => Some(None),
        (id, secret, _) => {
            let needed = |key| {
                fields.mistake_of(key, "needed; write both access_key_id and secret_access_key, or no key at all")
            };
            if id.is_none() {
                needed("access_key_id");
            }
            if secret.is_none() {
                needed("secret_access_key");
            }
            None
        }
    }
}
