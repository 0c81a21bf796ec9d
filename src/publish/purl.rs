//! Package URLs (the specification `purl-spec`) of products and of Ubuntu's binary packages.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::notice::{DebianVersion, Notice, PackageName};
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

/// The package URL of an installed binary package. `distro` is spelt as Syft and Trivy spell it in SBOMs
/// (`ubuntu-22.04`), so that scanners find the package again; of a release without a known number it is the codename.
pub(super) fn of_package(notice: Option<&Notice>, package: &PackageName, version: &DebianVersion) -> String {
    let distro = notice.map(|notice| match notice.release.number() {
        Some(number) => format!("?distro=ubuntu-{number}"),
        None => format!("?distro={}", notice.release.codename()),
    });
    let distro = distro.unwrap_or_default();
    format!("pkg:deb/ubuntu/{}@{}{distro}", escaped(package.as_str()), escaped(version.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_package_url_is_encoded() {
        let release = of_release(&"p".parse().expect("a name"), &"1.0+dev.3".parse().expect("a version"));
        assert_eq!(release, "pkg:generic/p@1.0%2Bdev.3");
        let (name, version) = ("libstdc++6".parse().expect("a name"), "1:2-3~4".parse().expect("a version"));
        assert_eq!(of_package(None, &name, &version), "pkg:deb/ubuntu/libstdc%2B%2B6@1%3A2-3~4");
    }
}
