//! What params may say.

use serde_json::json;

use super::*;
use crate::text::Redactor;
use crate::tracker::Status;

fn parse(params: Value) -> Result<OutParams> {
    let redactor = Redactor::default();
    let mistakes = Mistakes::new(&redactor);
    let params = OutParams::read(&params, &mistakes);
    mistakes.settle("the pipeline")?;
    Ok(params.expect("params, where there is no mistake"))
}

fn release(params: Value) -> ReleaseParams {
    match parse(params).expect("params") {
        OutParams::Release(release) => release,
        other => panic!("{other:?}"),
    }
}

fn path(path: &str) -> BuildPath {
    BuildPath::new(path).expect("a path")
}

#[test]
fn a_release_is_named_literally_or_by_a_file() {
    let params = release(json!({"version": " 1.297.0\n"}));
    assert_eq!(params.version, Written::Literally("1.297.0".to_owned()));
    assert!(params.packages_files.is_empty() && params.notices.is_empty());
    let params = release(json!({"version_file": "rootfs/version", "version": null}));
    assert_eq!(params.version, Written::InFile(path("rootfs/version")));
}

#[test]
fn one_file_or_notice_may_stand_without_a_list() {
    let one = release(json!({"version": "1", "packages_file": "a/receipt", "notices": "usn-7886-1"}));
    assert_eq!(one.packages_files, [path("a/receipt")]);
    assert_eq!(one.notices, [Named::Id("USN-7886-1".parse().expect("an id"))]);
    let url = "https://ubuntu.com/security/notices/USN-7886-1";
    let list = release(json!({"version": "1", "packages_file": ["a/1", "b/2"], "notices": ["usn", url]}));
    assert_eq!(list.packages_files, [path("a/1"), path("b/2")]);
    assert_eq!(list.notices, [Named::Folder(path("usn")), Named::Id("USN-7886-1".parse().expect("an id"))]);
}

#[test]
fn an_answer_is_written_literally_or_in_a_file() {
    let answer = json!({"notice": "USN-7952-1", "status": "affected", "statement": "won't fix", "until": "2026-12-31"});
    let OutParams::Answer(AnswerParams::Literally(answer)) = parse(json!({"answer": answer})).expect("params") else {
        panic!("no answer")
    };
    assert_eq!(answer.status, Status::Affected);
    assert_eq!(answer.until.expect("an end").to_string(), "2026-12-31T00:00:00Z");
    let file = parse(json!({"answer_file": "a/answer.json"})).expect("params");
    assert_eq!(file, OutParams::Answer(AnswerParams::InFile(path("a/answer.json"))));
}

#[test]
fn an_import_names_a_record_and_the_folder_of_its_packages() {
    let params = parse(json!({"import": {"record": "state/releases.yml", "packages": "rootfs/receipts"}}));
    let both = ImportParams { record: path("state/releases.yml"), packages: Some(path("rootfs/receipts")) };
    assert_eq!(params.expect("params"), OutParams::Import(both));
    let alone = ImportParams { record: path("state/releases.yml"), packages: None };
    let params = parse(json!({"import": {"record": "state/releases.yml"}}));
    assert_eq!(params.expect("params"), OutParams::Import(alone));
}

#[test]
fn notices_are_opened_from_files_and_findings_stand_alone_or_with_a_release() {
    let open = |params| parse(params).expect("params");
    assert_eq!(open(json!({"open": "a/x.json"})), OutParams::Open(vec![path("a/x.json")]));
    assert_eq!(open(json!({"open": ["a/x", "b/y"]})), OutParams::Open(vec![path("a/x"), path("b/y")]));
    assert_eq!(open(json!({"findings_file": "scan/grype.json"})), OutParams::Findings(path("scan/grype.json")));
    let with_release = release(json!({"version": "1", "findings_file": "scan/grype.json"}));
    assert_eq!(with_release.findings, Some(path("scan/grype.json")));
}

#[test]
fn each_param_has_its_mistakes() {
    let answer = json!({"notice": "USN-1-1", "status": "under_investigation"});
    for (params, said) in [
        (json!(null), "params: what to record is missing"),
        (json!([]), "params: a list is not allowed"),
        (json!({"version": 1.1}), "params.version: 1.1 arrived as a number"),
        (json!({"version": 2}), "params.version: 2 arrived as a number"),
        (json!({"version": ""}), "params.version: \"\" is not allowed"),
        (json!({"version": "1", "version_file": "a/b"}), "params: `version` and `version_file` exclude"),
        (json!({"version_file": "/etc/version"}), "params.version_file: \"/etc/version\" leads out"),
        (json!({"version": "1", "packages_file": ["a/b", "../b"]}), "params.packages_file[1]: \"../b\" leads out"),
        (json!({"version": "1", "notices": [1]}), "params.notices[0]: 1 is not allowed; write text; quote it"),
        (json!({"version": "1", "notices": "http://x/USN"}), "params.notices: \"USN\" is no notice id"),
        (json!({"version": "1", "answer": answer}), "params: an answer stands alone"),
        (json!({"notices": "USN-1-1", "answer": answer}), "params: an answer stands alone"),
        (json!({"answer_file": "a/b", "answer": answer}), "params: `answer` and `answer_file` exclude"),
        (json!({"import": "a/b"}), "params.import: \"a/b\" is not allowed; write keys with values"),
        (json!({"import": {"packages": "a"}}), "params.import.record: needed"),
        (json!({"import": {"record": "a/b", "package": "c"}}), "params.import.package: unknown key, did you mean"),
        (json!({"import": {"record": "/a"}}), "params.import.record: \"/a\" leads out"),
        (json!({"import": {"record": "a/b"}, "version": "1"}), "params: an import stands alone"),
        (json!({"import": {"record": "a/b"}, "answer_file": "c"}), "params: an import stands alone"),
        (
            json!({"versionfile": "a/b", "version": "1"}),
            "params.versionfile: unknown key, did you mean `version_file`?",
        ),
        (json!({"version": "1", "includes": "rootfs"}), "params.includes: \"rootfs\" is not allowed"),
        (json!({"version": "1", "includes": {"rootfs": 1}}), "params.includes.rootfs: 1 is not allowed"),
        (json!({"version": "1", "includes": {"rootfs": "../a"}}), "params.includes.rootfs: \"../a\" leads out"),
        (json!({"version": "1", "includes": {"../a": "b"}}), "params.includes.../a: \"../a\" is no product name"),
        (json!({"includes": {"rootfs": "a"}, "answer": answer}), "params: an answer stands alone"),
        (json!({"open": "a/b", "version": "1"}), "params: `open` stands alone"),
        (json!({"open": "a/b", "findings_file": "a/c"}), "params: `open` stands alone"),
        (json!({"open": "a/b", "answer": answer}), "params: an answer stands alone"),
        (json!({"open": ["a/b", "../c"]}), "params.open[1]: \"../c\" leads out"),
        (json!({"open": []}), "params.open: an empty list names no notice"),
        (json!({"findings_file": "a/b", "packages_file": "c"}), "params: what to record is missing"),
        (json!({"findings_file": 1}), "params.findings_file: 1 is not allowed"),
    ] {
        let error = parse(params.clone()).expect_err("a mistake").to_string();
        assert!(error.contains(said), "{params}: {error}");
    }
}
