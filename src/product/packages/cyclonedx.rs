//! A CycloneDX 1.4 to 1.7 document in JSON, as Syft and Trivy write it.

use std::borrow::Cow;
use std::fmt;

use anyhow::{Context, Result, anyhow, bail};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::cyclonedx_parts::{ExternalReferences, Properties, Tools};
use super::listing::FoundPackages;
use super::purl::Beside;
use super::sifted::Sifted;
use super::{ADVICE, purl, shorten};
use crate::text::quoted;

/// Reads it, component by component: a document may have a million of them.
pub(super) fn read(text: &str, listing: &mut FoundPackages) -> Result<()> {
    let mut reading = BomReading { listing, failure: None };
    let mut json = serde_json::Deserializer::from_str(text);
    let read =
        At { reading: &mut reading, what: What::Document, place: &ComponentPlace::Outermost }.deserialize(&mut json);
    match (reading.failure, read) {
        (Some(failure), _) => Err(failure),
        (None, read) => read.context("the document is not what CycloneDX says it is"),
    }
}

struct BomReading<'l> {
    listing: &'l mut FoundPackages,
    failure: Option<anyhow::Error>,
}

impl BomReading<'_> {
    /// Ends the reading with an error of ours.
    fn fail<T, E: serde::de::Error>(&mut self, error: anyhow::Error) -> Result<T, E> {
        self.failure = Some(error);
        Err(E::custom("stopped"))
    }
}

/// Where something stands: `components[0].components[1]`.
enum ComponentPlace<'p> {
    Outermost,
    Key(&'p ComponentPlace<'p>, &'static str),
    Nth(&'p ComponentPlace<'p>, usize),
}

impl fmt::Display for ComponentPlace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ComponentPlace::Outermost => Ok(()),
            ComponentPlace::Key(ComponentPlace::Outermost, key) => f.write_str(key),
            ComponentPlace::Key(above, key) => write!(f, "{above}.{key}"),
            ComponentPlace::Nth(above, nth) => write!(f, "{above}[{nth}]"),
        }
    }
}

/// What stands at a place.
#[derive(Clone, Copy)]
enum What {
    Document,
    Metadata,
    Components,
    Component,
}

struct At<'r, 'l, 'p> {
    reading: &'r mut BomReading<'l>,
    what: What,
    place: &'p ComponentPlace<'p>,
}

impl<'de> DeserializeSeed<'de> for At<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.what {
            What::Document => "a CycloneDX document",
            What::Metadata | What::Component => "an object",
            What::Components => "a list of components",
        })
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if !matches!(self.what, What::Components) {
            return Err(A::Error::custom(format!("a list at {}", self.place)));
        }
        let mut nth = 0;
        loop {
            let place = ComponentPlace::Nth(self.place, nth);
            let component = At { reading: &mut *self.reading, what: What::Component, place: &place };
            if list.next_element_seed(component)?.is_none() {
                return Ok(());
            }
            nth += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        match self.what {
            What::Document => self.document(map),
            What::Metadata => self.metadata(map),
            What::Component => self.component(map),
            What::Components => Err(A::Error::custom(format!("an object at {}, where a list belongs", self.place))),
        }
    }
}

impl At<'_, '_, '_> {
    fn below<'de, A: MapAccess<'de>>(&mut self, map: &mut A, key: &'static str, what: What) -> Result<(), A::Error> {
        let place = ComponentPlace::Key(self.place, key);
        map.next_value_seed(At { reading: &mut *self.reading, what, place: &place })
    }

    fn document<'de, A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut seen = false;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "bomFormat" => {
                    let format: Cow<'de, str> = map.next_value()?;
                    if format != "CycloneDX" {
                        return self
                            .reading
                            .fail(anyhow!("bomFormat {} is not understood; write CycloneDX 1.6", quoted(&format)));
                    }
                }
                // Every 1.x before and after has these fields too; a 2 may mean something else by them.
                "specVersion" => {
                    let version: Cow<'de, str> = map.next_value()?;
                    if !version.starts_with("1.") {
                        return self
                            .reading
                            .fail(anyhow!("specVersion {} is not understood; write CycloneDX 1.6", quoted(&version)));
                    }
                }
                "components" if seen => return Err(A::Error::duplicate_field("components")),
                "components" => {
                    seen = true;
                    self.below(&mut map, "components", What::Components)?;
                }
                "metadata" => self.below(&mut map, "metadata", What::Metadata)?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    /// The component that the document is about may hold others, and be one itself.
    fn metadata<'de, A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "component" => self.below(&mut map, "component", What::Component)?,
                "tools" => {
                    let tools: Tools = map.next_value()?;
                    if let Err(error) = tools.0.refuse() {
                        return self.reading.fail(error);
                    }
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn component<'de, A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut component = BomComponent::default();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "name" => component.name = map.next_value()?,
                // Of two, which one counts would decide whether a fix is there.
                "version" if component.version.is_some() => return Err(A::Error::duplicate_field("version")),
                "purl" if component.purl.is_some() => return Err(A::Error::duplicate_field("purl")),
                "version" => component.version = map.next_value()?,
                "purl" => component.purl = map.next_value()?,
                "mime-type" => {
                    let kind: Option<Cow<'de, str>> = map.next_value()?;
                    component.says_deb |= kind.is_some_and(|kind| kind.contains("debian.binary-package"));
                }
                "bom-ref" => {
                    let id: Option<Cow<'de, str>> = map.next_value()?;
                    component.says_deb |= id.is_some_and(|id| purl::is_deb(&id));
                }
                "properties" => {
                    let properties: Sifted<Properties<'de>> = map.next_value()?;
                    component.says_deb |= properties.0.say_deb;
                    component.source = properties.0.source();
                }
                "externalReferences" => {
                    let references: Sifted<ExternalReferences> = map.next_value()?;
                    component.says_deb |= references.0.say_deb;
                }
                "components" => self.below(&mut map, "components", What::Components)?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        match component.take(self.place, self.reading.listing) {
            Ok(()) => Ok(()),
            Err(error) => self.reading.fail(error),
        }
    }
}

#[derive(Default)]
struct BomComponent<'a> {
    name: Option<Cow<'a, str>>,
    version: Option<Cow<'a, str>>,
    purl: Option<Cow<'a, str>>,
    /// The source package, where Trivy tells it.
    source: Option<String>,
    says_deb: bool,
}

impl BomComponent<'_> {
    fn take(&self, place: &ComponentPlace<'_>, listing: &mut FoundPackages) -> Result<()> {
        let purl = self.purl.as_deref().unwrap_or_default();
        if self.says_deb && !purl::is_deb(purl) {
            bail!(
                "{place}, {}: it says that it is a Debian package, and has no package URL (pkg:deb/ubuntu/…@…); {ADVICE}",
                shorten(self.name.as_deref().unwrap_or("without a name"))
            );
        }
        let beside = Beside { version: self.version.as_deref(), source: self.source.as_deref() };
        purl::take(purl, beside, &|| format!("{place}.purl"), listing)
    }
}
