//! Which package is meant, in whichever ecosystem.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Deserializer, Serialize, de};
use smol_str::{SmolStr, format_smolstr};

use crate::text::{printable, quoted};

/// What a part of a package URL keeps as it is (the specification's rules of 2025).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~').remove(b':');

/// What the path of a package URL keeps as it is: its parts, and what stands between them.
const ENCODED_PATH: &AsciiSet = &ENCODED.remove(b'/');

/// What every package URL begins with, and no name of a package of Ubuntu.
const SCHEME: &str = "pkg:";

/// The most characters of a name.
const LONGEST: usize = 200;

/// The ecosystem of Ubuntu's packages, and of those of other distributions of Debian's kind.
pub const DEB: &str = "deb";

/// Which package is meant: a binary package of Ubuntu by its name, `libxslt1.1`; any other by its package URL without a
/// version, in one spelling, `pkg:golang/golang.org/x/net`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct PackageName(SmolStr);

impl PackageName {
    /// Whether a text can be the name of a `.deb` (Debian policy 5.6.1, with upper case and `_` let through: third-party packages
    /// have them).
    pub(crate) fn is_plain(text: &str) -> bool {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b'_');
        let starts = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        starts && text.len() <= LONGEST && text.bytes().all(plain)
    }

    /// The package of an ecosystem (the type of a package URL) with this name, as OSV writes names: `golang.org/x/net`,
    /// `@scope/name`, `group:artifact`.
    ///
    /// # Errors
    /// If there is no package of that name.
    pub fn of(ecosystem: &str, name: &str) -> Result<PackageName> {
        let path = match ecosystem {
            "maven" => name.replacen(':', "/", 1),
            _ => name.to_owned(),
        };
        PackageName::of_path(ecosystem, &path)
    }

    /// The package that a package URL names, whatever its version.
    ///
    /// # Errors
    /// If it is no package URL, or one of a `.deb` of Ubuntu that has no such name.
    pub fn of_purl(purl: &str) -> Result<PackageName> {
        let wrong = || format!("{} is no package URL, such as pkg:golang/stdlib", quoted(purl));
        let (whole, _) = purl.trim().split_once('#').unwrap_or((purl.trim(), ""));
        let (bare, qualifiers) = whole.split_once('?').unwrap_or((whole, ""));
        let (Some(scheme), Some(path)) = (bare.get(..4), bare.get(4..)) else { bail!(wrong()) };
        let Some((kind, path)) = path.trim_matches('/').split_once('/') else { bail!(wrong()) };
        if !scheme.eq_ignore_ascii_case("pkg:") {
            bail!(wrong());
        }
        // The version follows the last `@`; that of a scope of npm may stand unencoded at the front of a part.
        let path = match path.rsplit_once('@') {
            Some((before, _)) if !before.is_empty() && !before.ends_with('/') => before,
            _ => path,
        };
        let Ok(path) = percent_decode_str(path).decode_utf8() else { bail!(wrong()) };
        let name = PackageName::of_path(kind, &path)?;
        if name.ecosystem() != DEB || name.is_ubuntu() {
            return Ok(name);
        }
        // Of another distribution each release has versions of its own, and what is fixed is told by source packages.
        let qualifier = |key: &str| {
            let mut pairs = qualifiers.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.to_ascii_lowercase())
        };
        let plain = |text: &String| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
        // `debian-12.8` is the eighth edition of the release.
        let release = |distro: String| match distro.strip_prefix("debian-").and_then(|release| release.split_once('.'))
        {
            Some((release, _)) => format!("debian-{release}"),
            None => distro,
        };
        let distro =
            qualifier("distro").map(release).filter(|distro| !distro.is_empty() && distro.len() <= 40 && plain(distro));
        let source = qualifier("arch").filter(|arch| arch == "source");
        let kept = [("arch", source), ("distro", distro)];
        let kept: Vec<String> = kept.into_iter().filter_map(|(key, value)| Some(format!("{key}={}", value?))).collect();
        Ok(if kept.is_empty() { name } else { PackageName(format_smolstr!("{}?{}", name.0, kept.join("&"))) })
    }

    /// A source package of a release of Debian, `12`: what Debian's advisories name.
    ///
    /// # Errors
    /// If there is no such package.
    pub fn of_debian_source(name: &str, release: &str) -> Result<PackageName> {
        let plain = release.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
        if release.is_empty() || release.len() > 20 || !plain {
            bail!("{} is no release of Debian", quoted(release));
        }
        let name: PackageName = name.parse()?;
        PackageName::of_purl(&format!("pkg:deb/debian/{}?arch=source&distro=debian-{release}", name.0))
    }

    fn of_path(ecosystem: &str, path: &str) -> Result<PackageName> {
        let ecosystem = ecosystem.to_ascii_lowercase();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-');
        let starts = ecosystem.starts_with(|c: char| c.is_ascii_lowercase());
        // What ends code in Markdown, or a cell of a table, is in no name.
        let graphic = !path.contains(|c: char| c.is_whitespace() || matches!(c, '`' | '|')) && printable(path) == path;
        if !starts || ecosystem.len() > 40 || !ecosystem.bytes().all(plain) {
            bail!("{} is no type of package URLs, such as golang or pypi", quoted(&ecosystem));
        }
        if path.is_empty() || path.len() > LONGEST || !graphic || path.split('/').any(str::is_empty) {
            bail!("{} is no name of a package ({ecosystem})", quoted(path));
        }
        let of_ubuntu =
            path.split_once('/').filter(|(vendor, _)| ecosystem == DEB && vendor.eq_ignore_ascii_case("ubuntu"));
        if let Some((_, name)) = of_ubuntu {
            return name.parse();
        }
        let path = in_one_spelling(&ecosystem, path);
        if path.is_empty() || path.len() > LONGEST {
            bail!("a name of separators alone is none of a package ({ecosystem})");
        }
        Ok(PackageName(format_smolstr!("pkg:{ecosystem}/{}", utf8_percent_encode(&path, ENCODED_PATH))))
    }

    /// Reads [`as_str`](Self::as_str) back.
    ///
    /// # Errors
    /// If it is neither the name of a package of Ubuntu nor a package URL.
    pub fn known(text: &str) -> Result<PackageName> {
        if text.starts_with(SCHEME) { PackageName::of_purl(text) } else { text.parse() }
    }

    /// The text that it is known by: a name, or a package URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whose names and order of versions it has: the type of its package URL.
    pub fn ecosystem(&self) -> &str {
        self.other().map_or(DEB, |(ecosystem, _)| ecosystem)
    }

    /// Whether it is a binary package of Ubuntu.
    pub fn is_ubuntu(&self) -> bool {
        !self.0.starts_with(SCHEME)
    }

    /// What people call it: `libxslt1.1`, `golang.org/x/net`, `org.apache.logging.log4j:log4j-core`.
    pub fn shown(&self) -> Cow<'_, str> {
        let Some((ecosystem, path)) = self.other() else { return Cow::Borrowed(&self.0) };
        let (path, qualifiers) = path.split_once('?').unwrap_or((path, ""));
        let path = percent_decode_str(path).decode_utf8_lossy();
        if !qualifiers.is_empty() {
            return Cow::Owned(path.rsplit('/').next().unwrap_or_default().to_owned());
        }
        match (ecosystem, path.rsplit_once('/')) {
            ("maven", Some((group, artifact))) => Cow::Owned(format!("{group}:{artifact}")),
            _ => path,
        }
    }

    /// Its package URL without a version.
    pub fn purl(&self) -> Cow<'_, str> {
        match self.is_ubuntu() {
            true => Cow::Owned(format!("pkg:deb/ubuntu/{}", utf8_percent_encode(&self.0, ENCODED))),
            false => Cow::Borrowed(&self.0),
        }
    }

    /// Its package URL with a version.
    pub fn versioned_purl(&self, version: &str) -> String {
        let purl = self.purl();
        let (path, qualifiers) = purl.split_once('?').unwrap_or((&purl, ""));
        let mark = if qualifiers.is_empty() { "" } else { "?" };
        format!("{path}@{}{mark}{qualifiers}", utf8_percent_encode(version, ENCODED))
    }

    /// The release of the distribution that it is of, where its package URL tells one: `debian-12`.
    pub fn distribution(&self) -> Option<&str> {
        let (_, qualifiers) = self.0.split_once('?')?;
        qualifiers.split('&').find_map(|pair| pair.strip_prefix("distro="))
    }

    /// Whether it is a source package: what the advisories of Debian name.
    pub fn is_source(&self) -> bool {
        self.0.split_once('?').is_some_and(|(_, qualifiers)| qualifiers.split('&').any(|pair| pair == "arch=source"))
    }

    /// The ecosystem and the path of one that is no package of Ubuntu.
    fn other(&self) -> Option<(&str, &str)> {
        self.0.strip_prefix(SCHEME)?.split_once('/')
    }
}

