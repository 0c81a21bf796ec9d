//! A `.deb` that a list names and that can't be compared: of another distribution, without a version, or with a word for one.

use std::fmt;

use anyhow::{Result, bail};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::notice::PackageName;

/// What a package URL leaves as it is (the specification's rules of 2025).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~').remove(b':');

/// What a list says of a `.deb` that can't be compared, besides its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::product) struct OtherDeb {
    distribution: Box<str>,
    version: Box<str>,
}

impl OtherDeb {
    /// One of a distribution, which is empty where it is unknown, with a version or none.
    ///
    /// # Errors
    /// If one of them is longer than any real one.
    pub(super) fn new(distribution: &str, version: &str) -> Result<OtherDeb> {
        if distribution.len() > 100 || version.len() > 200 {
            bail!("a distribution or a version is longer than 200 characters");
        }
        Ok(OtherDeb { distribution: distribution.to_ascii_lowercase().into(), version: version.into() })
    }

    /// The distribution.
    pub(in crate::product) fn distribution(&self) -> &str {
        &self.distribution
    }

    /// Whether it is Ubuntu's own.
    pub(in crate::product) fn is_ubuntu(&self) -> bool {
        &*self.distribution == "ubuntu"
    }

    /// The version as it was listed; empty where none was.
    pub(in crate::product) fn version(&self) -> &str {
        &self.version
    }

    /// What is odd about it.
    pub(super) fn described(&self) -> String {
        let shown = |text: &str| text.chars().take(40).collect::<String>();
        match (self.is_ubuntu(), &*self.version) {
            (false, _) => format!("of {}", shown(&self.distribution)),
            (true, "") => "without a version".to_owned(),
            (true, word) => format!("the version is {:?}", shown(word)),
        }
    }

    /// The form in which it is kept: a package URL.
    pub(super) fn purl(&self, name: &PackageName) -> String {
        let name = utf8_percent_encode(name.as_str(), ENCODED);
        let distribution = utf8_percent_encode(&self.distribution, ENCODED);
        let at = if self.version.is_empty() { "" } else { "@" };
        format!("pkg:deb/{distribution}/{name}{at}{}", utf8_percent_encode(&self.version, ENCODED))
    }

    /// Reads [`purl`](Self::purl) back; `None` if it is none.
    pub(super) fn of_purl(purl: &str) -> Option<Result<(PackageName, OtherDeb)>> {
        let (distribution, rest) = purl.strip_prefix("pkg:deb/")?.split_once('/')?;
        let (name, version) = rest.split_once('@').unwrap_or((rest, ""));
        let decoded = |text| percent_decode_str(text).decode_utf8();
        let read = || Ok((decoded(name)?.parse()?, OtherDeb::new(&decoded(distribution)?, &decoded(version)?)?));
        Some(read())
    }
}

impl fmt::Display for OtherDeb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = if self.version.is_empty() { "no version" } else { &self.version };
        write!(f, "{version} of {}", self.distribution)
    }
}
