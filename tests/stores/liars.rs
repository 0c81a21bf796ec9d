//! Servers and proxies that take a conditional write and ignore the condition are found out before anything is recorded.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use davos::store::{Object, ObjectStore, S3Place, Store};

use crate::stores::http::{answer, pass_on, serve};
use crate::stores::scripted::{Manner, bucket};
use crate::support::weed::{KEY, SECRET, Weed, keys};

const CONDITION: (&str, &str) = ("if-none-match", "*");
const GOOGLES: (&str, &str) = ("x-goog-if-generation-match", "0");

fn place(server: SocketAddr) -> S3Place {
    S3Place {
        bucket: "our-logs".to_owned(),
        prefix: String::new(),
        endpoint: Some(format!("http://{server}")),
        region: "us-east-1".to_owned(),
        keys: Some(keys(KEY, SECRET)),
        anonymous: false,
        path_style: true,
    }
}

/// The error of an append through this server, which must not have recorded anything.
fn refused(place: S3Place) -> String {
    let store = ObjectStore::s3(place, &[]).expect("a store");
    assert_eq!(store.list("jammy", "").expect("reading needs no proof"), Vec::<String>::new());
    let started = Instant::now();
    let object = Object::new("jammy/00000001.json", b"{}");
    let error = store.create(&[object]).expect_err("not proven");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    let left = store.list("jammy", "").expect("readable");
    assert!(left.iter().all(|name| name.starts_with(".davos-")), "{left:?}");
    format!("{error:#}")
}

#[test]
fn a_server_that_ignores_the_condition_is_refused() {
    let error = refused(place(bucket(CONDITION, Manner::Ignores)));
    assert!(error.contains("ignores conditional writes (If-None-Match)"), "{error}");
    assert!(error.contains("use another store or a newer server"), "{error}");
}

#[test]
fn a_proxy_that_drops_the_condition_is_refused() {
    let behind = bucket(CONDITION, Manner::Heeds);
    let proxy = serve(move |mut request| {
        request.headers.retain(|(key, _)| !key.eq_ignore_ascii_case("if-none-match"));
        pass_on(behind, &request)
    });
    let error = refused(place(proxy));
    assert!(error.contains("ignores conditional writes (If-None-Match)"), "{error}");
}

#[test]
fn a_server_that_knows_no_conditions_is_told_apart() {
    for status in [400, 501] {
        let error = refused(place(bucket(CONDITION, Manner::Refuses(status))));
        assert!(error.contains("does not support conditional writes (If-None-Match)"), "{error}");
        assert!(error.contains(&format!("the server answered {status}: NotImplemented")), "{error}");
    }
}

#[test]
fn a_server_that_checks_and_then_writes_is_refused() {
    for manner in [Manner::ChecksThenWrites, Manner::ChecksByHead].repeat(3) {
        let error = refused(place(bucket(CONDITION, manner)));
        assert!(error.contains("writers create the same object at once (If-None-Match)"), "{error}");
        assert!(error.contains("nothing was recorded in s3://our-logs"), "{error}");
    }
}

#[test]
fn google_too_has_to_show_that_one_writer_of_many_succeeds() {
    let server = bucket(GOOGLES, Manner::ChecksThenWrites);
    let store = crate::stores::gcs::open("our-logs", &format!("http://{server}"));
    let object = Object::new("jammy/00000001.json", b"{}");
    let error = format!("{:#}", store.create(&[object]).expect_err("not proven"));
    assert!(error.contains("writers create the same object at once (x-goog-if-generation-match)"), "{error}");
}

#[test]
fn a_server_that_keeps_nothing_is_found_out_before_or_after_the_record() {
    for manner in [Manner::KeepsNothing, Manner::KeepsProbes] {
        let error = refused(place(bucket(CONDITION, manner)));
        assert!(error.contains("the server took it and doesn't have it"), "{error}");
        let google = crate::stores::gcs::open("our-logs", &format!("http://{}", bucket(GOOGLES, manner)));
        let object = Object::new("jammy/00000001.json", b"{}");
        let error = format!("{:#}", google.create(&[object]).expect_err("not kept"));
        assert!(error.contains("the server took it and doesn't have it"), "{error}");
    }
}

#[test]
fn a_proxy_that_drops_what_was_signed_is_not_blamed_on_the_keys() {
    let behind = bucket(CONDITION, Manner::WantsItSigned);
    let proxy = serve(move |mut request| {
        request.headers.retain(|(key, _)| !key.eq_ignore_ascii_case("if-none-match"));
        pass_on(behind, &request)
    });
    let error = refused(place(proxy));
    assert!(error.contains("takes the keys for reading") && error.contains("look for a proxy that drops"), "{error}");
    assert!(!error.contains("access_key_id"), "{error}");
}

