//! The marks of a log's events, as one digest.

use sha2::{Digest as _, Sha256};

use crate::store::Store;
use crate::text::Digest;

/// The marks of the first so many events of a log, taken in one by one.
pub(super) struct ChangeTokens {
    digester: Sha256,
    count: u64,
}

impl ChangeTokens {
    /// The marks of no events.
    pub(super) fn new() -> ChangeTokens {
        ChangeTokens { digester: Sha256::new(), count: 0 }
    }

    /// Takes in the marks of the events up to this one, and gives the digest of all. `None` if an event has none; that is all
    /// there is to say of the log then.
    pub(super) fn up_to(&mut self, seq: u64, store: &dyn Store, key: impl Fn(u64) -> String) -> Option<Digest> {
        while self.count < seq {
            for number in store.change_token(&key(self.count + 1))? {
                self.digester.update(number.to_le_bytes());
            }
            self.count += 1;
        }
        Some(Digest::of_all(self.digester.clone()))
    }
}
