//! What scanners call a product: package URLs that the pipeline gives.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use packageurl::PackageUrl;

use crate::text::quoted;

/// How many of them a get takes; each stands in every statement.
pub const MOST_PRODUCTS: usize = 20;

/// The longest of them, in bytes.
const LONGEST: usize = 500;

/// The types of what is found inside of a product. As the name of a product such a URL would say of the package itself what is
/// meant of the product, and a scanner would hide what nobody looked at.
const INSIDE: &[&str] = &[
    "alpm", "apk", "cargo", "composer", "conan", "conda", "cpan", "cran", "deb", "gem", "golang", "hackage", "hex",
    "luarocks", "maven", "npm", "nuget", "pub", "pypi", "rpm", "swift",
];

/// The package URL of a product, such as `pkg:oci/cflinuxfs4@sha256:…`, in its canonical form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProductUrl(Box<str>);

impl ProductUrl {
    /// The URL as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProductUrl {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.len() > LONGEST {
            bail!("a package URL of {} bytes is too long; at most {LONGEST} are allowed", text.len());
        }
        let url: PackageUrl<'_> = match text.parse() {
            Ok(url) => url,
            Err(e) => bail!("{} is no package URL ({e}); one looks like pkg:oci/name@sha256:0123…", quoted(text)),
        };
        if INSIDE.contains(&url.ty()) {
            bail!(
                "{text:?} names a package inside of a product; name what contains it, such as pkg:oci/name@sha256:0123…"
            );
        }
        Ok(ProductUrl(url.to_string().into()))
    }
}

impl fmt::Display for ProductUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_named_by_its_digest_its_tag_or_its_name() {
        for (given, kept) in [
            ("pkg:oci/cflinuxfs4@sha256:00ff", "pkg:oci/cflinuxfs4@sha256:00ff"),
            (" pkg:oci/cflinuxfs4@sha256%3A00ff\n", "pkg:oci/cflinuxfs4@sha256:00ff"),
            ("pkg:oci/cflinuxfs4?tag=1.297.0", "pkg:oci/cflinuxfs4?tag=1.297.0"),
            ("pkg:oci/a?tag=1&repository_url=ghcr.io/x/a", "pkg:oci/a?repository_url=ghcr.io%2Fx%2Fa&tag=1"),
            ("pkg:generic/stemcell@1.423", "pkg:generic/stemcell@1.423"),
        ] {
            assert_eq!(given.parse::<ProductUrl>().expect(given).as_str(), kept);
        }
    }

    #[test]
    fn what_names_no_product_is_refused_with_a_sentence() {
        let long = format!("pkg:oci/{}", "a".repeat(500));
        for (wrong, said) in [
            ("", "is no package URL"),
            ("cflinuxfs4:1.297.0", "is no package URL"),
            ("pkg:oci", "is no package URL"),
            ("pkg:oci/", "is no package URL"),
            ("pkg:deb/ubuntu/libc6@2.35", "names a package inside of a product"),
            ("PKG:oci/a", "is no package URL"),
            ("pkg:PyPI/tornado", "names a package inside of a product"),
            (&long, "too long"),
        ] {
            let error = wrong.parse::<ProductUrl>().expect_err(wrong).to_string();
            assert!(error.contains(said), "{wrong}: {error}");
        }
    }
}
