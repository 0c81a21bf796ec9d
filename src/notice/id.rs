//! The id of a notice.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail, ensure};
use internment::Intern;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::text::{as_text_or, quoted};

/// The most characters of an id.
const LONGEST: usize = 100;

/// The id of a notice: of an Ubuntu Security Notice such as `USN-7886-1`, or any other, such as `GO-2025-3956`,
/// `GHSA-8c26-wmh5-6g9v` or `x_GOROUTER-2026-1`. USNs order by number and come first, others by text.
///
/// The text of the others is kept once for the whole run, so that an id is as cheap as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeId(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Usn { number: u32, revision: u32 },
    Other(Intern<str>),
}

/// An id where nobody reads it: in what is kept in the temporary folder.
#[derive(Serialize, Deserialize)]
enum PlainId {
    Usn(u32, u32),
    Other(SmolStr),
}

impl NoticeId {
    /// Whether it is an Ubuntu Security Notice. Only Ubuntu's own sources bring one.
    pub fn is_usn(self) -> bool {
        matches!(self.0, Kind::Usn { .. })
    }

    /// Whether it is of a local database: what a team opens itself, and new versions of dependencies.
    pub fn is_own(self) -> bool {
        matches!(self.0, Kind::Other(id) if id.starts_with("x_"))
    }

    /// The page of the notice, for the kinds that have one: a team's own (`x_…`) have none.
    pub fn page(self) -> Option<String> {
        let Kind::Other(id) = self.0 else { return Some(format!("https://ubuntu.com/security/notices/{self}")) };
        Some(match id.split_once('-').map_or("", |(database, _)| database) {
            "GO" => format!("https://pkg.go.dev/vuln/{id}"),
            "GHSA" => format!("https://github.com/advisories/{id}"),
            "CVE" => format!("https://www.cve.org/CVERecord?id={id}"),
            "DSA" | "DLA" => format!("https://security-tracker.debian.org/tracker/{id}"),
            database if database.chars().all(|c| c.is_ascii_uppercase()) && !database.is_empty() => {
                format!("https://osv.dev/vulnerability/{id}")
            }
            _ => return None,
        })
    }

    /// An address that names the notice: its page, or where it has none, a name that is no address of anything
    /// (`urn:davos:notice:x_…`).
    pub fn url(self) -> String {
        self.page().unwrap_or_else(|| format!("urn:davos:notice:{self}"))
    }

    /// The id of the notice with this page.
    ///
    /// # Errors
    /// If the address doesn't end in an id.
    pub fn from_url(url: &str) -> Result<Self> {
        let last = url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        // A page of something else ends in a word.
        ensure!(last.contains('-'), "{} is no notice id; the address of a notice ends in one", quoted(last));
        last.parse()
    }
}

impl FromStr for NoticeId {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Some(id) = usn(text) {
            return Ok(id);
        }
        // Livepatch and hidden notices are not ours, and a word is none.
        let is_ubuntus = ["USN", "LSN", "SSN"].iter().any(|kind| {
            let start = text.get(..3).unwrap_or_default();
            start.eq_ignore_ascii_case(kind) && text[3..].starts_with(['-', '_']) || text.eq_ignore_ascii_case(kind)
        });
        if !has_form_of_id(text) || is_ubuntus {
            bail!("{} is no notice id; one looks like USN-7886-1, GO-2025-3956 or x_GOROUTER-2026-1", quoted(text));
        }
        Ok(NoticeId(Kind::Other(Intern::from(text))))
    }
}

/// Whether a text has the form of an id, of a notice or of a flaw: a letter, then letters, digits and `_.:-`, and no way out of
/// a folder.
pub fn has_form_of_id(text: &str) -> bool {
    text.len() <= LONGEST
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b))
        && !text.contains("..")
}

