//! What a team answers to a notice instead of fixing it, in the words of OpenVEX.

use anyhow::{Result, bail};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::notice::NoticeId;
use crate::text::words;

words! {
    /// What a team says of a notice. `fixed` is no answer: a recorded release shows it.
    Status, "status",
    /// Nothing in the product is open to it.
    NotAffected = "not_affected",
    /// The product is open to it; the statement says what is done about it, be it nothing.
    Affected = "affected",
    /// Not known yet; the notice stays open.
    UnderInvestigation = "under_investigation",
}

words! {
    /// Why a product is not affected.
    Justification, "justification",
    /// The component is not in the product.
    ComponentNotPresent = "component_not_present",
    /// The component is there without the vulnerable code.
    VulnerableCodeNotPresent = "vulnerable_code_not_present",
    /// The vulnerable code is never run.
    VulnerableCodeNotInExecutePath = "vulnerable_code_not_in_execute_path",
    /// The vulnerable code runs, but an adversary can't make use of it.
    VulnerableCodeCannotBeControlledByAdversary = "vulnerable_code_cannot_be_controlled_by_adversary",
    /// Something else in the product already prevents it.
    InlineMitigationsAlreadyExist = "inline_mitigations_already_exist",
}

/// A team's answer to a notice. It is checked when it is made and when it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The notice.
    pub notice: NoticeId,
    /// What the team says.
    pub status: Status,
    /// Why it is not affected.
    pub justification: Option<Justification>,
    /// The same, or what is done about it, in words.
    pub statement: Option<String>,
    /// When the answer runs out; `None` for never.
    pub until: Option<Timestamp>,
    /// Whether it is no answer of the team's: whoever published the notice took it back, in the words of the statement.
    pub withdrawn: bool,
    /// Where somebody said it, if that was in a team's backlog.
    pub said: Option<SaidAt>,
}

/// Where somebody said something that counts once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidAt {
    /// What it is, apart from all else: the server, and the number of a comment or of a label's event there.
    pub id: String,
    /// Who said it.
    pub by: String,
    /// Where it stands.
    pub url: String,
}

impl Answered {
    /// What closes a notice that was withdrawn.
    pub fn withdrawal(notice: NoticeId, words: &str) -> Answered {
        let statement = Some(words.to_owned());
        let (status, justification, until) = (Status::NotAffected, None, None);
        Answered { notice, status, justification, statement, until, withdrawn: true, said: None }
    }

    /// An answer that OpenVEX allows.
    ///
    /// # Errors
    /// If `not_affected` gives no reason, `affected` has no statement, or a justification stands with another status.
    pub fn new(
        notice: NoticeId,
        status: Status,
        justification: Option<Justification>,
        statement: Option<String>,
        until: Option<Timestamp>,
    ) -> Result<Answered> {
        let statement = statement.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        match status {
            // OpenVEX 0.2.0, "Status Labels": not_affected needs a justification or an impact statement, and affected
            // needs an action statement.
            Status::NotAffected if justification.is_none() && statement.is_none() => bail!(
                "`not_affected` needs a `justification` ({}) or a `statement` that says why",
                Justification::WORDS.join(", ")
            ),
            Status::Affected if statement.is_none() => {
                bail!("`affected` needs a `statement` that says what is done about it, be it \"won't fix\"")
            }
            Status::Affected | Status::UnderInvestigation if justification.is_some() => {
                bail!("a `justification` stands only with `status: not_affected`; say it in `statement`")
            }
            _ => Ok(Answered { notice, status, justification, statement, until, withdrawn: false, said: None }),
        }
    }
}

/// An answer as a file holds it.
#[derive(Serialize, Deserialize)]
struct Unchecked {
    notice: NoticeId,
    status: Status,
    #[serde(default)]
    justification: Option<Justification>,
    #[serde(default)]
    statement: Option<String>,
    #[serde(default)]
    until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    withdrawn: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    said: Option<SaidAt>,
}

/// An answer where nobody reads it: in what is kept in the temporary folder.
type PlainAnswer = (NoticeId, Status, Option<Justification>, Option<String>, Option<Timestamp>, bool, Option<SaidAt>);

impl Serialize for Answered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Answered { notice, status, justification, statement, until, withdrawn, said } = self.clone();
        if !serializer.is_human_readable() {
            return (notice, status, justification, statement, until, withdrawn, said).serialize(serializer);
        }
        Unchecked { notice, status, justification, statement, until, withdrawn, said }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Answered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let (notice, status, justification, statement, until, withdrawn, said) =
                PlainAnswer::deserialize(deserializer)?;
            return Ok(Answered { notice, status, justification, statement, until, withdrawn, said });
        }
        let it = Unchecked::deserialize(deserializer)?;
        let answered = Answered::new(it.notice, it.status, it.justification, it.statement, it.until);
        answered
            .map(|answered| Answered { withdrawn: it.withdrawn, said: it.said, ..answered })
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Answered, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn an_answer_is_written_as_it_is_read() {
        let json = r#"{"notice":"USN-7952-1","status":"affected","justification":null,"statement":"won't fix","until":"2026-12-31T00:00:00Z"}"#;
        let answer = read(json).expect("an answer");
        assert_eq!(serde_json::to_string(&answer).expect("JSON"), json);
    }

    #[test]
    fn an_answer_without_a_reason_is_refused() {
        for wrong in [
            r#"{"notice":"USN-1-1","status":"not_affected"}"#,
            r#"{"notice":"USN-1-1","status":"not_affected","statement":" "}"#,
            r#"{"notice":"USN-1-1","status":"affected"}"#,
            r#"{"notice":"USN-1-1","status":"affected","statement":"x","justification":"component_not_present"}"#,
            r#"{"notice":"USN-1-1","status":"fixed"}"#,
            r#"{"notice":"USN-1-1","status":"not_affected","justification":"because"}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read(r#"{"notice":"USN-1-1","status":"under_investigation"}"#).is_ok());
        assert!(
            read(r#"{"notice":"USN-1-1","status":"not_affected","justification":"component_not_present"}"#).is_ok()
        );
    }
}
