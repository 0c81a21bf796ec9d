//! Why git failed, and whether trying again may help.

use std::fmt;

use super::capture::Output;
use super::phrases::{
    BAD_REQUEST, BROKEN_OFF, DAMAGE, FRAMING, FULL_HERE, LOST, NO_TUNNEL, OTHER_FORMAT, PASSING, PASSING_STATUSES,
    PLAINER, REFUSALS, SIGNED, STATUS, UNREACHED,
};

/// More lines of a server than these help nobody.
const MOST_WORDS: usize = 12;

/// A line with more bytes than this is none for people.
const LONGEST_LINE: usize = 1000;

/// Why something that git was asked to do failed.
#[derive(Debug)]
pub(super) enum GitFailure {
    /// Somebody else was quicker: the branch has moved on.
    Lost(String),
    /// Trying again would give the same: what the server said, and what to do.
    Refused(String, &'static str),
    /// The server can't do it this way.
    Plainer(String),
    /// The repository has the other object format.
    OtherFormat(String),
    /// Our own copy is damaged.
    Damaged(String),
    /// Anything else: the server was not to be reached, or broke off. It may be there again soon.
    Outage(String),
}

impl fmt::Display for GitFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GitFailure::Refused(words, advice) => write!(f, "{words}; {advice}"),
            GitFailure::Lost(words) => write!(f, "{words}; other writers were quicker, try again later"),
            GitFailure::Outage(words) if NO_TUNNEL.iter().any(|phrase| words.contains(phrase)) => {
                write!(f, "{words}; the proxy doesn't reach the server: does it know the address? try again later")
            }
            GitFailure::Outage(words) if UNREACHED.iter().any(|phrase| words.contains(phrase)) => {
                write!(f, "{words}; is the address in uri right, and the server up? if so, try again later")
            }
            GitFailure::Outage(words) => write!(f, "{words}; the server doesn't answer as it should, try again later"),
            GitFailure::Plainer(words) => {
                write!(
                    f,
                    "{words}; the server is too old or too plain, use another that git can fetch from and push to"
                )
            }
            GitFailure::OtherFormat(words) => {
                write!(f, "{words}; install a git that knows the object format of the repository")
            }
            GitFailure::Damaged(words) => write!(f, "{words}; is the repository whole? look at it with git fsck"),
        }
    }
}

impl GitFailure {
    /// Whether a server that wants TLS and was asked without may have answered like this: with a reset, with nothing, with what
    /// is no HTTP.
    pub(super) fn may_be_tls(&self) -> bool {
        let signs = ["reset by peer", "Empty reply", "HTTP/0.9", "Recv failure", "returned error: 400"];
        let (GitFailure::Outage(words) | GitFailure::Refused(words, _)) = self else { return false };
        signs.iter().any(|sign| words.contains(sign))
    }

    /// Whether it is an answer of HTTP that says so, but for that by which a proxy asks who we are.
    pub(super) fn is_an_answer(&self) -> bool {
        let (GitFailure::Outage(words) | GitFailure::Refused(words, _)) = self else { return false };
        words.contains("returned error: ") && !words.contains("returned error: 407")
    }

    /// Why this run of git failed.
    pub(super) fn of(output: &Output) -> GitFailure {
        let said = output.stderr.as_str();
        let words = match words(said) {
            words if words.is_empty() => format!("git ended with {}", output.status),
            words => words,
        };
        let has = |phrases: &[&str]| phrases.iter().any(|phrase| said.contains(phrase));
        if let Some(refused) = led_astray(said) {
            return refused;
        }
        // What the server says of itself is no news of our own copy.
        let own: Vec<&str> = said.lines().filter(|line| !is_of_the_server(line)).collect();
        let own_has = |phrases: &[&str]| own.iter().any(|line| phrases.iter().any(|phrase| line.contains(phrase)));
        if own_has(FULL_HERE.0) && !has(&["remote:"]) {
            return GitFailure::Refused(words, FULL_HERE.1);
        }
        if let Some((_, advice)) = REFUSALS.iter().find(|(phrase, _)| said.contains(phrase)) {
            return GitFailure::Refused(words, advice);
        }
        if has(&[STATUS]) && !has(PASSING_STATUSES) {
            return GitFailure::Refused(words, BAD_REQUEST);
        }
        if has(OTHER_FORMAT) {
            return GitFailure::OtherFormat(words);
        }
        if has(PLAINER) {
            return GitFailure::Plainer(words);
        }
        if own_has(DAMAGE) && !has(BROKEN_OFF) {
            return GitFailure::Damaged(words);
        }
        GitFailure::Outage(words)
    }

