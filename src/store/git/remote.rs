//! What is asked of the server: where the branch is, what is new, and to take a commit.

use std::fs;

use super::failure::GitFailure;
use super::mirror::{Extent, Mirror, MirrorPlan};

/// Where our copy keeps the commit that was fetched last.
const TIP: &str = "refs/davos/tip";

/// For every fetch: the branch and what is asked for, and nothing else.
const FETCH: &[&str] =
    &["fetch", "--quiet", "--no-tags", "--no-auto-maintenance", "--no-write-fetch-head", "--no-recurse-submodules"];

/// The names of all objects are known, so no commits that we have need be told, one by one, to get them.
const WITHOUT_TALK: &[&str] = &["-c", "fetch.negotiationAlgorithm=noop"];

/// The largest list of branches that is read.
const MOST_BRANCHES: usize = 1 << 20;

/// What the server has.
pub(super) enum Found {
    /// The branch, at this commit, which our copy has now.
    Tip(String),
    /// A repository without branches.
    Empty,
}

impl Mirror {
    /// Fetches the branch. `moved` tells that it is known to have moved on, so that it needn't be asked first.
    pub(super) fn fetch(&self, plan: &MirrorPlan, moved: bool) -> Result<Found, GitFailure> {
        let known = fs::read_to_string(self.path.join(TIP)).ok().map(|tip| tip.trim().to_owned());
        if let (Some(known), false) = (&known, moved)
            && self.tip_of_the_server(plan)?.as_ref() == Some(known)
        {
            return Ok(Found::Tip(known.clone()));
        }
        let branch = plan.config.branch.as_str();
        let refs = format!("+refs/heads/{branch}:{TIP}");
        // What came after the commit that is known is all that is fetched otherwise.
        let depth: &[&str] = if known.is_none() && self.kind.extent != Extent::All { &["--depth=1"] } else { &[] };
        for _ in 0..3 {
            let output = self.git.try_run(&self.arguments(&[FETCH, depth, &["tracker", &refs]]), Vec::new())?;
            if output.success {
                let tip = fs::read_to_string(self.path.join(TIP)).unwrap_or_default();
                return Ok(Found::Tip(tip.trim().to_owned()));
            }
            if !output.stderr.contains("couldn't find remote ref") {
                return Err(GitFailure::of(&output));
            }
            if self.is_empty(plan)? {
                return Ok(Found::Empty);
            }
            // Another first writer may have made it just now.
        }
        Err(GitFailure::Outage(format!("the branch {branch} comes and goes")))
    }

    /// The commit of the branch on the server.
    pub(super) fn tip_of_the_server(&self, plan: &MirrorPlan) -> Result<Option<String>, GitFailure> {
        let branch = format!("refs/heads/{}", plan.config.branch.as_str());
        let arguments = ["ls-remote", "--quiet", "--", plan.config.remote.address(), &branch];
        let listed = self.git.run(&arguments, Vec::new(), MOST_BRANCHES)?;
        let listed = String::from_utf8_lossy(&listed).into_owned();
        // What ends with that name as well, such as refs/x/refs/heads/main, is another.
        Ok(listed
            .lines()
            .find_map(|line| line.split_once('\t').filter(|(_, name)| *name == branch))
            .map(|(tip, _)| tip.to_owned()))
    }

    /// Whether there is no branch at all, where ours is not.
    fn is_empty(&self, plan: &MirrorPlan) -> Result<bool, GitFailure> {
        let arguments = ["ls-remote", "--quiet", "--heads", "--", plan.config.remote.address()];
        let asked = self.git.with("GIT_TRACE_PACKET", "1").try_run(&arguments, Vec::new())?;
        if !asked.success {
            // Told without the trace.
            self.git.run(&arguments, Vec::new(), MOST_BRANCHES)?;
            return Ok(false);
        }
        let heads = String::from_utf8_lossy(&asked.stdout).into_owned();
        let heads: Vec<&str> = heads.lines().filter_map(|line| line.split("\trefs/heads/").nth(1)).collect();
        // A page to sign in on, taken for a server that only has files, has no branches either; nobody spoke git there.
        if heads.is_empty() && !asked.stderr.contains("packet:") {
            return Err(GitFailure::Refused(
                "what answers there is no git server, but some page".to_owned(),
                "check uri, and look for a proxy or a page to sign in on",
            ));
        }
        // A server that says nothing of it has SHA-1 (gitprotocol-capabilities(5)).
        if heads.is_empty() && asked.stderr.contains("object-format=sha256") != self.kind.sha256 {
            return Err(GitFailure::OtherFormat("the repository has another object format than our copy".to_owned()));
        }
        let branch = plan.config.branch.as_str();
        if !heads.is_empty() && !heads.contains(&branch) {
            let known = heads.iter().take(10).copied().collect::<Vec<_>>().join(", ");
            let words = format!("the repository has no branch {branch} (it has {known})");
            return Err(GitFailure::Refused(words, "make the branch, or name the right one in tracker.branch"));
        }
        Ok(heads.is_empty())
    }

    /// Fetches objects of the commit that was fetched last.
    pub(super) fn fetch_objects(&self, names: &[&str]) -> Result<(), GitFailure> {
        let input = names.iter().flat_map(|name| [name, "\n"]).collect::<String>();
        let arguments = self.arguments(&[WITHOUT_TALK, FETCH, &["--stdin", "tracker"]]);
        self.git.run(&arguments, input.into_bytes(), 0).map(drop)
    }

    /// Pushes a commit.
    pub(super) fn push(&self, plan: &MirrorPlan, commit: &str) -> Result<(), GitFailure> {
        let refs = format!("{commit}:refs/heads/{}", plan.config.branch.as_str());
        let push = ["push", "--porcelain", "--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no"];
        let output = self.git.try_run(&self.arguments(&[&push, &["tracker", &refs]]), Vec::new())?;
        if output.success { Ok(()) } else { Err(GitFailure::of_push(&output)) }
    }

    /// Keeps a commit of ours, which the server has, as if it had been fetched.
    pub(super) fn keep_tip(&self, commit: &str) -> Result<(), GitFailure> {
        self.git.run(&["update-ref", TIP, commit], Vec::new(), 0).map(drop)
    }

    /// The arguments of a command that speaks to the server as the remote `tracker`, which is one for this command alone: what
    /// only reads our copy must not know it, or it would fetch each object that is missing by itself.
    fn arguments<'a>(&'a self, command: &[&[&'a str]]) -> Vec<&'a str> {
        self.remote.iter().map(String::as_str).chain(command.concat()).collect()
    }
}
