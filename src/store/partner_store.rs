//! The tracker of somebody else: it is read and never written, for so long and so much at most, and whatever it does, the own
//! work goes on.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::{ChangeToken, Object, ReadLimits, Store, StoreConfig};
use crate::product::PartnerName;

/// The most bytes of one object, and of what is read of a log at once. Of our own events the largest have some hundred kilobytes.
const LIMITS: ReadLimits = ReadLimits { object: 6 << 20, at_once: 32 << 20 };

/// The most bytes in one step: the events of a log of decades.
const MOST_BYTES: usize = 128 << 20;

/// Something to do with the store, in the thread that has it.
type Job = Box<dyn FnOnce(&dyn Store) + Send>;

/// A partner's tracker.
pub struct PartnerStore {
    described: String,
    reader: StoreReader,
    /// When nobody waits for it any more.
    until: Instant,
    /// How long that was.
    patience: Duration,
    left: Cell<usize>,
    /// Whether it was given up.
    silent: Cell<bool>,
}

/// Who asks the store.
enum StoreReader {
    /// We do: a folder answers at once.
    Here(Box<dyn Store>),
    /// A thread that is left alone when it takes too long.
    Apart { jobs: RefCell<Option<Sender<Job>>>, thread: RefCell<Option<JoinHandle<()>>> },
}

impl PartnerStore {
    /// The tracker of this configuration, which is waited for so long in all. What is kept of it goes to `folder`. Nothing is
    /// asked yet.
    ///
    /// # Errors
    /// If what the source says of it can't be used.
    pub fn open(
        name: PartnerName,
        config: &StoreConfig,
        ca_certs: &[String],
        folder: &Path,
        seed: u64,
        patience: Duration,
    ) -> Result<PartnerStore> {
        let (reader, described) = match config {
            StoreConfig::File { .. } => {
                let store = config.open_within(LIMITS, ca_certs, folder, seed)?;
                let described = store.describe();
                (StoreReader::Here(store), described)
            }
            _ => apart(config.clone(), ca_certs.to_vec(), folder, seed)?,
        };
        let described = format!("{described} (partner {name})");
        let (until, left, silent) = (Instant::now() + patience, Cell::new(MOST_BYTES), Cell::new(false));
        Ok(PartnerStore { described, reader, until, patience, left, silent })
    }

    /// Asks it, while there is time.
    fn ask<T: Send + 'static>(&self, job: impl FnOnce(&dyn Store) -> Result<T> + Send + 'static) -> Result<T> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() || self.silent.get() {
            return Err(self.too_late());
        }
        let jobs = match &self.reader {
            StoreReader::Here(store) => return job(store.as_ref()),
            StoreReader::Apart { jobs, .. } => jobs.borrow(),
        };
        let (answer, answers) = channel();
        let job: Job = Box::new(move |store| drop(answer.send(job(store))));
        let asked = jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        match answers.recv_timeout(left) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) if asked => {
                self.silent.set(true);
                Err(self.too_late())
            }
            Err(_) => bail!("{} can't be read any more: who reads it has ended", self.described),
        }
    }

    fn too_late(&self) -> anyhow::Error {
        anyhow::anyhow!("{} didn't answer within {} seconds", self.described, self.patience.as_secs())
    }
}

/// The store of this configuration in a thread of its own, and where it is.
fn apart(config: StoreConfig, ca_certs: Vec<String>, folder: &Path, seed: u64) -> Result<(StoreReader, String)> {
    let folder = folder.to_owned();
    let (jobs, work): (Sender<Job>, Receiver<Job>) = channel();
    let (opened, opening) = channel();
    let read = move || {
        let store = match config.open_within(LIMITS, &ca_certs, &folder, seed) {
            Ok(store) => store,
            Err(error) => return drop(opened.send(Err(error))),
        };
        let _ = opened.send(Ok(store.describe()));
        work.into_iter().for_each(|job| job(store.as_ref()));
    };
    let thread = thread::Builder::new().name("partner".to_owned()).spawn(read).context("starting a thread")?;
    let described = opening.recv().context("opening a partner's tracker")??;
    Ok((StoreReader::Apart { jobs: RefCell::new(Some(jobs)), thread: RefCell::new(Some(thread)) }, described))
}

impl Drop for PartnerStore {
    /// Waits until the store has put away what it keeps, unless it was given up.
    fn drop(&mut self) {
        if let StoreReader::Apart { jobs, thread } = &self.reader {
            jobs.take();
            if let Some(thread) = thread.take().filter(|_| !self.silent.get()) {
                let _ = thread.join();
            }
        }
    }
}

impl Store for PartnerStore {
    fn describe(&self) -> String {
        self.described.clone()
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>> {
        let (folder, after) = (folder.to_owned(), after.to_owned());
        // What the partner writes meanwhile is for the next step.
        self.ask(move |store| store.list_cached(&folder, &after))
    }

    fn change_token(&self, key: &str) -> Option<ChangeToken> {
        match &self.reader {
            StoreReader::Here(store) => store.change_token(key),
            StoreReader::Apart { .. } => None,
        }
    }

    fn announce(&self, keys: &[String]) -> Result<()> {
        let keys = keys.to_vec();
        self.ask(move |store| store.announce(&keys))
    }

    fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        let keys = keys.to_vec();
        let read = self.ask(move |store| store.read(&keys))?;
        let bytes: usize = read.iter().flatten().map(Vec::len).sum();
        self.count_kept(bytes)?;
        Ok(read)
    }

