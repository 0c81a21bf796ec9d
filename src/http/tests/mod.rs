//! Requests against a server that misbehaves as told.

mod route;
mod tls;

use std::fs;

use anyhow::bail;

use super::*;
use crate::server::{Reply, Request, Server};

const PATIENT: Limits = Limits {
    connect: Duration::from_millis(500),
    read: Duration::from_secs(2),
    whole: Duration::from_secs(4),
    tries: 3,
    pause: Duration::from_millis(1),
    longest_wait: Duration::from_secs(1),
    total: Duration::from_secs(20),
};

fn http(limits: Limits) -> Http {
    Http::with_environment(limits, &[], 1, |_| None).expect("a client")
}

fn url(text: &str) -> Url {
    text.parse().expect("an address")
}

fn text(body: &mut dyn Read) -> Result<String> {
    let mut text = String::new();
    body.read_to_string(&mut text)?;
    Ok(text)
}

fn get(http: &Http, address: &str) -> Result<String, Failure> {
    let answer = http.get(&url(address), &Validators::default(), 1 << 20, text)?;
    Ok(answer.fresh().expect("a fresh answer"))
}

/// Asks a server that answers with the replies in turn, the last for ever; gives what came and how often it was asked.
fn asked(replies: Vec<Reply>, limits: Limits) -> (Result<String, Failure>, usize) {
    let server = in_turn(replies);
    let answer = get(&http(limits), &server.url("/list?release=jammy"));
    (answer, server.take_count())
}

fn in_turn(replies: Vec<Reply>) -> Server {
    let next = AtomicU64::new(0);
    Server::start(move |_| {
        let at = next.fetch_add(1, Ordering::SeqCst) as usize;
        replies[at.min(replies.len() - 1)].clone()
    })
}

fn failure(replies: Vec<Reply>, limits: Limits) -> (Failure, usize) {
    let (answer, count) = asked(replies, limits);
    (answer.expect_err("a failure"), count)
}

