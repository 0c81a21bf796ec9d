//! What a store in S3 says when it can't: at once where trying again doesn't help, and with the server's own words.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use davos::store::{Object, ObjectStore, S3Place, Store};

use crate::stores::http::{answer, serve};
use crate::support::weed::{KEY, READER, SECRET, Weed, keys};

/// At once, on a machine that is busy.
const AT_ONCE: Duration = Duration::from_secs(5);

/// As long as a server that restarts takes, and some more.
const A_WHILE: Duration = Duration::from_secs(100);

/// The error of a call, which came in this time, on one line and without secrets.
#[track_caller]
fn refused<T: std::fmt::Debug>(
    place: S3Place,
    within: Duration,
    call: impl FnOnce(&ObjectStore) -> anyhow::Result<T>,
) -> String {
    let started = Instant::now();
    let store = ObjectStore::s3(place, &[]).expect("a store");
    let error = format!("{:#}", call(&store).expect_err("refused"));
    assert!(started.elapsed() < within, "{:?}: {error}", started.elapsed());
    assert!(!error.contains('\n') && !error.contains(SECRET) && !error.contains("not-the-secret"), "{error}");
    println!("{error}");
    error
}

fn list(store: &ObjectStore) -> anyhow::Result<Vec<String>> {
    store.list("jammy", "")
}

fn create(store: &ObjectStore) -> anyhow::Result<usize> {
    store.create(&[Object::new("jammy/00000001.json", b"{}")])
}

/// A place that no real server keeps.
fn at(endpoint: String) -> S3Place {
    S3Place {
        bucket: "our-logs".to_owned(),
        prefix: String::new(),
        endpoint: Some(endpoint),
        region: "eu-central-1".to_owned(),
        keys: Some(keys(KEY, SECRET)),
        anonymous: false,
        path_style: true,
    }
}

/// An address where nobody listens.
fn nobody() -> String {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
    format!("http://{address}")
}

#[track_caller]
fn says(error: &str, start: &str, end: &str) {
    assert!(error.starts_with(start) && error.ends_with(end), "{error}\nis not: {start} … {end}");
}

#[test]
fn keys_that_the_server_does_not_know() {
    let Some(weed) = Weed::shared() else { return };
    let place = weed.place("refusals");
    let listing = format!("listing the tracker in s3://refusals/security/logs at {}: ", weed.endpoint());
    let advice = "in source.tracker right, and still valid?";
    for (id, code) in [(KEY, "SignatureDoesNotMatch"), ("nobody", "InvalidAccessKeyId")] {
        let place = S3Place { keys: Some(keys(id, "not-the-secret")), ..place.clone() };
        says(&refused(place, AT_ONCE, list), &format!("{listing}the server answered 403: {code}: "), advice);
    }
}

#[test]
fn a_bucket_that_is_not_there() {
    let Some(weed) = Weed::shared() else { return };
    let place = S3Place { bucket: "missing".to_owned(), ..weed.place("refusals") };
    let at = format!("in s3://missing/security/logs at {}: the server answered 404: NoSuchBucket: ", weed.endpoint());
    let advice = "make the bucket, or correct source.tracker.bucket";
    says(&refused(place.clone(), AT_ONCE, list), &format!("listing the tracker {at}"), advice);
    says(&refused(place, AT_ONCE, create), &format!("writing jammy/.davos-probe of the tracker {at}"), advice);
}

#[test]
fn keys_that_may_only_read() {
    let Some(weed) = Weed::shared() else { return };
    let place = S3Place { keys: Some(keys(READER, SECRET)), ..weed.place("read-only") };
    let store = ObjectStore::s3(place.clone(), &[]).expect("a store");
    assert!(list(&store).expect("reading needs no more").is_empty());
    says(
        &refused(place, AT_ONCE, create),
        "writing jammy/.davos-probe of the tracker in s3://read-only/security/logs at ",
        "AccessDenied: Access Denied.; may the owner of source.tracker.access_key_id list, read and create objects here?",
    );
    assert!(list(&store).expect("readable").is_empty(), "nothing was written");
}

/// As Amazon words it: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
#[test]
fn a_bucket_in_another_region() {
    for (status, code) in [(400, "AuthorizationHeaderMalformed"), (301, "PermanentRedirect")] {
        let body =
            format!("<Error><Code>{code}</Code><Message>the region is wrong; expecting 'us-west-2'</Message></Error>");
        let place = at(format!("http://{}", serve(move |_| answer(status, "", &body))));
        for error in [refused(place.clone(), AT_ONCE, list), refused(place, AT_ONCE, create)] {
            let words = format!("the server answered {status}: {code}: the region is wrong; expecting 'us-west-2'; ");
            assert!(error.contains(&words), "{error}");
            assert!(error.ends_with("correct source.tracker.region_name or endpoint"), "{error}");
        }
    }
}

#[test]
fn a_server_that_is_none_of_s3() {
    let place = at(format!("http://{}", serve(|_| answer(404, "", "<html>\n<h1>Not here</h1></html>"))));
    let error = refused(place, AT_ONCE, list);
    says(&error, "listing the tracker in s3://our-logs at http://", "correct source.tracker.endpoint or bucket");
    assert!(error.contains("the server answered 404: <html> <h1>Not here</h1></html>"), "{error}");
}

