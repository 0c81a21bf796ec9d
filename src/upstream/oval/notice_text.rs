//! What a notice tells people, as a cache keeps it: the texts and the CVEs.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use super::description::readable;
use crate::notice::{Cve, Fix, Notice, NoticeId, Priority, Published, Severity, UbuntuRelease};

/// The texts and CVEs of a notice, borrowed from where they stand.
#[derive(Serialize, Deserialize)]
pub(super) struct NoticeText<'a> {
    title: &'a str,
    /// The description as the OVAL file has it.
    pub(super) description: &'a str,
    #[serde(borrow)]
    cves: Vec<(&'a str, Priority, Option<Severity>)>,
    references: Vec<&'a str>,
}

impl<'a> NoticeText<'a> {
    /// The text of a definition.
    pub(super) fn of(definition: &'a Definition) -> Self {
        NoticeText {
            title: &definition.title,
            description: &definition.description,
            cves: definition.cves.iter().map(|cve| (cve.id.as_str(), cve.priority, cve.severity)).collect(),
            references: definition.references.iter().map(String::as_str).collect(),
        }
    }

    /// The CVEs that the notice names.
    pub(super) fn cves(&self) -> impl Iterator<Item = &str> {
        self.cves.iter().map(|(id, ..)| *id)
    }

    /// Reads what [`postcard`] wrote.
    pub(super) fn decode(bytes: &'a [u8]) -> Result<Self> {
        postcard::from_bytes(bytes).context("the texts of a notice are damaged")
    }

    /// The notice with all that is known of it.
    pub(super) fn into_notice(
        self,
        id: NoticeId,
        release: UbuntuRelease,
        published: Published,
        fixes: Vec<Fix>,
    ) -> Result<Notice> {
        let cve = |(id, priority, severity): (&str, _, _)| Ok(Cve { id: id.parse()?, priority, severity });
        Ok(Notice {
            release: Some(release),
            title: self.title.to_owned(),
            description: readable(self.description),
            oval_description: Some(self.description.to_owned()),
            cves: self.cves.into_iter().map(cve).collect::<Result<_>>()?,
            references: self.references.into_iter().map(str::to_owned).collect(),
            fixes,
            ..Notice::blank(id, published)
        })
    }
}
