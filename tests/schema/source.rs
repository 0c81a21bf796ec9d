//! The schema of a source.

use davos::notice::{Priority, Severity, UbuntuRelease};
use serde_json::{Value, json};

use crate::schema::parts::{
    absent, address, document, flag, given, list, matching, object, says, text, when, with_rules, words,
};

/// What the versions of a resource are.
pub(crate) const EMIT: &[&str] = &["notices", "releases", "status", "backlog"];

/// The stores of a tracker.
pub(crate) const DRIVERS: &[&str] = &["file", "git", "s3", "gcs"];

/// A name of a product: no two dots in a row and none at the end, and at most a hundred characters.
pub(crate) const PRODUCT: &str = r"^[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*$";

pub(crate) fn source() -> Value {
    let definitions = [
        ("upstream", upstream()),
        ("database", database()),
        ("repository", repository()),
        ("dependency", dependency()),
        ("archive", archive()),
        ("file", file()),
        ("git", git()),
        ("s3", s3()),
        ("gcs", gcs()),
        ("partner", partner()),
        ("backlog", backlog()),
        ("labels", answer_labels()),
    ];
    let keys = [
        (
            "emit",
            "What the resource's versions are: notices (the default), releases, the status of all products of the tracker, or that the backlog is to be synchronised.",
            words(EMIT),
        ),
        ("os", "The Ubuntu release, needed for Ubuntu's notices: jammy, \"22.04\" or ubuntu-22.04-lts.", os()),
        (
            "priorities",
            "A notice matches if its priority is listed. The default is [high, critical], unless severities are given.",
            list(words(Priority::WORDS)),
        ),
        ("severities", "A notice matches, too, if its CVSS severity is listed.", list(words(Severity::WORDS))),
        ("packages", "Binary packages or globs: only notices that fix one of them. The default is all.", list(text())),
        ("ignore_packages", "Binary packages or globs that never make a notice actionable.", list(text())),
        ("pro", "Whether the product may install fixes of Ubuntu Pro (ESM). The default is false.", flag()),
        (
            "window",
            "How far back a first check looks; later ones look that far back from the newest opening. The default is 30d.",
            matching("^[0-9]+[hdw]$"),
        ),
        (
            "remind",
            "A notice that is still open after this long is opened again. The default is never.",
            matching("^0*[1-9][0-9]*[hdw]$"),
        ),
        (
            "product",
            "The name of the log, needed with a tracker.",
            json!({"type": "string", "pattern": PRODUCT, "maxLength": 100}),
        ),
        ("tracker", "Where the logs of the products are kept.", tracker()),
        (
            "upstream",
            "Where notices come from. What is left out stays at Canonical's servers.",
            json!({"$ref": "#/$defs/upstream"}),
        ),
        (
            "dependencies",
            "Upstream software whose new versions are notices.",
            list(json!({"$ref": "#/$defs/dependency"})),
        ),
        (
            "partners",
            "Trackers of others, which are only read: products named in `includes` are looked for there, too.",
            with_most(list(json!({"$ref": "#/$defs/partner"})), 16),
        ),
        ("backlog", "Where the team keeps its issues.", json!({"$ref": "#/$defs/backlog"})),
        ("ca_certs", "PEM certificates trusted besides the system's.", list(matching("-----BEGIN CERTIFICATE-----"))),
        ("debug", "Say more, and without a limit of lines; never a secret. The default is false.", flag()),
    ];
    let emits_notices = json!({"properties": {"emit": {"enum": ["notices", null]}}});
    let some = |key: &str| json!({"required": [key], "properties": {key: {"not": {"enum": [null, [], false]}}}});
    let databases =
        json!({"required": ["upstream"], "properties": {"upstream": {"allOf": [{"type": "object"}, some("osv")]}}});
    let others = [given(&["tracker"]), some("dependencies"), databases];
    let has_no_status = json!({"properties": {"emit": {"enum": ["notices", "releases", null]}}});
    let logged = json!({"allOf": [has_no_status, given(&["tracker"])]});
    let rules = vec![
        when(json!({"allOf": [emits_notices, {"not": {"anyOf": others}}]}), given(&["os"])),
        when(says("emit", &["releases"]), given(&["product", "tracker"])),
        when(says("emit", &["status"]), given(&["tracker"])),
        when(says("emit", &["backlog"]), given(&["product", "tracker", "backlog"])),
        when(logged, given(&["product"])),
    ];
    document("The source of a davos resource", with_rules(object(&keys), rules), &definitions)
}

/// YAML makes numbers of what isn't quoted; those that lose nothing by that are taken.
fn os() -> Value {
    let names = UbuntuRelease::listed().map(|name| name.parse::<UbuntuRelease>().expect("a release"));
    let whole = |release: UbuntuRelease| release.number().filter(|number| !number.ends_with('0'));
    let numbers: Vec<Value> =
        names.filter_map(whole).map(|number| serde_json::from_str(number).expect("a number")).collect();
    json!({"anyOf": [text(), {"enum": numbers}]})
}

