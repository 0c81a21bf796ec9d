//! What the types that are written as text have in common.

/// Lets serde read and write a type as a string, by its `FromStr` and `Display`: what is read is checked.
macro_rules! as_text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = anyhow::Error;

            fn try_from(text: String) -> anyhow::Result<Self> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.to_string()
            }
        }
    };
}

/// The same, and as a plain value where nobody reads it and a digest vouches for it: in what is kept in the temporary folder.
macro_rules! as_text_or {
    ($name:ident, $plain:ty, $to_plain:expr, $of_plain:expr) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let plain: fn(&$name) -> $plain = $to_plain;
                match serializer.is_human_readable() {
                    true => serializer.collect_str(self),
                    false => serde::Serialize::serialize(&plain(self), serializer),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    <String as serde::Deserialize>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
                } else {
                    let of_plain: fn($plain) -> anyhow::Result<$name> = $of_plain;
                    of_plain(serde::Deserialize::deserialize(deserializer)?).map_err(serde::de::Error::custom)
                }
            }
        }
    };
}

/// An enumeration of words: ordered as they are listed, read in any case, written as they are listed.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal, $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// All the words, in order.
            pub const WORDS: &[&str] = &[$($text),+];

            /// The word.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = anyhow::Error;

            fn from_str(text: &str) -> anyhow::Result<Self> {
                let found = $name::ALL.iter().find(|word| word.as_str().eq_ignore_ascii_case(text));
                found.copied().ok_or_else(|| {
                    anyhow::anyhow!("{} is no {}; allowed: {}", crate::text::quoted(text), $what, $name::WORDS.join(", "))
                })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

pub(crate) use {as_text, as_text_or, words};
