//! The package URL of a Debian package: `pkg:deb/ubuntu/NAME@VERSION?arch=…&distro=…`.
//!
//! (The package URL specification, `purl-spec`, with its type `deb`.) Syft writes an epoch into the version, `@1%3A2.37`;
//! Trivy leaves it out there and adds `epoch=1`.

use std::borrow::Cow;

use anyhow::{Context, Result, bail};
use percent_encoding::percent_decode_str;

use super::listing::FoundPackages;
use super::other::OtherDeb;
use super::{ADVICE, shorten};
use crate::notice::{PackageName, PackageVersion};
use crate::text::quoted;

/// What a package URL stands for.
#[derive(Debug, PartialEq)]
pub(super) enum Purl {
    /// A binary package of Ubuntu.
    Installed(PackageName, PackageVersion),
    /// A binary package that can't be compared: of another distribution, without a version, or with a word for one.
    Other(PackageName, OtherDeb),
    /// A binary package of a known release of Debian, which its source package stands for.
    /// Whether the package URL names the source, or leaves it to be the same.
    OfDebian { binary: (PackageName, OtherDeb), source: (PackageName, PackageVersion), is_named: bool },
    /// A source package, which stands beside its binaries.
    Source,
    /// A package of another ecosystem, with its version, if it has one.
    Component(PackageName, Option<PackageVersion>),
    /// No package URL.
    Elsewhere,
}

/// What a list tells of a package beside its package URL, and counts where that lacks it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beside<'a> {
    /// The version.
    pub(super) version: Option<&'a str>,
    /// The source package, as Syft writes it into `upstream`: with `@` and its version, if that is another.
    pub(super) source: Option<&'a str>,
}

/// Takes in what a package URL stands for.
///
/// # Errors
/// If it is one of a `.deb` and can't be understood.
pub(super) fn take(
    purl: &str,
    beside: Beside<'_>,
    place: &dyn Fn() -> String,
    listing: &mut FoundPackages,
) -> Result<()> {
    match read(purl, beside, place)? {
        Purl::Installed(name, version) => listing.take((name, version)),
        Purl::Other(name, other) => listing.take_other(&place(), name, other),
        Purl::OfDebian { binary: (name, other), source, is_named } => {
            listing.take_debian(&place(), (name, other), source, is_named)
        }
        Purl::Component(name, version) => listing.take_component(name, version),
        Purl::Source => Ok(()),
        Purl::Elsewhere => {
            listing.elsewhere();
            Ok(())
        }
    }
}

/// Whether a text is a package URL of a `.deb`, understood or not.
pub(super) fn is_deb(text: &str) -> bool {
    let start = text.trim_start().get(..8).unwrap_or_default();
    start.eq_ignore_ascii_case("pkg:deb/")
        || text.trim_start().get(..10).is_some_and(|s| s.eq_ignore_ascii_case("pkg://deb/"))
}