fn tracker() -> Value {
    let driver = json!({"anyOf": [words(DRIVERS), {"$ref": "#/$defs/later", "type": "string"}]});
    let of = |driver: &&str| when(says("driver", &[driver]), json!({"$ref": format!("#/$defs/{driver}")}));
    let rules: Vec<Value> = DRIVERS.iter().map(of).collect();
    json!({"type": "object", "required": ["driver"], "properties": {"driver": driver}, "allOf": rules})
}

fn with_most(mut list: Value, most: usize) -> Value {
    list["maxItems"] = most.into();
    list
}

fn partner() -> Value {
    let name = json!({"type": "string", "pattern": PRODUCT, "maxLength": 100});
    let keys = [
        ("name", "What the partner is called here; its products are `name/product`.", name),
        ("tracker", "Where the partner keeps its logs.", tracker()),
    ];
    with_rules(object(&keys), vec![given(&["name", "tracker"])])
}

fn upstream() -> Value {
    let source = || json!({"anyOf": [flag(), address(&["https", "http", "file"])]});
    object(&[
        ("oval", "The folder of com.ubuntu.<codename>.usn.oval.xml.bz2, or false.", source()),
        ("api", "The folder of page/notices.json, notices/<id>.json and cves/<id>.json, or false.", source()),
        ("rss", "The feed itself, or false.", source()),
        (
            "osv",
            "Databases in the form of OSV, for notices that are not Ubuntu's.",
            json!({"anyOf": [list(json!({"$ref": "#/$defs/database"})), {"enum": [false]}]}),
        ),
        (
            "archive",
            "The archive that the product's packages are installed from, where a fix has to be before a notice is emitted. The default is none.",
            json!({"anyOf": [address(&["https", "http", "file"]), {"$ref": "#/$defs/archive"}, {"enum": [false]}]}),
        ),
    ])
}

fn archive() -> Value {
    let names = || {
        let part = "[A-Za-z0-9_+~-][A-Za-z0-9._+~-]*";
        let mut names = list(matching(&format!(r"^\s*{part}(/{part})*\s*$")));
        (names["minItems"], names["maxItems"]) = (1.into(), 20.into());
        names
    };
    let keys = [
        ("url", "The folder that dists and pool are in.", address(&["https", "http", "file"])),
        ("suites", "The suites, the one to ask first in front. The default is [<os>-security, <os>-updates].", names()),
        ("components", "The components. The default is all that a suite has.", names()),
        ("architectures", "The architectures, in each of which a package has to be. The default is [amd64].", names()),
    ];
    with_rules(object(&keys), vec![given(&["url"])])
}

fn database() -> Value {
    let folder = || address(&["https", "http", "file"]);
    let keys = [
        ("api", "osv.dev's API: https://api.osv.dev/.", folder()),
        ("go", "The database of Go's vulnerabilities: https://vuln.go.dev/.", folder()),
        ("folder", "A folder with index.json and a file for each record.", folder()),
        ("git", "A repository with a file for each record.", json!({"$ref": "#/$defs/repository"})),
    ];
    let names = ["api", "go", "folder", "git"];
    let one: Vec<Value> = names.iter().map(|name| given(&[name])).collect();
    with_rules(object(&keys), vec![json!({"oneOf": one})])
}

fn dependency() -> Value {
    let keys = [
        (
            "name",
            "What it is called in the ids of its notices: go in x_go-1.25.4.",
            matching("^\\s*[A-Za-z0-9._-]{1,50}\\s*$"),
        ),
        ("purl", "The package as an SBOM tells it: pkg:golang/stdlib.", matching("^\\s*[Pp][Kk][Gg]:")),
        (
            "releases",
            "An Atom feed, a product of endoflife.date, or go.dev's list.",
            address(&["https", "http", "file"]),
        ),
        (
            "line",
            "The line of versions that the product stays on, quoted: \"1.25\".",
            matching("^\\s*[0-9]+(\\.[0-9]+)*\\s*$"),
        ),
        ("priority", "The priority of its notices. The default is high.", words(Priority::WORDS)),
    ];
    with_rules(object(&keys), vec![given(&["name", "purl", "releases"])])
}

/// What kind of tracker it is: told by `tracker` already.
fn driver(name: &str) -> (&'static str, &'static str, Value) {
    ("driver", "What keeps the logs.", words(&[name]))
}

fn file() -> Value {
    let path =
        ("path", "The folder that holds a folder for each product; the steps of all workers must see it.", text());
    with_rules(object(&[driver("file"), path]), vec![given(&["path"])])
}