    fn count_kept(&self, bytes: usize) -> Result<()> {
        match self.left.get().checked_sub(bytes) {
            Some(left) => self.left.set(left),
            None => bail!(
                "{} has more than {} MiB to be read in one step, which is more than is read of a partner",
                self.described,
                MOST_BYTES >> 20
            ),
        }
        Ok(())
    }

    fn create(&self, _objects: &[Object]) -> Result<usize> {
        bail!("{} is only read, and never written to; this is a bug of davos", self.described)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partner(folder: &Path, patience: Duration) -> PartnerStore {
        let config = StoreConfig::File { path: folder.to_owned() };
        let name = "foundation".parse().expect("a name");
        PartnerStore::open(name, &config, &[], folder, 1, patience).expect("a store")
    }

    #[test]
    fn it_is_read_and_never_written() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("rootfs")).expect("a folder");
        std::fs::write(folder.path().join("rootfs/00000001.json"), "x").expect("a file");
        let store = partner(folder.path(), Duration::from_secs(60));
        assert_eq!(store.list("rootfs", "").expect("names"), ["00000001.json"]);
        let keys = ["rootfs/00000001.json".to_owned(), "rootfs/00000002.json".to_owned()];
        assert_eq!(store.read(&keys).expect("bytes"), [Some(b"x".to_vec()), None]);
        let error = store.create(&[Object::new("rootfs/00000002.json", "y")]).expect_err("never written");
        assert!(error.to_string().contains("(partner foundation) is only read"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path().join("rootfs")).expect("a folder").count(), 1);
    }

    #[test]
    fn no_more_is_read_than_is_borne() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = |nth: usize| format!("rootfs-{nth}");
        for nth in 0..7 {
            std::fs::write(folder.path().join(key(nth)), vec![b'x'; 5 << 20]).expect("a file");
        }
        std::fs::write(folder.path().join("large"), vec![b'x'; (6 << 20) + 1]).expect("a file");
        let store = partner(folder.path(), Duration::from_secs(60));
        let error = store.read(&["large".to_owned()]).expect_err("too large");
        assert!(format!("{error:#}").contains("larger than 6 MiB"), "{error:#}");
        let all: Vec<String> = (0..7).map(key).collect();
        let error = store.read(&all).expect_err("too much at once");
        assert!(error.to_string().contains("more than 32 MiB"), "{error}");
        let mut read = (0..).map(|_| store.read(&[key(0)]));
        let error = read.find_map(Result::err).expect("an end");
        assert!(error.to_string().contains("more than 128 MiB to be read in one step"), "{error}");
    }

    #[test]
    fn what_was_kept_of_it_counts_as_read() {
        use crate::tracker::{Addition, Body, By, Log, Retry};
        let folder = tempfile::tempdir().expect("a folder");
        let (there, kept) = (folder.path().join("theirs"), folder.path().join("kept"));
        std::fs::create_dir_all(&there).expect("a folder");
        let product = "rootfs".parse().expect("a name");
        let theirs = StoreConfig::File { path: there.clone() }.open_within(LIMITS, &[], &kept, 1).expect("a store");
        let mut log = Log::read(theirs.as_ref(), &product, &folder.path().join("of-theirs")).expect("a log");
        let retry = Retry { budget: Duration::from_secs(1), seed: 1 };
        log.append(&By::default(), jiff::Timestamp::UNIX_EPOCH, retry, |log| {
            let released =
                serde_json::json!({"version": "1", "packages": null, "fixed": [], "not_affected": [], "open": []});
            let events = vec![Body::Released(serde_json::from_value(released)?)];
            Ok(if log.state().is_empty() { Addition { packages: Vec::new(), events } } else { Addition::default() })
        })
        .expect("written");
        for (left, is_read) in [(MOST_BYTES, true), (10, false)] {
            let store = partner(&there, Duration::from_secs(60));
            store.left.set(left);
            let read = Log::read(&store, &product, &kept);
            assert_eq!(read.is_ok(), is_read, "{:?}", read.err());
        }
    }

    #[test]
    fn who_is_out_of_time_is_not_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = partner(folder.path(), Duration::ZERO);
        let error = store.list("", "").expect_err("no time");
        assert!(error.to_string().contains("(partner foundation) didn't answer within 0 seconds"), "{error}");
    }

    #[test]
    fn a_silent_server_is_given_up() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let uri = format!("http://{}/x.git", silent.local_addr().expect("an address"));
        let folder = tempfile::tempdir().expect("a folder");
        let config = super::super::GitConfig::new(uri.parse().expect("an address"));
        let config = StoreConfig::Git(Box::new(config));
        let name = "foundation".parse().expect("a name");
        let started = Instant::now();
        let patience = Duration::from_secs(1);
        let store = PartnerStore::open(name, &config, &[], folder.path(), 1, patience).expect("a store");
        let error = store.list("rootfs", "").expect_err("silence");
        assert!(error.to_string().contains("didn't answer within 1 seconds"), "{error}");
        assert!(store.read(&["rootfs/00000001.json".to_owned()]).is_err());
        drop(store);
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