#[test]
fn a_page_where_a_list_should_be() {
    let place = at(format!("http://{}", serve(|_| answer(200, "", "<html><h1>Sign in</h1></html>"))));
    let error = refused(place, AT_ONCE, list);
    let advice = "correct source.tracker.endpoint, and look for a proxy or a page to sign in on";
    says(&error, "listing the tracker in s3://our-logs at http://", advice);
    assert!(error.contains("the server answered 200: no list of a bucket: <html><h1>Sign in</h1></html>; "), "{error}");
}

#[test]
fn a_server_that_is_away_is_waited_for_and_then_named() {
    let endpoint = nobody();
    says(
        &refused(at(endpoint.clone()), A_WHILE, list),
        &format!("listing the tracker in s3://our-logs at {endpoint}: the server could not be reached: "),
        "is the server up, and its address right?",
    );
}

#[test]
fn a_host_that_nobody_knows() {
    let error = refused(at("http://bucket.invalid".to_owned()), A_WHILE, list);
    says(&error, "listing the tracker in s3://our-logs at http://bucket.invalid: ", "and its address right?");
}

#[test]
fn a_server_that_goes_in_the_middle_for_good() {
    let Some(mut weed) = Weed::start() else { return };
    let place = weed.place("gone");
    let store = ObjectStore::s3(place, &[]).expect("a store");
    assert_eq!(create(&store).expect("created"), 1);
    weed.kill();
    let started = Instant::now();
    let error = format!("{:#}", list(&store).expect_err("gone"));
    assert!(started.elapsed() < A_WHILE, "{:?}: {error}", started.elapsed());
    says(&error, "listing the tracker in s3://gone/", "is the server up, and its address right?");
}

#[test]
fn a_server_without_tls_is_not_called_untrusted() {
    // Whatever comes, TLS as well, is a bad request.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let server = listener.local_addr().expect("the port");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&answer(400, "", "Client sent something else than HTTP."));
        }
    });
    let error = refused(at(format!("https://{server}")), AT_ONCE, list);
    assert!(error.contains("speaks no TLS on that port") && !error.contains("not trusted"), "{error}");
}

#[test]
fn a_server_that_knows_buckets_only_in_paths_leads_to_the_key_for_that() {
    let body = "<Error><Code>NoSuchBucket</Code><Message>none</Message></Error>";
    let server = serve(move |_| answer(404, "", body));
    let place = S3Place { path_style: false, ..at(format!("http://localhost:{}", server.port())) };
    for error in [refused(place.clone(), A_WHILE, list), refused(place, A_WHILE, create)] {
        assert!(error.contains("set source.tracker.use_path_style to true"), "{error}");
    }
}

/// What servers of one's own make of a bucket in front of their name: they list all buckets.
#[test]
fn a_list_of_all_buckets_leads_there_as_well() {
    let body = "<?xml version='1.0'?><ListAllMyBucketsResult><Owner><ID>us</ID></Owner></ListAllMyBucketsResult>";
    let server = serve(move |_| answer(200, "", body));
    // The name of the bucket is known to no resolver, and to the proxy all names are.
    let tracker = serde_json::json!({"driver": "s3", "bucket": "our-logs", "endpoint": "http://s3.example",
        "use_path_style": false, "access_key_id": "AKIA1", "secret_access_key": "s3cr3t-key"});
    let source = serde_json::json!({"emit": "releases", "product": "rootfs", "tracker": tracker});
    let container = crate::support::binary::Container::new().with("http_proxy", format!("http://{server}"));
    container.check(&serde_json::json!({"source": source})).failed().says(&["use_path_style to true"]);
}

#[test]
fn a_bucket_in_front_of_an_address_of_numbers_is_refused() {
    for server in ["http://127.0.0.1:9", "https://[::1]:9"] {
        let place = S3Place { path_style: false, ..at(server.to_owned()) };
        let error = format!("{:#}", ObjectStore::s3(place, &[]).err().expect("refused"));
        assert!(error.contains("is no address") && error.contains("use_path_style to true"), "{error}");
    }
}

#[test]
fn a_port_of_tls_that_is_asked_without_is_told() {
    for words in ["The plain HTTP request was sent to HTTPS port", "Client sent an HTTP request to an HTTPS server."] {
        let server = serve(move |_| answer(400, "", words));
        let error = refused(at(format!("http://{server}")), AT_ONCE, list);
        assert!(error.contains("if the server wants TLS there, write https://"), "{error}");
    }
}

/// MinIO's word for a token that it didn't give.
#[test]
fn a_wrong_session_token_is_named() {
    let body = "<Error><Code>InvalidTokenId</Code><Message>The security token included in the request is invalid</Message></Error>";
    let server = serve(move |_| answer(403, "", body));
    let error = refused(at(format!("http://{server}")), AT_ONCE, list);
    assert!(error.contains("is session_token in source.tracker right"), "{error}");
}