fn git() -> Value {
    let keys: Vec<_> = std::iter::once(driver("git")).chain(repository_keys()).collect();
    with_rules(object(&keys), repository_rules())
}

fn repository() -> Value {
    with_rules(object(&repository_keys()), repository_rules())
}

fn repository_keys() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("uri", "The repository: https://…, ssh://…, git@host:path, file:///… or a path.", text()),
        ("branch", "The branch of the logs. The default is main.", text()),
        (
            "path",
            "The folder that holds a folder for each product. The default is the root.",
            json!({"type": "string"}),
        ),
        ("private_key", "For ssh: the key as in its file, without a passphrase.", matching("^\\s*-----BEGIN ")),
        ("known_hosts", "For ssh: the server's keys, as ssh-keyscan prints them.", text()),
        ("username", "For https.", text()),
        ("password", "For https: a password or a token.", text()),
        ("git_user", "Who commits: Name <mail>.", matching(r"<.*\S.*>\s*$")),
        ("commit_message", "The message, with %product%, %events% and %url% in it.", text()),
    ]
}

fn repository_rules() -> Vec<Value> {
    vec![
        given(&["uri"]),
        when(given(&["username"]), given(&["password"])),
        when(given(&["password"]), given(&["username"])),
    ]
}

fn bucket() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("bucket", "The bucket.", matching("^[A-Za-z0-9._-]{3,222}$")),
        (
            "prefix",
            "The folder that holds a folder for each product. The default is the root.",
            json!({"type": "string"}),
        ),
    ]
}

fn s3() -> Value {
    let mut keys = bucket();
    keys.extend([
        driver("s3"),
        (
            "endpoint",
            "Another server that speaks S3; it must honour conditional writes. The default is Amazon's.",
            text(),
        ),
        ("region_name", "The region. The default is us-east-1.", matching("^[A-Za-z0-9-]+$")),
        ("access_key_id", "The name of a key. The default is the role of the machine.", text()),
        ("secret_access_key", "The key.", text()),
        ("session_token", "The token of a temporary key.", text()),
        ("anonymous", "Whether a public bucket is read without credentials. The default is false.", flag()),
        (
            "use_path_style",
            "Whether the bucket stands in the path of an address. The default is true with an endpoint.",
            flag(),
        ),
    ]);
    let rules = vec![
        given(&["bucket"]),
        when(given(&["access_key_id"]), given(&["secret_access_key"])),
        when(given(&["secret_access_key"]), given(&["access_key_id"])),
        when(given(&["session_token"]), given(&["access_key_id"])),
        when(is_anonymous(), absent(&["access_key_id", "secret_access_key", "session_token"])),
    ];
    with_rules(object(&keys), rules)
}

fn is_anonymous() -> Value {
    json!({"required": ["anonymous"], "properties": {"anonymous": {"enum": [true]}}})
}

fn gcs() -> Value {
    let parts = ["private_key", "private_key_id", "client_email"];
    let part = || json!({"type": "string", "minLength": 1});
    let object_key = json!({
        "type": "object", "required": parts,
        "properties": {"private_key": part(), "private_key_id": part(), "client_email": part()}
    });
    let key = json!({"anyOf": [text(), object_key]});
    let mut keys = bucket();
    keys.push(driver("gcs"));
    keys.push(("json_key", "The key of a service account. The default is the account of the machine.", key));
    keys.push(("anonymous", "Whether a public bucket is read without credentials. The default is false.", flag()));
    with_rules(object(&keys), vec![given(&["bucket"]), when(is_anonymous(), absent(&["json_key"]))])
}

/// The drivers of a backlog.
const BACKLOGS: &[&str] = &["github"];

fn backlog() -> Value {
    let keys = [
        ("driver", "What keeps the issues.", words(BACKLOGS)),
        (
            "repository",
            "The owner and the name of the repository: example-org/rootfs.",
            matching("^\\s*[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}\\s*$"),
        ),
        ("token", "A token that may read and write issues there, and read metadata.", matching("^\\s*[!-~]+\\s*$")),
        (
            "endpoint",
            "The server's API. The default is https://api.github.com; GitHub Enterprise Server has https://<host>/api/v3.",
            address(&["https", "http"]),
        ),
        ("label", "The label of all issues. The default is davos.", label()),
        ("labels", "The labels that answer a notice.", json!({"$ref": "#/$defs/labels"})),
    ];
    with_rules(object(&keys), vec![given(&["driver", "repository", "token"])])
}

fn answer_labels() -> Value {
    object(&[
        ("not_affected", "The label that says so. The default is: not affected.", label()),
        ("wont_fix", "The label that says so. The default is: won't fix.", label()),
    ])
}

fn label() -> Value {
    json!({"type": "string", "pattern": "^[^,]*[^,\\s][^,]*$"})
}
