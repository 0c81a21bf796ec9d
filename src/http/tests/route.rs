//! The way to the answer: redirects, proxies and credentials.

use std::collections::BTreeMap;

use super::*;

#[test]
fn redirects_are_followed_but_not_for_ever_nor_to_something_else() {
    let server = Server::start(|request| match request.path.as_str() {
        "/old" => Reply::new(302, "").header("Location", "/new"),
        "/new" => Reply::ok("moved"),
        "/file" => Reply::new(302, "").header("Location", "file:///etc/passwd"),
        _ => Reply::new(301, "").header("Location", "/circle"),
    });
    let http = http(PATIENT);
    assert_eq!(get(&http, &server.url("/old")).expect("an answer"), "moved");
    assert_eq!(get(&http, &server.url("/file")).expect_err("a failure").kind(), FailureKind::Refused);
    server.take_count();
    assert_eq!(get(&http, &server.url("/circle")).expect_err("a failure").kind(), FailureKind::Refused);
    assert_eq!(server.take_count(), REDIRECTS + 1);
}

#[test]
fn a_redirect_keeps_credentials_on_its_server_and_never_leaves_https() {
    let answer = redirection;
    let from = url("https://user:secret@mirror.example/api/list");
    assert_eq!(redirected(&from, &answer("/v2")).expect("a way").as_str(), "https://user:secret@mirror.example/v2");
    let same = redirected(&from, &answer("https://mirror.example/v2")).expect("a way");
    assert_eq!(same.password(), Some("secret"));
    let other = redirected(&from, &answer("https://other.example/")).expect("a way");
    assert_eq!(other.as_str(), "https://other.example/");
    assert!(redirected(&from, &answer("http://mirror.example/")).is_err());
    assert!(redirected(&url("http://mirror.example/"), &answer("https://mirror.example/")).is_ok());
}

fn redirection(location: &'static str) -> Response {
    let server = Server::start(move |_| Reply::new(302, "").header("Location", location));
    http(PATIENT).clients.for_url(&url("http://x")).expect("a client").get(server.url("/")).send().expect("an answer")
}

#[test]
fn credentials_in_an_address_are_sent_and_never_shown() {
    let server = Server::start(|_| Reply::new(403, "no"));
    let address = server.url("/").replace("http://", "http://me:hunter2@");
    let failure = get(&http(PATIENT), &address).expect_err("a failure");
    let sent = server.requests().pop().expect("a request");
    assert_eq!(sent.header("authorization"), Some("Basic bWU6aHVudGVyMg=="));
    let gone = address.replace(&server.address().port().to_string(), "1");
    for failure in [failure, get(&http(PATIENT), &gone).expect_err("a failure")] {
        assert!(!format!("{failure} {failure:?}").contains("hunter2"), "{failure}");
        assert!(!failure.to_string().contains("me:"), "{failure}");
    }
}

#[test]
fn proxies_are_asked_in_either_case_and_left_out_where_told() {
    let proxy = Server::start(|_| Reply::ok("by proxy"));
    let server = Server::start(|_| Reply::ok("direct"));
    let asked = |variables: &[(&str, &str)]| {
        let variables: BTreeMap<_, _> = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let http = Http::with_environment(PATIENT, &[], 1, |name| variables.get(name).cloned()).expect("a client");
        get(&http, &server.url("/a?b=c")).expect("an answer")
    };
    let address = proxy.url("").replace("http://", "http://me:hunter2@");
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy"] {
        assert_eq!(asked(&[(name, &address), ("REQUEST_METHOD", "GET")]), "by proxy", "{name}");
        let request = proxy.requests().pop().expect("a request");
        assert_eq!(request.target, server.url("/a?b=c"));
        assert_eq!(request.header("proxy-authorization"), Some("Basic bWU6aHVudGVyMg=="));
    }
    assert_eq!(asked(&[("HTTP_PROXY", ""), ("http_proxy", &address)]), "by proxy");
    assert_eq!(asked(&[("https_proxy", &address)]), "direct");
    assert_eq!(asked(&[("http_proxy", &address), ("NO_PROXY", "other.example,127.0.0.0/8")]), "direct");
    assert_eq!(asked(&[("http_proxy", &address), ("no_proxy", "*")]), "direct");
}

#[test]
fn a_proxy_that_is_no_address_is_named_without_its_value() {
    let Err(error) = Http::with_environment(PATIENT, &[], 1, |_| Some("http://[hunter2".to_owned())) else {
        panic!("it was taken")
    };
    assert_eq!(error.to_string(), "$http_proxy holds no address of a proxy");
}