    /// Why this push failed. `git push --porcelain` tells of each ref that was refused on a line of its own:
    /// `!<tab>from:to<tab>[remote rejected] (reason)`.
    pub(super) fn of_push(output: &Output) -> GitFailure {
        let stdout = String::from_utf8_lossy(&output.stdout);
        let Some(summary) = stdout.lines().find_map(|line| line.strip_prefix("!\t")?.split('\t').nth(1)) else {
            return GitFailure::of(output);
        };
        let mut said = words(&output.stderr);
        if said.is_empty() {
            said = summary.to_owned();
        } else {
            said = format!("{summary}: {said}");
        }
        let has = |phrases: &[&str]| phrases.iter().any(|phrase| summary.contains(phrase));
        // A ref that can't be locked is a lost race, unless the server says that it can't write at all.
        let refusal = REFUSALS.iter().find(|(phrase, _)| output.stderr.contains(phrase));
        match refusal {
            Some((_, advice)) if has(LOST) || has(PASSING) => GitFailure::Refused(said, advice),
            _ if has(LOST) => GitFailure::Lost(said),
            _ if has(PASSING) => GitFailure::Outage(said),
            _ => {
                let advice = refused_ref(summary, &said);
                GitFailure::Refused(said, advice)
            }
        }
    }
}

/// Whether the line was said by the server, and passed on by git.
fn is_of_the_server(line: &str) -> bool {
    line.starts_with("remote:") || line.contains("remote error:")
}

/// A redirect to a host that the credentials are not for. git asks for credentials there, and gets none.
fn led_astray(said: &str) -> Option<GitFailure> {
    // Our own host is told credentials, so it is another one that git has none for; only without any is it our own.
    let asked = said.split_once("error: unable to read askpass response").map(|(_, rest)| rest)?;
    let host = asked.split_once("could not read ")?.1.split('\'').nth(1)?;
    let host = host.split_once("://").map_or(host, |(_, rest)| rest);
    let host = host.rsplit('@').next().unwrap_or(host);
    Some(GitFailure::Refused(
        format!("the server redirects to {host}, which is not the host in uri"),
        "write the right address in uri; username and password are given to no other host",
    ))
}

/// What to do about a ref that the server refuses.
fn refused_ref(summary: &str, said: &str) -> &'static str {
    if summary.contains("checked out") {
        return "the repository has a working copy: push to a bare one (git clone --bare)";
    }
    if SIGNED.iter().any(|phrase| said.contains(phrase)) {
        return "the server wants signed commits, which davos doesn't make: allow unsigned ones on this branch, or name another branch";
    }
    if summary.contains("hook declined") || summary.contains("protected") || summary.contains("prohibited") {
        return "a rule of the server refuses it: allow this user to push to the branch, or name another branch";
    }
    if summary.contains("shallow") {
        return "the server doesn't take what was made from a part of the history: allow it (git config receive.shallowUpdate true)";
    }
    "the server refuses to change the branch: check its rules"
}

/// What was said, on one line: without git's own framing, and nothing twice. Lines are left out whole, never shortened: a
/// secret that is cut in half is no longer recognized by who removes them.
pub(super) fn words(stderr: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for line in stderr.lines() {
        // Progress is drawn over itself.
        let line = line.rsplit('\r').find(|part| !part.trim().is_empty()).unwrap_or_default();
        let line = line.trim().trim_start_matches("remote:").trim();
        let empty = line.is_empty() || FRAMING.iter().any(|framing| line.starts_with(framing));
        if !empty && line.len() <= LONGEST_LINE && !kept.contains(&line) {
            kept.push(line);
        }
        // The last ones tell how it ended.
        if kept.len() > MOST_WORDS {
            kept.remove(MOST_WORDS / 2);
        }
    }
    kept.join("; ")
}

#[cfg(test)]
mod tests {
    use super::super::phrases::DENIED;
    use super::*;

    fn output(stdout: &str, stderr: &str) -> Output {
        Output { status: "exit status: 1".to_owned(), success: false, stdout: stdout.into(), stderr: stderr.to_owned() }
    }

    #[test]
    fn a_lost_race_is_told_from_a_refusal() {
        let line = |summary: &str| format!("To /x\n!\tabc:refs/heads/main\t{summary}\nDone\n");
        for summary in [
            "[rejected] (fetch first)",
            "[rejected] (non-fast-forward)",
            "[remote rejected] (cannot lock ref 'refs/heads/main': is at 1 but expected 2)",
            "[remote rejected] (failed to update ref)",
        ] {
            let failure = GitFailure::of_push(&output(&line(summary), "error: failed to push some refs to '/x'\n"));
            assert!(matches!(failure, GitFailure::Lost(_)), "{failure:?}");
        }
        let denied =
            "remote: error: cannot lock ref 'refs/heads/main': Unable to create '/x.lock': Permission denied\n";
        let failure = GitFailure::of_push(&output(&line("[remote rejected] (failed to update ref)"), denied));
        assert!(matches!(failure, GitFailure::Refused(_, DENIED)), "{failure:?}");
        let hook = "remote: \nremote: GitLab: You are not allowed to push.        \nerror: failed to push some refs\n";
        let failure = GitFailure::of_push(&output(&line("[remote rejected] (pre-receive hook declined)"), hook));
        let told = "[remote rejected] (pre-receive hook declined): GitLab: You are not allowed to push.; a rule of";
        assert!(failure.to_string().starts_with(told), "{failure}");
    }

