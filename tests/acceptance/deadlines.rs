//! Servers that are too slow. These tests take most of the crate's time, so their module is named to start first.

use std::fs;
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::acceptance::upstream::{api_of, fixture, oval_of};
use crate::support::binary::Container;
use crate::support::server::{Reply, Server};

#[test]
fn a_server_that_keeps_silent_or_sends_a_byte_a_second_is_given_up_within_the_deadline() {
    type Answer = fn() -> Reply;
    let slow: [(bool, Answer); 4] = [
        (true, Reply::silence),
        (false, Reply::silence),
        (true, || Reply::ok(fixture("oval/com.ubuntu.jammy.usn.oval.xml.bz2")).trickle(Duration::from_secs(1))),
        (false, || Reply::ok(fixture("api/page/notices.json")).trickle(Duration::from_secs(1))),
    ];
    thread::scope(|scope| {
        for (is_oval, answer) in slow {
            scope.spawn(move || {
                let server = Server::start(move |_| answer());
                let upstream = if is_oval { oval_of(&server) } else { api_of(&server) };
                let request = json!({"source": {"os": "jammy", "upstream": upstream}});
                let ran = Container::new().check(&request).failed();
                println!("{:?} {}", ran.took, ran.said());
                assert!(ran.took < Duration::from_secs(47), "it took {:?}", ran.took);
                ran.says(&["time", "the next check asks again"]);
            });
        }
    });
}

#[test]
fn a_source_that_keeps_silent_takes_no_time_from_the_others() {
    let silent = || Server::start(|_| Reply::silence());
    let folder = tempfile::tempdir().expect("a folder");
    let name = "x_GOROUTER-2026-1";
    let record = fixture(&format!("other/{name}.json"));
    fs::write(folder.path().join(format!("{name}.json")), record).expect("written");
    let index = json!([{"id": name, "modified": "2026-01-01T00:00:00Z"}]).to_string();
    fs::write(folder.path().join("index.json"), index).expect("written");
    let own = format!("file://{}/", folder.path().display());
    let upstreams = |silent: &[Server]| {
        let fixtures = concat!("file://", env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
        let oval = |oval: String, osv: serde_json::Value| json!({"oval": oval, "api": false, "rss": false, "osv": osv});
        let silent = |nth: usize| silent[nth].url("/");
        [
            // Two databases, and Ubuntu beside them.
            (oval(format!("{fixtures}/oval/"), json!([{"folder": silent(0)}, {"go": silent(1)}])), "USN-"),
            // Ubuntu, and a database beside it.
            (oval(silent(2), json!([{"folder": own}])), "x_GOROUTER-2026-1"),
        ]
    };
    let servers = [silent(), silent(), silent()];
    thread::scope(|scope| {
        for (upstream, told) in upstreams(&servers) {
            scope.spawn(move || {
                let request = json!({"source": {"os": "jammy", "window": "520w", "priorities": ["unknown", "medium", "high", "critical"],
                    "upstream": upstream}});
                let ran = Container::new().check(&request).succeeded();
                println!("{:?} {}", ran.took, ran.said());
                assert!(ran.took < Duration::from_secs(47), "it took {:?}", ran.took);
                assert!(ran.notices().iter().any(|id| id.starts_with(told)), "{:?}", ran.notices());
                ran.says(&["the next check asks again"]);
            });
        }
    });
}
