//! What is known of the branch, and one attempt to add to it.

use super::commit;
use super::failure::GitFailure;
use super::mirror::{Mirror, MirrorKind, MirrorPlan};
use super::remote::Found;
use super::view::{Presence, View};
use crate::store::Object;

/// What is known of the branch.
pub(super) struct BranchState {
    pub(super) mirror: Option<Mirror>,
    pub(super) branch: LastFetch,
    /// Whether the branch has moved on since it was fetched, as far as we know.
    pub(super) moved: bool,
}

/// What was fetched last.
pub(super) enum LastFetch {
    Nothing,
    /// A repository without branches.
    Empty,
    Commit(View),
}

/// What became of an attempt to create objects.
pub(super) enum Attempt {
    /// So many are there from the start.
    Settled(usize),
    /// Another commit came first.
    Lost(GitFailure),
}

impl BranchState {
    pub(super) fn mirror(&mut self, plan: &MirrorPlan) -> Result<&Mirror, GitFailure> {
        match &mut self.mirror {
            Some(mirror) => Ok(mirror),
            empty => Ok(empty.insert(Mirror::take(plan)?)),
        }
    }

    pub(super) fn renew(&mut self, plan: &MirrorPlan, kind: MirrorKind) -> Result<(), GitFailure> {
        self.branch = LastFetch::Nothing;
        if let Some(mirror) = self.mirror.take() {
            self.mirror = Some(mirror.renew(plan, kind)?);
        }
        Ok(())
    }

    pub(super) fn fetch(&mut self, plan: &MirrorPlan) -> Result<(), GitFailure> {
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
    pub(super) fn view(&mut self, plan: &MirrorPlan) -> Result<Option<(&mut View, &Mirror)>, GitFailure> {
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
    pub(super) fn create(&mut self, plan: &MirrorPlan, objects: &[Object]) -> Result<Attempt, GitFailure> {
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
    pub(super) fn read_back(&mut self, plan: &MirrorPlan, commit: &str, objects: &[Object]) -> Result<(), GitFailure> {
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
    pub(super) fn standing(&mut self, plan: &MirrorPlan, objects: &[Object]) -> Result<(usize, bool), GitFailure> {
        let keyed: Vec<_> = objects.iter().map(|object| (path(plan, &object.key), object)).collect();
        let Some((view, mirror)) = self.view(plan)? else { return Ok((0, true)) };
        let standing = view.standing(mirror, &keyed)?;
        let there = standing.iter().take_while(|standing| **standing == Presence::Same).count();
        Ok((there, standing[there..].iter().all(|standing| *standing == Presence::Missing)))
    }
}

/// The path of a key in the repository.
pub(super) fn path(plan: &MirrorPlan, key: &str) -> String {
    [plan.config.path.as_str(), key].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/")
}

pub(super) fn paths(plan: &MirrorPlan, keys: &[String]) -> Vec<String> {
    keys.iter().map(|key| path(plan, key)).collect()
}
