//! An SPDX 2.2 or 2.3 document in JSON, as Syft and Trivy write it.

use std::borrow::Cow;
use std::fmt;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::listing::FoundPackages;
use super::purl::Beside;
use super::sifted::{Sift, Sifted};
use super::{ADVICE, purl, shorten};
use crate::text::quoted;

/// The tool that no list is taken from (see [`LackingTool::refuse`]).
const LACKING: &str = "distro2sbom";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SpdxPackage<'a> {
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "SPDXID")]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    version_info: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    source_info: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    package_file_name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    download_location: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    external_refs: Sifted<References<'a>>,
    #[serde(default)]
    annotations: Sifted<Annotations>,
}

/// Of a package's references, those that are package URLs: of `.deb`s, with their places, and the first of anything else.
#[derive(Default)]
struct References<'a> {
    debs: Vec<(usize, Cow<'a, str>)>,
    other: Option<(usize, Cow<'a, str>)>,
    says_deb: bool,
}

impl<'de: 'a, 'a> Sift<'de> for References<'a> {
    type Entry = ExternalRef<'a>;

    fn take(&mut self, nth: usize, entry: ExternalRef<'a>) {
        self.says_deb |= entry.reference_type.eq_ignore_ascii_case("deb");
        if purl::is_deb(&entry.reference_locator) {
            self.debs.push((nth, entry.reference_locator));
        } else if self.other.is_none() && entry.reference_type.eq_ignore_ascii_case("purl") {
            self.other = Some((nth, entry.reference_locator));
        }
    }
}

/// Whether Trivy says in one that the package is a `.deb`.
#[derive(Default)]
struct Annotations {
    say_deb: bool,
}

impl<'de> Sift<'de> for Annotations {
    type Entry = Annotation<'de>;

    fn take(&mut self, _: usize, entry: Annotation<'de>) {
        let kind = entry.comment.strip_prefix("PkgType: ");
        self.say_deb |= kind.is_some_and(|kind| ["ubuntu", "debian"].contains(&kind.trim()));
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExternalRef<'a> {
    #[serde(borrow, default)]
    reference_type: Cow<'a, str>,
    #[serde(borrow, default)]
    reference_locator: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Annotation<'a> {
    #[serde(borrow, default)]
    comment: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Creation {
    #[serde(default)]
    creators: Sifted<LackingTool>,
}

/// Whether one of the tools is [taken from by nobody](LackingTool::refuse).
#[derive(Default)]
pub(super) struct LackingTool(pub(super) bool);

impl<'de> Sift<'de> for LackingTool {
    type Entry = Cow<'de, str>;

    fn take(&mut self, _: usize, entry: Cow<'de, str>) {
        self.note(&entry);
    }
}

impl LackingTool {
    /// Notes the name of a tool.
    pub(super) fn note(&mut self, name: &str) {
        self.0 |= name.to_ascii_lowercase().contains(LACKING);
    }

    /// Refuses lists of a tool that is known to leave out packages that are installed.
    pub(super) fn refuse(&self) -> Result<()> {
        if self.0 {
            bail!("{LACKING} leaves out packages that are on hold, so its lists show no absence; {ADVICE}");
        }
        Ok(())
    }
}

/// Reads it, package by package: a document may have a million of them.
pub(super) fn read(text: &str, listing: &mut FoundPackages) -> Result<()> {
    let mut failure = None;
    let mut json = serde_json::Deserializer::from_str(text);
    let read = SpdxDocument { listing, failure: &mut failure }.deserialize(&mut json);
    match (failure, read) {
        (Some(failure), _) => Err(failure),
        (None, read) => read.context("the document is not what SPDX says it is"),
    }
}

impl SpdxPackage<'_> {
    fn take(&self, nth: usize, listing: &mut FoundPackages) -> Result<()> {
        let debs = &self.external_refs.0.debs;
        let source = self.source_info.as_deref().and_then(source_of_trivy);
        let beside = Beside { version: self.version_info.as_deref(), source: source.as_deref() };
        for (at, locator) in debs {
            let place = || format!("packages[{nth}].externalRefs[{at}]");
            purl::take(locator, beside, &place, listing)?;
        }
        if !debs.is_empty() {
            return Ok(());
        }
        if self.says_deb() {
            bail!(
                "packages[{nth}], {}: it says that it is a Debian package, and has no package URL (pkg:deb/ubuntu/…@…); {ADVICE}",
                shorten(self.name.as_deref().unwrap_or("without a name"))
            );
        }
        match &self.external_refs.0.other {
            Some((at, locator)) => {
                let place = || format!("packages[{nth}].externalRefs[{at}]");
                purl::take(locator, beside, &place, listing)
            }
            None => {
                listing.elsewhere();
                Ok(())
            }
        }
    }

    /// Whether it is recognisable as a `.deb`: by the words of Syft (`sourceInfo`, the id), of Trivy (annotations), or the file.
    fn says_deb(&self) -> bool {
        let is_file = |name: &Option<Cow<'_, str>>| name.as_deref().is_some_and(|name| name.ends_with(".deb"));
        let has = |text: &Option<Cow<'_, str>>, words: &str| text.as_deref().is_some_and(|text| text.contains(words));
        has(&self.source_info, "DPKG DB")
            || has(&self.id, "-Package-deb-")
            || is_file(&self.package_file_name)
            || is_file(&self.download_location)
            || self.external_refs.0.says_deb
            || self.annotations.0.say_deb
    }
}

/// The source package that Trivy tells in `sourceInfo`, with its version, as [`Beside`] has it.
fn source_of_trivy(info: &str) -> Option<String> {
    let told = info.strip_prefix("built package from: ")?.trim();
    Some(told.replacen(' ', "@", 1)).filter(|told| !told.is_empty())
}

struct SpdxDocument<'l> {
    listing: &'l mut FoundPackages,
    failure: &'l mut Option<anyhow::Error>,
}

impl<'de> DeserializeSeed<'de> for SpdxDocument<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for SpdxDocument<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an SPDX document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = false;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "spdxVersion" => {
                    let version: Cow<'de, str> = map.next_value()?;
                    if !version.starts_with("SPDX-2.") {
                        return fail(
                            self.failure,
                            anyhow::anyhow!("spdxVersion {} is not understood; write SPDX 2.3", quoted(&version)),
                        );
                    }
                }
                "creationInfo" => {
                    let creation: Creation = map.next_value()?;
                    if let Err(error) = creation.creators.0.refuse() {
                        return fail(self.failure, error);
                    }
                }
                "packages" if seen => return Err(A::Error::duplicate_field("packages")),
                "packages" => {
                    seen = true;
                    map.next_value_seed(Each { listing: &mut *self.listing, failure: &mut *self.failure })?;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Ends the reading with an error of ours.
fn fail<T, E: serde::de::Error>(failure: &mut Option<anyhow::Error>, error: anyhow::Error) -> Result<T, E> {
    *failure = Some(error);
    Err(E::custom("stopped"))
}

struct Each<'l> {
    listing: &'l mut FoundPackages,
    failure: &'l mut Option<anyhow::Error>,
}

impl<'de> DeserializeSeed<'de> for Each<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Each<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of packages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut nth = 0;
        while let Some(package) = list.next_element::<SpdxPackage<'de>>()? {
            if let Err(error) = package.take(nth, self.listing) {
                return fail(self.failure, error);
            }
            nth += 1;
        }
        Ok(())
    }
}
