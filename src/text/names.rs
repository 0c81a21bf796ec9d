//! Texts that occur many times, kept once: package names and versions.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// The number of a kept text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name(pub(crate) u32);

/// Texts, each kept once, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Names {
    text: String,
    ends: Vec<u32>,
    by_hash: HashMap<u64, Name>,
    hasher: RandomState,
}

impl Names {
    /// The names in these parts, as [`parts`](Self::parts) gave them. `None` if the parts don't fit each other.
    pub(crate) fn of_parts(text: &str, ends: Vec<u32>) -> Option<Names> {
        let whole = ends.last().is_none_or(|&end| end as usize == text.len());
        let ascending = ends.is_sorted() && ends.iter().all(|&end| text.is_char_boundary(end as usize));
        (whole && ascending).then(|| Names { text: text.to_owned(), ends, ..Names::default() })
    }

    /// All the text, and where in it each name ends.
    pub(crate) fn parts(&self) -> (&str, &[u32]) {
        (&self.text, &self.ends)
    }

    /// The number of a text, which is kept if it is new.
    pub(crate) fn keep(&mut self, text: &str) -> Name {
        // Names that are only looked up need no index, so it is not made until a text is.
        for known in self.by_hash.len()..self.ends.len() {
            let known = Name(known as u32);
            if let Err(hash) = self.find(self.text(known)) {
                self.by_hash.insert(hash, known);
            }
        }
        let hash = match self.find(text) {
            Ok(name) => return name,
            Err(hash) => hash,
        };
        let name = Name(self.ends.len() as u32);
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        self.by_hash.insert(hash, name);
        name
    }

    /// The number of a text, or the free place in the index where it belongs.
    fn find(&self, text: &str) -> Result<Name, u64> {
        let mut hash = self.hasher.hash_one(text);
        while let Some(&name) = self.by_hash.get(&hash) {
            if self.text(name) == text {
                return Ok(name);
            }
            hash = hash.wrapping_add(1);
        }
        Err(hash)
    }

    /// All texts, in the order of their numbers.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|number| self.text(Name(number as u32)))
    }

    /// How much text is kept, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.text.len()
    }

    /// The text with this number.
    pub(crate) fn text(&self, name: Name) -> &str {
        let end = |index: u32| self.ends.get(index as usize).map_or(0, |&end| end as usize);
        let start = name.0.checked_sub(1).map_or(0, end);
        self.text.get(start..end(name.0)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_were_put_together_again_are_known() {
        let mut names = Names::default();
        let kept: Vec<Name> = ["gpgv", "", "openssl", "gpgv"].map(|text| names.keep(text)).into();
        let (text, ends) = names.parts();
        let mut again = Names::of_parts(text, ends.to_vec()).expect("the parts fit");
        assert_eq!(["gpgv", "", "openssl", "gpgv"].map(|text| again.keep(text)).to_vec(), kept);
        let new = again.keep("curl");
        assert_eq!(again.text(new), "curl");
        assert_eq!(again.text(kept[2]), "openssl");
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        for (text, ends) in [("ab", vec![1]), ("ab", vec![2, 1, 2]), ("ab", vec![3]), ("\u{e4}b", vec![1, 3])] {
            assert!(Names::of_parts(text, ends.clone()).is_none(), "{text:?} {ends:?}");
        }
    }
}
