//! What was incomplete is looked at again at every check, whatever a server allows to keep.

use serde_json::json;

use crate::acceptance::upstream::{api_of, notice, notice_about, pack, serve, static_file};
use crate::support::api::Api;
use crate::support::binary::{Container, Ran};
use crate::support::server::Server;

/// Checks again and again in one container, for one package, so that a notice without packages can't be decided.
struct Checks<'a> {
    server: &'a Server,
    container: Container,
}

impl Checks<'_> {
    fn of(server: &Server) -> Checks<'_> {
        Checks { server, container: Container::new() }
    }

    fn next(&self) -> Ran {
        let upstream = api_of(self.server);
        let source = json!({"os": "jammy", "window": "2000d", "packages": ["libexample*"], "upstream": upstream});
        self.container.check(&json!({"source": source})).succeeded()
    }

    /// The details that the next check asks for.
    fn asked(&self) -> Vec<String> {
        self.server.take_count();
        self.next();
        let asked = self.server.requests().into_iter();
        asked.filter_map(|request| Some(request.path.strip_prefix("/security/notices/")?.to_owned())).collect()
    }
}

const TWO: [&str; 2] = ["CVE-2026-1000", "CVE-2026-1001"];
const FIX: (&str, &str, &str) = ("libexample2", "2", "security");

#[test]
fn a_notice_whose_packages_come_later_is_emitted_by_the_next_check() {
    let api = Api::default();
    api.rate("CVE-2026-1000", json!("high"), Some(8.1));
    api.publish(notice("USN-9001-1", "2026-11-01T08:00:00"));
    api.publish(notice_about("USN-9002-1", "2026-11-02T08:00:00", &TWO[..1], &[]));
    let server = serve(&api);
    let checks = Checks::of(&server);
    for _ in 0..2 {
        let ran = checks.next().says(&["USN-9002-1", "undecided"]);
        assert_eq!(ran.notices(), ["USN-9001-1"]);
    }
    assert_eq!(checks.asked(), ["USN-9002-1.json"], "the other is complete");
    api.publish(notice_about("USN-9002-1", "2026-11-02T08:00:00", &TWO[..1], &[FIX]));
    assert_eq!(checks.next().notices(), ["USN-9001-1", "USN-9002-1"]);
    assert_eq!(checks.asked(), Vec::<String>::new(), "all is complete");
}

#[test]
fn a_notice_that_gets_a_graver_cve_is_emitted_by_the_next_check() {
    let api = Api::default();
    api.rate("CVE-2026-1000", json!("low"), Some(3.1));
    api.rate("CVE-2026-1001", json!("critical"), Some(9.8));
    api.publish(notice_about("USN-9002-1", "2026-11-02T08:00:00", &TWO[..1], &[FIX]));
    let server = serve(&api);
    let checks = Checks::of(&server);
    assert_eq!(checks.next().notices(), Vec::<String>::new());
    api.publish(notice_about("USN-9002-1", "2026-11-02T08:00:00", &TWO, &[FIX]));
    assert_eq!(checks.next().notices(), ["USN-9002-1"]);
}

#[test]
fn a_graver_cve_counts_before_the_oval_file_names_it_and_costs_a_request_an_hour() {
    let oval = pack(
        "<oval_definitions><definitions><definition class=\"patch\"><metadata><title>USN-9002-1 -- Example</title>\
         <description>x</description><advisory><issued date=\"2026-11-02\"/><cve priority=\"low\">CVE-2026-1000</cve>\
         </advisory></metadata><criteria><criterion test_ref=\"t:1\" comment=\"Long Term Support\"/></criteria></definition>\
         </definitions><tests><t id=\"t:1\"><object object_ref=\"o:1\"/><state state_ref=\"s:1\"/></t></tests><objects>\
         <o id=\"o:1\"><name>libexample2</name></o></objects><states><s id=\"s:1\"><evr operation=\"less than\">0:2</evr></s>\
         </states></oval_definitions>",
    );
    let api = Api::default();
    api.rate("CVE-2026-1000", json!("low"), Some(3.1));
    api.rate("CVE-2026-1001", json!("critical"), Some(9.8));
    api.publish(notice_about("USN-9002-1", "2026-11-02T08:00:00", &TWO[..1], &[FIX]));
    let shelf = api.clone();
    let server = Server::start(move |request| match request.path.starts_with("/oval/") {
        true => static_file(request, &oval),
        false => shelf.answer(request),
    });
    let upstream = json!({"oval": server.url("/oval/"), "api": server.url("/security/"), "rss": false});
    let request = json!({"source": {"os": "jammy", "window": "2000d", "upstream": upstream}});
    let container = Container::new();
    let check = || container.check(&request).succeeded().notices();
    assert_eq!(check(), Vec::<String>::new());
    server.take_count();
    assert_eq!((check(), server.take_count()), (vec![], 2), "each source is asked once");
    api.publish(notice_about("USN-9002-1", "2026-11-02T08:00:00", &TWO, &[FIX]));
    // Before it is emitted for the first time, its source packages are asked for: the rating may be another one on jammy.
    assert_eq!((check(), server.take_count()), (vec!["USN-9002-1".to_owned()], 4));
    assert_eq!((check(), server.take_count()), (vec!["USN-9002-1".to_owned()], 2));
}