fn read(purl: &str, beside: Beside<'_>, place: &dyn Fn() -> String) -> Result<Purl> {
    let bare = purl.trim().split('#').next().unwrap_or_default();
    let (path, qualifiers) = bare.split_once('?').unwrap_or((bare, ""));
    let Some((scheme, path)) = path.split_once(':') else { return Ok(Purl::Elsewhere) };
    let Some((kind, path)) = path.trim_matches('/').split_once('/') else { return Ok(Purl::Elsewhere) };
    if !scheme.eq_ignore_ascii_case("pkg") {
        return Ok(Purl::Elsewhere);
    }
    if !kind.eq_ignore_ascii_case("deb") {
        // The image that the list is of is nothing that is in it.
        if ["oci", "docker"].iter().any(|image| kind.eq_ignore_ascii_case(image)) {
            return Ok(Purl::Elsewhere);
        }
        // What is no name of a package is none that a notice asks for.
        let Ok((name, in_purl)) = component(purl) else { return Ok(Purl::Elsewhere) };
        let version = beside.version.and_then(|version| PackageVersion::of_any(version).ok());
        return Ok(Purl::Component(name, in_purl.or(version)));
    }
    let qualifier = |key: &str| {
        let mut pairs = qualifiers.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    };
    if qualifier("arch").is_some_and(|arch| ["source", "src"].contains(&arch)) {
        return Ok(Purl::Source);
    }
    let (path, in_purl) = path.rsplit_once('@').map_or((path, None), |(path, version)| (path, Some(version)));
    let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = decoded(name).with_context(place)?;
    let distribution = distribution(&decoded(namespace).with_context(place)?, qualifier("distro"));
    if distribution.is_empty() {
        bail!(
            "{}: {:?} doesn't tell the distribution, as pkg:deb/ubuntu/{name} does, so it can't be compared; {ADVICE}",
            place(),
            shorten(purl)
        );
    }
    let version = match in_purl {
        Some(version) => decoded(version).with_context(place)?,
        None => Cow::Borrowed(beside.version.unwrap_or_default()),
    };
    let version = with_epoch(&version, qualifier("epoch")).with_context(place)?;
    let name: PackageName = name.split_once(':').map_or(&*name, |(bare, _)| bare).parse().with_context(place)?;
    let upstream = qualifier("upstream").and_then(|upstream| decoded(upstream).ok());
    let upstream = upstream.as_deref().or(beside.source);
    if distribution == "debian"
        && let Some(source) = debian_source(&name, &version, qualifier("distro"), upstream)
    {
        let is_named = upstream.is_some();
        let binary = (name, OtherDeb::new(&distribution, &version).with_context(place)?);
        return Ok(Purl::OfDebian { binary, source, is_named });
    }
    Ok(match version.parse() {
        Ok(version) if distribution == "ubuntu" => Purl::Installed(name, version),
        _ => Purl::Other(name, OtherDeb::new(&distribution, &version).with_context(place)?),
    })
}

/// The source package that the package URL of an installed `.deb` of Debian stands for, and whether it names it itself, or what
/// stands beside it does; `None` of any other.
pub(crate) fn source_of_debian(purl: &str, beside: Option<&str>) -> Option<(PackageName, bool)> {
    match read(purl, Beside { source: beside, ..Beside::default() }, &String::new) {
        Ok(Purl::OfDebian { source: (name, _), is_named, .. }) => Some((name, is_named)),
        _ => None,
    }
}

/// The package that a package URL of another ecosystem names, and its version, if it has one that can be one.
///
/// # Errors
/// If it names no package.
pub(super) fn component(purl: &str) -> Result<(PackageName, Option<PackageVersion>)> {
    let name = PackageName::of_purl(purl)?;
    let bare = purl.trim().split(['?', '#']).next().unwrap_or_default();
    let version = bare.rsplit_once('@').filter(|(before, after)| !before.ends_with('/') && !after.contains('/'));
    let version = version.and_then(|(_, version)| decoded(version).ok());
    Ok((name, version.and_then(|version| PackageVersion::of_any(&version).ok())))
}

/// Writes what [`component`] reads.
pub(super) fn of_component(name: &PackageName, version: Option<&PackageVersion>) -> String {
    match version {
        Some(version) => name.versioned_purl(version.as_str()),
        None => name.purl().into_owned(),
    }
}

/// The source package of a binary one of Debian, with its version: what Debian's advisories name. Syft tells it in `upstream` where it
/// has another name or version (`openssl`, `gcc-12%4012.2.0-14`). `None` where the release isn't told.
fn debian_source(
    name: &PackageName,
    version: &str,
    distro: Option<&str>,
    upstream: Option<&str>,
) -> Option<(PackageName, PackageVersion)> {
    // `debian-12.8` is the eighth edition of the release.
    let release = distro?.strip_prefix("debian-")?.split('.').next()?;
    let (source, source_version) = match upstream.filter(|upstream| !upstream.is_empty()) {
        Some(upstream) => upstream.split_once('@').unwrap_or((upstream, version)),
        None => (name.as_str(), version),
    };
    Some((PackageName::of_debian_source(source, release).ok()?, source_version.parse().ok()?))
}

