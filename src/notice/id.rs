//! The id of a notice.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, anyhow};

use crate::text::{as_text_or, quoted};

/// The id of an Ubuntu Security Notice, such as `USN-7886-1`: the number of an issue and of its publication. Ids order
/// by number, so `USN-999-1` comes before `USN-1000-1`.
///
/// ```
/// use davos::notice::NoticeId;
/// let id: NoticeId = "usn-7886-1".parse().unwrap();
/// assert_eq!(id.to_string(), "USN-7886-1");
/// assert!("LSN-0074-2".parse::<NoticeId>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeId {
    number: u32,
    revision: u32,
}

impl NoticeId {
    /// The notice's page, for people. It is also the `guid` of the old `usn-resource` and of the RSS feed.
    pub fn url(self) -> String {
        format!("https://ubuntu.com/security/notices/{self}")
    }

    /// The id at the end of a notice's address, as in a feed's `guid`.
    ///
    /// # Errors
    /// If what follows the last `/` is no id.
    pub fn from_url(url: &str) -> Result<Self> {
        url.trim_end_matches('/').rsplit('/').next().unwrap_or_default().parse()
    }
}

impl FromStr for NoticeId {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        // Canonical's API takes `(USN|LSN|SSN)-\d{1,5}-\d{1,2}` in any case; livepatch and hidden notices are not ours.
        let wrong = || anyhow!("{} is no notice id; one looks like USN-7886-1", quoted(text));
        let (prefix, rest) = text.split_at_checked(4).ok_or_else(wrong)?;
        let (number, revision) = rest.split_once('-').ok_or_else(wrong)?;
        if !prefix.eq_ignore_ascii_case("USN-") {
            return Err(wrong());
        }
        let digits = |part: &str, longest: usize| {
            let fits = (1..=longest).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            fits.then(|| part.parse().ok()).flatten()
        };
        Ok(NoticeId { number: digits(number, 5).ok_or_else(wrong)?, revision: digits(revision, 2).ok_or_else(wrong)? })
    }
}

as_text_or!(NoticeId, (u32, u32), |id| (id.number, id.revision), |(number, revision)| NoticeId { number, revision });

impl fmt::Display for NoticeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "USN-{}-{}", self.number, self.revision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_order_by_number_and_not_by_spelling() {
        let mut ids: Vec<NoticeId> =
            ["USN-7412-10", "USN-7412-3", "USN-999-1"].iter().map(|id| id.parse().expect("an id")).collect();
        ids.sort();
        assert_eq!(ids.iter().map(ToString::to_string).collect::<Vec<_>>(), ["USN-999-1", "USN-7412-3", "USN-7412-10"]);
    }

    #[test]
    fn what_is_no_id_is_refused() {
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
            "612-10",
            "ÜSN-1-1",
            "SSN-1-1",
        ] {
            assert!(wrong.parse::<NoticeId>().is_err(), "{wrong:?} was taken for an id");
        }
    }
}
