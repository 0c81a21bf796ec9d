//! A store in a git repository, through the `git` program.
//!
//! All objects of one call are one commit on top of the branch, pushed as a fast-forward: the server takes it whole or not
//! at all, and refuses it if another commit came first. Nobody else's work is ever overwritten.

mod access;
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

use self::failure::GitFailure;
pub(super) use self::keys::read;
use self::mirror::{Mirror, MirrorKind, MirrorPlan};
use self::remote::Found;
use self::view::{Presence, View};
use super::{Object, Store, refuse_too_large};

pub use self::children::end_children;
pub use self::config::{Branch, Committer, Credentials, GitConfig, Remote, Transport};

/// How long to go on when commits to other logs on the same branch are quicker.
const PUSH_BUDGET: Duration = Duration::from_secs(120);

/// How long a server that is away is asked again.
const AGAIN: Duration = Duration::from_secs(20);

/// A store on a branch of a git repository.
pub struct GitStore {
    plan: MirrorPlan,
    seed: u64,
    state: RefCell<BranchState>,
}

/// What is known of the branch.
struct BranchState {
    mirror: Option<Mirror>,
    branch: LastFetch,
    /// Whether the branch has moved on since it was fetched, as far as we know.
    moved: bool,
}

/// What was fetched last.
enum LastFetch {
    Nothing,
    /// A repository without branches.
    Empty,
    Commit(View),
}

/// What became of an attempt to create objects.
enum Attempt {
    /// So many are there from the start.
    Settled(usize),
    /// Another commit came first.
    Lost(GitFailure),
}

impl GitStore {
    /// The store of this configuration. A copy of the branch is kept in `folder`, which nobody else may write; nothing is
    /// asked yet. `seed` is where random pauses start from.
    pub fn new(config: GitConfig, ca_certs: &[String], folder: &Path, seed: u64) -> GitStore {
        let plan = MirrorPlan { config, ca_certs: ca_certs.to_vec(), folder: folder.to_owned() };
        GitStore {
            plan,
            seed,
            state: RefCell::new(BranchState { mirror: None, branch: LastFetch::Nothing, moved: false }),
        }
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
        anyhow!("{doing} the tracker in {}{through}: {failure}{tls}{proxy}", self.describe())
    }
}

impl BranchState {
    fn mirror(&mut self, plan: &MirrorPlan) -> Result<&Mirror, GitFailure> {
        match &mut self.mirror {
            Some(mirror) => Ok(mirror),
            empty => Ok(empty.insert(Mirror::take(plan)?)),
        }
    }

    fn renew(&mut self, plan: &MirrorPlan, kind: MirrorKind) -> Result<(), GitFailure> {
        self.branch = LastFetch::Nothing;
        if let Some(mirror) = self.mirror.take() {
            self.mirror = Some(mirror.renew(plan, kind)?);
        }
        Ok(())
    }

    fn fetch(&mut self, plan: &MirrorPlan) -> Result<(), GitFailure> {
        let moved = self.moved;
        let found = self.mirror(plan)?.fetch(plan, moved)?;
        self.moved = false;
        self.branch = match (found, std::mem::replace(&mut self.branch, LastFetch::Nothing)) {
            (Found::Empty, _) => LastFetch::Empty,
            (Found::Tip(commit), LastFetch::Commit(view)) if view.commit == commit => LastFetch::Commit(view),
            (Found::Tip(commit), _) => LastFetch::Commit(View::new(commit)),
        };
        Ok(())
    }

    /// What was fetched last, with the copy that it is in; fetched now if nothing was. `None` of an empty repository.
    fn view(&mut self, plan: &MirrorPlan) -> Result<Option<(&mut View, &Mirror)>, GitFailure> {
        if matches!(self.branch, LastFetch::Nothing) {
            self.fetch(plan)?;
        }
        self.mirror(plan)?;
        Ok(match (&mut self.branch, &self.mirror) {
            (LastFetch::Commit(view), Some(mirror)) => Some((view, mirror)),
            _ => None,
        })
    }

    /// One attempt to create the objects, on top of what was fetched last.
    fn create(&mut self, plan: &MirrorPlan, objects: &[Object]) -> Result<Attempt, GitFailure> {
        let (there, missing) = self.standing(plan, objects)?;
        if there == objects.len() || !missing {
            return Ok(Attempt::Settled(there));
        }
        let tip = self.view(plan)?.map(|(view, _)| view.commit.clone());
        let config = &plan.config;
        let paths = objects[there..].iter().map(|object| (path(plan, &object.key), object)).collect::<Vec<_>>();
        let message = commit::message(config.commit_message.as_deref(), &objects[there..]);
        let stream = commit::stream(&config.committer, &message, tip.as_deref(), &paths);
        let mirror = self.mirror(plan)?;
        let made = mirror.git.run(
            &["fast-import", "--force", "--quiet", "--done", "--date-format=now"],
            stream,
            commit::LONGEST_NAME,
        )?;
        let commit = String::from_utf8_lossy(&made).trim().to_owned();
        match mirror.push(plan, &commit) {
            Ok(()) => {}
            Err(lost @ GitFailure::Lost(_)) => {
                self.moved = true;
                return Ok(Attempt::Lost(lost));
            }
            Err(failure) => return Err(failure),
        }
        self.read_back(plan, &commit, objects).map(|()| Attempt::Settled(objects.len()))
    }

    /// Only what the server gives out again is recorded.
    fn read_back(&mut self, plan: &MirrorPlan, commit: &str, objects: &[Object]) -> Result<(), GitFailure> {
        self.branch = LastFetch::Nothing;
        let mirror = self.mirror(plan)?;
        if mirror.tip_of_the_server(plan)?.as_deref() == Some(commit) {
            mirror.keep_tip(commit)?;
            self.branch = LastFetch::Commit(View::new(commit.to_owned()));
            return Ok(());
        }
        // Somebody else may have pushed on top.
        self.moved = true;
        match self.standing(plan, objects)? {
            (there, _) if there == objects.len() => Ok(()),
            _ => Err(GitFailure::Refused(
                "the server took the push but doesn't have it".to_owned(),
                "somebody else may have forced the branch back; look at its history",
            )),
        }
    }

    /// How many of the objects are there from the start, and whether all the others are missing.
    fn standing(&mut self, plan: &MirrorPlan, objects: &[Object]) -> Result<(usize, bool), GitFailure> {
        let keyed: Vec<_> = objects.iter().map(|object| (path(plan, &object.key), object)).collect();
        let Some((view, mirror)) = self.view(plan)? else { return Ok((0, true)) };
        let standing = view.standing(mirror, &keyed)?;
        let there = standing.iter().take_while(|standing| **standing == Presence::Same).count();
        Ok((there, standing[there..].iter().all(|standing| *standing == Presence::Missing)))
    }
}

/// The path of a key in the repository.
fn path(plan: &MirrorPlan, key: &str) -> String {
    [plan.config.path.as_str(), key].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/")
}

fn paths(plan: &MirrorPlan, keys: &[String]) -> Vec<String> {
    keys.iter().map(|key| path(plan, key)).collect()
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
            Some((view, mirror)) => view.contents(mirror, &paths(plan, keys)),
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
