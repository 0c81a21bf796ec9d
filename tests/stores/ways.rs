//! The way to a server: certificates of one's own authority, and the proxies of the environment. For git and for buckets.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stores::http::{answer, serve};
use crate::stores::scripted::{Manner, bucket};
use crate::support::binary::{Container, Ran};
use crate::support::git_server::{GitServer, PASSWORD, USER, has_git, repository};
use crate::support::relay::{AUTHORITY, Proxy, tls_front};

/// A server with a tracker, spoken to without TLS.
struct Behind {
    address: SocketAddr,
    /// The tracker at this address, such as `http://host:port`.
    tracker: fn(&str) -> Value,
    _running: Option<(GitServer, TempDir)>,
}

/// One of each kind; git only where it is installed.
fn all() -> Vec<Behind> {
    let s3 = Behind {
        address: bucket(("if-none-match", "*"), Manner::Heeds),
        tracker: |server| json!({"driver": "s3", "bucket": "our-logs", "endpoint": server, "access_key_id": "AKIA1", "secret_access_key": "s3cr3t-key"}),
        _running: None,
    };
    if !has_git() {
        return vec![s3];
    }
    let folder = tempfile::tempdir().expect("a folder");
    repository(&folder.path().join("log.git"));
    let server = GitServer::start(folder.path());
    let address = server.url("").trim_start_matches("http://").trim_end_matches('/').parse().expect("an address");
    let git = Behind {
        address,
        tracker: |server| json!({"driver": "git", "uri": format!("{server}/log.git"), "username": USER, "password": PASSWORD}),
        _running: Some((server, folder)),
    };
    vec![s3, git]
}

/// Records a release, with these variables in the environment.
fn put(tracker: Value, ca_certs: &[&str], environment: &[(&str, &str)]) -> Ran {
    let container = environment.iter().fold(Container::new(), |container, (name, value)| container.with(name, value));
    let source = json!({"emit": "releases", "product": "rootfs", "tracker": tracker, "ca_certs": ca_certs});
    let build = tempfile::tempdir().expect("a folder");
    container.put(&json!({"source": source, "params": {"version": "1.0.0"}}), build.path())
}

/// `host:port` where nobody listens.
fn nobody() -> String {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
    address.to_string()
}

#[test]
fn a_server_of_our_own_authority_is_trusted_through_ca_certs() {
    for behind in all() {
        let tracker = (behind.tracker)(&format!("https://{}", tls_front(behind.address)));
        put(tracker, &[AUTHORITY], &[]).succeeded();
    }
}

#[test]
fn a_server_that_nobody_vouches_for_is_refused_at_once() {
    for behind in all() {
        let tracker = (behind.tracker)(&format!("https://{}", tls_front(behind.address)));
        let ran = put(tracker, &[], &[]).failed().says(&["certificate", "ca_certs"]);
        assert!(ran.took < Duration::from_secs(5), "{:?}: {}", ran.took, ran.said());
    }
}

#[test]
fn https_goes_through_https_proxy() {
    for behind in all() {
        let (proxy, front) = (Proxy::start(None), tls_front(behind.address));
        let variables = [("https_proxy", format!("http://{}", proxy.address)), ("http_proxy", nobody())];
        let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
        put((behind.tracker)(&format!("https://{front}")), &[AUTHORITY], &variables).succeeded();
        let passed = proxy.passed();
        assert!(!passed.is_empty() && passed.iter().all(|asked| *asked == format!("CONNECT {front}")), "{passed:?}");
    }
}

#[test]
fn http_goes_through_http_proxy() {
    for behind in all() {
        let proxy = Proxy::start(None);
        let server = format!("http://{}", behind.address);
        for name in ["http_proxy", "HTTP_PROXY"] {
            put((behind.tracker)(&server), &[], &[(name, &format!("http://{}", proxy.address))]).succeeded();
            let passed = proxy.passed();
            let through = |asked: &String| asked.contains(&format!(" {server}/")) || asked.contains("CONNECT");
            assert!(!passed.is_empty() && passed.iter().all(through), "{name}: {passed:?}");
        }
    }
}

#[test]
fn what_no_proxy_names_is_reached_directly() {
    for behind in all() {
        let nowhere = format!("http://{}", nobody());
        let port = behind.address.port();
        // As Concourse reads it; curl knows no ports there.
        for named in ["example.org,127.0.0.1", "127.0.0.0/8", "example.org 127.0.0.1"]
            .map(ToOwned::to_owned)
            .into_iter()
            .chain([format!("example.org , 127.0.0.1:{port} "), "*".to_owned()])
        {
            let variables = [("http_proxy", nowhere.as_str()), ("https_proxy", &nowhere), ("no_proxy", &named)];
            put((behind.tracker)(&format!("http://{}", behind.address)), &[], &variables).succeeded();
        }
    }
}

#[test]
fn a_proxy_may_want_a_password_which_nobody_gets_to_see() {
    for behind in all() {
        let (proxy, front) = (Proxy::start(Some("door:0pen-ses%me")), tls_front(behind.address));
        let tracker = (behind.tracker)(&format!("https://{front}"));
        let right = format!("http://door:0pen-ses%25me@{}", proxy.address);
        put(tracker.clone(), &[AUTHORITY], &[("https_proxy", &right)]).succeeded();
        assert!(!proxy.passed().is_empty());
        let wrong = format!("http://door:wr0ng-ses%25me@{}", proxy.address);
        let ran = put(tracker, &[AUTHORITY], &[("https_proxy", &wrong)]).failed();
        assert!(ran.took < Duration::from_secs(5), "{:?}: {}", ran.took, ran.said());
        ran.says(&["407", "give its user and password in http_proxy or https_proxy"])
            .keeps_silent_on(&["wr0ng-ses", "d3Iwbmct"]);
        assert!(proxy.passed().is_empty());
    }
}

#[test]
fn what_a_proxy_refuses_is_told_as_the_proxys() {
    let servers = all();
    // What may pass is asked for again for a while, so all at once.
    std::thread::scope(|scope| {
        for (behind, status) in servers.iter().flat_map(|behind| [(behind, 403), (behind, 502)]) {
            for (address, words) in
                [("https://logs.example", "the proxy doesn't"), ("http://logs.example", "the proxy")]
            {
                let tracker = (behind.tracker)(address);
                scope.spawn(move || {
                    let proxy = format!("http://{}", serve(move |_| answer(status, "", "<p>Ask the front desk.</p>")));
                    let ran = put(tracker, &[], &[("http_proxy", &proxy), ("https_proxy", &proxy)]).failed();
                    ran.says(&[&format!("(through the proxy {proxy})"), words]);
                });
            }
        }
    });
}
