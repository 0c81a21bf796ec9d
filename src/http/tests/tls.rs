//! Whom https trusts: the system's authorities and `ca_certs`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;

const AUTHORITY: &str = include_str!("../../../tests/support/tls/ca.pem");
const CERTIFICATE: &str = include_str!("../../../tests/support/tls/server.pem");
const KEY: &str = include_str!("../../../tests/support/tls/server.key");

/// The address of a server that answers one request, or fails one handshake.
fn server() -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("a key");
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key);
    let config = Arc::new(config.expect("a certificate with its key"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("https://{}/", listener.local_addr().expect("the port"));
    thread::spawn(move || -> Result<()> {
        let (socket, _) = listener.accept()?;
        let mut stream = StreamOwned::new(ServerConnection::new(config)?, socket);
        let length = stream.read(&mut [0; 4096])?;
        assert!(length > 0);
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nsafe")?;
        stream.conn.send_close_notify();
        Ok(stream.flush()?)
    });
    address
}

fn ask(ca_certs: &[String]) -> Result<String, Failure> {
    let http = Http::with_environment(PATIENT, ca_certs, 1, |_| None).expect("a client");
    get(&http, &server())
}

#[test]
fn a_server_is_trusted_through_ca_certs_only() {
    assert_eq!(ask(&[format!("the mirror's:\n{AUTHORITY}")]).expect("an answer"), "safe");
    let failure = ask(&[]).expect_err("nobody vouches for it");
    assert_eq!(failure.kind(), FailureKind::Untrusted, "{failure}");
    assert!(failure.to_string().contains("`ca_certs`"), "{failure}");
    assert!(!failure.to_string().contains("times"), "no second try changes that: {failure}");
}

#[test]
fn a_redirect_leads_to_a_server_that_is_trusted_through_ca_certs_as_well() {
    let redirecting = |to: String| Server::start(move |_| Reply::new(302, "").header("Location", &to));
    let from = redirecting(server());
    let http = |ca_certs: &[String]| Http::with_environment(PATIENT, ca_certs, 1, |_| None).expect("a client");
    assert_eq!(get(&http(&[AUTHORITY.to_owned()]), &from.url("/")).expect("an answer"), "safe");
    let to = server();
    let from = redirecting(to.clone());
    let failure = get(&http(&[]), &from.url("/")).expect_err("nobody vouches for it");
    let told = failure.to_string();
    assert!(
        told.contains(&format!("(redirected to {})", to.trim_end_matches('/'))) && told.contains("`ca_certs`"),
        "{told}"
    );
}

/// What the test below starts a second time, as the trust store is named by the environment.
#[test]
#[ignore = "needs SSL_CERT_FILE or SSL_CERT_DIR of the test below"]
fn asks_with_the_systems_trust() {
    assert_eq!(ask(&[]).expect("an answer"), "safe");
}

#[test]
fn the_systems_trust_store_is_where_the_environment_says() {
    let folder = tempfile::tempdir().expect("a folder");
    // The name that `openssl rehash` gives.
    let file = folder.path().join("d0d0d0d0.0");
    std::fs::write(&file, AUTHORITY).expect("a file");
    for (variable, path) in [("SSL_CERT_FILE", file.as_path()), ("SSL_CERT_DIR", folder.path())] {
        let mut child = Command::new(std::env::current_exe().expect("this test"));
        child.args(["--ignored", "--exact", "http::tests::tls::asks_with_the_systems_trust"]);
        let output = child.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR").env(variable, path).output();
        let output = output.expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{variable}: {text}");
    }
}
