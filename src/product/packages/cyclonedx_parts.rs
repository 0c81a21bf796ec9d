//! What CycloneDX tells of a component besides its name and package URL, and which tools made a document.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::purl;
use super::sifted::{Sift, Sifted};
use super::spdx::LackingTool;

/// What its properties tell of a component: whether Syft or Trivy says that it is a `.deb`, and of which source package Trivy does.
#[derive(Default)]
pub(super) struct Properties<'a> {
    pub(super) say_deb: bool,
    source: Option<Cow<'a, str>>,
    source_epoch: Option<Cow<'a, str>>,
    source_version: Option<Cow<'a, str>>,
    source_release: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
pub(super) struct Property<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    value: Option<Cow<'a, str>>,
}

impl<'de: 'a, 'a> Sift<'de> for Properties<'a> {
    type Entry = Property<'a>;

    fn take(&mut self, _: usize, Property { name, value }: Property<'a>) {
        let told = value.as_deref().unwrap_or_default();
        match &*name {
            "syft:package:type" => self.say_deb |= told == "deb",
            "syft:package:foundBy" | "syft:package:metadataType" => {
                self.say_deb |= told.starts_with("dpkg") || told.starts_with("deb-");
            }
            "aquasecurity:trivy:PkgType" => self.say_deb |= ["ubuntu", "debian"].contains(&told),
            "aquasecurity:trivy:SrcName" => self.source = value,
            "aquasecurity:trivy:SrcEpoch" => self.source_epoch = value,
            "aquasecurity:trivy:SrcVersion" => self.source_version = value,
            "aquasecurity:trivy:SrcRelease" => self.source_release = value,
            _ => {}
        }
    }
}

impl Properties<'_> {
    /// The source package that Trivy tells, with its version, as [`Beside`](super::purl::Beside) has it.
    pub(super) fn source(&self) -> Option<String> {
        let told = |part: &Option<Cow<'_, str>>, before: &str, after: &str| match part.as_deref() {
            Some(part) if !part.is_empty() && part != "0" => format!("{before}{part}{after}"),
            _ => String::new(),
        };
        let name = self.source.as_deref().filter(|name| !name.is_empty())?;
        let version = self.source_version.as_deref().filter(|version| !version.is_empty());
        Some(match version {
            Some(version) => {
                let (epoch, release) = (told(&self.source_epoch, "", ":"), told(&self.source_release, "-", ""));
                format!("{name}@{epoch}{version}{release}")
            }
            None => name.to_owned(),
        })
    }
}

/// Whether one of its references says that the component is a `.deb`.
#[derive(Default)]
pub(super) struct ExternalReferences {
    pub(super) say_deb: bool,
}

#[derive(Deserialize)]
pub(super) struct ExternalReference<'a> {
    #[serde(borrow, default)]
    url: Cow<'a, str>,
}

impl<'de> Sift<'de> for ExternalReferences {
    type Entry = ExternalReference<'de>;

    fn take(&mut self, _: usize, entry: ExternalReference<'de>) {
        self.say_deb |= purl::is_deb(&entry.url);
    }
}

/// The tools that made the document: a list of them, or an object with one (since 1.5).
pub(super) struct Tools(pub(super) LackingTool);

#[derive(Deserialize)]
struct Tool<'a> {
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
}

#[derive(Default)]
struct ToolNames(LackingTool);

impl<'de> Sift<'de> for ToolNames {
    type Entry = Tool<'de>;

    fn take(&mut self, _: usize, entry: Tool<'de>) {
        self.0.note(entry.name.as_deref().unwrap_or_default());
    }
}

impl<'de> Deserialize<'de> for Tools {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Object {
            #[serde(default)]
            components: Sifted<ToolNames>,
        }
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Tools;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of tools, or an object")
            }

            fn visit_unit<E>(self) -> Result<Tools, E> {
                Ok(Tools(LackingTool::default()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Tools, A::Error> {
                let names = Sifted::<ToolNames>::deserialize(SeqAccessDeserializer::new(list))?;
                Ok(Tools(names.0.0))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Tools, A::Error> {
                let object = Object::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Tools(object.components.0.0))
            }
        }
        json.deserialize_any(Either)
    }
}