/// One spelling of a name that may have several: by the rules of the package URL specification, and of PyPI (PEP 503). Go's
/// paths are compared in lower case too: the specification wants them so, and tools write them either way.
fn in_one_spelling<'a>(ecosystem: &str, path: &'a str) -> Cow<'a, str> {
    match ecosystem {
        "pypi" => {
            let lower = path.to_ascii_lowercase();
            let words: Vec<&str> = lower.split(['-', '_', '.']).filter(|word| !word.is_empty()).collect();
            Cow::Owned(words.join("-"))
        }
        "golang" | "nuget" | "composer" | "github" | "bitbucket" | "deb" | "apk" => Cow::Owned(path.to_lowercase()),
        _ => Cow::Borrowed(path),
    }
}

/// The name of a binary package of Ubuntu.
impl FromStr for PackageName {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if !PackageName::is_plain(text) {
            bail!("{} is no package name", quoted(text));
        }
        Ok(PackageName(text.into()))
    }
}

impl<'de> Deserialize<'de> for PackageName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            // A file of the temporary folder has its own checksum, and what is in it was read once.
            return Ok(PackageName(SmolStr::deserialize(deserializer)?));
        }
        PackageName::known(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl From<PackageName> for String {
    fn from(name: PackageName) -> String {
        name.0.into()
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_package_is_the_same_package() {
        for (spellings, known, shown) in [
            (&["pkg:deb/ubuntu/libstdc%2B%2B6@12?arch=amd64", "libstdc++6"][..], "libstdc++6", "libstdc++6"),
            (&["pkg:golang/stdlib@v1.22.5", "PKG:golang/stdlib"], "pkg:golang/stdlib", "stdlib"),
            (
                &["pkg:golang/github.com/Masterminds/semver/v3@v3.2.1", "pkg:golang/github.com/masterminds/semver/v3"],
                "pkg:golang/github.com/masterminds/semver/v3",
                "github.com/masterminds/semver/v3",
            ),
            (&["pkg:pypi/Jaraco.Context@5", "pkg:pypi/jaraco__context"], "pkg:pypi/jaraco-context", "jaraco-context"),
            (
                &["pkg:npm/%40angular/core@17.0.0", "pkg:npm/@angular/core@17", "pkg:npm/@angular/core"],
                "pkg:npm/%40angular/core",
                "@angular/core",
            ),
            (&["pkg:maven/org.apache/log4j@2?type=jar"], "pkg:maven/org.apache/log4j", "org.apache:log4j"),
            (&["pkg:generic/gorouter"], "pkg:generic/gorouter", "gorouter"),
            (&["pkg:deb/debian/openssl@3?arch=amd64"], "pkg:deb/debian/openssl", "debian/openssl"),
            (
                &[
                    "pkg:deb/debian/openssl@3?distro=debian-12&arch=source",
                    "pkg:deb/debian/openssl?arch=source&distro=debian-12",
                ],
                "pkg:deb/debian/openssl?arch=source&distro=debian-12",
                "openssl",
            ),
        ] {
            for spelling in spellings {
                let package = PackageName::known(&spelling.replace("PKG:", "pkg:")).expect(spelling);
                assert_eq!((package.as_str(), package.to_string().as_str()), (known, shown), "{spelling}");
                assert_eq!(PackageName::known(known).expect(known), package);
                assert_eq!(PackageName::known(&package.purl()).expect(known), package);
            }
        }
        assert_eq!(PackageName::of("npm", "@a/b").expect("a name").as_str(), "pkg:npm/%40a/b");
        assert_eq!(PackageName::of("maven", "g.h:a").expect("a name").as_str(), "pkg:maven/g.h/a");
        assert_eq!(PackageName::of("pypi", "Flask_Cors").expect("a name").ecosystem(), "pypi");
    }

    #[test]
    fn what_is_no_package_is_refused() {
        for wrong in [
            "",
            "a b",
            "-a",
            "pkg:",
            "pkg:golang",
            "pkg:golang/",
            "pkg:/x",
            "pkg:go lang/x",
            "pkg:npm/a//b",
            "pkg:pypi/%00",
            "pkg:pypi/-_-",
        ] {
            assert!(PackageName::known(wrong).is_err(), "{wrong:?}");
        }
        assert!(PackageName::of("golang", &"x".repeat(LONGEST + 1)).is_err());
        assert!(PackageName::of("golang", "a\u{7}").is_err());
    }
}
