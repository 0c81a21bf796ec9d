//! A store in a git repository, through the `git` program.
//!
//! All objects of one call are one commit on top of the branch, pushed as a fast-forward: the server takes it whole or not
//! at all, and refuses it if another commit came first. Nobody else's work is ever overwritten.

mod access;
mod children;
mod commit;
mod config;
mod failure;
mod kept;
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

use self::failure::Failure;
use self::mirror::{Kind, Mirror, Plan};
use self::remote::Found;
use self::view::{Standing, View};
use super::store::refuse_too_large;
use super::{Object, Store};

pub use self::children::end_children;
pub use self::config::{Branch, Committer, Credentials, GitConfig, Remote, Transport};

/// How long to go on when commits to other logs on the same branch are quicker.
const PUSH_BUDGET: Duration = Duration::from_secs(120);

/// How long a server that is away is asked again.
const AGAIN: Duration = Duration::from_secs(20);

/// A store on a branch of a git repository.
pub struct GitStore {
    plan: Plan,
    seed: u64,
    state: RefCell<State>,
}

/// What is known of the branch.
struct State {
    mirror: Option<Mirror>,
    branch: Known,
    /// Whether the branch has moved on since it was fetched, as far as we know.
    moved: bool,
}

/// What was fetched last.
enum Known {
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
    Lost(Failure),
}

impl GitStore {
    /// The store of this configuration. A copy of the branch is kept in `folder`, which nobody else may write; nothing is
    /// asked yet. `seed` is where random pauses start from.
    pub fn new(config: GitConfig, ca_certs: &[String], folder: &Path, seed: u64) -> GitStore {
        let plan = Plan { config, ca_certs: ca_certs.to_vec(), folder: folder.to_owned() };
        GitStore { plan, seed, state: RefCell::new(State { mirror: None, branch: Known::Nothing, moved: false }) }
    }

    /// Does it, and again where that may help: the server was away, our copy was damaged or is of another kind than the
    /// repository needs.
    fn persist<T>(&self, doing: &str, mut act: impl FnMut(&mut State, &Plan) -> Result<T, Failure>) -> Result<T> {
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
                (Failure::Outage(_), _) | (Failure::Damaged(_), Some(Mirror { fresh: true, .. }) | None) => {
                    let pause = pauses.next().unwrap_or_default();
                    if started.elapsed() + pause > AGAIN {
                        return Err(self.told(doing, &failure));
                    }
                    // What was sent may have got through; what is known is no longer what counts.
                    state.branch = Known::Nothing;
                    std::thread::sleep(pause);
                    continue;
                }
                (Failure::Damaged(_), Some(mirror)) => Some(mirror.kind),
                (Failure::Plainer(_), Some(mirror)) => {
                    mirror.kind.extent.larger().map(|extent| Kind { extent, ..mirror.kind })
                }
                // Nobody has both formats: the other one is the last that is tried.
                (Failure::OtherFormat(_), Some(mirror)) if !mirror.kind.sha256 || !mirror.fresh => {
                    Some(Kind { sha256: !mirror.kind.sha256, ..mirror.kind })
                }
                _ => None,
            };
            let Some(kind) = renewed else { return Err(self.told(doing, &failure)) };
            state.renew(&self.plan, kind).map_err(|failure| self.told(doing, &failure))?;
        }
    }

    fn told(&self, doing: &str, failure: &Failure) -> anyhow::Error {
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

impl State {
    fn mirror(&mut self, plan: &Plan) -> Result<&Mirror, Failure> {
        match &mut self.mirror {
            Some(mirror) => Ok(mirror),
            empty => Ok(empty.insert(Mirror::take(plan)?)),
        }
    }

    fn renew(&mut self, plan: &Plan, kind: Kind) -> Result<(), Failure> {
        self.branch = Known::Nothing;
        if let Some(mirror) = self.mirror.take() {
            self.mirror = Some(mirror.renew(plan, kind)?);
        }
        Ok(())
    }

    fn fetch(&mut self, plan: &Plan) -> Result<(), Failure> {
        let moved = self.moved;
        let found = self.mirror(plan)?.fetch(plan, moved)?;
        self.moved = false;
        self.branch = match (found, std::mem::replace(&mut self.branch, Known::Nothing)) {
            (Found::Empty, _) => Known::Empty,
            (Found::Tip(commit), Known::Commit(view)) if view.commit == commit => Known::Commit(view),
            (Found::Tip(commit), _) => Known::Commit(View::new(commit)),
        };
        Ok(())
    }

    /// What was fetched last, with the copy that it is in; fetched now if nothing was. `None` of an empty repository.
    fn view(&mut self, plan: &Plan) -> Result<Option<(&mut View, &Mirror)>, Failure> {
        if matches!(self.branch, Known::Nothing) {
            self.fetch(plan)?;
        }
        self.mirror(plan)?;
        Ok(match (&mut self.branch, &self.mirror) {
            (Known::Commit(view), Some(mirror)) => Some((view, mirror)),
            _ => None,
        })
    }

    /// One attempt to create the objects, on top of what was fetched last.
    fn create(&mut self, plan: &Plan, objects: &[Object]) -> Result<Attempt, Failure> {
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
            Err(lost @ Failure::Lost(_)) => {
                self.moved = true;
                return Ok(Attempt::Lost(lost));
            }
            Err(failure) => return Err(failure),
        }
        self.read_back(plan, &commit, objects).map(|()| Attempt::Settled(objects.len()))
    }

    /// Only what the server gives out again is recorded.
    fn read_back(&mut self, plan: &Plan, commit: &str, objects: &[Object]) -> Result<(), Failure> {
        self.branch = Known::Nothing;
        let mirror = self.mirror(plan)?;
        if mirror.tip_of_the_server(plan)?.as_deref() == Some(commit) {
            mirror.keep_tip(commit)?;
            self.branch = Known::Commit(View::new(commit.to_owned()));
            return Ok(());
        }
        // Somebody else may have pushed on top.
        self.moved = true;
        match self.standing(plan, objects)? {
            (there, _) if there == objects.len() => Ok(()),
            _ => Err(Failure::Refused(
                "the server took the push but doesn't have it".to_owned(),
                "somebody else may have forced the branch back; look at its history",
            )),
        }
    }

    /// How many of the objects are there from the start, and whether all the others are missing.
    fn standing(&mut self, plan: &Plan, objects: &[Object]) -> Result<(usize, bool), Failure> {
        let keyed: Vec<_> = objects.iter().map(|object| (path(plan, &object.key), object)).collect();
        let Some((view, mirror)) = self.view(plan)? else { return Ok((0, true)) };
        let standing = view.standing(mirror, &keyed)?;
        let there = standing.iter().take_while(|standing| **standing == Standing::Same).count();
        Ok((there, standing[there..].iter().all(|standing| *standing == Standing::Missing)))
    }
}

/// The path of a key in the repository.
fn path(plan: &Plan, key: &str) -> String {
    [plan.config.path.as_str(), key].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/")
}

fn paths(plan: &Plan, keys: &[String]) -> Vec<String> {
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
        self.look(folder, after)
    }

    fn look(&self, folder: &str, after: &str) -> Result<Vec<String>> {
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
