//! A list in JSON of which little is kept: its entries are looked at one by one, since a document may have millions of them.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

/// What is kept of a list.
pub(super) trait Sift<'de>: Default {
    /// What the list holds.
    type Entry: Deserialize<'de>;

    /// Looks at the next entry.
    fn take(&mut self, nth: usize, entry: Self::Entry);
}

/// What was kept of a list; of `null`, nothing.
#[derive(Default)]
pub(super) struct Sifted<G>(pub(super) G);

impl<'de, G: Sift<'de>> Deserialize<'de> for Sifted<G> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct List<G>(PhantomData<G>);
        impl<'de, G: Sift<'de>> Visitor<'de> for List<G> {
            type Value = Sifted<G>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Sifted(G::default()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let (mut sifted, mut nth) = (G::default(), 0);
                while let Some(entry) = list.next_element()? {
                    sifted.take(nth, entry);
                    nth += 1;
                }
                Ok(Sifted(sifted))
            }
        }
        json.deserialize_any(List(PhantomData))
    }
}
