//! A store in a git repository, through the `git` program.
//!
//! All objects of one call are one commit on top of the branch, pushed as a fast-forward: the server takes it whole or not
//! at all, and refuses it if another commit came first. Nobody else's work is ever overwritten.

mod access;
mod branch_state;
mod capture;
mod children;
mod commit;
mod config;
mod failure;
mod keys;
mod mirror;
mod phrases;
mod program;
mod remote;
mod tree;
mod view;

use std::cell::RefCell;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use backon::{BackoffBuilder, ExponentialBuilder};

use self::branch_state::{Attempt, BranchState, LastFetch, path, paths};
use self::failure::GitFailure;
pub(crate) use self::keys::read;
use self::mirror::{Mirror, MirrorKind, MirrorPlan};
use super::{Object, ReadLimits, Store, refuse_too_large};

pub use self::children::end_children;
pub use self::config::{Branch, Committer, Credentials, GitConfig, Remote, Transport};

/// How long to go on when commits to other logs on the same branch are quicker.
const PUSH_BUDGET: Duration = Duration::from_secs(120);

/// How long a server that is away is asked again.
const AGAIN: Duration = Duration::from_secs(20);

/// A store on a branch of a git repository.
pub struct GitStore {
    plan: MirrorPlan,
    /// What people call it, in errors.
    called: &'static str,
    seed: u64,
    state: RefCell<BranchState>,
}

impl GitStore {
    /// The store of this configuration. A copy of the branch is kept in `folder`, which nobody else may write; nothing is
    /// asked yet. `seed` is where random pauses start from.
    pub fn new(config: GitConfig, ca_certs: &[String], folder: &Path, seed: u64) -> GitStore {
        let limits = ReadLimits::default();
        let plan = MirrorPlan { config, ca_certs: ca_certs.to_vec(), folder: folder.to_owned(), limits };
        GitStore {
            plan,
            called: "the tracker",
            seed,
            state: RefCell::new(BranchState { mirror: None, branch: LastFetch::Nothing, moved: false }),
        }
    }

    /// The same, of which no more is read than this.
    pub(super) fn within(mut self, limits: ReadLimits) -> GitStore {
        self.plan.limits = limits;
        self
    }

    /// The same, which people call this rather than the tracker.
    pub(crate) fn called(mut self, called: &'static str) -> GitStore {
        self.called = called;
        self
    }

    /// Does it, and again where that may help: the server was away, our copy was damaged or is of another kind than the
    /// repository needs.
    fn persist<T>(
        &self,
        doing: &str,
        mut act: impl FnMut(&mut BranchState, &MirrorPlan) -> Result<T, GitFailure>,
    ) -> Result<T> {
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(300))
            .with_max_delay(Duration::from_secs(5))
            .without_max_times()
            .with_jitter()
            .with_jitter_seed(self.seed)
            .build();
        let started = Instant::now();
        let state = &mut *self.state.borrow_mut();
        loop {
            let failure = match act(state, &self.plan) {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            let renewed = match (&failure, &state.mirror) {
                // What a new copy has can't be damaged for long: the server sent it so.
                (GitFailure::Outage(_), _) | (GitFailure::Damaged(_), Some(Mirror { fresh: true, .. }) | None) => {
                    let pause = pauses.next().unwrap_or_default();
                    if started.elapsed() + pause > AGAIN {
                        return Err(self.told(doing, &failure));
                    }
                    // What was sent may have got through; what is known is no longer what counts.
                    state.branch = LastFetch::Nothing;
                    std::thread::sleep(pause);
                    continue;
                }
                (GitFailure::Damaged(_), Some(mirror)) => Some(mirror.kind),
                (GitFailure::Plainer(_), Some(mirror)) => {
                    mirror.kind.extent.larger().map(|extent| MirrorKind { extent, ..mirror.kind })
                }
                // Nobody has both formats: the other one is the last that is tried.
                (GitFailure::OtherFormat(_), Some(mirror)) if !mirror.kind.sha256 || !mirror.fresh => {
                    Some(MirrorKind { sha256: !mirror.kind.sha256, ..mirror.kind })
                }
                _ => None,
            };
            let Some(kind) = renewed else { return Err(self.told(doing, &failure)) };
            state.renew(&self.plan, kind).map_err(|failure| self.told(doing, &failure))?;
        }
    }

    fn told(&self, doing: &str, failure: &GitFailure) -> anyhow::Error {
        let tls = match self.plan.config.remote.transport() {
            Transport::Http if failure.may_be_tls() => "; if it speaks TLS on that port, write https in uri",
            _ => "",
        };
        let through = access::way(&self.plan.config.remote).1;
        // With TLS, it is the server that answers.
        let proxy = match self.plan.config.remote.transport() {
            Transport::Http if !through.is_empty() && failure.is_an_answer() => "; or it was the proxy that said so",
            _ => "",
        };
        anyhow!("{doing} {} in {}{through}: {failure}{tls}{proxy}", self.called, self.describe())
    }
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
        self.list_cached(folder, after)
    }

    fn list_cached(&self, folder: &str, after: &str) -> Result<Vec<String>> {
        self.persist("reading", |state, plan| {
            let Some((view, mirror)) = state.view(plan)? else { return Ok(Vec::new()) };
            let mut names = view.names(mirror, &path(plan, folder))?;
            names.retain(|name| name.as_str() > after);
            Ok(names)
        })
    }

    fn announce(&self, keys: &[String]) -> Result<()> {
        self.persist("reading", |state, plan| match state.view(plan)? {
            Some((view, mirror)) => view.get(mirror, &paths(plan, keys)),
            None => Ok(()),
        })
    }

    fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        self.persist("reading", |state, plan| match state.view(plan)? {
            Some((view, mirror)) => view.contents(mirror, &paths(plan, keys), plan.limits),
            None => Ok(vec![None; keys.len()]),
        })
    }

    fn create(&self, objects: &[Object]) -> Result<usize> {
        refuse_too_large(objects)?;
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(10))
            .with_max_delay(Duration::from_secs(1))
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
            self.persist("reading", |state, plan| state.fetch(plan))?;
            let (there, missing) = self.persist("reading", |state, plan| state.standing(plan, objects))?;
            if there == objects.len() || !missing {
                return Ok(there);
            }
            if started.elapsed() > PUSH_BUDGET {
                return Err(self.told("writing to", &lost));
            }
            std::thread::sleep(pauses.next().unwrap_or_default());
        }
    }
}
