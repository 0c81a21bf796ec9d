//! The package URL of a Debian package of Ubuntu: `pkg:deb/ubuntu/NAME@VERSION?arch=…&distro=…`.
//!
//! (The package URL specification, `purl-spec`, with its type `deb`.) Syft writes an epoch into the version, `@1%3A2.37`;
//! Trivy leaves it out there and adds `epoch=1`.

use std::borrow::Cow;

use anyhow::{Context, Result, bail};
use percent_encoding::percent_decode_str;

use super::package;
use crate::notice::{DebianVersion, PackageName};

/// What a package URL stands for.
#[derive(Debug, PartialEq)]
pub(super) enum Purl {
    /// A binary package of Ubuntu.
    Installed(PackageName, DebianVersion),
    /// A package of another ecosystem or distribution, or a source package.
    Other,
}

/// Reads a package URL. `version` is what stands beside it, for one without a version.
pub(super) fn read(purl: &str, version: Option<&str>, place: impl Fn() -> String) -> Result<Purl> {
    let bare = purl.trim().split('#').next().unwrap_or_default();
    let (path, qualifiers) = bare.split_once('?').unwrap_or((bare, ""));
    let Some((scheme, path)) = path.split_once(':') else { return Ok(Purl::Other) };
    let path = path.trim_start_matches('/');
    let mut parts = path.splitn(3, '/');
    let (kind, namespace, rest) = (parts.next(), parts.next(), parts.next());
    let is = |part: Option<&str>, wanted: &str| part.is_some_and(|part| part.eq_ignore_ascii_case(wanted));
    if !scheme.eq_ignore_ascii_case("pkg") || !is(kind, "deb") || !is(namespace, "ubuntu") {
        return Ok(Purl::Other);
    }
    let qualifier = |key: &str| {
        let mut pairs = qualifiers.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    };
    if qualifier("arch").is_some_and(|arch| ["source", "src"].contains(&arch)) {
        return Ok(Purl::Other);
    }
    let rest = rest.unwrap_or_default();
    let (name, in_purl) = rest.rsplit_once('@').map_or((rest, None), |(name, version)| (name, Some(version)));
    let name = decoded(name).with_context(&place)?;
    let version = match in_purl {
        Some(version) => decoded(version).with_context(&place)?,
        None => Cow::Borrowed(version.unwrap_or_default()),
    };
    let version = with_epoch(&version, qualifier("epoch")).with_context(&place)?;
    let (name, version) = package(&place, &name, &version)?;
    Ok(Purl::Installed(name, version))
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
    percent_decode_str(text).decode_utf8().with_context(|| format!("{text:?} is no UTF-8 text once decoded"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(purl: &str) -> Option<String> {
        match read(purl, None, || "there".to_owned()).expect(purl) {
            Purl::Installed(name, version) => Some(format!("{name}={version}")),
            Purl::Other => None,
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
        assert!(read("pkg:deb/ubuntu/a@1%3A2?epoch=2", None, || "there".to_owned()).is_err());
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
    fn other_ecosystems_distributions_and_source_packages_are_none() {
        for purl in [
            "pkg:npm/left-pad@1.3.0",
            "pkg:deb/debian/apt@2.6.1?arch=amd64",
            "pkg:deb/ubuntu/glibc@2.35-0ubuntu3.8?arch=source",
            "pkg:oci/cflinuxfs4@sha256%3A00?arch=amd64",
            "pkg:generic/ubuntu@22.04",
            "no purl",
            "",
        ] {
            assert_eq!(shown(purl), None, "{purl}");
        }
    }

    #[test]
    fn without_a_version_the_one_beside_it_counts() {
        let beside = |version| read("pkg:deb/ubuntu/a?epoch=1", version, || "there".to_owned());
        assert_eq!(
            beside(Some("2")).expect("a version"),
            Purl::Installed("a".parse().expect("a name"), "1:2".parse().expect("a version"))
        );
        let error = format!("{:#}", beside(None).expect_err("no version"));
        assert!(error.contains("there, at a: a list without versions proves no fix"), "{error}");
    }
}