#[test]
fn an_answer_comes_with_its_validators_and_its_age() {
    let server = Server::start(|request: &Request| {
        let reply = match request.header("if-none-match") {
            Some("\"1\"") => Reply::new(304, ""),
            _ => Reply::ok("new"),
        };
        reply.header("ETag", "\"1\"").header("Last-Modified", "then").header("Cache-Control", "max-age=60")
    });
    let http = http(PATIENT);
    let Answer::Fresh { value, validators, max_age } =
        http.get(&url(&server.url("/")), &Validators::default(), 10, text).expect("an answer")
    else {
        panic!("nothing to compare with yet")
    };
    assert_eq!((value.as_str(), max_age.as_secs()), ("new", 60));
    assert_eq!(validators.last_modified.as_deref(), Some("then"));
    let again = http.get(&url(&server.url("/")), &validators, 10, text).expect("an answer");
    assert!(matches!(again, Answer::NotModified));
    let request = server.requests().pop().expect("a request");
    assert_eq!(request.header("if-modified-since"), Some("then"));
    assert_eq!(request.header("user-agent"), Some(concat!("davos/", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn what_may_pass_is_tried_again() {
    for passing in [
        Reply::new(429, ""),
        Reply::new(500, ""),
        Reply::new(502, ""),
        Reply::new(503, ""),
        Reply::new(504, ""),
        Reply::reset(),
        Reply::ok("half a body").half(),
        Reply::ok("half a body").unfinished(),
    ] {
        let (answer, count) = asked(vec![passing.clone(), Reply::ok("well")], PATIENT);
        assert_eq!((answer.expect("an answer").as_str(), count), ("well", 2), "{passing:?}");
    }
}

#[test]
fn what_stays_is_not_tried_again() {
    for (reply, kind) in [
        (Reply::not_found(), FailureKind::NotFound),
        (Reply::new(410, ""), FailureKind::NotFound),
        (Reply::new(401, ""), FailureKind::Refused),
        (Reply::new(422, ""), FailureKind::Refused),
        (Reply::new(204, ""), FailureKind::Refused),
        (Reply::new(304, ""), FailureKind::Refused),
        (Reply::new(501, ""), FailureKind::Unavailable),
    ] {
        let (failure, count) = failure(vec![reply], PATIENT);
        assert_eq!((failure.kind(), count), (kind, 1), "{failure}");
    }
}

#[test]
fn tries_come_to_an_end_and_the_failure_tells_all() {
    let (failure, count) = failure(vec![Reply::new(503, "<h1>upstream\n connect error</h1>")], PATIENT);
    assert_eq!((failure.kind(), count), (FailureKind::Unavailable, 3));
    let sentence = failure.to_string();
    for part in ["/list?release=jammy, 3 times", "answered 503", "(<h1>upstream connect error</h1>)", "asks again"] {
        assert!(sentence.contains(part), "{part:?} is not in {sentence:?}");
    }
}

#[test]
fn a_server_is_asked_again_when_it_wants_to_be() {
    let limits = Limits { longest_wait: Duration::from_secs(1), ..PATIENT };
    let start = Instant::now();
    let (answer, _) = asked(vec![Reply::new(429, "").header("Retry-After", 1), Reply::ok("well")], limits);
    assert_eq!(answer.expect("an answer"), "well");
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());

    let (failure, count) = failure(vec![Reply::new(429, "").header("Retry-After", 120)], limits);
    assert_eq!(count, 1);
    assert!(failure.to_string().contains("asked again in 120 s"), "{failure}");
}

#[test]
fn a_body_that_does_not_parse_is_not_asked_for_again() {
    let server = in_turn(vec![Reply::ok("<html>Sorry</html>")]);
    let parse = |body: &mut dyn Read| -> Result<()> {
        text(body)?;
        bail!("no JSON")
    };
    let failure = http(PATIENT).get(&url(&server.url("/")), &Validators::default(), 100, parse).expect_err("a failure");
    assert_eq!((failure.kind(), server.take_count()), (FailureKind::Unreadable, 1));
    assert!(failure.to_string().contains("no JSON (<html>Sorry</html>)"), "{failure}");
}

#[test]
fn a_truncated_body_is_found_even_by_a_parser_that_stops_early_or_swallows_errors() {
    let server = in_turn(vec![Reply::ok("12345678").half(), Reply::ok("abcdefgh").half(), Reply::ok("complete")]);
    let early = |body: &mut dyn Read| -> Result<u8> {
        let mut byte = [0];
        body.read_exact(&mut byte)?;
        Ok(byte[0])
    };
    let answer = http(PATIENT).get(&url(&server.url("/")), &Validators::default(), 100, early).expect("an answer");
    assert_eq!(answer.fresh(), Some(b'c'));
}

#[test]
fn a_body_is_capped_also_when_it_was_packed() {
    for reply in [Reply::ok("x".repeat(1000)).endless(), Reply::gzip_bomb(16 << 20), Reply::ok("x".repeat(2 << 20))] {
        let (failure, count) = failure(vec![reply], PATIENT);
        assert_eq!((failure.kind(), count), (FailureKind::TooLong, 1), "{failure}");
    }
    let server = in_turn(vec![Reply::ok("exactly")]);
    let fits = http(PATIENT).get(&url(&server.url("/")), &Validators::default(), 7, text);
    assert_eq!(fits.expect("an answer").fresh().as_deref(), Some("exactly"));
}

#[test]
fn a_slow_body_stops_at_the_limit_of_a_try() {
    let limits = Limits { whole: Duration::from_millis(300), tries: 2, ..PATIENT };
    let start = Instant::now();
    let (failure, count) = failure(vec![Reply::ok("x".repeat(500)).trickle(Duration::from_millis(20))], limits);
    assert_eq!((failure.kind(), count), (FailureKind::TimedOut, 2), "{failure}");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn a_server_that_never_answers_is_left_after_the_limit_of_a_read() {
    let limits = Limits { read: Duration::from_millis(100), tries: 1, ..PATIENT };
    let start = Instant::now();
    let (failure, _) = failure(vec![Reply::silence()], limits);
    assert_eq!(failure.kind(), FailureKind::TimedOut, "{failure}");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn nothing_runs_past_the_deadline() {
    let limits = Limits { total: Duration::from_millis(400), tries: 9, ..PATIENT };
    let server = in_turn(vec![Reply::ok("x".repeat(500)).trickle(Duration::from_millis(20))]);
    let (http, start) = (http(limits), Instant::now());
    assert_eq!(get(&http, &server.url("/")).expect_err("a failure").kind(), FailureKind::TimedOut);
    assert_eq!(get(&http, &server.url("/")).expect_err("a failure").kind(), FailureKind::OutOfTime);
    assert_eq!(server.take_count(), 1);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn what_is_no_http_is_a_failure() {
    let (failure, _) = failure(vec![Reply::garbage()], PATIENT);
    assert_eq!(failure.kind(), FailureKind::Unreachable, "{failure}");
}

#[test]
fn nobody_there_is_a_failure_that_says_what_to_look_at() {
    let gone = Server::start(|_| Reply::ok("")).url("/");
    let failure = get(&http(PATIENT), &gone).expect_err("a failure");
    assert_eq!(failure.kind(), FailureKind::Unreachable);
    assert!(failure.to_string().contains("firewall"), "{failure}");
}

#[test]
fn certificates_are_checked_at_once() {
    for wrong in ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let Err(error) = Http::new(PATIENT, &[wrong.to_owned()], 1) else { panic!("{wrong:?} was taken") };
        assert!(error.to_string().starts_with("source.ca_certs[0]: "), "{error}");
    }
}

#[test]
fn a_client_with_the_systems_trust_is_made_only_for_https() {
    let server = Server::start(|_| Reply::ok("plain"));
    let http = http(Limits { tries: 1, ..PATIENT });
    get(&http, &server.url("/")).expect("an answer");
    assert!(http.clients.is_without_trust());
    get(&http, "https://127.0.0.1:1/").expect_err("nobody is there");
    assert!(!http.clients.is_without_trust());
}

#[test]
fn a_file_is_read_whatever_the_query_until_it_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("notices.json");
    fs::write(&path, "one").expect("a file");
    let address = Url::from_file_path(&path).expect("an address").as_str().to_owned() + "?release=jammy";
    let http = http(PATIENT);
    let Answer::Fresh { value, validators, .. } =
        http.get(&url(&address), &Validators::default(), 10, text).expect("an answer")
    else {
        panic!("nothing to compare with yet")
    };
    assert_eq!(value, "one");
    assert!(matches!(http.get(&url(&address), &validators, 10, text), Ok(Answer::NotModified)));
    fs::write(&path, "three").expect("a file");
    assert_eq!(http.get(&url(&address), &validators, 10, text).expect("an answer").fresh().as_deref(), Some("three"));
    fs::remove_file(&path).expect("no file");
    assert!(http.get(&url(&address), &validators, 10, text).expect_err("a failure").is_not_found());
}

#[test]
fn several_threads_ask_at_once() {
    let server = Server::start(|request| Reply::ok(request.path.clone()));
    let http = http(PATIENT);
    thread::scope(|scope| {
        let ask = |at: usize| get(&http, &server.url(&format!("/{at}")));
        let threads: Vec<_> = (0..4).map(|at| scope.spawn(move || ask(at))).collect();
        for (at, thread) in threads.into_iter().enumerate() {
            assert_eq!(thread.join().expect("no panic").expect("an answer"), format!("/{at}"));
        }
    });
}