/// The distribution: the namespace, unless what stands in `distro` (`ubuntu-22.04`) says another one. Where the two disagree,
/// it is none that can be compared.
fn distribution(namespace: &str, distro: Option<&str>) -> String {
    let namespace = namespace.to_ascii_lowercase();
    let distro = distro.unwrap_or_default().to_ascii_lowercase();
    let told = ["ubuntu", "debian"].into_iter().find(|known| distro.starts_with(known));
    match (namespace.as_str(), told) {
        ("" | "ubuntu", Some(told)) => told.to_owned(),
        _ => namespace,
    }
}

/// The version with the epoch that a qualifier tells; 0 is the same as none.
fn with_epoch<'a>(version: &'a str, epoch: Option<&str>) -> Result<Cow<'a, str>> {
    let epoch = epoch.filter(|epoch| !epoch.is_empty() && *epoch != "0");
    match (version.split_once(':'), epoch) {
        (Some((inside, _)), Some(epoch)) if inside != epoch => {
            bail!("the version {version:?} has another epoch than the qualifier epoch={epoch}")
        }
        (None, Some(epoch)) => Ok(Cow::Owned(format!("{epoch}:{version}"))),
        _ => Ok(Cow::Borrowed(version)),
    }
}

fn decoded(text: &str) -> Result<Cow<'_, str>> {
    percent_decode_str(text).decode_utf8().with_context(|| format!("{} is no UTF-8 text once decoded", quoted(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there() -> String {
        "there".to_owned()
    }

    fn shown(purl: &str) -> Option<String> {
        match read(purl, Beside::default(), &there).expect(purl) {
            Purl::Installed(name, version) => Some(format!("{name}={version}")),
            Purl::Other(name, other) => Some(format!("{name}, {}", other.described())),
            Purl::OfDebian { source: (name, version), .. } => Some(of_component(&name, Some(&version))),
            Purl::Component(name, version) => Some(of_component(&name, version.as_ref())),
            Purl::Source | Purl::Elsewhere => None,
        }
    }

    #[test]
    fn the_epoch_is_in_the_version_or_beside_it() {
        for purl in [
            "pkg:deb/ubuntu/bsdutils@1%3A2.37.2-4ubuntu3.4?arch=amd64&upstream=util-linux%402.37.2&distro=ubuntu-22.04",
            "pkg:deb/ubuntu/bsdutils@1:2.37.2-4ubuntu3.4?arch=amd64",
            "pkg:deb/ubuntu/bsdutils@2.37.2-4ubuntu3.4?arch=amd64&distro=ubuntu-22.04&epoch=1",
            "pkg:deb/ubuntu/bsdutils@1%3a2.37.2-4ubuntu3.4?epoch=1",
        ] {
            assert_eq!(shown(purl).as_deref(), Some("bsdutils=1:2.37.2-4ubuntu3.4"), "{purl}");
        }
        assert!(read("pkg:deb/ubuntu/a@1%3A2?epoch=2", Beside::default(), &there).is_err());
        assert_eq!(shown("pkg:deb/ubuntu/a@2?epoch=0").as_deref(), Some("a=2"));
    }

    #[test]
    fn what_is_encoded_is_decoded_and_a_plus_stays() {
        for purl in [
            "pkg:deb/ubuntu/libstdc%2B%2B6@12.3.0-1ubuntu1~22.04.2?arch=amd64",
            "pkg:deb/ubuntu/libstdc++6@12.3.0-1ubuntu1%7E22.04.2",
            "PKG://DEB/Ubuntu/libstdc++6@12.3.0-1ubuntu1~22.04.2#usr/lib",
        ] {
            assert_eq!(shown(purl).as_deref(), Some("libstdc++6=12.3.0-1ubuntu1~22.04.2"), "{purl}");
        }
    }

    #[test]
    fn a_package_of_another_ecosystem_is_one_with_or_without_a_version() {
        for (purl, kept) in [
            ("pkg:npm/left-pad@1.3.0", "pkg:npm/left-pad@1.3.0"),
            ("pkg:npm/%40babel/core@7.0.0?x=y", "pkg:npm/%40babel/core@7.0.0"),
            ("pkg:npm/@babel/core", "pkg:npm/%40babel/core"),
            ("pkg:golang/stdlib@v1.22.5", "pkg:golang/stdlib@v1.22.5"),
            ("pkg:golang/github.com/a/b@%28devel%29", "pkg:golang/github.com/a/b@%28devel%29"),
            ("pkg:golang/github.com/a/b@v2.0.0%2Bincompatible", "pkg:golang/github.com/a/b@v2.0.0%2Bincompatible"),
            ("pkg:pypi/Foo_Bar@1.0", "pkg:pypi/foo-bar@1.0"),
            ("pkg:generic/ubuntu@22.04", "pkg:generic/ubuntu@22.04"),
            ("pkg:generic/odd@a%20b", "pkg:generic/odd"),
        ] {
            assert_eq!(shown(purl).as_deref(), Some(kept), "{purl}");
            assert_eq!(shown(kept).as_deref(), Some(kept), "{purl}");
        }
    }

    #[test]
    fn source_packages_and_what_is_no_package_url_are_none() {
        for purl in [
            "pkg:deb/ubuntu/glibc@2.35-0ubuntu3.8?arch=source",
            "pkg:oci/cflinuxfs4@sha256%3A00",
            "no purl",
            "pkg:npm/",
            "",
        ] {
            assert_eq!(shown(purl), None, "{purl}");
        }
    }

    #[test]
    fn a_package_of_a_release_of_debian_stands_for_its_source() {
        for (purl, source) in [
            (
                "pkg:deb/debian/libssl3@3.0.15-1~deb12u1?arch=amd64&distro=debian-12&upstream=openssl",
                "pkg:deb/debian/openssl@3.0.15-1~deb12u1?arch=source&distro=debian-12",
            ),
            (
                "pkg:deb/debian/libgcc-s1@12.2.0-14%2Bb1?distro=debian-12&upstream=gcc-12%4012.2.0-14",
                "pkg:deb/debian/gcc-12@12.2.0-14?arch=source&distro=debian-12",
            ),
            (
                "pkg:deb/debian/bash@5.2.15-2%2Bb7?distro=debian-12",
                "pkg:deb/debian/bash@5.2.15-2%2Bb7?arch=source&distro=debian-12",
            ),
        ] {
            assert_eq!(shown(purl).as_deref(), Some(source), "{purl}");
            let (name, version) = component(source).expect(source);
            assert_eq!(of_component(&name, version.as_ref()), source);
        }
    }

    #[test]
    fn what_is_of_another_distribution_or_has_no_version_is_taken_and_not_comparable() {
        for (purl, expected) in [
            ("pkg:deb/debian/apt@2.6.1?arch=amd64", "apt, of debian"),
            ("pkg:deb/debian/apt@2.6.1?distro=ubuntu/", "apt, of debian"),
            ("pkg:deb/ubuntu/apt@2.6.1?distro=debian", "apt, of debian"),
            ("pkg:deb/pop/apt@2.6.1", "apt, of pop"),
            ("pkg:deb/ubuntu/apt", "apt, without a version"),
            ("pkg:deb/ubuntu/apt@", "apt, without a version"),
            ("pkg:deb/ubuntu/apt@install", "apt, the version is \"install\""),
            ("pkg:deb/ubuntu/apt@v2", "apt, the version is \"v2\""),
            ("pkg:deb/apt@2.6.1?distro=ubuntu-22.04", "apt=2.6.1"),
        ] {
            assert_eq!(shown(purl).as_deref(), Some(expected), "{purl}");
        }
    }

    #[test]
    fn a_deb_that_is_not_understood_is_refused() {
        for purl in [
            "pkg:deb/apt@2.6.1",
            "PKG:DEB/apt@1?arch=amd64",
            "pkg:deb/ubuntu/%ff@1",
            "pkg:deb/ubuntu/a b@1",
            "pkg:deb/ubuntu/@1",
        ] {
            let error = format!("{:#}", read(purl, Beside::default(), &there).expect_err(purl));
            assert!(error.starts_with("there: ") && is_deb(purl), "{purl}: {error}");
        }
    }

    #[test]
    fn without_a_version_the_one_beside_it_counts() {
        let beside = |version| read("pkg:deb/ubuntu/a?epoch=1", Beside { version, source: None }, &there);
        assert_eq!(
            beside(Some("2")).expect("a version"),
            Purl::Installed("a".parse().expect("a name"), "1:2".parse().expect("a version"))
        );
    }
}
