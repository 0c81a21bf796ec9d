//! The schemas of the params of a get and of a put.

use davos::notice::Priority;
use davos::publish::Layout;
use davos::tracker::{Justification, Status};
use serde_json::{Value, json};

use crate::schema::parts::{
    absent, address, document, given, matching, object, one_or_list, path, says, text, when, with_rules, words,
};
use crate::schema::source::PRODUCT;

pub(crate) fn of_a_get() -> Value {
    let publisher = with_rules(
        object(&[
            ("name", "Who publishes.", text()),
            ("namespace", "An address of theirs, such as https://www.example.org.", address(&["https", "http", "urn"])),
        ]),
        vec![given(&["name", "namespace"])],
    );
    let target =
        |priority: &&'static str| (*priority, "How long such a notice may stay open.", matching("^[0-9]+[hdw]$"));
    let targets = object(&Priority::WORDS.iter().map(target).collect::<Vec<_>>());
    let keys = [
        ("layout", "How release notes are laid out. The default is priorities.", words(Layout::WORDS)),
        ("advisory_template", "The text of a template for advisories, in the language of Jinja.", text()),
        ("publisher", "Who publishes the VEX documents.", json!({"$ref": "#/$defs/publisher"})),
        (
            "products",
            "What scanners call the product: package URLs such as pkg:oci/name@sha256:…, beside its own in the VEX documents.",
            one_or_list(matching("^\\s*pkg:")),
        ),
        (
            "targets",
            "Of the status alone: how long a notice may stay open, by priority. The default is 48h for critical and high, 30d for the rest.",
            json!({"$ref": "#/$defs/targets"}),
        ),
        (
            "url",
            "Of the status alone: the folder on the web where the files are going to be served.",
            address(&["https", "http"]),
        ),
    ];
    let mut params = object(&keys);
    params["type"] = json!(["object", "null"]);
    document("The params of a get of a davos resource", params, &[("publisher", publisher), ("targets", targets)])
}

/// The id of a notice: of one of Ubuntu's, or any other that doesn't begin like one.
const NOTICE: &str =
    "^([Uu][Ss][Nn]-[0-9]{1,5}-[0-9]{1,2}|(?![UuLlSs][Ss][Nn]([-_]|$))(?!.*[.][.])[A-Za-z][A-Za-z0-9_.:-]{0,99})$";

/// The keys of a put that records a release.
const OF_RELEASES: &[&str] = &["version", "version_file", "packages_file", "notices", "includes"];

/// What stands alone.
const ALONE: &[&str] = &["open"];

const OF_ANSWERS: &[&str] = &["answer", "answer_file"];

pub(crate) fn of_a_put() -> Value {
    let includes = json!({"type": "object", "propertyNames": {"pattern": PRODUCT, "maxLength": 100}, "additionalProperties": path()});
    let keys = [
        ("version", "The release that is recorded; quote it.", text()),
        ("version_file", "A file with the release that is recorded.", path()),
        (
            "packages_file",
            "The packages of the release: a file, or a list of files whose union counts.",
            one_or_list(path()),
        ),
        ("notices", "What the release must settle: folders of gets, or ids.", one_or_list(text())),
        ("includes", "The releases of other products inside this one: the folder of a get for each product.", includes),
        ("answer", "What the team says of a notice, instead of a release.", json!({"$ref": "#/$defs/answer"})),
        ("answer_file", "A JSON file with the keys of an answer.", path()),
        (
            "open",
            "Files of notices that the team opens itself, in the form of OSV, instead of a release.",
            one_or_list(path()),
        ),
        (
            "findings_file",
            "What a scanner found: in the release that is recorded with it, or else in the highest.",
            path(),
        ),
        (
            "import",
            "A record of the team's own that is taken over, instead of a release.",
            json!({"$ref": "#/$defs/import"}),
        ),
        (
            "backlog",
            "The issues of the source's backlog are made as the log wants them, and what was answered there is recorded, instead of a release.",
            words(&["sync"]),
        ),
    ];
    let any = ["version", "version_file", "answer", "answer_file", "open", "import", "backlog"];
    let alone = json!({"allOf": [given(&["findings_file"]), absent(OF_RELEASES)]});
    let either: Vec<Value> = any.iter().map(|key| given(&[key])).chain([alone]).collect();
    let with_findings = [OF_RELEASES, &["findings_file"]].concat();
    let rules = vec![
        json!({"anyOf": either}),
        when(given(&["version"]), absent(&["version_file"])),
        when(given(&["answer"]), absent(&["answer_file"])),
        when(given(&["answer"]), absent(&[with_findings.as_slice(), ALONE].concat())),
        when(given(&["answer_file"]), absent(&[with_findings.as_slice(), ALONE].concat())),
        when(given(&["open"]), absent(&with_findings)),
        when(given(&["backlog"]), absent(&[with_findings.as_slice(), OF_ANSWERS, ALONE, &["import"]].concat())),
        when(given(&["import"]), absent(&[with_findings.as_slice(), OF_ANSWERS, ALONE].concat())),
    ];
    let definitions = [("answer", answer()), ("import", import())];
    document("The params of a put to a davos resource", with_rules(object(&keys), rules), &definitions)
}

fn answer() -> Value {
    let keys = [
        ("notice", "The notice's id.", matching(NOTICE)),
        (
            "status",
            "The answer, in a word of OpenVEX. With a statement, affected means: won't fix.",
            words(Status::WORDS),
        ),
        ("justification", "Why the product is not affected, in words of OpenVEX.", words(Justification::WORDS)),
        ("statement", "Why, or what is done about it.", text()),
        ("until", "When the answer runs out: a date or a time. The default is never.", matching("[0-9]")),
    ];
    let reason = json!({"anyOf": [given(&["justification"]), given(&["statement"])]});
    let rules = vec![
        given(&["notice", "status"]),
        when(says("status", &["affected"]), given(&["statement"])),
        when(says("status", &["not_affected"]), reason),
        when(says("status", &["affected", "under_investigation"]), absent(&["justification"])),
    ];
    with_rules(object(&keys), rules)
}

fn import() -> Value {
    let keys = [
        ("record", "A YAML list that says which release fixes which notice.", path()),
        ("packages", "The folder with the packages of the releases, a file for each.", path()),
    ];
    with_rules(object(&keys), vec![given(&["record"])])
}
