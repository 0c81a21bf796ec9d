//! The proof that a server refuses to create what is there.
//!
//! Some servers that speak as S3 does, and some proxies, take a conditional write and ignore the condition. Two pipelines
//! would then overwrite each other's records, and both be told that all went well.

use anyhow::{Result, bail};

use super::failure::{Setback, sentence};
use super::{ObjectStore, Put};

/// The object that the proof is made with, in the folder that is about to be written to: it needs no other rights than the
/// write itself. No log reads it, and a warm listing begins after it.
const PROBE: &str = ".davos-probe";

/// What it says to people who find it.
const WORDS: &[u8] =
    b"davos creates this object again and again, to see that the server refuses: only then are records safe here.\n";

impl ObjectStore {
    /// Before the first write of a process: creates the probe, and creates it again if that was not refused. Whatever is
    /// refused was there, so usually one request is all.
    pub(super) async fn prove(&self, first_key: &str) -> Result<()> {
        if self.proven.get() {
            return Ok(());
        }
        let probe = match first_key.split_once('/') {
            Some((folder, _)) => format!("{folder}/{PROBE}"),
            None => PROBE.to_owned(),
        };
        for _ in 0..2 {
            match self.put_new(&probe, WORDS).await {
                Ok(Put::Refused) => {
                    self.proven.set(true);
                    return Ok(());
                }
                Ok(Put::Created) => {}
                Err(error) => return Err(self.unproven(&probe, &error)),
            }
        }
        bail!(
            "the server at {} ignores conditional writes ({}): two pipelines could overwrite each other's records, so nothing was recorded in {}; use another store or a newer server, and look for a proxy that drops the header",
            self.place.server(),
            self.place.condition(),
            self.place.describe()
        )
    }

    fn unproven(&self, probe: &str, error: &object_store::Error) -> anyhow::Error {
        match Setback::of(error) {
            Some(setback) if setback.is_of_the_condition() => anyhow::anyhow!(
                "the server at {} does not support conditional writes ({}), which keep two pipelines from overwriting each other's records: {setback}; use another store or a newer server",
                self.place.server(),
                self.place.condition()
            ),
            _ => sentence(&format!("writing {probe} of the tracker"), &self.place, error),
        }
    }
}
