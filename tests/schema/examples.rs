//! Values to choose from for each key: right ones and wrong ones.

use serde_json::{Value, json};

/// A key and a word that nothing knows.
pub(crate) const UNKNOWN: &str = "no_such_thing_at_all";

/// Any key with values that may stand there, and with some that may not.
pub(crate) type Pool = Vec<(&'static str, Vec<Value>)>;

/// A request of a get or a put with these params.
pub(crate) fn request(params: Value) -> Value {
    let source = json!({"os": "jammy", "product": "p", "tracker": {"driver": "file", "path": "/t"}});
    json!({"source": source, "params": params})
}

/// A certificate of the tests' own authority.
pub(crate) const CERTIFICATE: &str = include_str!("../support/tls/ca.pem");

const KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\n";

/// One value of each kind that JSON has, of which none is right in many places.
fn oddities() -> [Value; 7] {
    [json!(null), json!(true), json!(7.5), json!(""), json!(" x "), json!([]), json!({})]
}

fn pool(keys: &[(&'static str, Value)]) -> Pool {
    let values = |values: &Value| values.as_array().expect("a list").iter().cloned().chain(oddities()).collect();
    keys.iter().map(|(key, right)| (*key, values(right))).collect()
}

pub(crate) fn source() -> Pool {
    pool(&[
        ("emit", json!(["notices", "releases", "status", "backlog", "Notices"])),
        ("os", json!(["jammy", "22.04", "Ubuntu 22.04 LTS", 22.04, 24.04, 20.1, "stellar", 22])),
        ("priorities", json!([["high"], ["low", "critical"], ["unknown"], ["High"], "high", [null], ["none"]])),
        ("severities", json!([["high"], ["none"], ["unknown"], ["negligible"]])),
        ("packages", json!([["libc6"], ["linux-*"], "libc6", [" "], [1], ["a["]])),
        ("ignore_packages", json!([["libc6"], [""], ["linux-*", "eject"]])),
        ("pro", json!([false, "yes"])),
        ("window", json!(["30d", "0h", "030w", "99999999999999999999d", "30", "30D", "-1d", 30])),
        ("remind", json!(["30d", "0h", "01h", "1 d"])),
        ("product", json!(["cflinuxfs4", "a.b", "a..b", "a.", "A", "a_-", "-a", "../x"])),
        ("tracker", json!([{"driver": "file", "path": "/t"}])),
        ("upstream", json!([{"api": false}, {"oval": "https://x/", "rss": true}])),
        (
            "dependencies",
            json!([
                [{"name": "go", "purl": "pkg:golang/stdlib", "releases": "https://go.dev/dl/?mode=json", "line": "1.25"}],
                [{"name": "go", "purl": "golang", "releases": "x", "line": 1.2}],
                [{"name": "go"}],
            ]),
        ),
        (
            "partners",
            json!([
                [{"name": "foundation", "tracker": {"driver": "file", "path": "/theirs"}}],
                [{"name": "a/b", "tracker": {"driver": "file", "path": "/theirs"}}],
                [{"name": "foundation"}], [{"tracker": {"driver": "git", "uri": "https://h/x"}}],
            ]),
        ),
        (
            "backlog",
            json!([
                {"driver": "github", "repository": "a/b", "token": "t"},
                {"driver": "github", "repository": " a/b ", "token": " t ", "endpoint": "HTTPS://ghe.example/api/v3", "label": " x y ",
                    "labels": {"not_affected": "no", "wont_fix": "never"}},
                {"driver": "github", "repository": "https://github.com/a/b", "token": "t"},
                {"driver": "github", "repository": "a/b", "token": "t t", "label": "a,b"},
                {"driver": "github", "repository": "a/b"},
                {"driver": "jira"},
            ]),
        ),
        ("ca_certs", json!([[CERTIFICATE], ["x"], "x"])),
        ("debug", json!([false, "no"])),
    ])
}

pub(crate) fn tracker() -> Pool {
    pool(&[
        ("driver", json!(["file", "git", "s3", "gcs", "git", "s3", "flie"])),
        ("path", json!(["/t", "logs", "../x", ".git"])),
        ("uri", json!(["/srv/x.git", "https://h/x", "git@h:x", "ext::sh", "file:///x"])),
        ("branch", json!(["main", "a..b", "a/b"])),
        ("private_key", json!([KEY, "x"])),
        ("known_hosts", json!(["h ssh-ed25519 AAAA", "h"])),
        ("username", json!(["u", "a\nb"])),
        ("password", json!(["p4ssw0rd"])),
        ("git_user", json!(["A <a@b>", "A <a> ", "A", "<a>", "A <>"])),
        ("commit_message", json!(["%product%", "a\u{7}"])),
        ("bucket", json!(["logs", "a", "a..b", "A_b", "a/b"])),
        ("prefix", json!(["a/b", "/", "a//b"])),
        ("endpoint", json!(["https://s3.example:9000", "s3.example", "https://x/y"])),
        ("region_name", json!(["eu-central-1", "eu central"])),
        ("access_key_id", json!(["AKIA"])),
        ("secret_access_key", json!(["s3cr3t"])),
        ("session_token", json!(["t0ken"])),
        ("use_path_style", json!([false, "no"])),
        ("anonymous", json!([true, false, "no"])),
        (
            "json_key",
            json!(["{}", {"private_key": "a", "private_key_id": "b", "client_email": "c"}, {"private_key": "a"},
            r#"{"private_key": "a", "private_key_id": "b", "client_email": "c"}"#]),
        ),
    ])
}

/// Which keys of a tracker go together.
pub(crate) const TRACKERS: &[&[&str]] = &[
    &["driver", "path"],
    &["driver", "uri", "branch", "path", "username", "password", "git_user", "commit_message"],
    &["driver", "uri", "private_key", "known_hosts"],
    &[
        "driver",
        "bucket",
        "prefix",
        "endpoint",
        "region_name",
        "access_key_id",
        "secret_access_key",
        "session_token",
        "use_path_style",
    ],
    &["driver", "bucket", "prefix", "json_key"],
];

pub(crate) fn upstream() -> Pool {
    let right =
        || json!(["https://x.example/a", "HTTP://x.example", " file:///x", "ftp://x", "x", "https://x/#y", false]);
    let osv = json!([
        [{"api": "https://api.osv.dev/"}, {"go": "https://vuln.go.dev/"}],
        [{"folder": "file:///notices"}, {"git": {"uri": "https://h/x", "path": "a"}}],
        [{"api": "https://x/", "go": "https://x/"}],
        [{}], [{"git": {}}], false,
    ]);
    let archive = json!([
        "https://x.example/ubuntu", {"url": "http://x/", "suites": ["jammy-security", "a/b"], "architectures": ["amd64"]},
        {"url": "http://x/", "components": ["main", " universe "]}, {"url": "http://x/dists/"}, {"suites": ["x"]},
        {"url": "http://x/", "suites": []}, {"url": "http://x/", "suites": ["../x"]}, "x", false,
    ]);
    pool(&[("oval", right()), ("api", right()), ("rss", right()), ("osv", osv), ("archive", archive)])
}

pub(crate) fn get_params() -> Pool {
    let publisher = json!([{"name": "a", "namespace": "https://a.example"}, {"name": "a", "namespace": "URN:a:b"}, {"name": "a"},
        {"name": "a", "namespace": "b"}, {"name": " ", "namespace": "http://a"}, {"namespace": "ftp://a", "name": "a"}]);
    pool(&[
        ("layout", json!(["priorities", "usns", "addresses", "usn"])),
        ("advisory_template", json!(["{{ notice.id }}"])),
        ("publisher", publisher),
        (
            "products",
            json!([["pkg:oci/a@sha256:00"], " pkg:oci/a?tag=1", ["pkg:deb/ubuntu/a@1"], ["a"], [1], "pkg:oci"]),
        ),
        ("targets", json!([{"high": "48h"}, {"unknown": "1w", "low": "0d"}, {"hihg": "1d"}, {"high": "soon"}, {}])),
    ])
}

pub(crate) fn put_params() -> Pool {
    let paths = || json!(["a/b", "./a", "a", "/a", "../a", "a/..", "a/../b", "a..b/c", "..a"]);
    pool(&[
        ("version", json!(["1.0.0", 1.1])),
        ("version_file", paths()),
        ("packages_file", json!(["a/b", ["a", "b"], ["/a"], [null], "/a"])),
        ("notices", json!(["USN-1-1", ["a", "https://ubuntu.com/security/notices/USN-1-1"], [1], "../a"])),
        ("includes", json!([{"p": "a"}, {"P": "a"}, {"p": null}, {"p": "/a"}, {"a..b": "a"}])),
        ("answer", json!([{"notice": "USN-1-1", "status": "under_investigation"}])),
        ("answer_file", paths()),
        ("open", json!(["a/b.json", ["a", "b"], ["/a"], [], "../a"])),
        ("findings_file", paths()),
        ("backlog", json!(["sync", "sink"])),
        ("import", json!([{"record": "a"}, {"record": "a", "packages": "b"}, {"packages": "b"}, {"record": "/a"}])),
    ])
}

pub(crate) fn answer() -> Pool {
    let status = json!(["affected", "not_affected", "under_investigation", "fixed", "Affected"]);
    pool(&[
        (
            "notice",
            json!([
                "USN-1-1",
                "usn-12345-10",
                "USN-1",
                " USN-1-1",
                "LSN-1-1",
                "GO-2025-3956",
                "x_A-1",
                "x_1..2",
                "usnx-1"
            ]),
        ),
        ("status", status),
        ("justification", json!(["component_not_present", "Component_not_present", "x"])),
        ("statement", json!(["won't fix"])),
        ("until", json!(["2026-12-31", "2026-12-31T12:00:00Z", "2026-12-31T12:00:00", "soon"])),
    ])
}
