//! A store in a git repository, through the `git` program.
//!
//! All objects of one call are one commit on top of the branch, pushed as a fast-forward: the server takes it whole or not
//! at all, and refuses it if another commit came first. Nobody else's work is ever overwritten.

mod access;
mod commit;
mod config;
mod failure;
mod mirror;
mod program;
mod tree;

use std::cell::RefCell;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use backon::{BackoffBuilder, ExponentialBuilder};

use self::failure::Failure;
use self::mirror::{Mirror, Plan};
use self::tree::{Standing, contents, names, standing};
use super::{Object, Store};

pub use self::config::{Branch, Committer, Credentials, GitConfig, Remote, Transport};

/// How long to go on when commits to other logs on the same branch are quicker.
const PUSH_BUDGET: Duration = Duration::from_secs(120);

/// How often a server that is away is asked again. The pauses are 0.3 to 0.6 seconds at first and double each time:
/// 10 to 20 seconds in all.
const TRIES_AGAIN: usize = 5;

/// A store on a branch of a git repository.
pub struct GitStore {
    plan: Plan,
    seed: u64,
    state: RefCell<State>,
}

/// What is known of the branch.
struct State {
    mirror: Option<Mirror>,
    /// The commit that was fetched last; `Some(None)` if the repository was empty.
    tip: Option<Option<String>>,
}

/// What became of an attempt to create objects.
enum Attempt {
    /// So many are there from the start.
    Settled(usize),
    /// Another commit came first.
    Lost(Failure),
}

impl GitStore {
    /// The store of this configuration. A copy of the branch is kept in `folder`, which nobody else may write; nothing is
    /// asked yet. `seed` is where random pauses start from.
    pub fn new(config: GitConfig, ca_certs: &[String], folder: &Path, seed: u64) -> GitStore {
        let plan = Plan { config, ca_certs: ca_certs.to_vec(), folder: folder.to_owned() };
        GitStore { plan, seed, state: RefCell::new(State { mirror: None, tip: None }) }
    }

    /// Does it, and again where the server was away or our copy was damaged.
    fn persist<T>(&self, doing: &str, mut act: impl FnMut(&mut State, &Plan) -> Result<T, Failure>) -> Result<T> {
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(300))
            .with_max_times(TRIES_AGAIN)
            .with_jitter()
            .with_jitter_seed(self.seed)
            .build();
        let state = &mut *self.state.borrow_mut();
        loop {
            let failure = match act(state, &self.plan) {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            let may_be_damaged = state.mirror.as_ref().is_some_and(|mirror| !mirror.fresh);
            match (&failure, pauses.next()) {
                (Failure::Outage(_), Some(pause)) => {
                    // What was sent may have got through; what is known is no longer what counts.
                    state.tip = None;
                    std::thread::sleep(pause);
                }
                (Failure::Broken(_), _) if may_be_damaged => {
                    state.renew(&self.plan).map_err(|failure| anyhow!("{failure}"))?
                }
                _ => return Err(anyhow!("{doing} the tracker in {}: {failure}", self.describe())),
            }
        }
    }
}

impl State {
    fn mirror(&mut self, plan: &Plan) -> Result<&Mirror, Failure> {
        match &mut self.mirror {
            Some(mirror) => Ok(mirror),
            empty => Ok(empty.insert(Mirror::take(plan)?)),
        }
    }

    fn renew(&mut self, plan: &Plan) -> Result<(), Failure> {
        self.tip = None;
        if let Some(mirror) = self.mirror.take() {
            self.mirror = Some(mirror.renew(plan)?);
        }
        Ok(())
    }

    /// The commit that was fetched last; fetched now if none was.
    fn tip(&mut self, plan: &Plan) -> Result<Option<String>, Failure> {
        if self.tip.is_none() {
            self.fetch(plan)?;
        }
        Ok(self.tip.clone().flatten())
    }

    fn fetch(&mut self, plan: &Plan) -> Result<(), Failure> {
        let (address, branch) = (plan.config.remote.address(), plan.config.branch.as_str());
        let git = &self.mirror(plan)?.git;
        let refs = format!("+refs/heads/{branch}:refs/davos/tip");
        let arguments = ["fetch", "--quiet", "--no-tags", "--no-auto-maintenance", "--no-write-fetch-head"];
        let arguments = [&arguments[..], &["--no-recurse-submodules", "--", address, &refs]].concat();
        for _ in 0..3 {
            let output = git.try_run(&arguments, Vec::new())?;
            if output.success {
                let tip = git.run(&["rev-parse", "--verify", "refs/davos/tip"], Vec::new())?;
                self.tip = Some(Some(String::from_utf8_lossy(&tip).trim().to_owned()));
                return Ok(());
            }
            if !output.stderr.contains("couldn't find remote ref") {
                return Err(Failure::of(&output));
            }
            let arguments = ["ls-remote", "--quiet", "--heads", "--", address];
            let asked = git.with("GIT_TRACE_PACKET", "1").try_run(&arguments, Vec::new())?;
            if !asked.success {
                // Told without the trace.
                git.run(&arguments, Vec::new())?;
                continue;
            }
            let heads = String::from_utf8_lossy(&asked.stdout).into_owned();
            let heads: Vec<&str> = heads.lines().filter_map(|line| line.split("\trefs/heads/").nth(1)).collect();
            // A page to sign in on, taken for a server that only has files, has no branches either; nobody spoke git there.
            if heads.is_empty() && !asked.stderr.contains("packet:") {
                return Err(Failure::Refused(
                    "what answers there is no git server, but some page".to_owned(),
                    "check uri, and look for a proxy or a page to sign in on",
                ));
            }
            if heads.is_empty() {
                self.tip = Some(None);
                return Ok(());
            }
            // Another first writer may have made it just now.
            if !heads.contains(&branch) {
                let known = heads.iter().take(10).copied().collect::<Vec<_>>().join(", ");
                let words = format!("the repository has no branch {branch} (it has {known})");
                return Err(Failure::Refused(words, "make the branch, or name the right one in tracker.branch"));
            }
        }
        Err(Failure::Outage(format!("the branch {branch} comes and goes")))
    }