#[test]
fn a_server_that_wants_bodies_signed_passes_as_well() {
    let behind = bucket(CONDITION, Manner::Heeds);
    let strict = serve(move |request| match request.header("x-amz-content-sha256") {
        Some("UNSIGNED-PAYLOAD") => answer(403, "", "<Error><Code>AccessDenied</Code></Error>"),
        _ => pass_on(behind, &request),
    });
    let store = ObjectStore::s3(place(strict), &[]).expect("a store");
    let object = Object::new("jammy/00000001.json", b"{}");
    assert_eq!(store.create(&[object]).expect("created"), 1);
}

#[test]
fn the_race_is_run_once_for_each_server_and_folder() {
    let behind = bucket(CONDITION, Manner::Heeds);
    let (send, races) = std::sync::mpsc::channel();
    let send = std::sync::Mutex::new(send);
    let proxy = serve(move |request| {
        if request.method == "PUT" && request.target.contains("/.davos-races/") {
            send.lock().expect("no panic").send(()).expect("a test that counts");
        }
        pass_on(behind, &request)
    });
    // Four rounds of four, and as many more as there is time for; and the note.
    for (folder, expected) in [("jammy", 17..=209), ("jammy", 0..=0), ("noble", 17..=209)] {
        let store = ObjectStore::s3(place(proxy), &[]).expect("a store");
        let key = format!("{folder}/{:08}.json", store.list(folder, "").expect("a list").len());
        assert_eq!(store.create(&[Object::new(key, b"{}")]).expect("created"), 1);
        let raced = races.try_iter().count();
        assert!(expected.contains(&raced), "{folder}: {raced}");
    }
}

#[test]
fn the_proof_is_made_once_and_costs_one_request_where_the_probe_is_known() {
    let behind = bucket(CONDITION, Manner::Heeds);
    let (send, probes) = std::sync::mpsc::channel();
    let send = std::sync::Mutex::new(send);
    let proxy = serve(move |request| {
        if request.method == "PUT" && request.target.ends_with("/.davos-probe") {
            send.lock().expect("no panic").send(()).expect("a test that counts");
        }
        pass_on(behind, &request)
    });
    for (run, expected) in [(1, 2), (2, 1)] {
        let store = ObjectStore::s3(place(proxy), &[]).expect("a store");
        for n in 1..=3 {
            let object = Object::new(format!("jammy/{run}{n}.json"), b"{}");
            assert_eq!(store.create(&[object]).expect("created"), 1);
        }
        assert_eq!(probes.try_iter().count(), expected, "run {run}");
    }
}

/// The signature covers the condition, so a server that checks signatures finds the proxy out before the proof does.
#[test]
fn in_front_of_a_real_server_such_a_proxy_is_refused_as_well() {
    let Some(weed) = Weed::shared() else { return };
    let behind = weed.endpoint().trim_start_matches("http://").parse().expect("an address");
    let proxy = serve(move |mut request| {
        request.headers.retain(|(key, _)| !key.eq_ignore_ascii_case("if-none-match"));
        pass_on(behind, &request)
    });
    let place = S3Place { endpoint: Some(format!("http://{proxy}")), ..weed.place("behind-a-proxy") };
    let error = refused(place);
    assert!(error.contains("SignatureDoesNotMatch") || error.contains("ignores conditional writes"), "{error}");
}

#[test]
fn a_list_of_long_names_or_with_a_long_token_ends() {
    let page = |names: &str, token: &str| {
        let body = format!(
            "<ListBucketResult><IsTruncated>true</IsTruncated>{names}<NextContinuationToken>{token}</NextContinuationToken></ListBucketResult>"
        );
        answer(200, "", &body)
    };
    let listed = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&listed);
    let long = serve(move |_| {
        let nth = counted.fetch_add(1, Ordering::Relaxed);
        let name = |n: usize| {
            let name = "n".repeat(7_000);
            format!(
                "<Contents><Key>jammy/{name}{n}</Key><LastModified>2026-01-01T00:00:00Z</LastModified><Size>1</Size></Contents>"
            )
        };
        page(&(0..100).map(name).collect::<String>(), &format!("page-{nth}"))
    });
    let token = serve(move |_| page("", &"t".repeat(1_000_000)));
    for server in [long, token] {
        let store = ObjectStore::s3(place(server), &[]).expect("a store");
        let error = format!("{:#}", store.list("jammy", "").expect_err("a list without end"));
        assert!(error.contains("the list doesn't end"), "{error}");
    }
    assert!(listed.load(Ordering::Relaxed) < 60, "some 32 MiB of names are enough");
}
