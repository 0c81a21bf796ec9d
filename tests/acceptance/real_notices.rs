//! A real OVAL file behind a real server: the notices of Ubuntu 23.10.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::acceptance::product::files;
use crate::acceptance::upstream::{notice, oval_of, static_file};
use crate::support::api::Api;
use crate::support::binary::Container;
use crate::support::needs::corpus_bytes;
use crate::support::server::{Reply, Server};

const MANTIC: &str = "oval/com.ubuntu.mantic.usn.oval.xml.bz2";

fn mantic(oval: Vec<u8>) -> Server {
    Server::start(move |request| match request.path.as_str() {
        "/oval/com.ubuntu.mantic.usn.oval.xml.bz2" => static_file(request, &oval),
        _ => Reply::not_found(),
    })
}

#[test]
fn a_check_answers_with_the_high_and_critical_notices_and_each_once() {
    let Some(oval) = corpus_bytes(MANTIC) else { return };
    let server = mantic(oval);
    let container = Container::new();
    let filters =
        [(json!({}), 29), (json!({"priorities": ["high", "critical"], "severities": ["high", "critical"]}), 147)];
    for (filter, expected) in filters {
        let mut source = json!({"os": "mantic", "window": "2000d", "upstream": oval_of(&server)});
        source.as_object_mut().expect("keys").extend(filter.as_object().expect("keys").clone());
        let notices = container.check(&json!({"source": source})).succeeded().notices();
        assert_eq!(notices.len(), expected);
        assert_eq!(notices.iter().collect::<BTreeSet<_>>().len(), expected, "no notice twice");
    }
}

#[test]
fn a_check_of_what_has_not_changed_is_one_conditional_request() {
    let Some(oval) = corpus_bytes(MANTIC) else { return };
    let server = mantic(oval);
    let container = Container::new();
    let source = json!({"os": "mantic", "window": "2000d", "upstream": oval_of(&server)});
    let first = container.check(&json!({"source": source})).succeeded();
    assert_eq!(server.take_count(), 1);
    let last = first.versions().last().expect("a version").clone();
    let second = container.check(&json!({"source": source, "version": last})).succeeded();
    assert_eq!(second.versions(), [last]);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].header("If-None-Match").is_some());
}

#[test]
fn in_steady_state_each_source_is_asked_once_and_the_feed_only_without_the_api() {
    let Some(oval) = corpus_bytes(MANTIC) else { return };
    let api = Api::default();
    for (nth, id) in ["USN-9001-1", "USN-9002-1"].iter().enumerate() {
        let mut notice = notice(id, &format!("2026-11-0{}T08:00:00", nth + 1));
        notice["releases"] = json!([{"codename": "mantic", "version": "23.10", "support_tag": ""}]);
        notice["release_packages"] = json!({"mantic": notice["release_packages"]["jammy"]});
        api.publish(notice);
    }
    api.rate("CVE-2026-1000", json!("high"), Some(8.1));
    let rss = corpus_bytes("rss/rss-2025-10-29.xml").expect("the feed of the corpus");
    let server = Server::start(move |request| match request.path.as_str() {
        "/oval/com.ubuntu.mantic.usn.oval.xml.bz2" => static_file(request, &oval),
        "/rss.xml" => Reply::ok(rss.clone()),
        _ => api.answer(request),
    });
    let upstream =
        json!({"oval": server.url("/oval/"), "api": server.url("/security/"), "rss": server.url("/rss.xml")});
    let container = Container::new();
    let request = json!({"source": {"os": "mantic", "window": "2000d", "upstream": upstream}});
    let first = container.check(&request).succeeded();
    assert_eq!(first.notices().len(), 31);
    server.take_count();
    let second = container.check(&request).succeeded();
    assert_eq!(second.stdout, first.stdout);
    let mut asked: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    asked.sort();
    assert_eq!(asked, ["/oval/com.ubuntu.mantic.usn.oval.xml.bz2", "/security/page/notices.json"]);
}

#[test]
fn usn_json_is_what_the_old_resource_wrote_and_its_versions_are_echoed_byte_for_byte() {
    let Some(oval) = corpus_bytes(MANTIC) else { return };
    let server = mantic(oval);
    let source = json!({"os": "mantic", "upstream": oval_of(&server)});
    for id in ["USN-6561-1", "USN-6651-2", "USN-6818-2"] {
        let expected = corpus_bytes(&format!("usn-resource/usn.{id}.json")).expect("a usn.json of the corpus");
        let bytes = expected.clone();
        let expected: Value = serde_json::from_slice(&expected).expect("JSON");
        // With spaces as no serialiser writes them.
        let version = format!(r#"{{ "guid":  "https://ubuntu.com/security/notices/{id}" }}"#);
        let folder = tempfile::tempdir().expect("a folder");
        let stdin = format!(r#"{{"source": {source}, "version": {version}}}"#);
        let ran = Container::new().run(crate::support::binary::Step::In, &stdin, Some(folder.path())).succeeded();
        assert!(ran.stdout.contains(&version), "{}", ran.stdout);
        let written = files(folder.path());
        let usn: Value = serde_json::from_slice(&written["usn.json"]).expect("JSON");
        for (key, value) in expected.as_object().expect("keys") {
            assert_eq!(&usn[key], value, "{key} of {id}");
        }
        assert_eq!(written["usn.json"], bytes, "{id}, byte for byte");
        assert_eq!(usn.as_object().map(serde_json::Map::len), expected.as_object().map(serde_json::Map::len));
        assert_eq!(fs::read_to_string(folder.path().join("id")).expect("an id").trim(), id);
    }
}
