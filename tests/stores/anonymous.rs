//! A public bucket is read without credentials: nobody is asked for any, and no request is signed.

use davos::store::{ObjectStore, S3Place, Store};

use crate::support::server::{Reply, Server};

#[test]
fn a_public_bucket_of_s3_is_read_without_a_signature() {
    let list = "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>logs/jammy/00000001.json</Key>\
        <LastModified>2026-01-20T12:00:00.000Z</LastModified><ETag>\"1\"</ETag><Size>2</Size></Contents></ListBucketResult>";
    let server = Server::start(move |request| match request.parameter("list-type") {
        Some(_) => Reply::ok(list),
        None => Reply::ok("{}").header("ETag", "\"1\"").header("Last-Modified", "Tue, 20 Jan 2026 12:00:00 GMT"),
    });
    let place = S3Place {
        bucket: "public-logs".to_owned(),
        prefix: "logs".to_owned(),
        endpoint: Some(server.url("").trim_end_matches('/').to_owned()),
        region: "us-east-1".to_owned(),
        keys: None,
        anonymous: true,
        path_style: true,
    };
    let store = ObjectStore::s3(place, &[]).expect("a store");
    assert_eq!(store.list("jammy", "").expect("names"), ["00000001.json"]);
    assert_eq!(store.read(&["jammy/00000001.json".to_owned()]).expect("bytes"), [Some(b"{}".to_vec())]);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.header("x-amz-security-token"), None);
    }
}
