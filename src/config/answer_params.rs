//! An answer as a pipeline or a file writes it.

use std::path::Path;

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::build_path::BuildPath;
use crate::fields::{Field, Fields, Mistakes};
use crate::notice::Published;
use crate::text::Redactor;
use crate::tracker::{Answered, Justification, Status};

/// An answer in the pipeline or in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerParams {
    /// In the pipeline.
    Literally(Answered),
    /// In a JSON file of the build folder, with the same keys.
    InFile(BuildPath),
}

impl AnswerParams {
    /// The answer.
    ///
    /// # Errors
    /// If the file can't be read, or doesn't hold an answer; all its mistakes are told at once.
    pub fn read(&self, build_folder: &Path) -> Result<Answered> {
        let path = match self {
            AnswerParams::Literally(answer) => return Ok(answer.clone()),
            AnswerParams::InFile(path) => path,
        };
        let name = path.as_str();
        let text = path.read_text(build_folder).context("params.answer_file")?;
        let value: serde_json::Value = serde_json::from_str(&text)
            .with_context(|| format!("{name:?} is not JSON; write the keys of `answer` as one object"))?;
        let redactor = Redactor::default();
        let mistakes = Mistakes::new(&redactor);
        let answer = answer(Fields::top(name, &value, &mistakes));
        mistakes.settle("the answer")?;
        answer.with_context(|| format!("{name:?} holds no answer"))
    }
}

/// Reads the keys of an answer. `None` only after a mistake.
pub(super) fn answer(mut fields: Fields<'_>) -> Option<Answered> {
    let notice = fields.get("notice");
    let status = fields.get("status");
    let is_object = fields.is_object();
    for (key, missing) in [("notice", notice.is_none()), ("status", status.is_none())] {
        if missing && is_object {
            let such = if key == "notice" { "write an id such as USN-7886-1" } else { "write one of OpenVEX's" };
            fields.mistake_of(key, format!("needed; {such}"));
        }
    }
    let notice = notice.and_then(|field| field.parsed());
    let status = status.and_then(|field| self::status(&field));
    let justification = optional(fields.get("justification"), |field| field.word(Justification::WORDS)?.parse().ok());
    let statement = optional(fields.get("statement"), |field| field.some_text().map(ToOwned::to_owned));
    let until = optional(fields.get("until"), until);
    let answer = || {
        Answered::new(notice?, status?, justification?, statement?, until?.flatten())
            .map_err(|e| fields.mistake(e))
            .ok()
    };
    let answer = answer();
    fields.finish();
    answer
}

/// `Some(None)` for a key that is absent, `None` after a mistake.
fn optional<T>(field: Option<Field<'_>>, read: fn(&Field<'_>) -> Option<T>) -> Option<Option<T>> {
    field.map_or(Some(None), |field| read(&field).map(Some))
}

fn status(field: &Field<'_>) -> Option<Status> {
    if field.value().as_str() == Some("fixed") {
        field.mistake("`fixed` is no answer; record the release that fixes it");
        return None;
    }
    field.word(Status::WORDS)?.parse().ok()
}

/// A date, which stands for its first instant in UTC, or a time. The year 9999 is how people write "for good".
fn until(field: &Field<'_>) -> Option<Option<Timestamp>> {
    let text = field.text()?.trim();
    // A naive time would mean another instant in each reader's time zone.
    let time = match text.parse::<Published>() {
        Ok(day) if day.day().year() == 9999 => Ok(None),
        Ok(Published::Day(day)) => Ok(Some(Published::Day(day).instant())),
        _ => text.parse::<Timestamp>().map(Some).map_err(anyhow::Error::from),
    };
    if time.is_err() {
        field.wrong("a date (2026-12-31) or a time (2026-12-31T12:00:00Z)");
    }
    time.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_json(text: &str) -> Result<Answered> {
        let redactor = Redactor::default();
        let mistakes = Mistakes::new(&redactor);
        let value = serde_json::from_str(text)?;
        let answer = answer(Fields::top("answer", &value, &mistakes));
        mistakes.settle("the answer")?;
        Ok(answer.expect("an answer, where there is no mistake"))
    }

    #[test]
    fn an_answer_has_its_mistakes() {
        for (keys, said) in [
            (r#""status": "affected", "statement": "x""#, "answer.notice: needed"),
            (r#""notice": "USN-1-1""#, "answer.status: needed"),
            (r#""notice": "USN-1", "status": "under_investigation""#, "answer.notice: \"USN-1\" is no notice id"),
            (r#""notice": "USN-1-1", "status": "fixed""#, "answer.status: `fixed` is no answer; record the release"),
            (r#""notice": "USN-1-1", "status": "affected""#, "answer: `affected` needs a `statement`"),
            (r#""notice": "USN-1-1", "status": "notaffected""#, "did you mean `not_affected`?"),
            (r#""notice": "USN-1-1", "status": "not_affected""#, "answer: `not_affected` needs a `justification`"),
            (
                r#""notice": "USN-1-1", "status": "not_affected", "justification": "component_absent""#,
                "answer.justification: ",
            ),
            (
                r#""notice": "USN-1-1", "status": "affected", "statement": "x", "until": "soon""#,
                "answer.until: \"soon\"",
            ),
            (
                r#""notice": "USN-1-1", "status": "affected", "statement": "x", "until": "2026-12-31T00:00:00""#,
                "answer.until: ",
            ),
            (
                r#""notice": "USN-1-1", "status": "affected", "statement": "x", "untill": null"#,
                "answer.untill: unknown key",
            ),
        ] {
            let error = from_json(&format!("{{{keys}}}")).expect_err("a mistake").to_string();
            assert!(error.contains(said), "{keys}: {error}");
        }
    }

    #[test]
    fn an_answer_file_is_judged_like_the_pipeline() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("answer.json"), r#"{"notice": "USN-1-1"}"#).expect("a file");
        let params = AnswerParams::InFile(BuildPath::new("answer.json").expect("a path"));
        let error = params.read(folder.path()).expect_err("a mistake").to_string();
        assert!(error.contains("answer.json.status: needed"), "{error}");
        let json = r#"{"notice": "USN-1-1", "status": "under_investigation", "until": "2026-12-31T12:00:00+01:00"}"#;
        std::fs::write(folder.path().join("answer.json"), json).expect("a file");
        let answer = params.read(folder.path()).expect("an answer");
        assert_eq!(answer.until.expect("an end").to_string(), "2026-12-31T11:00:00Z");
    }
}
