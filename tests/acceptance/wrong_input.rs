//! What is wrong with a pipeline or with a server is told in one sentence, with what to do.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::acceptance::product::Product;
use crate::acceptance::upstream::{api_of, fixture, oval_of};
use crate::support::binary::{Container, Ran, Step};
use crate::support::server::{Reply, Server};

const LIST: &str = "api/page/notices.json";
const OVAL: &str = "oval/com.ubuntu.jammy.usn.oval.xml.bz2";

fn check(source: Value) -> Ran {
    Container::new().check(&json!({"source": source}))
}

#[test]
fn a_mistake_in_the_source_is_told_with_its_path_and_a_way_out() {
    let wrong = [
        (json!({"os": "jammy", "priorites": ["high"]}), vec!["source.priorites", "did you mean `priorities`?"]),
        (json!({"os": "jammy", "priorities": "high"}), vec!["source.priorities", "list"]),
        (json!({"os": "jammy", "priorities": ["hihg"]}), vec!["source.priorities[0]", "did you mean `high`?"]),
        (json!({"os": ["jammy"]}), vec!["source.os"]),
        (json!({"os": 20.1}), vec!["source.os", "20.1", "quote it", "\"20.10\""]),
        (json!({"os": "jammy", "window": 30}), vec!["source.window", "30d"]),
        (json!({"os": "jammy", "pro": "yes"}), vec!["source.pro", "true"]),
        (json!({"os": "jammy", "tracker": {"driver": "flie", "path": "/x"}}), vec!["did you mean `file`?"]),
        (json!({}), vec!["source.os", "needed"]),
        (Value::Null, vec!["source"]),
        (json!({"emit": "releases", "product": "x"}), vec!["source.tracker", "needed"]),
        (json!({"os": "jammy", "upstream": {"oval": "ftp://x"}}), vec!["source.upstream.oval", "https://"]),
        (json!({"os": "jammy", "upstream": {"archive": "ftp://x"}}), vec!["source.upstream.archive", "dists and pool"]),
        (json!({"os": "jammy", "upstream": {"archive": true}}), vec!["source.upstream.archive", "{url, suites"]),
        (
            json!({"os": "jammy", "upstream": {"archive": {"suites": ["x"]}}}),
            vec!["source.upstream.archive.url: needed"],
        ),
        (
            json!({"os": "jammy", "upstream": {"archive": {"url": "https://x/dists/jammy"}}}),
            vec!["source.upstream.archive.url", "the folder that dists and pool are in"],
        ),
        (
            json!({"os": "jammy", "upstream": {"archive": {"url": "https://x/", "suite": ["x"]}}}),
            vec!["source.upstream.archive.suite: unknown key, did you mean `suites`?"],
        ),
        (
            json!({"os": "jammy", "upstream": {"archive": {"url": "https://x/", "suites": "jammy"}}}),
            vec!["source.upstream.archive.suites", "a list: [jammy]"],
        ),
        (
            json!({"os": "jammy", "upstream": {"archive": {"url": "https://x/", "architectures": []}}}),
            vec!["source.upstream.archive.architectures: write one to 20"],
        ),
        (
            json!({"os": "jammy", "upstream": {"archive": {"url": "https://x/", "components": ["../main"]}}}),
            vec!["source.upstream.archive.components[0]", "such as main"],
        ),
        (
            json!({"product": "p", "tracker": {"driver": "file", "path": "/x"}, "upstream": {"archive": "https://x/"}}),
            vec!["source.upstream.archive: without source.os it needs {url: …, suites: […]}"],
        ),
    ];
    for (source, phrases) in wrong {
        check(source).failed().says(&phrases);
    }
}

#[test]
fn all_mistakes_of_a_pipeline_are_told_at_once() {
    let source = json!({"os": 20.1, "prio": ["high"], "pro": "yes"});
    check(source).failed().says(&["source.os", "source.prio", "source.pro"]);
}