/// What comes of asking through this proxy, which every variable names.
fn through(proxy: &str, address: &str) -> Failure {
    let proxy = proxy.replace("http://", "http://me:hunter2@");
    let http = Http::with_environment(PATIENT, &[], 1, |name| (name == "ALL_PROXY").then(|| proxy.clone()));
    let failure = get(&http.expect("a client"), address).expect_err("a failure");
    assert!(!failure.to_string().contains("hunter2"), "{failure}");
    failure
}

#[test]
fn what_a_proxy_answers_is_told_as_the_proxys() {
    let proxy = Server::start(|_| Reply::new(403, "not to there"));
    let way = format!("(through the proxy {})", proxy.url(""));
    for address in ["http://ubuntu.example/security/", "https://ubuntu.example/security/"] {
        let told = through(&proxy.url(""), address).to_string();
        assert!(told.contains(&way) && told.contains("no_proxy"), "{told}");
    }
    let page = Server::start(|_| Reply::ok("<html>Sign in</html>"));
    let environment = |name: &str| (name == "http_proxy").then(|| page.url(""));
    let http = Http::with_environment(PATIENT, &[], 1, environment).expect("a client");
    let no_list = |body: &mut dyn Read| -> Result<()> { bail!("no list, but {}", text(body)?) };
    let answer = http.get(&url("http://ubuntu.example/"), &Validators::default(), 99, no_list);
    let told = answer.expect_err("no list").to_string();
    assert!(told.contains("Sign in") && told.contains("through the proxy"), "{told}");
    let nobody = Server::start(|_| Reply::ok("")).url("");
    for address in ["http://ubuntu.example/", "https://ubuntu.example/"] {
        let told = through(&nobody, address).to_string();
        assert!(told.contains(&format!("through the proxy {nobody}")) && told.contains("refused"), "{told}");
    }
}

#[test]
fn a_proxy_that_asks_who_we_are_is_asked_once_and_the_variable_is_named() {
    for address in ["http://ubuntu.example/", "https://ubuntu.example/"] {
        let proxy = Server::start(|_| Reply::new(407, "").header("Proxy-Authenticate", "Basic realm=\"x\""));
        let failure = through(&proxy.url(""), address);
        assert_eq!((failure.kind(), proxy.take_count()), (FailureKind::Refused, 1), "{failure}");
        let told = failure.to_string();
        assert!(told.contains("407") && told.contains("give its user and password in ALL_PROXY"), "{told}");
    }
    // A server that is no proxy may answer so as well.
    let server = Server::start(|_| Reply::new(407, ""));
    let told = get(&http(PATIENT), &server.url("/")).expect_err("a failure").to_string();
    assert!(told.contains("407"), "{told}");
}

#[test]
fn a_failure_after_a_redirect_tells_where_it_led() {
    let other = Server::start(|_| Reply::new(403, "no"));
    let there = other.url("/signed?token=s3cr3t").replace("127.0.0.1", "localhost");
    let server = Server::start(move |request| match request.path.as_str() {
        "/here" => Reply::new(500, ""),
        "/within" => Reply::new(302, "").header("Location", "/here"),
        _ => Reply::new(302, "").header("Location", &there),
    });
    let told = get(&http(PATIENT), &server.url("/")).expect_err("a failure").to_string();
    assert!(told.starts_with(&server.url("/")), "{told}");
    assert!(told.contains(&format!("(redirected to http://localhost:{})", other.address().port())), "{told}");
    assert!(!told.contains("s3cr3t"), "{told}");
    let told = get(&http(PATIENT), &server.url("/within")).expect_err("a failure").to_string();
    assert!(!told.contains("redirected"), "{told}");
}

#[test]
fn https_goes_through_its_own_proxy() {
    let proxy = Server::start(|_| Reply::new(403, "not to there"));
    let address = proxy.url("").replace("http://", "http://me:hunter2@");
    let environment = |name: &str| (name == "HTTPS_PROXY").then(|| address.clone());
    let http = Http::with_environment(PATIENT, &[], 1, environment).expect("a client");
    let failure = get(&http, "https://ubuntu.example/security/").expect_err("the proxy refuses");
    let request = proxy.requests().pop().expect("a request");
    assert_eq!((request.method.as_str(), request.target.as_str()), ("CONNECT", "ubuntu.example:443"));
    assert_eq!(request.header("proxy-authorization"), Some("Basic bWU6aHVudGVyMg=="));
    assert!(!failure.to_string().contains("hunter2"), "{failure}");
}
