//! The proof that a server refuses to create what is there, also to writers at the same moment.
//!
//! Some servers that speak as S3 does, and some proxies, take a conditional write and ignore the condition; others look
//! whether the object is there, and write it then, so that two writers at once both succeed. Two pipelines would overwrite
//! each other's records, and both be told that all went well.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::failure::{RequestSetback, sentence};
use super::gate::Gate;
use super::place::{Bucket, Signed};
use super::{ObjectStore, Put, put_once};
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

/// What a note stands for. A proof that finds more gets another number, so that all are made anew.
const VERSION: u32 = 2;

/// How many creates race for one key. More of them keep a server that lets them wait waiting for longer, and find no more.
const RACERS: usize = 4;

/// How many rounds are held back halfway, all at once.
const HELD: usize = 4;

/// How many tight rounds there are, one after the other so that they don't keep each other from meeting. A server that looks
/// and then writes from memory lets two of four pass in every second to tenth.
const TIGHT: usize = 48;

/// No further tight round begins after this, where some servers let whoever has to wait wait for a second.
const LONGEST: Duration = Duration::from_secs(2);

/// So many rounds have to be decided, whatever it takes, within this.
const FEWEST: usize = 4;
const LONGEST_FEWEST: Duration = Duration::from_secs(60);

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
        let server = Digest::of(format!("{} {VERSION}", self.place.describe()).as_bytes()).to_string();
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

    /// Several creates of one new key at once, in many rounds: of each just one may succeed.
    async fn race(&self, name: &str) -> Result<()> {
        let mut keys = (0..).map(|round| format!("{name}-{round}"));
        // A server that doesn't get the digest of the body beforehand need not wait for the body before it looks.
        let unsigned = self.place.open(self.connector.clone(), Signed::Head)?;
        let mut passed = self.held(&*unsigned, Signed::Head, &mut keys).await?;
        if passed == 0 {
            passed = self.held(&*self.bucket, Signed::All, &mut keys).await?;
        }
        let (started, mut tight) = (Instant::now(), 0);
        while tight < TIGHT && (started.elapsed() < LONGEST || passed < FEWEST) && started.elapsed() < LONGEST_FEWEST {
            let Some(key) = keys.next() else { break };
            passed += usize::from(self.round(&*self.bucket, Signed::All, Gate::tight(RACERS), key).await?);
            tight += 1;
        }
        if passed >= FEWEST {
            return Ok(());
        }
        bail!(
            "the server at {} refuses to create objects that are not there, {} times, so nothing was recorded in {}; try again later",
            self.place.server(),
            HELD + tight - passed,
            self.place.describe()
        )
    }

    /// Rounds at once, since they have to wait. Tells how many were decided.
    async fn held(
        &self,
        bucket: &dyn Bucket,
        signed: Signed,
        keys: &mut impl Iterator<Item = String>,
    ) -> Result<usize> {
        let rounds = keys.take(HELD).map(|key| self.round(bucket, signed, Gate::held(RACERS), key));
        let mut rounds: FuturesUnordered<_> = rounds.collect();
        let mut passed = 0;
        while let Some(round) = rounds.next().await {
            passed += usize::from(round?);
        }
        Ok(passed)
    }

    /// One round. Tells whether just one create succeeded; if none did, the key was not new, or nobody could say.
    async fn round(&self, bucket: &dyn Bucket, signed: Signed, gate: Gate, key: String) -> Result<bool> {
        let path = self.path(&key)?;
        let race = |racer: usize| {
            let (text, path, gate) = (format!("racer {racer} of davos\n"), &path, gate.clone());
            async move { (put_once(bucket, path, text.as_bytes(), Some(gate)).await, text) }
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
                    // Not every server takes a body that isn't signed.
                    _ if signed == Signed::Head => unclear = true,
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
        let words = format!("Of {RACERS} creates at once just one succeeded, in each of many rounds.\n");
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
