//! What CycloneDX tells of a component besides its name and package URL, and which tools made a document.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::purl;
use super::sifted::{Sift, Sifted};
use super::spdx::LackingTool;

/// Whether an entry of a list says that the component is a `.deb`.
pub(super) struct SaysDeb<E> {
    pub(super) yes: bool,
    entry: PhantomData<E>,
}

impl<E> Default for SaysDeb<E> {
    fn default() -> Self {
        SaysDeb { yes: false, entry: PhantomData }
    }
}

pub(super) trait Says {
    fn says_deb(&self) -> bool;
}

impl<'de, E: Says + Deserialize<'de>> Sift<'de> for SaysDeb<E> {
    type Entry = E;

    fn take(&mut self, _: usize, entry: E) {
        self.yes |= entry.says_deb();
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

#[derive(Deserialize)]
pub(super) struct Property<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    value: Option<Cow<'a, str>>,
}

impl Says for Property<'_> {
    /// Whether Syft or Trivy says by it that the component is a `.deb`.
    fn says_deb(&self) -> bool {
        let value = self.value.as_deref().unwrap_or_default();
        match &*self.name {
            "syft:package:type" => value == "deb",
            "syft:package:foundBy" | "syft:package:metadataType" => {
                value.starts_with("dpkg") || value.starts_with("deb-")
            }
            "aquasecurity:trivy:PkgType" => ["ubuntu", "debian"].contains(&value),
            _ => false,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct ExternalReference<'a> {
    #[serde(borrow, default)]
    url: Cow<'a, str>,
}

impl Says for ExternalReference<'_> {
    fn says_deb(&self) -> bool {
        purl::is_deb(&self.url)
    }
}