#[test]
fn what_is_no_request_is_told_as_such() {
    for (stdin, phrase) in [
        ("", "stdin is empty"),
        (r#"{"source": {}} {"source": {}}"#, "more than one JSON value"),
        ("{\"source\":", "not JSON"),
        ("[]", "an array"),
    ] {
        let ran = Container::new().run(Step::Check, stdin, None);
        ran.failed().says(&[phrase]);
    }
}

#[test]
fn a_codename_that_nobody_knows_is_refused_once_upstream_has_been_asked() {
    let server = Server::start(|_| Reply::not_found());
    for upstream in [oval_of(&server), api_of(&server)] {
        check(json!({"os": "jamny", "upstream": upstream})).failed().says(&["source.os", "jamny", "jammy"]);
        assert!(server.take_count() > 0, "upstream is asked before it is refused");
    }
}

#[test]
fn a_version_that_nobody_knows_costs_a_check_a_warning_and_a_get_its_success() {
    let oval = fixture(OVAL);
    let server = Server::start(move |_| Reply::ok(oval.clone()));
    let source = json!({"os": "jammy", "window": "2000d", "priorities": ["medium"], "upstream": oval_of(&server)});
    for version in [json!({"notice": "USN-1-1"}), json!({"digest": "sha256:0"})] {
        let request = json!({"source": source, "version": version});
        let ran = Container::new().check(&request).succeeded().says(&["warning:"]);
        assert!(!ran.notices().is_empty());
        let folder = tempfile::tempdir().expect("a folder");
        Container::new().get(&request, folder.path()).failed();
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "no file is left");
    }
}

#[test]
fn a_missing_file_names_its_artifact_and_how_to_get_it() {
    let product = Product::new(json!({}));
    let params = json!({"version": "1.0.0", "packages_file": "rootfs/receipt.txt"});
    product.put("releases", params.clone()).failed().says(&["rootfs/receipt.txt", "inputs: [rootfs]"]);
    product.write("rootfs/other", "");
    product.put("releases", params).failed().says(&["artifact \"rootfs\"", "rootfs/receipt.txt"]);
}

#[test]
fn a_server_that_answers_nonsense_is_a_failure_and_never_no_notices() {
    type Answer = fn() -> Reply;
    const SERVER: &str = "see whether the address leads to the right server";
    const LATER: &str = "the next check asks";
    // What is said of the OVAL file, and of the API's list.
    let nonsense: [(Answer, [&str; 2], [&str; 2]); 9] = [
        (|| Reply::ok("<html>Sign in</html>"), ["a page of HTML", "a proxy in between?"], ["Sign in", SERVER]),
        (Reply::garbage, ["is no HTTP server", "is the port right?"], ["is no HTTP server", "is the port right?"]),
        (|| Reply::ok(vec![7; 5000]), ["is no bzip2 file", SERVER], ["can't be used", SERVER]),
        (|| Reply::ok(""), ["the answer is empty", SERVER], ["can't be used: nothing", SERVER]),
        (|| Reply::ok(fixture(OVAL)).half(), ["broke off", LATER], ["can't be used", SERVER]),
        (|| Reply::ok(fixture(LIST)).half(), ["broke off", LATER], ["broke off", LATER]),
        (|| Reply::ok(&fixture(OVAL)[..1200]), ["cut short", LATER], ["can't be used", SERVER]),
        (|| Reply::new(500, "<html>oops</html>"), ["500", LATER], ["oops", LATER]),
        (|| Reply::ok(r#"{"notices": []}"#), ["is no bzip2 file", SERVER], ["is empty, which none is", "see whether"]),
    ];
    thread::scope(|scope| {
        for (answer, of_oval, of_list) in nonsense {
            scope.spawn(move || {
                let server = Server::start(move |_| answer());
                for (upstream, phrases) in [(oval_of(&server), of_oval), (api_of(&server), of_list)] {
                    let ran = check(json!({"os": "jammy", "upstream": upstream})).failed().says(&phrases);
                    println!("{}", ran.said());
                    assert!(ran.took < Duration::from_secs(20), "it took {:?}", ran.took);
                }
            });
        }
    });
}

#[test]
fn a_refused_connection_names_the_address_and_what_to_look_at() {
    // Bound and dropped: nobody listens there now.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number");
    let upstream = json!({"oval": format!("http://{free}/"), "api": false, "rss": false});
    let phrases = ["Connection refused", &free.to_string(), "firewall"];
    check(json!({"os": "jammy", "upstream": upstream})).failed().says(&phrases);
}
