//! What the tests serve: real files of the corpus where it is at hand, and small notices of their own.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::server::{Reply, Request, Server};

/// A hand-made fixture.
pub(crate) fn fixture(path: &str) -> Vec<u8> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(path);
    fs::read(file).expect("a fixture")
}

/// A text as a bzip2 file.
pub(crate) fn pack(text: &str) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(1));
    encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()).expect("packed")
}

/// A static file as a web server gives it: with validators, and 304 for whoever has it.
pub(crate) fn static_file(request: &Request, bytes: &[u8]) -> Reply {
    const DATE: &str = "Thu, 11 Jul 2024 01:40:00 GMT";
    let etag = format!("\"{:x}\"", bytes.len());
    let has_it = match request.header("If-None-Match") {
        Some(known) => known == etag,
        None => request.header("If-Modified-Since") == Some(DATE),
    };
    let reply = if has_it { Reply::new(304, "") } else { Reply::ok(bytes) };
    reply.header("ETag", etag).header("Last-Modified", DATE)
}

/// A server that plays the API.
pub(crate) fn serve(api: &Api) -> Server {
    let api = api.clone();
    Server::start(move |request| api.answer(request))
}

/// `source.upstream` with the API alone.
pub(crate) fn api_of(server: &Server) -> Value {
    json!({"oval": false, "api": server.url("/security/"), "rss": false})
}

/// `source.upstream` with OVAL alone.
pub(crate) fn oval_of(server: &Server) -> Value {
    json!({"oval": server.url("/oval/"), "api": false, "rss": false})
}

/// A notice about `libexample1` in jammy, fixed in version 2, with one CVE of the same numbers.
pub(crate) fn notice(id: &str, published: &str) -> Value {
    notice_about(id, published, &["CVE-2026-1000"], &[("libexample1", "2", "security")])
}

/// A notice with these CVEs and with these fixed packages (name, version, pocket) in jammy.
pub(crate) fn notice_about(id: &str, published: &str, cves: &[&str], fixes: &[(&str, &str, &str)]) -> Value {
    let packages: Vec<Value> = fixes
        .iter()
        .map(|(name, version, pocket)| json!({"name": name, "version": version, "is_source": false, "pocket": pocket}))
        .collect();
    json!({
        "id": id, "type": "USN", "title": "Example vulnerability", "summary": "An example.",
        "description": "It was discovered that this is an example.", "published": published, "references": [],
        "cves_ids": cves, "cves": cves.iter().map(|cve| json!({"id": cve, "notices_ids": [id]})).collect::<Vec<_>>(),
        "releases": [{"codename": "jammy", "version": "22.04", "support_tag": "LTS"}],
        "release_packages": {"jammy": packages}, "related_notices": [], "is_hidden": false, "instructions": "",
    })
}