    #[test]
    fn who_may_not_is_told_from_a_server_that_is_away() {
        for said in [
            "fatal: unable to access 'http://h/x/': Failed to connect to h port 80 after 0 ms: Couldn't connect to server",
            "fatal: unable to access 'http://h/x/': The requested URL returned error: 502",
            "error: RPC failed; curl 52 Empty reply from server\nfatal: the remote end hung up unexpectedly",
            "ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.",
        ] {
            assert!(matches!(GitFailure::of(&output("", said)), GitFailure::Outage(_)), "{said}");
        }
        for said in [
            "fatal: Authentication failed for 'http://h/x/'",
            "fatal: unable to access 'http://h/x/': The requested URL returned error: 403",
            "git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.",
            "fatal: repository 'http://h/x/' not found",
            "ERROR: Repository not found.\nfatal: the remote end hung up unexpectedly",
        ] {
            assert!(matches!(GitFailure::of(&output("", said)), GitFailure::Refused(..)), "{said}");
        }
    }

    #[test]
    fn what_nobody_knows_is_tried_again_and_only_damage_costs_our_copy() {
        for said in [
            "fatal: unable to access 'https://h/x/': GnuTLS recv error (-110): The TLS connection was non-properly terminated.",
            "fatal: something that nobody has ever said",
            "",
            // Cut within a pack: what came until then is no damage of ours.
            "error: inflate: data stream error\nfatal: fetch-pack: unexpected disconnect while reading sideband packet",
            "remote: fatal: bad object 0123\nremote: aborting due to possible repository corruption on the remote side.",
            "fatal: remote error: packfile ./objects/pack/pack-1.pack cannot be accessed",
        ] {
            assert!(matches!(GitFailure::of(&output("", said)), GitFailure::Outage(_)), "{said}");
        }
        for said in [
            "fatal: bad object refs/davos/tip",
            "error: object file ./objects/ab/cd is empty\nfatal: loose object abcd is corrupt",
            "fatal: not a git repository: '/tmp/x'",
            "error: cannot lock ref 'refs/davos/tip': Unable to create './refs/davos/tip.lock': File exists.",
        ] {
            assert!(matches!(GitFailure::of(&output("", said)), GitFailure::Damaged(_)), "{said}");
        }
    }

    #[test]
    fn each_refusal_leads_to_what_to_do() {
        for (said, advice) in [
            (
                "FATAL: W any rootfs bot DENIED by fallthru\nfatal: Could not read from remote repository.",
                "may read and write",
            ),
            (
                "fatal: unable to access 'https://1.2.3.4/x/': SSL: certificate subject name (h) does not match target host name '1.2.3.4'",
                "for another name",
            ),
            (
                "fatal: unable to access 'https://h/x/': SSL: no alternative certificate subject name matches target host name 'h'",
                "for another name",
            ),
            (
                "fatal: unable to access 'https://h:80/x/': gnutls_handshake() failed: An unexpected TLS packet was received.",
                "doesn't speak TLS",
            ),
            (
                "fatal: unable to access 'https://h:80/x/': error:0A00010B:SSL routines::wrong version number",
                "doesn't speak TLS",
            ),
            (
                "fatal: unable to access 'http://h:443/x/': The requested URL returned error: 400",
                "whether https is meant",
            ),
            (
                "fatal: unable to access 'https://h/x/': Protocol \"http\" not supported or disabled in libcurl",
                "less safe",
            ),
            (
                "error: file write error: No space left on device\nfatal: unable to write object file",
                "temporary folder",
            ),
            ("remote: error: file write error: No space left on device", "who run it"),
            (
                "fatal: unable to access 'https://h/x/': CONNECT tunnel failed, response 407",
                "give its user and password",
            ),
            (
                "fatal: unable to access 'https://h/x/': Received HTTP code 407 from proxy after CONNECT",
                "give its user",
            ),
            ("fatal: unable to access 'https://h/x/': CONNECT tunnel failed, response 403", "the proxy doesn't let us"),
            (
                "fatal: unable to access 'https://h/x/': Received HTTP code 403 from proxy after CONNECT",
                "the proxy doesn't",
            ),
        ] {
            let failure = GitFailure::of(&output("", said));
            assert!(matches!(failure, GitFailure::Refused(..)) && failure.to_string().contains(advice), "{failure}");
        }
        for status in [408, 425, 429, 500, 502, 503] {
            let said = format!("fatal: unable to access 'http://h/x/': The requested URL returned error: {status}");
            assert!(matches!(GitFailure::of(&output("", &said)), GitFailure::Outage(_)), "{said}");
        }
    }

    #[test]
    fn a_server_in_trouble_is_asked_again() {
        for summary in ["[remote rejected] (Internal Server Error)", "[remote rejected] (unpacker error)"] {
            let failure = GitFailure::of_push(&output(&format!("!\ta:refs/heads/main\t{summary}\n"), ""));
            assert!(matches!(failure, GitFailure::Outage(_)), "{failure:?}");
        }
    }
}