    /// One attempt to create the objects, on top of what was fetched last.
    fn create(&mut self, plan: &Plan, objects: &[Object]) -> Result<Attempt, Failure> {
        let (there, missing) = self.standing(plan, objects)?;
        if there == objects.len() || !missing {
            return Ok(Attempt::Settled(there));
        }
        let tip = self.tip(plan)?;
        let config = &plan.config;
        let paths = objects[there..].iter().map(|object| (path(plan, &object.key), object)).collect::<Vec<_>>();
        let message = commit::message(config.commit_message.as_deref(), &objects[there..]);
        let stream = commit::stream(&config.committer, &message, tip.as_deref(), &paths);
        let git = &self.mirror(plan)?.git;
        let made = git.run(&["fast-import", "--force", "--quiet", "--done", "--date-format=now"], stream)?;
        let commit = String::from_utf8_lossy(&made).trim().to_owned();
        let refs = format!("{commit}:refs/heads/{}", config.branch.as_str());
        let arguments = ["push", "--porcelain", "--no-verify", "--no-signed", "--no-follow-tags"];
        let arguments = [&arguments[..], &["--recurse-submodules=no", "--", config.remote.address(), &refs]].concat();
        let output = git.try_run(&arguments, Vec::new())?;
        self.tip = None;
        if !output.success {
            return match Failure::of_push(&output) {
                lost @ Failure::Lost(_) => Ok(Attempt::Lost(lost)),
                failure => Err(failure),
            };
        }
        // Read back: only what the server gives out again is recorded.
        match self.standing(plan, objects)? {
            (there, _) if there == objects.len() => Ok(Attempt::Settled(there)),
            _ => Err(Failure::Refused(
                "the server took the push but doesn't have it".to_owned(),
                "somebody else may have forced the branch back; look at its history",
            )),
        }
    }

    /// How many of the objects are there from the start, and whether all the others are missing.
    fn standing(&mut self, plan: &Plan, objects: &[Object]) -> Result<(usize, bool), Failure> {
        let Some(tip) = self.tip(plan)? else { return Ok((0, true)) };
        let keyed: Vec<_> = objects.iter().map(|object| (path(plan, &object.key), object)).collect();
        let standing = standing(&self.mirror(plan)?.git, &tip, &keyed)?;
        let there = standing.iter().take_while(|standing| **standing == Standing::Same).count();
        Ok((there, standing[there..].iter().all(|standing| *standing == Standing::Missing)))
    }
}

/// The path of a key in the repository.
fn path(plan: &Plan, key: &str) -> String {
    [plan.config.path.as_str(), key].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/")
}

impl Store for GitStore {
    fn describe(&self) -> String {
        let config = &self.plan.config;
        let folder = if config.path.is_empty() { String::new() } else { format!(", folder {}", config.path) };
        format!("{} (branch {}{folder})", config.remote.address(), config.branch.as_str())
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>> {
        // Whatever was fetched before is no longer what counts.
        self.persist("reading", |state, plan| state.fetch(plan))?;
        self.look(folder, after)
    }

    fn look(&self, folder: &str, after: &str) -> Result<Vec<String>> {
        self.persist("reading", |state, plan| {
            let Some(tip) = state.tip(plan)? else { return Ok(Vec::new()) };
            let mut names = names(&state.mirror(plan)?.git, &tip, &path(plan, folder))?;
            names.retain(|name| name.as_str() > after);
            Ok(names)
        })
    }

    fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        self.persist("reading", |state, plan| {
            let Some(tip) = state.tip(plan)? else { return Ok(vec![None; keys.len()]) };
            let paths: Vec<String> = keys.iter().map(|key| path(plan, key)).collect();
            contents(&state.mirror(plan)?.git, &tip, &paths)
        })
    }

    fn create(&self, objects: &[Object]) -> Result<usize> {
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(10))
            .with_max_delay(Duration::from_secs(4))
            .without_max_times()
            .with_jitter()
            .with_jitter_seed(self.seed ^ 1)
            .build();
        let started = Instant::now();
        loop {
            let lost = match self.persist("writing to", |state, plan| state.create(plan, objects))? {
                Attempt::Settled(there) => return Ok(there),
                Attempt::Lost(lost) => lost,
            };
            // Whoever wants the same keys has them now, so nobody pauses for nothing.
            let (there, missing) = self.persist("reading", |state, plan| state.standing(plan, objects))?;
            if there == objects.len() || !missing {
                return Ok(there);
            }
            if started.elapsed() > PUSH_BUDGET {
                return Err(anyhow!("writing to the tracker in {}: {lost}", self.describe()));
            }
            std::thread::sleep(pauses.next().unwrap_or_default());
        }
    }
}
