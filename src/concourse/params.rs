//! The `params` of a put.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::answer_params::{AnswerParams, answer};
use super::build_path::BuildPath;
use super::fields::{Field, Fields, Mistakes};
use super::import_params::{ImportParams, import};
use crate::notice::NoticeId;

/// The `params` of a put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutParams {
    /// A release is recorded.
    Release(ReleaseParams),
    /// An answer is recorded instead.
    Answer(AnswerParams),
    /// A team's own record is taken over instead.
    Import(ImportParams),
}

/// The `params` of a put that records a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseParams {
    /// The version of the release.
    pub version: Written,
    /// The packages of the release, the union of these files. Empty if there is no evidence.
    pub packages_files: Vec<BuildPath>,
    /// What the release must settle.
    pub notices: Vec<Named>,
}

/// A value that is written in the pipeline or in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// In the pipeline.
    Literally(String),
    /// In a file of the build folder.
    InFile(BuildPath),
}

/// A notice that params name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// By its id.
    Id(NoticeId),
    /// By the folder of a get.
    Folder(BuildPath),
}

impl Written {
    /// What is written, without white space around it.
    ///
    /// # Errors
    /// If the file can't be read.
    pub fn read(&self, build_folder: &Path) -> Result<String> {
        match self {
            Written::Literally(text) => Ok(text.trim().to_owned()),
            Written::InFile(path) => {
                let file = path.inside(build_folder)?;
                let text = std::fs::read_to_string(file).with_context(|| format!("reading {:?} failed", path.as_str()));
                let text = text?.trim().to_owned();
                if text.is_empty() {
                    bail!("{:?} is empty; it must hold the version of the release", path.as_str());
                }
                Ok(text)
            }
        }
    }
}

impl OutParams {
    /// Reads the `params` of a put. `None` only after a mistake.
    pub(super) fn read(value: &Value, mistakes: &Mistakes<'_>) -> Option<OutParams> {
        let mut fields = Fields::top("params", value, mistakes);
        let literal = fields.get("version");
        let file = fields.get("version_file");
        let packages = fields.get("packages_file");
        let named = fields.get("notices");
        let answer_literal = fields.get("answer");
        let answer_file = fields.get("answer_file");
        let imported = fields.get("import");

        let releases = literal.is_some() || file.is_some();
        let answers = answer_literal.is_some() || answer_file.is_some();
        if literal.is_some() && file.is_some() {
            fields.mistake("`version` and `version_file` exclude each other; leave one out");
        }
        if answer_literal.is_some() && answer_file.is_some() {
            fields.mistake("`answer` and `answer_file` exclude each other; leave one out");
        }
        if !releases && !answers && imported.is_none() {
            fields.mistake(
                "what to record is missing; write `version` or `version_file`, or `answer` or `answer_file`, or `import`",
            );
        }
        if imported.is_some() && (releases || answers || packages.is_some() || named.is_some()) {
            fields.mistake("an import stands alone; record releases and answers in puts of their own");
        }
        if answers && imported.is_none() && (releases || packages.is_some() || named.is_some()) {
            fields.mistake("an answer stands alone; record the release in a put of its own");
        }
        let params = if let Some(imported) = imported {
            import(imported.object()).map(OutParams::Import)
        } else if answers {
            let literal = answer_literal.and_then(|field| answer(field.object())).map(AnswerParams::Literally);
            let file = answer_file.and_then(|field| path(&field)).map(AnswerParams::InFile);
            literal.or(file).map(OutParams::Answer)
        } else {
            let literal = literal.and_then(|field| version(&field)).map(Written::Literally);
            let file = file.and_then(|field| path(&field)).map(Written::InFile);
            let packages_files = items(packages, path);
            let notices = items(named, notice);
            literal.or(file).map(|version| OutParams::Release(ReleaseParams { version, packages_files, notices }))
        };
        fields.finish();
        params.filter(|_| mistakes.is_empty())
    }
}

/// The version of a release. YAML makes the number 1.1 of 1.10, so no number can be trusted.
fn version(field: &Field<'_>) -> Option<String> {
    if let Value::Number(number) = field.value() {
        field.mistake(format!("{number} arrived as a number, and YAML makes 1.1 of 1.10; quote it, as in \"1.10\""));
        return None;
    }
    field.some_text().map(|text| text.trim().to_owned())
}

fn items<T>(field: Option<Field<'_>>, read: fn(&Field<'_>) -> Option<T>) -> Vec<T> {
    field.into_iter().flat_map(Field::one_or_list).filter_map(|item| read(&item)).collect()
}

pub(super) fn path(field: &Field<'_>) -> Option<BuildPath> {
    let path = BuildPath::new(field.some_text()?);
    path.map_err(|e| field.mistake(e)).ok()
}

/// An id, the address of a notice, or the folder of a get.
fn notice(field: &Field<'_>) -> Option<Named> {
    let text = field.some_text()?.trim();
    if let Ok(id) = text.parse() {
        return Some(Named::Id(id));
    }
    if text.contains("://") {
        return NoticeId::from_url(text).map(Named::Id).map_err(|e| field.mistake(e)).ok();
    }
    path(field).map(Named::Folder)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::concourse::Redactor;
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
        let answer =
            json!({"notice": "USN-7952-1", "status": "affected", "statement": "won't fix", "until": "2026-12-31"});
        let OutParams::Answer(AnswerParams::Literally(answer)) = parse(json!({"answer": answer})).expect("params")
        else {
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
            (json!({"version": "1", "includes": {}}), "params.includes: unknown key"),
        ] {
            let error = parse(params.clone()).expect_err("a mistake").to_string();
            assert!(error.contains(said), "{params}: {error}");
        }
    }
}
