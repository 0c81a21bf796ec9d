//! `driver: gcs`, with the keys of Concourse's semver-resource.

use serde_json::Value;

use super::bucket_keys::{anonymous, bucket, prefix};
use super::place::GcsPlace;
use crate::fields::{Field, Fields};
use crate::text::Secret;

/// Reads the keys beside `driver`.
pub(in crate::store) fn read(mut fields: Fields<'_>) -> Option<GcsPlace> {
    let bucket = bucket(&mut fields);
    let prefix = prefix(&mut fields);
    let json_key = match fields.get("json_key") {
        None => Some(None),
        Some(field) => service_account(&field).map(Some),
    };
    let anonymous = anonymous(&mut fields, &["json_key"]);
    fields.finish();
    Some(GcsPlace { bucket: bucket?, prefix: prefix?, json_key: json_key?, anonymous })
}

/// The key of a service account: the text of the file that Google hands out, or what YAML made of it.
fn service_account(field: &Field<'_>) -> Option<Secret> {
    let key = match field.value() {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        value => value.clone(),
    };
    let has = |name: &str| key[name].as_str().is_some_and(|text| !text.is_empty());
    if !["private_key", "private_key_id", "client_email"].into_iter().all(has) {
        field.wrong("the JSON key of a service account: an object with private_key, private_key_id and client_email");
        return None;
    }
    Some(Secret::new(key.to_string()))
}
