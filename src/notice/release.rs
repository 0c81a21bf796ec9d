//! An Ubuntu release.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use crate::text::{as_text, quoted};

/// Codenames and numbers, from Canonical's list of releases (`/security/releases.json`).
const RELEASES: &[(&str, &str)] = &[
    ("trusty", "14.04"),
    ("xenial", "16.04"),
    ("yakkety", "16.10"),
    ("zesty", "17.04"),
    ("artful", "17.10"),
    ("bionic", "18.04"),
    ("cosmic", "18.10"),
    ("disco", "19.04"),
    ("eoan", "19.10"),
    ("focal", "20.04"),
    ("groovy", "20.10"),
    ("hirsute", "21.04"),
    ("impish", "21.10"),
    ("jammy", "22.04"),
    ("kinetic", "22.10"),
    ("lunar", "23.04"),
    ("mantic", "23.10"),
    ("noble", "24.04"),
    ("oracular", "24.10"),
    ("plucky", "25.04"),
    ("questing", "25.10"),
    ("resolute", "26.04"),
];

/// An Ubuntu release by its codename, such as `jammy`. It is read from a codename, a number (`22.04`), or a label such as
/// `ubuntu-22.04-lts`. A codename that is not in our list is taken as it is: upstream knows better.
///
/// ```
/// use davos::notice::UbuntuRelease;
/// let jammy: UbuntuRelease = "ubuntu-22.04-lts".parse().unwrap();
/// assert_eq!(jammy.codename(), "jammy");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UbuntuRelease(Box<str>);

impl UbuntuRelease {
    /// The codename in lower case.
    pub fn codename(&self) -> &str {
        &self.0
    }

    /// The number, such as `22.04`, where we know it.
    pub fn number(&self) -> Option<&'static str> {
        RELEASES.iter().find(|(codename, _)| *codename == &*self.0).map(|(_, number)| *number)
    }

    /// Whether the codename is in our list.
    pub fn is_listed(&self) -> bool {
        self.number().is_some()
    }

    /// The codenames of our list, oldest release first.
    pub fn listed() -> impl Iterator<Item = &'static str> {
        RELEASES.iter().map(|(codename, _)| *codename)
    }
}

impl FromStr for UbuntuRelease {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let lower = text.trim().to_ascii_lowercase().replace(' ', "-");
        let bare = lower.strip_prefix("ubuntu-").unwrap_or(&lower);
        let bare = bare.strip_suffix("-lts").or_else(|| bare.strip_suffix("-esm")).unwrap_or(bare);
        if let Some((codename, _)) = RELEASES.iter().find(|(_, number)| *number == bare) {
            return Ok(UbuntuRelease((*codename).into()));
        }
        if (3..=20).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_lowercase()) {
            return Ok(UbuntuRelease(bare.into()));
        }
        bail!("{} is no Ubuntu release that we know; write a codename (jammy) or a number (\"22.04\")", quoted(text))
    }
}

as_text!(UbuntuRelease);

impl fmt::Display for UbuntuRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_has_many_spellings() {
        for spelling in ["jammy", "Jammy", "22.04", "ubuntu-22.04-lts", "Ubuntu 22.04 LTS", "ubuntu-22.04", "22.04 ESM"]
        {
            assert_eq!(spelling.parse::<UbuntuRelease>().expect(spelling).codename(), "jammy");
        }
    }

    #[test]
    fn a_codename_nobody_taught_us_is_kept_and_a_number_is_refused() {
        assert!(!"stellar".parse::<UbuntuRelease>().expect("a codename").is_listed());
        for wrong in ["20.1", "99.04", "", "..", "jammy/../..", "jammy jellyfish"] {
            assert!(wrong.parse::<UbuntuRelease>().is_err(), "{wrong:?} was taken for a release");
        }
    }
}
