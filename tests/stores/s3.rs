//! S3, against a real server.

use std::time::{Duration, Instant};

use davos::tracker::{ObjectStore, S3Place, Store};

use crate::conformance::conforms;
use crate::weed::{KEY, SECRET, Weed, keys};

#[test]
fn s3_keeps_the_promises_of_a_store() {
    let Some(weed) = Weed::shared() else { return };
    let place = weed.place("conformance");
    conforms(&|| Box::new(ObjectStore::s3(place.clone(), &[]).expect("a store")), 1_100);
}

/// The error of reading, which has to come at once, on one line and without secrets.
fn refused(place: S3Place) -> String {
    let started = Instant::now();
    let store = ObjectStore::s3(place, &[]).expect("a store");
    let error = format!("{:#}", store.list("jammy", "").expect_err("refused"));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}: {error}", started.elapsed());
    assert!(!error.contains('\n') && !error.contains(SECRET) && !error.contains("not-the-secret"), "{error}");
    error
}

#[test]
fn wrong_keys_and_a_missing_bucket_fail_at_once_with_the_servers_words() {
    let Some(weed) = Weed::shared() else { return };
    let place = weed.place("refusals");
    let at = |bucket: &str| format!("listing the tracker in s3://{bucket}/security/logs at {}: ", weed.endpoint());

    let error = refused(S3Place { keys: Some(keys(KEY, "not-the-secret")), ..place.clone() });
    assert!(error.starts_with(&(at("refusals") + "the server answered 403: SignatureDoesNotMatch: ")), "{error}");
    assert!(error.ends_with("in source.tracker right, and still valid?"), "{error}");

    let error = refused(S3Place { keys: Some(keys("nobody", "not-the-secret")), ..place.clone() });
    assert!(error.starts_with(&(at("refusals") + "the server answered 403: InvalidAccessKeyId: ")), "{error}");

    let error = refused(S3Place { bucket: "missing".to_owned(), ..place });
    assert!(error.starts_with(&(at("missing") + "the server answered 404: NoSuchBucket: ")), "{error}");
    assert!(error.ends_with("make the bucket, or correct source.tracker.bucket"), "{error}");
}
