//! What was incomplete is looked at again at every check, whatever a server allows to keep.

use serde_json::json;

use crate::api::Api;
use crate::binary::{Container, Ran};
use crate::server::Server;
use crate::upstream::{api_of, notice, notice_about, serve};

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
