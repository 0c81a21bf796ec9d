//! The proof that a server refuses to create what is there, also to writers at the same moment.
//!
//! Some servers that speak as S3 does, and some proxies, take a conditional write and ignore the condition; others look
//! whether the object is there, and write it then, so that two writers at once both succeed. Two pipelines would overwrite
//! each other's records, and both be told that all went well.

use anyhow::{Result, bail};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::failure::{RequestSetback, sentence};
use super::{ObjectStore, Put};
use crate::text::Digest;

/// The object that the proof is made with, in the folder that is about to be written to: it needs no other rights than the
/// write itself. No log reads it, and a warm listing begins after it.
const PROBE: &str = ".davos-probe";

/// What it says to people who find it.
const WORDS: &[u8] =
    b"davos creates this object again and again, to see that the server refuses: only then are records safe here.\n";

/// The folder of the objects that are raced for, and of the note that the race was won by one at a time. A listing of the
/// product's folder has it as one name.
const RACES: &str = ".davos-races";

/// How often creates race, and how many at once.
const ROUNDS: usize = 4;
const RACERS: usize = 16;

/// How often all rounds are run until so many were decided.
const ATTEMPTS: usize = 4;

impl ObjectStore {
    /// Before the first write of a process: creates the probe, and creates it again if that was not refused. Whatever is
    /// refused was there, so usually one request is all. Once for each server and folder, creates race as well.
    pub(super) async fn prove(&self, first_key: &str, first_bytes: &[u8]) -> Result<()> {
        if self.proven.get() {
            return Ok(());
        }
        let folder = first_key.split_once('/').map_or_else(String::new, |(folder, _)| format!("{folder}/"));
        self.prove_refusal(&format!("{folder}{PROBE}")).await?;
        // What is copied to another server proves nothing of that.
        let server = Digest::of(format!("{} {ROUNDS} {RACERS}", self.place.describe()).as_bytes()).to_string();
        let note = format!("{folder}{RACES}/{}-passed", &server[..16]);
        if self.read_one(&note).await?.is_none() {
            // Nobody else writes these bytes at this time; if somebody does, there are more keys.
            let race = Digest::of(&[first_bytes, &std::process::id().to_le_bytes()].concat()).to_string();
            self.race(&format!("{folder}{RACES}/{}", &race[..16])).await?;
            self.noted(&note).await?;
        }
        self.proven.set(true);
        Ok(())
    }

    async fn prove_refusal(&self, probe: &str) -> Result<()> {
        for _ in 0..2 {
            match self.put_new(probe, WORDS).await {
                Ok(Put::Refused) => return Ok(()),
                Ok(Put::Created) => {}
                Err(error) => return Err(self.unproven(probe, &error).await),
            }
        }
        if self.read_one(probe).await?.is_none() {
            return Err(self.lost(probe));
        }
        bail!(
            "the server at {} ignores conditional writes ({}): two pipelines could overwrite each other's records, so nothing was recorded in {}; use another store or a newer server, and look for a proxy that drops the header",
            self.place.server(),
            self.place.condition(),
            self.place.describe()
        )
    }

    /// Sixteen creates of one new key at once, in several rounds: of each just one may succeed.
    async fn race(&self, name: &str) -> Result<()> {
        let mut passed = 0;
        for attempt in 0..ATTEMPTS {
            // All rounds at once as well: some servers let who has to wait wait for seconds.
            let keys = (0..ROUNDS).map(|round| format!("{name}-{}", attempt * ROUNDS + round));
            let mut rounds: FuturesUnordered<_> = keys.map(|key| self.round(key)).collect();
            while let Some(round) = rounds.next().await {
                passed += usize::from(round?);
            }
            if passed >= ROUNDS {
                return Ok(());
            }
        }
        bail!(
            "the server at {} refuses to create objects that are not there, {} times, so nothing was recorded in {}; try again later",
            self.place.server(),
            ATTEMPTS * ROUNDS - passed,
            self.place.describe()
        )
    }

    /// One round. Tells whether just one create succeeded; if none did, the key was not new.
    async fn round(&self, key: String) -> Result<bool> {
        let race = |racer: usize| {
            let (text, key) = (format!("racer {racer} of davos\n"), key.as_str());
            async move { (self.put_once(key, text.as_bytes()).await, text) }
        };
        let mut racers: FuturesUnordered<_> = (0..RACERS).map(race).collect();
        let (mut created, mut unclear) = (Vec::new(), false);
        while let Some((put, text)) = racers.next().await {
            match put {
                Ok(Put::Created) => created.push(text),
                Ok(Put::Refused) => {}
                // A server may be overwhelmed; what it answered counts.
                Err(error) => match RequestSetback::of(&error) {
                    Some(setback) if setback.may_pass() => unclear = true,
                    _ => return Err(sentence(&format!("writing {key} of the tracker"), &self.place, &error)),
                },
            }
        }
        let Some(first) = created.first() else { return Ok(false) };
        // Whose answer was lost may be the one that succeeded.
        let is_ours = unclear || self.read_one(&key).await?.as_deref() == Some(first.as_bytes());
        let how = match created.len() {
            1 if is_ours => return Ok(true),
            1 => "keeps another object than that of the one writer whom it told that it was created".to_owned(),
            many => format!("lets {many} of {RACERS} writers create the same object at once"),
        };
        bail!(
            "the server at {} {how} ({}): two pipelines could overwrite each other's records, so nothing was recorded in {}; use another store or a newer server",
            self.place.server(),
            self.place.condition(),
            self.place.describe()
        )
    }

    async fn noted(&self, note: &str) -> Result<()> {
        let words = format!("Of {RACERS} creates at once just one succeeded, in each of {ROUNDS} rounds.\n");
        match self.put_new(note, words.as_bytes()).await {
            Ok(_) => Ok(()),
            Err(error) => Err(sentence(&format!("writing {note} of the tracker"), &self.place, &error)),
        }
    }

    async fn unproven(&self, probe: &str, error: &object_store::Error) -> anyhow::Error {
        match RequestSetback::of(error) {
            Some(setback) if setback.is_of_the_condition() => anyhow::anyhow!(
                "the server at {} does not support conditional writes ({}), which keep two pipelines from overwriting each other's records: {setback}; use another store or a newer server",
                self.place.server(),
                self.place.condition()
            ),
            // What is signed is the request with its condition. Where the same keys may read, they are not what is wrong.
            Some(setback) if setback.is_of_the_signature() && self.read_one(probe).await.is_ok() => anyhow::anyhow!(
                "the server at {} takes the keys for reading, and for a conditional write ({}) it says: {setback}; look for a proxy that drops or changes that header",
                self.place.server(),
                self.place.condition()
            ),
            _ => sentence(&format!("writing {probe} of the tracker"), &self.place, error),
        }
    }
}
