//! What may stand in `source.tracker` of a tracker in a bucket.

use serde_json::{Value, json};

use super::StoreConfig;
use crate::fields::{Fields, Mistakes};
use crate::text::Redactor;

fn read(tracker: Value) -> Result<StoreConfig, String> {
    let source = json!({"tracker": tracker});
    let redactor = Redactor::new(&source, []);
    let mistakes = Mistakes::new(&redactor);
    let mut fields = Fields::top("source", &source, &mistakes);
    let config = fields.get("tracker").and_then(StoreConfig::read);
    mistakes.settle("the pipeline").map_err(|error| error.to_string())?;
    Ok(config.expect("a tracker or a mistake"))
}

fn mistakes(tracker: Value) -> String {
    read(tracker).expect_err("a mistake")
}

#[test]
fn a_bucket_alone_is_amazons_with_the_role_of_the_machine() {
    let Ok(StoreConfig::S3(place)) = read(json!({"driver": "s3", "bucket": "our-logs"})) else { panic!("no S3") };
    assert_eq!((place.bucket.as_str(), place.prefix.as_str(), place.region.as_str()), ("our-logs", "", "us-east-1"));
    assert!(place.endpoint.is_none() && place.keys.is_none() && !place.path_style, "{place:?}");
}

#[test]
fn an_endpoint_means_path_style_unless_told_otherwise_and_https_unless_http_is_written() {
    let style = |more: Value| {
        let mut tracker = json!({"driver": "s3", "bucket": "our-logs", "prefix": "/a/b/"});
        tracker.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let Ok(StoreConfig::S3(place)) = read(tracker) else { panic!("no S3") };
        assert_eq!(place.prefix, "a/b");
        (place.endpoint.unwrap_or_default(), place.path_style)
    };
    let https = || "https://minio.example:9000".to_owned();
    assert_eq!(style(json!({"endpoint": "minio.example:9000"})), (https(), true));
    assert_eq!(style(json!({"endpoint": "https://minio.example:9000/", "use_path_style": false})), (https(), false));
    assert_eq!(style(json!({"endpoint": "http://127.0.0.1:9000"})), ("http://127.0.0.1:9000".to_owned(), true));
}

#[test]
fn half_of_the_keys_is_a_mistake_that_names_the_other_half() {
    let half = mistakes(json!({"driver": "s3", "bucket": "our-logs", "access_key_id": "AKIAEXAMPLE"}));
    assert!(half.contains("source.tracker.secret_access_key: needed"), "{half}");
    let token = mistakes(json!({"driver": "s3", "bucket": "our-logs", "session_token": "IQoJb3JpZ2lu"}));
    assert!(token.contains("source.tracker.access_key_id: needed"), "{token}");
    assert!(token.contains("source.tracker.secret_access_key: needed"), "{token}");
    assert!(!token.contains("IQoJ") && !half.contains("AKIA"), "{token} {half}");
}

#[test]
fn all_mistakes_are_told_with_their_paths() {
    let all =
        mistakes(json!({"driver": "s3", "bucket": "a/b", "prefix": "x//y", "endpoint": "https://u:p4ssw0rd@host/p",
        "region_name": "eu central", "use_path_style": "yes", "secret_acess_key": "oops", "access_key_id": 7}));
    for path in ["bucket", "prefix", "endpoint", "region_name", "use_path_style", "secret_acess_key", "access_key_id"] {
        assert!(all.contains(&format!("source.tracker.{path}: ")), "{path}: {all}");
    }
    assert!(all.contains("did you mean `secret_access_key`?"), "{all}");
    assert!(!all.contains("p4ssw0rd") && !all.contains("oops"), "{all}");
    assert!(mistakes(json!({"driver": "gcs"})).contains("source.tracker.bucket: needed"));
}

#[test]
fn a_json_key_may_be_text_or_an_object_and_has_to_be_a_service_accounts() {
    let key =
        json!({"type": "service_account", "private_key": "-----BEGIN", "private_key_id": "1", "client_email": "a@b"});
    for written in [key.clone(), Value::String(key.to_string())] {
        let Ok(StoreConfig::Gcs(place)) = read(json!({"driver": "gcs", "bucket": "our-logs", "json_key": written}))
        else {
            panic!("no GCS")
        };
        assert!(!format!("{place:?}").contains("BEGIN"));
    }
    for written in [json!("s3cret words"), json!({"type": "authorized_user", "refresh_token": "s3cret"}), json!(7)] {
        let wrong = mistakes(json!({"driver": "gcs", "bucket": "our-logs", "json_key": written}));
        assert!(wrong.contains("source.tracker.json_key: ") && wrong.contains("private_key_id"), "{wrong}");
        assert!(!wrong.contains("s3cret"), "{wrong}");
    }
}