/// Canonical's API takes `(USN|LSN|SSN)-\d{1,5}-\d{1,2}` in any case.
fn usn(text: &str) -> Option<NoticeId> {
    let (prefix, rest) = text.split_at_checked(4)?;
    let (number, revision) = rest.split_once('-')?;
    let digits = |part: &str, longest: usize| {
        let fits = (1..=longest).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| part.parse().ok()).flatten()
    };
    let (number, revision) = (digits(number, 5)?, digits(revision, 2)?);
    prefix.eq_ignore_ascii_case("USN-").then_some(NoticeId(Kind::Usn { number, revision }))
}

as_text_or!(
    NoticeId,
    PlainId,
    |id| match id.0 {
        Kind::Usn { number, revision } => PlainId::Usn(number, revision),
        Kind::Other(id) => PlainId::Other(SmolStr::new(id)),
    },
    |plain| Ok(NoticeId(match plain {
        PlainId::Usn(number, revision) => Kind::Usn { number, revision },
        PlainId::Other(id) => Kind::Other(Intern::from(id.as_str())),
    }))
);

impl fmt::Display for NoticeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Usn { number, revision } => write!(f, "USN-{number}-{revision}"),
            Kind::Other(id) => f.pad(&id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usns_order_by_number_and_others_after_them_by_text() {
        let ids = ["x_A-1", "USN-7412-10", "GO-2025-10", "USN-7412-3", "GO-2025-9", "USN-999-1"];
        let mut ids: Vec<NoticeId> = ids.iter().map(|id| id.parse().expect("an id")).collect();
        ids.sort();
        assert_eq!(
            ids.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["USN-999-1", "USN-7412-3", "USN-7412-10", "GO-2025-10", "GO-2025-9", "x_A-1"]
        );
    }

    #[test]
    fn what_is_no_id_is_refused() {
        let long = format!("x_{}1", "a".repeat(LONGEST));
        for wrong in [
            "",
            "USN",
            "USN-",
            "USN-1",
            "USN-1-",
            "USN--1",
            "USN-123456-1",
            "USN-1-123",
            "USN-1-1 ",
            "USN-+1-1",
            "USN-1-1/../..",
            "usn_1",
            "612-10",
            "ÜSN-1-1",
            "SSN-1-1",
            "LSN-0108-1",
            "GO-2025-3956/..",
            "x_1..2",
            "x_1\n",
            "-GO-1",
            &long,
        ] {
            assert!(wrong.parse::<NoticeId>().is_err(), "{wrong:?} was taken for an id");
        }
    }

    #[test]
    fn every_kind_of_id_is_the_same_once_kept_and_has_its_page() {
        for (text, page) in [
            ("USN-7886-1", Some("https://ubuntu.com/security/notices/USN-7886-1")),
            ("GO-2025-3956", Some("https://pkg.go.dev/vuln/GO-2025-3956")),
            ("GHSA-8c26-wmh5-6g9v", Some("https://github.com/advisories/GHSA-8c26-wmh5-6g9v")),
            ("CVE-2026-1234", Some("https://www.cve.org/CVERecord?id=CVE-2026-1234")),
            ("DSA-5678-1", Some("https://security-tracker.debian.org/tracker/DSA-5678-1")),
            ("PYSEC-2021-66", Some("https://osv.dev/vulnerability/PYSEC-2021-66")),
            ("x_GOROUTER-2026-1", None),
            ("x_go-1.25.4", None),
        ] {
            let id: NoticeId = text.parse().expect(text);
            assert_eq!((id.to_string().as_str(), id.page().as_deref()), (text, page));
            let json = serde_json::to_string(&id).expect("JSON");
            let plain = postcard::to_stdvec(&id).expect("bytes");
            assert_eq!(serde_json::from_str::<NoticeId>(&json).expect(text), id);
            assert_eq!(postcard::from_bytes::<NoticeId>(&plain).expect(text), id);
            assert_eq!(json, format!("{text:?}"));
        }
    }
}
