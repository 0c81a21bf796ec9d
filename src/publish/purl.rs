//! Package URLs (the specification `purl-spec`) of products and of packages.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::notice::{Notice, PackageName, PackageVersion, UbuntuRelease};
use crate::product::{ProductName, ReleaseVersion};

/// What a part of a package URL keeps as it is: the unreserved characters, and the colon of an epoch is not among them.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn escaped(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, ESCAPED)
}

/// The package URL of a release: no type is made for root filesystems or stemcells, so it is `generic`.
pub(super) fn of_release(product: &ProductName, version: &ReleaseVersion) -> String {
    format!("pkg:generic/{}@{}", escaped(product.as_str()), escaped(version.as_str()))
}

/// A package: one version of it, or any.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PurlPackage {
    package: PackageName,
    version: Option<Box<str>>,
    distro: Option<Box<str>>,
}

impl PurlPackage {
    /// The package as it is installed, on the release of Ubuntu that the notice is about.
    pub(super) fn installed(notice: Option<&Notice>, package: &PackageName, version: &PackageVersion) -> PurlPackage {
        let release = notice.and_then(|notice| notice.release.as_ref()).filter(|_| package.is_ubuntu());
        PurlPackage {
            package: package.clone(),
            version: Some(version.to_string().into()),
            distro: release.map(|release| distro(release).into()),
        }
    }

    /// The package in any version: one that is not installed has none.
    pub(super) fn by_name(package: &PackageName) -> PurlPackage {
        PurlPackage { package: package.clone(), version: None, distro: None }
    }

    /// The same package in any version.
    pub(super) fn without_version(&self) -> PurlPackage {
        PurlPackage { version: None, ..self.clone() }
    }

    /// Which package it is.
    pub(super) fn package(&self) -> &PackageName {
        &self.package
    }

    /// Its package URL. `distro` is spelt as Syft and Trivy spell it in SBOMs (`ubuntu-22.04`), so that scanners find the
    /// package again.
    pub(super) fn url(&self) -> String {
        self.spelt(self.version.as_deref(), None)
    }

    /// All spellings of it that scanners write. Of a version with an epoch there are two, since Syft and Grype keep the epoch
    /// in the version, and Trivy has it as a qualifier; scanners compare the text.
    pub(super) fn urls(&self) -> Vec<String> {
        let mut urls = vec![self.url()];
        let version = self.version.as_deref().filter(|_| self.package.is_ubuntu());
        if let Some((epoch, rest)) = version.and_then(|version| version.split_once(':')) {
            urls.push(self.spelt(Some(rest), Some(epoch)));
        }
        urls
    }

    fn spelt(&self, version: Option<&str>, epoch: Option<&str>) -> String {
        if !self.package.is_ubuntu() {
            return version
                .map_or_else(|| self.package.purl().into_owned(), |version| self.package.versioned_purl(version));
        }
        let mut url = self.package.purl().into_owned();
        if let Some(version) = version {
            url += &format!("@{}", escaped(version));
        }
        // The keys stand in the order of the alphabet, as the specification wants.
        let qualifiers = [self.distro.as_deref().map(|distro| ("distro", distro)), epoch.map(|epoch| ("epoch", epoch))];
        for (nth, (key, value)) in qualifiers.into_iter().flatten().enumerate() {
            url += &format!("{}{key}={}", if nth == 0 { '?' } else { '&' }, escaped(value));
        }
        url
    }
}

impl std::fmt::Display for PurlPackage {
    /// As people write it: `libvim 2:8.2-1`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.package.shown())?;
        self.version.as_deref().map_or(Ok(()), |version| write!(f, " {version}"))
    }
}

/// A release of Ubuntu in package URLs; one without a known number is called by its codename.
fn distro(release: &UbuntuRelease) -> String {
    release.number().map_or_else(|| release.codename().to_owned(), |number| format!("ubuntu-{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str, distro: Option<&str>) -> PurlPackage {
        PurlPackage {
            package: name.parse().expect("a name"),
            version: Some(version.into()),
            distro: distro.map(Into::into),
        }
    }

    #[test]
    fn what_means_something_in_a_package_url_is_encoded() {
        let release = of_release(&"p".parse().expect("a name"), &"1.0+dev.3".parse().expect("a version"));
        assert_eq!(release, "pkg:generic/p@1.0%2Bdev.3");
        assert_eq!(package("libstdc++6", "1:2-3~4", None).url(), "pkg:deb/ubuntu/libstdc%2B%2B6@1%3A2-3~4");
        assert_eq!(PurlPackage::by_name(&"g++".parse().expect("a name")).url(), "pkg:deb/ubuntu/g%2B%2B");
    }

    #[test]
    fn a_version_with_an_epoch_has_two_spellings_and_another_has_one() {
        assert_eq!(
            package("vim", "2:8.2+1-2", Some("ubuntu-22.04")).urls(),
            [
                "pkg:deb/ubuntu/vim@2%3A8.2%2B1-2?distro=ubuntu-22.04",
                "pkg:deb/ubuntu/vim@8.2%2B1-2?distro=ubuntu-22.04&epoch=2"
            ]
        );
        assert_eq!(package("vim", "1:2", None).urls(), ["pkg:deb/ubuntu/vim@1%3A2", "pkg:deb/ubuntu/vim@2?epoch=1"]);
        assert_eq!(package("vim", "8.2", None).urls(), ["pkg:deb/ubuntu/vim@8.2"]);
    }

    #[test]
    fn every_spelling_is_read_again_as_the_same_package() {
        for (version, distro) in [("2:8.2+1~a-2", Some("ubuntu-22.04")), ("0:1", None), ("1.2-3", Some("stellar"))] {
            for url in package("libstdc++6", version, distro).urls() {
                let read: packageurl::PackageUrl<'_> = url.parse().expect("a package URL");
                assert_eq!((read.ty(), read.namespace(), read.name()), ("deb", Some("ubuntu"), "libstdc++6"));
                let qualifier = |key: &str| read.qualifiers().get(key).map(AsRef::as_ref);
                let epoch = qualifier("epoch").map(|epoch: &str| format!("{epoch}:")).unwrap_or_default();
                assert_eq!(format!("{epoch}{}", read.version().expect("a version")), version);
                assert_eq!(qualifier("distro"), distro);
            }
        }
    }
}
