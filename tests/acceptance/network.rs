//! The way to a server: proxies and certificates of the surroundings.

use serde_json::{Value, json};

use crate::acceptance::upstream::{api_of, notice, serve};
use crate::support::api::Api;
use crate::support::binary::{Container, Ran};
use crate::support::server::{Reply, Server};

const AUTHORITY: &str = include_str!("../support/tls/ca.pem");
const KEY: &str = include_str!("../support/tls/server.key");

fn one_notice() -> Server {
    let api = Api::default();
    api.rate("CVE-2026-1000", json!("high"), Some(8.1));
    api.publish(notice("USN-9001-1", "2026-11-01T08:00:00"));
    serve(&api)
}

fn check(container: &Container, upstream: &Value, ca_certs: &Value) -> Ran {
    let source = json!({"os": "jammy", "window": "2000d", "upstream": upstream, "ca_certs": ca_certs});
    container.check(&json!({"source": source}))
}

#[test]
fn a_server_that_no_proxy_names_with_its_port_is_asked_directly() {
    let (server, proxy) = (one_notice(), Server::start(|_| Reply::new(403, "not to there")));
    let there = server.address().to_string();
    for no_proxy in [&there, &format!("other.example, {there}"), "127.0.0.0/8", "127.0.0.1"] {
        let container = Container::new().with("http_proxy", proxy.url("")).with("no_proxy", no_proxy);
        assert_eq!(check(&container, &api_of(&server), &json!([])).succeeded().notices(), ["USN-9001-1"]);
    }
    let elsewhere = format!("127.0.0.1:{}", proxy.address().port());
    let container = Container::new().with("http_proxy", proxy.url("")).with("no_proxy", elsewhere);
    let way = format!("(through the proxy {})", proxy.url(""));
    check(&container, &api_of(&server), &json!([])).failed().says(&["403", &way]);
}

#[test]
fn a_certificate_that_lost_its_lines_is_taken_and_a_private_key_appears_in_no_form() {
    let server = one_notice();
    let pasted = |text: String| check(&Container::new(), &api_of(&server), &json!([text]));
    pasted(AUTHORITY.replace('\n', " ")).succeeded();
    pasted(format!("{}{AUTHORITY}", AUTHORITY.trim())).succeeded();
    let secret = KEY.lines().nth(1).expect("a line of the key");
    let bytes = secret.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>();
    for text in [format!("{AUTHORITY}{KEY}"), format!("{AUTHORITY} {KEY}").replace('\n', " "), KEY.to_owned()] {
        let ran = pasted(text).failed().says(&["source.ca_certs[0]: holds a private key", "remove it"]);
        ran.keeps_silent_on(&[&secret[..8], &bytes[..4].join(", ")]);
    }
    let cut = AUTHORITY.replace('\n', " ").replace("MIIB", "MI");
    pasted(cut).failed().says(&["source.ca_certs[0]: certificate 1 is damaged, or cut", "`- |`"]);
}
