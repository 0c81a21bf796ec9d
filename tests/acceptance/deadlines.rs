//! Servers that are too slow. These tests take most of the crate's time, so their module is named to start first.

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
