//! Google Cloud Storage: no emulator on PyPI heeds generation preconditions in the XML interface, so a scripted server
//! answers as Google documents it.

use davos::store::{GcsPlace, ObjectStore, Store};
use davos::text::Secret;

use crate::stores::conformance::conforms;
use crate::stores::scripted::{Manner, bucket};

pub(crate) fn open(bucket: &str, server: &str) -> ObjectStore {
    let key = serde_json::json!({"type": "service_account", "private_key": "none", "private_key_id": "1",
        "client_email": "davos@example.iam.gserviceaccount.com", "gcs_base_url": server, "disable_oauth": true});
    let place = GcsPlace {
        bucket: bucket.to_owned(),
        prefix: "logs".to_owned(),
        json_key: Some(Secret::new(key.to_string())),
        anonymous: false,
    };
    ObjectStore::gcs(place, &[]).expect("a store")
}

#[test]
fn gcs_keeps_the_promises_of_a_store() {
    let server = format!("http://{}", bucket(("x-goog-if-generation-match", "0"), Manner::Heeds));
    conforms(&|| Box::new(open("our-logs", &server)), 250);
}

#[test]
fn a_bucket_that_google_does_not_know_is_named() {
    let server = format!("http://{}", bucket(("x-goog-if-generation-match", "0"), Manner::Heeds));
    let error = format!("{:#}", open("their-logs", &server).list("jammy", "").expect_err("no bucket"));
    let words = "listing the tracker in gs://their-logs/logs at ";
    assert!(error.starts_with(words) && error.contains("404: NoSuchBucket: "), "{error}");
    assert!(error.ends_with("make the bucket, or correct source.tracker.bucket"), "{error}");
}

#[test]
fn advice_names_keys_that_google_has() {
    for (status, code) in
        [(401, "AuthenticationRequired"), (403, "SignatureDoesNotMatch"), (403, "AccessDenied"), (302, "")]
    {
        let body = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
        let server = crate::stores::http::serve(move |_| crate::stores::http::answer(status, "", &body));
        let error =
            format!("{:#}", open("our-logs", &format!("http://{server}")).list("jammy", "").expect_err("refused"));
        assert!(error.contains("json_key"), "{error}");
        for foreign in ["access_key_id", "endpoint", "region_name", "session_token"] {
            assert!(!error.contains(foreign), "{foreign}: {error}");
        }
    }
}
