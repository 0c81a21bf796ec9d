//! The `params` of a put.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::answer_params::{AnswerParams, answer};
use super::build_path::BuildPath;
use super::import_params::{ImportParams, import};
use crate::fields::{Field, Fields, Mistakes};
use crate::notice::NoticeId;
use crate::product::ProductName;

/// The `params` of a put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutParams {
    /// A release is recorded.
    Release(ReleaseParams),
    /// An answer is recorded instead.
    Answer(AnswerParams),
    /// A team's own record is taken over instead.
    Import(ImportParams),
    /// Notices that the team opens itself, in files of the form of OSV.
    Open(Vec<BuildPath>),
    /// What a scanner found in the highest release.
    Findings(BuildPath),
    /// The backlog of the source is synchronised.
    Backlog,
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
    /// The folders of gets of releases of other products, which this one contains.
    pub includes: BTreeMap<ProductName, BuildPath>,
    /// What a scanner found in the release.
    pub findings: Option<BuildPath>,
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
    /// By the folder of a get, or by another id than a USN's, if there is no such folder.
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
                let text = path.read_text(build_folder).context("params.version_file")?.trim().to_owned();
                if text.is_empty() {
                    bail!("params.version_file: {:?} is empty; it must hold the version of the release", path.as_str());
                }
                Ok(text)
            }
        }
    }
}

impl OutParams {
    /// Reads the `params` of a put. `None` only after a mistake.
    pub(crate) fn read(value: &Value, mistakes: &Mistakes<'_>) -> Option<OutParams> {
        let mut fields = Fields::top("params", value, mistakes);
        let literal = fields.get("version");
        let file = fields.get("version_file");
        let packages = fields.get("packages_file");
        let named = fields.get("notices");
        let included = fields.get("includes");
        let answer_literal = fields.get("answer");
        let answer_file = fields.get("answer_file");
        let imported = fields.get("import");
        let opened = fields.get("open");
        let found = fields.get("findings_file");
        let backlog = fields.get("backlog");

        let releases = literal.is_some() || file.is_some();
        let answers = answer_literal.is_some() || answer_file.is_some();
        if literal.is_some() && file.is_some() {
            fields.mistake("`version` and `version_file` exclude each other; leave one out");
        }
        if answer_literal.is_some() && answer_file.is_some() {
            fields.mistake("`answer` and `answer_file` exclude each other; leave one out");
        }
        let of_release = releases || packages.is_some() || named.is_some() || included.is_some();
        if !releases
            && !answers
            && imported.is_none()
            && opened.is_none()
            && backlog.is_none()
            && (found.is_none() || of_release)
        {
            fields.mistake(
                "what to record is missing; write `version` or `version_file`, `answer` or `answer_file`, `open`, `findings_file`, `import` or `backlog: sync`",
            );
        }
        let with_release = of_release || found.is_some();
        if backlog.is_some() && (with_release || answers || opened.is_some() || imported.is_some()) {
            fields.mistake("`backlog` stands alone; record in puts of their own");
        } else if imported.is_some() && (with_release || answers || opened.is_some()) {
            fields.mistake("an import stands alone; record releases and answers in puts of their own");
        } else if answers && (with_release || opened.is_some()) {
            fields.mistake("an answer stands alone; record the release in a put of its own");
        } else if opened.is_some() && with_release {
            fields.mistake("`open` stands alone; record the release in a put of its own");
        }
        let params = if let Some(backlog) = backlog {
            backlog.word(&["sync"]).map(|_| OutParams::Backlog)
        } else if let Some(imported) = imported {
            import(imported.object()).map(OutParams::Import)
        } else if answers {
            let literal = answer_literal.and_then(|field| answer(field.object())).map(AnswerParams::Literally);
            let file = answer_file.and_then(|field| BuildPath::of(&field)).map(AnswerParams::InFile);
            literal.or(file).map(OutParams::Answer)
        } else if let Some(opened) = opened {
            if opened.value().as_array().is_some_and(Vec::is_empty) {
                opened.mistake("an empty list names no notice; name the files");
            }
            Some(OutParams::Open(items(Some(opened), BuildPath::of)))
        } else if !releases {
            found.and_then(|field| BuildPath::of(&field)).map(OutParams::Findings)
        } else {
            let literal = literal.and_then(|field| version(&field)).map(Written::Literally);
            let file = file.and_then(|field| BuildPath::of(&field)).map(Written::InFile);
            let packages_files = items(packages, BuildPath::of);
            let notices = items(named, notice);
            let includes = included.map_or_else(BTreeMap::new, |field| includes(&field));
            let findings = found.and_then(|field| BuildPath::of(&field));
            let params = |version| ReleaseParams { version, packages_files, notices, includes, findings };
            literal.or(file).map(params).map(OutParams::Release)
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

/// Folders of gets, by product.
fn includes(field: &Field<'_>) -> BTreeMap<ProductName, BuildPath> {
    let read = |(product, folder): (&str, Field<'_>)| {
        let product = product.parse().map_err(|e| folder.mistake(e)).ok();
        BuildPath::of(&folder).and_then(|path| Some((product?, path)))
    };
    field.entries().into_iter().filter_map(read).collect()
}

/// An id, the address of a notice, or the folder of a get.
fn notice(field: &Field<'_>) -> Option<Named> {
    let text = field.some_text()?.trim();
    // Other ids look like names of folders, and there may be such a folder: the build tells.
    if let Some(id) = text.parse().ok().filter(|id: &NoticeId| id.is_usn()) {
        return Some(Named::Id(id));
    }
    if text.contains("://") {
        return NoticeId::from_url(text).map(Named::Id).map_err(|e| field.mistake(e)).ok();
    }
    BuildPath::of(field).map(Named::Folder)
}

#[cfg(test)]
mod tests;
